//! Manifests as kubectl reads them: YAML and JSON streams, the places of their nodes, and rewriting that keeps comments.
//!
//! The reading follows `NewYAMLOrJSONDecoder` of k8s.io/apimachinery 0.34 over sigs.k8s.io/yaml (YAML 1.1 as go-yaml v2
//! resolves it); `tests/data/g-yaml-as-kubectl.json` holds what it makes of 232 streams.

mod document;
mod emit;
mod error;
mod json;
mod rewrite;
mod scalar;
mod source;
mod stream;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_hostile;
#[cfg(test)]
mod tests_places;
#[cfg(test)]
mod tests_rewrite;
#[cfg(test)]
mod tests_rewrite_random;

pub use document::{Document, Item, Place};
pub use error::{ReadError, ReadProblem, RewriteError};
pub use rewrite::{EditOp, FileEdit, rewrite};
pub use stream::{Stream, read};

/// Bounds of what [`read`] accepts. Everything beyond is a [`ReadError`], never unbounded work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub bytes: usize,
    /// Deepest nesting of mappings and sequences in one document, aliases followed. Values above 1000 are taken as 1000.
    pub depth: usize,
    /// Most documents in one stream, empty ones not counted.
    pub documents: usize,
    /// Most nodes (scalars, mappings, sequences) in one stream, before and after the expansion of aliases.
    pub nodes: usize,
    /// Largest JSON text of all documents together, in bytes: what aliases may expand to.
    pub expanded_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, depth: 512, documents: 10_000, nodes: 4_000_000, expanded_bytes: 64 << 20 }
    }
}
