//! `regwarden export`: the embedded policy as a file, byte for byte.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use tempfile::Builder;

use super::output::Terminal;
use crate::cli::ExportArgs;
use crate::embedded;
use crate::error::{Error, Exit, io_reason};

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
    write_file(&args.file, embedded::WASM)?;
    if !terminal.quiet {
        let mut out = terminal.out();
        writeln!(out, "{name}: {} bytes, sha256:{}", embedded::WASM.len(), embedded::DIGEST)?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}

/// Writes the whole file or nothing.
///
/// # Errors
/// When it cannot be written; what was there before stays.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes).map_err(|source| {
        // The library names its temporary file, which is nothing to the user.
        let file = path.to_string_lossy().into_owned();
        Error::Write { file, source: io::Error::new(source.kind(), io_reason(&source)) }
    })
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".regwarden-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What the umask leaves of this, as for any new file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut new = builder.tempfile_in(directory)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}
