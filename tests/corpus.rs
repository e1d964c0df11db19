//! What the policy finds in manifests that nobody here wrote, held against the labels of an expert, rule by rule.
//!
//! Manifests and labels stay outside of the project; the folder that holds them is named by `REGWARDEN_REFERENCE`.

use std::collections::BTreeMap;
use std::path::Path;

use regwarden_sdk::cluster::NoCluster;
use regwarden_sdk::ops::{Operation, call};
use serde_json::{Value, json};

use crate::case;

/// For each rule: at least so many labels are found, at most so many findings are false alarms.
const FLOORS: &[(&str, usize, usize)] = &[
    ("build-cache-ephemeral", 0, 0),
    ("builder-config-path", 6, 0),
    ("container-runtime-socket", 7, 0),
    ("image-not-pinned", 79, 0),
    // The two are `--skip-tls-verify` for the catalog's Kaniko task in Pipelines, which have no label.
    ("insecure-registry-flag", 11, 2),
    ("keepalive-needs-shell", 2, 0),
    ("plaintext-credential", 2, 0),
    ("plugin-env-unmapped", 1, 0),
    ("privileged-builder", 25, 0),
    ("push-credentials-missing", 1, 0),
    ("push-destination-mutable", 14, 0),
    // One DaemonSet of kube-system, which the default scope leaves alone, misses both.
    ("resources-missing", 145, 0),
    // The two are labelled at `spec.serviceAccountName` of a PipelineRun of v1, which has it in `taskRunTemplate`.
    ("service-account-required", 106, 2),
];

/// How a rule did.
#[derive(Debug, Default)]
struct Count {
    found: usize,
    missed: usize,
    false_alarms: usize,
    debatable: usize,
}

/// A place that somebody names: a pointer and perhaps a container.
struct Place<'v> {
    pointer: &'v str,
    container: Option<&'v str>,
}

impl Place<'_> {
    /// Equal, one inside the other, or in one container.
    fn meets(&self, other: &Place<'_>) -> bool {
        let inside =
            |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/')) || b.is_empty();
        inside(self.pointer, other.pointer)
            || inside(other.pointer, self.pointer)
            || (self.container.is_some() && self.container == other.container)
    }
}

/// A label and whether something met it.
struct Label<'v> {
    place: Place<'v>,
    debatable: bool,
    hit: bool,
}

fn of_rule<'v>(list: &'v Value, rule: &str) -> Vec<&'v Value> {
    list.as_array().into_iter().flatten().filter(|entry| entry["rule"] == rule).collect()
}

/// Holds the findings on one manifest against its labels.
fn score(rule: &str, labels: &Value, findings: &Value, count: &mut Count) {
    let place = |entry: &'_ Value, key: &str| {
        (entry[key].as_str().map(str::to_owned), entry["container"].as_str().map(str::to_owned))
    };
    let labelled: Vec<_> = of_rule(labels, rule)
        .into_iter()
        .map(|entry| (place(entry, "json_pointer"), entry["debatable"] == true))
        .collect();
    let mut labels: Vec<Label<'_>> = labelled
        .iter()
        .map(|((pointer, container), debatable)| Label {
            place: Place { pointer: pointer.as_deref().unwrap_or_default(), container: container.as_deref() },
            debatable: *debatable,
            hit: false,
        })
        .collect();
    let told: Vec<_> = of_rule(findings, rule).into_iter().map(|entry| place(entry, "pointer")).collect();
    let told = told.iter().map(|(pointer, container)| Place {
        pointer: pointer.as_deref().unwrap_or_default(),
        container: container.as_deref(),
    });
    // Exact places first, so that no finding takes the label of another.
    let (exact, rest): (Vec<_>, Vec<_>) =
        told.partition(|found| labels.iter().any(|label| label.place.pointer == found.pointer));
    for found in exact.iter().chain(&rest) {
        let exactly = labels.iter().position(|label| !label.hit && label.place.pointer == found.pointer);
        let met = exactly.or_else(|| labels.iter().position(|label| !label.hit && label.place.meets(found)));
        match met {
            Some(at) => labels[at].hit = true,
            // A second finding about a labelled place is no false alarm.
            None if labels.iter().any(|label| label.place.meets(found)) => {}
            None => count.false_alarms += 1,
        }
    }
    for label in &labels {
        match label {
            Label { debatable: true, .. } => count.debatable += 1,
            Label { hit: true, .. } => count.found += 1,
            Label { hit: false, .. } => count.missed += 1,
        }
    }
}

#[test]
fn real_manifests_are_judged_as_an_expert_judges_them() {
    let Some(folder) = std::env::var_os("REGWARDEN_REFERENCE") else {
        println!("SKIPPED: REGWARDEN_REFERENCE does not name the reference folder; nothing was measured");
        return;
    };
    let folder = Path::new(&folder).join("corpus");
    let labels = std::fs::read_to_string(folder.join("labels.json")).expect("the labels");
    let labels: Value = serde_json::from_str(&labels).expect("JSON");
    let records = labels.as_array().expect("a list");
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for record in records {
        for label in record["findings"].as_array().into_iter().flatten() {
            counts.entry(label["rule"].as_str().expect("a rule")).or_default();
        }
    }
    for record in records {
        let file = folder.join("manifests").join(record["file"].as_str().expect("a file"));
        let text = std::fs::read_to_string(&file).expect("a manifest");
        for object in case::read_yaml(&text, &file) {
            let payload = case::payload(&case::request(&object, None), &json!({"profile": "strict", "mutate": false}));
            let answer: Value =
                serde_json::from_slice(&call::<regwarden_policy::Regwarden>(Operation::Evaluate, &payload, &NoCluster))
                    .expect("JSON");
            for (rule, count) in &mut counts {
                score(rule, &record["findings"], &answer["findings"], count);
            }
        }
    }
    let mut short = Vec::new();
    for (rule, count) in &counts {
        println!("{rule}: {count:?}");
        let floor = FLOORS.iter().find(|(of, ..)| of == rule);
        if floor.is_none_or(|(_, found, false_alarms)| count.found < *found || count.false_alarms > *false_alarms) {
            short.push(format!("{rule}: {count:?}, floor {floor:?}"));
        }
    }
    assert!(short.is_empty(), "worse than the committed floors, or without one:\n{}", short.join("\n"));
}
