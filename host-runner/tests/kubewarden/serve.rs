//! Kubewarden's policy-server loads the policy from a registry, wants it signed, and lets it read a real API server.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::kube::{User, cluster};
use crate::policy_server::{PolicyServer, complete, program};
use crate::scene::Scene;

/// The AdmissionRequest of a new Pod.
pub(crate) fn request(object: &Value) -> Value {
    complete(json!({
        "uid": "exchange", "kind": {"group": "", "version": "v1", "kind": object["kind"]}, "operation": "CREATE",
        "namespace": object["metadata"]["namespace"], "name": object["metadata"]["name"],
        "userInfo": {"username": "tests"}, "object": object,
    }))
}

fn start(scene: &Scene, program: &Path, policies: &Value, arguments: &[&str]) -> Result<PolicyServer, String> {
    let mut command = scene.home.command(&program.to_string_lossy());
    command.args(["--sources-path", "sources.yaml", "--sigstore-trust-config", "trust.json"]).args(arguments);
    command.env("KUBECONFIG", "kubeconfig");
    PolicyServer::start(command, scene.home.path(), policies)
}

fn policies(module: &str, settings: &Value) -> Value {
    let policy = json!({
        "module": format!("registry://{module}"), "policyMode": "protect", "allowedToMutate": true, "settings": settings,
        "contextAwareResources": [{"apiVersion": "v1", "kind": "Secret"}, {"apiVersion": "v1", "kind": "ServiceAccount"}],
        "hostCapabilities": ["kubernetes/get_resource"], "timeoutEvalSeconds": 30,
    });
    json!({"own": policy})
}

#[test]
fn policy_server_takes_signed_policies_alone() {
    let Some(server) = program("policy-server") else { return };
    let Some(scene) = Scene::new() else { return };
    let name = scene.name("served");
    scene.ok(&["push", "policy.wasm", &name]);
    let policies = policies(&name, &json!({"profile": "strict"}));
    let key = fs::read_to_string(scene.home.path().join("own.pub")).unwrap();
    let config = json!({"apiVersion": "v1", "allOf": [{"kind": "pubKey", "owner": "us", "key": key}]});
    scene.home.write("verification.yml", config.to_string());
    let arguments = ["--verification-path", "verification.yml", "--ignore-kubernetes-connection-failure"];
    // What it refuses we refuse, and the other way round.
    let ours = ["verify", "--verification-config", "verification.yml", &name];
    let Err(log) = start(&scene, &server, &policies, &arguments) else { panic!("it serves an unsigned policy") };
    assert!(log.contains("verif"), "{log}");
    scene.fails(&ours, &["it has no signature"]);
    scene.ok(&["sign", "--key", "foreign.key", &name]);
    assert!(start(&scene, &server, &policies, &arguments).is_err());
    scene.fails(&ours, &["by another key"]);
    scene.ok(&["sign", "--key", "own.key", &name]);
    let serving = start(&scene, &server, &policies, &arguments).unwrap_or_else(|log| panic!("{log}"));
    scene.ok(&ours);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ci"},
        "spec": {"containers": [{"name": "a", "image": "nginx:1"}]}});
    assert_eq!(serving.validate("own", &request(&pod))["allowed"], false);
}

#[test]
fn what_the_cluster_says_is_the_same_through_policy_server() {
    let Some(server) = program("policy-server") else { return };
    let Some(scene) = Scene::new() else { return };
    let Some(api) = cluster() else { return };
    let name = scene.name("reading");
    scene.ok(&["push", "policy.wasm", &name]);
    let pod = |account: &str, secret: &str, image: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ci"}, "spec": {
            "serviceAccountName": account, "imagePullSecrets": [{"name": secret}],
            "containers": [{"name": "a", "image": image}]}})
    };
    let pods = [
        pod("builder", "regcred", "registry.example/ci/app:1"),
        pod("builder", "absent", "registry.example/ci/app:1"),
        pod("builder", "other", "elsewhere.example/ci/app:1"),
        pod("absent", "regcred", "registry.example/ci/app:1"),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for user in [User::ReadsAll, User::ReadsOne, User::ReadsNothing] {
        scene.home.write("kubeconfig", api.kubeconfig(user));
        for read in ["off", "names", "contents"] {
            let settings = json!({"cluster": read, "profile": "strict", "registries": [
                {"registry": "registry.example", "pull": {"secret": "regcred"}}, {"registry": "elsewhere.example", "pull": {"secret": "other"}}]});
            let policies = policies(&name, &settings);
            scene.home.write("settings.json", settings.to_string());
            let serving = start(&scene, &server, &policies, &[]).unwrap_or_else(|log| panic!("{log}"));
            for pod in &pods {
                let request = request(pod);
                let review =
                    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request});
                scene.home.write("review.json", review.to_string());
                let flags = ["--cluster", "live", "--kubeconfig", "kubeconfig", "policy.wasm"];
                let run = [&["run", "-r", "review.json", "-s", "settings.json"][..], &flags].concat();
                let ours: Value = serde_json::from_str(&scene.home.run(&run).stdout).unwrap();
                let theirs = serving.validate("own", &request);
                assert_eq!(theirs, ours, "{user:?} with cluster: {read}: {pod}");
                let text = theirs.to_string();
                assert!(!text.contains("marker-"), "a secret shows: {text}");
                seen.insert(text);
            }
        }
    }
    assert!(seen.len() > 8, "answers depend on the cluster: {}", seen.len());
}
