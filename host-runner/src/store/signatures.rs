//! What was found beside a policy in its registry, kept for where no registry is. Nothing in it is trusted: it is checked
//! again whenever it is used.

use std::io;
use std::path::PathBuf;

use super::{Digest, Store, StoreError, read_limited};

/// Largest collection of signatures of one policy in bytes.
pub(super) const MOST_BYTES: u64 = 16 << 20;

impl Store {
    pub(super) fn signatures_place(&self) -> PathBuf {
        self.root.join("signatures")
    }

    fn signatures_file(&self, manifest: &Digest) -> PathBuf {
        self.signatures_place().join(format!("{}.json", manifest.hex()))
    }

    /// Keeps the signatures of a manifest in place of those that were kept before.
    ///
    /// # Errors
    /// When they are too large, or cannot be written.
    pub fn keep_signatures(&self, manifest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let _lock = self.add()?;
        self.put_signatures(manifest, bytes)
    }

    /// As [`Store::keep_signatures`], for whoever holds [`Store::add`] already.
    pub(super) fn put_signatures(&self, manifest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let file = self.signatures_file(manifest);
        if bytes.len() as u64 > MOST_BYTES {
            return Err(StoreError::TooLarge { path: file, most: MOST_BYTES });
        }
        self.room(bytes.len() as u64)?;
        self.write(&file, bytes)
    }

    /// The kept signatures of a manifest.
    ///
    /// # Errors
    /// When they are there and cannot be read.
    pub fn signatures(&self, manifest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let file = self.signatures_file(manifest);
        match read_limited(&file, MOST_BYTES) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(&file)(error)),
        }
    }
}
