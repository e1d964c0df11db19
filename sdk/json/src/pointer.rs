//! Builds and reads JSON pointers (RFC 6901).

use std::borrow::Cow;

use crate::text;

/// Appends one segment, escaped.
pub fn push(pointer: &mut String, segment: &str) {
    text::append(pointer, &["/"]);
    let mut run = 0;
    for (at, byte) in segment.bytes().enumerate() {
        let escaped = match byte {
            b'~' => "~0",
            b'/' => "~1",
            _ => continue,
        };
        text::append(pointer, &[segment.get(run..at).unwrap_or_default(), escaped]);
        run = at + 1;
    }
    text::append(pointer, &[segment.get(run..).unwrap_or_default()]);
}

/// Appends the index of a list element.
pub fn push_index(pointer: &mut String, index: usize) {
    text::append(pointer, &["/"]);
    text::push_number(pointer, index);
}

/// The pointer of a member below another pointer.
pub fn child(pointer: &str, segment: &str) -> String {
    let mut out = pointer.to_owned();
    push(&mut out, segment);
    out
}

/// The segments, unescaped. A text that does not begin with `/` is read as if it did.
pub fn segments(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let body = pointer.strip_prefix('/').unwrap_or(pointer);
    let empty = pointer.is_empty();
    body.split('/')
        .filter(move |_| !empty)
        .map(|segment| if segment.contains('~') { Cow::Owned(unescape(segment)) } else { Cow::Borrowed(segment) })
}

/// A segment as it is meant.
#[inline(never)]
pub fn unescape(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut run = 0;
    for (at, byte) in segment.bytes().enumerate() {
        let meant = match segment.as_bytes().get(at + 1) {
            Some(b'0') if byte == b'~' => "~",
            Some(b'1') if byte == b'~' => "/",
            _ => continue,
        };
        text::append(&mut out, &[segment.get(run..at).unwrap_or_default(), meant]);
        run = at + 2;
    }
    text::append(&mut out, &[segment.get(run..).unwrap_or_default()]);
    out
}

/// A segment as an index of a list: digits without leading zeros.
pub fn index(segment: &str) -> Option<usize> {
    let plain = !segment.is_empty()
        && segment.bytes().all(|b| b.is_ascii_digit())
        && (segment.len() == 1 || !segment.starts_with('0'));
    let mut index = 0_usize;
    for byte in segment.bytes().filter(|_| plain) {
        index = index.checked_mul(10)?.checked_add(usize::from(byte - b'0'))?;
    }
    plain.then_some(index)
}

/// Parent and last segment (still escaped); `None` for the whole document.
pub fn split(pointer: &str) -> Option<(&str, &str)> {
    text::cut_last(pointer, b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_reads_back() {
        let mut pointer = String::new();
        push(&mut pointer, "a/b~c");
        push_index(&mut pointer, 0);
        push_index(&mut pointer, 1_204);
        push(&mut pointer, "");
        assert_eq!(pointer, "/a~1b~0c/0/1204/");
        assert_eq!(segments(&pointer).collect::<Vec<_>>(), ["a/b~c", "0", "1204", ""]);
        assert_eq!(segments("").count(), 0);
    }

    #[test]
    fn an_index_has_no_leading_zero() {
        assert_eq!(index("10"), Some(10));
        for wrong in ["", "01", "-", "-1", "1a", "99999999999999999999999"] {
            assert_eq!(index(wrong), None, "{wrong}");
        }
    }
}
