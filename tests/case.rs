//! A case: an object, settings, and every finding that is expected. The form is described in `tests/cases/README.md`.

use std::path::{Path, PathBuf};

use regwarden_host::manifest;
use serde_json::{Value, json};

/// One case as it stands in its file.
pub(crate) struct Case {
    pub(crate) file: PathBuf,
    pub(crate) settings: Value,
    pub(crate) request: Value,
    /// The objects of the cluster; null: there is none to ask.
    pub(crate) cluster: Value,
    pub(crate) expect: Value,
}

/// Folder of the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Reads YAML as the product itself reads it.
pub(crate) fn read_yaml(text: &str, from: &Path) -> Vec<Value> {
    let stream = manifest::read(text.as_bytes(), &manifest::Limits::default());
    assert!(stream.error.is_none(), "{}: {:?}", from.display(), stream.error);
    stream.documents.iter().map(|document| serde_json::from_str(&document.json).expect("JSON")).collect()
}

/// Every case, in the order of the files.
pub(crate) fn all() -> Vec<Case> {
    let mut files = Vec::new();
    for rule in
        std::fs::read_dir(folder()).expect("the folder of the cases").flatten().filter(|entry| entry.path().is_dir())
    {
        files.extend(std::fs::read_dir(rule.path()).expect("a folder").flatten().map(|entry| entry.path()));
    }
    files.sort();
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")).map(load).collect()
}

fn load(file: PathBuf) -> Case {
    let text = std::fs::read_to_string(&file).expect("a case");
    let documents = read_yaml(&text, &file);
    let [document] = documents.as_slice() else { panic!("{}: one document", file.display()) };
    for key in document.as_object().expect("a map").keys() {
        assert!(
            ["settings", "request", "object", "cluster", "expect"].contains(&key.as_str()),
            "{}: unknown key {key}",
            file.display()
        );
    }
    let object = document.get("object").cloned().unwrap_or(Value::Null);
    let request = request(&object, document.get("request"));
    Case {
        settings: document.get("settings").cloned().unwrap_or_else(|| json!({})),
        request,
        cluster: document.get("cluster").cloned().unwrap_or_default(),
        expect: document.get("expect").cloned().unwrap_or_else(|| panic!("{}: expect is missing", file.display())),
        file,
    }
}

/// An AdmissionRequest for an object, with what a case overrides.
pub(crate) fn request(object: &Value, over: Option<&Value>) -> Value {
    let version = object["apiVersion"].as_str().unwrap_or("v1");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let mut request = json!({
        "uid": "case",
        "kind": {"group": group, "version": version, "kind": object["kind"]},
        "namespace": object["metadata"]["namespace"].as_str().unwrap_or("default"),
        "operation": "CREATE",
        "userInfo": {"username": "case"},
        "object": object,
    });
    if let (Some(over), Some(request)) = (over.and_then(Value::as_object), request.as_object_mut()) {
        request.extend(over.clone());
    }
    request
}

/// The payload of `validate` and `evaluate`.
pub(crate) fn payload(request: &Value, settings: &Value) -> Vec<u8> {
    payload_with(request, settings, &Value::Null)
}

/// As [`payload`], with the objects of a cluster; null for none.
pub(crate) fn payload_with(request: &Value, settings: &Value, cluster: &Value) -> Vec<u8> {
    let mut payload = json!({"request": request, "settings": settings});
    if !cluster.is_null() {
        payload["cluster"] = cluster.clone();
    }
    serde_json::to_vec(&payload).expect("JSON")
}

impl Case {
    pub(crate) fn payload(&self) -> Vec<u8> {
        self.payload_of(&self.request)
    }

    /// For a request that is made of its own, with its settings and its cluster.
    pub(crate) fn payload_of(&self, request: &Value) -> Vec<u8> {
        payload_with(request, &self.settings, &self.cluster)
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        self.file.strip_prefix(folder()).unwrap_or(&self.file).display().to_string()
    }

    /// Holds an answer of `evaluate` against the expectation; every difference as a line.
    pub(crate) fn differences(&self, answer: &Value) -> Vec<String> {
        let mut out = Vec::new();
        let mut differ = |what: &str, expected: &Value, found: &Value| {
            if expected != found {
                out.push(format!("{}: {what}\n  expected {expected}\n  found    {found}", self.name()));
            }
        };
        differ("allowed", &self.expect["allowed"], &answer["response"]["accepted"]);
        let brief = |finding: &Value| {
            let mended = finding["mended"].as_bool().unwrap_or(false);
            json!({"rule": finding["rule"], "level": finding["level"], "pointer": finding["pointer"], "mended": mended})
        };
        // What other rules note for the audit only would drown what a case shows; those that a case names count.
        let rule = self.file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let named = |finding: &Value| {
            let expected = self.expect["findings"].as_array().into_iter().flatten();
            finding["rule"] == rule.as_str() || expected.into_iter().any(|known| known["rule"] == finding["rule"])
        };
        let sorted = |list: &Value| {
            let told = |finding: &&Value| finding["level"] != "audit" || named(finding);
            let mut list: Vec<Value> = list.as_array().into_iter().flatten().filter(told).map(brief).collect();
            list.sort_by_key(|finding| ["pointer", "rule", "level", "mended"].map(|key| finding[key].to_string()));
            Value::Array(list)
        };
        differ("findings", &sorted(&self.expect["findings"]), &sorted(&answer["findings"]));
        let none = Value::Null;
        differ(
            "mended object",
            self.expect.get("mended").unwrap_or(&none),
            answer["response"].get("mutated_object").unwrap_or(&none),
        );
        for expected in self.expect["findings"].as_array().into_iter().flatten() {
            if let Some(container) = expected.get("container") {
                let found =
                    answer["findings"].as_array().into_iter().flatten().find(|finding| {
                        finding["pointer"] == expected["pointer"] && finding["rule"] == expected["rule"]
                    });
                differ("container", container, found.and_then(|finding| finding.get("container")).unwrap_or(&none));
            }
        }
        out
    }
}
