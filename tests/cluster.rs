//! Kubewarden's `kubernetes/get_resource` over plain manifests, with the payloads and refusals of the real host, and what
//! was asked of it.

use std::sync::Mutex;

use regwarden_host::engine::{HostCall, HostCalls};
use serde_json::{Map, Value, json};

/// A cluster of the objects that a payload brings along.
pub(crate) struct Objects {
    objects: Option<Vec<Value>>,
    asked: Mutex<Vec<Asked>>,
}

/// One question: kind, namespace, name, field masks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) masks: Vec<String>,
}

impl Objects {
    /// Those in the member `cluster` of a payload; without one nobody answers.
    pub(crate) fn of(payload: &[u8]) -> Self {
        let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
        let objects = payload["cluster"].as_array().map(|objects| objects.iter().map(stored).collect());
        Objects { objects, asked: Mutex::default() }
    }

    /// Everything that was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics while it asks").clone()
    }

    fn get(&self, asked: &Asked) -> Result<Vec<u8>, String> {
        let objects =
            self.objects.as_ref().ok_or("Callback evaluation failure: kube::Client was not initialized properly")?;
        let is = |object: &&Value| {
            object["kind"] == asked.kind
                && object["metadata"]["name"] == asked.name
                && object["metadata"]["namespace"].as_str().unwrap_or("default") == asked.namespace
        };
        let found = objects.iter().find(is).ok_or_else(|| {
            let Asked { kind, name, namespace, .. } = asked;
            format!("Callback evaluation failure: Cannot find v1/{kind} named '{name}' inside of namespace 'Some({namespace:?})'")
        })?;
        let mut answer = Map::new();
        for (key, value) in found.as_object().expect("an object") {
            // Masks act on everything but these three.
            if ["apiVersion", "kind", "metadata"].contains(&key.as_str()) || asked.masks.contains(key) {
                answer.insert(key.clone(), value.clone());
            }
        }
        Ok(serde_json::to_vec(&answer).expect("JSON"))
    }
}

/// The object as the API server keeps it: texts under `stringData` are laid over `data`.
fn stored(object: &Value) -> Value {
    let mut object = object.clone();
    let texts = object.as_object_mut().and_then(|map| map.remove("stringData"));
    for (key, text) in texts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        object["data"][key] = json!(crate::differential::strategies::base64(text.as_str().expect("a text").as_bytes()));
    }
    object
}

impl HostCalls for Objects {
    fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        assert_eq!((call.binding, call.namespace, call.operation), ("kubewarden", "kubernetes", "get_resource"));
        let payload: Value = serde_json::from_slice(call.payload).expect("the payload is JSON");
        // Kubewarden's host reads exactly these.
        let mut keys: Vec<&str> = payload.as_object().expect("a map").keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["api_version", "disable_cache", "field_masks", "kind", "name", "namespace"]);
        assert_eq!((&payload["api_version"], &payload["disable_cache"]), (&json!("v1"), &json!(false)));
        let text = |key: &str| payload[key].as_str().expect("a text").to_owned();
        let masks = payload["field_masks"].as_array().expect("a list").iter();
        let masks = masks.map(|mask| mask.as_str().expect("a text").to_owned()).collect();
        let asked = Asked { kind: text("kind"), namespace: text("namespace"), name: text("name"), masks };
        self.asked.lock().expect("no test panics while it asks").push(asked.clone());
        self.get(&asked)
    }
}
