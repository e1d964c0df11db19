//! What opens each image and each push, shown to people and to programs: a table, JSON, a picture, Mermaid.
//!
//! What is shown comes from the policy's own resolution ([`regwarden_policy::resolve`]), so that the explanation and the
//! findings can never disagree. It holds no secret value.

pub mod ask;
pub mod json_v1;
pub mod mermaid;
pub mod picture;
pub mod table;
pub mod words;

use regwarden_policy::resolve::Resolution;

use crate::report::Source;

/// One object of the input with the resolution of every Pod that it is or describes.
#[derive(Clone, Debug)]
pub struct Described {
    /// Where it stands.
    pub source: Source,
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// The namespace of the request; none for cluster-wide kinds.
    pub namespace: Option<String>,
    /// `metadata.name`, else `metadata.generateName`.
    pub name: Option<String>,
    /// One for each Pod, in the order of the object.
    pub pods: Vec<Resolution>,
}

impl Described {
    /// `namespace/name` as people write it.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.name.as_deref().unwrap_or("(unnamed)");
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{name}", self.kind),
            None => format!("{} {name}", self.kind),
        }
    }
}

#[cfg(test)]
pub(crate) mod samples;
