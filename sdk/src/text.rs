//! Words for people: quoting what a user wrote, shortening, the nearest known name; and all that the reader of JSON does
//! with texts. Apart from it because that is built for speed, and this is for what somebody is told.

pub use regwarden_json::text::*;

/// How many characters of a user's text a message repeats.
const QUOTED: usize = 80;

/// A user's text in backticks, short, on one line and without control characters.
/// Only for names (of fields, images, secrets, registries); a value that may be a credential is never quoted.
#[inline(never)]
pub fn quote(text: &str) -> String {
    concat(&["`", &shorten(text, QUOTED), "`"])
}

/// A sentence in which each `^` stands for the next value as [`quote`] has it, and each `|` for the next one as it is. Half
/// the code of putting it together with [`concat()`] and quoting by oneself.
#[inline(never)]
pub fn say(sentence: &str, values: &[&str]) -> String {
    let mut out = String::with_capacity(sentence.len() + 32 * values.len());
    let mut values = values.iter();
    let mut run = 0;
    for (at, byte) in sentence.bytes().enumerate() {
        if !matches!(byte, b'^' | b'|') {
            continue;
        }
        let value = values.next().copied().unwrap_or_default();
        append(&mut out, &[sentence.get(run..at).unwrap_or_default()]);
        if byte == b'^' {
            append(&mut out, &[&quote(value)]);
        } else {
            append(&mut out, &[value]);
        }
        run = at + 1;
    }
    append(&mut out, &[sentence.get(run..).unwrap_or_default()]);
    out
}

/// At most `limit` characters on one line, with `…` where something was cut; control and bidirectional format
/// characters and backticks become `·`, so that no text can pose as another part of a message.
#[inline(never)]
pub fn shorten(text: &str, limit: usize) -> String {
    let out = shorten_line(text, limit);
    let deceives = |c: char| {
        c.is_control()
            || matches!(c, '`' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut honest = String::new();
    let mut run = 0;
    for (at, c) in out.char_indices() {
        if deceives(c) {
            append(&mut honest, &[out.get(run..at).unwrap_or_default(), "·"]);
            run = at + c.len_utf8();
        }
    }
    // Hardly any text has such a character, so most are copied once.
    if run == 0 {
        return out;
    }
    append(&mut honest, &[out.get(run..).unwrap_or_default()]);
    honest
}

/// At most `limit` characters of a line that is made of quoted parts already.
#[inline(never)]
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

/// The known name that a mistyped one most likely means: a third of it may be wrong.
/// `known` gives one after the other: a trait object of an iterator would bring every method of it along.
#[inline(never)]
pub fn nearest<'k>(name: &str, known: &mut dyn FnMut() -> Option<&'k str>) -> Option<&'k str> {
    // Names are short; a long text is not a mistyped name, and the comparison is quadratic.
    if name.len() > 64 {
        return None;
    }
    // The first byte of each character.
    let allowed = name.bytes().filter(|byte| byte & 0xc0 != 0x80).count().div_ceil(3);
    let mut best = None;
    let mut least = allowed + 1;
    while let Some(candidate) = known() {
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
    fn a_sentence_takes_its_values() {
        assert_eq!(say("a ^ b | c", &["x`", "^|"]), "a `x·` b ^| c");
        assert_eq!(say("^|", &["x"]), "`x`");
        assert_eq!(say("ü", &[]), "ü");
    }

    #[test]
    fn quotes_on_one_line() {
        assert_eq!(quote("a\nb`c\u{202e}d"), "`a·b·c·d`");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("", 4), "");
    }

    #[test]
    fn finds_the_name_that_was_meant() {
        let known = ["registries", "pipelines", "profile", "mutate"];
        let near = |name| {
            let mut known = known.iter();
            nearest(name, &mut || known.next().copied())
        };
        assert_eq!(near("registires"), Some("registries"));
        assert_eq!(near("Profile"), Some("profile"));
        assert_eq!(near("mutat"), Some("mutate"));
        assert_eq!(near("xyz"), None);
        assert_eq!(near(&"a".repeat(1000)), None);
    }
}
