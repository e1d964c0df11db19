//! Clusters made of manifests: what is stored, what is found, what is refused.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;

fn soon() -> Patience {
    Patience::until(Instant::now() + Duration::from_secs(5))
}

fn object<'a>(api_version: &'a str, kind: &'a str, namespace: Option<&'a str>, name: &'a str) -> ObjectRef<'a> {
    ObjectRef { api_version, kind, namespace, name }
}

fn secret<'a>(namespace: &'a str, name: &'a str) -> ObjectRef<'a> {
    object("v1", "Secret", Some(namespace), name)
}

fn all<'a>(api_version: &'a str, kind: &'a str, namespace: Option<&'a str>) -> ListQuery<'a> {
    ListQuery { api_version, kind, namespace, label_selector: None, field_selector: None }
}

fn cluster(text: &str) -> Result<Objects, Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cluster.yaml");
    fs::write(&file, text).unwrap();
    let name = file.to_string_lossy().into_owned();
    read(&file, "ci")
        .map_err(|mistakes| mistakes.iter().map(|mistake| mistake.to_string().replace(&name, "f")).collect())
}

#[test]
fn a_secret_is_stored_as_an_api_server_stores_it() {
    let cluster = cluster(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: b2xk, l: bA==}\nstringData: {k: new, 'n': ''}\n",
    )
    .unwrap();
    let stored = cluster.get(&secret("ci", "a"), soon()).unwrap();
    let expected = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "a", "namespace": "ci"}, "data": {"k": "bmV3", "l": "bA==", "n": ""}});
    assert_eq!(*stored, expected);
}

#[test]
fn objects_are_found_by_namespace_and_name_only() {
    let cluster = cluster(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: x}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: one}\n",
    )
    .unwrap();
    assert!(cluster.get(&secret("x", "a"), soon()).is_ok());
    for absent in [secret("ci", "a"), secret("x", "b"), secret("x", "A"), secret("", "a")] {
        assert!(matches!(cluster.get(&absent, soon()), Err(ClusterError::NotFound { .. })), "{absent:?}");
    }
    assert!(matches!(
        cluster.get(&object("v1", "Secret", None, "a"), soon()),
        Err(ClusterError::NamespaceMissing { .. })
    ));
    for namespace in [None, Some("x")] {
        assert!(cluster.get(&object("v1", "Node", namespace, "one"), soon()).is_ok(), "a namespace is ignored");
    }
    assert!(matches!(
        cluster.get(&object("example.com/v1", "Thing", None, "a"), soon()),
        Err(ClusterError::UnknownKind { .. })
    ));
}

#[test]
fn what_kubernetes_makes_itself_needs_no_manifest() {
    let cluster = cluster("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: x}\nimagePullSecrets: [{name: p}]\n").unwrap();
    let account = |namespace| cluster.get(&object("v1", "ServiceAccount", Some(namespace), "default"), soon()).unwrap();
    assert!(account("ci").get("imagePullSecrets").is_none());
    assert_eq!(account("x")["imagePullSecrets"][0]["name"], "p", "a manifest comes first");
    let other = object("v1", "ServiceAccount", Some("ci"), "builder");
    assert!(matches!(cluster.get(&other, soon()), Err(ClusterError::NotFound { .. })));
    assert!(cluster.get(&object("v1", "Namespace", None, "kube-system"), soon()).is_ok());
    assert!(cluster.get(&object("v1", "Namespace", None, "ci"), soon()).is_err());
}

#[test]
fn kinds_of_other_groups_follow_their_definition() {
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";
    let definition = |scope| {
        format!(
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: things.example.com}}\nspec: {{group: example.com, names: {{kind: Thing}}, scope: {scope}}}\n"
        )
    };
    let wanted = object("example.com/v1", "Thing", Some("anywhere"), "a");
    let unknown = cluster(thing).unwrap();
    assert!(unknown.get(&wanted, soon()).is_ok(), "nobody says where it lives");
    assert_eq!(unknown.list(&all("example.com/v1", "Thing", Some("x")), soon()).unwrap().len(), 1);
    let wide = cluster(&format!("{thing}{}", definition("Cluster"))).unwrap();
    assert!(wide.get(&wanted, soon()).is_ok());
    assert!(matches!(
        wide.list(&all("example.com/v1", "Thing", Some("x")), soon()),
        Err(ClusterError::ClusterWide { .. })
    ));
}

#[test]
fn lists_and_selectors() {
    let cluster = cluster(
        "apiVersion: v1\nkind: List\nitems:\n\
         - {apiVersion: v1, kind: Secret, metadata: {name: a, namespace: x, labels: {tier: one, app: web}}, type: t}\n\
         - {apiVersion: v1, kind: Secret, metadata: {name: b, namespace: x, labels: {tier: two}}}\n\
         - {apiVersion: v1, kind: Secret, metadata: {name: c, namespace: z}}\n",
    )
    .unwrap();
    let names = |namespace, label_selector, field_selector| {
        let query = ListQuery { label_selector, field_selector, ..all("v1", "Secret", namespace) };
        cluster.list(&query, soon()).map(|items| {
            items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect::<String>()
        })
    };
    assert_eq!(names(None, None, None).unwrap(), "abc");
    assert_eq!(names(Some("x"), None, None).unwrap(), "ab");
    assert_eq!(names(Some("nowhere"), None, None).unwrap(), "");
    for (selector, expected) in [
        ("tier", "ab"),
        ("!tier", "c"),
        ("tier=one", "a"),
        ("tier==two", "b"),
        ("tier!=one", "bc"),
        ("tier in (one,two)", "ab"),
        ("tier notin (one, two)", "c"),
        ("tier in (one,two),app", "a"),
        ("", "abc"),
    ] {
        assert_eq!(names(None, Some(selector), None).unwrap(), expected, "{selector}");
    }
    for (selector, expected) in [
        ("metadata.name=b", "b"),
        ("metadata.namespace!=x", "c"),
        ("type=Opaque", "bc"),
        ("type=t,metadata.name=a", "a"),
    ] {
        assert_eq!(names(None, None, Some(selector)).unwrap(), expected, "{selector}");
    }
    for wrong in ["tier in one", "tier ~ one", "(", "a in (b", ",", "a b"] {
        assert!(matches!(names(None, Some(wrong), None), Err(ClusterError::BadQuestion(_))), "{wrong}");
    }
    for wrong in ["metadata.name", "data.x=1"] {
        assert!(matches!(names(None, None, Some(wrong)), Err(ClusterError::BadQuestion(_))), "{wrong}");
    }
}

#[test]
fn every_mistake_has_file_and_line_and_no_value() {
    let mistakes = cluster(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: hunter2!}\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {password: [hunter2]}\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {generateName: c-}\n---\n\
         apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n---\n\
         apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s, namespace: ci}\nsecrets: [{name: hunter2}]\n---\n\
         apiVersion: v1\nkind: Secret\ndata: hunter2\n---\nkey: hunter2\n",
    )
    .err()
    .unwrap();
    let expected = [
        "f:1: `data.password` is no base64: encode it, or move it to `stringData`",
        "f:6: `stringData.password` must be a text: quote it",
        "f:11: `metadata.name` is missing or no text: a cluster is asked by name",
        "f:19: the same object is given differently at f:15: leave one of them out",
        "f:24: `metadata` is missing",
        "f:28: `apiVersion` and `kind` are missing: this is no Kubernetes object",
    ];
    assert_eq!(mistakes, expected);
}

#[test]
fn the_same_object_twice_is_one_and_two_different_ones_are_ambiguous() {
    let mut objects = Objects::new("default");
    let origin = |line| Origin { file: Arc::from("f"), line };
    let one = || json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"k": "v"}});
    let mut other = one();
    other["stringData"]["k"] = json!("w");
    assert_eq!(objects.add(one(), origin(1)), Ok(Added::New));
    assert_eq!(objects.add(one(), origin(2)), Ok(Added::Same));
    assert!(objects.get(&secret("default", "a"), soon()).is_ok());
    assert_eq!(objects.add(other, origin(3)), Ok(Added::Conflict(origin(1))));
    let error = objects.get(&secret("default", "a"), soon()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Secret `a` in namespace `default` is given twice, by f:1 and by f:3: leave one of them out"
    );
    assert_eq!(objects.list(&all("v1", "Secret", None), soon()).unwrap_err(), error);
}

#[test]
fn a_directory_is_read_whole_and_mistakes_are_bounded() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..30 {
        let text = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s{number}}}\ndata: {{k: '!'}}\n");
        fs::write(directory.path().join(format!("{number:02}.yaml")), text).unwrap();
    }
    fs::write(directory.path().join("values.yaml"), "image: a\n").unwrap();
    let mistakes = read(directory.path(), "ci").err().unwrap();
    assert_eq!(mistakes.len(), 21);
    assert!(mistakes[20].to_string().ends_with("and 10 more mistakes"), "{}", mistakes[20]);
    let nothing = read(&directory.path().join("absent"), "ci").err().unwrap();
    assert!(nothing[0].to_string().ends_with("absent: no such file or directory"), "{}", nothing[0]);
}

#[test]
fn manifests_do_not_know_rights() {
    let review: Value = json!({"user": "u", "resource_attributes": {"resource": "pods", "verb": "get"}});
    let review = serde_json::from_value(review).unwrap();
    assert!(matches!(Objects::new("x").can_i(&review, soon()), Err(ClusterError::Unavailable(_))));
}
