//! What a policy answers about one request: the wire shapes, and the fallback for policies that know `validate` only.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::policy::Judge;
use crate::outcome::{BadAnswer, Outcome};
use crate::report::Level;

/// One finding on the wire.
#[derive(Debug, Deserialize)]
pub(super) struct WireFinding {
    pub(super) rule: String,
    pub(super) level: Level,
    pub(super) pointer: String,
    #[serde(default)]
    pub(super) container: Option<String>,
    pub(super) message: String,
    #[serde(default)]
    pub(super) remedy: String,
    #[serde(default)]
    pub(super) mended: bool,
    #[serde(default)]
    pub(super) exempt: Option<String>,
}

/// The response of `validate`, as far as `check` reports it.
#[derive(Debug, Deserialize)]
struct Response {
    accepted: bool,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    mutated_object: Option<Box<RawValue>>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

/// The answer of `evaluate`.
#[derive(Debug, Deserialize)]
struct Evaluation {
    response: Response,
    #[serde(default)]
    findings: Vec<WireFinding>,
    #[serde(default)]
    edits: Vec<Box<RawValue>>,
}

/// A verdict with everything that is known about it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) accepted: bool,
    pub(super) message: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) findings: Vec<WireFinding>,
    pub(super) patch: Vec<Box<RawValue>>,
}

/// Asks for a verdict: `evaluate` from a policy that knows it, else `validate`.
///
/// # Errors
/// The outcome that is no verdict.
pub(super) fn ask(judge: &Judge, request: &str, object: Option<&str>) -> Result<Answer, Outcome> {
    if judge.may_evaluate() {
        // A guest has no clock, and says of tokens when they end.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let payload = format!("{{\"request\":{request},\"settings\":{},\"now\":{now}}}", judge.settings());
        match judge.call("evaluate", payload.as_bytes()) {
            // Guests say in different words that they do not know an operation, some by a trap.
            Outcome::GuestError(_) | Outcome::Trapped(_) | Outcome::BadAnswer(BadAnswer::Absent { .. }) => {}
            outcome => {
                let Evaluation { response, findings, edits } = outcome.json()?;
                return Ok(response.into_answer(findings, edits));
            }
        }
    }
    let payload = format!("{{\"request\":{request},\"settings\":{}}}", judge.settings());
    let mut response: Response = judge.call("validate", payload.as_bytes()).json()?;
    // Only now it is certain that the policy works and `evaluate` alone is unknown to it.
    judge.does_not_evaluate();
    let patch = response.mutated_object.take().map_or_else(Vec::new, |after| patch(object, after.get()));
    Ok(response.into_answer(Vec::new(), patch))
}

impl Response {
    fn into_answer(self, findings: Vec<WireFinding>, patch: Vec<Box<RawValue>>) -> Answer {
        let warnings = self.warnings.unwrap_or_default();
        Answer { accepted: self.accepted, message: self.message, warnings, findings, patch }
    }
}

/// The JSON Patch between two objects; empty when either is no JSON that can be compared.
fn patch(before: Option<&str>, after: &str) -> Vec<Box<RawValue>> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let Some((before, after)) = before.and_then(parse).zip(parse(after)) else { return Vec::new() };
    let patch = json_patch::diff(&before, &after);
    patch.0.iter().filter_map(|operation| serde_json::value::to_raw_value(operation).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_reads_with_and_without_its_optional_fields() {
        let text = r#"{"response":{"accepted":false,"message":"m","code":400,"audit_annotations":{"a":"b"}},
          "findings":[{"rule":"r","level":"warn","pointer":"/spec","message":"x","remedy":"y","mended":false}],
          "edits":[{"op":"add","path":"/a","value":1.50}]}"#;
        let Evaluation { response, findings, edits } = serde_json::from_str(text).unwrap();
        let answer = response.into_answer(findings, edits);
        assert!(!answer.accepted);
        assert_eq!(answer.findings[0].container, None);
        assert_eq!(answer.patch[0].get(), r#"{"op":"add","path":"/a","value":1.50}"#);
    }

    #[test]
    fn a_mutated_object_becomes_a_patch() {
        let patch = patch(Some(r#"{"a":1}"#), r#"{"a":2}"#);
        assert_eq!(patch.len(), 1);
        assert_eq!(patch[0].get(), r#"{"op":"replace","path":"/a","value":2}"#);
        assert!(super::patch(Some(r#"{"a":1}"#), r#"{"a":1}"#).is_empty());
    }
}
