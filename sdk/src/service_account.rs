//! What the API server's ServiceAccount plugin makes of a Pod (`plugin/pkg/admission/serviceaccount/admission.go`):
//! which account it runs under, which pull secrets it gets, who sees the account's token, whether it is refused.

use std::collections::BTreeSet;

use crate::json::{Elements, Node};
use crate::text::{concat, quote};

#[cfg(test)]
mod tests;

/// Runs the plugin on Pods of one account.
#[derive(Debug, Clone, Copy)]
pub struct Plugin<'d> {
    /// The ServiceAccount that the Pod names (or `default`), as an object; `None`: there is none.
    pub account: Option<Node<'d>>,
    /// The server's own switch for what the annotation [`ENFORCE`] asks of one account.
    pub limit_secrets: bool,
}

/// On a ServiceAccount with a value that Go reads as true: its Pods may use only the Secrets that it lists.
pub const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";

const MIRROR: &str = "kubernetes.io/config.mirror";
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A Pod as it is after the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admitted<'d> {
    /// The account; empty for a mirror Pod, which has none.
    pub service_account: &'d str,
    /// The names in `imagePullSecrets`: the Pod's own list, or the account's when that is empty.
    pub pull_secrets: Vec<&'d str>,
    /// Containers that get the account's token mounted, by their position: `initContainers` and then `containers`.
    pub token_mounts: Vec<usize>,
}

impl<'d> Plugin<'d> {
    /// The mutating phase, which a creation goes through, together with the validating one behind it.
    ///
    /// # Errors
    /// Why the Pod is refused.
    pub fn create(&self, pod: Node<'d>) -> Result<Admitted<'d>, String> {
        let spec = pod.get("spec").unwrap_or(pod);
        let own = names(spec, PULL);
        if pod.get_path(&["metadata", "annotations"]).is_some_and(|map| map.member(MIRROR).is_some()) {
            check_mirror(spec)?;
            return Ok(Admitted::default());
        }
        let account = self.account(spec)?;
        let admitted = Admitted {
            service_account: account_of(spec),
            token_mounts: if automounts(spec, account) { token_mounts(spec) } else { Vec::new() },
            pull_secrets: if own.is_empty() { names(account, PULL) } else { own },
        };
        if self.limits(account) {
            check(spec, account, &admitted.pull_secrets)?;
        }
        Ok(admitted)
    }

    /// The validating phase of an update of `ephemeralcontainers`; no other update is looked at.
    ///
    /// # Errors
    /// Why the update is refused.
    pub fn update_ephemeral_containers(&self, pod: Node<'d>) -> Result<(), String> {
        let spec = pod.get("spec").unwrap_or(pod);
        let account = self.account(spec)?;
        if !self.limits(account) {
            return Ok(());
        }
        check_containers(spec, "ephemeralContainers", &names(account, "secrets").into_iter().collect())
    }

    fn account(&self, spec: Node<'_>) -> Result<Node<'d>, String> {
        let absent = || concat(&["service account ", &quote(account_of(spec)), " was not found"]);
        self.account.ok_or_else(absent)
    }

    fn limits(&self, account: Node<'_>) -> bool {
        self.limit_secrets || enforces(account)
    }
}

/// May Pods of this account use only the Secrets that it lists?
pub fn enforces(account: Node<'_>) -> bool {
    let annotations = account.get_path(&["metadata", "annotations"]);
    let value = annotations.and_then(|annotations| annotations.str(ENFORCE)).unwrap_or_default();
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

const PULL: &str = "imagePullSecrets";

/// The account that a PodSpec names, else `default`.
pub fn account_of(spec: Node<'_>) -> &str {
    let named = spec.str("serviceAccountName").filter(|name| !name.is_empty());
    named.or_else(|| spec.str("serviceAccount").filter(|name| !name.is_empty())).unwrap_or("default")
}

fn list<'d>(node: Node<'d>, key: &str) -> Elements<'d> {
    node.get(key).map_or_else(|| node.no_elements(), Node::elements)
}

fn names<'d>(node: Node<'d>, key: &str) -> Vec<&'d str> {
    list(node, key).map(|entry| entry.str("name").unwrap_or_default()).collect()
}

/// The Pod's wish counts before the account's; without either the token is mounted.
fn automounts(spec: Node<'_>, account: Node<'_>) -> bool {
    const KEY: &str = "automountServiceAccountToken";
    let wish = |node: Node<'_>| node.get(KEY).and_then(Node::as_bool);
    wish(spec).or_else(|| wish(account)).unwrap_or(true)
}

fn token_mounts(spec: Node<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, container) in list(spec, "initContainers").then(list(spec, "containers")).enumerate() {
        if !list(container, "volumeMounts").any(|mount| mount.str("mountPath") == Some(TOKEN_PATH)) {
            found.push(at);
        }
    }
    found
}

/// Volumes, variables and pull secrets of the Pod as it is after the mutating phase.
fn check(spec: Node<'_>, account: Node<'_>, pull_secrets: &[&str]) -> Result<(), String> {
    let listed: BTreeSet<_> = names(account, "secrets").into_iter().collect();
    for volume in list(spec, "volumes") {
        // Not those among the sources of a projected volume: the plugin looks past them.
        if let Some(secret) = volume.get("secret").and_then(|secret| secret.str("secretName"))
            && !listed.contains(secret)
        {
            return unlisted("volume", volume.str("name"), secret);
        }
    }
    for key in ["initContainers", "containers"] {
        check_containers(spec, key, &listed)?;
    }
    let listed: BTreeSet<_> = names(account, PULL).into_iter().collect();
    match pull_secrets.iter().find(|name| !listed.contains(*name)) {
        Some(secret) => unlisted("imagePullSecrets", None, secret),
        None => Ok(()),
    }
}

fn check_containers(spec: Node<'_>, key: &str, listed: &BTreeSet<&str>) -> Result<(), String> {
    for container in list(spec, key) {
        for (list_key, path, what) in VARIABLES {
            for source in list(container, list_key) {
                if let Some(secret) = source.get_path(path).and_then(|secret| secret.str("name"))
                    && !listed.contains(secret)
                {
                    return unlisted(what, container.str("name"), secret);
                }
            }
        }
    }
    Ok(())
}

/// Where variables come from Secrets.
const VARIABLES: [(&str, &[&str], &str); 2] = [
    ("env", &["valueFrom", "secretKeyRef"], "a container with envVar"),
    ("envFrom", &["secretRef"], "a container with envFrom"),
];

fn unlisted(what: &str, name: Option<&str>, secret: &str) -> Result<(), String> {
    let name = name.map(|name| concat(&[" ", &quote(name)])).unwrap_or_default();
    Err(concat(&[what, &name, " uses Secret ", &quote(secret), ", which the service account does not list"]))
}

/// A mirror Pod stands for a file on its node: it may name neither an account nor a Secret, nor ask for a token.
fn check_mirror(spec: Node<'_>) -> Result<(), String> {
    let refused = |what| Err(concat(&["a mirror Pod may not use ", what]));
    if spec.str("serviceAccountName").is_some_and(|name| !name.is_empty()) {
        return refused("a service account");
    }
    let mut secrets = !names(spec, PULL).is_empty();
    for key in ["initContainers", "containers", "ephemeralContainers"] {
        for container in list(spec, key) {
            for (list_key, path, _) in VARIABLES {
                secrets |= list(container, list_key).any(|source| source.get_path(path).is_some());
            }
        }
    }
    for volume in list(spec, "volumes") {
        secrets |= SECRET_VOLUMES.iter().any(|path| volume.get_path(path).is_some());
        for source in volume.get("projected").map_or_else(|| volume.no_elements(), |map| list(map, "sources")) {
            secrets |= source.get("secret").is_some();
            if source.get("serviceAccountToken").is_some() {
                return refused("a service account's token");
            }
        }
    }
    if secrets { refused("Secrets") } else { Ok(()) }
}

/// Volumes that name a Secret (`pkg/api/pod/util.go`, VisitPodSecretNames).
const SECRET_VOLUMES: [&[&str]; 9] = [
    &["secret"],
    &["azureFile", "secretName"],
    &["cephfs", "secretRef"],
    &["csi", "nodePublishSecretRef"],
    &["flexVolume", "secretRef"],
    &["iscsi", "secretRef"],
    &["rbd", "secretRef"],
    &["scaleIO", "secretRef"],
    &["storageos", "secretRef"],
];
