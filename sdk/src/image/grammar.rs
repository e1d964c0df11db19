//! The grammar of image references: which bytes may stand in a domain, a path, a tag and a digest.
//!
//! Each function is one pass over the bytes. Source: the grammar of distribution/reference, which kubelet,
//! containerd and the docker client share.

use crate::text;

use super::ImageError;

/// Whether `s` is `host[:port]`: DNS-like labels in any case, an IPv4 address, or an IPv6 address in brackets
/// without a zone.
#[inline(never)]
pub(super) fn is_domain(s: &str) -> bool {
    if let Some(inner) = s.strip_prefix('[') {
        return text::cut(inner, b']').is_some_and(|(address, port)| {
            !address.is_empty()
                && text::all(address, |b| b.is_ascii_hexdigit() || b == b':')
                && port.strip_prefix(':').map_or(port.is_empty(), is_port)
        });
    }
    match text::cut(s, b':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => is_host(s),
    }
}

#[inline(never)]
fn is_port(s: &str) -> bool {
    !s.is_empty() && text::all(s, |b| b.is_ascii_digit())
}

/// Labels of letters, digits and inner hyphens, joined by single dots.
#[inline(never)]
fn is_host(s: &str) -> bool {
    let mut previous = b'.';
    for b in s.bytes() {
        let fits = match b {
            b'.' => previous.is_ascii_alphanumeric(),
            b'-' => previous != b'.',
            _ => b.is_ascii_alphanumeric(),
        };
        if !fits {
            return false;
        }
        previous = b;
    }
    previous.is_ascii_alphanumeric()
}

/// Where a path stands between two bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    Start,
    Word,
    /// After `.` or `__`: only a word character may follow.
    Closed,
    Underscore,
    Hyphens,
}

/// Whether `s` is one or more components joined by `/`: words of lower-case letters and digits, separated by one
/// `.`, one or two `_`, or any number of `-`. `fold` lets capitals count as lower-case letters, to tell a name
/// that only needs lower-casing from one that is wrong in another way.
#[inline(never)]
pub(super) fn is_path(s: &str, fold: bool) -> bool {
    let mut state = Path::Start;
    for b in s.bytes() {
        state = match (b, state) {
            (b'a'..=b'z' | b'0'..=b'9', _) => Path::Word,
            (b'A'..=b'Z', _) if fold => Path::Word,
            (b'/', Path::Word) => Path::Start,
            (b'.', Path::Word) | (b'_', Path::Underscore) => Path::Closed,
            (b'_', Path::Word) => Path::Underscore,
            (b'-', Path::Word | Path::Hyphens) => Path::Hyphens,
            _ => return false,
        };
    }
    state == Path::Word
}

/// Whether `s` is a tag: a word character, then at most 127 word characters, dots and hyphens.
#[inline(never)]
pub(super) fn is_tag(s: &str) -> bool {
    s.len() <= 128
        && !matches!(s.as_bytes().first(), None | Some(b'.' | b'-'))
        && text::all(s, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Whether `s` has the shape `algorithm:hex` that a reference may carry; [`check_digest`] is stricter.
#[inline(never)]
pub(super) fn is_digest(s: &str) -> bool {
    let Some((algorithm, hex)) = text::cut(s, b':') else { return false };
    // Parts begin with a letter and are joined by one separator.
    let mut inside = false;
    for byte in algorithm.bytes() {
        let joins = matches!(byte, b'-' | b'_' | b'+' | b'.');
        let fits = if inside { joins || byte.is_ascii_alphanumeric() } else { byte.is_ascii_alphabetic() };
        if !fits {
            return false;
        }
        inside = !joins;
    }
    inside && hex.len() >= 32 && text::all(hex, |b| b.is_ascii_hexdigit())
}

/// Checks a digest of the right shape by its algorithm.
#[inline(never)]
pub(super) fn check_digest(s: &str) -> Result<(), ImageError> {
    let Some((algorithm, hex)) = text::cut(s, b':') else {
        return Err(ImageError::DigestInvalidFormat);
    };
    if algorithm != "sha256" {
        return Err(match text::any(algorithm, |b| b.is_ascii_uppercase()) {
            true => ImageError::DigestInvalidFormat,
            false => ImageError::DigestUnsupported,
        });
    }
    if hex.len() != 64 {
        return Err(ImageError::DigestInvalidLength);
    }
    match is_lower_hex(hex) {
        true => Ok(()),
        false => Err(ImageError::DigestInvalidFormat),
    }
}

/// Whether `s` is the 64 lower-case hexadecimal digits of a bare image identifier.
pub(super) fn is_identifier(s: &str) -> bool {
    s.len() == 64 && is_lower_hex(s)
}

#[inline(never)]
fn is_lower_hex(s: &str) -> bool {
    text::all(s, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
