//! The command line: types for clap, their help and examples; no behaviour.

pub mod artifact;
pub mod cluster;
pub mod credentials;
pub mod oci;
pub mod signature;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use self::artifact::AnnotateArgs;
use self::cluster::ClusterArgs;
use self::credentials::{ExplainCredentialsArgs, ProbeArgs};
use self::oci::{DigestArgs, ManifestArgs, PoliciesArgs, PullArgs, PushArgs, RemoteArgs};
use self::signature::{SignArgs, VerifyArgs};
use crate::error::Exit;
use crate::review::Operation;

/// Evaluate regwarden, or any Kubewarden policy, on a laptop or in a pipeline.
#[derive(Debug, Parser)]
#[command(
    name = "regwarden",
    version,
    about = "Judges the registry credentials of CI Pods before a cluster does",
    propagate_version = false,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}", Exit::HELP),
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// When to use colours
    ///
    /// `auto` colours a terminal, unless the variable NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// Say less: only objects with a finding, no summary, no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  regwarden check agent.yaml               judge a manifest
  helm template ./chart | regwarden check  judge what a chart renders
  regwarden check --fix ci/                mend every manifest below ci/
  regwarden explain builder-config-path    what a rule finds and why";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge manifests, AdmissionReviews and AdmissionRequests
    Check(CheckArgs),
    /// Evaluate one AdmissionRequest and print the AdmissionResponse, as `kwctl run` does
    Run(RunArgs),
    /// Say what the rules of a policy find, why, and how to change them
    Explain(ExplainArgs),
    /// Show which credential opens each image and each push, and why
    ExplainCredentials(ExplainCredentialsArgs),
    /// Try each credential at its registry
    Probe(ProbeArgs),
    /// Show what a Wasm module is, without running it
    Inspect(InspectArgs),
    /// Write the embedded policy to a file, for policy-server, kwctl or any other host
    Export(ExportArgs),
    /// Push a policy to a registry
    Push(PushArgs),
    /// Pull a policy from a registry into the local store
    Pull(PullArgs),
    /// Print the digest that a name in a registry stands for
    Digest(DigestArgs),
    /// Print the manifest of a policy in a registry
    Manifest(ManifestArgs),
    /// List, remove, save and load pulled policies
    Policies(PoliciesArgs),
    /// Sign a policy in a registry, as cosign does
    Sign(SignArgs),
    /// Check who has signed a policy in a registry
    Verify(VerifyArgs),
    /// Put Kubewarden's metadata into a policy
    Annotate(AnnotateArgs),
    /// Work with settings files
    #[command(subcommand, arg_required_else_help = true)]
    Settings(SettingsCommand),
    /// Print the completion script of a shell
    #[command(
        after_help = "Examples:\n  regwarden completions bash > /etc/bash_completion.d/regwarden\n  source <(regwarden completions zsh)"
    )]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = CHECK_EXAMPLES,
    after_long_help = format!("{CHECK_EXAMPLES}\n\n{CHECK_VERDICT}\n\n{}", Exit::HELP),
)]
pub struct CheckArgs {
    /// Files and directories to judge; `-` is standard input
    ///
    /// A directory stands for every *.yaml, *.yml and *.json below it, hidden ones left out. Without FILE standard
    /// input is read when something is piped into it. Manifests may hold many documents and Lists; AdmissionReviews
    /// and AdmissionRequests are recognised by their content.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Policy and settings
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// The cluster
    #[command(flatten)]
    pub cluster: ClusterArgs,

    /// Namespace of objects that name none
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,

    /// What happens to the objects
    ///
    /// A manifest does not say what it replaces: under UPDATE there is no old object, so the whole object counts as
    /// changed. Under DELETE the object is the old one. An AdmissionReview keeps its own operation.
    #[arg(long, value_enum, ignore_case = true, default_value_t = Operation::Create, value_name = "OPERATION")]
    pub operation: Operation,

    /// User name that makes the request
    #[arg(long, value_name = "NAME", default_value = "regwarden")]
    pub user: String,

    /// Show the mend as a unified diff of the manifest
    #[arg(long)]
    pub diff: bool,

    /// Write the mend into the file
    ///
    /// Comments, order and style of everything else stay. The file is replaced at once or not at all.
    #[arg(long)]
    pub fix: bool,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  regwarden check ci/agent.yaml
  regwarden check --settings settings.yaml --diff ci/
  kubectl get pod agent -o yaml | regwarden check --output json
  regwarden check --cluster secrets/ --settings settings.yaml ci/
  regwarden check --policy other.wasm review.json
  regwarden check --policy registry://ghcr.io/kubewarden/policies/pod-privileged:v1.0.10 review.json";

const CHECK_VERDICT: &str = "\
The verdict is about the mended object: an object whose every enforced finding was mended is allowed.";

/// Which policy judges, and by which settings.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Another policy than the embedded one: a Wasm file, `registry://…`, `https://…` or `sha256:…` of the store
    #[arg(short, long, value_name = "POLICY")]
    pub policy: Option<PathBuf>,

    /// Settings of the policy, YAML or JSON
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(
    after_help = concat!(
        "Examples:\n",
        "  regwarden run --request-path review.json policy.wasm\n",
        "  regwarden run -r review.json --settings-json '{\"mutate\":false}' embedded\n\n",
        "Prints the AdmissionResponse on one line, as `kwctl run` does. Unlike there, a denial ends with\n",
        "exit code 3 and a fault of the policy with 4.",
    ),
)]
pub struct RunArgs {
    /// AdmissionReview or AdmissionRequest in JSON; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub request_path: PathBuf,

    /// Settings as JSON text
    #[arg(long, value_name = "JSON", conflicts_with = "settings_path")]
    pub settings_json: Option<String>,

    /// Settings file, YAML or JSON
    #[arg(short, long, value_name = "FILE")]
    pub settings_path: Option<PathBuf>,

    /// Take the request as any JSON value
    ///
    /// Also implied by a policy whose metadata says that its type is `raw`.
    #[arg(long)]
    pub raw: bool,

    /// The cluster
    #[command(flatten)]
    pub cluster: ClusterArgs,

    /// A Wasm file, `registry://…`, `https://…`, `sha256:…` of the store, or the word `embedded`
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden explain\n  regwarden explain pull-secret-missing\n  regwarden explain --output json --policy other.wasm"
)]
pub struct ExplainArgs {
    /// The rule; without it all rules are listed
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,

    /// Another policy than the embedded one: a Wasm file, `registry://…`, `https://…` or `sha256:…` of the store
    #[arg(short, long, value_name = "POLICY")]
    pub policy: Option<PathBuf>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  regwarden export regwarden.wasm\n  regwarden export - | sha256sum")]
pub struct ExportArgs {
    /// The file to write; `-` is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  regwarden inspect policy.wasm\n  regwarden inspect --output json policy.wasm")]
pub struct InspectArgs {
    /// A Wasm file, `registry://…`, `https://…`, `sha256:…` of the store, or the word `embedded`
    #[arg(value_name = "POLICY")]
    pub file: PathBuf,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,

    /// Registries and store
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Commands about settings files.
#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Name every mistake in a settings file
    #[command(
        after_help = "Examples:\n  regwarden settings check settings.yaml\n  regwarden settings check --policy other.wasm settings.json"
    )]
    Check {
        /// The settings file, YAML or JSON; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Another policy than the embedded one: a Wasm file, `registry://…`, `https://…` or `sha256:…` of the store
        #[arg(short, long, value_name = "POLICY")]
        policy: Option<PathBuf>,

        /// Registries and store
        #[command(flatten)]
        remote: RemoteArgs,
    },
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Human,
    /// For programs; stable
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn clap_accepts_the_declaration() {
        Cli::command().debug_assert();
    }
}
