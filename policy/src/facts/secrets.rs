//! For which registries, and to which pipelines, the settings give a Secret.

use regwarden_sdk::registry::RegistryKey;

use crate::knowledge::index::Index;
use crate::site::{Pipeline, Registry, Site};

/// Every Secret that some registry of the settings names for pulling or pushing.
#[derive(Debug)]
pub(crate) struct Secrets<'s> {
    index: Index<'s>,
    /// In the order of the index's list: global ones first, then pipeline by pipeline.
    given: Vec<(Option<&'s Pipeline>, &'s Registry)>,
}

impl<'s> Secrets<'s> {
    #[inline(never)]
    pub(crate) fn of(site: Site<'s>) -> Self {
        let mut names = Vec::new();
        let mut given = Vec::new();
        let mut add = |owner: Option<&'s Pipeline>, registries: &'s [Registry]| {
            for registry in registries {
                let pull = registry.pull.as_ref().and_then(|pull| pull.secret.as_deref());
                let push = registry.push.as_ref().map(|push| push.secret.as_str());
                let mut give = |name| {
                    names.push(name);
                    given.push((owner, registry));
                };
                if let Some(name) = pull {
                    give(name);
                }
                if let Some(name) = push {
                    give(name);
                }
            }
        };
        add(None, site.registries);
        for pipeline in site.pipelines {
            add(Some(pipeline), &pipeline.registries);
        }
        Secrets { index: Index::new(names), given }
    }

    /// The keys of the registries for which the settings give a Secret, whoever they give it to.
    pub(crate) fn keys(&self, secret: &str) -> Keys<'_, 's> {
        Keys { secrets: self, places: self.index.all(secret).iter() }
    }

    /// The first other pipeline that the settings give a Secret to, when they give it neither to every Pod nor to the
    /// pipeline of this one.
    #[inline(never)]
    pub(crate) fn foreign(&self, secret: &str, own: Option<&Pipeline>) -> Option<&'s Pipeline> {
        let mut first = None;
        for at in self.index.all(secret) {
            let owner = self.given.get(*at)?.0?;
            if own.is_some_and(|own| std::ptr::eq(own, owner)) {
                return None;
            }
            first.get_or_insert(owner);
        }
        first
    }
}

/// See [`Secrets::keys`].
pub(crate) struct Keys<'k, 's> {
    secrets: &'k Secrets<'s>,
    places: std::slice::Iter<'k, usize>,
}

impl<'s> Iterator for Keys<'_, 's> {
    type Item = RegistryKey<'s>;

    #[inline(never)]
    fn next(&mut self) -> Option<RegistryKey<'s>> {
        loop {
            let (_, registry) = self.secrets.given.get(*self.places.next()?)?;
            if let Ok(key) = RegistryKey::parse(&registry.registry) {
                return Some(key);
            }
        }
    }
}
