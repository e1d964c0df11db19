//! Compiled code kept between processes, in a directory and files that nobody but this user can have written.
//!
//! wasmtime runs such code without checking it, so an entry counts only when its owner, mode, place and checksum are
//! right; any other entry is replaced by a fresh one.

use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, Stat},
    io::Errno,
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io::{Read, Write},
    os::{fd::OwnedFd, unix::fs::DirBuilderExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};
use wasmtime::Engine;

/// The first bytes of an entry; the number changes with the layout.
const MAGIC: &[u8; 8] = b"RGWCODE1";

/// Magic and checksum.
const HEADER: usize = MAGIC.len() + 32;

/// An entry of more bytes is not kept. Code is several times as large as its module.
const MOST_BYTES: u64 = 512 << 20;

/// The whole directory is kept below this size; the oldest entries go first.
const MOST_TOTAL: u64 = 1 << 30;

/// Where compiled code is kept, if anywhere.
#[derive(Clone, Debug)]
pub struct CodeCache {
    directory: Option<PathBuf>,
}

impl CodeCache {
    /// The user's: `$XDG_CACHE_HOME/regwarden/code`, else `~/.cache/regwarden/code`; none when neither is known.
    #[must_use]
    pub fn of_user() -> Self {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        Self { directory: base.map(|base| base.join("regwarden").join("code")) }
    }

    /// A directory of the caller's choice; made when it is missing.
    #[must_use]
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()) }
    }

    /// Nothing is kept.
    #[must_use]
    pub fn disabled() -> Self {
        Self { directory: None }
    }

    /// The code of a module for this engine, if a sound entry holds it.
    pub(super) fn read(&self, module: &[u8; 32], engine: &Engine) -> Option<Vec<u8>> {
        let key = Key::of(module, engine);
        let directory = open_directory(self.directory.as_deref()?).ok()?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let entry = rustix::fs::openat(&directory, &key.file, flags, Mode::empty()).ok()?;
        let stat = rustix::fs::fstat(&entry).ok()?;
        let size = u64::try_from(stat.st_size).ok()?;
        let regular = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
        if !regular || !private(&stat) || size > MOST_BYTES {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
        File::from(entry).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        let (header, code) = bytes.split_at_checked(HEADER)?;
        if header == key.header(code) { Some(bytes.split_off(HEADER)) } else { None }
    }

    /// Keeps the code of a module: written aside, flushed, then moved into place, so that no reader sees half of it.
    ///
    /// # Errors
    /// When the directory is not this user's alone or cannot be written.
    pub(super) fn write(&self, module: &[u8; 32], engine: &Engine, code: &[u8]) -> std::io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(path) = self.directory.as_deref() else { return Ok(()) };
        if code.len() as u64 > MOST_BYTES - HEADER as u64 {
            return Ok(());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let directory = open_directory(path)?;
        let key = Key::of(module, engine);
        let aside = format!(".{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(&directory, &aside, flags, Mode::RUSR | Mode::WUSR);
        let file = match open() {
            // Left by a process of the same number that died at this place.
            Err(Errno::EXIST) => {
                rustix::fs::unlinkat(&directory, &aside, AtFlags::empty())?;
                open()?
            }
            other => other?,
        };
        let mut file = File::from(file);
        let written = file
            .write_all(&key.header(code))
            .and_then(|()| file.write_all(code))
            .and_then(|()| file.sync_all())
            .and_then(|()| Ok(rustix::fs::renameat(&directory, &aside, &directory, &key.file)?));
        if written.is_err() {
            // The first error is the one to report.
            let _ = rustix::fs::unlinkat(&directory, &aside, AtFlags::empty());
        }
        written?;
        prune(&directory, MOST_TOTAL)
    }
}

/// The place of an entry and what its checksum covers besides the code.
struct Key {
    module: [u8; 32],
    engine: u64,
    file: String,
}

impl Key {
    fn of(module: &[u8; 32], engine: &Engine) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let engine = hasher.finish();
        let file = format!("{}-{engine:016x}.code", crate::module::hex(module));
        Self { module: *module, engine, file }
    }

    /// The checksum covers the key: an entry renamed to another module's name does not pass.
    fn header(&self, code: &[u8]) -> [u8; HEADER] {
        let sum = Sha256::new()
            .chain_update(MAGIC)
            .chain_update(self.module)
            .chain_update(self.engine.to_le_bytes())
            .chain_update(code)
            .finalize();
        let mut header = [0; HEADER];
        for (place, byte) in header.iter_mut().zip(MAGIC.iter().chain(&sum)) {
            *place = *byte;
        }
        header
    }
}

/// Opens the directory if it is this user's alone.
fn open_directory(path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::open(path, flags, Mode::empty())?;
    if private(&rustix::fs::fstat(&directory)?) { Ok(directory) } else { Err(Errno::PERM) }
}

/// Whether this user owns it and no other may write it.
fn private(stat: &Stat) -> bool {
    let others = Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH);
    stat.st_uid == rustix::process::geteuid().as_raw() && !others
}

/// Removes the oldest entries until the rest fits, and what dead processes left.
fn prune(directory: &OwnedFd, most: u64) -> std::io::Result<()> {
    let mut entries = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_owned();
        if name.to_bytes() == b"." || name.to_bytes() == b".." {
            continue;
        }
        // Another process may have removed it meanwhile.
        if let Ok(stat) = rustix::fs::statat(directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
            entries.push((stat.st_mtime, u64::try_from(stat.st_size).unwrap_or(0), name));
        }
    }
    entries.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
    let mut total = 0_u64;
    for (_, size, name) in entries {
        total = total.saturating_add(size);
        if total > most {
            let _ = rustix::fs::unlinkat(directory, &name, AtFlags::empty());
        }
    }
    Ok(())
}
