//! `regwarden inspect`: what a Wasm file is; nothing of it is run.

use std::io::Write;

use super::oci::read_module;
use super::output::Terminal;
use crate::cli::{InspectArgs, Output};
use crate::error::{Error, Exit};
use crate::module;
use crate::report::{self, text};

pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let file = args.file.to_string_lossy();
    let bytes = read_module(&args.file, &args.remote, terminal)?;
    let info = module::inspect(&bytes)
        .map_err(|error| Error::Unreadable { file: file.clone().into_owned(), reason: error.to_string() })?;
    match args.output {
        Output::Json => terminal.json(&info)?,
        Output::Human => {
            let mut out = terminal.out();
            report::module::write(&mut out, &file, &info, text::width())?;
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}
