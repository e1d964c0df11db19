//! `regwarden settings check`.

use std::io::Write;
use std::path::Path;

use super::mapping;
use super::output::Terminal;
use super::policy::Judge;
use crate::cli::oci::RemoteArgs;
use crate::error::{Error, Exit};
use crate::report::style::GOOD;
use crate::report::text::clean;

/// `settings check`: the policy's opinion of a settings file.
pub(super) fn check(
    file: &Path,
    policy: Option<&Path>,
    remote: &RemoteArgs,
    terminal: &Terminal,
) -> Result<Exit, Error> {
    let settings = mapping::read(file, mapping::SETTINGS)?;
    let judge = Judge::load(policy, remote, terminal)?;
    judge.with_settings(settings, Some(&file.to_string_lossy()))?;
    if !terminal.quiet {
        let mut out = terminal.out();
        writeln!(out, "{}  {GOOD}✔ valid{GOOD:#}", clean(&file.to_string_lossy()))?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}
