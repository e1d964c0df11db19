//! Field masks: the parts of an object that a guest wants, so that it need not read the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Deepest path. Kubernetes' own objects stay below half of it.
const DEPTH: usize = 64;

/// The fields to keep; a node without children keeps all that is below it.
#[derive(Debug, Default)]
pub(super) struct Mask {
    children: BTreeMap<String, Mask>,
}

impl Mask {
    /// Reads paths of keys joined by dots; none without any. Of a path and a longer one below it the longer counts.
    ///
    /// # Errors
    /// For a path deeper than any object.
    pub(super) fn parse(paths: Option<&BTreeSet<String>>) -> Result<Option<Self>, String> {
        let Some(paths) = paths.filter(|paths| !paths.is_empty()) else { return Ok(None) };
        let mut root = Self::default();
        for path in paths {
            let mut here = &mut root;
            for (depth, key) in path.split('.').enumerate() {
                if depth >= DEPTH {
                    return Err(format!("a field mask is deeper than {DEPTH} keys"));
                }
                here = here.children.entry(key.to_owned()).or_default();
            }
        }
        Ok(Some(root))
    }

    /// Whether a field at the top is kept, and what of it.
    fn top(&self, key: &str, value: &Value) -> Option<Value> {
        if matches!(key, "apiVersion" | "kind" | "metadata") {
            return Some(value.clone());
        }
        self.children.get(key).map(|below| below.prune(value))
    }

    fn prune(&self, value: &Value) -> Value {
        if self.children.is_empty() {
            return value.clone();
        }
        match value {
            Value::Object(fields) => {
                let kept = |(key, value): (&String, &Value)| {
                    self.children.get(key).map(|below| (key.clone(), below.prune(value)))
                };
                Value::Object(fields.iter().filter_map(kept).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(|item| self.prune(item)).collect()),
            scalar => scalar.clone(),
        }
    }
}

/// The fields of an object that a mask keeps; all of them without one. Type and metadata are always among them.
pub(super) fn masked(object: &Value, mask: Option<&Mask>) -> Map<String, Value> {
    let Value::Object(fields) = object else { return Map::new() };
    match mask {
        None => fields.clone(),
        Some(mask) => {
            fields.iter().filter_map(|(key, value)| mask.top(key, value).map(|value| (key.clone(), value))).collect()
        }
    }
}
