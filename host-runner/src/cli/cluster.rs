//! Arguments about the cluster that a policy may ask; no behaviour.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// Where these arguments stand in the help. Each names it, for a heading of all would go on over what follows them.
const HEADING: &str = "Cluster";

/// Which cluster there is, and what of it a policy may see.
#[derive(Clone, Debug, Default, Args)]
pub struct ClusterArgs {
    /// The cluster that the policy may ask: `none`, `live`, `self`, or a file or directory of manifests
    ///
    /// Manifests of Secrets, ServiceAccounts, Namespaces and whatever else the policy asks for stand for a cluster that
    /// holds them; `stringData` is read as well as `data`. `self` takes the checked files themselves, so that a GitOps
    /// repository is judged as a whole. `live` asks an API server, by the kubeconfig that kubectl would use.
    #[arg(long, help_heading = HEADING, value_name = "CLUSTER", default_value = "none")]
    pub cluster: ClusterSource,

    /// Kubeconfig of `--cluster live` [default: the variable KUBECONFIG, then ~/.kube/config, then the Pod's own]
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Context in the kubeconfig [default: the current one]
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    pub context: Option<String>,

    /// A kind that the policy may read beyond those that its metadata names, such as v1/Secret; repeatable
    #[arg(long = "allow-resource", help_heading = HEADING, value_name = "VERSION/KIND")]
    pub allow_resources: Vec<ResourceKind>,

    /// Host capabilities of the policy, such as `kubernetes/get_resource` [default: `kubernetes/*` with a cluster]
    ///
    /// Repeatable; in Kubewarden's notation. An empty text grants none.
    #[arg(long = "allow-capability", help_heading = HEADING, value_name = "PATTERN")]
    pub allow_capabilities: Vec<String>,
}

/// Where the cluster's objects come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClusterSource {
    /// There is no cluster.
    #[default]
    None,
    /// An API server.
    Live,
    /// The checked files.
    Own,
    /// Manifests in a file or below a directory.
    Manifests(PathBuf),
}

impl FromStr for ClusterSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "live" => Ok(Self::Live),
            "self" => Ok(Self::Own),
            "" => Err("name a file or directory, or one of `none`, `live`, `self`".to_owned()),
            "-" => Err("the manifests of a cluster come from a file or directory, not from standard input".to_owned()),
            path => Ok(Self::Manifests(PathBuf::from(path))),
        }
    }
}

/// A kind as a policy's metadata names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceKind {
    /// `v1`, or `group/version`.
    pub api_version: String,
    /// The kind, such as `Secret`.
    pub kind: String,
}

impl FromStr for ResourceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_kind = |kind: &str| {
            kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.chars().all(|c| c.is_ascii_alphanumeric())
        };
        match text.rsplit_once('/') {
            Some((api_version, kind)) if !api_version.is_empty() && is_kind(kind) => {
                Ok(Self { api_version: api_version.to_owned(), kind: kind.to_owned() })
            }
            _ => Err("write the apiVersion and the kind, such as `v1/Secret` or `apps/v1/Deployment`".to_owned()),
        }
    }
}
