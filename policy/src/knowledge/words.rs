//! Words, lists of words in one text, and paths. In a guest each entry of a table costs as much as it is long, and each
//! use of the standard library's splitting brings a copy of it along; these are compiled once.

/// The last component of a path.
#[inline(never)]
pub(crate) fn last(path: &str) -> &str {
    let at = path.bytes().rposition(|b| b == b'/').map_or(0, |at| at + 1);
    path.get(at..).unwrap_or_default()
}

/// Is this one of the words of a list, which are divided by blanks?
#[inline(never)]
pub(crate) fn is_among(word: &str, list: &str) -> bool {
    list.split(' ').any(|entry| entry == word)
}

/// Is one of the runs of letters and digits in a text among the words of a list?
#[inline(never)]
pub(crate) fn has_any(text: &str, list: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if length > 0 && is_among(rest.get(..length).unwrap_or_default(), list) {
            return true;
        }
        let skipped = rest.bytes().skip(length).take_while(|b| !b.is_ascii_alphanumeric()).count();
        rest = rest.get(length + skipped..).unwrap_or_default();
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
