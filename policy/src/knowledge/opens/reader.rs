//! What a tool that pushes finds in a docker config, by its own rules of reading.

use std::cell::OnceCell;

use regwarden_sdk::docker_config::containers::{self, Found};
use regwarden_sdk::docker_config::docker::{Config, Entry, HUB_KEY, Source};
use regwarden_sdk::docker_config::{Reason, Refusal};
use regwarden_sdk::image::{self, DEFAULT_DOMAIN, Parsed};
use regwarden_sdk::json::Node;
use regwarden_sdk::registry::{RegistryKey, is_docker_hub};
use regwarden_sdk::text::{concat, cut};

use crate::data::builders::Lookup;
use crate::knowledge::pushes::Push;

#[cfg(test)]
mod tests;

/// What go-containerregistry calls Docker Hub.
const HUB_HOST: &str = "index.docker.io";

/// What a push goes to, as keys are compared with it.
#[derive(Debug)]
pub(crate) struct Target {
    /// `host[:port]/path`, Docker Hub as `docker.io`; only the host where the path is filled in later.
    pub name: String,
    /// The path is known too.
    whole: bool,
}

impl Target {
    /// The target of a push; `None` when the registry is filled in later.
    #[inline(never)]
    pub(crate) fn of(push: &Push<'_>) -> Option<Target> {
        let domain = push.domain()?;
        match image::parse(&push.image) {
            Parsed::Reference(image) if push.image != domain => {
                Some(Target { name: concat(&[domain, "/", &image.path().to_cow()]), whole: true })
            }
            _ => Some(Target { name: domain.to_owned(), whole: false }),
        }
    }

    /// `host[:port]`
    pub(crate) fn host(&self) -> &str {
        cut(&self.name, b'/').map_or(&self.name, |(host, _)| host)
    }

    fn is_hub(&self) -> bool {
        self.host() == DEFAULT_DOMAIN
    }
}

/// What is found.
#[derive(Debug)]
pub(crate) enum Look<'d> {
    /// An entry. It may hold nothing.
    Entry {
        /// Its key as written.
        key: &'d str,
        /// What it holds.
        entry: Entry<'d>,
        /// The key of another one that the tool might take as well, or that another reader would prefer.
        rival: Option<&'d str>,
    },
    /// A program is asked.
    Helper,
    /// Nothing.
    NoEntry,
    /// Another reader would take this key, this one does not.
    NotUnderstood(&'d str),
    /// The tool refuses the document.
    Refused(Reason),
    /// It depends on what is filled in later.
    Unknown,
}

/// A document that tools read.
pub(crate) struct Reader<'d> {
    root: Node<'d>,
    config: OnceCell<Result<Config<'d>, Refusal<'d>>>,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(root: Node<'d>) -> Self {
        Reader { root, config: OnceCell::new() }
    }

    /// What a tool that reads in this way finds for a target.
    #[inline(never)]
    pub(crate) fn look(&self, lookup: Lookup, target: &Target) -> Look<'d> {
        let found = if lookup == Lookup::Containers {
            containers(self.root, target)
        } else {
            match self.config.get_or_init(|| Config::read(self.root)) {
                Err(refusal) => return Look::Refused(refusal.reason),
                Ok(config) if lookup == Lookup::Docker => docker(config, target.host()),
                Ok(config) => keychain(config, target),
            }
        };
        match found {
            Look::NoEntry => self.nothing(target),
            Look::Entry { key, entry, .. } if lookup != Lookup::Containers => {
                Look::Entry { key, entry, rival: self.rival(key, target) }
            }
            other => other,
        }
    }

    /// How many registries it names.
    pub(crate) fn len(&self) -> usize {
        let mut count = 0;
        self.each_key(&mut |_| count += 1);
        count
    }

    /// The keys of the document, for whoever reads `auths` at all.
    #[inline(never)]
    fn each_key(&self, visit: &mut dyn FnMut(&'d str)) {
        for (name, auths) in self.root.members() {
            if name.eq_ignore_ascii_case("auths") {
                for (key, _) in auths.members() {
                    visit(key);
                }
            }
        }
    }

    /// No entry by the tool's rules: is there one by those of kubelet?
    #[inline(never)]
    fn nothing(&self, target: &Target) -> Look<'d> {
        let mut near = None;
        let mut unknown = false;
        self.each_key(&mut |key| {
            let Ok(parsed) = RegistryKey::parse(key) else { return };
            if parsed.matches_name(&target.name) || (parsed.is_default() && is_docker_hub(&target.name)) {
                near = near.or(Some(key));
            }
            unknown |= !target.whole && parsed.matches_host(target.host());
        });
        match near {
            Some(key) => Look::NotUnderstood(key),
            None if unknown => Look::Unknown,
            None => Look::NoEntry,
        }
    }

    /// Beside the entry that is taken: one of the same host that kubelet would prefer, because its path is that of the target.
    #[inline(never)]
    fn rival(&self, taken: &str, target: &Target) -> Option<&'d str> {
        // A key that is the whole name is what everybody prefers.
        if !target.whole || taken == target.name {
            return None;
        }
        let own = RegistryKey::parse(taken).ok()?;
        let mut rival = None;
        self.each_key(&mut |key| {
            if let Ok(parsed) = RegistryKey::parse(key)
                && key != taken
                && parsed.host() == own.host()
                && parsed != own
                && (parsed.matches_name(&target.name) || !own.path().is_empty())
            {
                rival = rival.or(Some(key));
            }
        });
        rival
    }
}

/// The key by which a tool finds credentials for a registry.
pub(crate) fn key_to_write(lookup: Lookup, registry: &str) -> &str {
    if registry == DEFAULT_DOMAIN && lookup != Lookup::Containers { HUB_KEY } else { registry }
}

#[inline(never)]
fn containers<'d>(root: Node<'d>, target: &Target) -> Look<'d> {
    match containers::keyed(root, &target.name) {
        Err(refusal) => Look::Refused(refusal.reason),
        Ok((_, Found::Helper(_))) => Look::Helper,
        Ok((key, Found::Entry(entry))) => Look::Entry { key, entry, rival: None },
        Ok((_, Found::Nobody)) => Look::NoEntry,
    }
}

#[inline(never)]
fn docker<'d>(config: &Config<'d>, host: &str) -> Look<'d> {
    let name = if matches!(host, DEFAULT_DOMAIN | HUB_HOST) { HUB_KEY } else { host };
    if let Source::Helper(_) = config.source(name) {
        return Look::Helper;
    }
    match config.keyed(name) {
        Some((key, entry)) => Look::Entry { key, entry: entry.clone(), rival: None },
        None => Look::NoEntry,
    }
}

/// First by the whole name, then by the host; an entry that holds nothing counts only if there is no other.
#[inline(never)]
fn keychain<'d>(config: &Config<'d>, target: &Target) -> Look<'d> {
    let host = docker(config, target.host());
    if !target.whole || target.is_hub() || matches!(host, Look::Helper) {
        return host;
    }
    match docker(config, &target.name) {
        Look::NoEntry => host,
        Look::Entry { entry, .. } if entry.is_empty() && !matches!(host, Look::NoEntry) => host,
        own => own,
    }
}
