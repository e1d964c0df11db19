//! What sigstore's crates calculate with: ring, which TLS uses too, and p256 where a digest is all there is.
//!
//! Their own choice would be aws-lc, a second cryptographic library and a minute of compiling C.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use ring::digest::{Context, SHA256, SHA384, SHA512};
use ring::rand::SystemRandom;
use ring::signature::{self as sig, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey, VerificationAlgorithm};
use sigstore_verify::crypto::error::{Error, Result};
use sigstore_verify::crypto::{
    CryptoProvider, HashContext, KeyAlgorithm, SigningKeyPair, SigningScheme, install_default_provider,
};
use sigstore_verify::types::HashAlgorithm;

/// The provider for this process.
static RING: Ring = Ring;

/// Makes sigstore's crates calculate with [`Ring`]. To be called before anything else of theirs; again does no harm.
pub(super) fn install() {
    // An error says that it is installed.
    let _ = install_default_provider(&RING);
}

#[derive(Debug)]
struct Ring;

struct Hash(Context);

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

struct P256(EcdsaKeyPair);

impl SigningKeyPair for P256 {
    fn algorithm(&self) -> KeyAlgorithm {
        KeyAlgorithm::EcdsaP256
    }

    fn public_key_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn sign_raw(&self, data: &[u8]) -> Result<Vec<u8>> {
        let signature = self.0.sign(&SystemRandom::new(), data);
        signature
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| Error::Signing("ring cannot sign".to_owned()))
    }

    fn sign_prehashed(&self, _: &[u8]) -> Result<Vec<u8>> {
        Err(Error::UnsupportedAlgorithm("signing of digests".to_owned()))
    }
}

fn algorithm(scheme: SigningScheme) -> Result<&'static dyn VerificationAlgorithm> {
    Ok(match scheme {
        SigningScheme::EcdsaP256Sha256 => &sig::ECDSA_P256_SHA256_ASN1,
        SigningScheme::EcdsaP256Sha384 => &sig::ECDSA_P256_SHA384_ASN1,
        SigningScheme::EcdsaP384Sha256 => &sig::ECDSA_P384_SHA256_ASN1,
        SigningScheme::EcdsaP384Sha384 => &sig::ECDSA_P384_SHA384_ASN1,
        SigningScheme::Ed25519 => &sig::ED25519,
        SigningScheme::RsaPssSha256 => &sig::RSA_PSS_2048_8192_SHA256,
        SigningScheme::RsaPssSha384 => &sig::RSA_PSS_2048_8192_SHA384,
        SigningScheme::RsaPssSha512 => &sig::RSA_PSS_2048_8192_SHA512,
        SigningScheme::RsaPkcs1Sha256 => &sig::RSA_PKCS1_2048_8192_SHA256,
        SigningScheme::RsaPkcs1Sha384 => &sig::RSA_PKCS1_2048_8192_SHA384,
        SigningScheme::RsaPkcs1Sha512 => &sig::RSA_PKCS1_2048_8192_SHA512,
        other => return Err(unsupported(other)),
    })
}

fn unsupported(scheme: SigningScheme) -> Error {
    Error::UnsupportedAlgorithm(scheme.name().to_owned())
}

fn invalid() -> Error {
    Error::Verification("the signature does not fit".to_owned())
}

impl CryptoProvider for Ring {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        let algorithm = match algorithm {
            HashAlgorithm::Sha2256 => &SHA256,
            HashAlgorithm::Sha2384 => &SHA384,
            HashAlgorithm::Sha2512 => &SHA512,
            other => return Err(Error::UnsupportedAlgorithm(other.to_string())),
        };
        Ok(Box::new(Hash(Context::new(algorithm))))
    }

    fn verify_raw(&self, scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Result<()> {
        UnparsedPublicKey::new(algorithm(scheme)?, key).verify(data, signature).map_err(|_| invalid())
    }

    /// Ring takes no digests, so this is for the one scheme of Fulcio's certificates.
    fn verify_prehashed(&self, scheme: SigningScheme, key: &[u8], digest: &[u8], signature: &[u8]) -> Result<()> {
        if scheme != SigningScheme::EcdsaP256Sha256 {
            return Err(unsupported(scheme));
        }
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| invalid())?;
        let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| invalid())?;
        key.verify_prehash(digest, &signature).map_err(|_| invalid())
    }

    fn key_pair_from_pkcs8_der(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKeyPair>> {
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&sig::ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &random)
            .map(|pair| Box::new(P256(pair)) as Box<dyn SigningKeyPair>)
            .map_err(|error| Error::InvalidKeyFormat(error.to_string()))
    }
}
