//! Patterns: what they cover, what they refuse, and that they stay cheap.

use super::{BadPattern, MAX_TEXT, check, matches};

#[test]
fn covers() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("*", "", true),
        ("*", "abc", true),
        ("*", "a/b", false),
        ("*c", "abc", true),
        ("a*", "a", true),
        ("a*/b", "a/c/b", false),
        ("a*/b", "abc/b", true),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("a*b?c*x", "abxbbxdbxebxczzy", false),
        ("ab[c]", "abc", true),
        ("ab[b-d]", "abc", true),
        ("ab[e-g]", "abc", false),
        ("ab[^c]", "abc", false),
        ("ab[^e-g]", "abc", true),
        ("a\\*b", "a*b", true),
        ("a\\*b", "ab", false),
        ("a?b", "aßb", true),
        ("a[^a]b", "aßb", true),
        ("a???b", "aßb", false),
        ("a?b", "a/b", false),
        ("[\\]a]", "]", true),
        ("[\\-x]", "-", true),
        ("[x\\-]", "z", false),
        ("*x", "xxx", true),
        ("ci-payments*", "ci-payments-2", true),
    ] {
        assert_eq!(matches(pattern, text), Ok(expected), "`{pattern}` on `{text}`");
    }
}

#[test]
fn refuses_malformed() {
    for pattern in ["[", "[a", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[^", "[^bc", "a[", "\\", "a\\", "*[", "[\\"] {
        assert_eq!(check(pattern), Err(BadPattern), "`{pattern}`");
        assert_eq!(matches(pattern, "no such text"), Err(BadPattern), "`{pattern}`");
    }
}

#[test]
fn many_stars_on_long_text_stay_cheap() {
    let pattern = format!("{}b", "*a".repeat(2000));
    assert_eq!(matches(&pattern, &"a".repeat(MAX_TEXT)), Ok(false));
    assert_eq!(matches("*", &"a".repeat(MAX_TEXT + 1)), Ok(false));
}
