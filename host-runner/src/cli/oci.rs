//! Arguments of what works with policies in registries and in the local store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Output;

/// The exit codes of these commands, in the words of `--help`.
const EXITS: &str = "\
Exit codes: 0 done, 1 bug in regwarden, 2 wrong usage, 5 the registry, the store or a file refuses;
the message says why and what to do next.";

const NAMES: &str = "\
A policy is named registry://HOST[:PORT]/REPOSITORY[:TAG][@sha256:…]; here `registry://` may be left out.
Without a tag it is `latest`. Credentials are those of docker: `docker login HOST`, credential helpers,
DOCKER_CONFIG, or a REGISTRY_AUTH_FILE as podman's.";

/// How registries are reached and where policies are kept.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Policies from registries")]
pub struct RemoteArgs {
    /// Ask nobody: use what the store has
    ///
    /// Otherwise a tag is resolved every time, because it may have moved. A name with a digest (`@sha256:…`) that is in
    /// the store is never asked for.
    #[arg(long, hide_short_help = true)]
    pub offline: bool,

    /// Where pulled policies are kept
    ///
    /// Default: $XDG_DATA_HOME/regwarden/store, else ~/.local/share/regwarden/store.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub store: Option<PathBuf>,

    /// Accept any certificate of this registry, and plain http; may be repeated
    #[arg(long, value_name = "HOST[:PORT]", hide_short_help = true)]
    pub insecure_registry: Vec<String>,

    /// Trust the certificate authorities in this file (PEM or DER), besides the system's; may be repeated
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub ca: Vec<PathBuf>,

    /// Insecure registries, authorities and proxies, as Kubewarden's `sources.yaml`
    ///
    /// Default: ~/.config/kubewarden/sources.yaml, if it exists. Proxies are taken from HTTPS_PROXY, HTTP_PROXY and
    /// NO_PROXY first.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub sources: Option<PathBuf>,

    /// Whose signatures a policy from a registry must have, as Kubewarden's `verification-config.yml`
    ///
    /// Without them it is not used. Default: ~/.config/kubewarden/verification-config.yml, if it exists. Files and the
    /// embedded policy are used as they are.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub verification_config: Option<PathBuf>,

    /// Authorities and logs that keyless signatures are checked against: a `trusted_root.json`
    ///
    /// Without it a keyless signature is never accepted.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub trust_root: Option<PathBuf>,

    /// Time for everything that is asked of a registry
    #[arg(long, value_name = "SECONDS", default_value_t = 300, hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// Arguments of `push`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden push policy.wasm registry.corp.example/policies/own:v1\n  regwarden push --output json policy.wasm registry://localhost:5000/own:v1 --insecure-registry localhost:5000",
    after_long_help = format!("Examples:\n  regwarden push policy.wasm registry.corp.example/policies/own:v1\n  regwarden push --output json policy.wasm registry://localhost:5000/own:v1 --insecure-registry localhost:5000\n\n{NAMES}\n\nThe manifest is the one that kwctl writes: the same policy has the same digest, whoever pushes it.\n\n{EXITS}"),
)]
pub struct PushArgs {
    /// A Wasm file, the word `embedded`, or a policy in a registry or in the store
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,

    /// Where to push it; with a tag
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Push a module that has no metadata
    #[arg(short, long)]
    pub force: bool,

    /// Sign what was pushed with this private key, as `regwarden sign` does
    #[arg(long, value_name = "FILE")]
    pub sign_key: Option<PathBuf>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `pull`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden pull registry.corp.example/policies/own:v1\n  regwarden pull ghcr.io/kubewarden/policies/pod-privileged:v1.0.10 policy.wasm",
    after_long_help = format!("Examples:\n  regwarden pull registry.corp.example/policies/own:v1\n  regwarden pull ghcr.io/kubewarden/policies/pod-privileged:v1.0.10 policy.wasm\n  regwarden pull https://example.com/policy.wasm\n\n{NAMES}\n\nA download that was interrupted continues where it stopped. A module is in the store when all of it has\narrived and has the digest that its manifest names.\n\n{EXITS}"),
)]
pub struct PullArgs {
    /// The policy, in a registry or at an `https://` address
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Also write the module into this file; `-` is standard output
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `digest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden digest registry.corp.example/policies/own:v1\n  regwarden check --policy registry://$(regwarden digest registry.corp.example/policies/own:v1) pod.yaml",
    after_long_help = format!("Examples:\n  regwarden digest registry.corp.example/policies/own:v1\n  regwarden check --policy registry://$(regwarden digest registry.corp.example/policies/own:v1) pod.yaml\n\n{NAMES}\n\n{EXITS}"),
)]
pub struct DigestArgs {
    /// The policy
    #[arg(value_name = "NAME")]
    pub name: String,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `manifest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden manifest registry.corp.example/policies/own:v1\n  regwarden manifest registry.corp.example/policies/own:v1 | sha256sum",
    after_long_help = format!("Examples:\n  regwarden manifest registry.corp.example/policies/own:v1\n  regwarden manifest registry.corp.example/policies/own:v1 | sha256sum\n\nPrints the bytes that the registry has, an image index included.\n\n{NAMES}\n\n{EXITS}"),
)]
pub struct ManifestArgs {
    /// The policy
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `policies`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  regwarden policies\n  regwarden policies save --file policies.tar registry://registry.corp.example/policies/own:v1\n  regwarden policies load policies.tar",
    after_long_help = format!("Examples:\n  regwarden policies\n  regwarden policies --output json\n  regwarden policies save --file policies.tar registry://registry.corp.example/policies/own:v1\n  regwarden policies load policies.tar\n\n{EXITS}"),
)]
pub struct PoliciesArgs {
    /// What to do; without it the policies are listed
    #[command(subcommand)]
    pub command: Option<PoliciesCommand>,

    /// Where and how
    #[command(flatten)]
    pub list: StoreArgs,
}

/// Which store, and how its answer is printed.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where pulled policies are kept
    ///
    /// Default: $XDG_DATA_HOME/regwarden/store, else ~/.local/share/regwarden/store.
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,
}

/// Commands about the local store.
#[derive(Debug, Subcommand)]
pub enum PoliciesCommand {
    /// Forget policies and remove what nothing else needs
    #[command(
        after_help = "Examples:\n  regwarden policies rm registry://registry.corp.example/policies/own:v1\n  regwarden policies rm sha256:1f3870be274f"
    )]
    Rm {
        /// Names, or digests of modules or manifests, or their first digits (six at least)
        #[arg(value_name = "POLICY", required = true)]
        policies: Vec<String>,

        /// Where and how
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Write policies into one file, to carry them over an air gap
    ///
    /// The file is an OCI image layout in a tar: skopeo reads it as `oci-archive:`.
    #[command(
        after_help = "Examples:\n  regwarden policies save --file policies.tar\n  regwarden policies save --file own.tar registry://registry.corp.example/policies/own:v1"
    )]
    Save {
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,

        /// Names or digests; without them all
        #[arg(value_name = "POLICY")]
        policies: Vec<String>,

        /// Where and how
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Read policies from a file that `save`, or skopeo, wrote
    #[command(
        after_help = "Examples:\n  regwarden policies load policies.tar\n  regwarden check --offline --policy registry://registry.corp.example/policies/own:v1 pod.yaml"
    )]
    Load {
        /// The file to read
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Where and how
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Remove what no name needs any more, and downloads that nobody continued for a day
    #[command(after_help = "Examples:\n  regwarden policies gc\n  regwarden policies gc --output json")]
    Gc {
        /// Where and how
        #[command(flatten)]
        store: StoreArgs,
    },
}
