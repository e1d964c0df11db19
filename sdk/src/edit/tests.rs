//! Tests of the edits: what they do, what they leave alone, what they refuse.

use super::*;

const POD: &str = r#"{ "kind":"Pod",  "big": 123456789012345678901234567890, "z":1.50,
 "spec":{"containers":[{"name":"a","env":[]},{"name":"b","x-unknown":{"k":[1,2]}}],"volumes":null}}"#;

fn done(text: &str, edits: &[Edit]) -> String {
    let document = Document::parse(text.as_bytes()).unwrap();
    let applied = apply(document.root(), edits).unwrap();
    let mut patched: serde_json::Value = serde_json::from_str(text).unwrap();
    let patch = write::array(applied.patch.iter().map(Operation::to_json));
    json_patch::patch(&mut patched, &serde_json::from_str::<json_patch::Patch>(&patch).unwrap()).unwrap();
    assert_eq!(patched, serde_json::from_str::<serde_json::Value>(&applied.text).unwrap(), "patch and text must agree");
    applied.text
}

fn refused(text: &str, edits: &[Edit]) -> Vec<Conflict> {
    let document = Document::parse(text.as_bytes()).unwrap();
    apply(document.root(), edits).unwrap_err()
}

#[test]
fn untouched_values_stay_byte_for_byte() {
    let text = done(POD, &[Edit::set("/spec/containers/0/name", "\"c\"")]);
    for kept in ["123456789012345678901234567890", "1.50", r#""x-unknown":{"k":[1,2]}"#, r#""volumes":null"#] {
        assert!(text.contains(kept), "{text}");
    }
    assert!(text.contains(r#"{"name":"c","env":[]}"#));
    assert_eq!(done(POD, &[]), POD);
}

#[test]
fn lists_are_made_and_extended() {
    let text = done(
        POD,
        &[
            Edit::append("/spec/imagePullSecrets", r#"{"name":"one"}"#),
            Edit::append("/spec/imagePullSecrets", r#"{"name":"two"}"#),
            Edit::append("/spec/imagePullSecrets", r#"{"name":"one"}"#),
            Edit::append("/spec/volumes", "1"),
            Edit::append("/spec/volumes", "2"),
            Edit::append("/spec/containers/0/env", "{}"),
        ],
    );
    assert!(text.contains(r#""imagePullSecrets":[{"name":"one"},{"name":"two"}]"#), "{text}");
    assert!(text.contains(r#""volumes":[1,2]"#), "{text}");
    assert!(text.contains(r#""env":[{}]"#), "{text}");
}

#[test]
fn removing_and_adding_in_one_map() {
    assert_eq!(done(r#"{"a":1}"#, &[Edit::remove("/a"), Edit::add("/b", "2")]), r#"{"b":2}"#);
    assert_eq!(done("[1,2,3]", &[Edit::remove("/0"), Edit::remove("/2")]), "[2]");
    assert_eq!(done(r#"{"a":1,"b":2}"#, &[Edit::remove("/a"), Edit::remove("/b")]), "{}");
}

#[test]
fn equal_wishes_agree() {
    assert_eq!(done(r#"{"a":1}"#, &[Edit::set("/a", "2"), Edit::set("/a", "2")]), r#"{"a":2}"#);
    assert_eq!(done("{}", &[Edit::add("/a", "2"), Edit::set("/a", "2")]), r#"{"a":2}"#);
}

#[test]
fn disagreeing_edits_are_reported() {
    for (text, edits) in [
        (r#"{"a":1}"#, [Edit::set("/a", "2"), Edit::set("/a", "3")]),
        ("{}", [Edit::add("/a", "2"), Edit::add("/a", "3")]),
        (r#"{"a":{"b":1}}"#, [Edit::remove("/a"), Edit::set("/a/b", "3")]),
        (r#"{"a":{"b":{"c":1}}}"#, [Edit::set("/a/b/c", "3"), Edit::set("/a", "{}")]),
        (r#"{"a":[1]}"#, [Edit::append("/a", "2"), Edit::remove("/a")]),
    ] {
        let conflicts = refused(text, &edits);
        assert_eq!(conflicts.len(), 1, "{edits:?}");
        assert!(conflicts.iter().all(|c| c.with.is_some()), "{edits:?}");
    }
}

#[test]
fn neighbours_are_no_conflict() {
    // `/a-b` sorts between `/a` and `/a/b` by bytes; it must not hide that one lies in the other, nor seem inside.
    assert_eq!(
        refused(r#"{"a":{"b":1},"a-b":1}"#, &[Edit::remove("/a"), Edit::set("/a-b", "2"), Edit::set("/a/b", "3")])
            .len(),
        1
    );
    assert_eq!(done(r#"{"a":1,"a-b":1}"#, &[Edit::remove("/a"), Edit::set("/a-b", "2")]), r#"{"a-b":2}"#);
    assert_eq!(done(r#"{"a":[1]}"#, &[Edit::append("/a", "2"), Edit::set("/a/0", "3")]), r#"{"a":[3,2]}"#);
}

#[test]
fn an_edit_without_a_place_is_a_conflict() {
    for edit in [
        Edit::set("/a/b/c", "1"),
        Edit::append("/s", "1"),
        Edit::remove("/none"),
        Edit::add("/s", "1"),
        Edit::set("/l/7", "1"),
        Edit::set("/s/x", "1"),
    ] {
        assert_eq!(
            refused(r#"{"s":"text","l":[]}"#, std::slice::from_ref(&edit)),
            [Conflict { edit: 0, with: None }],
            "{edit:?}"
        );
    }
}

#[test]
fn equal_edits_of_one_place_are_one_and_the_last_of_them_is_named_in_a_conflict() {
    let wish = || Edit::set("/a", "1");
    assert_eq!(done(r#"{"a":0}"#, &vec![wish(); 1000]), r#"{"a":1}"#);
    assert_eq!(refused(r#"{"a":0}"#, &[wish(), wish(), Edit::set("/a", "2")]), [Conflict { edit: 2, with: Some(1) }]);
}

#[test]
fn added_members_may_have_any_key() {
    assert_eq!(done("{}", &[Edit::add("/", "1"), Edit::add("/a~1b", "2")]), r#"{"":1,"a/b":2}"#);
}
