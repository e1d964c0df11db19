//! Policies by their names: from the store where that is enough, else from their registry into the store.

use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Method, Url};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::body::read_limited;
use super::download;
use super::error::{Error, Fault};
use super::http::{Ask, Host, TRIES, pause};
use super::manifest::{self, Manifest, Part};
use super::name::{Name, RegistryName, shown};
use super::options::Options;
use super::registry::{self, Described, Raw};
use super::watch::Watch;
use crate::engine::Limits;
use crate::store::{Digest, Store, StoreError, Stored};

/// How a policy came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// The store had it, and nobody was asked.
    Stored,
    /// The registry was asked what the name stands for, and the store had that.
    Unchanged,
    /// It was downloaded.
    Downloaded,
}

/// A policy with its module.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The module, checked against its digest.
    pub bytes: Vec<u8>,
    /// What the store knows.
    pub stored: Stored,
    /// How it came here.
    pub freshness: Freshness,
    /// What the name stood for the last time, if that was something else.
    pub moved_from: Option<Digest>,
}

/// Fetches policies.
pub struct Fetcher<'a> {
    /// How registries are reached.
    pub options: &'a Options,
    /// Where policies are kept.
    pub store: &'a Store,
    /// Who is told.
    pub watch: &'a dyn Watch,
}

impl Fetcher<'_> {
    /// The module of a policy. A name with a digest is asked for once and never again; a tag every time, because it may
    /// have moved; with [`Options::offline`] nothing is asked.
    ///
    /// # Errors
    /// When it cannot be had, or is not what it should be. Nothing half-written stays, but a download that can go on.
    pub fn registry(&self, name: &RegistryName) -> Result<Fetched, Error> {
        self.of_registry(name).map_err(|fault| fault.while_("pull", &name.to_string()))
    }

    fn of_registry(&self, name: &RegistryName) -> Result<Fetched, Fault> {
        let text = name.to_string();
        let known = match self.known(name) {
            Err(Fault::Store(error @ (StoreError::Damaged { .. } | StoreError::TooLarge { .. })))
                if !self.options.offline =>
            {
                self.watch.note(&format!("{error}; it is pulled anew"));
                None
            }
            other => other?,
        };
        match known {
            Some(fetched) if name.digest().is_some() || self.options.offline => return Ok(fetched),
            None if self.options.offline => return Err(Fault::Offline),
            Some(_) | None => {}
        }
        let before = known.and_then(|fetched| fetched.stored.resolved);
        let online = run(self.options, name.host(), self.online(name));
        let mut fetched = online.map_err(|fault| match &before {
            Some(digest) if is_temporary(&fault) => Fault::Older { fault: Box::new(fault), digest: digest.clone() },
            _ => fault,
        })?;
        fetched.moved_from = before.filter(|before| Some(before) != fetched.stored.resolved.as_ref());
        if let (Some(from), Some(to)) = (&fetched.moved_from, &fetched.stored.resolved) {
            self.watch.note(&format!("{} moved from {from} to {to}; name the digest to stay with one", shown(&text)));
        }
        Ok(fetched)
    }

    /// What the store knows about a name: by its digest, else by its tag.
    fn known(&self, name: &RegistryName) -> Result<Option<Fetched>, Fault> {
        let text = name.to_string();
        let (top, pulled) = match name.digest() {
            Some(digest) => (digest.clone(), 0),
            None => match self.store.named(&text)? {
                Some(Stored { resolved: Some(resolved), pulled, .. }) => (resolved, pulled),
                _ => return Ok(None),
            },
        };
        let Some(bytes) = self.store.blob(&top, manifest::MOST_BYTES)? else { return Ok(None) };
        let (manifest, module) = match manifest::parse(&bytes)? {
            Manifest::Image { module, .. } => (top.clone(), module),
            Manifest::Index(child) => {
                let Some(bytes) = self.store.blob(&child, manifest::MOST_BYTES)? else { return Ok(None) };
                let Manifest::Image { module, .. } = manifest::parse(&bytes)? else { return Ok(None) };
                (child, module)
            }
        };
        let Some(bytes) = self.store.blob(&module.digest, module.size)? else { return Ok(None) };
        let stored = Stored {
            name: text,
            resolved: Some(top),
            manifest: Some(manifest),
            module: module.digest,
            size: module.size,
            pulled,
        };
        Ok(Some(Fetched { bytes, stored, freshness: Freshness::Stored, moved_from: None }))
    }

    async fn online(&self, name: &RegistryName) -> Result<Fetched, Fault> {
        let host = Host::registry(self.options, name.host(), name.repository(), "pull").await?;
        let top = registry::manifest(&host, name.wanted(), name.digest()).await?;
        let described = registry::describe(&host, top).await?;
        let _lock = self.store.add()?;
        let (bytes, freshness) = match self.store.blob(&described.module.digest, described.module.size) {
            Ok(Some(bytes)) => (bytes, Freshness::Unchanged),
            Ok(None) | Err(StoreError::Damaged { .. } | StoreError::TooLarge { .. }) => {
                (self.module(&host, &described.module).await?, Freshness::Downloaded)
            }
            Err(error) => return Err(error.into()),
        };
        self.keep(&host, &described).await?;
        let Described { top, chosen, module, .. } = described;
        let manifest = chosen.map_or_else(|| top.digest.clone(), |chosen| chosen.digest);
        let stored = Stored {
            name: name.to_string(),
            resolved: Some(top.digest),
            manifest: Some(manifest),
            module: module.digest,
            size: module.size,
            pulled: now(),
        };
        self.store.name(&stored)?;
        Ok(Fetched { bytes, stored, freshness, moved_from: None })
    }

    async fn module(&self, host: &Host, module: &Part) -> Result<Vec<u8>, Fault> {
        download::blob(host, self.store, module, "the module", true, self.watch).await?;
        let bytes = self.store.blob(&module.digest, module.size)?;
        bytes.ok_or_else(|| StoreError::Unknown(module.digest.to_string()).into())
    }

    /// Keeps what describes a module, which comes first and is named last.
    async fn keep(&self, host: &Host, described: &Described) -> Result<(), Fault> {
        if let Some(config) = &described.config {
            if config.digest == Digest::of(manifest::EMPTY_CONFIG) {
                self.store.put(manifest::EMPTY_CONFIG)?;
            } else if !matches!(self.store.blob(&config.digest, config.size), Ok(Some(_))) {
                download::blob(host, self.store, config, "the configuration", false, self.watch).await?;
            }
        }
        for Raw { bytes, digest } in described.chosen.iter().chain([&described.top]) {
            if !matches!(self.store.blob(digest, manifest::MOST_BYTES), Ok(Some(_))) {
                self.store.put(bytes)?;
            }
        }
        Ok(())
    }

    /// A module from a web server, asked for every time unless [`Options::offline`] is set.
    ///
    /// # Errors
    /// As [`Fetcher::registry`].
    pub fn url(&self, url: &Url) -> Result<Fetched, Error> {
        let host = url.host_str().unwrap_or_default();
        let fetched =
            if self.options.offline { self.stored_url(url) } else { run(self.options, host, self.of_url(url)) };
        fetched.map_err(|fault| fault.while_("pull", url.as_str()))
    }

    fn stored_url(&self, url: &Url) -> Result<Fetched, Fault> {
        let stored = self.store.named(url.as_str())?.ok_or(Fault::Offline)?;
        let bytes = self.store.blob(&stored.module, stored.size)?.ok_or(Fault::Offline)?;
        Ok(Fetched { bytes, stored, freshness: Freshness::Stored, moved_from: None })
    }

    async fn of_url(&self, url: &Url) -> Result<Fetched, Fault> {
        let host = Host::server(self.options, url)?;
        let most = Limits::default().module as u64;
        let mut tries = 0;
        let bytes = loop {
            tries += 1;
            let response = host.ask(Ask { method: &Method::GET, url, accept: "*/*", from: 0 }).await?;
            if response.content_length().is_some_and(|length| length > most) {
                return Err(Fault::TooLarge { what: "the module", most });
            }
            match read_limited(response, &host.name, "the module", most).await {
                Err(Fault::Broken { .. }) if tries < TRIES => sleep(pause(tries)).await,
                other => break other?,
            }
        };
        if !bytes.starts_with(b"\0asm") {
            return Err(Fault::NotWasm);
        }
        let before = self.store.named(url.as_str())?;
        let _lock = self.store.add()?;
        let module = self.store.put(&bytes)?;
        let size = bytes.len() as u64;
        let stored = Stored { name: url.to_string(), resolved: None, manifest: None, module, size, pulled: now() };
        self.store.name(&stored)?;
        let moved_from = before.map(|before| before.module).filter(|before| *before != stored.module);
        Ok(Fetched { bytes, stored, freshness: Freshness::Downloaded, moved_from })
    }

    /// A stored policy by the first digits of a digest.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn stored(&self, digits: &str) -> Result<Fetched, Error> {
        let find = || {
            let unknown = || StoreError::Unknown(digits.to_owned());
            let stored = self.store.find(digits)?.into_iter().next().ok_or_else(unknown)?;
            let bytes = self.store.blob(&stored.module, stored.size)?.ok_or_else(unknown)?;
            Ok(Fetched { bytes, stored, freshness: Freshness::Stored, moved_from: None })
        };
        find().map_err(|fault: Fault| fault.while_("read", digits))
    }

    /// Any name but a file's.
    ///
    /// # Errors
    /// As the others; none for a file.
    pub fn any(&self, name: &Name) -> Result<Option<Fetched>, Error> {
        match name {
            Name::File(_) => Ok(None),
            Name::Registry(name) => self.registry(name).map(Some),
            Name::Url(url) => self.url(url).map(Some),
            Name::Stored(digits) => self.stored(digits).map(Some),
        }
    }
}

/// The manifest of a name as its registry has it now, byte for byte, with its digest.
///
/// # Errors
/// When it cannot be had, or does not have the digest that it should.
pub fn manifest_of(options: &Options, name: &RegistryName) -> Result<(Vec<u8>, Digest), Error> {
    let ask = async {
        let host = Host::registry(options, name.host(), name.repository(), "pull").await?;
        registry::manifest(&host, name.wanted(), name.digest()).await
    };
    let raw = if options.offline { Err(Fault::Offline) } else { run(options, name.host(), ask) };
    raw.map(|Raw { bytes, digest }| (bytes, digest)).map_err(|fault| fault.while_("read", &name.to_string()))
}

/// Runs one operation to its end or its time limit.
pub(super) fn run<T>(
    options: &Options,
    host: &str,
    operation: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fault::Local(format!("the network cannot be used: {error}")))?;
    let ended = runtime.block_on(async { timeout(options.timeout, operation).await });
    // A look-up of a name that hangs in the system must not hold the program.
    runtime.shutdown_background();
    ended.unwrap_or_else(|_| Err(Fault::Slow { host: host.to_owned(), seconds: options.timeout.as_secs() }))
}

/// Whether the registry may answer again later.
fn is_temporary(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Unreachable { .. }
            | Fault::Broken { .. }
            | Fault::Slow { .. }
            | Fault::TooMany { .. }
            | Fault::Status { status: 500.., .. }
    )
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
