//! What the settings say about one Pod: global entries, overridden field by field by the first pipeline that selects it.

use std::cmp::Ordering;

use regwarden_sdk::image::{DEFAULT_DOMAIN, Reference};
use regwarden_sdk::order::order;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::text;
use regwarden_sdk::view::PodView;

use crate::site::{Cache, Pipeline, Pull, Registry, Site};

mod mirrors;
mod secrets;
#[cfg(test)]
mod tests;

pub(crate) use mirrors::Mirrors;
pub(crate) use secrets::Secrets;

/// The key of Docker Hub's credentials, which also covers images that no other key does.
const DEFAULT_KEY: &str = "index.docker.io";

/// One registry as it counts for this Pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effective<'s> {
    /// Which images it covers.
    pub key: RegistryKey<'s>,
    /// Where the right to pull comes from; `None`: the settings do not say.
    pub pull: Option<&'s Pull>,
    /// The Secret that pushes; `None`: the settings do not say.
    pub push_secret: Option<&'s str>,
    /// It is spoken to without TLS, or without checking it.
    pub plain_http: bool,
    /// Its images are pulled from below this instead.
    pub mirror: Option<&'s str>,
    /// Where builds that push to it keep their layers.
    pub cache: Option<&'s Cache>,
}

impl<'s> Effective<'s> {
    /// The Secret that pulls; `None`: there is none, or the settings do not say.
    pub(crate) fn pull_secret(&self) -> Option<&'s str> {
        self.pull?.secret.as_deref()
    }
}

/// What counts for one Pod.
#[derive(Debug)]
pub(crate) struct Facts<'s> {
    site: Site<'s>,
    /// First those whose host is no pattern, by host and path, then the others.
    entries: Vec<Effective<'s>>,
    /// How many have a host that is no pattern.
    plain: usize,
    /// The pipeline that selects it.
    pub(crate) pipeline: Option<&'s Pipeline>,
    /// The ServiceAccount under which it shall run.
    pub(crate) service_account: Option<&'s str>,
    /// Its images may only come from registries of the table and mirrors.
    pub(crate) allow_only_listed: bool,
}

impl<'s> Facts<'s> {
    /// Resolves the settings for a Pod in a namespace.
    pub(crate) fn resolve(site: Site<'s>, namespace: &str, pod: PodView<'_>) -> Self {
        Self::of(site, site.pipelines.iter().find(|pipeline| pipeline.selector.selects(namespace, pod)))
    }

    /// What counts for the Pods of a pipeline, or for those of none.
    #[inline(never)]
    pub(crate) fn of(site: Site<'s>, pipeline: Option<&'s Pipeline>) -> Self {
        let account = pipeline.and_then(|pipeline| pipeline.service_account.as_deref());
        let mut facts = Facts {
            site,
            entries: Vec::new(),
            plain: 0,
            pipeline,
            service_account: account.or(site.service_account),
            allow_only_listed: site.allow_only_listed,
        };
        facts.lay(site.registries, pipeline.map_or(&[], |pipeline| &pipeline.registries));
        facts
    }

    /// Makes the table: what is global, and over it what is the pipeline's own.
    #[inline(never)]
    fn lay(&mut self, global: &'s [Registry], own: &'s [Registry]) {
        let mut rows: Vec<(bool, RegistryKey<'s>, &'s Registry)> = Vec::with_capacity(global.len() + own.len());
        for registry in global.iter().chain(own) {
            // A key that cannot be read is a mistake in the settings and never comes this far.
            if let Ok(key) = RegistryKey::parse(&registry.registry) {
                rows.push((!key.is_literal(), key, registry));
            }
        }
        let compare = |a: usize, b: usize| match (rows.get(a), rows.get(b)) {
            (Some((a_pattern, a, _)), Some((b_pattern, b, _))) => {
                a_pattern.cmp(b_pattern).then_with(|| a.host().cmp(b.host())).then_with(|| a.path().cmp(b.path()))
            }
            _ => Ordering::Equal,
        };
        self.entries.reserve(rows.len());
        for &at in &order(rows.len(), &compare) {
            let Some((pattern, key, registry)) = rows.get(at) else { continue };
            if self.entries.last().is_none_or(|last| last.key != *key) {
                let (pull, push_secret, mirror, cache) = (None, None, None, None);
                self.entries.push(Effective { key: *key, pull, push_secret, plain_http: false, mirror, cache });
                self.plain += usize::from(!pattern);
            }
            // Equal keys keep their order, so the pipeline's own comes last and is laid over.
            if let Some(entry) = self.entries.last_mut() {
                entry.pull = registry.pull.as_ref().or(entry.pull);
                entry.push_secret = registry.push.as_ref().map(|push| push.secret.as_str()).or(entry.push_secret);
                entry.plain_http = registry.plain_http.unwrap_or(entry.plain_http);
                entry.mirror = registry.mirror.as_deref().or(entry.mirror);
                entry.cache = registry.cache.as_ref().or(entry.cache);
            }
        }
    }

    /// What the settings say of the site, for all Pods.
    pub(crate) fn site(&self) -> Site<'s> {
        self.site
    }

    /// Every registry.
    pub(crate) fn entries(&self) -> &[Effective<'s>] {
        &self.entries
    }

    /// The entries with exactly this host.
    #[inline(never)]
    fn of_host(&self, host: &str) -> &[Effective<'s>] {
        let plain = self.entries.get(..self.plain).unwrap_or_default();
        let from = plain.partition_point(|entry| entry.key.host() < host);
        let rest = plain.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|entry| entry.key.host() == host).count();
        rest.get(..count).unwrap_or_default()
    }

    /// The entries whose host is a pattern.
    fn patterns(&self) -> &[Effective<'s>] {
        self.entries.get(self.plain..).unwrap_or_default()
    }

    /// The registry that covers an image: the most specific one, matched as kubelet matches keys
    /// (`k8s.io/kubernetes/pkg/credentialprovider/keyring.go`).
    #[inline(never)]
    pub(crate) fn registry(&self, image: &Reference<'_>) -> Option<&Effective<'s>> {
        if self.entries.is_empty() {
            return None;
        }
        let host = match image.domain() {
            "" => text::cut(image.familiar_name(), b'/').map_or(image.familiar_name(), |(host, _)| host),
            domain => domain,
        };
        // Of one host the later entries are the more specific ones, and only their paths need a look.
        let mut best = self.of_host(host).iter().rev().find(|entry| match entry.key.path().strip_prefix('/') {
            Some(prefix) if !image.domain().is_empty() => image.path().starts_with(prefix),
            _ => entry.key.matches(image),
        });
        for entry in self.patterns() {
            if entry.key.matches(image) && best.is_none_or(|chosen| entry.key < chosen.key) {
                best = Some(entry);
            }
        }
        if best.is_none() && image.domain() == DEFAULT_DOMAIN {
            best = self.of_host(DEFAULT_KEY).first().filter(|entry| entry.key.is_default());
        }
        best
    }

    /// May this image's registry be spoken to without TLS?
    pub(crate) fn plain_http(&self, image: &Reference<'_>) -> bool {
        self.registry(image).is_some_and(|entry| entry.plain_http)
    }

    /// May this host (`host[:port]`) be spoken to without TLS, whatever the repository?
    #[inline(never)]
    pub(crate) fn plain_http_host(&self, host: &str) -> bool {
        // The widest entry of the host decides: a path below it says nothing about the whole.
        let mut widest: Option<&Effective<'s>> = None;
        for entries in [self.of_host(host), self.patterns()] {
            for entry in entries {
                if entry.key.matches_host(host) && widest.is_none_or(|chosen| entry.key > chosen.key) {
                    widest = Some(entry);
                }
            }
        }
        widest.is_some_and(|entry| entry.plain_http)
    }

    /// Is this Secret known to be a docker-registry one, because the settings give it for pulling or pushing?
    #[inline(never)]
    pub(crate) fn is_registry_secret(&self, secret: &str) -> bool {
        let known = |name: Option<&str>| name.is_some_and(|name| text::same(name, secret));
        self.entries.iter().any(|entry| known(entry.push_secret) || known(entry.pull_secret()))
    }
}
