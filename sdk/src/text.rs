//! Words for people: quoting what a user wrote, shortening, the nearest known name.

/// How many characters of a user's text a message repeats.
const QUOTED: usize = 80;

/// A user's text in backticks, short, on one line and without control characters.
/// Only for names (of fields, images, secrets, registries); a value that may be a credential is never quoted.
pub fn quote(text: &str) -> String {
    let mut out = String::from("`");
    out.push_str(&shorten(text, QUOTED));
    out.push('`');
    out
}

/// At most `limit` characters on one line, with `…` where something was cut; control and bidirectional format
/// characters and backticks become `·`, so that no text can pose as another part of a message.
pub fn shorten(text: &str, limit: usize) -> String {
    let deceiving = |c: char| {
        c.is_control()
            || matches!(c, '`' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    cut(text, limit, |c| if deceiving(c) { '·' } else { c })
}

/// At most `limit` characters of a line that is made of quoted parts already.
pub fn shorten_line(text: &str, limit: usize) -> String {
    cut(text, limit, |c| c)
}

fn cut(text: &str, limit: usize, map: impl Fn(char) -> char) -> String {
    // Bytes bound characters from above, so most texts need no count.
    if text.len() <= limit || text.chars().nth(limit).is_none() {
        return text.chars().map(map).collect();
    }
    text.chars()
        .take(limit.saturating_sub(1))
        .map(map)
        .chain(['…'])
        .collect()
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

/// Does `part` stand in `text`?
pub fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// The known name that a mistyped one most likely means: a third of it may be wrong.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // Names are short; a long text is not a mistyped name, and the comparison is quadratic.
    if name.len() > 64 {
        return None;
    }
    let allowed = name.chars().count().div_ceil(3);
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// How many characters must be added, removed, replaced or swapped with the next one; case costs nothing.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, ca) in a.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, cb) in b.iter().enumerate() {
            let of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (of(&row, j) + usize::from(ca != *cb))
                .min(of(&row, j + 1) + 1)
                .min(of(&next, j) + 1);
            let swapped = j > 0 && last == Some(*cb) && b.get(j - 1) == Some(&ca);
            if swapped {
                best = best.min(of(&before, j - 1) + 1);
            }
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
        for (text, part) in [("abcabd", "abd"), ("aab", "ab"), ("", ""), ("a", ""), ("", "a"), ("ab", "abc"), ("ünï", "ï"), ("aaa", "b")] {
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
