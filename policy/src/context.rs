//! Everything that a rule may look at.

use std::cell::{Cell, OnceCell};

use regwarden_sdk::cluster::{Cluster, Depth};
use regwarden_sdk::image::Reference;
use regwarden_sdk::json::Node;
use regwarden_sdk::object::{Object, ObjectKind};
use regwarden_sdk::request::Request;
use regwarden_sdk::text;
use regwarden_sdk::view::{PodView, Volume};

use crate::cluster::{self, AccountFacts, SecretFacts, Seen};
use crate::facts::{Facts, Mirrors, Secrets};
use crate::knowledge::commands::{self, Commands};
use crate::knowledge::index::Index;
use crate::knowledge::names::is_possible;
use crate::knowledge::opens::kept::Opens;
use crate::mending::Mending;
use crate::site::{Read, Site};

pub(crate) mod account;
mod cover;
mod images;
mod pulls;

pub(crate) use cover::{Cover, entries};
pub(crate) use images::Image;
pub(crate) use pulls::{Listed, Pulls};

/// So many unanswered questions are remembered; a message names fewer.
const UNANSWERED: usize = 16;

/// One Secret or ServiceAccount to judge and what is known about it.
pub struct ObjectContext<'d> {
    /// Who asks for what.
    pub(crate) request: Request<'d>,
    /// The object.
    pub(crate) object: Object<'d>,
    /// What the settings say of the site.
    pub(crate) site: Site<'d>,
}

/// One Pod to judge and what is known about it.
pub struct Context<'d> {
    /// Who asks for what.
    pub(crate) request: Request<'d>,
    /// The Pod.
    pub(crate) pod: PodView<'d>,
    /// What the settings say about registries for this Pod.
    pub(crate) facts: Facts<'d>,
    cluster: &'d dyn Cluster,
    /// What this request will mend, for rules that depend on the mends of others.
    pub(crate) mending: Mending<'d>,
    names: [OnceCell<Index<'d>>; 4],
    volumes: OnceCell<Vec<Volume<'d>>>,
    images: OnceCell<Vec<Image<'d>>>,
    mirrors: OnceCell<Mirrors<'d>>,
    secrets: OnceCell<Secrets<'d>>,
    commands: OnceCell<Vec<Commands<'d>>>,
    account: OnceCell<Seen<AccountFacts>>,
    pulls: OnceCell<Pulls<'d>>,
    /// Who opens its images and its pushes; see [`crate::knowledge::opens::opened`].
    pub(crate) opened: OnceCell<Opens<'d>>,
    unanswered: Cell<Vec<Unanswered>>,
}

/// A question that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unanswered {
    /// Kind of the object.
    pub(crate) kind: ObjectKind,
    /// Its name.
    pub(crate) name: String,
    /// A right is missing; otherwise nobody answered.
    pub(crate) refused: bool,
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
            account: OnceCell::new(),
            pulls: OnceCell::new(),
            opened: OnceCell::new(),
            unanswered: Cell::new(Vec::new()),
        }
    }

    /// How much of the cluster may be read.
    pub(crate) fn reads(&self) -> Read {
        self.facts.site().cluster.read
    }

    /// What is known about a Secret of the Pod's namespace. Ask only what a finding depends on: it is a read of the API.
    #[inline(never)]
    pub(crate) fn secret(&self, name: &str) -> Seen<SecretFacts> {
        let depth = match self.reads() {
            Read::Off => return Seen::NotAsked,
            Read::Names => Depth::Names,
            Read::Contents => Depth::Contents,
        };
        if !is_possible(name) {
            return Seen::NotAsked;
        }
        let namespace = self.request.namespace();
        let seen = if namespace.is_empty() {
            Seen::Unavailable
        } else {
            cluster::secret(self.cluster, namespace, name, depth)
        };
        self.note(ObjectKind::Secret, name, &seen);
        seen
    }

    /// The account under which the Pod runs once this request is through.
    pub(crate) fn account_name(&self) -> &'d str {
        account::name(self)
    }

    /// What is known about that account.
    #[inline(never)]
    pub(crate) fn account(&self) -> &Seen<AccountFacts> {
        self.account.get_or_init(|| {
            let (namespace, name) = (self.request.namespace(), self.account_name());
            if self.reads() == Read::Off || !is_possible(name) {
                return Seen::NotAsked;
            }
            let seen =
                if namespace.is_empty() { Seen::Unavailable } else { cluster::account(self.cluster, namespace, name) };
            self.note(ObjectKind::ServiceAccount, name, &seen);
            seen
        })
    }

    /// The pull secrets that count for the Pod, each looked up.
    pub(crate) fn pulls(&self) -> &Pulls<'d> {
        self.pulls.get_or_init(|| pulls::read(self))
    }

    /// What the pull secrets have for an image.
    pub(crate) fn cover(&self, image: &Reference<'_>) -> Cover<'_, 'd> {
        cover::of(self.pulls(), image)
    }

    /// Did the Pod come through the API server, so that an empty list of pull secrets is filled from its account already? It
    /// writes both spellings of the account.
    #[inline(never)]
    pub(crate) fn is_admitted(&self) -> bool {
        let named = |key| self.pod.spec().str(key).is_some_and(|name| !name.is_empty());
        self.pod.is_pod() && named("serviceAccountName") && named("serviceAccount")
    }

    /// May a mend mount this Secret? Where the account is to be asked and is not known, nothing is mended on a guess.
    #[inline(never)]
    pub(crate) fn may_mount(&self, secret: &str) -> bool {
        match self.account() {
            Seen::NotAsked => true,
            Seen::Found(account) => !account.only_listed || account.secrets.iter().any(|name| text::same(name, secret)),
            Seen::Absent | Seen::NotAllowed | Seen::Unavailable => false,
        }
    }

    /// Remembers what nobody answered.
    #[inline(never)]
    fn note<T>(&self, kind: ObjectKind, name: &str, seen: &Seen<T>) {
        let refused = matches!(seen, Seen::NotAllowed);
        if !refused && !matches!(seen, Seen::Unavailable) {
            return;
        }
        let mut all = self.unanswered.take();
        let new = Unanswered { kind, name: name.to_owned(), refused };
        if all.len() < UNANSWERED && !all.contains(&new) {
            all.push(new);
        }
        self.unanswered.set(all);
    }

    /// What was asked so far and nobody answered.
    pub(crate) fn unanswered(&self) -> Vec<Unanswered> {
        let all = self.unanswered.take();
        self.unanswered.set(all.clone());
        all
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
        self.mirrors.get_or_init(|| Mirrors::of(self.facts.site()))
    }

    /// For what and to whom the settings give Secrets.
    pub(crate) fn secrets(&self) -> &Secrets<'d> {
        self.secrets.get_or_init(|| Secrets::of(self.facts.site()))
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
