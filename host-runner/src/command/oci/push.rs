//! `regwarden push`: a module into a registry, as `kwctl push` does.

use std::io::Write;

use serde::Serialize;

use super::super::output::Terminal;
use super::super::progress::Progress;
use super::signature::{private_key, sign_manifest};
use super::{in_registry, options, read_module};
use crate::cli::Output;
use crate::cli::oci::PushArgs;
use crate::cli::signature::Layout;
use crate::error::{Error, Exit};
use crate::module::{self, Abi};
use crate::oci::{manifest, push};
use crate::report::style::GOOD;
use crate::store::Digest;

/// `--output json`. `immutable_ref` is spelled as kwctl does.
#[derive(Serialize)]
struct Pushed<'a> {
    schema: &'static str,
    name: String,
    immutable_ref: String,
    manifest: &'a Digest,
    module: &'a Digest,
    size: usize,
}

pub(crate) fn run(args: &PushArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let name = in_registry(&args.name)?;
    let options = options(&args.remote)?;
    // Before anything is pushed that then would stay unsigned.
    let key = args.sign_key.as_deref().map(private_key).transpose()?;
    let bytes = read_module(&args.policy, &args.remote, terminal)?;
    let file = args.policy.to_string_lossy().into_owned();
    let info =
        module::inspect(&bytes).map_err(|error| Error::Unreadable { file: file.clone(), reason: error.to_string() })?;
    let unfit = |reason: &str| Err(Error::Policy { policy: file.clone(), reason: reason.to_owned() });
    let annotations = match (&info.metadata, &info.metadata_error) {
        (Some(metadata), _) => metadata.annotations.clone().unwrap_or_default(),
        (None, Some(error)) => return unfit(&format!("its metadata cannot be read ({error}); annotate it again")),
        (None, None) if info.abi == Abi::Opa => {
            return unfit("a Rego policy without metadata does not say how it is run; annotate it first");
        }
        (None, None) if !args.force => {
            return unfit(
                "it has no metadata, which policy-server asks for; annotate it first, or push it with `--force`",
            );
        }
        (None, None) => std::collections::BTreeMap::new(),
    };
    let (annotations, left_out) = manifest::annotations(&annotations);
    if !terminal.quiet && !left_out.is_empty() {
        let keys = left_out.join(", ");
        terminal.note(&format!("note: annotations of several lines stay in the module alone: {keys}"));
    }
    let progress = Progress::start(terminal, format!("pushing {name}"));
    let pushed = push::push(&options, &name, &bytes, &annotations)?;
    if let Some(key) = &key {
        let manifest = manifest::of_module(&pushed.module, bytes.len() as u64, &annotations);
        let none = std::collections::BTreeMap::new();
        sign_manifest(&options, &name, (&pushed.manifest, &manifest), key, &none, Layout::Both)?;
    }
    drop(progress);
    let immutable_ref = name.pinned(&pushed.manifest);
    match args.output {
        Output::Json => terminal.json(&Pushed {
            schema: "regwarden/push/v1",
            name: name.to_string(),
            immutable_ref,
            manifest: &pushed.manifest,
            module: &pushed.module,
            size: bytes.len(),
        })?,
        Output::Human => {
            let mut out = terminal.out();
            let how = if key.is_some() { "pushed and signed" } else { "pushed" };
            writeln!(out, "{GOOD}✔ {how}{GOOD:#} {immutable_ref}")?;
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}
