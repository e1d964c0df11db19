//! One admission request through one Kubewarden policy, from the request's JSON to the response's: what `kwctl run` does.

mod request;
mod response;
#[cfg(test)]
mod tests;

pub use request::{AdmissionRequest, GroupVersionKind, GroupVersionResource, Request, RequestError, UserInfo};
pub use response::{AdmissionResponse, Cause, Details, Status, ValidationResponse};

use crate::{
    engine::{Evaluation, Policy},
    module::Abi,
    outcome::{BadAnswer, Outcome, Phase},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The settings of a policy: a JSON object.
pub type Settings = Map<String, Value>;

/// The verdict on one request and how the guest came to it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What Kubewarden would answer.
    pub response: AdmissionResponse,
    /// What went wrong inside the guest, when the response is a rejection for that reason.
    pub fault: Option<Outcome>,
    /// What the guest logged and printed, with its outcome.
    pub evaluation: Evaluation,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The request cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The settings are no JSON object.
    #[error("the settings must be an object, not {0}")]
    NotAnObject(&'static str),
    /// The policy does not accept its settings.
    #[error("the policy does not accept the settings: {0}")]
    Settings(String),
    /// The module cannot be linked.
    #[error("the policy cannot be linked: {0}")]
    Link(String),
}

/// The settings in a JSON value: absent and `null` are no settings.
///
/// # Errors
/// [`RunError::NotAnObject`] for anything else that is no object, as Kubewarden refuses it.
pub fn settings(value: Option<Value>) -> Result<Settings, RunError> {
    match value {
        None | Some(Value::Null) => Ok(Settings::new()),
        Some(Value::Object(settings)) => Ok(settings),
        Some(Value::Bool(_)) => Err(RunError::NotAnObject("a boolean")),
        Some(Value::Number(_)) => Err(RunError::NotAnObject("a number")),
        Some(Value::String(_)) => Err(RunError::NotAnObject("a string")),
        Some(Value::Array(_)) => Err(RunError::NotAnObject("a list")),
    }
}

/// Reads an AdmissionReview or a bare AdmissionRequest, has the policy validate its settings, then the request.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge it; a guest that fails over the request is a rejection instead.
pub fn run(policy: &Policy, request: &[u8], settings: &Settings) -> Result<Run, RunError> {
    let request = Request::parse(request)?;
    validate_settings(policy, settings)?;
    validate(policy, &request, settings)
}

/// Asks the policy about its settings.
///
/// # Errors
/// [`RunError::Settings`] with the policy's message, or with what happened instead of an answer.
pub fn validate_settings(policy: &Policy, settings: &Settings) -> Result<(), RunError> {
    #[derive(Deserialize)]
    struct Answer {
        valid: bool,
        message: Option<String>,
    }
    if let Some(reason) = policy.link_error() {
        return Err(RunError::Link(reason.to_owned()));
    }
    match policy.call("validate_settings", text(settings).as_bytes()).json::<Answer>() {
        Ok(Answer { valid: true, .. }) => Ok(()),
        Ok(Answer { message, .. }) => Err(RunError::Settings(message.unwrap_or_else(|| "no message".to_owned()))),
        Err(Outcome::GuestError(error)) => Err(RunError::Settings(error)),
        Err(outcome) => Err(RunError::Settings(format!("while it validated them it {outcome}"))),
    }
}

/// Has the policy judge a request, with settings that it has accepted.
///
/// # Errors
/// [`RunError::Link`] alone.
pub fn validate(policy: &Policy, request: &Request, settings: &Settings) -> Result<Run, RunError> {
    let evaluation = policy.evaluate("validate", payload(request, settings).as_bytes());
    let uid = request.uid();
    let (response, fault) = match evaluation.outcome.clone() {
        Outcome::LinkError(reason) => return Err(RunError::Link(reason)),
        Outcome::Answered(bytes) => match serde_json::from_slice::<ValidationResponse>(&bytes) {
            Ok(answer) => (answer.for_request(uid, request.original()), None),
            Err(error) => {
                let prefix = match policy.abi() {
                    Abi::Wasi => "Cannot deserialize policy validation response",
                    Abi::Wapc | Abi::Opa | Abi::Unknown => "invalid response from policy",
                };
                let message = format!("internal server error: {prefix}: {error}");
                let fault = Outcome::BadAnswer(BadAnswer::NotJson(error.to_string()));
                (AdmissionResponse::reject(uid, message, 500), Some(fault))
            }
        },
        fault => {
            let message = complaint(&fault, &evaluation, policy.abi());
            (AdmissionResponse::reject(uid, message, 500), Some(fault))
        }
    };
    Ok(Run { response, fault, evaluation })
}

/// The payload of `validate` and `evaluate`: the request as Kubewarden writes it, then the settings.
#[must_use]
pub fn payload(request: &Request, settings: &Settings) -> String {
    #[derive(Serialize)]
    struct Payload<'a> {
        request: &'a Request,
        settings: &'a Settings,
    }
    text(&Payload { request, settings })
}

/// JSON text. Values with string keys, as all of these are, always have one.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The message with which Kubewarden rejects a request that its guest failed over.
fn complaint(fault: &Outcome, evaluation: &Evaluation, abi: Abi) -> String {
    if abi == Abi::Wasi {
        // A command says on standard error what went wrong; Kubewarden passes it on as it is.
        let said = String::from_utf8_lossy(&evaluation.stderr).trim().to_owned();
        return if said.is_empty() { fault.to_string() } else { said };
    }
    let reason = match fault {
        Outcome::TimedOut { .. } => {
            return "Policy execution interrupted because it exceeded the allowed execution time".to_owned();
        }
        Outcome::GuestError(error) => error.clone(),
        Outcome::Trapped(trap) if trap.backtrace.is_empty() => trap.reason.clone(),
        Outcome::Trapped(trap) => {
            let frames = format!("error while executing at wasm backtrace:\n{}", trap.backtrace);
            match trap.phase {
                Phase::Call => frames,
                Phase::Init(function) => format!("Initialization failed: {function}: {frames}"),
            }
        }
        Outcome::BadAnswer(BadAnswer::Absent { success: true }) => {
            "No error message OR response set for call success".to_owned()
        }
        Outcome::BadAnswer(BadAnswer::Absent { success: false }) => "No error message set for call failure".to_owned(),
        Outcome::Answered(_)
        | Outcome::OutOfMemory { .. }
        | Outcome::BadAnswer(_)
        | Outcome::HostCallFlood(_)
        | Outcome::LinkError(_) => {
            format!("the policy {fault}")
        }
    };
    format!("internal server error: Guest call failure: {reason}")
}
