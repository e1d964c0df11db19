//! What the settings say about registries for one Pod: global entries, overridden field by field by the first pipeline
//! that selects it.

use regwarden_sdk::image::Reference;
use regwarden_sdk::registry::{RegistryKey, lookup};
use regwarden_sdk::view::PodView;

use crate::settings::{Pull, Registry, Settings};

#[cfg(test)]
mod tests;

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
}

/// The registry table for one Pod.
#[derive(Debug, Default)]
pub(crate) struct Facts<'s> {
    entries: Vec<Effective<'s>>,
}

impl<'s> Facts<'s> {
    /// Resolves the settings for a Pod in a namespace.
    pub(crate) fn resolve(settings: &'s Settings, namespace: &str, pod: PodView<'_>) -> Self {
        let pipeline = settings.pipelines.iter().find(|pipeline| pipeline.selector.selects(namespace, pod));
        let own = pipeline.map_or(&[][..], |pipeline| &pipeline.registries);
        let mut facts = Facts { entries: Vec::with_capacity(settings.registries.len() + own.len()) };
        for registry in settings.registries.iter().chain(own) {
            facts.overlay(registry);
        }
        facts
    }

    fn overlay(&mut self, registry: &'s Registry) {
        // A key that cannot be read is a mistake in the settings and never comes this far.
        let Ok(key) = RegistryKey::parse(&registry.registry) else {
            return;
        };
        let entry = match self.entries.iter_mut().position(|entry| entry.key == key) {
            Some(at) => self.entries.get_mut(at),
            None => {
                self.entries.push(Effective { key, pull: None, push_secret: None, plain_http: false });
                self.entries.last_mut()
            }
        };
        if let Some(entry) = entry {
            entry.pull = registry.pull.as_ref().or(entry.pull);
            entry.push_secret = registry.push.as_ref().map(|push| push.secret.as_str()).or(entry.push_secret);
            entry.plain_http = registry.plain_http.unwrap_or(entry.plain_http);
        }
    }

    /// Every registry.
    pub(crate) fn entries(&self) -> &[Effective<'s>] {
        &self.entries
    }

    /// The registry that covers an image: the most specific one, matched as kubelet matches keys
    /// (`k8s.io/kubernetes/pkg/credentialprovider/keyring.go`).
    pub(crate) fn registry(&self, image: &Reference<'_>) -> Option<&Effective<'s>> {
        self.entries.get(lookup(self.entries.iter().map(|entry| entry.key), image)?)
    }

    /// May this image's registry be spoken to without TLS?
    pub(crate) fn plain_http(&self, image: &Reference<'_>) -> bool {
        self.registry(image).is_some_and(|entry| entry.plain_http)
    }

    /// May this host (`host[:port]`) be spoken to without TLS, whatever the repository?
    pub(crate) fn plain_http_host(&self, host: &str) -> bool {
        let covering = self.entries.iter().filter(|entry| entry.key.matches_host(host));
        // The widest entry of the host decides: a path below it says nothing about the whole.
        covering.max_by_key(|entry| entry.key).is_some_and(|entry| entry.plain_http)
    }

    /// Is this Secret known to be a docker-registry one, because the settings give it for pulling or pushing?
    pub(crate) fn is_registry_secret(&self, secret: &str) -> bool {
        let pulls = |entry: &Effective<'s>| entry.pull.is_some_and(|pull| pull.secret.as_deref() == Some(secret));
        self.entries.iter().any(|entry| entry.push_secret == Some(secret) || pulls(entry))
    }
}
