//! Tests of the reader; what it accepts is compared with serde_json.

use super::*;

fn accepted(text: &[u8]) -> bool {
    Document::parse(text).is_ok()
}

#[test]
fn reads_what_serde_json_reads() {
    for text in [
        "null",
        " true ",
        "-0",
        "0",
        "1e5",
        "1.5E-3",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{}]]",
        r#"{"a":{"b":"\u0041\n\ud83d\ude00"}}"#,
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "nul",
        "truex",
        "[1,]",
        "{,}",
        "{\"a\":1,}",
        "{a:1}",
        "[1 2]",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\u{1}\"",
        "\"abc",
        "[",
        "{\"a\"",
        "{\"a\":",
        "",
        " ",
        "\u{feff}1",
        "1 2",
        "\"\\udc00\"",
        "\"\\u12\"",
        "NaN",
        "1e999",
    ] {
        // serde_json refuses numbers outside of f64; their text is of no concern here.
        let expected = serde_json::from_str::<serde_json::Value>(text).is_ok() || text == "1e999";
        assert_eq!(accepted(text.as_bytes()), expected, "{text:?}");
    }
    assert!(!accepted(b"\"\xff\""));
}

#[test]
fn refuses_repeated_keys_however_they_are_spelled() {
    assert!(!accepted(br#"{"a":1,"b":2,"a":3}"#));
    assert!(!accepted(br#"{"a":1,"\u0061":3}"#));
    assert!(accepted(br#"{"a":{"a":1},"b":{"a":1}}"#));
    let many: Vec<String> = (0..40).map(|i| format!("\"k{i}\":{i}")).collect();
    assert!(accepted(format!("{{{}}}", many.join(",")).as_bytes()));
    assert!(!accepted(format!("{{{},\"k7\":0}}", many.join(",")).as_bytes()));
}

#[test]
fn nesting_is_bounded() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(accepted(nested(MAX_DEPTH).as_bytes()));
    assert!(!accepted(nested(MAX_DEPTH + 1).as_bytes()));
    assert!(!accepted(nested(1_000_000).as_bytes()));
}

#[test]
fn walks_and_points() {
    let text = r#"{"a":[{"b/c":"x\ty"},null,3.50],"d":null,"e":true}"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    let root = document.root();
    let leaf = root.at("/a/0/b~1c").unwrap();
    assert_eq!(leaf.as_str(), Some("x\ty"));
    assert_eq!(leaf.pointer_from(root), "/a/0/b~1c");
    assert_eq!(leaf.pointer_from(root.get("a").unwrap()), "/0/b~1c");
    assert_eq!(root.pointer_from(root), "");
    assert_eq!(root.at("/a/2").unwrap().raw(), "3.50");
    assert!(root.get("d").is_none() && root.member("d").is_some());
    assert_eq!(root.get("e").and_then(Node::as_bool), Some(true));
    assert!(root.at("/a/3").is_none() && root.at("/a/01").is_none() && root.at("/e/x").is_none());
}

#[test]
fn pointers_are_the_same_in_any_order() {
    let text = r#"[[1,[2,{"a":[3,4]}]],5,{"b":[[],[6,[7,8]]]}]"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    let root = document.root();
    let all = ["/0/0", "/0/1/1/a/1", "/1", "/2/b/1/1/1", "/0", "/2/b/0", "", "/0/1/1/a/0", "/2/b/1/0", "/2/b/1/1/0"];
    let mut pointers = Pointers::new(root);
    let mut places = Places::new(root);
    for pointer in all.iter().chain(all.iter().rev()) {
        assert_eq!(pointers.to(root.at(pointer).unwrap()), *pointer);
        assert_eq!(places.at(pointer), root.at(pointer));
        for nowhere in ["/99", "/0/99", "/x", "/-"] {
            assert_eq!(places.at(nowhere), root.at(nowhere));
        }
    }
    let inner = root.at("/0/1").unwrap();
    assert_eq!(Pointers::new(inner).to(root.at("/0/1/1/a/1").unwrap()), "/1/a/1");
}

#[test]
fn a_debug_print_shows_no_value() {
    let document = Document::parse(br#"["hunter2"]"#).unwrap();
    let printed = format!("{:?}", document.root().elements().next().unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
}
