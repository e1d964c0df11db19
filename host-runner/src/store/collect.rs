//! Removal of what no name stands for any more.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Store, StoreError};
use crate::oci::manifest;

/// An interrupted download is worth continuing for this long.
const PARTIAL_LIVES: Duration = Duration::from_secs(24 * 3600);

/// What a collection removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Store {
    /// Removes content that no name needs, what dead processes left, and downloads that nobody continued for a day.
    ///
    /// # Errors
    /// When the store cannot be read, or others are busy in it.
    pub fn collect(&self) -> Result<Collected, StoreError> {
        let _lock = self.remove()?;
        let (mut needed, mut signed) = (HashSet::new(), HashSet::new());
        for stored in self.all()? {
            signed.extend(stored.resolved.iter().map(|digest| format!("{}.json", digest.hex())));
            for digest in [&stored.resolved, &stored.manifest].into_iter().flatten() {
                needed.insert(digest.hex().to_owned());
                // A damaged manifest keeps nothing alive but itself: the next pull brings it back.
                if let Ok(Some(bytes)) = self.blob(digest, manifest::MOST_BYTES) {
                    needed.extend(manifest::blobs(&bytes).into_iter().map(|digest| digest.hex().to_owned()));
                }
            }
            needed.insert(stored.module.hex().to_owned());
        }
        let mut collected = Collected::default();
        let blobs = self.blobs();
        sweep(&blobs, &mut collected, |name, _| !needed.contains(name))?;
        sweep(&self.signatures_place(), &mut collected, |name, _| !signed.contains(name))?;
        let old = SystemTime::now().checked_sub(PARTIAL_LIVES);
        sweep(&self.partials(), &mut collected, |name, changed| {
            // Nobody downloads while this process holds the store alone, so every lock is a leftover.
            name.ends_with(".lock") || name.starts_with(".tmp") || old.is_some_and(|old| changed < old)
        })?;
        for directory in [self.names(), self.root().to_owned()] {
            sweep(&directory, &mut collected, |name, _| name.starts_with(".tmp"))?;
        }
        Ok(collected)
    }
}

fn sweep(
    directory: &Path,
    collected: &mut Collected,
    is_waste: impl Fn(&str, SystemTime) -> bool,
) -> Result<(), StoreError> {
    let failed = StoreError::io(directory);
    for entry in fs::read_dir(directory).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        let Ok(metadata) = entry.metadata() else { continue };
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if metadata.is_file() && is_waste(&entry.file_name().to_string_lossy(), changed) {
            fs::remove_file(entry.path()).map_err(StoreError::io(&entry.path()))?;
            // Locks are no content that anybody would count.
            if entry.path().extension().is_none_or(|extension| extension != "lock") {
                collected.files += 1;
                collected.bytes += metadata.len();
            }
        }
    }
    Ok(())
}
