//! `regwarden export`: the embedded policy as a file, byte for byte.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::file;
use super::output::Terminal;
use crate::cli::ExportArgs;
use crate::embedded;
use crate::error::{Error, Exit};

pub(super) fn run(args: &ExportArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if args.file == Path::new("-") {
        let mut out = io::stdout().lock();
        if out.is_terminal() {
            return Err(Error::Usage("a Wasm module is nothing for a terminal; name a file or pipe it on".to_owned()));
        }
        out.write_all(embedded::WASM)?;
        out.flush()?;
        return Ok(Exit::Allowed);
    }
    let name = args.file.to_string_lossy().into_owned();
    file::write(&args.file, embedded::WASM)?;
    if !terminal.quiet {
        let mut out = terminal.out();
        writeln!(out, "{name}: {} bytes, sha256:{}", embedded::WASM.len(), embedded::DIGEST)?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}
