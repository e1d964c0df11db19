//! Reading: the whole table of what kubectl makes of 232 streams, and what the table leaves open.

use serde_json::Value;

use super::{Limits, ReadProblem, read};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/g-yaml-as-kubectl.json"));

/// Equal as values; 1 and 1.0 are one number.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_stream_of_the_table_reads_as_kubectl_reads_it() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    // One case per line.
    for line in TABLE.lines().filter_map(|line| line.trim().strip_prefix("{\"name\"")) {
        let line = format!("{{\"name\"{}", line.trim_end_matches(','));
        count += 1;
        let Ok(case) = serde_json::from_str::<Value>(&line) else {
            wrong.extend(deep_case(&line));
            continue;
        };
        let stream = read(case["stream"].as_str().unwrap().as_bytes(), &Limits::default());
        let got: Vec<Value> = stream.documents.iter().map(|document| parse(&document.json)).collect();
        let expected = case["documents"].as_array().unwrap();
        let equal = got.len() == expected.len() && got.iter().zip(expected).all(|(a, b)| same(a, b));
        if !equal || stream.error.is_some() != case.get("error").is_some() {
            wrong.push(format!("{}: {:?} {:?}, expected {}", case["name"], got, stream.error, case));
        }
    }
    assert_eq!(count, 232);
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A case nested deeper than `serde_json` reads: compared as text.
fn deep_case(line: &str) -> Option<String> {
    let case = read(line.trim_end_matches("]}").as_bytes(), &Limits::default());
    assert!(case.documents.is_empty());
    let case = read(line.as_bytes(), &Limits::default());
    let case = case.documents.first().unwrap();
    let stream: String = serde_json::from_str(line.get(case.locate("/stream").span).unwrap()).unwrap();
    let expected = line.get(case.locate("/documents/0").span).unwrap().replace(' ', "");
    let got = read(stream.as_bytes(), &Limits::default());
    (got.error.is_some() || got.documents.len() != 1 || got.documents[0].json != expected)
        .then(|| format!("{:?}", got.error))
}

fn json(text: &str) -> Vec<String> {
    let stream = read(text.as_bytes(), &Limits::default());
    assert_eq!(stream.error, None, "{text:?}");
    stream.documents.into_iter().map(|document| document.json).collect()
}

fn problem(text: &str) -> ReadProblem {
    read(text.as_bytes(), &Limits::default()).error.unwrap_or_else(|| panic!("no error in {text:?}")).problem
}

#[test]
fn order_and_large_numbers_survive() {
    assert_eq!(
        json("z: 1\na: 18446744073709551615\nm: 9007199254740993\n"),
        [r#"{"z":1,"a":18446744073709551615,"m":9007199254740993}"#]
    );
    assert_eq!(
        json(r#"{"z": 1.0, "a": 123456789012345678901234567890, "e": 1E+2}"#),
        [r#"{"z":1.0,"a":123456789012345678901234567890,"e":1E+2}"#]
    );
}

#[test]
fn numbers_are_spelled_as_go_spells_them() {
    assert_eq!(
        json("[1e21, 1e20, 1e-7, 1e-6, -0.0, 0x_1F, 0o17, .5e1]"),
        ["[1e+21,100000000000000000000,1e-7,0.000001,-0,31,15,5]"]
    );
    assert_eq!(json("1e6: a\n0.5: b\n1e-5: c\n"), [r#"{"1e+06":"a","0.5":"b","1e-05":"c"}"#]);
}

#[test]
fn the_later_of_an_own_and_a_merged_key_wins() {
    assert_eq!(json("b: &b {x: 1, z: 2}\nc:\n  z: 3\n  <<: *b\n"), [r#"{"b":{"x":1,"z":2},"c":{"x":1,"z":2}}"#]);
    assert_eq!(json("b: &b {x: 1, z: 2}\nc:\n  <<: *b\n  z: 3\n"), [r#"{"b":{"x":1,"z":2},"c":{"x":1,"z":3}}"#]);
    assert!(matches!(problem("a: &a\n  <<: *a\n"), ReadProblem::Recursive));
}

#[test]
fn the_last_line_counts_as_ended() {
    assert_eq!(json("v: |\n  a"), [r#"{"v":"a\n"}"#]);
}

#[test]
fn json_strings_are_normalised() {
    assert_eq!(json(r#"{"a": "\ud83d\ude00 \ud800 \u0041\/"}"#), ["{\"a\":\"\u{1F600} \u{FFFD} A/\"}"]);
}

#[test]
fn a_confirmed_json_stream_stays_json() {
    let stream = read(b"{\"a\":1}{\"b\":2}\n---\nc: 3\n", &Limits::default());
    assert_eq!(stream.documents.len(), 2);
    assert!(matches!(stream.error.unwrap().problem, ReadProblem::Json(_)));
}

#[test]
fn errors_tell_where_and_what() {
    let error = read(b"a: 1\n---\nb: 2\nc: [1, \n---\nd: 1\n", &Limits::default()).error.unwrap();
    assert_eq!((error.line, error.column), (5, 1), "{error}");
    let error = read("é: 1\nb: *nope\n".as_bytes(), &Limits::default()).error.unwrap();
    assert_eq!((error.line, error.column), (2, 4));
    assert_eq!(error.problem, ReadProblem::UnknownAnchor);
    let error = read(b"a: 1\nb: x\x07\n", &Limits::default()).error.unwrap();
    assert_eq!((error.line, error.column), (2, 5), "{error}");
    assert_eq!(problem("image: {{ .Values.image }}\n"), ReadProblem::Template);
    assert_eq!(problem("~: x\n"), ReadProblem::Key);
    assert_eq!(problem("{{- if .x }}\na: 1\n{{- end }}\n"), ReadProblem::Template);
    assert_eq!(problem("{\"a\": 1 \"b\": 2}"), ReadProblem::Json("expected `,` or the end of the object or array"));
}

#[test]
fn messages_carry_no_value() {
    for text in [
        "password: !!int hunter2\n",
        "--- hunter2\n",
        "a: *.hunter2\n",
        "a: *hunter2\n",
        "{\"a\": 1 \"hunter2\": 2}",
        "hunter2: [\n",
        "a: \"\\hunter2\"\n",
    ] {
        let message = problem(text).to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_list_is_its_items_and_lists_nest() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n- kind: List\n  items:\n  - {kind: Job}\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: {name: x}\n";
    let stream = read(text.as_bytes(), &Limits::default());
    let document = stream.documents.first().unwrap();
    let items = document.items();
    let all: Vec<_> = items.iter().map(|item| (item.prefix.as_str(), item.json.as_str(), item.line)).collect();
    assert_eq!(
        all,
        [
            ("/items/0", r#"{"kind":"Pod"}"#, 4),
            ("/items/1/items/0", r#"{"kind":"Job"}"#, 7),
            ("/items/2/items/0", r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}"#, 11),
        ]
    );
    assert_eq!(document.locate("/items/2/items/0/metadata/name").line, 11);
    let pod = read(b"kind: Pod\nitems: []\n", &Limits::default());
    assert_eq!(pod.documents.first().unwrap().items().first().unwrap().prefix, "");
}
