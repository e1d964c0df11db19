//! Every case: its findings, the same bytes from every face, mends that are stable and leave the rest alone.

use serde_json::Value;

use crate::case::{self, Case};
use crate::subject::every_face;

fn evaluate(payload: &[u8]) -> Value {
    serde_json::from_slice(&every_face("evaluate", payload)).expect("an answer is JSON")
}

#[test]
fn every_case_through_every_face() {
    let cases = case::all();
    let mut wrong = Vec::new();
    for case in &cases {
        let payload = case.payload();
        let answer = evaluate(&payload);
        wrong.extend(case.differences(&answer));
        let validated: Value = serde_json::from_slice(&every_face("validate", &payload)).expect("an answer is JSON");
        assert_eq!(validated, answer["response"], "{}: validate and evaluate answer the same", case.name());
        wrong.extend(mend_is_sound(case, &answer));
    }
    assert!(wrong.is_empty(), "{} differences in {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 30, "only {} cases were found", cases.len());
    println!("{} cases through every face", cases.len());
}

/// The patch gives the mended object, a mended object is not mended again, and it reads as the Kubernetes type it is.
fn mend_is_sound(case: &Case, answer: &Value) -> Vec<String> {
    let Some(mended) = answer["response"].get("mutated_object") else { return Vec::new() };
    let mut wrong = Vec::new();
    let mut patched = case.request["object"].clone();
    let patch: json_patch::Patch = serde_json::from_value(answer["edits"].clone()).expect("a JSON patch");
    json_patch::patch(&mut patched, &patch).expect("the patch applies");
    if patched != *mended {
        wrong.push(format!("{}: the patch does not give the mended object", case.name()));
    }
    let mut again = case.request.clone();
    again["object"] = mended.clone();
    let second = evaluate(&case.payload_of(&again));
    if second["response"].get("mutated_object").is_some() {
        wrong.push(format!("{}: a mended object is mended again", case.name()));
    }
    let before: Vec<&Value> =
        answer["findings"].as_array().into_iter().flatten().filter(|finding| finding["mended"] == true).collect();
    for finding in second["findings"].as_array().into_iter().flatten() {
        if before.iter().any(|old| ["rule", "pointer", "message"].iter().all(|key| old[*key] == finding[*key])) {
            wrong.push(format!("{}: {} speaks again about a mended object", case.name(), finding["rule"]));
        }
    }
    wrong
}

#[test]
fn every_rule_has_positives_and_near_misses() {
    let cases = case::all();
    for entry in regwarden_policy::rules::CATALOGUE {
        let of = |case: &&Case| case.name().starts_with(&format!("{}/", entry.meta.id));
        let fires = |case: &&Case| {
            case.expect["findings"].as_array().into_iter().flatten().any(|finding| finding["rule"] == entry.meta.id)
        };
        let positives = cases.iter().filter(of).filter(fires).count();
        let silent = cases.iter().filter(of).filter(|case| !fires(case)).count();
        assert!(
            positives >= 3 && silent >= 3,
            "{}: {positives} positives and {silent} near-misses; at least three of each",
            entry.meta.id
        );
    }
}

#[test]
fn the_answer_is_one_that_kubewarden_reads() {
    for case in case::all() {
        let answer = every_face("validate", &case.payload());
        let read: Result<kubewarden_policy_sdk::response::ValidationResponse, _> = serde_json::from_slice(&answer);
        assert!(read.is_ok(), "{}: {:?}", case.name(), read.err());
    }
}

#[test]
fn the_other_operations_answer_the_same_everywhere() {
    assert_eq!(every_face("protocol_version", b""), br#""v1""#);
    let described: Value = serde_json::from_slice(&every_face("describe", b"")).expect("JSON");
    assert_eq!(described["rules"].as_array().map(Vec::len), Some(regwarden_policy::rules::CATALOGUE.len()));
    for settings in
        ["{}", r#"{"profil":"strict"}"#, r#"{"registries":[{}],"pipelines":[{"name":"a"}]}"#, "nonsense", "[]", ""]
    {
        every_face("validate_settings", settings.as_bytes());
    }
    for payload in [
        "",
        "{}",
        "[1]",
        "\u{0}",
        r#"{"request":{"kind":{"kind":"Pod"}}}"#,
        r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1"}}}"#,
    ] {
        let answer: Value = serde_json::from_slice(&every_face("validate", payload.as_bytes())).expect("JSON");
        assert_eq!(answer["accepted"], false, "{payload}");
    }
}
