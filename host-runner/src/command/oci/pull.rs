//! `regwarden pull`: a policy from a registry or a web server into the store, and into a file.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

use super::super::file;
use super::super::output::Terminal;
use super::signature::keep;
use super::{fetch, in_registry, options, store};
use crate::cli::Output;
use crate::cli::oci::PullArgs;
use crate::error::{Error, Exit};
use crate::oci::name::{Name, shown};
use crate::oci::{Fetched, Freshness};
use crate::report::style::GOOD;
use crate::report::text::clean;
use crate::store::{Digest, Stored};

/// `--output json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pulled<'a> {
    schema: &'static str,
    #[serde(flatten)]
    stored: &'a Stored,
    freshness: Freshness,
    moved_from: Option<&'a Digest>,
    file: Option<String>,
}

pub(crate) fn run(args: &PullArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let to_stdout = args.file.as_deref() == Some(Path::new("-"));
    if to_stdout && (args.output == Output::Json || io::stdout().is_terminal()) {
        let text = "the module goes to standard output alone, and not to a terminal; name a file or pipe it on";
        return Err(Error::Usage(text.to_owned()));
    }
    let unusable = |error| Error::Usage(format!("`{}` names no policy: {error}", shown(&args.name)));
    let name = match Name::parse(&args.name).map_err(unusable)? {
        name @ (Name::Url(_) | Name::Registry(_) | Name::Stored(_)) => name,
        Name::File(_) => Name::Registry(in_registry(&args.name)?),
    };
    let Fetched { bytes, stored, freshness, moved_from } = fetch(&name, &args.remote, terminal)?;
    let options = options(&args.remote)?;
    if !options.offline
        && let Err(error) = keep(&options, &name, &stored, &store(args.remote.store.as_deref())?)
        && !terminal.quiet
    {
        terminal.note(&format!("note: its signatures are not kept for `--offline`: {error}"));
    }
    if to_stdout {
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()?;
        return Ok(Exit::Allowed);
    }
    if let Some(path) = &args.file {
        file::write(path, &bytes)?;
    }
    let file = args.file.as_ref().map(|file| file.to_string_lossy().into_owned());
    match args.output {
        Output::Json => {
            let moved_from = moved_from.as_ref();
            terminal.json(&Pulled { schema: "regwarden/pull/v1", stored: &stored, freshness, moved_from, file })?;
        }
        Output::Human => {
            let how = match freshness {
                Freshness::Stored | Freshness::Unchanged => "is there already",
                Freshness::Downloaded => "pulled",
            };
            let mut out = terminal.out();
            writeln!(out, "{GOOD}✔ {how}{GOOD:#} {}", clean(&stored.name))?;
            if let Some(resolved) = &stored.resolved {
                writeln!(out, "  stands for {resolved}")?;
            }
            writeln!(out, "  module {}, {} bytes", stored.module, stored.size)?;
            if let Some(file) = file {
                writeln!(out, "  written to {}", clean(&file))?;
            }
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}
