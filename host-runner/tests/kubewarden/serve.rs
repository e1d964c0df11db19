//! Kubewarden's policy-server loads the policy from a registry, wants it signed, and lets it read a real API server.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kube::{User, cluster};
use crate::registry::free_address;
use crate::scene::{Scene, program};

/// A running policy-server, gone when dropped.
struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The AdmissionRequest of a new object, with all that policy-server insists on.
pub(crate) fn request(object: &Value) -> Value {
    let kind = json!({"group": "", "version": "v1", "kind": object["kind"]});
    let resource = json!({"group": "", "version": "v1", "resource": "pods"});
    json!({
        "uid": "exchange", "kind": kind, "resource": resource, "operation": "CREATE",
        "namespace": object["metadata"]["namespace"], "name": object["metadata"]["name"],
        "userInfo": {"username": "tests"}, "object": object,
    })
}

impl Serving {
    /// Starts one with what else is named; `Err` with its log when it ends instead.
    fn start(scene: &Scene, program: &Path, kubeconfig: &str, arguments: &[&str]) -> Result<Self, String> {
        let (main, ready) = (free_address(), free_address());
        let log = scene.home.path().join("policy-server.log");
        let child = scene
            .home
            .command(&program.to_string_lossy())
            .args(["--addr", "127.0.0.1", "--port", &main.port().to_string()])
            .args(["--readiness-probe-port", &ready.port().to_string(), "--log-level", "error"])
            .args(["--policies", "policies.json", "--policies-download-dir", "."])
            .args(["--sources-path", "sources.yaml", "--sigstore-trust-config", "trust.json"])
            .args(arguments)
            .env("KUBECONFIG", kubeconfig)
            .stdout(fs::File::create(&log).unwrap())
            .stderr(fs::OpenOptions::new().append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let mut this = Self { child, address: main };
        let started = Instant::now();
        while TcpStream::connect(ready).is_err() {
            if this.child.try_wait().unwrap().is_some() {
                return Err(fs::read_to_string(&log).unwrap());
            }
            assert!(started.elapsed() < Duration::from_secs(120), "policy-server does not become ready");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(this)
    }

    fn validate(&self, request: &Value) -> Value {
        let body = json!({"request": request}).to_string();
        let answer = crate::registry::call(
            self.address,
            "POST",
            "/validate/own",
            "Content-Type: application/json\r\n",
            body.as_bytes(),
        );
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str::<Value>(body).unwrap()["response"].clone()
    }
}

fn policies(scene: &Scene, module: &str, settings: &Value) {
    let policy = json!({
        "module": format!("registry://{module}"), "policyMode": "protect", "allowedToMutate": true, "settings": settings,
        "contextAwareResources": [{"apiVersion": "v1", "kind": "Secret"}, {"apiVersion": "v1", "kind": "ServiceAccount"}],
        "hostCapabilities": ["kubernetes/get_resource"], "timeoutEvalSeconds": 30,
    });
    scene.home.write("policies.json", json!({"own": policy}).to_string());
}

#[test]
fn policy_server_takes_signed_policies_alone() {
    let Some(server) = program("policy-server") else { return };
    let Some(scene) = Scene::new() else { return };
    let name = scene.name("served");
    scene.ok(&["push", "policy.wasm", &name]);
    policies(&scene, &name, &json!({"profile": "strict"}));
    let key = fs::read_to_string(scene.home.path().join("own.pub")).unwrap();
    let config = json!({"apiVersion": "v1", "allOf": [{"kind": "pubKey", "owner": "us", "key": key}]});
    scene.home.write("verification.yml", config.to_string());
    let arguments = ["--verification-path", "verification.yml", "--ignore-kubernetes-connection-failure"];
    // What it refuses we refuse, and the other way round.
    let ours = ["verify", "--verification-config", "verification.yml", &name];
    let Err(log) = Serving::start(&scene, &server, "none", &arguments) else { panic!("it serves an unsigned policy") };
    assert!(log.contains("verif"), "{log}");
    scene.fails(&ours, &["it has no signature"]);
    scene.ok(&["sign", "--key", "foreign.key", &name]);
    assert!(Serving::start(&scene, &server, "none", &arguments).is_err());
    scene.fails(&ours, &["by another key"]);
    scene.ok(&["sign", "--key", "own.key", &name]);
    let serving = Serving::start(&scene, &server, "none", &arguments).unwrap_or_else(|log| panic!("{log}"));
    scene.ok(&ours);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ci"},
        "spec": {"containers": [{"name": "a", "image": "nginx:1"}]}});
    assert_eq!(serving.validate(&request(&pod))["allowed"], false);
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
            policies(&scene, &name, &settings);
            scene.home.write("settings.json", settings.to_string());
            let serving = Serving::start(&scene, &server, "kubeconfig", &[]).unwrap_or_else(|log| panic!("{log}"));
            for pod in &pods {
                let request = request(pod);
                let review =
                    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request});
                scene.home.write("review.json", review.to_string());
                let flags = ["--cluster", "live", "--kubeconfig", "kubeconfig", "policy.wasm"];
                let run = [&["run", "-r", "review.json", "-s", "settings.json"][..], &flags].concat();
                let ours: Value = serde_json::from_str(&scene.home.run(&run).stdout).unwrap();
                let theirs = serving.validate(&request);
                assert_eq!(theirs, ours, "{user:?} with cluster: {read}: {pod}");
                let text = theirs.to_string();
                assert!(!text.contains("marker-"), "a secret shows: {text}");
                seen.insert(text);
            }
        }
    }
    assert!(seen.len() > 8, "answers depend on the cluster: {}", seen.len());
}
