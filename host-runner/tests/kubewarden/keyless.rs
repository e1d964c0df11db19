//! Signatures by an identity, made as Fulcio, Rekor and cosign make them, and judged by kwctl and by us.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SigningKey,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::policy_server::program;
use crate::scene::Scene;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// A workflow of a repository's own.
const OWN: (&str, &str) = (WORKFLOW, "acme/policies");
/// Extensions in certificates of Fulcio (its `docs/oid-info.md`).
const FULCIO: [u64; 8] = [1, 3, 6, 1, 4, 1, 57264, 1];
const WORKFLOW: &str = "https://github.com/acme/policies/.github/workflows/release.yml@refs/tags/v1";

/// An authority for certificates and a log of what they signed.
pub(crate) struct Sigstore {
    authority: (CertificateParams, KeyPair),
    log: KeyPair,
}

impl Sigstore {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self { authority: (params, KeyPair::generate().unwrap()), log: KeyPair::generate().unwrap() }
    }

    /// `trusted_root.json`.
    pub(crate) fn root(&self) -> Value {
        let (params, pair) = &self.authority;
        let certificate = params.self_signed(pair).unwrap();
        let key = self.log.subject_public_key_info();
        let valid = json!({"start": "2020-01-01T00:00:00Z"});
        let log = json!({
            "baseUrl": "https://log.example",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {"rawBytes": STANDARD.encode(&key), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
            "logId": {"keyId": STANDARD.encode(Sha256::digest(&key))},
        });
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log],
            "certificateAuthorities": [{
                "subject": {"organization": "tests", "commonName": "tests"},
                "uri": "https://authority.example",
                "certChain": {"certificates": [{"rawBytes": STANDARD.encode(certificate.der())}]},
                "validFor": valid,
            }],
            "ctlogs": [],
            "timestampAuthorities": [],
        })
    }

    /// A payload and the annotations of its layer, signed by a workflow that ran for a repository.
    fn sign(&self, (identity, repository): (&str, &str), digest: &str, log: &KeyPair) -> (String, Value) {
        let own = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::default();
        leaf.subject_alt_names = vec![SanType::URI(identity.try_into().unwrap())];
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        leaf.use_authority_key_identifier_extension = true;
        // A certificate of Fulcio lives ten minutes; the log must have seen it within them.
        let (now, minutes) = (SystemTime::now(), Duration::from_secs(300));
        (leaf.not_before, leaf.not_after) = ((now - minutes).into(), (now + minutes).into());
        let extension =
            |last: u64, text: &str| CustomExtension::from_oid_content(&[&FULCIO[..], &[last]].concat(), text.into());
        // Those of a workflow: trigger, commit, name, repository, reference.
        let facts = [GITHUB, "push", "0000000000000000000000000000000000000000", "Release", repository, "refs/tags/v1"];
        leaf.custom_extensions = (1..).zip(facts).map(|(last, text)| extension(last, text)).collect();
        let (params, pair) = &self.authority;
        let certificate = leaf.signed_by(&own, &Issuer::from_params(params, pair)).unwrap().pem();
        let payload = json!({"critical": {
            "identity": {"docker-reference": "tests"}, "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        }, "optional": null})
        .to_string();
        let signature = STANDARD.encode(own.sign(payload.as_bytes()).unwrap());
        let hash: String = Sha256::digest(payload.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let body = json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hash}},
            "signature": {"content": signature, "publicKey": {"content": STANDARD.encode(&certificate)}},
        }});
        let id: String =
            Sha256::digest(self.log.subject_public_key_info()).iter().map(|byte| format!("{byte:02x}")).collect();
        let seen = now.duration_since(UNIX_EPOCH).unwrap().as_secs() - 60;
        // Members in the order of their names: the canonical form, which the log signs.
        let entry =
            json!({"body": STANDARD.encode(body.to_string()), "integratedTime": seen, "logID": id, "logIndex": 7});
        let promise = STANDARD.encode(log.sign(entry.to_string().as_bytes()).unwrap());
        let annotations = json!({
            "dev.cosignproject.cosign/signature": signature,
            "dev.sigstore.cosign/certificate": certificate,
            "dev.sigstore.cosign/bundle": json!({"SignedEntryTimestamp": promise, "Payload": entry}).to_string(),
        });
        (payload, annotations)
    }
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
    let signed = |repository: &str| {
        let name = scene.name(repository);
        scene.ok(&["push", "policy.wasm", &name]);
        (scene.digest(&name), name)
    };
    let (digest, good) = signed("good");
    attach(&scene, "good", &digest, &scene.sigstore.sign(OWN, &digest, &scene.sigstore.log));
    let (_, unlogged) = signed("unlogged");
    attach(&scene, "unlogged", &digest, &scene.sigstore.sign(OWN, &digest, &foreign.log));
    let (_, stranger) = signed("stranger");
    attach(&scene, "stranger", &digest, &foreign.sign(OWN, &digest, &foreign.log));
    let (_, other) = signed("other");
    let another = format!("sha256:{}", "0".repeat(64));
    attach(&scene, "other", &digest, &scene.sigstore.sign(OWN, &another, &scene.sigstore.log));
    let (_, unsigned) = signed("unsigned");
    // A workflow of acme that somebody else calls, and one of somebody else that acme calls.
    let shared = "https://github.com/shared/workflows/.github/workflows/release.yml@refs/tags/v1";
    let (_, borrowed) = signed("borrowed");
    attach(&scene, "borrowed", &digest, &scene.sigstore.sign((WORKFLOW, "mallory/x"), &digest, &scene.sigstore.log));
    let (_, reusing) = signed("reusing");
    attach(&scene, "reusing", &digest, &scene.sigstore.sign((shared, "acme/policies"), &digest, &scene.sigstore.log));

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
