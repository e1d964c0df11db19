//! The examples of every rule, put into every kind that describes Pods: the rule fires at the same part of the Pod, and
//! what is good stays good. Where a kind differs, the reason stands here, and must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regwarden_host::manifest;
use serde_json::Value;

use crate::carriers::{self, ALL, Carrier, Layout};
use crate::case;
use crate::examples;
use crate::subject::Subject;

/// One finding: rule, level, pointer, message.
type Told = (String, String, String, String);

/// What an example says beside its objects.
#[derive(Clone)]
struct Beside {
    settings: Value,
    cluster: Value,
}

/// Everything that is said about an object, and the audit notes of one rule.
fn told(object: &Value, beside: &Beside, rule: &str) -> BTreeSet<Told> {
    let payload = case::payload_with(&case::request(object, None), &beside.settings, &beside.cluster);
    let answer: Value = serde_json::from_slice(&Subject::Native.call("evaluate", &payload)).expect("JSON");
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = answer["findings"].as_array().into_iter().flatten();
    findings
        .filter(|finding| finding["level"] != "audit" || finding["rule"] == rule)
        .map(|finding| {
            (text(finding, "rule"), text(finding, "level"), text(finding, "pointer"), text(finding, "message"))
        })
        .collect()
}

/// Why a rule does not say about a kind what it says about the Pod that the kind describes.
pub(crate) fn reason(carrier: &Carrier, rule: &str) -> Option<&'static str> {
    match (carrier.layout, rule) {
        (Layout::Runner, "pull-secret-unneeded" | "service-account-preferred" | "token-automount") => {
            Some("nobody knows the image of the runner itself, which may need it")
        }
        (Layout::Json | Layout::Yaml, "pull-secret-unneeded" | "service-account-preferred") => {
            Some("nobody knows the image of the container that the patch is laid over")
        }
        (Layout::Json | Layout::Yaml, "resources-missing") => {
            Some("what is laid over a container has the resources of that container")
        }
        (Layout::Step, "resources-missing") => Some("a StepAction has no place for resources"),
        _ => None,
    }
}

/// The Pods in the examples under a heading.
fn pods(docs: &str, heading: &str) -> Vec<(Value, Beside)> {
    let mut out = Vec::new();
    for example in examples::examples(docs, heading) {
        let beside = Beside { settings: examples::settings(&example), cluster: examples::cluster(&example) };
        let documents = case::read_yaml(&example, Path::new("an example"));
        out.extend(documents.into_iter().filter(|object| object["kind"] == "Pod").map(|pod| (pod, beside.clone())));
    }
    out
}

#[test]
fn examples_fire_in_every_kind_that_carries_a_pod() {
    let mut wrong = Vec::new();
    let mut fired: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in regwarden_policy::rules::CATALOGUE {
        let rule = entry.meta.id;
        let docs = entry.docs.unpack();
        for heading in ["## Bad", "## Good"] {
            for (pod, beside) in pods(&docs, heading) {
                for carrier in ALL {
                    if carrier.refuses(&pod).is_some() {
                        continue;
                    }
                    let expected: BTreeSet<Told> = told(&carrier.reference(&pod), &beside, rule)
                        .into_iter()
                        .filter_map(|(rule, level, pointer, message)| {
                            Some((rule, level, carrier.translate(&pod, &pointer)?, message))
                        })
                        .collect();
                    let object = carrier.embed(&pod);
                    let found = told(&object, &beside, rule);
                    *fired.entry(rule).or_default() += usize::from(found.iter().any(|told| told.0 == rule));
                    match (reason(carrier, rule), expected == found) {
                        (None, false) => wrong.push(format!(
                            "{rule} {heading} in {}\n  expected {expected:#?}\n  found    {found:#?}\n  {object}",
                            carrier.name()
                        )),
                        (Some(reason), true) if heading == "## Bad" => {
                            wrong.push(format!("{rule} in {}: the reason is not true: {reason}", carrier.name()));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    for (rule, count) in &fired {
        println!("{rule}: fires in {count} of {} kinds and layouts", ALL.len());
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// What stands at the place of a pointer in a text of [`carriers::yaml`]: the value, or the key that it belongs to.
fn shown(object: &Value, pointer: &str) -> String {
    let mut pointer = pointer;
    // A missing field is shown at what lacks it.
    let value = loop {
        match object.pointer(pointer) {
            Some(value) => break value,
            None => pointer = pointer.rsplit_once('/').map_or("", |(above, _)| above),
        }
    };
    let first = |map: &Value| map.as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default();
    let key = pointer.rsplit('/').next().filter(|key| !key.is_empty() && key.parse::<usize>().is_err());
    match (value, key) {
        (Value::Object(_) | Value::Array(_), Some(key)) => format!("{key}:"),
        (Value::Object(_), None) => format!("{}:", first(value)),
        (scalar, _) => carriers::scalar(scalar),
    }
}

/// `check` shows the line and the column that a person wrote.
#[test]
fn findings_point_at_the_line_in_every_kind() {
    let (mut places, mut kinds) = (0, BTreeSet::new());
    for entry in regwarden_policy::rules::CATALOGUE {
        for (pod, beside) in pods(&entry.docs.unpack(), "## Bad") {
            for carrier in ALL.iter().filter(|carrier| carrier.refuses(&pod).is_none()) {
                let object = carrier.embed(&pod);
                let text = carriers::yaml(&object);
                let stream = manifest::read(text.as_bytes(), &manifest::Limits::default());
                assert!(stream.error.is_none(), "{:?}\n{text}", stream.error);
                let document = &stream.documents[0];
                let read: Value = serde_json::from_str(&document.json).expect("JSON");
                assert_eq!(read, object, "{text}");
                for (rule, _, pointer, _) in told(&read, &beside, entry.meta.id) {
                    let place = document.locate(&pointer);
                    let line = text.lines().nth(place.line - 1).unwrap_or_default();
                    let there: String = line.chars().skip(place.column - 1).collect();
                    let expected = shown(&object, &pointer);
                    assert!(
                        !expected.is_empty() && there.starts_with(&expected),
                        "{rule} at {pointer}, {}:{}: {there} is not {expected}\n{text}",
                        place.line,
                        place.column
                    );
                    places += 1;
                    kinds.insert(carrier.name());
                }
            }
        }
    }
    assert_eq!(kinds.len(), ALL.len(), "a finding in every kind");
    println!("{places} places in {} kinds and layouts", kinds.len());
}
