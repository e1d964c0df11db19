//! A cluster made of manifests: the objects by name, as an API server would have stored them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::selector::{fields_match, parse_fields, parse_labels};
use super::{AccessReview, Cluster, ClusterError, ListQuery, ObjectRef, Patience};
use crate::review::{Gvk, Scope, scope};

/// Most objects that are kept.
const MOST_OBJECTS: usize = 200_000;

/// Where an object was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What became of an object that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    New,
    /// The very same object was there already.
    Same,
    /// Another object of this name was there, from this place; asked for, the name is [`ClusterError::Ambiguous`].
    Conflict(Origin),
}

/// Why an object is not added. The texts carry no value of the object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// It has no name, as objects that are yet to be created may have none.
    #[error("{0}")]
    Unnamed(String),
    /// The API server would not store it.
    #[error("{0}")]
    Refused(String),
    /// There are too many objects.
    #[error("there are more than {MOST_OBJECTS} objects: name fewer files")]
    Full,
}

struct Stored {
    object: Arc<Value>,
    origin: Origin,
    /// Where the name is given once more with another content.
    other: Option<Origin>,
}

/// Group and version, then kind.
type KindKey = (String, String);
/// Namespace, empty for none, then name.
type NameKey = (String, String);

/// Objects of manifests, which answer as an API server would.
///
/// Two things that every cluster has need no manifest: the ServiceAccount `default` of each namespace, without secrets,
/// and the namespaces that Kubernetes makes itself.
pub struct Objects {
    kinds: BTreeMap<KindKey, BTreeMap<NameKey, Stored>>,
    count: usize,
    /// Namespace of namespaced objects that name none.
    namespace: String,
}

/// Namespaces that are there from the start.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

impl Objects {
    /// An empty cluster; `namespace` is where objects belong that should name one and do not.
    #[must_use]
    pub fn new(namespace: &str) -> Self {
        Self { kinds: BTreeMap::new(), count: 0, namespace: namespace.to_owned() }
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds an object as the API server would store it: with its namespace, a Secret's `stringData` folded into `data`.
    ///
    /// # Errors
    /// [`AddError`]; nothing is added then.
    pub fn add(&mut self, object: Value, origin: Origin) -> Result<Added, AddError> {
        let unnamed = |text: &str| AddError::Unnamed(text.to_owned());
        let Value::Object(mut object) = object else { return Err(unnamed("it is no mapping")) };
        let field = |object: &Map<String, Value>, name: &str| match object.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            _ => Err(format!("`{name}` is missing or no text")),
        };
        let typed = |name| field(&object, name).map_err(AddError::Unnamed);
        let (api_version, kind) = (typed("apiVersion")?, typed("kind")?);
        let gvk = Gvk::new(&api_version, &kind);
        let Some(Value::Object(metadata)) = object.get_mut("metadata") else {
            return Err(unnamed("`metadata` is missing"));
        };
        let name = field(metadata, "name")
            .map_err(|_| unnamed("`metadata.name` is missing or no text: a cluster is asked by name"))?;
        let given = match metadata.get("namespace") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(AddError::Refused("`metadata.namespace` must be a text".to_owned())),
        };
        let namespace = match (scope(&gvk), given.is_empty()) {
            (Scope::Cluster, _) => String::new(),
            (Scope::Namespaced, true) => self.namespace.clone(),
            (Scope::Namespaced | Scope::Unknown, _) => given,
        };
        if !namespace.is_empty() {
            metadata.insert("namespace".to_owned(), Value::String(namespace.clone()));
        }
        if gvk.group.is_empty() && kind == "Secret" {
            store_secret(&mut object).map_err(AddError::Refused)?;
        }
        if self.count >= MOST_OBJECTS {
            return Err(AddError::Full);
        }
        let names = self.kinds.entry((api_version, kind)).or_default();
        match names.entry((namespace, name)) {
            Entry::Vacant(place) => {
                place.insert(Stored { object: Arc::new(Value::Object(object)), origin, other: None });
                self.count += 1;
                Ok(Added::New)
            }
            Entry::Occupied(place) => {
                let stored = place.into_mut();
                if matches!(&*stored.object, Value::Object(there) if *there == object) {
                    return Ok(Added::Same);
                }
                stored.other.get_or_insert(origin);
                Ok(Added::Conflict(stored.origin.clone()))
            }
        }
    }

    fn names(&self, api_version: &str, kind: &str) -> Option<&BTreeMap<NameKey, Stored>> {
        self.kinds.get(&(api_version.to_owned(), kind.to_owned()))
    }

    /// Whether a kind lives in namespaces: by Kubernetes' own table, else by its CustomResourceDefinition, else by what
    /// its objects say.
    fn scope(&self, gvk: &Gvk) -> Result<Scope, ClusterError> {
        let known = scope(gvk);
        if known != Scope::Unknown {
            return Ok(known);
        }
        let definitions = self.names("apiextensions.k8s.io/v1", "CustomResourceDefinition").into_iter().flatten();
        for (_, stored) in definitions {
            let at = |pointer: &str| stored.object.pointer(pointer).and_then(Value::as_str);
            if at("/spec/group") == Some(&gvk.group) && at("/spec/names/kind") == Some(&gvk.kind) {
                return Ok(if at("/spec/scope") == Some("Cluster") { Scope::Cluster } else { Scope::Namespaced });
            }
        }
        match self.names(&gvk.api_version(), &gvk.kind) {
            Some(names) if names.keys().all(|(namespace, _)| !namespace.is_empty()) => Ok(Scope::Namespaced),
            Some(_) => Ok(Scope::Unknown),
            None => Err(ClusterError::UnknownKind { api_version: gvk.api_version(), kind: gvk.kind.clone() }),
        }
    }
}

/// Folds `stringData` into `data` as the API server does when a Secret is written, and sets the default type.
fn store_secret(secret: &mut Map<String, Value>) -> Result<(), String> {
    let mut data = match secret.remove("data") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(data)) => data,
        Some(_) => return Err("`data` must be a mapping".to_owned()),
    };
    for (key, value) in &data {
        let is_base64 = match value {
            Value::Null => true,
            Value::String(text) => STANDARD.decode(text.replace(['\n', '\r'], "")).is_ok(),
            _ => false,
        };
        if !is_base64 {
            return Err(format!("`data.{key}` is no base64: encode it, or move it to `stringData`"));
        }
    }
    match secret.remove("stringData") {
        None | Some(Value::Null) => {}
        Some(Value::Object(plain)) => {
            for (key, value) in plain {
                let text = match value {
                    Value::String(text) => text,
                    Value::Null => String::new(),
                    _ => return Err(format!("`stringData.{key}` must be a text: quote it")),
                };
                data.insert(key, Value::String(STANDARD.encode(text)));
            }
        }
        Some(_) => return Err("`stringData` must be a mapping".to_owned()),
    }
    if !data.is_empty() {
        secret.insert("data".to_owned(), Value::Object(data));
    }
    let no_type = secret.get("type").is_none_or(|given| given.is_null() || given.as_str() == Some(""));
    if no_type {
        secret.insert("type".to_owned(), json!("Opaque"));
    }
    Ok(())
}

/// An object that every cluster has without anybody's manifest.
fn given_by_kubernetes(object: &ObjectRef<'_>) -> Option<Value> {
    match (object.api_version, object.kind, object.namespace) {
        ("v1", "ServiceAccount", Some(namespace)) if object.name == "default" => Some(json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace},
        })),
        ("v1", "Namespace", _) if NAMESPACES.contains(&object.name) => Some(json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": object.name, "labels": {"kubernetes.io/metadata.name": object.name}},
        })),
        _ => None,
    }
}

impl Cluster for Objects {
    fn get(&self, object: &ObjectRef<'_>, _: Patience) -> Result<Arc<Value>, ClusterError> {
        let (api_version, kind) = (object.api_version, object.kind);
        let gvk = Gvk::new(api_version, kind);
        let namespace = match (self.scope(&gvk)?, object.namespace) {
            (Scope::Cluster, _) => "",
            (_, Some(namespace)) => namespace,
            (Scope::Unknown, None) => "",
            (Scope::Namespaced, None) => {
                return Err(ClusterError::NamespaceMissing { api_version: api_version.into(), kind: kind.into() });
            }
        };
        let names = self.names(api_version, kind);
        let stored = |namespace: &str| names?.get(&(namespace.to_owned(), object.name.to_owned()));
        match stored(namespace).or_else(|| stored("")) {
            Some(Stored { other: Some(other), origin, .. }) => Err(ClusterError::Ambiguous {
                kind: kind.into(),
                namespace: object.namespace.map(str::to_owned),
                name: object.name.into(),
                first: origin.to_string(),
                second: other.to_string(),
            }),
            Some(stored) => Ok(Arc::clone(&stored.object)),
            None => given_by_kubernetes(object).map(Arc::new).ok_or_else(|| ClusterError::NotFound {
                api_version: api_version.into(),
                kind: kind.into(),
                namespace: object.namespace.map(str::to_owned),
                name: object.name.into(),
            }),
        }
    }

    fn list(&self, query: &ListQuery<'_>, _: Patience) -> Result<Arc<Vec<Arc<Value>>>, ClusterError> {
        let (api_version, kind) = (query.api_version, query.kind);
        let scope = self.scope(&Gvk::new(api_version, kind))?;
        if scope == Scope::Cluster && query.namespace.is_some() {
            return Err(ClusterError::ClusterWide { api_version: api_version.into(), kind: kind.into() });
        }
        let labels = parse_labels(query.label_selector.unwrap_or_default())?;
        let fields = parse_fields(query.field_selector.unwrap_or_default())?;
        let mut items = Vec::new();
        for ((namespace, name), stored) in self.names(api_version, kind).into_iter().flatten() {
            let here = query.namespace.is_none_or(|wanted| wanted == namespace || namespace.is_empty());
            if !here || !labels.match_object(&stored.object) || !fields_match(&fields, &stored.object)? {
                continue;
            }
            if let Some(other) = &stored.other {
                return Err(ClusterError::Ambiguous {
                    kind: kind.into(),
                    namespace: Some(namespace.clone()).filter(|namespace| !namespace.is_empty()),
                    name: name.clone(),
                    first: stored.origin.to_string(),
                    second: other.to_string(),
                });
            }
            items.push(Arc::clone(&stored.object));
        }
        Ok(Arc::new(items))
    }

    /// Manifests grant nothing by themselves, so who may do what is not known.
    fn can_i(&self, _: &AccessReview, _: Patience) -> Result<Arc<Value>, ClusterError> {
        Err(ClusterError::Unavailable(
            "manifests do not say who may do what; `--cluster live` asks an API server".to_owned(),
        ))
    }
}
