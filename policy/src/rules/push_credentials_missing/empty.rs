//! Secrets without a name, which somebody forgot to fill in. The API server refuses them
//! (`k8s.io/kubernetes/pkg/apis/core/validation`: validateSecretVolumeSource, validateSecretKeySelector).

use regwarden_sdk::finding::Findings;
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
            let name = volume.name();
            let shown = |container: &Container<'d>| {
                container.mounts().any(|mount| mount.volume() == name && sources::is_place(mount.path()))
            };
            if let Some(container) = context.pod.containers().find(shown) {
                let plain = volume.node().get("secret") == Some(source.node());
                let key = if plain { "secretName" } else { "name" };
                out.report((source.node(), key), MESSAGE, REMEDY).container(container.name());
                return;
            }
        }
    }
}

/// Variables of a container that pushes. `true`: it has one, and that is what is wrong with it.
#[inline(never)]
pub(super) fn variables<'d>(container: Container<'d>, out: &mut Findings<'d>) -> bool {
    let refs = container.env().filter_map(|var| var.secret_key_ref());
    let refs = refs.chain(container.env_from().filter_map(|from| from.get("secretRef")));
    for node in refs {
        if node.str("name").unwrap_or_default().is_empty() {
            let message = "the Secret of this variable has an empty name, so the API server refuses the object";
            out.report((node, "name"), message, REMEDY).container(container.name());
            return true;
        }
    }
    false
}
