//! The names under which policies were pulled.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Digest, Store, StoreError, read_limited};

/// A record is some hundred bytes; a name has at most a few thousand.
const MOST_BYTES: u64 = 64 << 10;

/// Digits of a digest by which a policy may be named.
const FEWEST_DIGITS: usize = 6;

/// One pulled policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// The name: `registry://host/repository:tag`, the same with `@sha256:…`, or `https://…`.
    pub name: String,
    /// What the name stands for: the digest of a manifest or of an image index; none for a plain download.
    pub resolved: Option<Digest>,
    /// The manifest, which differs from `resolved` when that is an index.
    pub manifest: Option<Digest>,
    /// The module.
    pub module: Digest,
    /// Size of the module in bytes.
    pub size: u64,
    /// When it was pulled, in seconds since 1970.
    pub pulled: u64,
}

impl Store {
    fn record(&self, name: &str) -> PathBuf {
        self.names().join(format!("{}.json", Digest::of(name.as_bytes()).hex()))
    }

    /// What is known about a name.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn named(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        let path = self.record(name);
        let bytes = match read_limited(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(&path)(error)),
        };
        // Half a record cannot be; one that was changed by hand is as good as none.
        Ok(serde_json::from_slice(&bytes).ok().filter(|stored: &Stored| stored.name == name))
    }

    /// Remembers a name. The caller holds [`Store::add`], and has put everything that it names.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn name(&self, stored: &Stored) -> Result<(), StoreError> {
        let text = serde_json::to_vec(stored).unwrap_or_default();
        self.write(&self.record(&stored.name), &text)
    }

    /// Every name, in the order of the names.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all(&self) -> Result<Vec<Stored>, StoreError> {
        let directory = self.names();
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io(&directory)(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(StoreError::io(&directory))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            // Removed meanwhile, or no record of ours.
            let Ok(bytes) = read_limited(&path, MOST_BYTES) else { continue };
            all.extend(serde_json::from_slice::<Stored>(&bytes));
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// The policies of a name, or of the digest of a manifest or module, or of its first digits (six at least, with or
    /// without `sha256:`). Several names may stand for the same module.
    ///
    /// # Errors
    /// When there is none, or the digits fit different modules.
    pub fn find(&self, wanted: &str) -> Result<Vec<Stored>, StoreError> {
        if let Some(stored) = self.named(wanted)? {
            return Ok(vec![stored]);
        }
        let unknown = || StoreError::Unknown(wanted.to_owned());
        let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let fits = |digest: &Option<Digest>| digest.as_ref().is_some_and(|digest| digest.hex().starts_with(digits));
        let mut found = self.all()?;
        found.retain(|stored| {
            stored.module.hex().starts_with(digits) || fits(&stored.manifest) || fits(&stored.resolved)
        });
        let first = found.first().ok_or_else(unknown)?;
        if found.iter().any(|stored| stored.module != first.module) {
            return Err(StoreError::Ambiguous(wanted.to_owned()));
        }
        Ok(found)
    }

    /// Forgets a name. The caller holds [`Store::remove`].
    ///
    /// # Errors
    /// When the record cannot be removed.
    pub fn forget(&self, stored: &Stored) -> Result<(), StoreError> {
        let path = self.record(&stored.name);
        fs::remove_file(&path).map_err(StoreError::io(&path))
    }
}
