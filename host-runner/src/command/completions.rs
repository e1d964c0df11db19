//! `regwarden completions`: the script that teaches a shell the command line.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::output::Terminal;
use crate::cli::Cli;
use crate::error::{Error, Exit};

pub(super) fn run(shell: Shell, terminal: &Terminal) -> Result<Exit, Error> {
    // The generator panics when its writer fails, so it gets one that cannot.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "regwarden", &mut script);
    let mut out = terminal.out();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Allowed)
}
