//! Places: where a person is sent for a pointer.

use super::{Document, Limits, read};

const POD: &str = "\
# Agent.
kind: Pod
spec:
  containers:
    # The builder.
    - name: kaniko
      volumeMounts:
        - name: a
          mountPath: /a
        # Wrong:
        - name: é
          mountPath: \"é\" # here
      args: [--x, {k: v}]
    - &two
      name: git
  empty:
  text: |
    hello
    there

  last: 1
";

fn document(text: &str) -> Document {
    let mut stream = read(text.as_bytes(), &Limits::default());
    assert_eq!(stream.error, None);
    stream.documents.remove(0)
}

#[track_caller]
fn check(
    document: &Document,
    text: &str,
    pointer: &str,
    shown: (usize, usize),
    key: Option<(usize, usize)>,
    span: &str,
) {
    let place = document.locate(pointer);
    assert!(place.exact, "{pointer}");
    assert_eq!((place.line, place.column), shown, "{pointer}");
    assert_eq!(place.key_line.zip(place.key_column), key, "{pointer}");
    assert_eq!(text.get(place.span), Some(span), "{pointer}");
}

#[test]
fn exact_places() {
    let pod = document(POD);
    assert_eq!(pod.line, 2);
    check(&pod, POD, "/kind", (2, 7), Some((2, 1)), "Pod");
    check(&pod, POD, "/spec/containers/0/volumeMounts/1", (11, 11), None, "name: é\n          mountPath: \"é\"");
    check(&pod, POD, "/spec/containers/0/volumeMounts/1/mountPath", (12, 22), Some((12, 11)), "\"é\"");
    check(&pod, POD, "/spec/containers/0/args", (13, 7), Some((13, 7)), "[--x, {k: v}]");
    check(&pod, POD, "/spec/containers/0/args/0", (13, 14), None, "--x");
    check(&pod, POD, "/spec/containers/0/args/1/k", (13, 23), Some((13, 20)), "v");
    check(&pod, POD, "/spec/empty", (16, 3), Some((16, 3)), "");
    check(&pod, POD, "/spec/text", (17, 9), Some((17, 3)), "|\n    hello\n    there");
    check(&pod, POD, "/spec/last", (21, 9), Some((21, 3)), "1");
    let containers = pod.locate("/spec/containers");
    assert_eq!((containers.line, containers.column), (4, 3));
    assert_eq!(pod.locate("").line, 2);
}

#[test]
fn missing_places_lead_to_the_nearest_ancestor() {
    let pod = document(POD);
    for (pointer, line) in [
        ("/spec/imagePullSecrets", 3),
        ("/spec/imagePullSecrets/0/name", 3),
        ("/spec/containers/7", 4),
        ("/spec/containers/-", 4),
        ("/spec/containers/00", 4),
        ("/spec/containers/0/env", 6),
        ("/spec/last/deeper", 21),
        ("nonsense", 2),
        ("/spec/~2", 2),
    ] {
        let place = pod.locate(pointer);
        assert!(!place.exact, "{pointer}");
        assert_eq!(place.line, line, "{pointer}");
    }
}

#[test]
fn an_alias_is_found_where_it_is_used_and_its_inside_at_the_anchor() {
    let text = "a: &x\n  k: 1\nb: *x\nc:\n  <<: *x\n  l: 2\n";
    let document = document(text);
    check(&document, text, "/b", (3, 4), Some((3, 1)), "*x");
    check(&document, text, "/b/k", (2, 6), Some((2, 3)), "1");
    check(&document, text, "/c/k", (2, 6), Some((2, 3)), "1");
    check(&document, text, "/c/l", (6, 6), Some((6, 3)), "2");
}

#[test]
fn the_last_of_two_equal_keys_is_the_one() {
    assert_eq!(document("a: 1\nb: 0\na: 2\n").locate("/a").line, 3);
    let many: String = (0..100).map(|at| format!("k{at}: {at}\n")).collect();
    assert_eq!(document(&format!("{many}k5: x\n")).locate("/k5").line, 101);
    assert_eq!(document(&many).locate("/k99").line, 100);
}

#[test]
fn json_and_later_documents_and_line_ends() {
    let text = "{\n  \"a\": {\"b\": [1,\n    22]}\n}\r\n---\r\nx:\r\n  k: z\r\n";
    let stream = read(text.as_bytes(), &Limits::default());
    assert_eq!(stream.error, None);
    let [json, yaml] = stream.documents.as_slice() else { panic!("{:?}", stream.documents) };
    assert!(json.is_json && !yaml.is_json);
    check(json, text, "/a/b/1", (3, 5), None, "22");
    check(json, text, "/a/b", (2, 9), Some((2, 9)), "[1,\n    22]");
    check(yaml, text, "/x/k", (7, 6), Some((7, 3)), "z");
    assert_eq!((json.index, json.line, yaml.index, yaml.line), (0, 1, 1, 6));
}

#[test]
fn pointers_are_unescaped_and_a_byte_order_mark_has_no_width() {
    let text = "\u{FEFF}a/b: {c~d: 1}\n";
    check(&document(text), text, "/a~1b/c~0d", (1, 12), Some((1, 7)), "1");
}
