//! The cluster that policies and commands may ask, whatever stands behind it: manifests or an API server.
//!
//! Everybody asks through [`Cluster`]. Answers are JSON values as an API server gives them, so that a caller cannot tell
//! fixtures from the real thing.

mod cache;
mod calls;
mod error;
mod live;
mod manifests;
mod objects;
mod selector;

#[cfg(test)]
mod tests;

pub use calls::{Capabilities, Grants, PatternError, Patterns};
pub use error::ClusterError;
pub use live::{ConnectError, Connection, Live};
pub use manifests::{Mistake, read};
pub use objects::{AddError, Added, Objects, Origin};

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One object by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectRef<'a> {
    /// `v1` for the core group, otherwise `group/version`.
    pub api_version: &'a str,
    /// The kind, such as `Secret`.
    pub kind: &'a str,
    /// Its namespace; ignored for cluster-wide kinds.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// All objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListQuery<'a> {
    /// `v1` for the core group, otherwise `group/version`.
    pub api_version: &'a str,
    /// The kind of the items, such as `Secret`.
    pub kind: &'a str,
    /// The namespace to look in; none for all of them.
    pub namespace: Option<&'a str>,
    /// Only objects with these labels, in Kubernetes' notation.
    pub label_selector: Option<&'a str>,
    /// Only objects with these fields, in Kubernetes' notation.
    pub field_selector: Option<&'a str>,
}

/// Who wants to do what: the `spec` of a SubjectAccessReview, in the words of Kubewarden's host call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessReview {
    /// User name; of a ServiceAccount `system:serviceaccount:NAMESPACE:NAME`.
    pub user: String,
    /// The user's groups.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// What is to be done.
    pub resource_attributes: ResourceAttributes,
}

/// The action of an [`AccessReview`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceAttributes {
    /// API group; absent or empty for the core group.
    #[serde(default)]
    pub group: Option<String>,
    /// Name of one object; absent for all.
    #[serde(default)]
    pub name: Option<String>,
    /// Namespace; absent for all of them, and for cluster-wide kinds.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Plural of the resource, such as `secrets`.
    pub resource: String,
    /// Subresource, such as `log`.
    #[serde(default)]
    pub subresource: Option<String>,
    /// Verb, such as `create`.
    pub verb: String,
    /// API version; absent for any.
    #[serde(default)]
    pub version: Option<String>,
}

/// How long the asker waits, and how old an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// When the asker must have an answer. A question that is still open then is cancelled and ends as
    /// [`ClusterError::TimedOut`].
    pub deadline: Instant,
    /// Whether an answer from a cache will not do.
    pub fresh: bool,
}

impl Patience {
    /// Any answer will do that comes by this moment.
    #[must_use]
    pub fn until(deadline: Instant) -> Self {
        Self { deadline, fresh: false }
    }
}

/// What can be asked. Implementations are shared between threads; every call returns by its deadline.
pub trait Cluster: Send + Sync {
    /// One object, as the API server gives it.
    ///
    /// # Errors
    /// [`ClusterError::NotFound`] when there is no such object or no such namespace; the others when there is no answer.
    fn get(&self, object: &ObjectRef<'_>, patience: Patience) -> Result<Arc<Value>, ClusterError>;

    /// All objects that the query selects, with `apiVersion` and `kind` in each.
    ///
    /// # Errors
    /// As [`Cluster::get`]; a namespace that does not exist has no objects.
    fn list(&self, query: &ListQuery<'_>, patience: Patience) -> Result<Arc<Vec<Arc<Value>>>, ClusterError>;

    /// The `status` of a SubjectAccessReview: `allowed`, and as given `denied`, `reason`, `evaluationError`.
    ///
    /// # Errors
    /// When there is no answer; a refusal is an answer.
    fn can_i(&self, review: &AccessReview, patience: Patience) -> Result<Arc<Value>, ClusterError>;
}
