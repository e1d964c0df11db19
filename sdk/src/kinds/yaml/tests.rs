//! The YAML of patches: what is read is what kubectl reads, and whatever else there is makes the text unknown.

use serde_json::{Value, json};

use super::to_json;

/// Streams with what kubectl reads from them.
const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/g-yaml-as-kubectl.json"));

fn read(text: &str) -> Option<Value> {
    let json = to_json(text)?;
    Some(serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}")))
}

/// The value with 1.0 as 1 and -0 as 0.
fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap() + 0.0),
        Value::Array(list) => list.iter().map(numbers).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), numbers(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn what_is_read_is_what_kubectl_reads() {
    let (mut same, mut wrong) = (0, Vec::new());
    // One case per line.
    for line in TABLE.lines().filter_map(|line| line.trim().strip_prefix("{\"name\"")) {
        // Those that are too deep for the reader of this test are too deep for what it tests.
        let Ok(case) = serde_json::from_str::<Value>(&format!("{{\"name\"{}", line.trim_end_matches(','))) else {
            continue;
        };
        let stream = case["stream"].as_str().unwrap();
        let Some(json) = to_json(stream).filter(|json| !json.is_empty()) else { continue };
        let found: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {stream}"));
        // Here something is yet to be filled in.
        if stream.contains("{{") {
            continue;
        }
        let (documents, found) = (numbers(&case["documents"]), numbers(&json!([found])));
        if case.get("error").is_none() && documents == found {
            same += 1;
        } else {
            wrong.push(format!("{}: {stream:?} is {case}, read as {json}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same >= 60, "only {same} streams were read");
}

#[test]
fn patches_as_people_write_them() {
    let expected = json!({
        "serviceAccountName": "ci",
        "hostUsers": false,
        "imagePullSecrets": [{"name": "harbor-pull"}, {"name": "b"}],
        "containers": [
            {"name": "main", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
             "args": ["--a=b: c", "- #no", "x", 1, null, "it's", "\"q\"\n"],
             "command": ["sh", "-c"], "securityContext": {"privileged": true, "runAsUser": 1000}},
            {"name": "wait", "env": [{"name": "A", "value": "{{inputs.parameters.a}} b"}], "script": "echo a\n\n  b # c\n"},
        ],
        "volumes": [],
        "empty": null,
    });
    let text = r#"---
# a comment
serviceAccountName: ci # another
hostUsers: false
imagePullSecrets:
- name: harbor-pull
-   name: b
containers:
  - name: main
    resources: {limits: {cpu: 500m,
                         memory: "1Gi"}}   # in brackets
    args: ["--a=b: c", '- #no', x, 1, {{inputs.parameters.n}}, 'it''s', "\"q\"\n"]
    command:
      - sh
      - -c

    securityContext:
      privileged: true
      runAsUser: 1000
  -
    name: wait
    env:
    - {name: A, value: "{{inputs.parameters.a}} b"}
    script: |
      echo a

        b # c

volumes: []
empty:
"#;
    assert_eq!(read(text).unwrap(), expected);
    assert_eq!(read(&text.replace('\n', "\r\n")).unwrap(), expected);
    assert_eq!(read(text.trim_end()).unwrap(), expected);
}

#[test]
fn small_texts() {
    for (text, expected) in [
        ("a: b", json!({"a": "b"})),
        ("a:\n  b", json!({"a": "b"})),
        ("a: {{x}}", json!({"a": null})),
        ("a: {{x}}:{{y}}", json!({"a": null})),
        ("a: r/{{x}}:1", json!({"a": "r/{{x}}:1"})),
        ("a: {{=toJson(x) + ' #'}}/b", json!({"a": "{{=toJson(x) + ' #'}}/b"})),
        ("{\"a\":\"b\", 'c':[1,]}", json!({"a": "b", "c": [1]})),
        ("a: [b, {c: d}, []]", json!({"a": ["b", {"c": "d"}, []]})),
        ("a: {b: , c: }", json!({"a": {"b": null, "c": null}})),
        ("- - a\n  - b\n- c: 1\n  d:\n  - e\n-\n- f", json!([["a", "b"], {"c": 1, "d": ["e"]}, null, "f"])),
        ("a: http://x#y", json!({"a": "http://x#y"})),
        ("a: -x\nb: --y=z\nc: -1\nd: 1.5\ne: 0", json!({"a": "-x", "b": "--y=z", "c": -1, "d": 1.5, "e": 0})),
        ("a: |-\n  b\n  c\nd: e", json!({"a": "b\nc", "d": "e"})),
        ("a: |+\n  b\n\nd: e", json!({"a": "b\n\n", "d": "e"})),
        ("a:\n- |\n  b\n- c", json!({"a": ["b\n", "c"]})),
        ("a: |\nb: c", json!({"a": "", "b": "c"})),
        ("\"a b\": ~\n'c': Null", json!({"a b": null, "c": null})),
        ("a: 10.0.0.1:5000/b\nc: 4Gi\nd: ünï", json!({"a": "10.0.0.1:5000/b", "c": "4Gi", "d": "ünï"})),
        ("7", json!(7)),
        ("a: 99d\nb: 1.2.3-rc\nc: .docker\nd: 5x", json!({"a": "99d", "b": "1.2.3-rc", "c": ".docker", "d": "5x"})),
    ] {
        assert_eq!(read(text), Some(expected), "{text}");
    }
    assert_eq!(to_json("").as_deref(), Some(""));
    assert_eq!(to_json("\n# nothing\n").as_deref(), Some(""));
}

#[test]
fn what_is_not_read_is_unknown() {
    for text in [
        "a: &x b",
        "a: *x",
        "a: !!str b",
        "<<: {a: b}",
        "a: >\n  b",
        "a: |2\n  b",
        "a: b\n c",
        "a: b\n  c: d",
        "a: b: c",
        "a: yes",
        "a: tRUE",
        "a: \0",
        "a: \u{feff}",
        "a: \u{2028}b",
        "--- a: b",
        "on: b",
        "1: b",
        "? a\n: b",
        "a: 0777",
        "a: 0x1f",
        "a: 1e3",
        "a: .5",
        "a: 0b1",
        "a: 0XFF",
        "a: -.Inf",
        "a: .NaN",
        "a: 1.2.3",
        "a: 12:30",
        "a: 2001-12-14T21:59:43Z",
        "a: 1_000",
        "a: 2001-01-01",
        "a: \"b\nc\"",
        "a: \"\\x41\"",
        "a: 'b",
        "a: [b",
        "a: [b: c]",
        "a: {b}",
        "a: {b:c}",
        "a: b\n---\nc: d",
        "a: b\n...",
        "\ta: b",
        "a:\n\tb: c",
        "a: \tb",
        "a: @b",
        "a: `b`",
        "a: %b",
        "%YAML 1.2\n---\na: b",
        "- a\nb: c",
        "a: b\n- c",
        "a: [b]#c",
        "a: \"b\"c",
        "a: {{x\n}}",
        "{{=if x}}\na: b",
        "a",
    ] {
        // A text alone is one, and no patch.
        assert!(read(text).is_none_or(|value| value == "a"), "{text}: {:?}", to_json(text));
    }
}

#[test]
fn hostile_texts_end_soon() {
    let many = 200_000;
    let texts = [
        "[".repeat(many),
        "{a: ".repeat(many),
        "- ".repeat(many),
        (0..2_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(),
        "{{".repeat(many),
        format!("a: {}", "{{}}".repeat(many)),
        format!("a: {}", "{{x".repeat(many)),
        format!("a: '{}'", "''".repeat(many)),
        format!("a: |\n{}", "\n".repeat(many)),
        format!("a: |\n{}", "  x\n\n".repeat(many)),
        format!("a: |\n{}x", " ".repeat(many)),
        "\"a\" ".repeat(many),
        "a: b\n".repeat(many),
        "- a\n".repeat(many),
        format!("a: [{}]", "x, ".repeat(many)),
        "#".repeat(many),
        " #".repeat(many),
        format!("a: {}", " #".repeat(many)),
        format!("{}: b", "a".repeat(many)),
        "1".repeat(many),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let read = to_json(&text);
        let time = start.elapsed();
        assert!(time.as_millis() < 2_000, "{time:?}: {}", text.get(..20).unwrap_or(&text));
        assert!(read.is_none_or(|json| json.len() < 8 * text.len() + 8));
    }
}
