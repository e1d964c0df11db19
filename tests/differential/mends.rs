//! What every answer about a generated object must hold to.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::case;
use crate::subject::every_face;

pub(super) fn settings() -> Value {
    json!({
        "profile": "strict",
        "cluster": "contents",
        "serviceAccount": "ci",
        "allowOnlyListed": true,
        "registries": [
            {"registry": "harbor.corp.example:30002", "pull": {"secret": "harbor-pull"}, "push": {"secret": "harbor-push"},
             "cache": {"repository": "harbor.corp.example:30002/cache/all", "ttl": "24h"}},
            {"registry": "docker.io", "mirror": "harbor.corp.example:30002/hub"},
            {"registry": "gcr.io", "pull": {"serviceAccount": true}},
        ],
        "pipelines": [
            {"name": "other", "selector": {"namespaces": ["other"]},
             "registries": [{"registry": "quay.io", "pull": {"secret": "foreign"}}]},
        ],
        "rules": {"resources-missing": {"options": {"requests": {"cpu": "100m"}}}},
    })
}

/// Some of the names that Pods are generated with, some of them sound.
pub(super) fn cluster() -> Value {
    let secret = |name: &str, kind: &str, document: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "stringData": {".dockerconfigjson": document}});
    json!([
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci"}, "imagePullSecrets": [{"name": "harbor-push"}]},
        secret("harbor-pull", "kubernetes.io/dockerconfigjson", r#"{"auths":{"harbor.corp.example:30002":{"auth":"dXNlcjpwYXNz"}}}"#),
        secret("harbor-push", "kubernetes.io/dockerconfigjson", r#"{"auths":{"*.corp.example:30002":{}}}"#),
        secret("latest", "kubernetes.io/dockerconfigjson", r#"{"auths":{"a":{"auth":"dXNlcg=="}}}"#),
        secret("foreign", "Opaque", "{}"),
    ])
}

pub(super) fn evaluate(object: &Value) -> Value {
    evaluate_with(object, &settings())
}

/// As [`evaluate`], asking nothing: what is looked up depends on what was mended, and not every kind can be mended alike.
pub(super) fn evaluate_alone(object: &Value) -> Value {
    let mut settings = settings();
    settings["cluster"] = json!("off");
    evaluate_with(object, &settings)
}

fn evaluate_with(object: &Value, settings: &Value) -> Value {
    let payload = case::payload_with(&case::request(object, None), settings, &cluster());
    let answer = every_face("evaluate", &payload);
    serde_json::from_slice(&answer).expect("an answer is JSON")
}

/// Where each kind has its Pod; the wrapping turns a Pod into an object of the kind.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("v1", "Pod"),
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

/// The Pod as an object of a kind.
pub(super) fn wrapped(pod: &Value, (version, kind): (&str, &str)) -> Value {
    let template = json!({"metadata": pod["metadata"], "spec": pod["spec"], "x": 1});
    let body = match kind {
        "Pod" => return pod.clone(),
        "PodTemplate" => {
            return json!({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "template": template});
        }
        "CronJob" => json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}),
        _ => json!({"selector": {"matchLabels": {"a": "b"}}, "serviceName": "s", "template": template}),
    };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "spec": body})
}

/// Does the object read as the Kubernetes type that it says to be?
pub(super) fn is_typed(object: &Value) -> Result<(), String> {
    use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core};
    macro_rules! read {
        ($type:ty) => {
            serde_json::from_value::<$type>(object.clone()).map(drop).map_err(|error| error.to_string())
        };
    }
    match object["kind"].as_str().unwrap_or_default() {
        "Pod" => read!(core::Pod),
        "PodTemplate" => read!(core::PodTemplate),
        "Deployment" => read!(apps::Deployment),
        "ReplicaSet" => read!(apps::ReplicaSet),
        "StatefulSet" => read!(apps::StatefulSet),
        "DaemonSet" => read!(apps::DaemonSet),
        "Job" => read!(batch::Job),
        "CronJob" => read!(batch::CronJob),
        "ServiceAccount" => read!(core::ServiceAccount),
        "Secret" => read!(core::Secret),
        // Its selector is another type than that of the others, which the wrapping does not care for.
        _ => Ok(()),
    }
}

/// A mend changes what its patch says and nothing else, holds, and leaves an object of the same type.
pub(super) fn mend_is_sound(object: &Value, answer: &Value) -> Result<(), TestCaseError> {
    let survived = answer["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|finding| finding["message"].as_str().is_some_and(|text| text.contains("did not help")));
    prop_assert!(!survived, "{answer}");
    let Some(mended) = answer["response"].get("mutated_object") else { return Ok(()) };
    let mut patched = object.clone();
    let patch: json_patch::Patch = serde_json::from_value(answer["edits"].clone()).expect("a patch");
    json_patch::patch(&mut patched, &patch).expect("the patch applies");
    prop_assert_eq!(&patched, mended);
    prop_assert_eq!(is_typed(mended), Ok(()));
    let again = evaluate(mended);
    prop_assert!(again["response"].get("mutated_object").is_none(), "mended twice: {}", again["edits"]);
    for finding in answer["findings"].as_array().into_iter().flatten().filter(|finding| finding["mended"] == true) {
        let speaks = again["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|other| ["rule", "pointer", "message"].iter().all(|key| other[*key] == finding[*key]));
        prop_assert!(!speaks, "{finding}");
    }
    Ok(())
}
