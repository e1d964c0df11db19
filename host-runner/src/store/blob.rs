//! Content under its digest: read and checked, written whole, downloaded in pieces.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::{Digest, Lock, Store, StoreError, read_limited, sync_directory};

/// A download in progress: what is there already is kept when the process dies, and continued by the next one.
#[derive(Debug)]
pub struct Partial {
    store: Store,
    digest: Digest,
    path: PathBuf,
    file: File,
    hasher: Sha256,
    length: u64,
    /// Two processes that pull the same content take turns.
    _turn: Lock,
}

/// How a download begins.
#[derive(Debug)]
pub enum Begun {
    /// It is this process's turn.
    Here(Box<Partial>),
    /// Another process is at it; it is worth asking again a little later.
    Elsewhere,
    /// Another process has finished it.
    Done,
}

impl Store {
    fn place(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The content of a digest, checked; none when it is not here.
    ///
    /// # Errors
    /// When the file holds something else, is larger than `most`, or cannot be read.
    pub fn blob(&self, digest: &Digest, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.place(digest);
        let bytes = match read_limited(&path, most) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Err(StoreError::TooLarge { path, most });
            }
            Err(error) => return Err(StoreError::io(&path)(error)),
        };
        if Digest::of(&bytes) == *digest {
            Ok(Some(bytes))
        } else {
            Err(StoreError::Damaged { path, digest: digest.clone() })
        }
    }

    /// Keeps some bytes under their digest. The caller holds [`Store::add`].
    ///
    /// # Errors
    /// When they cannot be written, or the store is full.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        self.room(bytes.len() as u64)?;
        self.write(&self.place(&digest), bytes)?;
        Ok(digest)
    }

    /// Checks that so many more bytes fit under the store's own limit.
    pub(super) fn room(&self, more: u64) -> Result<(), StoreError> {
        let full = || StoreError::Full { root: self.root.clone(), most: self.most };
        let total =
            [self.blobs(), self.partials(), self.signatures_place()].iter().try_fold(more, |total, directory| {
                let sizes = fs::read_dir(directory).map_err(StoreError::io(directory))?;
                let sizes = sizes.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
                Ok::<_, StoreError>(sizes.fold(total, u64::saturating_add))
            })?;
        if total > self.most { Err(full()) } else { Ok(()) }
    }

    /// Begins or continues a download of `size` bytes. The caller holds [`Store::add`].
    ///
    /// # Errors
    /// When the store is full or cannot be written.
    pub fn partial(&self, digest: &Digest, size: u64) -> Result<Begun, StoreError> {
        let path = self.partials().join(digest.hex());
        let lock = self.partials().join(format!("{}.lock", digest.hex()));
        let Some(turn) = self.try_lock(&lock, File::try_lock)? else { return Ok(Begun::Elsewhere) };
        if let Ok(Some(_)) = self.blob(digest, size) {
            return Ok(Begun::Done);
        }
        self.room(size)?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(StoreError::io(&path))?;
        let mut partial = Partial {
            store: self.clone(),
            digest: digest.clone(),
            path,
            file,
            hasher: Sha256::new(),
            length: 0,
            _turn: turn,
        };
        partial.recall(size)?;
        Ok(Begun::Here(Box::new(partial)))
    }
}

impl Partial {
    /// Hashes what an earlier process left; more than the whole is worth nothing.
    fn recall(&mut self, size: u64) -> Result<(), StoreError> {
        let there = self.file.metadata().map_err(StoreError::io(&self.path))?.len();
        if there > size {
            return self.restart();
        }
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = self.file.read(&mut buffer).map_err(StoreError::io(&self.path))?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
            self.hasher.update(bytes);
            self.length += bytes.len() as u64;
        }
    }

    /// How many bytes are there.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Forgets what is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.hasher = Sha256::new();
        self.length = 0;
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map(|_| ()).map_err(StoreError::io(&self.path))
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// When they cannot be written. On a full disk the download is thrown away, to make room.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(|error| self.give_up(error))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn give_up(&self, error: io::Error) -> StoreError {
        let error = StoreError::io(&self.path)(error);
        if matches!(error, StoreError::NoSpace { .. }) {
            self.discard();
        }
        error
    }

    /// Throws the download away.
    pub fn discard(&self) {
        // What cannot be removed now is removed by the next collection.
        let _ = fs::remove_file(&self.path);
    }

    /// Whether it begins with these bytes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn begins_with(&mut self, bytes: &[u8]) -> Result<bool, StoreError> {
        let mut start = Vec::new();
        let read = self.file.seek(SeekFrom::Start(0)).and_then(|_| {
            (&self.file).take(bytes.len() as u64).read_to_end(&mut start)?;
            self.file.seek(SeekFrom::End(0))
        });
        read.map(|_| start == bytes).map_err(StoreError::io(&self.path))
    }

    /// Throws the download away; the digest that it has, if that is not the one it should have.
    pub fn reject(&mut self) -> Option<Digest> {
        let actual = Digest::finish(self.hasher.clone());
        self.discard();
        Some(actual).filter(|actual| *actual != self.digest)
    }

    /// Ends the download: flushed, and moved to its place if it is what it should be; otherwise thrown away, and the
    /// digest that it has instead is returned.
    ///
    /// # Errors
    /// When it cannot be flushed or moved.
    pub fn finish(&mut self) -> Result<Result<(), Digest>, StoreError> {
        let actual = Digest::finish(self.hasher.clone());
        if actual != self.digest {
            self.restart()?;
            self.discard();
            return Ok(Err(actual));
        }
        self.file.sync_all().map_err(|error| self.give_up(error))?;
        let place = self.store.place(&self.digest);
        fs::rename(&self.path, &place).map_err(StoreError::io(&place))?;
        let directory = self.store.blobs();
        sync_directory(&directory).map_err(StoreError::io(&directory))?;
        Ok(Ok(()))
    }
}
