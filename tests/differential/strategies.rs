//! What objects are generated from: words that rules care about, Pods of the right types, Secrets.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Values that rules care about, mixed with ones that they do not.
pub(super) fn scalar() -> impl Strategy<Value = Value> {
    let words = [
        "",
        "kaniko",
        "gcr.io/kaniko-project/executor:debug",
        "harbor.corp.example:30002/ci/app:1",
        "nginx",
        "/kaniko/.docker",
        "/root/.docker",
        "/var/run/docker.sock",
        "/var/run",
        "--insecure",
        "--skip-tls-verify=true",
        "--destination=harbor.corp.example:30002/a/b:1",
        "sh",
        "-c",
        "buildah push --tls-verify=false x docker://y/z",
        "$(X)",
        "config.json",
        ".dockerconfigjson",
        "harbor-push",
        "harbor-pull",
        "woodpeckerci/plugin-docker-buildx",
        "AWS_ACCESS_KEY_ID",
        "PASSWORD",
        "hunter2-hunter2",
        "ü\u{0}\n\"\\",
        "Always",
        "--cache",
        "--cache-dir=/cache",
        "--destination=harbor.corp.example:30002/a/b",
        "--destination=docker.io/a/b:latest",
        "--build-arg",
        "TOKEN=hunter2-hunter2",
        "docker login -u robot -p hunter2-hunter2 harbor.corp.example:30002 && docker push docker.io/a/b",
        "cat",
        "latest",
        "foreign",
        "default",
        "docker:dind",
        "gcr.io/kaniko-project/executor:v1.23.2",
        "quay.io/buildah/stable",
        "PLUGIN_REPO",
        "PLUGIN_TAGS",
        "PLUGIN_CACHE",
        "REGISTRY_AUTH_FILE",
        "$(params.x)",
        "containers:\n- name: main\n  image: docker:dind\n  securityContext: {privileged: true}\n",
        "{\"containers\":[{\"name\":\"main\",\"args\":[\"--insecure\"]}]}",
    ];
    prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
        1 => ".{0,12}".prop_map(|text| json!(text)),
    ]
}

pub(super) fn key() -> impl Strategy<Value = String> {
    let keys = [
        "name",
        "image",
        "command",
        "args",
        "env",
        "value",
        "valueFrom",
        "secretKeyRef",
        "key",
        "volumeMounts",
        "mountPath",
        "subPath",
        "containers",
        "initContainers",
        "volumes",
        "secret",
        "secretName",
        "items",
        "path",
        "hostPath",
        "imagePullSecrets",
        "metadata",
        "labels",
        "annotations",
        "spec",
        "template",
        "jobTemplate",
        "projected",
        "sources",
        "envFrom",
        "secretRef",
        "restartPolicy",
        "x-unknown",
        "steps",
        "sidecars",
        "stepTemplate",
        "taskSpec",
        "pipelineSpec",
        "tasks",
        "params",
        "default",
        "workspaces",
        "templates",
        "script",
        "source",
        "inputs",
        "parameters",
        "podSpecPatch",
        "podSpec",
        "patch",
        "containerSet",
        "container",
        "replicatedJobs",
        "ephemeralRunnerSpec",
        "jobTargetRef",
        "workflowSpec",
        "taskRunTemplate",
        "taskRunSpecs",
        "computeResources",
        "runnerImage",
        "registry",
        "repository",
        "podTemplate",
        "output",
        "to",
    ];
    proptest::sample::select(keys.to_vec()).prop_map(str::to_owned)
}

/// Any JSON that looks a little like a Pod.
pub(super) fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(key(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A Pod whose containers, volumes and variables have the right types.
pub(super) fn pod() -> impl Strategy<Value = Value> {
    let text = || scalar().prop_map(|value| value.as_str().map_or_else(|| json!("x"), |text| json!(text)));
    let mount = (text(), text()).prop_map(|(name, path)| json!({"name": name, "mountPath": path}));
    let variable = (text(), text(), any::<bool>()).prop_map(|(name, value, secret)| {
        if secret {
            json!({"name": name, "valueFrom": {"secretKeyRef": {"name": value, "key": "k"}}})
        } else {
            json!({"name": name, "value": value})
        }
    });
    let container = (text(), text(), any::<bool>(), prop::collection::vec(text(), 0..4), prop::collection::vec(mount, 0..3), prop::collection::vec(variable, 0..4))
        .prop_map(|(name, image, privileged, args, mounts, env)| json!({"name": name, "image": image, "args": args, "volumeMounts": mounts, "env": env, "securityContext": {"privileged": privileged}, "x": 1}));
    let volume = (text(), text(), 0..3).prop_map(|(name, value, kind)| match kind {
        0 => json!({"name": name, "secret": {"secretName": value}}),
        1 => json!({"name": name, "hostPath": {"path": value}}),
        _ => json!({"name": name, "emptyDir": {}}),
    });
    let pull = text().prop_map(|name| json!({"name": name}));
    (prop::collection::vec(container, 1..4), prop::collection::vec(volume, 0..4), prop::collection::vec(pull, 0..3)).prop_map(
        |(containers, volumes, pulls)| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"step": "a"}},
                   "spec": {"containers": containers, "volumes": volumes, "imagePullSecrets": pulls, "unknownField": {"deep": [1.5, null]}}})
        },
    )
}

/// Texts of docker configs, more or less.
pub(super) fn docker_text() -> impl Strategy<Value = String> {
    let texts = [
        r#"{"auths":{"harbor.corp.example":{"auth":"dXNlcjpwYXNz"}}}"#,
        r#"{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","auth":"!"}}}"#,
        r#"{"harbor.corp.example":{"auth":"dXNlcg=="}}"#,
        r#"{"auths":{}}"#,
        "not JSON",
        "",
    ];
    prop_oneof![4 => proptest::sample::select(texts.to_vec()).prop_map(str::to_owned), 1 => ".{0,40}"]
}

pub(super) fn secret() -> impl Strategy<Value = Value> {
    let kinds = ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque", "kubernetes.io/basic-auth"];
    let keys = [".dockerconfigjson", ".dockercfg", "config.json", "password"];
    (proptest::sample::select(kinds.to_vec()), proptest::sample::select(keys.to_vec()), docker_text(), any::<bool>())
        .prop_map(|(kind, key, text, encoded)| {
            let (map, text) = if encoded { ("data", base64(text.as_bytes())) } else { ("stringData", text) };
            json!({"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": "s"}, map: {key: text}})
        })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    out
}
