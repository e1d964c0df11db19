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
    volumes: OnceCell<(Index<'d>, Vec<Volume<'d>>)>,
    mounted: OnceCell<Index<'d>>,
    listed: OnceCell<Index<'d>>,
    claimed: OnceCell<Index<'d>>,
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
            volumes: OnceCell::new(),
            mounted: OnceCell::new(),
            listed: OnceCell::new(),
            claimed: OnceCell::new(),
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

    /// The volume of a name.
    #[inline(never)]
    pub(crate) fn volume(&self, name: &str) -> Option<Volume<'d>> {
        let (index, volumes) = self.volumes.get_or_init(|| {
            let volumes: Vec<Volume<'d>> = self.pod.volumes().collect();
            (Index::new(volumes.iter().map(|volume| volume.name()).collect()), volumes)
        });
        volumes.get(index.first(name)?).copied()
    }

    /// How many mounts of all containers show a volume.
    #[inline(never)]
    pub(crate) fn mounts_of(&self, volume: &str) -> usize {
        let index = self.mounted.get_or_init(|| {
            let mut names = Vec::new();
            for container in self.pod.containers() {
                for mount in container.mounts() {
                    names.push(mount.volume());
                }
            }
            Index::new(names)
        });
        index.count(volume)
    }

    /// Does the Pod list this pull secret?
    #[inline(never)]
    pub(crate) fn lists(&self, secret: &str) -> bool {
        let index = self.listed.get_or_init(|| Index::new(self.pod.pull_secrets().map(|(_, name)| name).collect()));
        !secret.is_empty() && index.first(secret).is_some()
    }

    /// Does a StatefulSet make a volume of this name for each Pod from a template?
    #[inline(never)]
    pub(crate) fn claims(&self, volume: &str) -> bool {
        let index = self.claimed.get_or_init(|| {
            let claims = self.pod.object().get_path(&["spec", "volumeClaimTemplates"]);
            let mut names = Vec::new();
            for claim in claims.into_iter().flat_map(Node::elements) {
                names.push(claim.get("metadata").and_then(|meta| meta.str("name")).unwrap_or_default());
            }
            Index::new(names)
        });
        index.first(volume).is_some()
    }
}
