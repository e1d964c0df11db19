//! The few things that are done with texts all the time; what is rarer the SDK has in a module of the same name.

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
    push_number(&mut digits, number);
    digits
}

/// Appends a number in digits.
pub fn push_number(out: &mut String, number: usize) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(20 - used..).unwrap_or_default();
    append(out, &[std::str::from_utf8(digits).unwrap_or_default()]);
}

/// Do all bytes of a text fit? A plain loop: the iterator's adapters are larger than it and not inlined.
#[inline(always)]
pub fn all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    for byte in text.bytes() {
        if !fits(byte) {
            return false;
        }
    }
    true
}

/// Does any byte of a text fit?
#[inline(always)]
pub fn any(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !all(text, |byte| !fits(byte))
}

/// What stands before and behind the first `mark`, which is an ASCII character. In place of `str::split_once`, of which
/// each caller would get a copy.
#[inline(never)]
pub fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before and behind the last `mark`, which is an ASCII character.
#[inline(never)]
pub fn cut_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == mark)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
