//! Which containers of a Pod reach what lies on the node.

use regwarden_sdk::json::Node;
use regwarden_sdk::order;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, Mount};

use crate::context::Context;

/// A volume that shows something of the node, and the worst of its mounts.
pub(crate) struct Reached<'d> {
    /// The `hostPath.path`.
    pub node: Node<'d>,
    /// As written.
    pub path: &'d str,
    /// Who mounts it.
    pub container: Container<'d>,
    /// What part of it is mounted; `None`: all of it, or a part that is known only when the container starts.
    pub below: Option<&'d str>,
    /// No second opinion is needed.
    pub sure: bool,
}

struct Risk<'d> {
    volume: &'d str,
    node: Node<'d>,
    path: &'d str,
    mounted: Option<Reached<'d>>,
}

/// The host paths that show something and are mounted, in the order of the volumes. `shows` says of a path, and of one
/// below it, whether there is something, and whether that is certain.
#[inline(never)]
pub(crate) fn reached<'d>(
    context: &Context<'d>,
    shows: &dyn Fn(&'d str, Option<&'d str>) -> Option<bool>,
) -> Vec<Reached<'d>> {
    let pod = context.pod;
    let mut found = Vec::new();
    let mut risks: Vec<Risk<'d>> = Vec::new();
    for volume in pod.volumes() {
        // Also one that shows nothing as a whole: a `subPath` may pick it out.
        if let Some((node, path)) = volume.host_path() {
            risks.push(Risk { volume: volume.name(), node, path, mounted: None });
        }
    }
    if risks.is_empty() {
        return found;
    }
    // Sorted, because a Pod may have thousands of both.
    let mut names = Vec::with_capacity(risks.len());
    for risk in &risks {
        names.push(risk.volume);
    }
    let order = order::names(&names);
    for container in pod.containers() {
        for mount in container.mounts() {
            let at =
                order.binary_search_by(|index| risks.get(*index).map_or("", |risk| risk.volume).cmp(mount.volume()));
            let Some(risk) = at.ok().and_then(|at| order.get(at)).and_then(|i| risks.get_mut(*i)) else { continue };
            let (below, guessed) = part(mount);
            let Some(sure) = shows(risk.path, below).map(|sure| sure && !guessed) else { continue };
            if risk.mounted.as_ref().is_none_or(|before| sure && !before.sure) {
                risk.mounted = Some(Reached { node: risk.node, path: risk.path, container, below, sure });
            }
        }
    }
    for risk in &mut risks {
        if let Some(reached) = risk.mounted.take() {
            found.push(reached);
        }
    }
    found
}

/// The part of a volume that is mounted, and whether it is known only when the container starts.
fn part(mount: Mount<'_>) -> (Option<&str>, bool) {
    let computed = mount.node().str("subPathExpr").filter(|expr| !expr.is_empty());
    if computed.is_some_and(|expr| text::contains(expr, "$(")) {
        return (None, true);
    }
    (mount.sub_path().or(computed), false)
}
