//! `regwarden digest` and `regwarden manifest`: what a name in a registry stands for now.

use std::io::{self, Write};

use serde::Serialize;

use super::super::output::Terminal;
use super::{in_registry, options};
use crate::cli::Output;
use crate::cli::oci::{DigestArgs, ManifestArgs};
use crate::error::{Error, Exit};
use crate::oci::fetch::manifest_of;
use crate::store::Digest;

/// `--output json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resolved<'a> {
    schema: &'static str,
    name: String,
    digest: &'a Digest,
    immutable_ref: String,
}

pub(crate) fn digest(args: &DigestArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let name = in_registry(&args.name)?;
    let (_, digest) = manifest_of(&options(&args.remote)?, &name)?;
    if args.output == Output::Json {
        let immutable_ref = name.pinned(&digest);
        terminal.json(&Resolved {
            schema: "regwarden/digest/v1",
            name: name.to_string(),
            digest: &digest,
            immutable_ref,
        })?;
        return Ok(Exit::Allowed);
    }
    let mut out = terminal.out();
    if name.digest().is_some() {
        writeln!(out, "{}", args.name)?;
    } else {
        writeln!(out, "{}@{digest}", args.name)?;
    }
    out.flush()?;
    Ok(Exit::Allowed)
}

pub(crate) fn manifest(args: &ManifestArgs, _terminal: &Terminal) -> Result<Exit, Error> {
    let name = in_registry(&args.name)?;
    let (bytes, _) = manifest_of(&options(&args.remote)?, &name)?;
    // The very bytes, so that their digest is the policy's.
    let mut out = io::stdout().lock();
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(Exit::Allowed)
}
