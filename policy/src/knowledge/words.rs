//! Words, lists of words in one text, and paths. In a guest each entry of a table costs as much as it is long, and each
//! use of the standard library's splitting brings a copy of it along; these are compiled once.

use regwarden_sdk::text;

/// The last component of a path.
#[inline(never)]
pub(crate) fn last(path: &str) -> &str {
    text::cut_last(path, b'/').map_or(path, |(_, last)| last)
}

/// What stands between the ASCII characters `mark` of a text.
pub(crate) fn parts(text: &str, mark: u8) -> Parts<'_> {
    Parts { rest: Some(text), mark }
}

/// See [`parts`].
pub(crate) struct Parts<'t> {
    rest: Option<&'t str>,
    mark: u8,
}

impl<'t> Iterator for Parts<'t> {
    type Item = &'t str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let (part, behind) = match text::cut(rest, self.mark) {
            Some((part, behind)) => (part, Some(behind)),
            None => (rest, None),
        };
        self.rest = behind;
        Some(part)
    }
}

/// Is this one of the words of a list, which are divided by blanks?
#[inline(never)]
pub(crate) fn is_among(word: &str, list: &str) -> bool {
    for entry in parts(list, b' ') {
        if entry == word {
            return true;
        }
    }
    false
}

/// Does one of the words of a list stand in a text?
#[inline(never)]
pub(crate) fn holds_any(text: &str, list: &str) -> bool {
    for entry in parts(list, b' ') {
        if text::contains(text, entry) {
            return true;
        }
    }
    false
}

/// Does a text begin with one of the words of a list?
#[inline(never)]
pub(crate) fn begins_any(text: &str, list: &str) -> bool {
    for entry in parts(list, b' ') {
        if text.starts_with(entry) {
            return true;
        }
    }
    false
}

/// Does a text end in one of the words of a list?
#[inline(never)]
pub(crate) fn ends_any(text: &str, list: &str) -> bool {
    for entry in parts(list, b' ') {
        if text.ends_with(entry) {
            return true;
        }
    }
    false
}

/// Without the `mark`s at its end.
#[inline(never)]
pub(crate) fn trim_end(mut text: &str, mark: u8) -> &str {
    while text.as_bytes().last() == Some(&mark) {
        text = text.get(..text.len() - 1).unwrap_or_default();
    }
    text
}

/// Without the `mark`s at its beginning.
#[inline(never)]
pub(crate) fn trim_start(mut text: &str, mark: u8) -> &str {
    while text.as_bytes().first() == Some(&mark) {
        text = text.get(1..).unwrap_or_default();
    }
    text
}

/// Is one of the runs of letters and digits in a text among the words of a list?
#[inline(never)]
pub(crate) fn has_any(text: &str, list: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let mut length = 0;
        for byte in rest.bytes() {
            if !byte.is_ascii_alphanumeric() {
                break;
            }
            length += 1;
        }
        if length > 0 && is_among(rest.get(..length).unwrap_or_default(), list) {
            return true;
        }
        // Behind the byte that ends the word; no letter begins inside a character.
        while length < rest.len() && !rest.as_bytes().get(length).is_some_and(u8::is_ascii_alphanumeric) {
            length += 1;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

/// Does a word run one of a list of programs? A path is compared whole, a bare name with the last component of the word.
#[inline(never)]
pub(crate) fn is_program(word: &str, list: &str) -> bool {
    let name = last(word);
    for program in parts(list, b' ') {
        if program == if program.starts_with('/') { word } else { name } {
            return true;
        }
    }
    false
}

/// Does a path end in one of a list of last components?
#[inline(never)]
pub(crate) fn ends_in_any(path: &str, list: &str) -> bool {
    for end in parts(list, b' ') {
        if ends(path, end) {
            return true;
        }
    }
    false
}

/// As [`ends_in_any`], for what is asked of every image.
#[inline(never)]
pub(crate) fn ends_in_one(path: &str, list: &[&str]) -> bool {
    for end in list {
        if ends(path, end) {
            return true;
        }
    }
    false
}

/// Are these the last components of a path?
#[inline(never)]
pub(crate) fn ends(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_components() {
        assert_eq!((last("/a/b"), last("b"), last("a/"), last("")), ("b", "b", "", ""));
        assert!(is_among("b", "a b c") && !is_among("d", "a b c") && !is_among("", "a b"));
        for (text, has) in
            [("docker-dind", true), ("dind", true), ("a ü dind!", true), ("dindigul", false), ("", false)]
        {
            assert_eq!(has_any(text, "dind vfs"), has, "{text}");
        }
        assert!(ends("a/b/c", "b/c") && ends("b/c", "b/c") && !ends("ab/c", "b/c"));
    }
}
