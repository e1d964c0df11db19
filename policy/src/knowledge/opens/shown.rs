//! What of a Pod's volumes a container sees as a file.

use regwarden_sdk::json::Node;
use regwarden_sdk::view::{Container, Mount, SecretSource};

use crate::context::Context;
use crate::knowledge::docker_config::{inside, key_at, normal};

/// Sources of one volume that are looked at.
const SOURCES: usize = 64;

/// What is there.
pub(super) enum Shown<'d> {
    /// A key of a Secret.
    Secret(SecretSource<'d>, String),
    /// Something of a ConfigMap, by its name.
    ConfigMap(&'d str),
    /// A file of the node.
    Host,
    /// What somebody may put there.
    Other,
    /// No such file.
    Nothing,
    /// Nothing is mounted there.
    Unmounted,
}

/// What the file is. Of several mounts above it the nearest one counts.
#[inline(never)]
pub(super) fn shown<'d>(context: &Context<'d>, container: Container<'d>, file: &str) -> Shown<'d> {
    let mut nearest: Option<(usize, Mount<'d>)> = None;
    for mount in container.mounts() {
        let at = normal(mount.path());
        let above = file.strip_prefix(at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if above && nearest.is_none_or(|(length, _)| length <= at.len()) {
            nearest = Some((at.len(), mount));
        }
    }
    let Some((_, mount)) = nearest else { return Shown::Unmounted };
    let Some(volume) = context.volume(mount.volume()).filter(|_| mount.node().get("subPathExpr").is_none()) else {
        return Shown::Other;
    };
    let Some(path) = inside(mount, file) else { return Shown::Nothing };
    let mut looked = 0;
    for source in volume.secrets() {
        looked += 1;
        if looked > SOURCES {
            return Shown::Other;
        }
        if let Some(key) = key_at(source, &path) {
            return Shown::Secret(source, key);
        }
    }
    let node = volume.node();
    if let Some(map) = node.get("configMap") {
        return Shown::ConfigMap(map.str("name").unwrap_or_default());
    }
    if let Some(sources) = node.get_path(&["projected", "sources"]) {
        let map = sources.elements().take(SOURCES).find_map(|source| source.get("configMap"));
        return map.map_or(Shown::Nothing, |map| Shown::ConfigMap(map.str("name").unwrap_or_default()));
    }
    if node.get("secret").is_some() {
        Shown::Nothing
    } else if volume.host_path().is_some() {
        Shown::Host
    } else {
        Shown::Other
    }
}

/// May the Secret be missing, so that the Pod starts without it?
pub(super) fn is_optional(source: SecretSource<'_>) -> bool {
    source.node().get("optional").and_then(Node::as_bool) == Some(true)
}
