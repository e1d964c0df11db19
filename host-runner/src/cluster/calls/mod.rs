//! Kubewarden's host capabilities: what a guest may ask, in which order that is checked, and the answers.
//!
//! Names, order of the checks and error texts are those of Kubewarden's own host (policy-evaluator of
//! adm-controller 1.36), so that any policy runs here as there. What differs: every call ends by the guest's deadline.

mod kubernetes;
mod masks;
mod patterns;

#[cfg(test)]
mod tests;

pub use patterns::{PatternError, Patterns};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Cluster, ClusterError};
use crate::engine::{HostCall, HostCalls};

/// Time kept back from a guest's deadline, in which it can still say that the cluster gave no answer.
const RESERVE: Duration = Duration::from_millis(200);

/// Longest part of a guest's own words in an error, in characters.
const ECHO: usize = 200;

/// Reasons for missing answers that are remembered.
const MOST_REASONS: usize = 10;

/// All operations of Kubewarden's host that can be granted, by namespace.
const OPERATIONS: [(&str, &[&str]); 4] = [
    ("crypto", &["v1/is_certificate_trusted"]),
    ("kubernetes", &["can_i", "get_resource", "list_resources_all", "list_resources_by_namespace"]),
    ("net", &["v1/dns_lookup_host"]),
    ("oci", &["v1/manifest_digest", "v1/oci_manifest", "v1/oci_manifest_config", "v1/verify", "v2/verify"]),
];

/// What one policy may ask.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// Host capabilities.
    pub capabilities: Patterns,
    /// Kinds that it may read from the cluster, as `apiVersion` and `kind`, both exact.
    pub resources: BTreeSet<(String, String)>,
}

/// Answers the host calls of one policy, and remembers those that it could not answer: a policy tells its user at most
/// that there was no answer, and never why.
pub struct Capabilities {
    grants: Grants,
    cluster: Option<Arc<dyn Cluster>>,
    unanswered: Mutex<BTreeSet<String>>,
}

impl Capabilities {
    /// For a policy with these grants; without a cluster its questions to one end in an error.
    #[must_use]
    pub fn new(grants: Grants, cluster: Option<Arc<dyn Cluster>>) -> Self {
        Self { grants, cluster, unanswered: Mutex::default() }
    }

    /// Takes the reasons for which calls had no answer since the last look, each with its next step; a few at most.
    #[must_use]
    pub fn unanswered(&self) -> Vec<String> {
        std::mem::take(&mut *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    fn tell(&self, reason: impl FnOnce() -> String) {
        let mut unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        if unanswered.len() < MOST_REASONS {
            unanswered.insert(reason());
        }
    }

    fn not_granted(&self, namespace: &str, operation: &str) -> String {
        let path = format!("{}/{}", clip(namespace), clip(operation));
        self.tell(|| match (namespace, &self.cluster) {
            ("kubernetes", None) => {
                "the policy asks the cluster, and there is none here: name one with `--cluster`".to_owned()
            }
            _ => format!("the policy may not use `{path}`: grant it with `--allow-capability {path}`"),
        });
        format!("Policy has not been granted access to the '{path}' host capability. The violation has been reported.")
    }

    fn not_readable(&self, api_version: &str, kind: &str) -> String {
        let path = format!("{}/{}", clip(api_version), clip(kind));
        self.tell(|| format!("the policy may not read {path}: grant it with `--allow-resource {path}`"));
        format!("Policy has not been granted access to Kubernetes {path} resources. The violation has been reported.")
    }
}

impl HostCalls for Capabilities {
    fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        let (namespace, operation) = (call.namespace, call.operation);
        if call.binding != "kubewarden" {
            return Err(format!("unknown binding: {}", clip(call.binding)));
        }
        if !self.grants.capabilities.allow(namespace, operation) {
            return Err(self.not_granted(namespace, operation));
        }
        let Some((_, operations)) = OPERATIONS.iter().find(|(known, _)| *known == namespace) else {
            return Err(format!("unknown namespace: {}", clip(namespace)));
        };
        if !operations.contains(&operation) {
            return Err(format!("unknown operation: {}", clip(operation)));
        }
        if namespace != "kubernetes" {
            return Err(failure(&format!("the host capability `{namespace}/{operation}` is not available")));
        }
        let request = kubernetes::parse(operation, call.payload)?;
        if let Some((api_version, kind)) = request.resource()
            && !self.grants.resources.contains(&(api_version.to_owned(), kind.to_owned()))
        {
            return Err(self.not_readable(api_version, kind));
        }
        let Some(cluster) = &self.cluster else {
            return Err(failure("kube::Client was not initialized properly"));
        };
        request.answer(cluster.as_ref(), before(call.deadline)).map_err(|error| {
            if !matches!(error, kubernetes::Failure::Cluster(ClusterError::NotFound { .. })) {
                self.tell(|| format!("the policy got no answer from the cluster: {error}"));
            }
            error.for_guest()
        })
    }
}

/// When an answer must be there, for a guest that must itself answer by `deadline`.
fn before(deadline: Instant) -> Instant {
    let now = Instant::now();
    let left = deadline.saturating_duration_since(now);
    now + left.saturating_sub(RESERVE).max(left / 2)
}

/// The failure of a capability as the guest sees it.
fn failure(text: &str) -> String {
    format!("Callback evaluation failure: {text}")
}

/// A guest's own words at a length that fits a message.
fn clip(text: &str) -> &str {
    text.char_indices().nth(ECHO).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
