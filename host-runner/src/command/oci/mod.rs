//! Policies by name: read for every command that takes one, pushed, pulled, listed.

pub(super) mod policies;
pub(super) mod pull;
pub(super) mod push;
pub(super) mod show;
pub(super) mod signature;
mod watch;

use std::io;
use std::path::Path;
use std::time::Duration;

use super::output::Terminal;
use crate::cli::oci::RemoteArgs;
use crate::embedded;
use crate::engine::Limits;
use crate::error::Error;
use crate::oci::name::{Name, RegistryName, shown};
use crate::oci::{Fetched, Fetcher, Options};
use crate::reason::io_reason;
use crate::source;
use crate::store::Store;
use signature::Trust;
use watch::Bar;

/// The module of a policy that the user named: by its path, an address, a digest in the store, or `embedded`.
///
/// # Errors
/// When it cannot be had.
pub(super) fn read_module(path: &Path, remote: &RemoteArgs, terminal: &Terminal) -> Result<Vec<u8>, Error> {
    let text = path.to_string_lossy();
    let unreadable = |reason: String| Error::Unreadable { file: shown(&text), reason };
    match Name::parse(&text).map_err(|error| unreadable(error.to_string()))? {
        // A path need not be UTF-8: the original, not its text.
        Name::File(_) if !text.starts_with("file://") => read_file(path),
        Name::File(file) => read_file(&file),
        name => fetch(&name, remote, terminal).map(|fetched| fetched.bytes),
    }
}

/// The module in a file, or the embedded one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    if path == Path::new(embedded::NAME) {
        return Ok(embedded::WASM.to_vec());
    }
    let text = path.to_string_lossy();
    source::read(Some(path), Limits::default().module).map_err(|error| {
        let looks_remote = Name::in_registry(&text).is_ok_and(|name| name.is_explicit());
        let reason = match error.kind() {
            io::ErrorKind::NotFound if looks_remote => {
                format!("no such file; if a registry is meant, write `registry://{}`", shown(&text))
            }
            _ => io_reason(&error),
        };
        Error::Unreadable { file: shown(&text), reason }
    })
}

/// A policy that is no file.
fn fetch(name: &Name, remote: &RemoteArgs, terminal: &Terminal) -> Result<Fetched, Error> {
    let store = store(remote.store.as_deref())?;
    // What is pinned and there needs neither options nor a network.
    let options = options(remote)?;
    let bar = Bar::new(terminal);
    let fetcher = Fetcher { options: &options, store: &store, watch: &bar };
    let trust = Trust::in_force(remote)?;
    if let Some(trust) = &trust {
        trust.may_check(name)?;
    }
    let fetched = fetcher.any(name)?;
    let fetched = fetched.ok_or_else(|| Error::Bug("a file was looked for in a registry".to_owned()))?;
    if let Some(trust) = &trust {
        trust.check_fetched(&options, name, &fetched, &store)?;
    }
    Ok(fetched)
}

/// The store that was named, else the user's.
fn store(path: Option<&Path>) -> Result<Store, Error> {
    Ok(path.map_or_else(Store::of_user, Store::at)?)
}

/// The options behind the flags.
fn options(remote: &RemoteArgs) -> Result<Options, Error> {
    let mut options = Options {
        insecure: remote.insecure_registry.clone(),
        timeout: Duration::from_secs(remote.timeout),
        offline: remote.offline,
        ..Options::default()
    };
    let unusable = |fault: crate::oci::Fault| Error::Usage(fault.to_string());
    options.add_sources(remote.sources.as_deref()).map_err(unusable)?;
    for file in &remote.ca {
        options.add_authorities(file).map_err(unusable)?;
    }
    Ok(options)
}

/// A name in a registry, as an argument.
fn in_registry(text: &str) -> Result<RegistryName, Error> {
    // A word without a host is a repository of Docker Hub, which nobody means who has such a file here.
    if !text.contains('/') && Path::new(text).is_file() {
        let text = shown(text);
        return Err(Error::Usage(format!("`{text}` is a file here; name a policy as host/repository:tag")));
    }
    Name::in_registry(text).map_err(|error| Error::Usage(format!("`{}` names no policy: {error}", shown(text))))
}
