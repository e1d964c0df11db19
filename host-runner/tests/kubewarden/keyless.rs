//! Signatures by an identity, judged by kwctl and by us.

use rcgen::KeyPair;
use serde_json::{Value, json};

use crate::policy_server::program;
use crate::scene::Scene;
use crate::sigstore::Sigstore;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// A workflow of a repository's own.
const OWN: (&str, &str) = (WORKFLOW, "acme/policies");
const WORKFLOW: &str = "https://github.com/acme/policies/.github/workflows/release.yml@refs/tags/v1";

/// A signature by a workflow that ran for a repository.
fn signed(sigstore: &Sigstore, (identity, repository): (&str, &str), digest: &str, log: &KeyPair) -> (String, Value) {
    let facts = [GITHUB, "push", "0000000000000000000000000000000000000000", "Release", repository, "refs/tags/v1"];
    let claims: Vec<(u64, &[u8])> = (1..).zip(facts.map(str::as_bytes)).collect();
    sigstore.sign(identity, &claims, digest, log)
}

/// Puts a signature under cosign's tag of a manifest.
fn attach(scene: &Scene, repository: &str, digest: &str, (payload, annotations): &(String, Value)) {
    let kind = "application/vnd.dev.cosign.simplesigning.v1+json";
    let tag = format!("{}.sig", digest.replace(':', "-"));
    scene.registry.put(repository, &tag, (payload.as_bytes(), kind), annotations);
}

#[test]
fn kwctl_and_we_trust_the_same_identities() {
    let Some(kwctl) = program("kwctl") else { return };
    let Some(scene) = Scene::new() else { return };
    let foreign = Sigstore::new();
    let pushed = |repository: &str| {
        let name = scene.name(repository);
        scene.ok(&["push", "policy.wasm", &name]);
        (scene.digest(&name), name)
    };
    let (digest, good) = pushed("good");
    attach(&scene, "good", &digest, &signed(&scene.sigstore, OWN, &digest, &scene.sigstore.log));
    let (_, unlogged) = pushed("unlogged");
    attach(&scene, "unlogged", &digest, &signed(&scene.sigstore, OWN, &digest, &foreign.log));
    let (_, stranger) = pushed("stranger");
    attach(&scene, "stranger", &digest, &signed(&foreign, OWN, &digest, &foreign.log));
    let (_, other) = pushed("other");
    let another = format!("sha256:{}", "0".repeat(64));
    attach(&scene, "other", &digest, &signed(&scene.sigstore, OWN, &another, &scene.sigstore.log));
    let (_, unsigned) = pushed("unsigned");
    // A workflow of acme that somebody else calls, and one of somebody else that acme calls.
    let shared = "https://github.com/shared/workflows/.github/workflows/release.yml@refs/tags/v1";
    let (_, borrowed) = pushed("borrowed");
    attach(
        &scene,
        "borrowed",
        &digest,
        &signed(&scene.sigstore, (WORKFLOW, "mallory/x"), &digest, &scene.sigstore.log),
    );
    let (_, reusing) = pushed("reusing");
    attach(
        &scene,
        "reusing",
        &digest,
        &signed(&scene.sigstore, (shared, "acme/policies"), &digest, &scene.sigstore.log),
    );

    let action = |owner: &str| json!({"kind": "githubAction", "owner": owner});
    let repo = |repo: &str| json!({"kind": "githubAction", "owner": "acme", "repo": repo});
    let issuer = |issuer: &str, subject: Value| json!({"kind": "genericIssuer", "issuer": issuer, "subject": subject});
    let one = |entry: Value| json!({"apiVersion": "v1", "allOf": [entry]});
    let configs = [
        (one(action("acme")), true),
        (one(action("somebody")), false),
        (one(repo("policies")), true),
        (one(repo("policies2")), false),
        (one(issuer(GITHUB, json!({"equal": WORKFLOW}))), true),
        (one(issuer(GITHUB, json!({"equal": "https://github.com/acme/policies"}))), false),
        (one(issuer(GITHUB, json!({"urlPrefix": "https://github.com/acme"}))), true),
        (one(issuer(GITHUB, json!({"urlPrefix": "https://github.com/acm"}))), false),
        (one(issuer("https://issuer.example", json!({"equal": WORKFLOW}))), false),
        (json!({"apiVersion": "v1", "allOf": [action("acme"), action("somebody")]}), false),
        (
            json!({"apiVersion": "v1", "anyOf": {"minimumMatches": 1, "signatures": [action("somebody"), repo("policies")]}}),
            true,
        ),
        (
            json!({"apiVersion": "v1", "anyOf": {"minimumMatches": 2, "signatures": [action("somebody"), repo("policies")]}}),
            false,
        ),
    ];
    let agree = |name: &str, config: &Value, expected: bool| {
        scene.home.write("config.yml", config.to_string());
        let uri = format!("registry://{name}");
        let flags = ["--sources-path", "sources.yaml", "--sigstore-trust-config", "trust.json"];
        let config_flags = ["--verification-config-path", "config.yml", &*uri];
        let theirs = scene.output(&kwctl, &[&["verify"], &flags[..], &config_flags].concat());
        let flags = ["--trust-root", "root.json", "--insecure-registry", &scene.host, name];
        let ours = scene.home.run(&[&["verify", "--verification-config", "config.yml"][..], &flags].concat());
        assert_eq!(ours.code == Some(0), expected, "{name} by {config}: {ours:?}");
        let told = String::from_utf8_lossy(&theirs.stderr);
        assert_eq!(theirs.status.success(), expected, "kwctl: {name} by {config}: {told}");
    };
    for (config, is_wanted) in &configs {
        agree(&good, config, *is_wanted);
        for unsound in [&unlogged, &stranger, &other, &unsigned] {
            agree(unsound, config, false);
        }
    }
    for (name, is_of_acme) in [(&borrowed, false), (&reusing, true)] {
        agree(name, &one(action("acme")), is_of_acme);
        agree(name, &one(repo("policies")), is_of_acme);
        agree(name, &one(action("shared")), false);
        let prefix = json!({"urlPrefix": "https://github.com/acme/policies"});
        agree(name, &one(issuer(GITHUB, prefix)), !is_of_acme);
    }
}
