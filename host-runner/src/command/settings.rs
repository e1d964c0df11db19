//! Settings files: reading them, and `regwarden settings check`.

use std::io::Write;
use std::path::Path;

use super::output::Terminal;
use super::policy::Judge;
use crate::cli::oci::RemoteArgs;
use crate::error::{Error, Exit};
use crate::manifest::{self, Limits};
use crate::reason::io_reason;
use crate::report::style::GOOD;
use crate::report::text::clean;
use crate::source::{self, STDIN};

/// Settings are written by people; what is larger is something else.
const LARGEST: usize = 4 << 20;

/// The settings in a YAML or JSON file as JSON text; an empty file says `{}`.
///
/// # Errors
/// When the file cannot be read or does not hold exactly one mapping.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let file = path.to_string_lossy().into_owned();
    let unreadable = |reason: String| Error::Unreadable { file: file.clone(), reason };
    let from = (path != Path::new(STDIN)).then_some(path);
    let bytes = source::read(from, LARGEST).map_err(|error| unreadable(io_reason(&error)))?;
    let stream = manifest::read(&bytes, &Limits { bytes: LARGEST, ..Limits::default() });
    if let Some(error) = stream.error {
        return Err(unreadable(format!("line {}: {}", error.line, error.problem)));
    }
    let mut documents = stream.documents.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Ok("{}".to_owned()),
        (Some(document), None) if document.json.starts_with('{') => Ok(document.json),
        (Some(_), None) => Err(unreadable("settings are a mapping; this file holds something else".to_owned())),
        (Some(_), Some(second)) => {
            Err(unreadable(format!("line {}: a second document begins; settings are one document", second.line)))
        }
    }
}

/// `settings check`: the policy's opinion of a settings file.
pub(super) fn check(
    file: &Path,
    policy: Option<&Path>,
    remote: &RemoteArgs,
    terminal: &Terminal,
) -> Result<Exit, Error> {
    let settings = read(file)?;
    let judge = Judge::load(policy, remote, terminal)?;
    judge.with_settings(settings, Some(&file.to_string_lossy()))?;
    if !terminal.quiet {
        let mut out = terminal.out();
        writeln!(out, "{}  {GOOD}✔ valid{GOOD:#}", clean(&file.to_string_lossy()))?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}
