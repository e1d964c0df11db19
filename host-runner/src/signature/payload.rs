//! What is signed: cosign's statement about a manifest, in its old form and in its new one.
//!
//! Forms: sigstore/cosign `specs/SIGNATURE_SPEC.md` and `pkg/cosign/bundle`, read 2026-11.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::Digest;

/// Media type of a layer with the old form.
pub(crate) const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Media type of a bundle, the new form.
pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The annotations of a layer that make a signature of it.
pub(super) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
pub(super) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
pub(super) const CHAIN: &str = "dev.sigstore.cosign/chain";
pub(super) const REKOR: &str = "dev.sigstore.cosign/bundle";

const KIND: &str = "cosign container image signature";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// What a statement must be about to be a signature and not an attestation.
pub(super) const PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The old form: a text of its own, whose signature is an annotation of its layer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct SimpleSigning {
    critical: Critical,
    /// What the signer adds.
    #[serde(default)]
    pub(super) optional: Option<BTreeMap<String, Value>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

impl SimpleSigning {
    /// The text about a manifest. `repository` is `host/repository`.
    pub(super) fn text(repository: &str, digest: &Digest, annotations: &BTreeMap<String, String>) -> Vec<u8> {
        let optional = annotations.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        let this = Self {
            critical: Critical {
                identity: Identity { reference: repository.to_owned() },
                image: Image { digest: digest.to_string() },
                kind: KIND.to_owned(),
            },
            optional: (!annotations.is_empty()).then_some(optional),
        };
        serde_json::to_vec(&this).unwrap_or_default()
    }

    /// Reads a text that speaks of this manifest.
    pub(super) fn read(text: &[u8], digest: &Digest) -> Result<Self, &'static str> {
        let this: Self = serde_json::from_slice(text).map_err(|_| "its payload cannot be read")?;
        if this.critical.kind != KIND {
            return Err("its payload is no signature of an image");
        }
        if this.critical.image.digest != digest.to_string() {
            return Err("it signs another manifest");
        }
        Ok(this)
    }

    /// Whether it carries all of these.
    pub(super) fn has(&self, annotations: &BTreeMap<String, String>) -> bool {
        let own = |key: &str| self.optional.as_ref().and_then(|optional| optional.get(key)?.as_str());
        annotations.iter().all(|(key, value)| own(key) == Some(value.as_str()))
    }
}

/// The new form: the text about a manifest, in an envelope.
pub(super) fn statement(digest: &Digest) -> Vec<u8> {
    let value = json!({
        "_type": STATEMENT,
        "predicate": {},
        "predicateType": PREDICATE,
        "subject": [{"digest": {"sha256": digest.hex()}}],
    });
    serde_json::to_vec(&value).unwrap_or_default()
}

/// The bytes that are signed for an envelope (secure-systems-lab/dsse `protocol.md`).
pub(super) fn envelope_bytes(payload: &[u8]) -> Vec<u8> {
    sigstore_verify::types::dsse::pae(IN_TOTO, payload)
}

/// The bundle of a signed statement.
pub(super) fn bundle(payload: &[u8], signature: &[u8], hint: &str) -> Vec<u8> {
    let value = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": hint}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(payload),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": STANDARD.encode(signature)}],
        },
    });
    serde_json::to_vec(&value).unwrap_or_default()
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate: String,
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

/// Whether a statement signs this manifest.
pub(super) fn signs(payload_type: &str, payload: &[u8], digest: &Digest) -> Result<(), &'static str> {
    if payload_type != IN_TOTO {
        return Err("its envelope holds no in-toto statement");
    }
    let statement: Statement = serde_json::from_slice(payload).map_err(|_| "its statement cannot be read")?;
    if statement.kind != STATEMENT || statement.predicate != PREDICATE {
        return Err("it is an attestation, no signature");
    }
    let named = |subject: &Subject| subject.digest.get("sha256").is_some_and(|hex| hex == digest.hex());
    if statement.subject.iter().any(named) { Ok(()) } else { Err("it signs another manifest") }
}
