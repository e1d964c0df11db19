//! Rewriting: what a person sees change, and what stays byte for byte.

use serde_json::{Value, json};

use super::{EditOp, FileEdit, Limits, RewriteError, read, rewrite};

fn add(path: &str, value: Value) -> FileEdit {
    FileEdit { document: 0, op: EditOp::Add, path: path.to_owned(), value: Some(value) }
}

fn set(path: &str, value: Value) -> FileEdit {
    FileEdit { document: 0, op: EditOp::Replace, path: path.to_owned(), value: Some(value) }
}

fn remove(path: &str) -> FileEdit {
    FileEdit { document: 0, op: EditOp::Remove, path: path.to_owned(), value: None }
}

#[track_caller]
fn check(before: &str, edits: &[FileEdit], after: &str) {
    let result = rewrite(before, edits);
    assert_eq!(result.as_deref(), Ok(after), "\n--- got\n{}", result.as_deref().unwrap_or("-"));
    // The same in a file with CRLF, and without a final line break.
    if before.contains('\n') && !before.contains('\r') {
        let crlf = rewrite(&before.replace('\n', "\r\n"), edits);
        assert_eq!(crlf, Ok(after.replace('\n', "\r\n")));
        if before.ends_with('\n') && after.ends_with('\n') && !before.contains("|+") {
            assert_eq!(rewrite(before.trim_end_matches('\n'), edits).as_deref(), Ok(after.trim_end_matches('\n')));
        }
    }
}

const POD: &str = "\
# Agent of the payments pipeline.
apiVersion: v1
kind: Pod
metadata:
  name: agent   # short
spec:
  # The builder.
  containers:
    - name: kaniko   # pinned
      image: 'gcr.io/kaniko-project/executor:v1.23.2-debug'
      env:
        - name: A   # first
          value: \"1\"
      volumeMounts:
        # Credentials.
        - name: docker-config   # the secret
          mountPath: /root/.docker   # wrong
  volumes:
    - name: docker-config
      secret:
        secretName: harbor-push   # pushes

# The end.
";

#[test]
fn a_missing_list_is_added_after_its_siblings() {
    check(
        POD,
        &[add("/spec/imagePullSecrets", json!([{"name": "harbor-pull"}]))],
        &POD.replace("# pushes\n", "# pushes\n  imagePullSecrets:\n    - name: harbor-pull\n"),
    );
}

#[test]
fn members_and_items_are_added_and_changed_among_comments() {
    check(
        POD,
        &[
            add("/spec/volumes/0/secret/items", json!([{"key": ".dockerconfigjson", "path": "config.json"}])),
            set("/spec/containers/0/volumeMounts/0/mountPath", json!("/kaniko/.docker")),
            add("/spec/containers/0/env/-", json!({"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})),
        ],
        &POD.replace("# pushes\n", "# pushes\n        items:\n          - key: .dockerconfigjson\n            path: config.json\n")
            .replace("/root/.docker  ", "/kaniko/.docker  ")
            .replace(
                "value: \"1\"\n",
                "value: \"1\"\n        - name: B\n          valueFrom:\n            secretKeyRef:\n              name: s\n              key: k\n",
            ),
    );
}

#[test]
fn replaced_scalars_keep_their_quotes() {
    check(
        POD,
        &[set("/spec/containers/0/image", json!("it's"))],
        &POD.replace("gcr.io/kaniko-project/executor:v1.23.2-debug", "it''s"),
    );
    check(POD, &[set("/spec/containers/0/env/0/value", json!("2"))], &POD.replace("\"1\"", "\"2\""));
    check("a: b\n", &[set("/a", json!("yes"))], "a: \"yes\"\n");
    check("a: b\n", &[set("/a", json!("1:30"))], "a: \"1:30\"\n");
    check("a: b # c\n", &[set("/a", json!("x\ny #"))], "a: \"x\\ny #\" # c\n");
    check("a: b\n", &[set("/a", json!(12))], "a: 12\n");
}

#[test]
fn lists_are_appended_in_their_own_style() {
    let secret = || json!({"name": "b"});
    check(
        "s:\n  p:\n  - name: a\n  # end\nt: 1\n",
        &[add("/s/p/-", secret())],
        "s:\n  p:\n  - name: a\n  - name: b\n  # end\nt: 1\n",
    );
    check(
        "s:\n  p:\n      - name: a # x\n",
        &[add("/s/p/1", secret())],
        "s:\n  p:\n      - name: a # x\n      - name: b\n",
    );
    check("s:\n  p: [{name: a}] # x\n", &[add("/s/p/-", secret())], "s:\n  p: [{name: a}, {name: b}] # x\n");
    check("s:\n  p: [ {name: a}, ]\n", &[add("/s/p/-", secret())], "s:\n  p: [ {name: a}, {name: b}, ]\n");
    check(
        "s:\n  p: [{\"name\": \"a\"}]\n",
        &[add("/s/p/-", secret())],
        "s:\n  p: [{\"name\": \"a\"}, {\"name\": \"b\"}]\n",
    );
    check(
        "s:\n  p: []   # none\n  q:\n  - 1\n",
        &[add("/s/p/-", secret())],
        "s:\n  p:   # none\n  - name: b\n  q:\n  - 1\n",
    );
    check("s:\n  p: []\n", &[add("/s/p/-", secret())], "s:\n  p:\n    - name: b\n");
    check("s: {p: []}\n", &[add("/s/p/-", secret())], "s: {p: [{name: b}]}\n");
    check("s: {}\n", &[add("/s/p", secret())], "s:\n  p:\n    name: b\n");
    check(
        "s:\n  p: [\n    {name: a},  # one\n    {name: c}   # two\n  ]\n",
        &[add("/s/p/-", secret())],
        "s:\n  p: [\n    {name: a},  # one\n    {name: c},   # two\n    {name: b}\n  ]\n",
    );
    check("p:\n- a\n- c\n", &[add("/p/1", json!("b")), add("/p/0", json!("0"))], "p:\n- \"0\"\n- a\n- b\n- c\n");
    check(
        "p:\n- - a\n  - b\n",
        &[add("/p/0/0", json!("x")), add("/p/0/-", json!("z"))],
        "p:\n- - x\n  - a\n  - b\n  - z\n",
    );
}

#[test]
fn empty_values_are_filled() {
    check("spec:\nkind: Pod\n", &[set("/spec", json!({"a": [1]}))], "spec:\n  a:\n    - 1\nkind: Pod\n");
    check("spec:   # later\nkind: Pod\n", &[add("/spec", json!({"a": 1}))], "spec:   # later\n  a: 1\nkind: Pod\n");
    check("spec:\n", &[set("/spec", json!("x"))], "spec: x\n");
    check("spec: null\n", &[set("/spec", json!({"a": 1}))], "spec:\n  a: 1\n");
    check("p:\n-\n- a\n", &[set("/p/0", json!({"x": 1, "z": 2}))], "p:\n- x: 1\n  z: 2\n- a\n");
    assert_eq!(rewrite("spec:\n", &[add("/spec/a", json!(1))]), Err(RewriteError::NoPlace("/spec/a".to_owned())));
}

#[test]
fn block_scalars_next_to_edits_keep_their_text() {
    check(
        "a:\n  s: |\n    x\n\n    y\n\nb: 1\n",
        &[add("/a/t", json!("z"))],
        "a:\n  s: |\n    x\n\n    y\n  t: z\n\nb: 1\n",
    );
    check(
        "a:\n  s: |+ # +\n    x\n\n\nb: 1\n",
        &[add("/a/t", json!("z"))],
        "a:\n  s: |+ # +\n    x\n\n\n  t: z\nb: 1\n",
    );
    check(
        "a:\n  - |-\n    x\n    # no comment\n",
        &[add("/a/-", json!("z"))],
        "a:\n  - |-\n    x\n    # no comment\n  - z\n",
    );
    check("s: |\n  x\n  y\nt: 1\n", &[set("/s", json!("z"))], "s: z\nt: 1\n");
    check("s: >-\n  x\nt: 1\n", &[set("/s", json!({"k": 1}))], "s:\n  k: 1\nt: 1\n");
    check("s: |\n  x\nt: 1\n", &[remove("/s")], "t: 1\n");
}

#[test]
fn removals_leave_the_rest() {
    check("a: 1\n# about b\nb: 2 # gone\nc: 3\n", &[remove("/b")], "a: 1\n# about b\nc: 3\n");
    check("l:\n- a: 1\n  b: 2\n- c: 1\n", &[remove("/l/0/a")], "l:\n- b: 2\n- c: 1\n");
    check("l:\n- a: 1\n  b: 2\n- c: 1\n", &[remove("/l/0")], "l:\n- c: 1\n");
    check("l:\n- a\n- b\n", &[remove("/l/1")], "l:\n- a\n");
    check("x:\n  l:\n  - a\n  # end\ny: 1\n", &[remove("/x/l/0")], "x:\n  l: []\n  # end\ny: 1\n");
    check("x:\n  l: # list\n  - a\ny: 1\n", &[remove("/x/l/0")], "x:\n  l: [] # list\ny: 1\n");
    check("x:\n  l:\n    m: 1\n", &[remove("/x/l/m")], "x:\n  l: {}\n");
    check("x: [a, b, c]\n", &[remove("/x/1"), remove("/x/1")], "x: [a]\n");
    check("x: [a, b]\n", &[remove("/x/0"), remove("/x/0")], "x: []\n");
    check("x: {a: 1, b: 2}\n", &[remove("/x/b")], "x: {a: 1}\n");
    check("l:\n- - a\n  - b\n", &[remove("/l/0/0")], "l:\n- - b\n");
}

#[test]
fn collections_are_replaced_in_place() {
    check(
        "a:\n  # c\n  x: 1\n  y: 2 # last\nb: 1\n",
        &[set("/a", json!({"z": 1}))],
        "a:\n  # c\n  z: 1 # last\nb: 1\n",
    );
    check("a:\n  x: 1\nb: 1\n", &[set("/a", json!(3))], "a: 3\nb: 1\n");
    check("a:\n  x: 1\nb: 1\n", &[set("/a", json!(["q"]))], "a:\n  - q\nb: 1\n");
    check("a:\n- x\nb: 1\n", &[set("/a", json!({"q": 1}))], "a:\n  q: 1\nb: 1\n");
    check("a:\n- x: 1\n  y: 2\n- z\n", &[set("/a/0", json!(["q", "r"]))], "a:\n- - q\n  - r\n- z\n");
    check("a: [1, 2]\n", &[set("/a", json!([{"k": "x, y"}]))], "a: [{k: \"x, y\"}]\n");
}

#[test]
fn json_stays_json() {
    let pretty = "{\n    \"kind\": \"Pod\",\n    \"spec\": {\n        \"args\": [\"a\", \"b\"],\n        \"p\": [],\n        \"v\": [\n            {\n                \"name\": \"x\"\n            }\n        ]\n    }\n}\n";
    check(
        pretty,
        &[
            add("/spec/p/-", json!({"name": "s"})),
            add("/spec/args/-", json!("c")),
            add("/spec/v/-", json!({"k": [1]})),
            add("/spec/q", json!([])),
        ],
        "{\n    \"kind\": \"Pod\",\n    \"spec\": {\n        \"args\": [\"a\", \"b\", \"c\"],\n        \"p\": [\n            {\n                \"name\": \"s\"\n            }\n        ],\n        \"v\": [\n            {\n                \"name\": \"x\"\n            },\n            {\n                \"k\": [\n                    1\n                ]\n            }\n        ],\n        \"q\": []\n    }\n}\n",
    );
    check(
        "{\"a\":{\"b\":1},\"l\":[]}",
        &[add("/a/c", json!({"x": [1, 2]})), add("/l/-", json!(1))],
        "{\"a\":{\"b\":1,\"c\":{\"x\":[1,2]}},\"l\":[1]}",
    );
    check(
        "{\"a\": 1.0, \"b\": 2}\n",
        &[set("/b", json!("x\u{e9}\"")), add("/c", json!(null))],
        "{\"a\": 1.0, \"b\": \"x\u{e9}\\\"\", \"c\": null}\n",
    );
    check(
        "{\n\t\"a\": 1,\n\t\"b\": {}\n}\n",
        &[add("/b/c", json!(2)), add("/d", json!(3))],
        "{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": 2\n\t},\n\t\"d\": 3\n}\n",
    );
    check("{\n  \"a\": 1,\n  \"b\": 2\n}\n", &[remove("/a")], "{\n  \"b\": 2\n}\n");
    check("{\n  \"a\": 1,\n  \"b\": 2\n}\n", &[remove("/b")], "{\n  \"a\": 1\n}\n");
    check(
        "{\n  \"l\": [\n    1,\n    3\n  ]\n}\n",
        &[add("/l/1", json!(2))],
        "{\n  \"l\": [\n    1,\n    2,\n    3\n  ]\n}\n",
    );
}

#[test]
fn each_document_is_edited_by_its_number() {
    let text = "# head\n---\na: 1\n--- # two\n# only a comment\n---\nb: 2\n---\nc: 3\n";
    let edits = [1, 2].map(|document| FileEdit { document, ..add("/x", json!("v")) });
    check(text, &edits, "# head\n---\na: 1\n--- # two\n# only a comment\n---\nb: 2\nx: v\n---\nc: 3\nx: v\n");
    assert_eq!(rewrite(text, &[FileEdit { document: 3, ..add("/x", json!(1)) }]), Err(RewriteError::NoDocument(3)));
    check(
        "{\"a\":1}\n{\"b\":1}\n",
        &[FileEdit { document: 1, ..add("/x", json!(1)) }],
        "{\"a\":1}\n{\"b\":1,\"x\":1}\n",
    );
}

#[test]
fn items_of_a_list_are_edited_through_their_prefix() {
    let text = "kind: List\nitems:\n- kind: Pod\n  spec:\n    a: 1\n- kind: Pod\n  spec:\n    a: 2\n";
    check(
        text,
        &[add("/items/0/spec/b", json!(1)), add("/items/1/spec/b", json!(2))],
        "kind: List\nitems:\n- kind: Pod\n  spec:\n    a: 1\n    b: 1\n- kind: Pod\n  spec:\n    a: 2\n    b: 2\n",
    );
}

#[test]
fn pointer_escapes_and_odd_keys() {
    check(
        "a:\n  x/y~z: 1\n",
        &[set("/a/x~1y~0z", json!(2)), add("/a/new~1key", json!("v"))],
        "a:\n  x/y~z: 2\n  new/key: v\n",
    );
    check(
        "a:\n  b: 1\n",
        &[add("/a/on", json!(true)), add("/a/q: r", json!(1))],
        "a:\n  b: 1\n  \"on\": true\n  \"q: r\": 1\n",
    );
    check("a:\n  0: x\n  yes: y\n", &[set("/a/0", json!("z")), remove("/a/true")], "a:\n  0: z\n");
}

#[test]
fn places_that_cannot_be_edited_safely_are_refused_with_a_reason() {
    let shared = "a: &x\n  k: 1\nb: *x\n";
    assert_eq!(rewrite(shared, &[set("/a/k", json!(2))]), Err(RewriteError::Shared("/a/k".to_owned())));
    assert_eq!(rewrite(shared, &[set("/b/k", json!(2))]), Err(RewriteError::Shared("/b/k".to_owned())));
    assert_eq!(rewrite(shared, &[remove("/a")]), Err(RewriteError::Shared("/a".to_owned())));
    let merged = "a: &x {k: 1}\nb:\n  <<: *x\n  l: 2\n";
    assert_eq!(rewrite(merged, &[set("/b/k", json!(2))]), Err(RewriteError::Merged("/b/k".to_owned())));
    check(merged, &[set("/b/l", json!(3)), add("/b/m", json!(4))], "a: &x {k: 1}\nb:\n  <<: *x\n  l: 3\n  m: 4\n");
    check("a: &x {k: 1}\nb: *x\n", &[set("/b", json!({"k": 2}))], "a: &x {k: 1}\nb:\n  k: 2\n");
    assert_eq!(rewrite("a: 1\na: 2\n", &[set("/a", json!(3))]), Err(RewriteError::Duplicate("/a".to_owned())));
    assert!(matches!(rewrite("a: 1\n", &[set("", json!(3))]), Err(RewriteError::Layout { .. })));
    assert!(matches!(rewrite("a: 1\rb: 2\r", &[set("/a", json!(3))]), Err(RewriteError::Layout { .. })));
    assert!(matches!(rewrite("a: 1\n---\nb: [\n", &[set("/a", json!(3))]), Err(RewriteError::Unreadable(_))));
    for (op, path) in [
        (EditOp::Replace, "/b"),
        (EditOp::Remove, "/b"),
        (EditOp::Add, "/a/b"),
        (EditOp::Add, "/l/4"),
        (EditOp::Add, "x"),
        (EditOp::Remove, "/l/-"),
        (EditOp::Replace, "/l/01"),
    ] {
        let edit = FileEdit { document: 0, op, path: path.to_owned(), value: Some(json!(1)) };
        assert_eq!(rewrite("a: 1\nl: [1, 2]\n", &[edit]), Err(RewriteError::NoPlace(path.to_owned())));
    }
    let error = rewrite(merged, &[set("/b/k", json!("hunter2"))]).unwrap_err();
    assert_eq!(error.to_string(), "`/b/k` comes from a merge key `<<`: edit it by hand");
}

#[test]
fn no_edit_changes_nothing_and_a_repeated_one_nothing_more() {
    assert_eq!(rewrite(POD, &[]).as_deref(), Ok(POD));
    let edits = [
        set("/spec/containers/0/volumeMounts/0/mountPath", json!("/kaniko/.docker")),
        set("/spec/volumes/0/secret/secretName", json!("x")),
    ];
    let once = rewrite(POD, &edits).unwrap();
    assert_eq!(rewrite(&once, &edits).as_deref(), Ok(once.as_str()));
}

#[test]
fn a_byte_order_mark_stays() {
    check("\u{FEFF}a: 1\n", &[add("/b", json!(2))], "\u{FEFF}a: 1\nb: 2\n");
}

#[test]
fn later_edits_see_earlier_ones() {
    check(
        "spec:\n  a: 1\n",
        &[
            add("/spec/env", json!([])),
            add("/spec/env/-", json!({"name": "A"})),
            add("/spec/env/0/value", json!("v")),
            set("/spec/env/0/name", json!("B")),
        ],
        "spec:\n  a: 1\n  env:\n    - name: B\n      value: v\n",
    );
}

#[test]
fn many_edits_of_a_long_list_take_few_readings() {
    let item = "- kind: Pod\n  spec:\n    containers:\n    - name: a\n      image: b\n";
    let text = format!("kind: List\nitems:\n{}", item.repeat(5000));
    let edits: Vec<_> =
        (0..5000).flat_map(|at| ["x", "z"].map(|name| add(&format!("/items/{at}/spec/{name}"), json!("v")))).collect();
    let start = std::time::Instant::now();
    let result = rewrite(&text, &edits).unwrap();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(result.matches("    x: v\n    z: v\n").count(), 5000);
    assert_eq!(read(result.as_bytes(), &Limits::default()).documents.len(), 1);
}
