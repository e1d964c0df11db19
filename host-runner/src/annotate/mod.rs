//! Putting Kubewarden's metadata into a policy, in place of what it carried before.

mod capability;
mod metadata;
mod section;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;
use wasmparser::{Validator, WasmFeatures};

use crate::module::{self, Abi};
use crate::reason::read_json;

pub use metadata::{ContextAwareResource, ExecutionMode, Metadata, PolicyType, Rule};

/// The annotation that holds a policy's manual.
const USAGE: &str = "io.kubewarden.policy.usage";

/// The annotation in which kwctl leaves its version. Whoever reads it wants to know which kwctl made the section.
const KWCTL: &str = "io.kubewarden.kwctl";

/// A policy with its metadata.
#[derive(Clone, Debug)]
pub struct Annotated {
    /// The module.
    pub wasm: Vec<u8>,
    /// What is allowed and probably not meant, one text each.
    pub warnings: Vec<String>,
}

/// Why a policy cannot be annotated.
#[derive(Debug, Error)]
pub enum AnnotateError {
    /// The module cannot be read.
    #[error("it is no usable Wasm module: {0}")]
    Module(String),
    /// A component, which no Kubewarden interface takes.
    #[error("it is a Wasm component; build the policy as a core module")]
    Component,
    /// The metadata is not what Kubewarden takes.
    #[error("the metadata is not valid{}", listed(.0))]
    Metadata(Vec<String>),
    /// Metadata and module name different interfaces.
    #[error("the metadata says `executionMode: {said}`, and the module {is}; {next}")]
    Mode {
        /// The mode of the metadata.
        said: &'static str,
        /// What the module shows.
        is: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// The guest does not say which protocol it speaks.
    #[error(
        "asked for its protocol version, the policy {0}; build it with a Kubewarden SDK, which answers `protocol_version`"
    )]
    Protocol(String),
}

fn listed(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ", line.as_str()]).collect()
}

/// Reads metadata from JSON text, which a YAML file has been turned into.
///
/// # Errors
/// [`AnnotateError::Metadata`] when a key is missing or has the wrong type.
pub fn read(json: &str) -> Result<Metadata, AnnotateError> {
    read_json(json).map_err(|reason| AnnotateError::Metadata(vec![reason]))
}

/// The module with this metadata in place of any it had. `usage` is its manual in Markdown; `protocol` asks the module
/// for its protocol version (`v1`), which is done for waPC alone.
///
/// The same arguments give the same bytes, and the result as the module gives them again.
///
/// # Errors
/// See [`AnnotateError`]; nothing is written anywhere.
pub fn annotate(
    wasm: &[u8],
    mut metadata: Metadata,
    usage: Option<&str>,
    protocol: impl FnOnce(&[u8]) -> Result<String, String>,
) -> Result<Annotated, AnnotateError> {
    let info = module::inspect(wasm).map_err(|error| AnnotateError::Module(error.to_string()))?;
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(wasm)
        .map_err(|error| AnnotateError::Module(format!("{} at offset {}", error.message(), error.offset())))?;
    let mistakes = metadata.mistakes();
    if !mistakes.is_empty() {
        return Err(AnnotateError::Metadata(mistakes));
    }
    let mut warnings = metadata.warnings();
    fits(metadata.execution_mode, info.abi, info.exports.iter().any(|export| export.name == "_start"))?;
    metadata.protocol_version = Some(match metadata.execution_mode {
        ExecutionMode::KubewardenWapc => known(&protocol(wasm).map_err(AnnotateError::Protocol)?)?,
        ExecutionMode::Opa | ExecutionMode::Gatekeeper | ExecutionMode::Wasi => "Unknown".to_owned(),
    });
    if let Some(version) = metadata.annotations.as_mut().and_then(|map| map.remove(KWCTL)) {
        warnings.push(format!("`{KWCTL}: {version}` is left out: kwctl did not make this section"));
    }
    if let Some(usage) = usage {
        metadata.annotations.get_or_insert_with(BTreeMap::new).insert(USAGE.to_owned(), usage.to_owned());
    }
    let declared = metadata.host_capabilities.clone().unwrap_or_default();
    warnings.extend(capability::compare(&declared, &capability::seen(wasm)));
    let content = serde_json::to_vec(&metadata).map_err(|error| AnnotateError::Metadata(vec![error.to_string()]))?;
    Ok(Annotated { wasm: section::replace(wasm, &content)?, warnings })
}

/// Whether a module can be called in a mode.
fn fits(mode: ExecutionMode, abi: Abi, has_start: bool) -> Result<(), AnnotateError> {
    let rego = matches!(mode, ExecutionMode::Opa | ExecutionMode::Gatekeeper);
    let said = match mode {
        ExecutionMode::KubewardenWapc => "kubewarden-wapc",
        ExecutionMode::Opa => "opa",
        ExecutionMode::Gatekeeper => "gatekeeper",
        ExecutionMode::Wasi => "wasi",
    };
    let wrong = |is, next| Err(AnnotateError::Mode { said, is, next });
    match abi {
        Abi::Opa if !rego => wrong("is compiled Rego", "write `opa` or `gatekeeper`, whichever it was written for"),
        _ if rego && abi != Abi::Opa => {
            wrong("is no compiled Rego", "write `kubewarden-wapc` for a waPC policy, `wasi` for a WASI command")
        }
        Abi::Wasi if mode == ExecutionMode::KubewardenWapc => {
            wrong("is a WASI command without `__guest_call`", "write `wasi`, or link the policy for waPC")
        }
        Abi::Wapc if mode == ExecutionMode::Wasi && !has_start => {
            wrong("is a waPC guest without `_start`", "write `kubewarden-wapc`")
        }
        Abi::Unknown => wrong("exports no interface of a policy", "check that the right file was named"),
        Abi::Wapc | Abi::Wasi | Abi::Opa => Ok(()),
    }
}

/// The protocol version out of a guest's answer, which is JSON.
fn known(answer: &str) -> Result<String, AnnotateError> {
    match serde_json::from_str::<String>(answer).as_deref() {
        Ok("v1") => Ok("v1".to_owned()),
        _ => Err(AnnotateError::Protocol("answers with something other than \"v1\"".to_owned())),
    }
}
