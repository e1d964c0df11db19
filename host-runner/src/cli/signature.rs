//! Arguments of the commands that sign policies and check signatures.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::Output;
use super::oci::RemoteArgs;

/// What a signature carries, as `KEY=VALUE`.
fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// Where a signature is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// In both places
    Both,
    /// Under cosign's tag `sha256-….sig`, where kwctl and policy-server look
    Tag,
    /// As a bundle that refers to the manifest, where cosign 3 looks
    Referrer,
}

impl Layout {
    /// Whether it is put under the tag.
    #[must_use]
    pub fn tag(self) -> bool {
        self != Self::Referrer
    }

    /// Whether it is put beside the manifest as a referrer.
    #[must_use]
    pub fn referrer(self) -> bool {
        self != Self::Tag
    }
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden sign --key cosign.key registry.corp.example/policies/own:v1\n  COSIGN_PASSWORD=… regwarden sign --key cosign.key --annotation env=prod registry.corp.example/policies/own:v1",
    after_long_help = "Examples:\n  regwarden sign --key cosign.key registry.corp.example/policies/own:v1\n  COSIGN_PASSWORD=… regwarden sign --key cosign.key --annotation env=prod registry.corp.example/policies/own:v1\n\nNothing is sent to a transparency log: with cosign, check it with\n`cosign verify --key cosign.pub --insecure-ignore-tlog`. A cosign 2 that finds the bundle fetches a trust root, or takes\n`--trusted-root FILE`; for one without network, sign with `--layout tag`.\nA second signature by the same key is not added."
)]
pub struct SignArgs {
    /// The policy in its registry; what the tag stands for now is signed
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Private key, ECDSA on P-256: PKCS #8, or as `cosign generate-key-pair` writes it
    ///
    /// The password of an encrypted key is read from COSIGN_PASSWORD.
    #[arg(short, long, value_name = "FILE")]
    pub key: PathBuf,

    /// What the signature shall carry; may be repeated
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = annotation)]
    pub annotation: Vec<(String, String)>,

    /// Where to put the signature
    #[arg(long, value_enum, default_value_t = Layout::Both, value_name = "PLACE")]
    pub layout: Layout,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("wanted").args(["key", "verification_config"]),
    after_help = "Examples:\n  regwarden verify --key cosign.pub registry.corp.example/policies/own:v1\n  regwarden verify --verification-config verification-config.yml --trust-root trusted_root.json \\\n    ghcr.io/kubewarden/policies/pod-privileged:v1.0.10",
    after_long_help = "Examples:\n  regwarden verify --key cosign.pub registry.corp.example/policies/own:v1\n  regwarden verify --verification-config verification-config.yml --trust-root trusted_root.json \\\n    ghcr.io/kubewarden/policies/pod-privileged:v1.0.10\n\nThe form of verification-config.yml is Kubewarden's. Signatures by identities (`genericIssuer`, `githubAction`) are\nchecked against the authorities and logs of the trust root alone; without one they are refused.\n\nWithout `--key` and `--verification-config` the user's own verification-config.yml says who must have signed.\n\nPrints the name by its digest: what was verified cannot move."
)]
pub struct VerifyArgs {
    /// The policy in its registry
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Public key that must have signed; may be repeated, then each of them
    #[arg(short, long, value_name = "FILE")]
    pub key: Vec<PathBuf>,

    /// What signatures by `--key` must carry; may be repeated
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = annotation, requires = "key")]
    pub annotation: Vec<(String, String)>,

    /// A module that must be the one that was signed
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries, and whose signatures are wanted
    #[command(flatten)]
    pub remote: RemoteArgs,
}
