//! Tests of the view: every kind, every role, every wrong type.

use super::*;
use crate::json::Document;

fn path(group: &str, kind: &str) -> &'static [&'static str] {
    path_to_pod(GroupKind { group, kind }).unwrap()
}

/// The pod in its holder, for a kind.
fn wrap(path: &[&str], pod: &str) -> String {
    path.iter().rev().fold(pod.to_owned(), |inner, key| format!("{{\"{key}\":{inner}}}"))
}

const POD: &str = r#"{"metadata":{"labels":{"a":"b"}},"spec":{
  "initContainers":[{"name":"i","image":"x"},{"name":"s","restartPolicy":"Always"}],
  "containers":[{"name":"m","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}],"args":["--x"],"command":["c"]}],
  "ephemeralContainers":[{"name":"e"}],
  "imagePullSecrets":[{"name":"one"},{}],
  "volumes":[{"name":"v","secret":{"secretName":"s","items":[{"key":"k","path":"p"}]}},
             {"name":"p","projected":{"sources":[{"secret":{"name":"t"}},{"configMap":{"name":"c"}}]}}]}}"#;

#[test]
fn finds_the_pod_in_every_kind() {
    for (group, kind, path) in KINDS {
        let text = wrap(path, POD);
        let document = Document::parse(text.as_bytes()).unwrap();
        let mut out = Findings::new(document.root());
        let pod = PodView::read(document.root(), path, &mut out).unwrap();
        assert_eq!(pod.is_pod(), *kind == "Pod", "{group}/{kind}");
        let containers: Vec<_> = pod.containers().map(|c| (c.name().unwrap(), c.role())).collect();
        assert_eq!(containers, [("i", Role::Init), ("s", Role::Sidecar), ("m", Role::Main), ("e", Role::Ephemeral)]);
        let main = pod.containers().nth(2).unwrap();
        assert_eq!(main.env_var("A").unwrap().value().unwrap().1, "2");
        assert_eq!(main.words().filter_map(Node::as_str).collect::<Vec<_>>(), ["c", "--x"]);
        let expected = format!("{}/spec/containers/0/args/0", path.iter().map(|k| format!("/{k}")).collect::<String>());
        assert_eq!(out.pointer(main.args().next().unwrap()), expected);
        assert_eq!(pod.pull_secrets().map(|(_, name)| name).collect::<Vec<_>>(), ["one", ""]);
        let secret = pod.volume("v").unwrap().secrets().next().unwrap();
        assert_eq!((secret.name(), secret.items().unwrap().collect::<Vec<_>>()), ("s", vec![("k", "p")]));
        assert_eq!(pod.volume("p").unwrap().secrets().map(SecretSource::name).collect::<Vec<_>>(), ["t"]);
        assert_eq!(pod.label("a"), Some("b"));
        assert!(out.into_list().is_empty());
    }
}

#[test]
fn an_unknown_kind_has_no_pod() {
    for (group, kind) in [("", "ConfigMap"), ("apps", "Pod"), ("argoproj.io", "Workflow"), ("", "Deployment")] {
        assert!(path_to_pod(GroupKind { group, kind }).is_none());
    }
}

#[test]
fn wrong_types_are_findings_at_their_place() {
    let cases = [
        (r#"{"spec":{"containers":{"name":"x"}}}"#, "/spec/containers", "this must be a list, not a map"),
        (r#"{"spec":{"containers":["x"]}}"#, "/spec/containers/0", "this must be a map, not a string"),
        (r#"{"spec":{"containers":[null]}}"#, "/spec/containers/0", "this must be a map, not null"),
        (r#"{"spec":{"containers":[{"args":"--x"}]}}"#, "/spec/containers/0/args", "this must be a list, not a string"),
        (
            r#"{"spec":{"containers":[{"args":[8080]}]}}"#,
            "/spec/containers/0/args/0",
            "this must be a string, not a number",
        ),
        (
            r#"{"spec":{"initContainers":[{"env":[{"name":"A","value":true}]}]}}"#,
            "/spec/initContainers/0/env/0/value",
            "this must be a string, not a boolean",
        ),
        (r#"{"spec":{"imagePullSecrets":["x"]}}"#, "/spec/imagePullSecrets/0", "this must be a map, not a string"),
        (
            r#"{"spec":{"volumes":[{"secret":{"items":{}}}]}}"#,
            "/spec/volumes/0/secret/items",
            "this must be a list, not a map",
        ),
        (r#"{"metadata":{"labels":[]},"spec":{}}"#, "/metadata/labels", "this must be a map, not a list"),
        (r#"{"spec":[]}"#, "/spec", "this must be a map, not a list"),
        (r#"{}"#, "/spec", "this is missing, so there is no Pod to judge"),
        ("[]", "", "this must be a map, not a list"),
    ];
    for (text, pointer, message) in cases {
        let document = Document::parse(text.as_bytes()).unwrap();
        let mut out = Findings::new(document.root());
        PodView::read(document.root(), path("", "Pod"), &mut out);
        let found: Vec<_> = out.into_list().into_iter().map(|f| (f.rule, f.pointer, f.message)).collect();
        assert_eq!(found, [("unreadable", pointer.to_owned(), message.to_owned())], "{text}");
    }
}

#[test]
fn null_counts_as_absent() {
    let text =
        r#"{"metadata":{"labels":null},"spec":{"containers":[{"name":"a","env":null,"image":null}],"volumes":null}}"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    assert!(PodView::read(document.root(), path("", "Pod"), &mut out).is_some());
    assert!(out.into_list().is_empty());
}

#[test]
fn a_template_on_its_way_that_is_no_map_is_reported() {
    let document = Document::parse(br#"{"spec":{"jobTemplate":"x"}}"#).unwrap();
    let mut out = Findings::new(document.root());
    assert!(PodView::read(document.root(), path("batch", "CronJob"), &mut out).is_none());
    assert_eq!(out.into_list()[0].pointer, "/spec/jobTemplate");
}
