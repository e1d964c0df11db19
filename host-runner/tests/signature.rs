//! Signatures with a real registry: made, checked, tampered with, removed, and in the way of an unverified policy.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(
    clippy::allow_attributes,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stderr,
    dead_code,
    reason = "the support is shared; this uses a part of it"
)]

#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/registry.rs"]
mod registry;
#[path = "support/server.rs"]
mod server;
#[path = "oci/support.rs"]
mod support;
#[path = "signature/way.rs"]
mod way;

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use registry::{Registry, Setup};
use serde_json::{Value, json};
use support::{Home, digest, module};

/// `own` and `foreign` keys.
fn write_keys(home: &Home) {
    for name in ["own", "foreign"] {
        let pair = KeyPair::generate().unwrap();
        home.write(&format!("{name}.key"), pair.serialize_pem());
        home.write(&format!("{name}.pub"), pair.public_key_pem());
    }
}

/// A registry with a policy, a user with two keys, and the flags that both take.
struct Scene {
    registry: Registry,
    home: Home,
    name: String,
    host: String,
    wasm: Vec<u8>,
}

impl Scene {
    fn new() -> Option<Self> {
        let registry = Registry::start(&Setup::default())?;
        let (home, host) = (Home::new(), registry.host());
        let wasm = module("signed", 200);
        home.write("policy.wasm", &wasm);
        home.write("other.wasm", module("another", 200));
        home.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {}\n");
        write_keys(&home);
        let name = format!("{host}/policies/own:v1");
        let this = Self { registry, home, name, host, wasm };
        this.ok(&["push", "policy.wasm", &this.name]);
        Some(this)
    }

    fn with<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--insecure-registry", &self.host]].concat()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        self.home.ok(&self.with(arguments))
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        self.home.json(&self.with(arguments))
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], words: &[&str]) {
        self.home.fails(&self.with(arguments), words);
    }

    fn sign(&self) -> Value {
        self.json(&["sign", "--key", "own.key", &self.name])
    }

    #[track_caller]
    fn is_verified(&self) {
        self.ok(&["verify", "--key", "own.pub", &self.name]);
    }

    /// Hexadecimal digits of what the name stands for.
    fn manifest(&self) -> String {
        let line = self.ok(&["digest", &self.name]);
        line.trim().rsplit_once(":").unwrap().1.to_owned()
    }

    fn tag(&self, tag: &str) -> PathBuf {
        self.registry.data().join("docker/registry/v2/repositories/policies/own/_manifests/tags").join(tag)
    }

    fn blob(&self, hex: &str) -> PathBuf {
        self.registry.data().join("docker/registry/v2/blobs/sha256").join(&hex[..2]).join(hex).join("data")
    }

    /// The manifest under a tag, as the registry has it on disk.
    fn under(&self, tag: &str) -> Value {
        let link = fs::read_to_string(self.tag(tag).join("current/link")).unwrap();
        serde_json::from_slice(&fs::read(self.blob(link.trim_start_matches("sha256:"))).unwrap()).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}

#[test]
fn what_is_signed_is_verified_by_its_key_alone() {
    let Some(scene) = Scene::new() else { return };
    scene.fails(&["verify", "--key", "own.pub", &scene.name], &["is not trusted", "it has no signature"]);
    assert_eq!(scene.sign()["added"], true);
    assert_eq!(scene.sign()["added"], false, "a second signature by the same key says nothing new");
    let verified = scene.json(&["verify", "--key", "own.pub", "--file", "policy.wasm", &scene.name]);
    assert_eq!(verified["module"], digest(&scene.wasm).as_str());
    assert!(verified["immutable_ref"].as_str().unwrap().ends_with(&scene.manifest()));
    scene.fails(&["verify", "--key", "foreign.pub", &scene.name], &["by another key"]);
    scene.fails(
        &["verify", "--key", "own.pub", "--key", "foreign.pub", &scene.name],
        &["of its 2 signatures none is by", "by another key"],
    );
    scene.fails(
        &["verify", "--key", "own.pub", "--file", "other.wasm", &scene.name],
        &["the signed manifest names", "pull the policy again"],
    );
    // Two signers, one of them with an annotation; whoever was there stays.
    scene.ok(&["sign", "--key", "foreign.key", "--annotation", "env=prod", &scene.name]);
    scene.ok(&["verify", "--key", "own.pub", "--key", "foreign.pub", &scene.name]);
    scene.ok(&["verify", "--key", "foreign.pub", "--annotation", "env=prod", &scene.name]);
    scene.fails(
        &["verify", "--key", "own.pub", "--annotation", "env=prod", &scene.name],
        &["without these annotations"],
    );
}

#[test]
fn signatures_lie_where_cosign_looks() {
    let Some(scene) = Scene::new() else { return };
    scene.ok(&["push", "--sign-key", "own.key", "policy.wasm", &scene.name]);
    let hex = scene.manifest();
    let old = scene.under(&format!("sha256-{hex}.sig"));
    let layer = &old["layers"][0];
    assert_eq!(layer["mediaType"], "application/vnd.dev.cosign.simplesigning.v1+json");
    assert!(layer["annotations"]["dev.cosignproject.cosign/signature"].is_string());
    let payload = fs::read(scene.blob(&layer["digest"].as_str().unwrap()[7..])).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        payload,
        json!({
            "critical": {
                "identity": {"docker-reference": format!("{}/policies/own", scene.host)},
                "image": {"docker-manifest-digest": format!("sha256:{hex}")},
                "type": "cosign container image signature",
            },
            "optional": null,
        })
    );
    // Debian's registry keeps no list of referrers, so that a tag holds it.
    let index = scene.under(&format!("sha256-{hex}"));
    let entry = &index["manifests"][0];
    assert_eq!(entry["artifactType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    let manifest = fs::read(scene.blob(&entry["digest"].as_str().unwrap()[7..])).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["subject"]["digest"], format!("sha256:{hex}"));
    // Each of the two is enough by itself.
    for other in [format!("sha256-{hex}"), format!("sha256-{hex}.sig")] {
        let aside = scene.home.path().join("aside");
        fs::rename(scene.tag(&other), &aside).unwrap();
        scene.is_verified();
        assert_eq!(scene.sign()["added"], true, "what is missing is put there again");
        fs::remove_dir_all(&aside).unwrap();
        scene.is_verified();
    }
}

#[test]
fn tampering_is_found() {
    let Some(scene) = Scene::new() else { return };
    scene.sign();
    scene.is_verified();
    let hex = scene.manifest();
    let (old, new) = (format!("sha256-{hex}.sig"), format!("sha256-{hex}"));

    // Another policy under the name.
    let before = scene.home.path().join("before");
    copy(&scene.tag("v1"), &before);
    scene.ok(&["push", "other.wasm", &scene.name]);
    scene.fails(&["verify", "--key", "own.pub", &scene.name], &["it has no signature"]);
    // With the signatures of the first: of another manifest, whatever its tag says.
    let other = scene.manifest();
    copy(&scene.tag(&old), &scene.tag(&format!("sha256-{other}.sig")));
    copy(&scene.tag(&new), &scene.tag(&format!("sha256-{other}")));
    scene.fails(&["verify", "--key", "own.pub", &scene.name], &["it signs another manifest"]);
    fs::remove_dir_all(scene.tag("v1")).unwrap();
    copy(&before, &scene.tag("v1"));
    scene.is_verified();

    // A payload that is not the one that its manifest names.
    let layer = scene.under(&old)["layers"][0]["digest"].as_str().unwrap()[7..].to_owned();
    let good = fs::read(scene.blob(&layer)).unwrap();
    fs::write(scene.blob(&layer), String::from_utf8(good.clone()).unwrap().replace(&hex, &other)).unwrap();
    scene.fails(&["verify", "--key", "own.pub", &scene.name], &["digest"]);
    fs::write(scene.blob(&layer), good).unwrap();
    scene.is_verified();

    // The manifest itself, in place.
    let good = fs::read(scene.blob(&hex)).unwrap();
    let wrong = String::from_utf8(good.clone()).unwrap().replace("own", "0wn").replace("tests", "test5");
    assert_ne!(good, wrong.as_bytes());
    fs::write(scene.blob(&hex), wrong).unwrap();
    scene.fails(&["verify", "--key", "own.pub", &format!("{}/policies/own@sha256:{hex}", scene.host)], &["digest"]);
    fs::write(scene.blob(&hex), good).unwrap();

    // No signatures any more.
    fs::remove_dir_all(scene.tag(&old)).unwrap();
    fs::remove_dir_all(scene.tag(&new)).unwrap();
    scene.fails(&["verify", "--key", "own.pub", &scene.name], &["it has no signature"]);
}

#[test]
fn a_configuration_in_force_lets_nothing_unverified_pass() {
    let Some(scene) = Scene::new() else { return };
    let key = fs::read_to_string(scene.home.path().join("own.pub")).unwrap();
    let config = json!({"apiVersion": "v1", "allOf": [{"kind": "pubKey", "owner": "us", "key": key}]});
    scene.home.write("config.yml", config.to_string());
    let policy = format!("registry://{}", scene.name);
    let check = ["check", "--policy", &policy, "--verification-config", "config.yml", "pod.yaml"];
    scene.ok(&["check", "--policy", &policy, "pod.yaml"]);
    scene.fails(&check, &["is not trusted", "the key of us", "it has no signature"]);
    scene.sign();
    scene.ok(&check);
    scene.ok(&["verify", "--verification-config", "config.yml", &scene.name]);
    // Where Kubewarden keeps it, it is in force without a flag, for every command that takes a policy.
    scene.home.write(".config/kubewarden/verification-config.yml", config.to_string());
    scene.ok(&["pull", &policy]);
    scene.ok(&["verify", &scene.name]);
    scene.ok(&["push", "other.wasm", &scene.name]);
    for command in [&["check", "--policy", &policy, "pod.yaml"][..], &["pull", &policy], &["inspect", &policy]] {
        scene.fails(command, &["is not trusted", "it has no signature"]);
    }
    // What has no signatures that could be looked at is refused, files and the embedded policy are not.
    scene.home.fails(&["check", "--offline", "--policy", &policy, "pod.yaml"], &["were not kept here"]);
    scene.fails(&["check", "--policy", &digest(&scene.wasm), "pod.yaml"], &["only policies in registries"]);
    scene.ok(&["check", "--policy", "policy.wasm", "pod.yaml"]);
    // A file that cannot be understood trusts nothing.
    let mut wrong = config.clone();
    wrong["allOf"][0]["branch"] = "main".into();
    scene.home.write(".config/kubewarden/verification-config.yml", wrong.to_string());
    scene.sign();
    scene.fails(&["check", "--policy", &policy, "pod.yaml"], &["unknown field `branch`"]);
}

#[test]
fn missing_trust_material_fails_closed_and_is_named() {
    let Some(scene) = Scene::new() else { return };
    scene.sign();
    let config = json!({"apiVersion": "v1", "anyOf": {"signatures": [{"kind": "githubAction", "owner": "acme"}]}});
    scene.home.write("config.yml", config.to_string());
    let verify = ["verify", "--verification-config", "config.yml", &scene.name];
    scene.fails(&verify, &["github.com/acme", "--trust-root"]);
    scene.home.write("root.json", "{}");
    scene.fails(&[&verify[..], &["--trust-root", "root.json"]].concat(), &["root.json", "no trust root"]);
    scene.fails(&[&verify[..], &["--trust-root", "gone.json"]].concat(), &["gone.json", "no such file"]);
    scene.fails(&["verify", "--key", "gone.pub", &scene.name], &["gone.pub", "no such file"]);
    scene.fails(&["sign", "--key", "own.pub", &scene.name], &["name the private key"]);
    let nobody = scene.home.run(&scene.with(&["verify", &scene.name]));
    assert!(nobody.code == Some(2) && nobody.stderr.contains("name whose signature is wanted"), "{nobody:?}");
    // Nothing is pushed when it could not be signed.
    scene.fails(
        &["push", "--sign-key", "own.pub", "other.wasm", &format!("{}/policies/unsigned:v1", scene.host)],
        &["name the private key"],
    );
    scene.fails(&["digest", &format!("{}/policies/unsigned:v1", scene.host)], &["does not have it"]);
}

#[test]
fn signatures_go_along_over_an_air_gap() {
    let Some(scene) = Scene::new() else { return };
    let policy = format!("registry://{}", scene.name);
    let config = |home: &Home, key: &str| {
        let key = fs::read_to_string(scene.home.path().join(key)).unwrap();
        home.write("config.yml", json!({"apiVersion": "v1", "allOf": [{"kind": "pubKey", "key": key}]}).to_string());
    };
    let check = ["check", "--offline", "--policy", &policy, "--verification-config", "config.yml", "pod.yaml"];
    scene.ok(&["pull", &policy]);
    scene.home.ok(&["policies", "save", "--file", "unsigned.tar"]);
    scene.sign();
    scene.ok(&["pull", &policy]);
    scene.home.ok(&["policies", "save", "--file", "signed.tar"]);
    let beyond = |archive: &str| {
        let home = Home::new();
        fs::copy(scene.home.path().join(archive), home.path().join("policies.tar")).unwrap();
        home.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {}\n");
        home.ok(&["policies", "load", "policies.tar"]);
        config(&home, "own.pub");
        home
    };
    beyond("unsigned.tar").fails(&check, &["is not trusted", "were not kept here", "policies save"]);
    let home = beyond("signed.tar");
    home.ok(&check);
    config(&home, "foreign.pub");
    home.fails(&check, &["by another key"]);
    config(&home, "own.pub");
    // What lies in the store is as little trusted as what a registry says.
    let kept = home.store().join("signatures").join(format!("{}.json", scene.manifest()));
    let good = fs::read_to_string(&kept).unwrap();
    let mut swapped: Value = serde_json::from_str(&good).unwrap();
    swapped["bundles"] = json!([]);
    swapped["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = "AAAA".into();
    for (wrong, words) in [(swapped.to_string(), "by another key"), ("{".to_owned(), "cannot be read")] {
        fs::write(&kept, wrong).unwrap();
        home.fails(&check, &[words]);
    }
    fs::write(&kept, good).unwrap();
    home.ok(&check);
    // They go with the policy, and not before.
    home.ok(&["policies", "gc"]);
    assert!(kept.exists());
    home.ok(&["policies", "rm", &policy]);
    assert!(!kept.exists());
    // skopeo reads the archive as it did.
    scene.home.skopeo(&["inspect", "--raw", &format!("oci-archive:signed.tar:{}", scene.name)]);
}
