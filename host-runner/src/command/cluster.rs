//! The cluster of one invocation, and what its policy may ask of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::output::Terminal;
use super::progress::Progress;
use crate::cli::cluster::{ClusterArgs, ClusterSource};
use crate::cluster::{self, Capabilities, Cluster, ConnectError, Connection, Grants, Live, Objects, Patterns};
use crate::error::Error;
use crate::module::Metadata;

/// Kinds that the embedded policy asks for.
const EMBEDDED: [(&str, &str); 2] = [("v1", "Secret"), ("v1", "ServiceAccount")];

/// Time of a guest that may ask an API server; the longest that an API server itself waits for a webhook by default.
pub(super) const LIVE_DEADLINE: Duration = Duration::from_secs(10);

/// What a cluster is made of when the command line says `self`.
pub(super) type Own<'a> = &'a mut dyn FnMut() -> Result<Objects, Error>;

/// Finds mistakes in the arguments before anything is read.
///
/// # Errors
/// Arguments that make no sense together, patterns that are none.
pub(super) fn check(args: &ClusterArgs) -> Result<(), Error> {
    if args.cluster != ClusterSource::Live {
        for (given, flag) in [(args.kubeconfig.is_some(), "--kubeconfig"), (args.context.is_some(), "--context")] {
            if given {
                return Err(Error::Usage(format!("`{flag}` is about an API server: add `--cluster live`")));
            }
        }
    }
    patterns(args).map(|_| ())
}

fn patterns(args: &ClusterArgs) -> Result<Patterns, Error> {
    let given = &args.allow_capabilities;
    let by_default: &[&str] = if args.cluster == ClusterSource::None { &[] } else { &["kubernetes/*"] };
    let parsed = match given.as_slice() {
        [] => Patterns::parse(by_default),
        [nothing] if nothing.is_empty() => Ok(Patterns::default()),
        given => Patterns::parse(given),
    };
    parsed.map_err(|error| Error::Usage(format!("`--allow-capability`: {error}")))
}

/// Opens the cluster; none without one. `namespace` is that of objects which name none; `own` reads the checked files.
///
/// # Errors
/// Every mistake in the manifests; each mistake of a kubeconfig; an API server that does not answer.
pub(super) fn open(
    args: &ClusterArgs,
    namespace: Option<&str>,
    own: Own<'_>,
    terminal: &Terminal,
) -> Result<Option<Arc<dyn Cluster>>, Error> {
    check(args)?;
    Ok(match &args.cluster {
        ClusterSource::None => None,
        ClusterSource::Own => Some(Arc::new(own()?)),
        ClusterSource::Manifests(path) => Some(Arc::new(manifests(path, namespace)?)),
        ClusterSource::Live => {
            let _progress = Progress::start(terminal, "connecting to the cluster".to_owned());
            let connection = Connection {
                kubeconfig: args.kubeconfig.clone(),
                context: args.context.clone(),
                timeout: LIVE_DEADLINE,
            };
            Some(Arc::new(Live::connect(&connection).map_err(|error| unusable(&error))?))
        }
    })
}

fn unusable(error: &ConnectError) -> Error {
    Error::Cluster { messages: vec![error.to_string()], manifests: false }
}

fn manifests(path: &Path, namespace: Option<&str>) -> Result<Objects, Error> {
    cluster::read(path, namespace.unwrap_or("default")).map_err(|mistakes| Error::Cluster {
        messages: mistakes.iter().map(ToString::to_string).collect(),
        manifests: true,
    })
}

/// The host calls of a policy: what its metadata (none for the embedded policy) and the command line grant.
///
/// # Errors
/// As [`check`].
pub(super) fn capabilities(
    args: &ClusterArgs,
    metadata: Option<&Metadata>,
    embedded: bool,
    cluster: Option<Arc<dyn Cluster>>,
) -> Result<Capabilities, Error> {
    let own = |(version, kind): &(&str, &str)| ((*version).to_owned(), (*kind).to_owned());
    let mut resources: BTreeSet<(String, String)> =
        if embedded { EMBEDDED.iter().map(own).collect() } else { BTreeSet::new() };
    resources.extend(metadata.map(Metadata::context_aware_resources).unwrap_or_default());
    resources.extend(args.allow_resources.iter().map(|kind| (kind.api_version.clone(), kind.kind.clone())));
    Ok(Capabilities::new(Grants { capabilities: patterns(args)?, resources }, cluster))
}
