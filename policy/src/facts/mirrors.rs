//! The mirrors of the settings: what lies under one of them is where it shall be.

use crate::knowledge::index::Index;
use crate::site::{Registry, Site};

/// Every mirror, the pipelines' ones too: a template and the Pods that are made from it may fall to different pipelines.
#[derive(Debug)]
pub(crate) struct Mirrors<'s>(Option<Index<'s>>);

impl<'s> Mirrors<'s> {
    #[inline(never)]
    pub(crate) fn of(site: Site<'s>) -> Self {
        let mut mirrors = Vec::new();
        let mut add = |registries: &'s [Registry]| {
            for registry in registries {
                if let Some(mirror) = &registry.mirror {
                    mirrors.push(mirror.as_str());
                }
            }
        };
        add(site.registries);
        for pipeline in site.pipelines {
            add(&pipeline.registries);
        }
        Mirrors((!mirrors.is_empty()).then(|| Index::new(mirrors)))
    }

    /// The mirror under which a name (`host/path`) lies.
    #[inline(never)]
    pub(crate) fn over<'n>(&self, name: &'n str) -> Option<&'n str> {
        let index = self.0.as_ref()?;
        for (at, byte) in name.bytes().enumerate() {
            if byte == b'/'
                && let Some(mirror) = name.get(..at)
                && index.first(mirror).is_some()
            {
                return Some(mirror);
            }
        }
        index.first(name).map(|_| name)
    }
}
