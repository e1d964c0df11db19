//! What the tests of credentials share. Every sample that looks like a credential is put together at run time, so that no
//! scanner finds one in the repository.

use super::*;
use table::CLASS;

mod names;
mod reference;
mod shapes;

/// A text of a length that looks generated, from an alphabet; the same at every run.
fn body(alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        letters[state as usize % letters.len()]
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn alphabet(classes: u16) -> String {
    // Neither `-` nor `.`: a random one could end the sample, and none needs them.
    (0..=127_u8)
        .filter(|b| b.is_ascii_alphanumeric() && CLASS[usize::from(*b)] & classes != 0)
        .map(char::from)
        .collect()
}

fn basic(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            out.push(if i <= chunk.len() { char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' });
        }
    }
    out
}

fn pem(label: &str) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body(ALNUM, 64))
}
