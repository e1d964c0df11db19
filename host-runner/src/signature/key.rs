//! Keys: a private one to sign with, plain or as cosign encrypts it, and public ones to check with.

use std::fmt;

use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use serde::Deserialize;
use sigstore_verify::crypto::{KeyAlgorithm, KeyPair, SigningScheme, VerificationKey};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};
use zeroize::Zeroizing;

use super::provider;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Most memory in bytes that the derivation of a key from a password may take. Cosign's parameters take 32 MiB.
const MOST_MEMORY: u64 = 256 << 20;

/// The labels under which cosign keeps encrypted keys, the newer one first.
const ENCRYPTED: [&str; 2] = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

/// Why a key cannot be used. No part of a key is in any text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No PEM.
    #[error("it is no PEM file; a key begins with a line such as `-----BEGIN {0}-----`")]
    NotPem(&'static str),
    /// PEM of something else.
    #[error("it holds `{is}`; {next}")]
    Label {
        /// What it is.
        is: String,
        /// What to do.
        next: &'static str,
    },
    /// Another kind of key.
    #[error("it is no ECDSA key on the curve P-256; make one with `cosign generate-key-pair`")]
    NotP256,
    /// A public key of a kind that nobody signs policies with.
    #[error("its kind of key is not supported; use ECDSA on P-256 or P-384, Ed25519, or RSA of at least 2048 bits")]
    Unsupported,
    /// An encrypted key without a password.
    #[error("it is encrypted: put its password into the environment variable COSIGN_PASSWORD")]
    NoPassword,
    /// The password is another one.
    #[error("the password in COSIGN_PASSWORD does not open it")]
    WrongPassword,
    /// It is not encrypted as cosign does it.
    #[error("it is not encrypted as cosign does it ({0}); make one with `cosign generate-key-pair`")]
    Envelope(&'static str),
}

/// A private key.
pub struct PrivateKey {
    pair: KeyPair,
    public: DerPublicKey,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

#[derive(Deserialize)]
struct Envelope {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl PrivateKey {
    /// Reads a key in PEM: PKCS #8, or what `cosign generate-key-pair` writes.
    ///
    /// # Errors
    /// When it is something else, or the password does not open it.
    pub fn parse(text: &[u8], password: Option<&[u8]>) -> Result<Self, KeyError> {
        provider::install();
        let block = pem::parse(text).map_err(|_| KeyError::NotPem("PRIVATE KEY"))?;
        let label = block.tag().to_owned();
        let contents = Zeroizing::new(block.into_contents());
        let der = match &*label {
            "PRIVATE KEY" => contents,
            label if ENCRYPTED.contains(&label) => open(&contents, password.ok_or(KeyError::NoPassword)?)?,
            "EC PRIVATE KEY" => {
                let next = "turn it into PKCS #8 with `openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW`";
                return Err(KeyError::Label { is: label, next });
            }
            _ => return Err(KeyError::Label { is: short(&label), next: "name the private key" }),
        };
        let pair = KeyPair::from_pkcs8_der(&der).map_err(|_| KeyError::NotP256)?;
        let public = pair.public_key_der().map_err(|_| KeyError::NotP256)?;
        Ok(Self { pair, public })
    }

    /// The public half.
    ///
    /// # Errors
    /// When it has none that could be used.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        PublicKey::of_der(self.public.clone())
    }

    /// The signature of some bytes: ECDSA over their SHA-256, in DER.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, super::Error> {
        let signature = self.pair.sign(bytes).map_err(|error| super::Error::Signing(error.to_string()))?;
        Ok(signature.as_bytes().to_vec())
    }
}

/// Opens an encrypted key: scrypt for the password, NaCl's secretbox for the content (`secure-systems-lab/go-securesystemslib`,
/// `encrypted`).
fn open(contents: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let envelope: Envelope =
        serde_json::from_slice(contents).map_err(|_| KeyError::Envelope("no JSON of that shape"))?;
    if envelope.kdf.name != "scrypt" || envelope.cipher.name != "nacl/secretbox" {
        return Err(KeyError::Envelope("neither scrypt nor nacl/secretbox"));
    }
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| KeyError::Envelope("no base64"));
    let (salt, nonce) = (decoded(&envelope.kdf.salt)?, decoded(&envelope.cipher.nonce)?);
    let ciphertext = decoded(&envelope.ciphertext)?;
    let Params { n, r, p } = envelope.kdf.params;
    let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
    if !n.is_power_of_two() || memory > MOST_MEMORY || !(1..=16).contains(&p) {
        return Err(KeyError::Envelope("its parameters of scrypt are out of bounds"));
    }
    let log_n = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
    let params = scrypt::Params::new(log_n, r, p, 32).map_err(|_| KeyError::Envelope("odd parameters of scrypt"))?;
    let mut derived = Zeroizing::new([0; 32]);
    scrypt::scrypt(password, &salt, &params, &mut *derived).map_err(|_| KeyError::Envelope("odd length of a key"))?;
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| KeyError::Envelope("its nonce has not 24 bytes"))?;
    let secretbox = XSalsa20Poly1305::new(Key::from_slice(&*derived));
    let opened = secretbox.decrypt(Nonce::from_slice(&nonce), &*ciphertext).map_err(|_| KeyError::WrongPassword)?;
    Ok(Zeroizing::new(opened))
}

/// A public key.
pub struct PublicKey {
    key: VerificationKey,
    der: DerPublicKey,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.hint())
    }
}

impl PublicKey {
    /// Reads a key in PEM, as `cosign.pub`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        let block = pem::parse(text).map_err(|_| KeyError::NotPem("PUBLIC KEY"))?;
        if block.tag() != "PUBLIC KEY" {
            return Err(KeyError::Label { is: short(block.tag()), next: "name the public key, such as `cosign.pub`" });
        }
        Self::of_der(DerPublicKey::new(block.into_contents()))
    }

    fn of_der(der: DerPublicKey) -> Result<Self, KeyError> {
        provider::install();
        let algorithm = KeyAlgorithm::from_spki(&der).map_err(|_| KeyError::Unsupported)?;
        let key = match algorithm {
            // As cosign signs with RSA.
            KeyAlgorithm::Rsa => VerificationKey::from_spki_with_scheme(&der, SigningScheme::RsaPkcs1Sha256),
            // As cosign signs with P-384: SHA-256 whatever the curve.
            KeyAlgorithm::EcdsaP384 => VerificationKey::from_spki_with_scheme(&der, SigningScheme::EcdsaP384Sha256),
            _ => VerificationKey::from_spki(&der),
        };
        Ok(Self { key: key.map_err(|_| KeyError::Unsupported)?, der })
    }

    /// Whether a signature over some bytes is by this key.
    pub(super) fn fits(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.key.verify(bytes, &SignatureBytes::from_bytes(signature)).is_ok()
    }

    /// By what cosign's bundles tell keys apart: base64 of the SHA-256 of the key.
    #[must_use]
    pub fn hint(&self) -> String {
        use sha2::{Digest as _, Sha256};
        STANDARD.encode(Sha256::digest(self.der.as_bytes()))
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
