//! Writing a new file: the whole of it or nothing.

use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::Error;
use crate::reason::io_reason;

/// Writes `bytes` to `path`, in place of a file that is there.
///
/// # Errors
/// When the file cannot be written; what was there before still is.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    at_once(path, bytes).map_err(|source| {
        // The library names its temporary file, which is nothing to the user.
        Error::Write {
            file: path.to_string_lossy().into_owned(),
            source: io::Error::new(source.kind(), io_reason(&source)),
        }
    })
}

fn at_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
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
