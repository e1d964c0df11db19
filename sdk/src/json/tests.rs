//! What is written is JSON.

use super::write;

#[test]
fn writes_strings_that_serde_json_reads_back() {
    for text in ["", "plain", "q\"b\\s/", "\n\r\t\u{8}\u{c}\u{0}\u{1f}", "ünïcödé 😀"] {
        assert_eq!(serde_json::from_str::<String>(&write::string(text)).unwrap(), text);
    }
    assert_eq!(write::object(&[("a", "1"), ("b", "[]")]), r#"{"a":1,"b":[]}"#);
    assert_eq!(write::array(["1", "2"]), "[1,2]");
}
