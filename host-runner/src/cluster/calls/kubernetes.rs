//! The four `kubernetes` operations: requests, answers and failures in the shapes of Kubewarden's host.

use std::collections::BTreeSet;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::masks::{Mask, masked};
use super::{clip, failure};
use crate::cluster::{AccessReview, Cluster, ClusterError, ListQuery, ObjectRef, Patience};

/// One parsed request.
pub(super) enum Request {
    Get(Get),
    List(List),
    CanI(CanI),
}

#[derive(Deserialize)]
pub(super) struct Get {
    api_version: String,
    kind: String,
    name: String,
    #[serde(default)]
    namespace: Option<String>,
    disable_cache: bool,
    #[serde(default)]
    field_masks: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
struct ListInNamespace {
    api_version: String,
    kind: String,
    namespace: String,
    #[serde(default)]
    label_selector: Option<String>,
    #[serde(default)]
    field_selector: Option<String>,
    #[serde(default)]
    field_masks: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
pub(super) struct List {
    api_version: String,
    kind: String,
    #[serde(skip)]
    namespace: Option<String>,
    #[serde(default)]
    label_selector: Option<String>,
    #[serde(default)]
    field_selector: Option<String>,
    #[serde(default)]
    field_masks: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
pub(super) struct CanI {
    subject_access_review: AccessReview,
    disable_cache: bool,
}

/// Reads the payload of a known operation.
pub(super) fn parse(operation: &str, payload: &[u8]) -> Result<Request, String> {
    fn read<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, String> {
        serde_json::from_slice(payload).map_err(|error| clip(&error.to_string()).to_owned())
    }
    match operation {
        "get_resource" => read(payload).map(Request::Get),
        "list_resources_all" => read(payload).map(Request::List),
        "list_resources_by_namespace" => {
            let ListInNamespace { api_version, kind, namespace, label_selector, field_selector, field_masks } =
                read(payload)?;
            let namespace = Some(namespace);
            Ok(Request::List(List { api_version, kind, namespace, label_selector, field_selector, field_masks }))
        }
        "can_i" => read(payload).map(Request::CanI),
        other => Err(format!("unknown operation: {}", clip(other))),
    }
}

/// An object in the order in which Kubewarden's host writes it.
#[derive(Serialize)]
struct Ordered {
    #[serde(rename = "apiVersion", skip_serializing_if = "Option::is_none")]
    api_version: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Value>,
    metadata: Value,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Ordered {
    fn new(mut fields: Map<String, Value>) -> Self {
        let (api_version, kind) = (fields.remove("apiVersion"), fields.remove("kind"));
        let metadata = fields.remove("metadata").unwrap_or_else(|| json!({}));
        Self { api_version, kind, metadata, rest: fields }
    }

    /// As an item of a list, which there passes through a watcher that thins it out.
    fn item(fields: Map<String, Value>) -> Self {
        let mut item = Self::new(fields);
        (item.api_version, item.kind) = (None, None);
        if let Value::Object(metadata) = &mut item.metadata {
            metadata.insert("managedFields".to_owned(), json!([]));
            let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
            if let Value::Object(annotations) = annotations {
                annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            }
        }
        item
    }
}

#[derive(Serialize)]
struct Items<'a> {
    #[serde(rename = "apiVersion")]
    api_version: &'a str,
    kind: String,
    metadata: Value,
    items: Vec<Ordered>,
}

impl Request {
    /// What the request reads, for the check of what the policy may read; none when nothing gates it.
    pub(super) fn resource(&self) -> Option<(&str, &str)> {
        match self {
            Self::Get(get) => Some((&get.api_version, &get.kind)),
            Self::List(list) => Some((&list.api_version, &list.kind)),
            Self::CanI(_) => None,
        }
    }

    /// Asks the cluster.
    pub(super) fn answer(&self, cluster: &dyn Cluster, deadline: Instant) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Get(get) => get.answer(cluster, deadline),
            Self::List(list) => list.answer(cluster, Patience::until(deadline)),
            Self::CanI(can_i) => {
                let patience = Patience { deadline, fresh: can_i.disable_cache };
                let status = cluster.can_i(&can_i.subject_access_review, patience)?;
                text(&*status)
            }
        }
    }
}

impl Get {
    fn answer(&self, cluster: &dyn Cluster, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let mask = Mask::parse(self.field_masks.as_ref()).map_err(Failure::Request)?;
        let object = ObjectRef {
            api_version: &self.api_version,
            kind: &self.kind,
            namespace: self.namespace.as_deref(),
            name: &self.name,
        };
        let patience = Patience { deadline, fresh: self.disable_cache };
        let found = cluster.get(&object, patience)?;
        text(&Ordered::new(masked(&found, mask.as_ref())))
    }
}

impl List {
    fn answer(&self, cluster: &dyn Cluster, patience: Patience) -> Result<Vec<u8>, Failure> {
        let mask = Mask::parse(self.field_masks.as_ref()).map_err(Failure::Request)?;
        let query = ListQuery {
            api_version: &self.api_version,
            kind: &self.kind,
            namespace: self.namespace.as_deref(),
            label_selector: self.label_selector.as_deref(),
            field_selector: self.field_selector.as_deref(),
        };
        let found = cluster.list(&query, patience)?;
        let items = found.iter().map(|item| Ordered::item(masked(item, mask.as_ref()))).collect();
        text(&Items { api_version: &self.api_version, kind: format!("{}List", self.kind), metadata: json!({}), items })
    }
}

fn text(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(|error| Failure::Request(error.to_string()))
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The request asks for something that no object has.
    #[error("{0}")]
    Request(String),
    /// The cluster gives none.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Failure {
    /// In the words that a guest sees.
    pub(super) fn for_guest(&self) -> String {
        match self {
            Self::Request(text) => failure(text),
            Self::Cluster(error) => words(error),
        }
    }
}

/// Why there is no answer, in Kubewarden's words where it has some.
fn words(error: &ClusterError) -> String {
    failure(&match error {
        ClusterError::NotFound { api_version, kind, namespace, name } => format!(
            "Cannot find {}/{} named '{}' inside of namespace '{:?}'",
            clip(api_version),
            clip(kind),
            clip(name),
            namespace.as_deref().map(clip)
        ),
        ClusterError::UnknownKind { api_version, kind } => {
            format!("Cannot find resource {}/{}", clip(api_version), clip(kind))
        }
        ClusterError::UnknownGroup { api_version, kind } => {
            format!("error finding resource {} / {}: the cluster does not serve it", clip(api_version), clip(kind))
        }
        ClusterError::NamespaceMissing { api_version, kind } => {
            format!("Resource {}/{} is namespaced, but no namespace was provided", clip(api_version), clip(kind))
        }
        ClusterError::ClusterWide { api_version, kind } => format!(
            "resource {}/{} is cluster wide. Cannot search for it inside of a namespace",
            clip(api_version),
            clip(kind)
        ),
        // As the client of Kubewarden's host prints the API server's status: policies look for these words.
        ClusterError::Forbidden(message) => {
            format!("ApiError: {message}: Forbidden (Status {{ code: 403, reason: \"Forbidden\" }})")
        }
        other => other.to_string(),
    })
}
