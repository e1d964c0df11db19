//! The policy's answer, and the AdmissionResponse that Kubewarden makes of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a policy answers to `validate`.
#[derive(Clone, Debug, Deserialize)]
pub struct ValidationResponse {
    /// The verdict.
    pub accepted: bool,
    /// Why; kept for an accepted request too.
    pub message: Option<String>,
    /// An HTTP status.
    pub code: Option<u16>,
    /// The whole object as it should be.
    pub mutated_object: Option<Value>,
    /// Entries for the audit log.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// Lines for the user.
    pub warnings: Option<Vec<String>>,
}

/// Kubernetes' AdmissionResponse with the keys that Kubewarden writes, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    /// The request's id.
    pub uid: String,
    /// The verdict.
    pub allowed: bool,
    /// `JSONPatch` when there is a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_type: Option<&'static str>,
    /// The JSON Patch in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Message and code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Entries for the audit log; `null` when there are none.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// Lines for the user; `null` when there are none.
    pub warnings: Option<Vec<String>>,
}

/// Why, as Kubernetes' Status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `Success` or `Failure`; Kubewarden never writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// The text that the user sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A word for machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// More about the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// An HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// Details of a status. Kubewarden writes `retry_after_seconds` in this spelling, but never sets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Details {
    /// Causes; absent when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

/// One cause; all keys are always written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// A word for machines.
    pub reason: Option<String>,
    /// A text for people.
    pub message: Option<String>,
    /// The place.
    pub field: Option<String>,
}

/// Kubewarden's words for a policy that changes what is being deleted.
const NOTHING_TO_MUTATE: &str = "Incoming object is null, which happens only with DELETE operations, but the policy is \
    attempting a mutation. This is not allowed";

impl ValidationResponse {
    /// The response to the request `uid`; a mutation becomes the patch from `original` to it.
    pub(super) fn for_request(self, uid: &str, original: Option<&Value>) -> AdmissionResponse {
        let patch = match (&self.mutated_object, original) {
            (None, _) => None,
            (Some(mutated), Some(original)) => patch(original, mutated),
            (Some(_), None) => {
                let status = Status { message: Some(NOTHING_TO_MUTATE.to_owned()), ..Status::default() };
                return AdmissionResponse { uid: uid.to_owned(), status: Some(status), ..Default::default() };
            }
        };
        let status = (self.message.is_some() || self.code.is_some()).then(|| Status {
            message: self.message,
            code: self.code,
            ..Status::default()
        });
        AdmissionResponse {
            uid: uid.to_owned(),
            allowed: self.accepted,
            patch_type: patch.as_ref().map(|_| "JSONPatch"),
            // A rejection keeps its patch; the API server ignores it there.
            patch,
            status,
            audit_annotations: self.audit_annotations,
            warnings: self.warnings,
        }
    }
}

impl AdmissionResponse {
    /// A rejection with a message and a code.
    pub(super) fn reject(uid: &str, message: String, code: u16) -> Self {
        let status = Status { message: Some(message), code: Some(code), ..Status::default() };
        Self { uid: uid.to_owned(), status: Some(status), ..Self::default() }
    }
}

/// The JSON Patch between two values in base64, or none when they are equal.
fn patch(original: &Value, mutated: &Value) -> Option<String> {
    let patch = json_patch::diff(original, mutated);
    if patch.0.is_empty() {
        return None;
    }
    // A patch consists of strings and JSON values, which always have a text.
    serde_json::to_string(&patch).ok().map(|text| STANDARD.encode(text))
}
