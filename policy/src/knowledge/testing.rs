//! Runs the whole policy natively on one object, for the tests of rules.

use regwarden_sdk::cluster::{Cluster, InMemory, NoCluster};
use regwarden_sdk::json::{Document, write};
use regwarden_sdk::ops::{self, Operation};

/// What one rule finds, as `LEVEL POINTER`, and the values of the patch.
pub(crate) struct Judged {
    /// In the order in which they were reported; a mended one ends in ` mended`.
    pub findings: Vec<String>,
    /// Messages and remedies, for what must never be in them.
    pub words: String,
    /// Values of the patch as JSON.
    pub edits: Vec<String>,
}

/// A ServiceAccount of the namespace `ci` with its pull secrets.
pub(crate) fn account(name: &str, pull_secrets: &[&str]) -> String {
    let list: Vec<String> = pull_secrets.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
    let list = list.join(",");
    format!(
        r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"{name}","namespace":"ci"}},"imagePullSecrets":[{list}]}}"#
    )
}

/// A cluster of manifests.
pub(crate) fn cluster(manifests: &[String]) -> InMemory {
    InMemory::of(manifests).unwrap()
}

/// Judges a Pod whose spec is given as JSON.
pub(crate) fn judge(rule: &str, settings: &str, spec: &str) -> Judged {
    let object = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","labels":{{"woodpecker-ci.org/step":"s"}}}},"spec":{spec}}}"#
    );
    judge_object(&NoCluster, rule, settings, &object)
}

/// Judges a whole object, given as JSON, as it is created in the namespace `ci` of a cluster.
pub(crate) fn judge_object(cluster: &dyn Cluster, rule: &str, settings: &str, object: &str) -> Judged {
    let request = format!(r#"{{"uid":"1","operation":"CREATE","namespace":"ci","object":{object}}}"#);
    let payload = write::object(&[("request", &request), ("settings", settings)]);
    let answer = ops::call::<crate::Regwarden>(Operation::Evaluate, payload.as_bytes(), cluster);
    let document = Document::parse(&answer).unwrap();
    let root = document.root();
    let mut judged = Judged { findings: Vec::new(), words: String::new(), edits: Vec::new() };
    for finding in root.get("findings").unwrap().elements() {
        judged.words.push_str(finding.raw());
        let of = |key| finding.str(key).unwrap_or_default().to_owned();
        assert_ne!(of("rule"), "unreadable", "{}", finding.raw());
        if of("rule") == rule {
            let mended =
                if finding.get("mended").and_then(|mended| mended.as_bool()) == Some(true) { " mended" } else { "" };
            judged.findings.push(format!("{} {}{mended}", of("level"), of("pointer")));
        }
    }
    assert!(!root.raw().contains("settings of the policy are wrong"), "{}", root.raw());
    judged.edits.extend(
        root.get("edits").unwrap().elements().filter_map(|edit| edit.get("value")).map(|value| value.raw().to_owned()),
    );
    judged
}
