//! A signature of a manifest, in both forms.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::PrivateKey;
use super::payload::{self, SimpleSigning};
use super::{Error, Found, Layer};
use crate::store::Digest;

/// A signature in both forms.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The old form, which policy-server reads.
    pub layer: Layer,
    /// The new form, which cosign 3 reads.
    pub bundle: Vec<u8>,
}

/// Signs a manifest. `repository` is `host/repository`; annotations are carried by the old form alone.
///
/// # Errors
/// When the system cannot sign.
pub fn sign(
    key: &PrivateKey,
    repository: &str,
    digest: &Digest,
    annotations: &BTreeMap<String, String>,
) -> Result<Signed, Error> {
    let text = SimpleSigning::text(repository, digest, annotations);
    let signature = STANDARD.encode(key.sign(&text)?);
    let statement = payload::statement(digest);
    let sealed = key.sign(&payload::envelope_bytes(&statement))?;
    let hint = key.public().map_err(|error| Error::Signing(error.to_string()))?.hint();
    Ok(Signed {
        layer: Layer { payload: text, annotations: BTreeMap::from([(payload::SIGNATURE.to_owned(), signature)]) },
        bundle: payload::bundle(&statement, &sealed, &hint),
    })
}

impl Signed {
    /// Its forms as they are found again.
    #[must_use]
    pub fn found(&self) -> [Found; 2] {
        [Found::Layer(self.layer.clone()), Found::Bundle(String::from_utf8_lossy(&self.bundle).into_owned())]
    }
}
