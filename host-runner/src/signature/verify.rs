//! Whether what was found beside a policy makes it trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use sigstore_verify::crypto::FulcioCiClaims;
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{Bundle, SignatureContent};
use sigstore_verify::{SubjectAltName, VerificationPolicy, Verifier};

use super::config::{Config, Constraint, GITHUB, Signer, Subject};
use super::payload::{self, SimpleSigning};
use super::{Error, Found, provider};
use crate::store::Digest;

/// Reasons told for one constraint at most.
const MOST_REASONS: usize = 5;

/// Authorities and logs that keyless signatures are checked against.
pub struct TrustRoot {
    verifier: Verifier,
    /// It names logs of certificates, so that each certificate must be in one.
    has_certificate_logs: bool,
}

impl std::fmt::Debug for TrustRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrustRoot(…)")
    }
}

impl TrustRoot {
    /// Reads a `trusted_root.json`, also within a client configuration as `--sigstore-trust-config` of policy-server
    /// takes it.
    ///
    /// # Errors
    /// When it is none, or lacks what every keyless signature needs.
    pub fn parse(text: &str) -> Result<Self, Error> {
        provider::install();
        let wrong = |reason: String| Error::TrustRoot(reason);
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| wrong("it is no JSON".to_owned()))?;
        let root = value.get("trustedRoot").unwrap_or(&value);
        let root = TrustedRoot::from_json(&root.to_string()).map_err(|error| wrong(error.to_string()))?;
        if root.certificate_authorities.is_empty() {
            return Err(wrong("it names no certificate authority (`certificateAuthorities`)".to_owned()));
        }
        if root.tlogs.is_empty() {
            return Err(wrong("it names no transparency log (`tlogs`)".to_owned()));
        }
        let verifier = Verifier::new(&root).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { verifier, has_certificate_logs: !root.ctlogs.is_empty() })
    }
}

/// Checks what was found against what is wanted, and says which constraints are fulfilled.
///
/// # Errors
/// When too few are, with the reason of each that is not; when a trust root is needed and missing.
pub fn verify(
    digest: &Digest,
    found: &[Found],
    config: &Config,
    root: Option<&TrustRoot>,
) -> Result<Vec<String>, Error> {
    provider::install();
    if root.is_none()
        && let Some(constraint) = config.constraints().find(|constraint| constraint.needs_trust_root())
    {
        return Err(Error::NoTrustRoot(constraint.to_string()));
    }
    let mut fulfilled = Vec::new();
    let mut missing = Vec::new();
    for constraint in &config.all_of {
        match fulfils(digest, found, constraint, root) {
            Ok(()) => fulfilled.push(constraint.to_string()),
            Err(reason) => missing.push(lacking(constraint, &reason)),
        }
    }
    if !missing.is_empty() {
        return Err(Error::Missing { found: found.len(), missing });
    }
    if let Some((minimum, list)) = &config.any_of {
        let before = fulfilled.len();
        for constraint in list {
            match fulfils(digest, found, constraint, root) {
                Ok(()) => fulfilled.push(constraint.to_string()),
                Err(reason) => missing.push(lacking(constraint, &reason)),
            }
        }
        let matches = fulfilled.len() - before;
        if matches < *minimum {
            return Err(Error::TooFew { minimum: *minimum, matches, missing });
        }
    }
    Ok(fulfilled)
}

/// Whether one of the signatures fulfils a constraint; else why none does, empty when there are none.
fn fulfils(digest: &Digest, found: &[Found], constraint: &Constraint, root: Option<&TrustRoot>) -> Result<(), String> {
    let mut reasons: Vec<String> = Vec::new();
    for signature in found {
        let result = match signature {
            Found::Layer(layer) => of_layer(digest, layer, constraint, root),
            Found::Bundle(text) => of_bundle(digest, text, constraint, root),
        };
        match result {
            Ok(()) => return Ok(()),
            Err(reason) if reasons.contains(&reason) => {}
            Err(reason) => reasons.push(reason),
        }
    }
    let more = reasons.len().saturating_sub(MOST_REASONS);
    reasons.truncate(MOST_REASONS);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    Err(reasons.join("; "))
}

/// Without signatures there is no reason beyond that.
fn lacking(constraint: &Constraint, reason: &str) -> String {
    if reason.is_empty() { constraint.to_string() } else { format!("{constraint}: {reason}") }
}

/// A signature in the old form.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The payload, whose digest has been checked.
    pub payload: Vec<u8>,
    /// The annotations of the layer, which nobody has checked.
    pub annotations: std::collections::BTreeMap<String, String>,
}

fn of_layer(digest: &Digest, layer: &Layer, constraint: &Constraint, root: Option<&TrustRoot>) -> Result<(), String> {
    let payload = SimpleSigning::read(&layer.payload, digest)?;
    let annotation = |key: &str| layer.annotations.get(key);
    let signature = annotation(payload::SIGNATURE).ok_or("a layer without a signature")?;
    let signature = STANDARD.decode(signature.trim()).map_err(|_| "its signature is no base64")?;
    match &constraint.signer {
        Signer::Key { key, .. } => {
            if !key.fits(&layer.payload, &signature) {
                return Err("a signature by another key, or of another payload".to_owned());
            }
        }
        signer => {
            let root = root.ok_or("there is no trust root")?;
            let certificate = annotation(payload::CERTIFICATE).ok_or("a signature without a certificate")?;
            let rekor = annotation(payload::REKOR).ok_or("a certificate without an entry in a transparency log")?;
            let chain = annotation(payload::CHAIN).map_or("", String::as_str);
            let bundle = old_bundle(&layer.payload, &signature, certificate, chain, rekor)?;
            keyless(root, &bundle, signer, |verifier, policy| verifier.verify(&layer.payload, &bundle, policy))?;
        }
    }
    if payload.has(&constraint.annotations) { Ok(()) } else { Err("a signature without these annotations".to_owned()) }
}

#[derive(Deserialize)]
struct Rekor {
    #[serde(rename = "SignedEntryTimestamp")]
    promise: String,
    #[serde(rename = "Payload")]
    payload: RekorPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RekorPayload {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

/// The annotations of the old form as the bundle of version 0.1 that they say the same as.
fn old_bundle(payload: &[u8], signature: &[u8], certificate: &str, chain: &str, rekor: &str) -> Result<Bundle, String> {
    let certificates: Vec<_> = [certificate, chain]
        .into_iter()
        .flat_map(|text| pem::parse_many(text).unwrap_or_default())
        .filter(|block| block.tag() == "CERTIFICATE")
        .map(|block| json!({"rawBytes": STANDARD.encode(block.contents())}))
        .collect();
    if certificates.is_empty() {
        return Err("its certificate is no PEM".to_owned());
    }
    let Rekor { promise, payload: entry } =
        serde_json::from_str(rekor).map_err(|_| "its entry of the transparency log cannot be read")?;
    let log = hex_bytes(&entry.log_id).ok_or("the name of its transparency log cannot be read")?;
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": certificates},
            "tlogEntries": [{
                "logIndex": entry.log_index.to_string(),
                "logId": {"keyId": STANDARD.encode(log)},
                "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
                "integratedTime": entry.integrated_time.to_string(),
                "inclusionPromise": {"signedEntryTimestamp": promise},
                "canonicalizedBody": entry.body,
            }],
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": STANDARD.encode(digest_bytes(payload))},
            "signature": STANDARD.encode(signature),
        },
    });
    Bundle::from_json(&bundle.to_string())
        .map_err(|error| format!("its entry of the transparency log is broken: {error}"))
}

fn digest_bytes(bytes: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).to_vec()
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// A signature in the new form.
fn of_bundle(digest: &Digest, text: &str, constraint: &Constraint, root: Option<&TrustRoot>) -> Result<(), String> {
    let bundle = Bundle::from_json(text).map_err(|_| "a bundle that cannot be read")?;
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
        return Err("a bundle without a statement".to_owned());
    };
    payload::signs(&envelope.payload_type, envelope.payload.as_bytes(), digest)?;
    if !constraint.annotations.is_empty() {
        return Err("a bundle, which carries no annotations".to_owned());
    }
    match &constraint.signer {
        Signer::Key { key, .. } if key.fits(&envelope.pae(), envelope.signature.sig.as_bytes()) => Ok(()),
        Signer::Key { .. } => Err("a bundle by another key, or of another statement".to_owned()),
        signer => {
            let root = root.ok_or("there is no trust root")?;
            let manifest =
                sigstore_verify::types::Sha256Hash::from_hex(digest.hex()).map_err(|error| error.to_string())?;
            keyless(root, &bundle, signer, |verifier, policy| verifier.verify(manifest, &bundle, policy))
        }
    }
}

/// Checks a signature by a certificate: its chain, its time, its place in the logs, and whose it is.
fn keyless(
    root: &TrustRoot,
    bundle: &Bundle,
    signer: &Signer,
    verify: impl FnOnce(&Verifier, &VerificationPolicy) -> sigstore_verify::Result<sigstore_verify::VerificationResult>,
) -> Result<(), String> {
    if bundle.verification_material.tlog_entries.is_empty() {
        return Err("a certificate without an entry in a transparency log".to_owned());
    }
    let issuer = if let Signer::Issuer { issuer, .. } = signer { issuer.as_str() } else { GITHUB };
    let mut policy = VerificationPolicy::any_identity().require_issuer(issuer);
    // A trust root without logs of certificates is of an authority that keeps none; what it does name is demanded.
    if !root.has_certificate_logs {
        policy = policy.skip_sct();
    }
    let verified =
        verify(&root.verifier, &policy).map_err(|error| format!("a keyless signature is not accepted: {error}"))?;
    let identity = verified.identity().ok_or("a certificate without an identity")?;
    match signer {
        Signer::Issuer { subject, .. } if is(subject, identity) => Ok(()),
        Signer::GithubAction { owner, repo } => {
            let claims = verified.certificate().map(|certificate| &certificate.ci_claims);
            let repository = claims.and_then(repository).ok_or("a certificate of no repository of GitHub")?;
            let (found_owner, found_repo) = repository.split_once('/').unwrap_or((repository, ""));
            // Names on GitHub are the same in capitals.
            let is_wanted = found_owner.eq_ignore_ascii_case(owner)
                && repo.as_ref().is_none_or(|repo| found_repo.eq_ignore_ascii_case(repo));
            if is_wanted {
                Ok(())
            } else {
                Err(format!("a signature by a workflow of github.com/{}", shown(repository)))
            }
        }
        _ => Err(format!("a signature by {}", shown(identity.as_str()))),
    }
}

fn is(subject: &Subject, identity: &SubjectAltName) -> bool {
    match (subject, identity) {
        (Subject::Equal(subject), identity) => identity.as_str() == subject,
        (Subject::UrlPrefix(prefix), SubjectAltName::Uri(uri)) => uri.starts_with(prefix.as_str()),
        (Subject::UrlPrefix(_), _) => false,
    }
}

/// The repository for which a workflow ran, as `owner/repository`, as Kubewarden takes it (policy-fetcher
/// `verify/verification_constraints.rs`). The identity names the file of the workflow instead, which anybody can call
/// from a repository of theirs when it is reusable.
fn repository(claims: &FulcioCiClaims) -> Option<&str> {
    let new = claims.source_repository_uri.as_deref().map(|uri| uri.strip_prefix("https://github.com/"));
    let old = claims.deprecated_github.workflow_repository.as_deref();
    match (new, old) {
        (Some(new), Some(old)) => new.filter(|new| *new == old),
        (Some(new), None) => new,
        (None, old) => old,
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
