//! Arguments of `explain-credentials` and `probe`; no behaviour.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Output;
use super::cluster::{ClusterArgs, ClusterSource};
use crate::error::Exit;

/// What both commands read.
#[derive(Debug, Args)]
pub struct Subjects {
    /// Files and directories with manifests; `-` is standard input
    ///
    /// Of any kind that describes Pods. A directory stands for every *.yaml, *.yml and *.json below it.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Settings of the policy, YAML or JSON
    ///
    /// What they say about registries and builders counts; with `--cluster` the contents of Secrets are read whatever
    /// they say.
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// Namespace of objects that name none
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,

    /// The cluster with the Secrets: `none`, `live`, `self`, or a file or directory of manifests
    ///
    /// `self` takes the files themselves, `live` asks an API server by the kubeconfig that kubectl would use.
    #[arg(long, value_name = "CLUSTER", default_value = "none")]
    pub cluster: ClusterSource,

    /// Kubeconfig of `--cluster live` [default: the variable KUBECONFIG, then ~/.kube/config, then the Pod's own]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Context in the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,

    /// The node's docker config, which kubelet asks after the Secrets
    ///
    /// On most nodes `/var/lib/kubelet/config.json`.
    #[arg(long, value_name = "FILE")]
    pub node_config: Option<PathBuf>,
}

impl Subjects {
    /// The cluster in the terms of all commands.
    #[must_use]
    pub fn cluster_args(&self) -> ClusterArgs {
        ClusterArgs {
            cluster: self.cluster.clone(),
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            ..ClusterArgs::default()
        }
    }
}

/// Arguments of `explain-credentials`.
#[derive(Debug, Args)]
#[command(
    after_help = EXPLAIN_EXAMPLES,
    after_long_help = format!("{EXPLAIN_EXAMPLES}\n\n{EXPLAIN_CODES}"),
)]
pub struct ExplainCredentialsArgs {
    /// What to explain
    #[command(flatten)]
    pub subjects: Subjects,

    /// Write a picture as well, in SVG; `-` is standard output, instead of the table
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,

    /// Print a Mermaid flowchart instead of the table
    #[arg(long, conflicts_with = "output")]
    pub mermaid: bool,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  regwarden explain-credentials --cluster secrets/ ci/agent.yaml
  regwarden explain-credentials --cluster self --picture credentials.svg deploy/
  kubectl get pod agent -o yaml | regwarden explain-credentials --cluster live
  regwarden explain-credentials --mermaid --cluster self deploy/ > credentials.mmd";

const EXPLAIN_CODES: &str = "\
Credentials are shown in the order in which they are tried. No value of a Secret is printed.
Exit codes: 0 explained, 1 bug in regwarden, 2 wrong usage, 5 unreadable input.";

/// Arguments of `probe`.
#[derive(Debug, Args)]
#[command(
    after_help = PROBE_EXAMPLES,
    after_long_help = format!("{PROBE_EXAMPLES}\n\n{PROBE_CODES}"),
)]
pub struct ProbeArgs {
    /// What to probe
    #[command(flatten)]
    pub subjects: Subjects,

    /// Try the right to push too, by opening an upload and cancelling it
    ///
    /// Without it a destination is only logged in to.
    #[arg(long)]
    pub push: bool,

    /// Seconds that a request may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,

    /// Certificate of an authority to trust besides the system's, PEM; repeatable
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,

    /// A registry, host[:port] as in images, that may speak plain http or show any certificate; repeatable
    ///
    /// Whoever is between here and there can then read the credential.
    #[arg(long = "insecure-registry", value_name = "HOST")]
    pub insecure_registries: Vec<String>,

    /// A host that may see credentials as the token realm of another host's registry; repeatable
    #[arg(long = "allow-realm", value_name = "HOST")]
    pub allow_realms: Vec<String>,

    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub output: Output,
}

const PROBE_EXAMPLES: &str = "\
Examples:
  regwarden probe --cluster live agent.yaml
  regwarden probe --cluster self --push deploy/
  regwarden probe --cluster secrets/ --ca corp.pem --output json agent.yaml
  regwarden probe --cluster self --insecure-registry localhost:5000 agent.yaml";

const PROBE_CODES: &str = "\
A credential is shown to its own registry only. Redirects are not followed; a token realm on
another host is asked with --allow-realm, or where it is known (auth.docker.io for docker.io,
gitlab.com for registry.gitlab.com). A credential that is refused is not shown again. Nothing
secret is printed.
Exit codes: 0 everything works, 1 bug in regwarden, 2 wrong usage, 3 a credential fails or is
missing, 5 unreadable input, 6 it is not known (no answer, TLS, a credential that cannot be tried).
When several apply: 1, then 5, then 6, then 3, then 0.";

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=600) => Ok(Duration::from_secs(seconds)),
        _ => Err("write whole seconds from 1 to 600".to_owned()),
    }
}

/// The exit codes in the texts above are those of the binary.
const _: () = assert!(Exit::Denied as u8 == 3 && Exit::Unreadable as u8 == 5 && Exit::Unreachable as u8 == 6);
