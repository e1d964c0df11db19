//! Policies kept on this machine: content under its digest, and the names under which it was pulled.
//!
//! ```text
//! store.json             {"layout":1}
//! lock                   held shared while something is added, alone while something is removed
//! blobs/sha256/<hex>     manifests, configurations and modules; complete, flushed, then moved here
//! names/<hex>.json       one pulled name each, under the digest of the name
//! signatures/<hex>.json  what was found beside a manifest, for where no registry is
//! partial/<hex>          a download that was interrupted, and <hex>.lock beside it
//! ```
//!
//! Readers take no lock: what is there is complete, and its digest is checked every time it is read.

mod archive;
mod blob;
mod collect;
mod digest;
mod error;
mod names;
mod signatures;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use archive::{Loaded, Saved};
pub use blob::{Begun, Partial};
pub use collect::Collected;
pub use digest::{Digest, DigestError};
pub use error::StoreError;
pub use names::Stored;

/// The layout that this program reads and writes.
const LAYOUT: u64 = 1;

/// Default for everything in one store together.
const MOST_TOTAL: u64 = 4 << 30;

/// How long a command waits for another one in the same store.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store in a directory. Opening it writes nothing.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    most: u64,
}

/// Held while the store is changed; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

#[derive(Deserialize, Serialize)]
struct Marker {
    layout: u64,
}

impl Store {
    /// The user's: `$XDG_DATA_HOME/regwarden/store`, else `~/.local/share/regwarden/store`.
    ///
    /// # Errors
    /// When neither variable is set, and as [`Store::at`].
    pub fn of_user() -> Result<Self, StoreError> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("share")));
        Self::at(&base.ok_or(StoreError::Homeless)?.join("regwarden").join("store"))
    }

    /// A store in a directory of the caller's choice, which need not exist yet.
    ///
    /// # Errors
    /// When the directory is a store of a later layout, or holds something else.
    pub fn at(root: &Path) -> Result<Self, StoreError> {
        let store = Self { root: root.to_owned(), most: MOST_TOTAL };
        let marker = store.marker();
        let foreign = |reason: &str| StoreError::Foreign { root: root.to_owned(), reason: reason.to_owned() };
        match read_limited(&marker, 4096) {
            Ok(bytes) => {
                let Marker { layout: found } =
                    serde_json::from_slice(&bytes).map_err(|_| foreign("its `store.json` cannot be read"))?;
                if found > LAYOUT {
                    return Err(StoreError::Newer { root: root.to_owned(), found, known: LAYOUT });
                }
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                // Nothing at all, an empty directory, or one whose first use was cut short.
                let mut entries = match fs::read_dir(root) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(store),
                    Err(error) => return Err(StoreError::io(root)(error)),
                };
                let known = ["lock", "blobs", "names", "partial", "signatures"];
                let strange = |entry: io::Result<fs::DirEntry>| {
                    entry.is_ok_and(|entry| {
                        let name = entry.file_name();
                        let name = name.to_string_lossy();
                        !known.contains(&&*name) && !name.starts_with(".tmp")
                    })
                };
                if entries.any(strange) {
                    return Err(foreign("it holds other files and no `store.json`"));
                }
            }
            Err(error) => return Err(StoreError::io(&marker)(error)),
        }
        Ok(store)
    }

    /// The same store with another limit for everything in it together, in bytes.
    #[must_use]
    pub fn with_limit(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Its directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn marker(&self) -> PathBuf {
        self.root.join("store.json")
    }

    fn partials(&self) -> PathBuf {
        self.root.join("partial")
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs").join("sha256")
    }

    fn names(&self) -> PathBuf {
        self.root.join("names")
    }

    /// Keeps others from removing what is about to be added. Makes the store when it is not there.
    ///
    /// # Errors
    /// When the store cannot be written, or another process keeps removing from it.
    pub fn add(&self) -> Result<Lock, StoreError> {
        self.make()?;
        self.lock(|file| file.try_lock_shared())
    }

    /// Keeps everybody else from changing the store.
    ///
    /// # Errors
    /// When the store cannot be written, or others are busy in it.
    pub fn remove(&self) -> Result<Lock, StoreError> {
        self.make()?;
        self.lock(|file| file.try_lock())
    }

    fn make(&self) -> Result<(), StoreError> {
        for directory in [self.root.clone(), self.blobs(), self.names(), self.partials(), self.signatures_place()] {
            make_directory(&directory).map_err(StoreError::io(&directory))?;
        }
        if !self.marker().exists() {
            let text = serde_json::to_vec(&Marker { layout: LAYOUT }).unwrap_or_default();
            self.write(&self.marker(), &text)?;
        }
        Ok(())
    }

    fn lock(&self, take: impl Fn(&File) -> Result<(), TryLockError>) -> Result<Lock, StoreError> {
        let path = self.root.join("lock");
        let until = Instant::now() + PATIENCE;
        loop {
            match self.try_lock(&path, &take)? {
                Some(lock) => return Ok(lock),
                None if Instant::now() >= until => return Err(StoreError::Busy { root: self.root.clone() }),
                None => sleep(Duration::from_millis(20)),
            }
        }
    }

    /// A lock, unless somebody else has it.
    fn try_lock(
        &self,
        path: &Path,
        take: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Option<Lock>, StoreError> {
        let file = File::options().create(true).truncate(false).write(true).open(path).map_err(StoreError::io(path))?;
        match take(&file) {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io(path)(error)),
        }
    }

    /// Writes a file beside its place, flushes it, and moves it there: whole or not at all, whatever happens.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let failed = StoreError::io(path);
        let directory = path.parent().unwrap_or(&self.root);
        let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(directory).map_err(&failed)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(&failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        sync_directory(directory).map_err(&failed)
    }
}

/// A new directory, for this user alone; the umask could open it to others.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A rename is on the disk only when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The whole file, or an error when it is larger.
fn read_limited(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than expected"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
