//! Everything that a rule may look at.

use std::cell::OnceCell;

use regwarden_sdk::cluster::Cluster;
use regwarden_sdk::json::Node;
use regwarden_sdk::object::Object;
use regwarden_sdk::request::Request;
use regwarden_sdk::view::{PodView, Volume};

use crate::facts::{Facts, Mirrors, Secrets};
use crate::knowledge::commands::{self, Commands};
use crate::knowledge::index::Index;
use crate::mending::Mending;
use crate::settings::Settings;

mod images;

pub(crate) use images::Image;

/// One Secret or ServiceAccount to judge and what is known about it.
pub struct ObjectContext<'d> {
    /// Who asks for what.
    pub(crate) request: Request<'d>,
    /// The object.
    pub(crate) object: Object<'d>,
    /// Everything that the user set.
    pub(crate) settings: &'d Settings,
}

/// One Pod to judge and what is known about it.
pub struct Context<'d> {
    /// Who asks for what.
    pub(crate) request: Request<'d>,
    /// The Pod.
    pub(crate) pod: PodView<'d>,
    /// What the settings say about registries for this Pod.
    pub(crate) facts: Facts<'d>,
    /// Who answers questions about Secrets and ServiceAccounts.
    pub(crate) cluster: &'d dyn Cluster,
    /// What this request will mend, for rules that depend on the mends of others.
    pub(crate) mending: Mending<'d>,
    names: [OnceCell<Index<'d>>; 4],
    volumes: OnceCell<Vec<Volume<'d>>>,
    images: OnceCell<Vec<Image<'d>>>,
    mirrors: OnceCell<Mirrors<'d>>,
    secrets: OnceCell<Secrets<'d>>,
    commands: OnceCell<Vec<Commands<'d>>>,
}

impl<'d> Context<'d> {
    pub(crate) fn new(
        request: Request<'d>,
        pod: PodView<'d>,
        facts: Facts<'d>,
        cluster: &'d dyn Cluster,
        mending: Mending<'d>,
    ) -> Self {
        Context {
            request,
            pod,
            facts,
            cluster,
            mending,
            names: [const { OnceCell::new() }; 4],
            volumes: OnceCell::new(),
            images: OnceCell::new(),
            mirrors: OnceCell::new(),
            secrets: OnceCell::new(),
            commands: OnceCell::new(),
        }
    }

    /// What every container runs and pushes.
    #[inline(never)]
    pub(crate) fn commands(&self) -> &[Commands<'d>] {
        self.commands.get_or_init(|| commands::read(self.pod))
    }

    /// The images of all containers, in their order.
    #[inline(never)]
    pub(crate) fn images(&self) -> &[Image<'d>] {
        self.images.get_or_init(|| images::all(self))
    }

    /// The mirrors of the settings.
    pub(crate) fn mirrors(&self) -> &Mirrors<'d> {
        self.mirrors.get_or_init(|| Mirrors::of(self.facts.settings()))
    }

    /// For what and to whom the settings give Secrets.
    pub(crate) fn secrets(&self) -> &Secrets<'d> {
        self.secrets.get_or_init(|| Secrets::of(self.facts.settings()))
    }

    /// Names that the Pod gives to things of one sort, in their order.
    #[inline(never)]
    fn names(&self, named: Named) -> Vec<&'d str> {
        let mut names = Vec::new();
        match named {
            Named::Volumes => {
                for volume in self.pod.volumes() {
                    names.push(volume.name());
                }
            }
            Named::Mounts => {
                for container in self.pod.containers() {
                    for mount in container.mounts() {
                        names.push(mount.volume());
                    }
                }
            }
            Named::PullSecrets => {
                for (_, name) in self.pod.pull_secrets() {
                    names.push(name);
                }
            }
            Named::Claims => {
                if let Some(claims) = self.pod.object().get_path(&["spec", "volumeClaimTemplates"]) {
                    for claim in claims.elements() {
                        names.push(claim.get_path(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default());
                    }
                }
            }
        }
        names
    }

    #[inline(never)]
    fn index(&self, named: Named) -> &Index<'d> {
        let [volumes, mounts, pull_secrets, claims] = &self.names;
        let index = match named {
            Named::Volumes => volumes,
            Named::Mounts => mounts,
            Named::PullSecrets => pull_secrets,
            Named::Claims => claims,
        };
        index.get_or_init(|| Index::new(self.names(named)))
    }

    /// The volume of a name.
    #[inline(never)]
    pub(crate) fn volume(&self, name: &str) -> Option<Volume<'d>> {
        let at = self.index(Named::Volumes).first(name)?;
        let volumes = self.volumes.get_or_init(|| {
            let mut volumes = Vec::new();
            for volume in self.pod.volumes() {
                volumes.push(volume);
            }
            volumes
        });
        volumes.get(at).copied()
    }

    /// How many mounts of all containers show a volume.
    pub(crate) fn mounts_of(&self, volume: &str) -> usize {
        self.index(Named::Mounts).count(volume)
    }

    /// Does the Pod list this pull secret?
    pub(crate) fn lists(&self, secret: &str) -> bool {
        !secret.is_empty() && self.index(Named::PullSecrets).first(secret).is_some()
    }

    /// Does a StatefulSet make a volume of this name for each Pod from a template?
    pub(crate) fn claims(&self, volume: &str) -> bool {
        self.index(Named::Claims).first(volume).is_some()
    }
}

/// What has names that rules look up.
#[derive(Clone, Copy)]
enum Named {
    Volumes,
    Mounts,
    PullSecrets,
    Claims,
}
