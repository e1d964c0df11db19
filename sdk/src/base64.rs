//! Base64 with the standard alphabet, as Go's `encoding/base64` reads it: that is what API server, kubelet and the
//! clients use. Decoders of one's own are a risk; this one stays because a guest must be small, and the crates bring
//! their engines and alphabets as tables.

#[cfg(test)]
mod tests;

/// Whether the last group is filled up with `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// It must be (Go's `StdEncoding`).
    Required,
    /// It must not be (Go's `RawStdEncoding`).
    Refused,
}

/// The bytes of a text; `None` when it is not base64. Line ends are skipped wherever they stand, other blanks are
/// refused; left-over bits of the last group are ignored.
#[inline(never)]
pub fn decode(text: &str, padding: Padding) -> Option<Vec<u8>> {
    // Filled in place: growing a list is code that a guest has nowhere else for bytes.
    let mut out = vec![0; text.len() / 4 * 3 + 3];
    let (mut length, mut bits, mut width) = (0, 0_u32, 0);
    let (mut held, mut pads) = (0, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\n' | b'\r' => continue,
            b'=' if padding == Padding::Required && held >= 2 && held + pads < 4 => {
                pads += 1;
                continue;
            }
            _ => return None,
        };
        if pads > 0 {
            return None;
        }
        held = (held + 1) % 4;
        bits = bits << 6 | u32::from(value);
        width += 6;
        if width >= 8 {
            width -= 8;
            *out.get_mut(length)? = (bits >> width) as u8;
            length += 1;
        }
    }
    out.truncate(length);
    let complete = match padding {
        Padding::Required => held == 0 || held + pads == 4,
        Padding::Refused => held != 1,
    };
    complete.then_some(out)
}

/// The padded text of some bytes.
pub fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).map_or(0, |byte| u32::from(*byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = ALPHABET.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if at <= group.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
