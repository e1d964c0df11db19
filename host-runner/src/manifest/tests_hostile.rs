//! Hostile files: bounded, quick, and an error that says why.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Limits, ReadProblem, Stream, read};

/// Far above what a debug build needs, far below what a quadratic reader would take.
const QUICK: Duration = Duration::from_secs(15);

fn timed(text: &[u8], limits: &Limits) -> Stream {
    let start = Instant::now();
    let stream = read(text, limits);
    assert!(start.elapsed() < QUICK, "{:?} for {} bytes", start.elapsed(), text.len());
    stream
}

fn problem(text: &[u8]) -> ReadProblem {
    timed(text, &Limits::default()).error.unwrap().problem
}

fn laughs(levels: usize, merge: bool) -> String {
    let mut text = if merge { "l0: &l0 {a: 1}\n" } else { "l0: &l0 [x]\n" }.to_owned();
    for level in 1..levels {
        let aliases = vec![format!("*l{}", level - 1); 9].join(", ");
        let value = if merge { format!("{{<<: [{aliases}]}}") } else { format!("[{aliases}]") };
        text.push_str(&format!("l{level}: &l{level} {value}\n"));
    }
    text
}

#[test]
fn billions_of_laughs_are_refused() {
    assert_eq!(problem(laughs(12, false).as_bytes()), ReadProblem::Aliasing);
    assert_eq!(problem(laughs(12, true).as_bytes()), ReadProblem::Aliasing);
    let limits = Limits { expanded_bytes: 1 << 20, ..Limits::default() };
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), ["*a"; 50].join(", "));
    assert_eq!(timed(text.as_bytes(), &limits).error.unwrap().problem, ReadProblem::Expanded(1 << 20));
    // Aliases that lengthen the nesting beyond what is written.
    let mut deep = format!("l0: &l0 {}x{}\n", "[".repeat(200), "]".repeat(200));
    for level in 1..20 {
        deep.push_str(&format!("l{level}: &l{level} {}*l{}{}\n", "[".repeat(200), level - 1, "]".repeat(200)));
    }
    assert_eq!(problem(deep.as_bytes()), ReadProblem::Depth(512));
}

#[test]
fn deep_nesting_is_refused() {
    let depth = 100_000;
    let indented: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    for text in [
        "[".repeat(depth),
        format!("a: {}", "{a: ".repeat(depth)),
        "- ".repeat(depth),
        "? ".repeat(depth),
        "{\"a\":".repeat(depth),
        indented,
    ] {
        assert_eq!(problem(text.as_bytes()), ReadProblem::Depth(512), "{:.20}", text);
    }
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let text = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    assert_eq!(timed(text.as_bytes(), &limits).error, None);
    let text = format!("{}{}", "[".repeat(1001), "]".repeat(1001));
    assert_eq!(timed(text.as_bytes(), &limits).error.unwrap().problem, ReadProblem::Depth(1000));
}

#[test]
fn sizes_and_counts_are_refused() {
    let limits = Limits { bytes: 10, documents: 2, nodes: 5, ..Limits::default() };
    assert_eq!(read(b"a: 12345678\n", &limits).error.unwrap().problem, ReadProblem::TooLarge { actual: 12, limit: 10 });
    let limits = Limits { bytes: 100, ..limits };
    let stream = read(b"1\n---\n2\n---\n3\n", &limits);
    assert_eq!((stream.documents.len(), stream.error.unwrap().problem), (2, ReadProblem::Documents(2)));
    assert_eq!(read(b"[1, 2, 3, 4, 5]\n", &limits).error.unwrap().problem, ReadProblem::Nodes(5));
    assert_eq!(read(b"[1, 2, 3]\n---\n[1, 2, 3]\n", &limits).error.unwrap().problem, ReadProblem::Nodes(5));
}

#[test]
fn other_encodings_are_refused() {
    let utf16: Vec<u8> = "a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(problem(&utf16), ReadProblem::Utf16);
    assert_eq!(problem(&[&[0xFF, 0xFE], utf16.as_slice()].concat()), ReadProblem::Utf16);
    let utf16: Vec<u8> = "\u{FEFF}a: 1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(problem(&utf16), ReadProblem::Utf16);
    let stream = read(b"a: 1\n---\nb: \xFF\n---\nc: 1\n", &Limits::default());
    assert_eq!(stream.documents.len(), 1);
    let error = stream.error.unwrap();
    assert_eq!((error.problem, error.line, error.column), (ReadProblem::NotUtf8, 3, 4));
    assert_eq!(problem(b"{\"a\":1}\n{\"b\":\"\xC3\"}"), ReadProblem::NotUtf8);
}

#[test]
fn a_tag_before_a_comma_is_refused_and_an_exclamation_is_not() {
    for text in ["[!,", "[!,\"", "a: [!x, b]\n", "[&a !x, b]", "{!!str,", "[!<x,y>, b]", "a: {b: !t,c: 1}\n"] {
        assert!(matches!(problem(text.as_bytes()), ReadProblem::Yaml(_) | ReadProblem::Json(_)), "{text}");
    }
    for text in
        ["a: Hello!, you\n", "a: \"[!x, b]\"\n", "a: |\n  [!x, b]\n", "# [!x, b]\na: '!x, b'\n", "a: [b!, !x c]\n"]
    {
        assert_eq!(timed(text.as_bytes(), &Limits::default()).error, None, "{text}");
    }
}

/// Megabytes in the shapes that make careless readers quadratic.
fn large(size: usize) -> Vec<(&'static str, String)> {
    let fill = |part: &str| part.repeat(size / part.len());
    vec![
        ("pods", fill("---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: agent # c\nspec:\n  containers:\n  - name: kaniko\n    image: gcr.io/kaniko-project/executor:v1\n    args: [\"--destination=a\", --insecure]\n").replacen("---\n", "", 1)),
        ("one list", format!("kind: List\nitems:\n{}", fill("- kind: Pod\n  spec:\n    containers:\n    - name: a\n      image: b\n"))),
        ("one json line", format!("{{\"a\":[{}1]}}", fill("{\"k\":\"v\",\"n\":1.0},"))),
        ("json stream", fill("{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"a\"}]}}\n")),
        ("wide mapping", (0..size / 14).map(|at| format!("k{at:08}: 1\n")).collect()),
        ("comments", fill("# nothing here\n")),
        ("plain", format!("a: {}", fill("word "))),
        ("quoted", format!("a: \"{}\"", fill("\\n"))),
        ("block", format!("a: |\n{}", fill("  line\n"))),
        ("blank", fill("\n")),
        ("broken json", format!("{{\"a\":[{}", fill("1,"))),
    ]
}

fn measure(size: usize) {
    let limits = Limits { documents: usize::MAX, nodes: 10_000_000, ..Limits::default() };
    for (name, text) in large(size) {
        let start = Instant::now();
        let stream = timed(text.as_bytes(), &limits);
        println!(
            "{name}: {:?} for {} bytes, {} documents, {:?}",
            start.elapsed(),
            text.len(),
            stream.documents.len(),
            stream.error
        );
    }
}

#[test]
fn a_large_file_of_any_shape_is_read_quickly() {
    // Half a megabyte, or what somebody who measures asks for.
    let size = std::env::var("REGWARDEN_READ_BYTES").ok().and_then(|bytes| bytes.parse().ok());
    measure(size.unwrap_or(1 << 19));
}

#[test]
fn many_places_of_a_wide_file_are_found_quickly() {
    let text: String = (0..50_000).map(|at| format!("k{at}: 1\n")).collect();
    let stream = read(text.as_bytes(), &Limits::default());
    let start = Instant::now();
    for at in 0..50_000 {
        assert_eq!(stream.documents[0].locate(&format!("/k{at}")).line, at + 1);
    }
    assert!(start.elapsed() < QUICK, "{:?}", start.elapsed());
}

/// Text that reaches far into a YAML or JSON reader.
fn soup() -> impl Strategy<Value = String> {
    let parts = [
        "a",
        "b",
        ": ",
        ":",
        "- ",
        "-",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "\r",
        "\t",
        " ",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "\"",
        "'",
        "\\",
        "\\u00",
        "\\U0010FFFF",
        "&x ",
        "*x",
        "<<: ",
        "!!int ",
        "!!binary ",
        "!",
        "!<",
        ">",
        "|",
        "|+\n",
        ">2-\n",
        "#",
        " # c",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "%TAG ! x\n",
        "%",
        "@",
        "`",
        "~",
        "null",
        "1",
        "0x",
        "1e9",
        ".inf",
        "é",
        "\u{FEFF}",
        "\u{2028}",
        "\u{85}",
        "\u{0}",
        "😀",
        "kind: List\nitems:\n",
    ];
    proptest::collection::vec(proptest::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.concat())
}

fn exercise(text: &[u8]) {
    let stream = read(text, &Limits::default());
    for document in &stream.documents {
        assert!(serde_json::from_str::<serde_json::Value>(&document.json).is_ok(), "{}", document.json);
        for item in document.items() {
            assert!(serde_json::from_str::<serde_json::Value>(&item.json).is_ok(), "{}", item.json);
            let place = document.locate(&item.prefix);
            assert!(place.exact && place.span.end <= text.len() && std::str::from_utf8(&text[place.span]).is_ok());
        }
        let place = document.locate("/a/b/0");
        assert!(place.span.end <= text.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in soup()) {
        exercise(text.as_bytes());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        exercise(&bytes);
    }
}
