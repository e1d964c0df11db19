//! Policies and signatures go back and forth between us, kwctl and cosign.

use std::fs;

use serde_json::{Value, json};

use crate::policy_server::program;
use crate::scene::Scene;

#[test]
fn kwctl_takes_what_we_push_and_we_what_it_pushes() {
    let Some(kwctl) = program("kwctl") else { return };
    let Some(scene) = Scene::new() else { return };
    let (ours, theirs) = (scene.name("ours"), scene.name("theirs"));
    let [ours_uri, theirs_uri] = [&ours, &theirs].map(|name| format!("registry://{name}"));
    let sources = ["--sources-path", "sources.yaml"];
    scene.ok(&["push", "policy.wasm", &ours]);
    scene.theirs(&kwctl, &[&["push"], &sources[..], &["policy.wasm", &theirs_uri]].concat());
    assert_eq!(scene.digest(&ours), scene.digest(&theirs), "the same manifest, byte for byte");

    let wasm = fs::read(scene.home.path().join("policy.wasm")).unwrap();
    scene.theirs(&kwctl, &[&["pull"], &sources[..], &["-o", "kwctl.wasm", &ours_uri]].concat());
    scene.ok(&["pull", &theirs, "own.wasm"]);
    for file in ["kwctl.wasm", "own.wasm"] {
        assert!(fs::read(scene.home.path().join(file)).unwrap() == wasm, "{file}");
    }
    let digest = scene.theirs(&kwctl, &[&["digest"], &sources[..], &[&*ours_uri]].concat());
    assert_eq!(digest.trim().rsplit_once('@').unwrap().1, scene.digest(&ours));
}

#[test]
fn kwctl_answers_as_we_do() {
    let Some(kwctl) = program("kwctl") else { return };
    let Some(scene) = Scene::new() else { return };
    let review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": crate::serve::request(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "build", "namespace": "ci"},
        "spec": {
            "containers": [{"name": "kaniko", "image": "gcr.io/kaniko-project/executor:v1.23.2",
                "args": ["--destination=harbor.corp.example/ci/app:1"],
                "volumeMounts": [{"name": "config", "mountPath": "/kaniko/.docker"}]}],
            "volumes": [{"name": "config", "secret": {"secretName": "harbor"}}],
        },
    }))});
    scene.home.write("review.json", review.to_string());
    for profile in ["minimal", "recommended", "strict"] {
        let settings = json!({"profile": profile, "registries": [{"registry": "harbor.corp.example", "pull": {"secret": "harbor"}}]});
        let settings = settings.to_string();
        let run = ["run", "-r", "review.json", "--settings-json", &settings];
        // Exit 3 is ours for a rejection; kwctl has 0.
        let ours = scene.home.run(&[&run[..], &["policy.wasm"]].concat()).stdout;
        let theirs = scene.theirs(&kwctl, &[&run[..], &["policy.wasm"]].concat());
        let [ours, theirs] = [ours, theirs].map(|text| serde_json::from_str::<Value>(&text).unwrap());
        assert_eq!(ours, theirs, "{profile}");
        assert!(ours["allowed"].is_boolean());
    }
}

#[test]
fn kwctl_verifies_what_we_sign() {
    let Some(kwctl) = program("kwctl") else { return };
    let Some(scene) = Scene::new() else { return };
    let name = scene.name("signed");
    let uri = format!("registry://{name}");
    let verify = |key: &'static str| {
        ["verify", "--sources-path", "sources.yaml", "--sigstore-trust-config", "trust.json", "-k", key]
    };
    scene.ok(&["push", "policy.wasm", &name]);
    scene.refused(&kwctl, &[&verify("own.pub")[..], &[&*uri]].concat(), "cannot be validated");
    scene.ok(&["sign", "--key", "own.key", "--annotation", "env=prod", &name]);
    scene.theirs(&kwctl, &[&verify("own.pub")[..], &[&*uri]].concat());
    scene.theirs(&kwctl, &[&verify("own.pub")[..], &["-a", "env=prod", &uri]].concat());
    scene.refused(&kwctl, &[&verify("own.pub")[..], &["-a", "env=test", &uri]].concat(), "cannot be validated");
    scene.refused(&kwctl, &[&verify("foreign.pub")[..], &[&*uri]].concat(), "cannot be validated");
}

#[test]
fn cosign_verifies_what_we_sign_and_we_what_it_signs() {
    let Some(cosign) = program("cosign") else { return };
    let Some(scene) = Scene::new() else { return };
    let (ours, theirs) = (scene.name("ours"), scene.name("theirs"));
    scene.theirs(&cosign, &["generate-key-pair"]);
    let verify = |key: &'static str, name: &str| {
        let flags = ["verify", "--insecure-ignore-tlog", "--allow-http-registry", "--trusted-root", "root.json"];
        [&flags[..], &["--key", key, name]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // Each policy is another one: signatures are beside a manifest, not beside a tag.
    let metadata = |note: &str| json!({"io.kubewarden.policy.title": note, "io.kubewarden.policy.version": "1.0.0"});
    for (place, forms) in [("tag", &["--layout", "tag"][..]), ("referrer", &["--layout", "referrer"]), ("both", &[])] {
        let name = format!("{ours}-{place}");
        let file = format!("{place}.wasm");
        scene.home.write(&file, crate::support::module(&metadata(place).to_string().replace('"', "'"), 10));
        scene.ok(&["push", &file, &name]);
        scene.refused(&cosign, &verify("own.pub", &name), "no signatures found");
        scene.ok(&[&["sign", "--key", "own.key"], forms, &[&*name]].concat());
        scene.theirs(&cosign, &verify("own.pub", &name));
        scene.refused(&cosign, &verify("foreign.pub", &name), "rror");
        scene.ok(&["verify", "--key", "own.pub", &name]);
    }
    // Its keys, encrypted as it does that, in our hands, and what it signs itself.
    scene.ok(&["push", "policy.wasm", &theirs]);
    scene.refused(&cosign, &verify("cosign.pub", &theirs), "no signatures found");
    let sign = ["sign", "--yes", "--key", "cosign.key", "--allow-http-registry", "--tlog-upload=false"];
    scene.theirs(&cosign, &[&sign[..], &["--use-signing-config=false", &theirs]].concat());
    scene.ok(&["verify", "--key", "cosign.pub", &theirs]);
    scene.fails(&["verify", "--key", "own.pub", &theirs], &["by another key"]);
    let sign = ["sign", "--key", "cosign.key", &format!("{ours}-tag"), "--insecure-registry", &scene.host];
    scene.theirs(env!("CARGO_BIN_EXE_regwarden").as_ref(), &sign);
    scene.theirs(&cosign, &verify("cosign.pub", &format!("{ours}-tag")));
}
