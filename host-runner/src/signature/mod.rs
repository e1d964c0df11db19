//! Signatures of policies as cosign makes them: made, and checked against what the user trusts.
//!
//! Whatever is missing or cannot be checked is told and nothing is trusted for it.

pub mod config;
mod kept;
pub mod key;
mod payload;
mod provider;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use config::{Config, ConfigError};
pub use kept::{keep, kept};
pub use key::{KeyError, PrivateKey, PublicKey};
pub(crate) use payload::{BUNDLE, SIMPLE_SIGNING};
pub use sign::{Signed, sign};
pub use verify::{Layer, TrustRoot, verify};

/// A signature beside a policy, not yet checked.
#[derive(Clone, Debug)]
pub enum Found {
    /// In the old form: a layer under the tag `sha256-….sig`.
    Layer(Layer),
    /// In the new form: a bundle that refers to the manifest.
    Bundle(String),
}

/// Why a policy is not trusted, or cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A keyless signature is wanted, and there is nothing to check it against.
    #[error(
        "a signature by {0} is wanted, which takes a trust root to check: name a `trusted_root.json` with `--trust-root FILE`"
    )]
    NoTrustRoot(String),
    /// A trust root that is none.
    #[error("it is no trust root that keyless signatures can be checked against: {0}; name a `trusted_root.json`")]
    TrustRoot(String),
    /// Signatures that all are wanted are missing.
    #[error("{}{}", none_of(*found), listed(.missing))]
    Missing {
        /// Signatures that were looked at.
        found: usize,
        /// Each missing one with its reason.
        missing: Vec<String>,
    },
    /// Too few of those of which some are wanted.
    #[error("{minimum} of the signatures in `anyOf` are wanted and {matches} are there; missing{}", listed(.missing))]
    TooFew {
        /// How many are wanted.
        minimum: usize,
        /// How many are there.
        matches: usize,
        /// Each missing one with its reason.
        missing: Vec<String>,
    },
    /// The signed manifest leads to another module.
    #[error("the module has the digest {actual}, and the signed manifest names {signed}; pull the policy again")]
    Module {
        /// The module that is here.
        actual: String,
        /// The module that was signed.
        signed: String,
    },
    /// Its kind of name has no signatures.
    #[error(
        "signatures are wanted (`--verification-config`), and only policies in registries have some; name it as `registry://…`"
    )]
    NoRegistry,
    /// Nobody may be asked.
    #[error(
        "its signatures were not kept here, and `--offline` keeps from asking its registry; `regwarden pull` it where the registry answers, `policies save` carries them along"
    )]
    Offline,
    /// What was kept cannot be read.
    #[error("its signatures that were kept here cannot be read; `regwarden pull` it again")]
    Kept,
    /// The signed manifest is none of a policy.
    #[error("what was signed is no policy: {0}")]
    Unfit(String),
    /// The system cannot sign.
    #[error("the signature cannot be made: {0}")]
    Signing(String),
}

fn none_of(found: usize) -> String {
    match found {
        0 => "it has no signature, and is to have one by".to_owned(),
        1 => "its signature is not one by".to_owned(),
        many => format!("of its {many} signatures none is by"),
    }
}

fn listed(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ", line.as_str()]).collect()
}
