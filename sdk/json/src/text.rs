//! Words for people: quoting what a user wrote, shortening, the nearest known name.

/// The parts one after the other. In place of `format!`, which costs a guest three times the bytes at each of its calls.
#[inline(never)]
pub fn concat(parts: &[&str]) -> String {
    let mut length = 0;
    for part in parts {
        length += part.len();
    }
    let mut out = String::with_capacity(length);
    append(&mut out, parts);
    out
}

/// Appends the parts, for code that runs too rarely to be worth an inlined copy for each of them.
#[inline(never)]
pub fn append(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// A number in digits.
pub fn number(number: usize) -> String {
    let mut digits = String::new();
    crate::pointer::push_number(&mut digits, number);
    digits
}

/// How many characters of a user's text a message repeats.
const QUOTED: usize = 80;

/// A user's text in backticks, short, on one line and without control characters.
/// Only for names (of fields, images, secrets, registries); a value that may be a credential is never quoted.
pub fn quote(text: &str) -> String {
    concat(&["`", &shorten(text, QUOTED), "`"])
}

/// At most `limit` characters on one line, with `…` where something was cut; control and bidirectional format
/// characters and backticks become `·`, so that no text can pose as another part of a message.
pub fn shorten(text: &str, limit: usize) -> String {
    let mut out = shorten_line(text, limit);
    let deceives = |c: char| {
        c.is_control()
            || matches!(c, '`' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    // Hardly any text has such a character, so most are copied once.
    if out.chars().any(deceives) {
        let mut honest = String::with_capacity(out.len());
        let mut run = 0;
        for (at, c) in out.char_indices() {
            if deceives(c) {
                append(&mut honest, &[out.get(run..at).unwrap_or_default(), "·"]);
                run = at + c.len_utf8();
            }
        }
        append(&mut honest, &[out.get(run..).unwrap_or_default()]);
        out = honest;
    }
    out
}

/// At most `limit` characters of a line that is made of quoted parts already.
pub fn shorten_line(text: &str, limit: usize) -> String {
    // Bytes bound characters from above, so most texts need no count.
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut kept = 0;
    for (count, (at, _)) in text.char_indices().enumerate() {
        if count + 1 == limit {
            kept = at;
        }
        if count == limit {
            return concat(&[text.get(..kept).unwrap_or_default(), "…"]);
        }
    }
    text.to_owned()
}

/// What stands before and behind the first `mark`, which is an ASCII character. In place of `str::split_once`, of which
/// each caller would get a copy.
#[inline(never)]
pub fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Where `part` stands first in `text`. For short parts; the standard library's search would bring its tables along for
/// each of its callers.
#[inline(never)]
pub fn find(text: &str, part: &str) -> Option<usize> {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some((first, rest)) = part.split_first() else { return Some(0) };
    let mut at = 0;
    loop {
        at += text.get(at..)?.iter().position(|byte| byte == first)?;
        if text.get(at + 1..).is_some_and(|after| after.starts_with(rest)) {
            return Some(at);
        }
        at += 1;
    }
}

/// Are these equal? For short names: a call to compare memory, which Wasm does byte by byte anyway, costs more than the
/// comparison.
#[inline]
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| a == b)
}

/// Does `part` stand in `text`?
pub fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// The known name that a mistyped one most likely means: a third of it may be wrong.
pub fn nearest<'k>(name: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    nearest_of(name, &mut known)
}

#[inline(never)]
fn nearest_of<'k>(name: &str, known: &mut dyn Iterator<Item = &'k str>) -> Option<&'k str> {
    // Names are short; a long text is not a mistyped name, and the comparison is quadratic.
    if name.len() > 64 {
        return None;
    }
    let allowed = name.chars().count().div_ceil(3);
    let mut best = None;
    let mut least = allowed + 1;
    for candidate in known {
        let wrong = distance(name, candidate);
        if wrong < least {
            least = wrong;
            best = Some(candidate);
        }
    }
    best
}

/// How many characters must be added, removed, replaced or swapped with the next one; case costs nothing.
fn distance(a: &str, b: &str) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = vec![0];
    for _ in b.chars() {
        row.push(row.len());
    }
    let mut last = None;
    for (i, ca) in a.chars().enumerate() {
        let ca = ca.to_ascii_lowercase();
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        let mut left = None;
        for (j, cb) in b.chars().enumerate() {
            let cb = cb.to_ascii_lowercase();
            let of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (of(&row, j) + usize::from(ca != cb)).min(of(&row, j + 1) + 1).min(of(&next, j) + 1);
            if last == Some(cb) && left == Some(ca) {
                best = best.min(of(&before, j - 1) + 1);
            }
            left = Some(cb);
            next.push(best);
        }
        before = row;
        row = next;
        last = Some(ca);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_on_one_line() {
        assert_eq!(quote("a\nb`c\u{202e}d"), "`a·b·c·d`");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("", 4), "");
    }

    #[test]
    fn finds_a_part() {
        for (text, part) in [
            ("abcabd", "abd"),
            ("aab", "ab"),
            ("", ""),
            ("a", ""),
            ("", "a"),
            ("ab", "abc"),
            ("ünï", "ï"),
            ("aaa", "b"),
        ] {
            assert_eq!(find(text, part), text.find(part), "{text} {part}");
        }
    }

    #[test]
    fn finds_the_name_that_was_meant() {
        let known = ["registries", "pipelines", "profile", "mutate"];
        let near = |name| nearest(name, known.iter().copied());
        assert_eq!(near("registires"), Some("registries"));
        assert_eq!(near("Profile"), Some("profile"));
        assert_eq!(near("mutat"), Some("mutate"));
        assert_eq!(near("xyz"), None);
        assert_eq!(near(&"a".repeat(1000)), None);
    }
}
