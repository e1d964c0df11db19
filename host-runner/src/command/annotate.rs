//! `regwarden annotate`: Kubewarden's metadata put into a Wasm file.

use std::io::Write;

use super::file;
use super::mapping;
use super::oci::read_file;
use super::output::Terminal;
use crate::annotate::{self, AnnotateError};
use crate::cli::artifact::AnnotateArgs;
use crate::engine::{Engine, Limits};
use crate::error::{Error, Exit};
use crate::module::{Abi, hex};
use crate::outcome::Outcome;
use crate::reason::io_reason;
use crate::source;
use sha2::{Digest, Sha256};

/// A manual is written by people; what is larger is something else.
const LARGEST_USAGE: usize = 1 << 20;

pub(super) fn run(args: &AnnotateArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let policy = args.policy.to_string_lossy().into_owned();
    let metadata_file = args.metadata_path.to_string_lossy().into_owned();
    let in_metadata =
        |error: AnnotateError| Error::Unreadable { file: metadata_file.clone(), reason: error.to_string() };
    let metadata = annotate::read(&mapping::read(&args.metadata_path, "metadata")?).map_err(in_metadata)?;
    let usage = args.usage_path.as_deref().map(|path| {
        let unreadable = |reason: String| Error::Unreadable { file: path.to_string_lossy().into_owned(), reason };
        let bytes = source::read(Some(path), LARGEST_USAGE).map_err(|error| unreadable(io_reason(&error)))?;
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8; save it as UTF-8 text".to_owned()))
    });
    let usage = usage.transpose()?;
    let wasm = read_file(&args.policy)?;
    let annotated = annotate::annotate(&wasm, metadata, usage.as_deref(), protocol).map_err(|error| match error {
        AnnotateError::Metadata(_) | AnnotateError::Mode { .. } => in_metadata(error),
        AnnotateError::Protocol(_) | AnnotateError::Module(_) | AnnotateError::Component => {
            Error::Policy { policy: policy.clone(), reason: error.to_string() }
        }
    })?;
    for warning in &annotated.warnings {
        terminal.note(&format!("warning: {warning}"));
    }
    file::write(&args.output_path, &annotated.wasm)?;
    if !terminal.quiet {
        let mut out = terminal.out();
        let digest = hex(&Sha256::digest(&annotated.wasm));
        let name = args.output_path.to_string_lossy();
        writeln!(out, "{name}: {} bytes, sha256:{digest}", annotated.wasm.len())?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}

/// What a waPC guest answers when it is asked for its protocol version.
fn protocol(wasm: &[u8]) -> Result<String, String> {
    let engine = Engine::new(Limits::default()).map_err(|error| format!("cannot be run: {error}"))?;
    let policy = engine.load_as(wasm, Abi::Wapc).map_err(|error| format!("cannot be loaded: {error}"))?;
    match policy.call("protocol_version", b"") {
        Outcome::Answered(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        other => Err(other.to_string()),
    }
}
