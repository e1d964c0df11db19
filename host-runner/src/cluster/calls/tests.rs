//! Host calls as a guest makes them: order of the checks, payloads, answers, error texts, field masks.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::cluster::{Objects, Origin};

fn objects() -> Arc<dyn Cluster> {
    let mut objects = Objects::new("default");
    let origin = Origin { file: Arc::from("f"), line: 1 };
    for object in [
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "ci"}, "data": {"k": "dg=="}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ci", "labels": {"team": "x"}}}),
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "namespace": "ci", "managedFields": [{"manager": "m"}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "keep": "this"}},
            "spec": {"containers": [{"name": "a", "image": "i", "args": ["1"]}, {"name": "b", "image": "j"}], "nodeName": "n"},
            "status": {"phase": "Running"}}),
    ] {
        objects.add(object, origin.clone()).unwrap();
    }
    Arc::new(objects)
}

fn grants(patterns: &[&str], resources: &[(&str, &str)]) -> Grants {
    Grants {
        capabilities: Patterns::parse(patterns).unwrap(),
        resources: resources.iter().map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned())).collect(),
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new(
        grants(
            &["kubernetes/*"],
            &[("v1", "Secret"), ("v1", "Namespace"), ("v1", "Pod"), ("v1", "Node"), ("example.com/v1", "Thing")],
        ),
        Some(objects()),
    )
}

fn ask(host: &Capabilities, binding: &str, path: &str, payload: &str) -> Result<String, String> {
    let (namespace, operation) = path.split_once('/').unwrap();
    let deadline = Instant::now() + Duration::from_secs(2);
    let call = HostCall { binding, namespace, operation, payload: payload.as_bytes(), deadline };
    host.call(&call).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn kubernetes(operation: &str, payload: &Value) -> Result<String, String> {
    ask(&capabilities(), "kubewarden", &format!("kubernetes/{operation}"), &payload.to_string())
}

#[test]
fn the_checks_come_in_kubewardens_order() {
    let host = capabilities();
    let denied = |path: &str| {
        format!("Policy has not been granted access to the '{path}' host capability. The violation has been reported.")
    };
    let cases = [
        ("other", "nope/nope", "not json", "unknown binding: other".to_owned()),
        ("kubewarden", "nope/nope", "not json", denied("nope/nope")),
        ("kubewarden", "oci/v1/verify", "not json", denied("oci/v1/verify")),
        ("kubewarden", "kubernetes/nope", "not json", "unknown operation: nope".to_owned()),
        ("kubewarden", "kubernetes/get_resource", "not json", "expected ident at line 1 column 2".to_owned()),
        (
            "kubewarden",
            "kubernetes/get_resource",
            r#"{"api_version":"v1","kind":"ConfigMap","name":"a"}"#,
            "missing field `disable_cache` at line 1 column 50".to_owned(),
        ),
        (
            "kubewarden",
            "kubernetes/get_resource",
            r#"{"api_version":"v1","kind":"ConfigMap","name":"a","disable_cache":false}"#,
            "Policy has not been granted access to Kubernetes v1/ConfigMap resources. The violation has been reported."
                .to_owned(),
        ),
        (
            "kubewarden",
            "kubernetes/list_resources_by_namespace",
            r#"{"api_version":"v1","kind":"Secret"}"#,
            "missing field `namespace` at line 1 column 36".to_owned(),
        ),
        (
            "kubewarden",
            "kubernetes/can_i",
            r#"{"subject_access_review":{"user":"u","resource_attributes":{"verb":"get"}},"disable_cache":true}"#,
            "missing field `resource` at line 1 column 73".to_owned(),
        ),
    ];
    for (binding, path, payload, expected) in cases {
        assert_eq!(ask(&host, binding, path, payload), Err(expected), "{binding} {path} {payload}");
    }
    let all = Capabilities::new(grants(&["*"], &[]), None);
    assert_eq!(ask(&all, "kubewarden", "nope/nope", "x"), Err("unknown namespace: nope".to_owned()));
    let unavailable = ask(&all, "kubewarden", "oci/v1/manifest_digest", r#""image""#).unwrap_err();
    assert_eq!(
        unavailable,
        "Callback evaluation failure: the host capability `oci/v1/manifest_digest` is not available"
    );
    let nothing = r#"{"subject_access_review":{"user":"u","resource_attributes":{"verb":"get","resource":"pods"}},"disable_cache":true}"#;
    assert_eq!(
        ask(&all, "kubewarden", "kubernetes/can_i", nothing),
        Err("Callback evaluation failure: kube::Client was not initialized properly".to_owned()),
    );
}

#[test]
fn granted_kinds_are_exact() {
    let host = Capabilities::new(grants(&["kubernetes/get_resource"], &[("v1", "Secret")]), Some(objects()));
    let get = |version, kind| {
        let payload =
            json!({"api_version": version, "kind": kind, "name": "a", "namespace": "ci", "disable_cache": false});
        ask(&host, "kubewarden", "kubernetes/get_resource", &payload.to_string())
    };
    assert!(get("v1", "Secret").is_ok());
    for (version, kind) in [("v1", "secret"), ("V1", "Secret"), ("v1", "Secrets"), ("v1/", "Secret"), ("", "Secret")] {
        assert!(get(version, kind).unwrap_err().starts_with("Policy has not been granted"), "{version} {kind}");
    }
}

#[test]
fn an_object_has_its_type_first() {
    let answer = kubernetes(
        "get_resource",
        &json!({"api_version": "v1", "kind": "Secret", "name": "a", "namespace": "ci", "disable_cache": true}),
    );
    let expected = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"ci"},"data":{"k":"dg=="},"type":"Opaque"}"#;
    assert_eq!(answer, Ok(expected.to_owned()));
}

#[test]
fn failures_have_kubewardens_words() {
    let failed = |text: &str| Err(format!("Callback evaluation failure: {text}"));
    let get = |version, kind, name, namespace: Value| {
        let payload =
            json!({"api_version": version, "kind": kind, "name": name, "namespace": namespace, "disable_cache": false});
        kubernetes("get_resource", &payload)
    };
    assert_eq!(
        get("v1", "Namespace", "zz", Value::Null),
        failed("Cannot find v1/Namespace named 'zz' inside of namespace 'None'")
    );
    assert_eq!(
        get("v1", "Secret", "zz", json!("ci")),
        failed("Cannot find v1/Secret named 'zz' inside of namespace 'Some(\"ci\")'")
    );
    assert_eq!(
        get("v1", "Pod", "p", Value::Null),
        failed("Resource v1/Pod is namespaced, but no namespace was provided")
    );
    assert_eq!(get("example.com/v1", "Thing", "p", Value::Null), failed("Cannot find resource example.com/v1/Thing"));
    let list = json!({"api_version": "v1", "kind": "Namespace", "namespace": "ci"});
    assert_eq!(
        kubernetes("list_resources_by_namespace", &list),
        failed("resource v1/Namespace is cluster wide. Cannot search for it inside of a namespace")
    );
}

#[test]
fn a_list_is_thinned_out_as_by_a_watcher() {
    let answer =
        kubernetes("list_resources_all", &json!({"api_version": "v1", "kind": "Pod", "field_masks": ["status.phase"]}));
    let expected = r#"{"apiVersion":"v1","kind":"PodList","metadata":{},"items":[{"metadata":{"annotations":{"keep":"this"},"managedFields":[],"name":"p","namespace":"ci"},"status":{"phase":"Running"}}]}"#;
    assert_eq!(answer, Ok(expected.to_owned()));
    let query = json!({"api_version": "v1", "kind": "Secret", "namespace": "ci", "label_selector": null});
    let answer = kubernetes("list_resources_by_namespace", &query).unwrap();
    let expected = r#"{"apiVersion":"v1","kind":"SecretList","metadata":{},"items":[{"metadata":{"annotations":{},"managedFields":[],"name":"a","namespace":"ci"},"data":{"k":"dg=="},"type":"Opaque"}]}"#;
    assert_eq!(answer, expected);
    let nowhere = json!({"api_version": "v1", "kind": "Secret", "namespace": "nowhere"});
    let empty = r#"{"apiVersion":"v1","kind":"SecretList","metadata":{},"items":[]}"#;
    assert_eq!(kubernetes("list_resources_by_namespace", &nowhere), Ok(empty.to_owned()));
}

#[test]
fn field_masks() {
    let spec = json!({"containers": [{"name": "a", "image": "i", "args": ["1"]}, {"name": "b", "image": "j"}], "nodeName": "n"});
    let images = json!({"containers": [{"image": "i"}, {"image": "j"}]});
    let status = json!({"phase": "Running"});
    for (masks, expected) in [
        (json!(null), json!({"spec": spec, "status": status})),
        (json!([]), json!({"spec": spec, "status": status})),
        (json!(["spec"]), json!({"spec": spec})),
        (json!(["spec.containers.image"]), json!({"spec": images})),
        (json!(["spec", "spec.containers.image"]), json!({"spec": images})),
        (json!(["spec.containers.image", "spec"]), json!({"spec": images})),
        (json!(["spec.containers.image", "spec.containers.image"]), json!({"spec": images})),
        (json!(["status.phase"]), json!({"status": status})),
        (json!(["metadata.name"]), json!({})),
        (json!(["metadata.name", "status"]), json!({"status": status})),
        (json!(["spec.nope"]), json!({"spec": {}})),
        (json!(["nope"]), json!({})),
        (json!(["spec.nodeName.deeper"]), json!({"spec": {"nodeName": "n"}})),
        (json!([""]), json!({})),
    ] {
        let payload = json!({"api_version": "v1", "kind": "Pod", "name": "p", "namespace": "ci", "disable_cache": false, "field_masks": masks});
        let answer = kubernetes("get_resource", &payload).unwrap();
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        let fields = answer.as_object_mut().unwrap();
        let metadata = fields.remove("metadata").unwrap();
        assert_eq!((fields.remove("apiVersion"), fields.remove("kind")), (Some(json!("v1")), Some(json!("Pod"))));
        assert!(metadata["managedFields"].is_array() && metadata["annotations"]["keep"] == "this", "{masks}");
        assert_eq!(answer, expected, "{masks}");
    }
}

#[test]
fn a_mask_of_a_million_keys_is_refused() {
    let masks = json!([vec!["a"; 500_000].join(".")]);
    let payload = json!({"api_version": "v1", "kind": "Pod", "name": "p", "namespace": "ci", "disable_cache": false, "field_masks": masks});
    let error = kubernetes("get_resource", &payload).unwrap_err();
    assert_eq!(error, "Callback evaluation failure: a field mask is deeper than 64 keys");
}

#[test]
fn patterns_grant_what_kubewarden_grants() {
    let parse = |patterns: &[&str]| Patterns::parse(patterns);
    let allow = |patterns: &[&str], path: &str| {
        let (namespace, operation) = path.split_once('/').unwrap();
        parse(patterns).unwrap().allow(namespace, operation)
    };
    for (patterns, path, expected) in [
        (&["*"][..], "anything/at/all", true),
        (&[" * ", "not valid"], "oci/v1/verify", true),
        (&["kubernetes/*"], "kubernetes/can_i", true),
        (&["kubernetes/*"], "kubernetes/unknown", true),
        (&["kubernetes/*"], "kubernetesx/can_i", false),
        (&["oci/v1/*"], "oci/v1/verify", true),
        (&["oci/v1/*"], "oci/v2/verify", false),
        (&["kubernetes/can_i"], "kubernetes/can_i", true),
        (&["kubernetes/can_i"], "kubernetes/get_resource", false),
        (&[], "kubernetes/can_i", false),
    ] {
        assert_eq!(allow(patterns, path), expected, "{patterns:?} {path}");
    }
    for (pattern, expected) in [
        ("", "invalid pattern: pattern must not be empty"),
        ("  ", "invalid pattern: pattern must not be empty"),
        (
            "oci*",
            "invalid pattern \"oci*\": wildcard '*' must be the entire last path segment (e.g. 'oci/*'), not a partial match",
        ),
        (
            "oci/v1/oci_*",
            "invalid pattern \"oci/v1/oci_*\": wildcard '*' must be the entire last path segment (e.g. 'oci/*'), not a partial match",
        ),
        (
            "foo/*",
            "invalid pattern \"foo/*\": unknown segment \"foo\", valid options at this level are: crypto, kubernetes, net, oci",
        ),
        (
            "oci/v9/verify",
            "invalid pattern \"oci/v9/verify\": unknown segment \"v9\", valid options at this level are: v1, v2",
        ),
        (
            "oci",
            "invalid pattern \"oci\": not a complete capability path; use \"oci/*\" to allow all capabilities under it",
        ),
        (
            "oci/v1",
            "invalid pattern \"oci/v1\": not a complete capability path; use \"oci/v1/*\" to allow all capabilities under it",
        ),
    ] {
        assert_eq!(parse(&[pattern]).unwrap_err().to_string(), expected);
    }
}

#[test]
fn time_is_left_for_the_guest_to_answer() {
    let now = Instant::now();
    let left = |milliseconds| before(now + Duration::from_millis(milliseconds)).duration_since(now).as_millis();
    assert!((1700..=1850).contains(&left(2000)), "{}", left(2000));
    assert!((40..=60).contains(&left(100)), "{}", left(100));
    assert!(left(0) < 10);
}
