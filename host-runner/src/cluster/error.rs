//! Why a cluster gives no answer.

use std::time::Duration;

use thiserror::Error;

/// Why a question to a cluster has no answer. The texts carry names, never a value of an object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// There is no such object.
    #[error("there is no {kind} `{name}`{}", in_namespace(.namespace))]
    NotFound {
        /// As asked.
        api_version: String,
        /// As asked.
        kind: String,
        /// As asked.
        namespace: Option<String>,
        /// As asked.
        name: String,
    },
    /// The cluster does not serve this kind.
    #[error("the cluster serves no {kind} of {api_version}")]
    UnknownKind {
        /// As asked.
        api_version: String,
        /// As asked.
        kind: String,
    },
    /// The cluster does not serve the group or version of this kind.
    #[error("the cluster serves no {api_version}, so no {kind} of it")]
    UnknownGroup {
        /// As asked.
        api_version: String,
        /// As asked.
        kind: String,
    },
    /// The kind lives in namespaces and none was given.
    #[error("{kind} of {api_version} lives in namespaces: name one")]
    NamespaceMissing {
        /// As asked.
        api_version: String,
        /// As asked.
        kind: String,
    },
    /// The kind is cluster-wide, so that no namespace can be searched for it.
    #[error("{kind} of {api_version} is cluster-wide: it cannot be listed in a namespace")]
    ClusterWide {
        /// As asked.
        api_version: String,
        /// As asked.
        kind: String,
    },
    /// The API server knows the user and refuses.
    #[error("the API server refuses: {0}")]
    Forbidden(String),
    /// The API server does not know the user.
    #[error("the API server does not accept the credentials: {0}")]
    Unauthorized(String),
    /// The question is malformed, such as a selector that cannot be read.
    #[error("the question cannot be asked: {0}")]
    BadQuestion(String),
    /// Two manifests give the object differently.
    #[error("{kind} `{name}`{} is given twice, by {first} and by {second}: leave one of them out", in_namespace(.namespace))]
    Ambiguous {
        /// As asked.
        kind: String,
        /// As asked.
        namespace: Option<String>,
        /// As asked.
        name: String,
        /// File and line of one.
        first: String,
        /// File and line of the other.
        second: String,
    },
    /// The answer is larger than the caller takes.
    #[error("the answer of the API server is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The API server answered with something that is no answer.
    #[error("the API server gave a broken answer: {0}")]
    BadAnswer(String),
    /// The API server cannot be reached, or says that it cannot answer now.
    #[error("the API server is not available: {0}")]
    Unavailable(String),
    /// No answer by the deadline.
    #[error("the API server did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
}

fn in_namespace(namespace: &Option<String>) -> String {
    namespace.as_ref().map(|namespace| format!(" in namespace `{namespace}`")).unwrap_or_default()
}
