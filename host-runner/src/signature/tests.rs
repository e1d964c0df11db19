//! Signatures of both forms by keys, and by identities of an authority and a log that the tests make themselves.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::{Aead, KeyInit};
use rcgen::KeyPair;
use serde_json::{Value, json};

use super::config::Annotations;
use super::*;
use crate::store::Digest;

#[path = "../../tests/support/sigstore.rs"]
mod sigstore;

use sigstore::Sigstore;

const WORKFLOW: &str = "https://github.com/acme/policies/.github/workflows/release.yml@refs/tags/v1";

fn pair() -> (PrivateKey, String) {
    let pair = KeyPair::generate().unwrap();
    (PrivateKey::parse(pair.serialize_pem().as_bytes(), None).unwrap(), pair.public_key_pem())
}

fn digest() -> Digest {
    Digest::of(b"a manifest")
}

fn public(pem: &str) -> PublicKey {
    PublicKey::parse(pem.as_bytes()).unwrap()
}

fn wants(pem: &str) -> Config {
    Config::of_keys(vec![public(pem)], &Annotations::new())
}

fn signed(key: &PrivateKey, annotations: &[(&str, &str)]) -> Signed {
    let annotations = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    sign(key, "r.example/policies/own", &digest(), &annotations).unwrap()
}

#[track_caller]
fn refused(digest: &Digest, found: &[Found], config: &Config, root: Option<&TrustRoot>, part: &str) {
    let text = verify(digest, found, config, root).map(drop).unwrap_err().to_string();
    assert!(text.contains(part), "{text}");
}

#[test]
fn each_form_is_accepted_by_its_key_alone() {
    let ((key, pem), (_, other)) = (pair(), pair());
    for found in signed(&key, &[]).found() {
        let found = [found];
        assert_eq!(verify(&digest(), &found, &wants(&pem), None).unwrap().len(), 1);
        refused(&digest(), &found, &wants(&other), None, "by another key");
        refused(&Digest::of(b"another manifest"), &found, &wants(&pem), None, "it signs another manifest");
        let both = Config::of_keys(vec![public(&pem), public(&other)], &Annotations::new());
        refused(&digest(), &found, &both, None, "its signature is not one by");
    }
    refused(&digest(), &[], &wants(&pem), None, "it has no signature");
}

#[test]
fn a_single_changed_bit_is_found() {
    let (key, pem) = pair();
    let good = signed(&key, &[("env", "prod")]);
    for at in 0..good.layer.payload.len() {
        let mut layer = good.layer.clone();
        layer.payload[at] ^= 1;
        assert!(verify(&digest(), &[Found::Layer(layer)], &wants(&pem), None).is_err(), "byte {at} of the payload");
    }
    let mut layer = good.layer.clone();
    let mut signature = STANDARD.decode(&layer.annotations[payload::SIGNATURE]).unwrap();
    *signature.last_mut().unwrap() ^= 1;
    layer.annotations.insert(payload::SIGNATURE.to_owned(), STANDARD.encode(signature));
    refused(&digest(), &[Found::Layer(layer)], &wants(&pem), None, "by another key");
    let mut bundle: Value = serde_json::from_slice(&good.bundle).unwrap();
    let statement = payload::statement(&Digest::of(b"another manifest"));
    bundle["dsseEnvelope"]["payload"] = STANDARD.encode(&statement).into();
    let swapped = Found::Bundle(bundle.to_string());
    refused(&Digest::of(b"another manifest"), &[swapped], &wants(&pem), None, "or of another statement");
}

#[test]
fn broken_signatures_are_told_and_do_not_hide_good_ones() {
    let (key, pem) = pair();
    let good = signed(&key, &[]);
    let empty = Layer { payload: good.layer.payload.clone(), annotations: BTreeMap::new() };
    let attestation =
        br#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1","subject":[]}"#;
    let sealed = key.sign(&payload::envelope_bytes(attestation)).unwrap();
    let attestation = String::from_utf8(payload::bundle(attestation, &sealed, "")).unwrap();
    let mut found = vec![
        Found::Layer(Layer { payload: b"{}".to_vec(), annotations: BTreeMap::new() }),
        Found::Layer(empty),
        Found::Bundle("{".to_owned()),
        Found::Bundle(attestation),
    ];
    for part in ["payload cannot be read", "without a signature", "cannot be read", "an attestation"] {
        refused(&digest(), &found, &wants(&pem), None, part);
    }
    found.push(Found::Layer(good.layer));
    verify(&digest(), &found, &wants(&pem), None).unwrap();
}

#[test]
fn annotations_must_all_be_there() {
    let (key, pem) = pair();
    let found = signed(&key, &[("env", "prod"), ("team", "ci")]).found();
    let with = |pairs: &[(&str, &str)]| {
        let annotations = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        verify(&digest(), &found, &Config::of_keys(vec![public(&pem)], &annotations), None)
    };
    with(&[("env", "prod")]).unwrap();
    for wrong in [&[("env", "test")][..], &[("env", "prod"), ("zone", "a")]] {
        let text = with(wrong).unwrap_err().to_string();
        assert!(text.contains("without these annotations") && text.contains("which carries no annotations"), "{text}");
    }
}

fn encrypted(der: &[u8], password: &[u8], n: u64) -> String {
    let (salt, nonce) = ([7; 32], [9; 24]);
    let params = scrypt::Params::new(u8::try_from(n.trailing_zeros()).unwrap(), 8, 1, 32).unwrap();
    let mut key = [0; 32];
    scrypt::scrypt(password, &salt, &params, &mut key).unwrap();
    let secretbox = crypto_secretbox::XSalsa20Poly1305::new(crypto_secretbox::Key::from_slice(&key));
    let ciphertext = secretbox.encrypt(crypto_secretbox::Nonce::from_slice(&nonce), der).unwrap();
    let value = json!({
        "kdf": {"name": "scrypt", "params": {"N": n, "r": 8, "p": 1}, "salt": STANDARD.encode(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": STANDARD.encode(nonce)},
        "ciphertext": STANDARD.encode(ciphertext),
    });
    pem::encode(&pem::Pem::new("ENCRYPTED SIGSTORE PRIVATE KEY", value.to_string()))
}

#[test]
fn encrypted_keys_open_with_their_password_alone() {
    let own = KeyPair::generate().unwrap();
    let text = encrypted(&own.serialize_der(), b"tests", 1 << 10);
    let open = |password: Option<&[u8]>| PrivateKey::parse(text.as_bytes(), password);
    let found = signed(&open(Some(b"tests")).unwrap(), &[]).found();
    verify(&digest(), &found, &wants(&own.public_key_pem()), None).unwrap();
    assert_eq!(open(None).unwrap_err(), KeyError::NoPassword);
    assert_eq!(open(Some(b"test")).unwrap_err(), KeyError::WrongPassword);
    assert_eq!(format!("{:?}", open(Some(b"tests")).unwrap()), "PrivateKey(…)");
    // Whoever plants a key must not make the reader work for hours.
    let greedy = text.replace(&text, &encrypted(b"x", b"y", 1 << 10));
    let block = pem::parse(&greedy).unwrap();
    let mut value: Value = serde_json::from_slice(block.contents()).unwrap();
    for (key, bad) in [("N", json!(1u64 << 40)), ("N", json!(3)), ("p", json!(1 << 20)), ("r", json!(1u32 << 31))] {
        value["kdf"]["params"] = json!({"N": 1024, "r": 8, "p": 1});
        value["kdf"]["params"][key] = bad;
        let text = pem::encode(&pem::Pem::new("ENCRYPTED COSIGN PRIVATE KEY", value.to_string()));
        assert!(matches!(PrivateKey::parse(text.as_bytes(), Some(b"y")), Err(KeyError::Envelope(_))), "{key}");
    }
}

#[test]
fn keys_of_other_kinds_are_told_what_to_do() {
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    assert_eq!(PrivateKey::parse(p384.serialize_pem().as_bytes(), None).unwrap_err(), KeyError::NotP256);
    PublicKey::parse(p384.public_key_pem().as_bytes()).unwrap();
    let own = KeyPair::generate().unwrap();
    let wrong = |text: &str| PrivateKey::parse(text.as_bytes(), None).map(drop).unwrap_err().to_string();
    assert!(wrong(&own.public_key_pem()).contains("name the private key"));
    assert!(wrong("hello").contains("-----BEGIN PRIVATE KEY-----"));
    let old = pem::encode(&pem::Pem::new("EC PRIVATE KEY", own.serialize_der()));
    assert!(wrong(&old).contains("openssl pkcs8"));
    let text = PublicKey::parse(own.serialize_pem().as_bytes()).map(drop).unwrap_err().to_string();
    assert!(text.contains("cosign.pub") && !text.contains("MIG"), "{text}");
}

#[test]
fn configurations_are_read_strictly() {
    let key = KeyPair::generate().unwrap().public_key_pem();
    let good = json!({
        "apiVersion": "v1",
        "allOf": [{"kind": "githubAction", "owner": "acme", "annotations": {"env": "prod"}}],
        "anyOf": {"minimumMatches": 1, "signatures": [
            {"kind": "pubKey", "owner": "alice", "key": key},
            {"kind": "genericIssuer", "issuer": "https://issuer.example", "subject": {"urlPrefix": "https://github.com/acme"}},
            {"kind": "genericIssuer", "issuer": "https://issuer.example", "subject": {"equal": "alice@acme.example"}},
        ]},
    });
    let config = Config::parse(&good.to_string()).unwrap();
    assert_eq!((config.all_of.len(), config.any_of.as_ref().unwrap().1.len()), (1, 3));
    let shown: Vec<String> = config.constraints().map(ToString::to_string).collect();
    assert!(shown[0].contains("github.com/acme, with env=prod"), "{shown:?}");
    assert!(shown[2].contains("below https://github.com/acme/,"), "the prefix ends in a slash: {shown:?}");
    let mistake = |pointer: &str, value: Value| {
        let mut wrong = good.clone();
        match wrong.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                wrong.pointer_mut(parent).unwrap()[name] = value;
            }
        }
        Config::parse(&wrong.to_string()).map(drop).unwrap_err().to_string()
    };
    for (pointer, value, part) in [
        ("/apiVersion", json!("v2"), "`apiVersion: v2` is not known"),
        ("/allof", json!([]), "unknown field `allof`"),
        ("/allOf/0/branch", json!("main"), "unknown field `branch`"),
        ("/allOf/0/kind", json!("github"), "unknown variant `github`"),
        ("/allOf/0/owner", json!(""), "allOf[0].owner"),
        ("/allOf/0/repo", json!("acme/policies"), "allOf[0].repo"),
        ("/anyOf/minimum", json!(1), "unknown field `minimum`"),
        ("/anyOf/minimumMatches", json!(0), "is 0 of 3"),
        ("/anyOf/minimumMatches", json!(4), "is 4 of 3"),
        ("/anyOf/signatures/0/key", json!("x"), "anyOf.signatures[0].key: it is no PEM"),
        ("/anyOf/signatures/1/subject", json!({"prefix": "x"}), "unknown variant `prefix`"),
        ("/anyOf/signatures/1/subject", json!({"urlPrefix": "acme"}), "anyOf.signatures[1].subject.urlPrefix"),
        ("/anyOf/signatures/2/subject", json!({"equal": ""}), "anyOf.signatures[2].subject.equal"),
    ] {
        let text = mistake(pointer, value);
        assert!(text.contains(part), "{pointer}: {text}");
    }
    for empty in [json!({"apiVersion": "v1"}), json!({"apiVersion": "v1", "allOf": []})] {
        assert_eq!(Config::parse(&empty.to_string()).map(drop).unwrap_err(), ConfigError::Empty);
    }
    assert!(Config::parse("{}").unwrap_err().to_string().contains("missing field `apiVersion`"));
}

#[test]
fn the_example_wants_our_own_workflow() {
    let text = include_bytes!("../../../artifacts/examples/verification-config.yml");
    let stream = crate::manifest::read(text, &crate::manifest::Limits::default());
    let config = Config::parse(&stream.documents[0].json).unwrap();
    let shown: Vec<String> = config.constraints().map(ToString::to_string).collect();
    assert_eq!(shown, ["a workflow of github.com/regwarden/regwarden"]);
}

/// Somebody who signs with a certificate of an authority that he brings along.
struct Somebody {
    sigstore: Sigstore,
    root: Value,
    identity: &'static str,
    claims: Vec<(u64, Vec<u8>)>,
}

impl Somebody {
    /// The certificate says this issuer, this identity, and that the workflow ran for `acme/policies`.
    fn new(issuer: &str, identity: &'static str) -> Self {
        Self::claiming(identity, &[(1, issuer.as_bytes()), (5, b"acme/policies")])
    }

    /// Claims of Fulcio by the last number of their names.
    fn claiming(identity: &'static str, claims: &[(u64, &[u8])]) -> Self {
        let sigstore = Sigstore::new();
        let claims = claims.iter().map(|(last, content)| (*last, content.to_vec())).collect();
        Self { root: sigstore.root(), sigstore, identity, claims }
    }

    fn root(&self) -> TrustRoot {
        TrustRoot::parse(&self.root.to_string()).unwrap()
    }

    /// A keyless signature of the old form, as `cosign sign` leaves it.
    fn sign(&self) -> Layer {
        let claims: Vec<(u64, &[u8])> = self.claims.iter().map(|(last, content)| (*last, &content[..])).collect();
        let (payload, annotations) =
            self.sigstore.sign(self.identity, &claims, &digest().to_string(), &self.sigstore.log);
        Layer { payload: payload.into_bytes(), annotations: serde_json::from_value(annotations).unwrap() }
    }
}

fn github(owner: &str, repo: Option<&str>) -> Config {
    let mut entry = json!({"kind": "githubAction", "owner": owner});
    if let Some(repo) = repo {
        entry["repo"] = repo.into();
    }
    Config::parse(&json!({"apiVersion": "v1", "allOf": [entry]}).to_string()).unwrap()
}

fn issuer(issuer: &str, subject: &Value) -> Config {
    let entry = json!({"kind": "genericIssuer", "issuer": issuer, "subject": subject});
    Config::parse(&json!({"apiVersion": "v1", "allOf": [entry]}).to_string()).unwrap()
}

#[test]
fn an_identity_is_accepted_with_certificate_log_and_trust_root() {
    let sigstore = Somebody::new(config::GITHUB, WORKFLOW);
    let (found, root) = ([Found::Layer(sigstore.sign())], sigstore.root());
    let prefix = |text: &str| issuer(config::GITHUB, &json!({"urlPrefix": text}));
    for config in [
        github("acme", None),
        github("acme", Some("policies")),
        prefix("https://github.com/acme"),
        issuer(config::GITHUB, &json!({"equal": WORKFLOW})),
    ] {
        verify(&digest(), &found, &config, Some(&root)).unwrap();
        refused(&digest(), &found, &config, None, "--trust-root");
    }
    for config in [github("acm", None), github("acme", Some("policie"))] {
        refused(&digest(), &found, &config, Some(&root), "a signature by a workflow of github.com/acme/policies");
    }
    for config in [
        prefix("https://github.com/acm"),
        prefix("https://github.com/acme/other"),
        issuer(config::GITHUB, &json!({"equal": "https://github.com/acme"})),
    ] {
        refused(&digest(), &found, &config, Some(&root), "a signature by https://github.com/acme/policies/");
    }
    let elsewhere = issuer("https://accounts.example", &json!({"equal": WORKFLOW}));
    refused(&digest(), &found, &elsewhere, Some(&root), "is not accepted");
}

/// Whoever calls a reusable workflow of `acme` gets an identity that begins with it.
#[test]
fn a_workflow_counts_for_the_repository_that_it_ran_for() {
    let issuer: (u64, &[u8]) = (1, config::GITHUB.as_bytes());
    let text = |text: &str| [&[12, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
    let (own, foreign) = (text("https://github.com/acme/policies"), text("https://github.com/mallory/x"));
    let shared = "https://github.com/shared/workflows/.github/workflows/release.yml@v1";
    for (identity, claims, is_of_acme) in [
        (shared, &[issuer, (5, b"acme/policies")][..], true),
        (shared, &[issuer, (12, &own)], true),
        (shared, &[issuer, (5, b"acme/policies"), (12, &own)], true),
        (WORKFLOW, &[issuer, (5, b"mallory/x")], false),
        (WORKFLOW, &[issuer, (12, &foreign)], false),
        (WORKFLOW, &[issuer, (5, b"acme/policies"), (12, &foreign)], false),
        (WORKFLOW, &[issuer, (5, b"mallory/x"), (12, &own)], false),
        (WORKFLOW, &[issuer], false),
    ] {
        let sigstore = Somebody::claiming(identity, claims);
        let (found, root) = ([Found::Layer(sigstore.sign())], sigstore.root());
        for config in [github("acme", None), github("acme", Some("policies"))] {
            let verified = verify(&digest(), &found, &config, Some(&root));
            assert_eq!(verified.is_ok(), is_of_acme, "{identity} {claims:?}: {verified:?}");
        }
        assert!(verify(&digest(), &found, &github("shared", None), Some(&root)).is_err(), "{identity}");
    }
}

#[test]
fn an_identity_is_refused_when_a_link_is_missing() {
    let sigstore = Somebody::new(config::GITHUB, WORKFLOW);
    let (good, root) = (sigstore.sign(), sigstore.root());
    let config = github("acme", None);
    let other = Somebody::new(config::GITHUB, WORKFLOW);
    refused(&digest(), &[Found::Layer(good.clone())], &config, Some(&other.root()), "is not accepted");
    let without = |key: &str| {
        let mut layer = good.clone();
        layer.annotations.remove(key);
        [Found::Layer(layer)]
    };
    refused(&digest(), &without(payload::CERTIFICATE), &config, Some(&root), "without a certificate");
    refused(&digest(), &without(payload::REKOR), &config, Some(&root), "without an entry in a transparency log");
    // The entry of another signature, and one whose time somebody moved.
    let mut borrowed = good.clone();
    borrowed.annotations.insert(payload::REKOR.to_owned(), sigstore.sign().annotations[payload::REKOR].clone());
    refused(&digest(), &[Found::Layer(borrowed)], &config, Some(&root), "is not accepted");
    let mut moved = good.clone();
    let mut rekor: Value = serde_json::from_str(&moved.annotations[payload::REKOR]).unwrap();
    rekor["Payload"]["integratedTime"] = json!(1_600_000_000);
    moved.annotations.insert(payload::REKOR.to_owned(), rekor.to_string());
    refused(&digest(), &[Found::Layer(moved)], &config, Some(&root), "is not accepted");
    // A root that names a log of certificates demands that the certificate is in it.
    let mut strict = sigstore.root.clone();
    strict["ctlogs"] = strict["tlogs"].clone();
    let strict = TrustRoot::parse(&strict.to_string()).unwrap();
    refused(&digest(), &[Found::Layer(good)], &config, Some(&strict), "is not accepted");
}

#[test]
fn trust_roots_lacking_something_are_refused() {
    let sigstore = Somebody::new(config::GITHUB, WORKFLOW);
    TrustRoot::parse(&json!({"trustedRoot": sigstore.root, "signingConfig": {}}).to_string()).unwrap();
    for (key, part) in [("tlogs", "no transparency log"), ("certificateAuthorities", "no certificate authority")] {
        let mut root = sigstore.root.clone();
        root[key] = json!([]);
        let text = TrustRoot::parse(&root.to_string()).map(drop).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    }
    for text in ["", "[]", "{}", "{\"mediaType\":\"x\",\"tlogs\":7}"] {
        assert!(TrustRoot::parse(text).is_err(), "{text}");
    }
}

#[test]
fn some_of_several_are_counted_by_constraint() {
    let ((one, one_pem), (two, two_pem), (_, other)) = (pair(), pair(), pair());
    let config = |minimum: usize, keys: &[&str]| {
        let signatures: Vec<_> = keys.iter().map(|key| json!({"kind": "pubKey", "key": key})).collect();
        let any_of = json!({"minimumMatches": minimum, "signatures": signatures});
        Config::parse(&json!({"apiVersion": "v1", "anyOf": any_of}).to_string()).unwrap()
    };
    let found = [Found::Layer(signed(&one, &[]).layer), Found::Layer(signed(&two, &[]).layer)];
    assert_eq!(verify(&digest(), &found, &config(2, &[&one_pem, &two_pem, &other]), None).unwrap().len(), 2);
    refused(&digest(), &found, &config(3, &[&one_pem, &two_pem, &other]), None, "3 of the signatures in `anyOf`");
    refused(&digest(), &found[..1], &config(2, &[&one_pem, &two_pem]), None, "1 are there");
}
