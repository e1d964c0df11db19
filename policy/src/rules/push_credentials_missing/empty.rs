//! Secrets without a name, which somebody forgot to fill in. The API server refuses them
//! (`k8s.io/kubernetes/pkg/apis/core/validation`: validateSecretVolumeSource, validateSecretKeySelector).

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Node;
use regwarden_sdk::view::Container;

use crate::context::Context;
use crate::data::sources;

const MESSAGE: &str = "the Secret with the docker config has an empty name, so the API server refuses the object";
const REMEDY: &str = "write the Secret's name; if it comes from a variable or a chart's value, that is not set";

/// How many volumes with such a Secret are looked for among the mounts.
const MAX_VOLUMES: usize = 4;

/// Volumes over a place where docker configs lie.
#[inline(never)]
pub(super) fn volumes<'d>(context: &Context<'d>, out: &mut Findings<'d>) {
    let mut looked = 0;
    for volume in context.pod.volumes() {
        for source in volume.secrets() {
            if !source.name().is_empty() || looked >= MAX_VOLUMES {
                continue;
            }
            looked += 1;
            for container in context.pod.containers() {
                if shows(container, volume.name()) {
                    let plain = volume.node().get("secret") == Some(source.node());
                    let key = if plain { "secretName" } else { "name" };
                    out.report((source.node(), key), MESSAGE, REMEDY).container(container.name());
                    return;
                }
            }
        }
    }
}

/// Does the container mount the volume where docker configs lie?
#[inline(never)]
fn shows(container: Container<'_>, volume: &str) -> bool {
    container.mounts().any(|mount| mount.volume() == volume && sources::is_place(mount.path()))
}

/// Variables of a container that pushes. `true`: it has one, and that is what is wrong with it.
#[inline(never)]
pub(super) fn variables<'d>(container: Container<'d>, out: &mut Findings<'d>) -> bool {
    for var in container.env() {
        if var.secret_key_ref().is_some_and(|node| nameless(container, node, out)) {
            return true;
        }
    }
    for from in container.env_from() {
        if from.get("secretRef").is_some_and(|node| nameless(container, node, out)) {
            return true;
        }
    }
    false
}

#[inline(never)]
fn nameless<'d>(container: Container<'d>, node: Node<'d>, out: &mut Findings<'d>) -> bool {
    let empty = node.str("name").unwrap_or_default().is_empty();
    if empty {
        let message = "the Secret of this variable has an empty name, so the API server refuses the object";
        out.report((node, "name"), message, REMEDY).container(container.name());
    }
    empty
}
