//! Clusters of plain manifests: a list in a payload, and objects in memory for tests, fixtures and benches.

use super::{Answer, Cluster, Held, Question};
use crate::json::{Document, JsonError, Kind, Node};
use crate::object::ObjectKind;
use crate::request::GroupKind;

/// The namespace of a manifest that names none, as for whoever applies it without another word.
const DEFAULT: &str = "default";

/// A list of Secrets and ServiceAccounts as JSON. What is not in it is absent; anything else in it is passed over.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'d>(pub Node<'d>);

impl Cluster for Listed<'_> {
    fn get(&self, question: &Question<'_>) -> Answer {
        if self.0.kind() != Kind::Array {
            return Answer::Unavailable;
        }
        for object in self.0.elements() {
            if let Some((kind, namespace, name)) = identity(object)
                && kind == question.kind
                && namespace == question.namespace
                && name == question.name
            {
                return Answer::Found(Held::new(object.raw().to_owned()));
            }
        }
        Answer::Absent
    }
}

/// Kind, namespace and name; `None` for anything that nobody asks about.
#[inline(never)]
fn identity(object: Node<'_>) -> Option<(ObjectKind, &str, &str)> {
    // Neither kind is in a group, and an object inside of a list may lack the version.
    let group = if object.str("apiVersion").is_none_or(|version| version == "v1") { "" } else { "other" };
    let kind = ObjectKind::of(GroupKind { group, kind: object.str("kind")? })?;
    let meta = object.get("metadata")?;
    let namespace = meta.str("namespace").filter(|namespace| !namespace.is_empty()).unwrap_or(DEFAULT);
    Some((kind, namespace, meta.str("name")?))
}

/// A cluster in memory. What was not put in is absent.
#[derive(Clone, Default)]
pub struct InMemory {
    objects: Vec<(ObjectKind, String, String, String)>,
}

impl std::fmt::Debug for InMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InMemory({} objects)", self.objects.len())
    }
}

/// Why a text cannot be put into a cluster in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestError {
    /// It is not JSON.
    NotJson(JsonError),
    /// It is no Secret or ServiceAccount with a name.
    NotKnown,
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ManifestError::NotJson(error) => write!(f, "this is not JSON: {}", error.line()),
            ManifestError::NotKnown => {
                f.write_str("this is no Secret or ServiceAccount with a name; give one of these")
            }
        }
    }
}

impl std::error::Error for ManifestError {}

impl InMemory {
    /// Puts a Secret or ServiceAccount in, as JSON; one of the same name is replaced. Without a namespace it lies in
    /// `default`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn put(&mut self, manifest: &str) -> Result<(), ManifestError> {
        let document = Document::parse(manifest.as_bytes()).map_err(ManifestError::NotJson)?;
        let (kind, namespace, name) = identity(document.root()).ok_or(ManifestError::NotKnown)?;
        self.objects.retain(|(k, ns, n, _)| (*k, ns.as_str(), n.as_str()) != (kind, namespace, name));
        self.objects.push((kind, namespace.to_owned(), name.to_owned(), manifest.to_owned()));
        Ok(())
    }

    /// A cluster of these.
    ///
    /// # Errors
    /// As for [`InMemory::put`].
    pub fn of<M: AsRef<str>>(manifests: &[M]) -> Result<Self, ManifestError> {
        let mut cluster = InMemory::default();
        for manifest in manifests {
            cluster.put(manifest.as_ref())?;
        }
        Ok(cluster)
    }
}

impl Cluster for InMemory {
    fn get(&self, question: &Question<'_>) -> Answer {
        for (kind, namespace, name, text) in &self.objects {
            if *kind == question.kind && namespace == question.namespace && name == question.name {
                return Answer::Found(Held::new(text.clone()));
            }
        }
        Answer::Absent
    }
}
