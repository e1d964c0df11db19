//! What the settings say about the site: its registries, its pipelines, what may be read of its cluster, and which Pods are
//! judged there.

use regwarden_sdk::decode::{Decode, Mistakes, Path, Shape};
use regwarden_sdk::glob::any_matches;
use regwarden_sdk::json::{Kind, Node};
use regwarden_sdk::settings::Profile;
use regwarden_sdk::view::PodView;

use crate::data::engines;

/// The settings as rules see them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'s> {
    /// A level for every rule.
    pub profile: Profile,
    /// What is known about registries, for every Pod.
    pub registries: &'s [Registry],
    /// Images may come from these registries and their mirrors only.
    pub allow_only_listed: bool,
    /// The ServiceAccount under which Pods run; a pipeline may name another.
    pub service_account: Option<&'s str>,
    /// Overrides for some Pods.
    pub pipelines: &'s [Pipeline],
    /// What is asked about the Secrets and the ServiceAccount of a Pod.
    pub cluster: WholeAccess,
}

regwarden_sdk::config! {
    /// One registry.
    #[derive(Debug)]
    pub struct Registry {
        /// `host[:port][/path]`; matched as kubelet matches the keys of a docker config, the most specific entry wins.
        pub registry "registry": String,
        /// Where the right to pull comes from.
        pub pull "pull": Option<Pull> = None,
        /// Where the right to push comes from.
        pub push "push": Option<Push> = None,
        /// It is spoken to over plain http, or over TLS that nobody checks.
        pub plain_http "plainHttp": Option<bool> = None,
        /// `host[:port][/path]` from which its images are pulled instead: the whole path of an image follows behind it.
        /// What lies under a mirror is never sent on.
        pub mirror "mirror": Option<String> = None,
        /// Where builds that push to it keep their layers.
        pub cache "cache": Option<Cache> = None,
    }
}

regwarden_sdk::config! {
    /// Where the right to pull comes from; exactly one key.
    #[derive(Debug, Clone)]
    pub struct Pull {
        /// This Secret of type `kubernetes.io/dockerconfigjson`, listed in imagePullSecrets.
        pub secret "secret": Option<String> = None,
        /// Nobody needs one.
        pub anonymous "anonymous": bool = false,
        /// The node has it.
        pub node "node": bool = false,
        /// The ServiceAccount's own imagePullSecrets.
        pub service_account "serviceAccount": bool = false,
    }
}

regwarden_sdk::config! {
    /// Where the right to push comes from.
    #[derive(Debug, Clone)]
    pub struct Push {
        /// This Secret of type `kubernetes.io/dockerconfigjson`, mounted where the builder reads it.
        pub secret "secret": String,
    }
}

regwarden_sdk::config! {
    /// Where builds keep the layers that they made.
    #[derive(Debug, Clone)]
    pub struct Cache {
        /// The repository, without tag: Kaniko's `--cache-repo`.
        pub repository "repository": String,
        /// How long a layer is good for, as in `168h`: Kaniko's `--cache-ttl`.
        pub ttl "ttl": Option<String> = None,
    }
}

regwarden_sdk::config! {
    /// Some Pods and what is different for them.
    #[derive(Debug)]
    pub struct Pipeline {
        /// For messages.
        pub name "name": String,
        /// Which Pods.
        pub selector "selector": Selector,
        /// Laid over the global entries field by field.
        pub registries "registries": Vec<Registry> = Vec::new(),
        /// The ServiceAccount under which these Pods run.
        pub service_account "serviceAccount": Option<String> = None,
    }
}

regwarden_sdk::config! {
    /// Selects Pods; everything that is given must match.
    #[derive(Debug)]
    pub struct Selector {
        /// One of these; `*` and `?` are wildcards.
        pub namespaces "namespaces": Vec<String> = Vec::new(),
        /// All of these, on the Pod or the template.
        pub labels "labels": Vec<(String, String)> = Vec::new(),
        /// One of these is the object's name, or the `generateName` that it is made from; wildcards as above.
        pub names "names": Vec<String> = Vec::new(),
        /// Some container has one of these names; wildcards as above.
        pub containers "containers": Vec<String> = Vec::new(),
    }
}

regwarden_sdk::choice! {
    /// How much of the cluster is read.
    pub enum Read {
        /// Nothing is asked.
        Off = "off",
        /// ServiceAccounts; of Secrets whether they exist, and their type.
        Names = "names",
        /// The docker configs in Secrets too.
        Contents = "contents",
    }
}

regwarden_sdk::choice! {
    /// What is said when the cluster does not answer.
    pub enum OnUnavailable {
        /// Nothing.
        Ignore = "ignore",
        /// A warning.
        Warn = "warn",
        /// The object is rejected.
        Enforce = "enforce",
    }
}

regwarden_sdk::config! {
    /// What is asked of the cluster, in full.
    #[derive(Debug, Clone, Copy)]
    pub struct WholeAccess {
        /// How much is read.
        pub read "read": Read,
        /// What is said when a question is not answered: no grant, no right, no API server.
        pub on_unavailable "onUnavailable": OnUnavailable = OnUnavailable::Warn,
    }
}

/// What is asked of the cluster: one word, or the whole.
#[derive(Debug, Clone, Copy)]
pub struct ClusterAccess(pub WholeAccess);

impl Default for ClusterAccess {
    fn default() -> Self {
        ClusterAccess(WholeAccess { read: Read::Off, on_unavailable: OnUnavailable::Warn })
    }
}

impl Decode for ClusterAccess {
    const SHAPE: Shape = Shape::Either(&Read::SHAPE, &WholeAccess::SHAPE);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let whole = if node.kind() == Kind::Object {
            WholeAccess::decode(node, path, mistakes)?
        } else {
            WholeAccess { read: Read::decode(node, path, mistakes)?, ..Self::default().0 }
        };
        Some(ClusterAccess(whole))
    }
}

regwarden_sdk::config! {
    /// Which Pods are judged.
    #[derive(Debug)]
    pub struct Scope {
        /// Pods of these CI engines; `any` is every Pod.
        pub engines "engines": Vec<engines::Engine> = vec![engines::Engine::Any],
        /// Never in these namespaces; `*` and `?` are wildcards.
        pub exclude_namespaces "excludeNamespaces": Vec<String> = system_namespaces(),
    }
}

/// A policy that breaks these breaks the cluster.
fn system_namespaces() -> Vec<String> {
    vec!["kube-system".to_owned(), "kube-public".to_owned(), "kube-node-lease".to_owned()]
}

impl Default for Scope {
    fn default() -> Self {
        Scope { engines: vec![engines::Engine::Any], exclude_namespaces: system_namespaces() }
    }
}

impl Scope {
    /// Is this Pod to be judged?
    pub fn covers(&self, namespace: &str, pod: PodView<'_>) -> bool {
        self.covers_namespace(namespace) && self.engines.iter().any(|engine| engines::made_by(*engine, pod))
    }

    /// Is anything in this namespace to be judged?
    pub fn covers_namespace(&self, namespace: &str) -> bool {
        !any_matches(&self.exclude_namespaces, namespace)
    }
}

impl Selector {
    /// Does it select this Pod?
    pub fn selects(&self, namespace: &str, pod: PodView<'_>) -> bool {
        (self.namespaces.is_empty() || any_matches(&self.namespaces, namespace))
            && self.labels.iter().all(|(key, value)| pod.label(key) == Some(value))
            && (self.names.is_empty() || self.selects_name(pod))
            && (self.containers.is_empty() || self.selects_container(pod))
    }

    /// Does it name this namespace?
    pub fn covers_namespace(&self, namespace: &str) -> bool {
        any_matches(&self.namespaces, namespace)
    }

    /// Does it select every Pod of the namespaces that it names, or of all when it names none?
    pub fn takes_whole_namespaces(&self) -> bool {
        self.labels.is_empty() && self.names.is_empty() && self.containers.is_empty()
    }

    /// By either name: the first one is there later, the other one from the beginning.
    fn selects_name(&self, pod: PodView<'_>) -> bool {
        let meta = pod.object().get("metadata");
        let matches = |key| meta.and_then(|meta| meta.str(key)).is_some_and(|name| any_matches(&self.names, name));
        matches("name") || matches("generateName")
    }

    fn selects_container(&self, pod: PodView<'_>) -> bool {
        pod.containers().any(|container| any_matches(&self.containers, container.name().unwrap_or_default()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.takes_whole_namespaces()
    }
}
