//! The largest objects there can be: no rule and no kind takes more than linear time.

use serde_json::{Value, json};

use super::mends::settings;
use crate::case;

/// Objects as large as etcd stores them, each a list that some rule could walk once for every entry of another. The
/// guest has a deadline of ten seconds, five times that of `check`; a quadratic rule needs minutes.
#[test]
fn large_objects_are_answered_in_time() {
    let container = |i: usize| {
        json!({"name": format!("c{i}"), "image": "harbor.corp.example:30002/ci/kaniko-executor:debug",
               "args": [format!("--destination=harbor.corp.example:30002/a/b:{i}"), "--insecure"],
               "env": [{"name": "PASSWORD", "value": format!("hunter2-hunter2-{i}")}],
               "volumeMounts": [{"name": "s", "mountPath": "/root/.docker"}]})
    };
    let one = |change: &dyn Fn(&mut Value)| {
        let mut container = container(0);
        change(&mut container);
        json!([container])
    };
    let names = |count: usize, name: &str| -> Vec<Value> {
        (0..count).map(|i| json!({"name": format!("{name}{i}")})).collect()
    };
    let mounts: Vec<Value> =
        (0..8_000).map(|i| json!({"name": format!("v{i}"), "mountPath": format!("/m{i}/.docker")})).collect();
    let sockets: Vec<Value> =
        (0..8_000).map(|i| json!({"name": format!("v{i}"), "hostPath": {"path": "/run/docker.sock"}})).collect();
    let secret = json!([{"name": "s", "secret": {"secretName": "harbor-push"}}]);
    let many: Vec<Value> = (0..5_000).map(container).collect();
    let specs = [
        ("containers", json!({"containers": many, "volumes": secret})),
        (
            "pull secrets",
            json!({"containers": many.get(..2_000), "imagePullSecrets": names(20_000, "p"), "volumes": secret}),
        ),
        (
            "sources of one volume, mounted often",
            json!({"containers": one(&|c| c["volumeMounts"] = json!(vec![json!({"name": "p", "mountPath": "/a/.docker"}); 4_000])),
                   "volumes": [{"name": "p", "projected": {"sources": vec![json!({"secret": {"name": "harbor-push"}}); 4_000]}}]}),
        ),
        ("volumes", json!({"containers": one(&|c| c["volumeMounts"] = json!(mounts)), "volumes": sockets})),
        (
            "missing volumes",
            json!({"containers": one(&|c| c["volumeMounts"] = json!(mounts)), "volumes": names(10, "w")}),
        ),
        ("variables", json!({"containers": one(&|c| c["env"] = json!(names(30_000, "V")))})),
        (
            "arguments",
            json!({"containers": one(&|c| c["args"] = json!(vec!["--insecure-registry=a.example"; 30_000]))}),
        ),
        (
            "script",
            json!({"containers": one(&|c| c["command"] = json!(["sh", "-c", "buildah push --tls-verify=false a b;".repeat(30_000)]))}),
        ),
    ];
    let templates: Vec<Value> =
        (0..1_500).map(|i| json!({"name": format!("t{i}"), "container": container(i)})).collect();
    let tasks: Vec<Value> =
        (0..1_500).map(|i| json!({"name": format!("t{i}"), "taskSpec": {"steps": [container(i)]}})).collect();
    let arguments: Vec<String> = (0..5_000).map(|i| format!("$(params.p{i})")).collect();
    let params: Vec<Value> = (0..5_000)
        .map(|i| json!({"name": format!("p{i}"), "default": format!("--insecure-registry=a{i}.example")}))
        .collect();
    let patch = "containers:\n- name: main\n  image: docker:28.5.1-dind\n  securityContext: {privileged: true}\n";
    let patched: Vec<Value> = (0..1_500)
        .map(|i| json!({"name": format!("t{i}"), "container": container(i), "podSpecPatch": patch}))
        .collect();
    let pods = specs.map(|(name, spec)| (name, "v1", "Pod", spec));
    let descriptions = [
        ("steps", "tekton.dev/v1", "Task", json!({"steps": many})),
        ("tasks", "tekton.dev/v1", "Pipeline", json!({"tasks": tasks})),
        (
            "parameters",
            "tekton.dev/v1",
            "Task",
            json!({"params": params, "steps": one(&|c| c["args"] = json!(arguments))}),
        ),
        (
            "templates",
            "argoproj.io/v1alpha1",
            "Workflow",
            json!({"templates": templates, "volumes": names(1_000, "v")}),
        ),
        ("patches", "argoproj.io/v1alpha1", "Workflow", json!({"templates": patched})),
        (
            "one patch",
            "argoproj.io/v1alpha1",
            "Workflow",
            json!({"templates": templates, "podSpecPatch": patch.repeat(4_000)}),
        ),
    ];
    // Large Secrets with entries of one host, which every Pod of a description goes through.
    let auths: serde_json::Map<String, Value> =
        (0..400).map(|i| (format!("harbor.corp.example:30002/b{i}"), json!({"auth": "dXNlcjpwYXNz"}))).collect();
    let document = json!({"auths": auths}).to_string();
    let full = |name: String| json!({"kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": document}});
    let cluster: Vec<Value> = (0..20).map(|i| full(format!("p{i}"))).collect();
    let account = json!({"kind": "ServiceAccount", "metadata": {"name": "ci"}, "imagePullSecrets": names(20, "p")});
    let cluster = json!([cluster.as_slice(), &[account]].concat());
    for (name, version, kind, spec) in pods.into_iter().chain(descriptions) {
        let object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "large"}, "spec": spec});
        let payload = case::payload_with(&case::request(&object, None), &settings(), &cluster);
        assert!(payload.len() > 250_000, "{name}: {} bytes", payload.len());
        let start = std::time::Instant::now();
        // Panics when the guest is stopped.
        crate::subject::Subject::Wapc.call("validate", &payload);
        println!("{name}: {} KB, {} ms", payload.len() / 1024, start.elapsed().as_millis());
    }
}
