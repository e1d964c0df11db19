//! A read-only view of the Pod inside every built-in kind that carries one; borrowed, and each value knows its pointer.

use crate::finding::Findings;
use crate::json::{Elements, Kind, Members, Node};
use crate::request::GroupKind;
use crate::{shape, text};

#[cfg(test)]
mod tests;
mod walk;

pub use walk::{Env, Items, Labels, Mounts, PullSecrets, Volumes};

/// Where the Pod lies in each kind: group, kind, the keys that lead to the map with its `metadata` and `spec`.
/// Source: `k8s.io/api` core/v1, apps/v1, batch/v1; `extensions` is where old clusters have the same kinds.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("", "Pod", &[]),
    ("", "PodTemplate", &["template"]),
    ("", "ReplicationController", &["spec", "template"]),
    ("apps", "Deployment", &["spec", "template"]),
    ("apps", "ReplicaSet", &["spec", "template"]),
    ("apps", "StatefulSet", &["spec", "template"]),
    ("apps", "DaemonSet", &["spec", "template"]),
    ("batch", "Job", &["spec", "template"]),
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("extensions", "Deployment", &["spec", "template"]),
    ("extensions", "ReplicaSet", &["spec", "template"]),
    ("extensions", "DaemonSet", &["spec", "template"]),
];

/// The keys that lead to the Pod in objects of this kind; `None` for a kind without one.
pub fn path_to_pod(kind: GroupKind<'_>) -> Option<&'static [&'static str]> {
    KINDS.iter().find(|(group, name, _)| *group == kind.group && *name == kind.kind).map(|(_, _, path)| *path)
}

/// Group and kind of everything with a Pod.
#[cfg(test)]
pub(crate) fn judged() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|(group, kind, _)| (*group, *kind))
}

/// The Pod of an object.
#[derive(Debug, Clone, Copy)]
pub struct PodView<'d> {
    object: Node<'d>,
    holder: Node<'d>,
    spec: Node<'d>,
}

impl<'d> PodView<'d> {
    /// The Pod in `object`, which is of a kind with a Pod at `path`. What cannot be read is reported to `out`; `None`
    /// when that leaves nothing to look at.
    pub fn read(object: Node<'d>, path: &'static [&'static str], out: &mut Findings<'d>) -> Option<Self> {
        let mut holder = object;
        for key in path {
            holder = step(holder, key, out)?;
        }
        let spec = step(holder, "spec", out)?;
        if let Some(meta) = holder.get("metadata") {
            shape::check(meta, &shape::META, out);
        }
        shape::check(spec, &shape::POD_SPEC, out);
        (spec.kind() == Kind::Object).then_some(PodView { object, holder, spec })
    }

    /// The object that was sent.
    pub fn object(self) -> Node<'d> {
        self.object
    }

    /// The object is the Pod itself, not a workload with a template. A Pod at admission has been through the
    /// ServiceAccount plugin (`k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go`), a template has not.
    pub fn is_pod(self) -> bool {
        self.object == self.holder
    }

    /// The map with the Pod's `metadata` and `spec`: the object itself or the template in it.
    pub fn holder(self) -> Node<'d> {
        self.holder
    }

    /// The PodSpec.
    pub fn spec(self) -> Node<'d> {
        self.spec
    }

    /// Name of the object, or the prefix from which the server will make one.
    pub fn name(self) -> &'d str {
        name_of(self.object)
    }

    /// A label of the Pod.
    pub fn label(self, key: &str) -> Option<&'d str> {
        self.holder.get_path(&["metadata", "labels"])?.str(key)
    }

    /// The Pod's labels as key and value.
    pub fn labels(self) -> Labels<'d> {
        Labels(self.map("labels"))
    }

    /// The Pod's annotations.
    pub fn annotations(self) -> Members<'d> {
        self.map("annotations")
    }

    fn map(self, key: &str) -> Members<'d> {
        let map = self.holder.get_path(&["metadata", key]);
        map.map_or_else(|| self.holder.no_members(), Node::members)
    }

    /// Mirrors a manifest on a node (`kubernetes.io/config.mirror`): the API server cannot stop or change such a Pod.
    pub fn is_mirror(self) -> bool {
        self.annotations().any(|(key, _)| key == "kubernetes.io/config.mirror")
    }

    /// The ServiceAccount by either of its two spellings; `None` stands for `default`.
    pub fn service_account(self) -> Option<&'d str> {
        let name = |key| self.spec.str(key).filter(|name| !name.is_empty());
        name("serviceAccountName").or_else(|| name("serviceAccount"))
    }

    /// The entries of `imagePullSecrets` with their names.
    pub fn pull_secrets(self) -> PullSecrets<'d> {
        PullSecrets(list(self.spec, "imagePullSecrets"))
    }

    /// Every container: init and sidecar, main, ephemeral.
    pub fn containers(self) -> Containers<'d> {
        Containers { spec: self.spec, current: list(self.spec, "initContainers"), role: Role::Init }
    }

    /// Every volume.
    pub fn volumes(self) -> Volumes<'d> {
        Volumes(list(self.spec, "volumes"))
    }

    /// The volume of a name.
    pub fn volume(self, name: &str) -> Option<Volume<'d>> {
        self.volumes().find(|volume| volume.name() == name)
    }
}

/// What to do about an object that is not one.
pub(crate) const SEND_WHOLE: &str = "send the whole object, as the Kubernetes API reference has it";

/// `metadata.name`, else `metadata.generateName`.
pub(crate) fn name_of(object: Node<'_>) -> &str {
    let meta = object.get("metadata");
    meta.and_then(|meta| meta.str("name").or_else(|| meta.str("generateName"))).unwrap_or_default()
}

fn step<'d>(node: Node<'d>, key: &'static str, out: &mut Findings<'d>) -> Option<Node<'d>> {
    if node.kind() != Kind::Object {
        let message = text::concat(&["this must be a map, not ", node.kind().word()]);
        out.report(node, message, SEND_WHOLE);
        return None;
    }
    let found = node.get(key);
    if found.is_none() {
        out.report((node, key), "this is missing, so there is no Pod to judge", SEND_WHOLE);
    }
    found
}

/// The elements under a key. A value that is no list has none; that it is no list has been reported.
fn list<'d>(node: Node<'d>, key: &str) -> Elements<'d> {
    node.get(key).map_or_else(|| node.no_elements(), Node::elements)
}

/// See [`PodView::containers`]. A type of its own: chained adapters would be compiled anew into every rule.
#[derive(Debug, Clone)]
pub struct Containers<'d> {
    spec: Node<'d>,
    current: Elements<'d>,
    role: Role,
}

impl<'d> Iterator for Containers<'d> {
    type Item = Container<'d>;

    #[inline(never)]
    fn next(&mut self) -> Option<Container<'d>> {
        loop {
            if let Some(node) = self.current.next() {
                let sidecar = self.role == Role::Init && node.str("restartPolicy") == Some("Always");
                return Some(Container { node, role: if sidecar { Role::Sidecar } else { self.role } });
            }
            let (key, role) = match self.role {
                Role::Init | Role::Sidecar => ("containers", Role::Main),
                Role::Main => ("ephemeralContainers", Role::Ephemeral),
                Role::Ephemeral => return None,
            };
            self.current = list(self.spec, key);
            self.role = role;
        }
    }
}

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container that goes on running (`restartPolicy: Always`).
    Sidecar,
    /// One of `containers`.
    Main,
    /// Added to a running Pod for debugging.
    Ephemeral,
}

/// One container.
#[derive(Debug, Clone, Copy)]
pub struct Container<'d> {
    node: Node<'d>,
    role: Role,
}

impl<'d> Container<'d> {
    /// The container's map.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// What it is for.
    pub fn role(self) -> Role {
        self.role
    }

    /// Its name.
    pub fn name(self) -> Option<&'d str> {
        self.node.str("name")
    }

    /// Its image as written.
    pub fn image(self) -> Option<&'d str> {
        self.node.str("image").filter(|image| !image.is_empty())
    }

    /// `command`, the entrypoint.
    pub fn command(self) -> Elements<'d> {
        list(self.node, "command")
    }

    /// `args`.
    pub fn args(self) -> Elements<'d> {
        list(self.node, "args")
    }

    /// `command` and then `args`, as they will be run.
    pub fn words(self) -> Elements<'d> {
        self.command().then(self.args())
    }

    /// The variables of `env`.
    pub fn env(self) -> Env<'d> {
        Env(list(self.node, "env"))
    }

    /// The variable that counts under a name: the last one.
    pub fn env_var(self, name: &str) -> Option<EnvVar<'d>> {
        self.env().filter(|var| var.name() == name).last()
    }

    /// The entries of `envFrom`.
    pub fn env_from(self) -> Elements<'d> {
        list(self.node, "envFrom")
    }

    /// The entries of `volumeMounts`.
    pub fn mounts(self) -> Mounts<'d> {
        Mounts(list(self.node, "volumeMounts"))
    }
}

/// One variable of a container.
#[derive(Debug, Clone, Copy)]
pub struct EnvVar<'d> {
    node: Node<'d>,
}

impl<'d> EnvVar<'d> {
    /// The variable's map.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// Its name.
    pub fn name(self) -> &'d str {
        self.node.str("name").unwrap_or_default()
    }

    /// The literal value and its node; `None` when it comes from elsewhere.
    pub fn value(self) -> Option<(Node<'d>, &'d str)> {
        let node = self.node.get("value")?;
        Some((node, node.as_str()?))
    }

    /// `valueFrom.secretKeyRef`.
    pub fn secret_key_ref(self) -> Option<Node<'d>> {
        self.node.get_path(&["valueFrom", "secretKeyRef"])
    }
}

/// One entry of `volumeMounts`.
#[derive(Debug, Clone, Copy)]
pub struct Mount<'d> {
    node: Node<'d>,
}

impl<'d> Mount<'d> {
    /// The mount's map.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// Name of the volume.
    pub fn volume(self) -> &'d str {
        self.node.str("name").unwrap_or_default()
    }

    /// `mountPath` as written.
    pub fn path(self) -> &'d str {
        self.node.str("mountPath").unwrap_or_default()
    }

    /// `subPath`, when there is one.
    pub fn sub_path(self) -> Option<&'d str> {
        self.node.str("subPath").filter(|path| !path.is_empty())
    }
}

/// One volume.
#[derive(Debug, Clone, Copy)]
pub struct Volume<'d> {
    node: Node<'d>,
}

impl<'d> Volume<'d> {
    /// The volume's map.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// Its name.
    pub fn name(self) -> &'d str {
        self.node.str("name").unwrap_or_default()
    }

    /// `hostPath.path` with its node.
    pub fn host_path(self) -> Option<(Node<'d>, &'d str)> {
        let node = self.node.get_path(&["hostPath", "path"])?;
        Some((node, node.as_str()?))
    }

    /// The Secrets that it shows: a `secret` volume, or those among the sources of a `projected` one.
    pub fn secrets(self) -> SecretSources<'d> {
        let projected = self.node.get("projected");
        let sources = projected.map_or_else(|| self.node.no_elements(), |projected| list(projected, "sources"));
        SecretSources { plain: self.node.get("secret"), sources }
    }
}

/// See [`Volume::secrets`].
#[derive(Debug, Clone)]
pub struct SecretSources<'d> {
    plain: Option<Node<'d>>,
    sources: Elements<'d>,
}

impl<'d> Iterator for SecretSources<'d> {
    type Item = SecretSource<'d>;

    #[inline(never)]
    fn next(&mut self) -> Option<SecretSource<'d>> {
        if let Some(node) = self.plain.take() {
            return Some(SecretSource { node, key: "secretName" });
        }
        let node = self.sources.find_map(|source| source.get("secret"))?;
        Some(SecretSource { node, key: "name" })
    }
}

/// A Secret as a volume shows it.
#[derive(Debug, Clone, Copy)]
pub struct SecretSource<'d> {
    node: Node<'d>,
    key: &'static str,
}

impl<'d> SecretSource<'d> {
    /// The map that may hold `items`.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// Name of the Secret.
    pub fn name(self) -> &'d str {
        self.node.str(self.key).unwrap_or_default()
    }

    /// The key under which its name stands.
    pub fn key(self) -> &'static str {
        self.key
    }

    /// The projection of keys to files as (key, path); `None` shows every key as a file of its name.
    pub fn items(self) -> Option<Items<'d>> {
        let items = self.node.get("items").filter(|items| items.elements().next().is_some())?;
        Some(Items(items.elements()))
    }
}
