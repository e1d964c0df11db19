//! Signatures by an identity, made as Fulcio, Rekor and cosign make them.
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test fails loudly")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SigningKey,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An authority for certificates and a log of what they signed.
pub(crate) struct Sigstore {
    authority: (CertificateParams, KeyPair),
    /// The log's own key.
    pub(crate) log: KeyPair,
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

    /// A payload and the annotations of its layer, signed by an identity with these claims of
    /// Fulcio (the last number of each name in its `docs/oid-info.md`).
    pub(crate) fn sign(&self, identity: &str, claims: &[(u64, &[u8])], digest: &str, log: &KeyPair) -> (String, Value) {
        let own = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::default();
        leaf.subject_alt_names = vec![SanType::URI(identity.try_into().unwrap())];
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        leaf.use_authority_key_identifier_extension = true;
        // A certificate of Fulcio lives ten minutes; the log must have seen it within them.
        let (now, minutes) = (SystemTime::now(), Duration::from_secs(300));
        (leaf.not_before, leaf.not_after) = ((now - minutes).into(), (now + minutes).into());
        let claim = |(last, content): &(u64, &[u8])| {
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57264, 1, *last], content.to_vec())
        };
        leaf.custom_extensions = claims.iter().map(claim).collect();
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
