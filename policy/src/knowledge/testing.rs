//! Runs the whole policy natively on one object, for the tests of rules.

use regwarden_sdk::cluster::NoCluster;
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

/// Judges a Pod whose spec is given as JSON.
pub(crate) fn judge(rule: &str, settings: &str, spec: &str) -> Judged {
    let object = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","labels":{{"woodpecker-ci.org/step":"s"}}}},"spec":{spec}}}"#
    );
    judge_object(rule, settings, &object)
}

/// Judges an object of the core group in the namespace `ci`.
pub(crate) fn judge_object(rule: &str, settings: &str, object: &str) -> Judged {
    let kind = Document::parse(object.as_bytes()).unwrap().root().str("kind").unwrap().to_owned();
    let request = format!(
        r#"{{"uid":"1","kind":{{"group":"","version":"v1","kind":"{kind}"}},"operation":"CREATE","namespace":"ci","object":{object}}}"#
    );
    let payload = write::object(&[("request", &request), ("settings", settings)]);
    let answer = ops::call::<crate::Regwarden>(Operation::Evaluate, payload.as_bytes(), &NoCluster);
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
