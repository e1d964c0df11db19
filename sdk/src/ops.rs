//! An operation's name and bytes in, bytes out, over any policy. What cannot be read becomes an answer, never an error.

use crate::catalogue;
use crate::cluster::Cluster;
use crate::evaluate::{Evaluation, evaluate};
use crate::json::{Document, write};
use crate::policy::{Policy, read_settings};
use crate::text;

/// What a policy can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Kubewarden's: may this object come in?
    Validate,
    /// Kubewarden's: are these settings right?
    ValidateSettings,
    /// Kubewarden's: `"v1"`.
    ProtocolVersion,
    /// As [`Operation::Validate`], with the findings and the patch beside the response.
    Evaluate,
    /// The catalogue of rules.
    Describe,
}

impl Operation {
    /// Every operation with its name as a waPC function.
    pub const ALL: &'static [(&'static str, Operation)] = &[
        ("validate", Operation::Validate),
        ("validate_settings", Operation::ValidateSettings),
        ("protocol_version", Operation::ProtocolVersion),
        ("evaluate", Operation::Evaluate),
        ("describe", Operation::Describe),
    ];

    /// By name; WASI hosts spell it with hyphens.
    pub fn by_name(name: &str) -> Option<Operation> {
        let same = |known: &str| {
            known.len() == name.len()
                && known.bytes().zip(name.bytes()).all(|(k, n)| k == n || (k == b'_' && n == b'-'))
        };
        Self::ALL.iter().find(|(known, _)| same(known)).map(|(_, operation)| *operation)
    }
}

/// Answers one operation.
pub fn call<P: Policy>(operation: Operation, payload: &[u8], cluster: &dyn Cluster) -> Vec<u8> {
    match operation {
        Operation::Validate => evaluate::<P>(payload, cluster).verdict.to_json(),
        Operation::Evaluate => evaluation_json(&evaluate::<P>(payload, cluster)),
        Operation::ValidateSettings => validate_settings::<P>(payload),
        Operation::ProtocolVersion => "\"v1\"".to_owned(),
        Operation::Describe => catalogue::describe::<P>(),
    }
    .into_bytes()
}

fn evaluation_json(evaluation: &Evaluation) -> String {
    let mut findings = write::Array::new();
    for finding in &evaluation.findings {
        findings.raw(&finding.to_json());
    }
    let mut edits = write::Array::new();
    for operation in &evaluation.patch {
        edits.raw(&operation.to_json());
    }
    write::object(&[
        ("response", &evaluation.verdict.to_json()),
        ("findings", &findings.end()),
        ("edits", &edits.end()),
    ])
}

fn validate_settings<P: Policy>(payload: &[u8]) -> String {
    let mut out = write::Object::new(String::new());
    let message = match Document::parse(payload) {
        Ok(document) => read_settings::<P>(document.root()).err().map(|mistakes| mistakes.joined("\n")),
        Err(error) => Some(text::concat(&["settings are not JSON: ", &error.line()])),
    };
    out.bool("valid", message.is_none());
    if let Some(message) = message {
        out.string("message", &message);
    }
    out.end()
}
