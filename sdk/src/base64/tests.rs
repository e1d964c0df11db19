//! Base64 both ways, and what Go's decoders refuse.

use proptest::prelude::*;

use super::{Padding, decode, encode};

#[test]
fn texts_are_read_as_go_reads_them() {
    use Padding::{Refused, Required};
    for (text, padding, expected) in [
        ("", Required, Some("")),
        ("", Refused, Some("")),
        ("dXNlcjpwYXNz", Required, Some("user:pass")),
        ("dXNlcjpwYXNz", Refused, Some("user:pass")),
        ("Zm9vOmJhcg==", Required, Some("foo:bar")),
        ("Zm9vOmJhcg", Refused, Some("foo:bar")),
        ("Zm9v\r\nOmJh\ncg=\n=\n", Required, Some("foo:bar")),
        // Bits that no byte takes are ignored.
        ("Zm9vOmJhch==", Required, Some("foo:bar")),
        ("Zm9vOmJhcg==", Refused, None),
        ("Zm9vOmJhcg", Required, None),
        ("Zm9vOmJhcg=", Required, None),
        ("Zm9vOmJhcg===", Required, None),
        ("Zm9vOmJhcg==Zm9v", Required, None),
        ("dXNlcjpwYXNz=", Required, None),
        ("=", Required, None),
        ("Z===", Required, None),
        ("Z", Refused, None),
        ("Zm9v ", Refused, None),
        ("Zm9v-_", Refused, None),
    ] {
        assert_eq!(decode(text, padding).as_deref(), expected.map(str::as_bytes), "`{text}` {padding:?}");
    }
}

proptest! {
    #[test]
    fn bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let text = encode(&bytes);
        prop_assert_eq!(decode(text.trim_end_matches('='), Padding::Refused), Some(bytes.clone()));
        prop_assert_eq!(decode(&text, Padding::Required), Some(bytes));
    }

    #[test]
    fn any_text_is_answered(text in "[A-Za-z0-9+/=\r\n -]{0,24}|\\PC{0,24}") {
        for padding in [Padding::Required, Padding::Refused] {
            if let Some(bytes) = decode(&text, padding) {
                prop_assert_eq!(bytes.len(), text.bytes().filter(|b| !b"=\r\n".contains(b)).count() * 3 / 4);
            }
        }
    }
}
