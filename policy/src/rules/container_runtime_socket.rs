//! Rule `container-runtime-socket`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Node;
use regwarden_sdk::order::order;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, Mount};

use crate::context::Context;
use crate::data::sockets::{self, Exposure};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container mounts the socket of the node's container runtime (docker, containerd, CRI-O, podman, cri-dockerd, also
    /// where k3s, rke2, k0s and microk8s keep theirs), or a directory that holds it. Whoever can write to that socket starts
    /// privileged containers on the node and reads every registry credential there. `readOnly: true` does not help: it keeps
    /// the file from being replaced, not a client from connecting.
    ///
    /// `/run` and `/var/run` are directories that hold it on every node. `/`, `/var` and the like are mounted for many
    /// reasons, so for those the rule only warns. A `subPath` that picks something harmless is fine, and so is a volume that
    /// no container mounts.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: docker
    ///       image: docker.io/library/docker:27
    ///       volumeMounts:
    ///         - {name: sock, mountPath: /var/run/docker.sock}
    ///   volumes:
    ///     - name: sock
    ///       hostPath: {path: /var/run/docker.sock}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: docker
    ///       image: docker.io/library/docker:27
    ///       volumeMounts:
    ///         - {name: sock, mountPath: /var/run}
    ///   volumes:
    ///     - name: sock
    ///       emptyDir: {}
    /// ```
    pub(crate) ContainerRuntimeSocket {
        id: "container-runtime-socket",
        title: "container reaches the node's container runtime",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// A volume that reaches a runtime, and the worst of its mounts that was seen.
struct Risk<'d> {
    volume: &'d str,
    node: Node<'d>,
    path: &'d str,
    mounted: Option<(Container<'d>, Reached)>,
}

/// What one mount shows.
#[derive(Clone, Copy)]
struct Reached {
    exposure: Exposure,
    /// The part of the volume that is mounted is known only when the container starts.
    guessed: bool,
}

impl Reached {
    fn sure(self) -> bool {
        !self.guessed && self.exposure != Exposure::Wide
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    let mut risks: Vec<Risk<'d>> = Vec::new();
    for volume in pod.volumes() {
        let Some((node, path)) = volume.host_path() else { continue };
        if sockets::exposed(path, None).is_some() {
            risks.push(Risk { volume: volume.name(), node, path, mounted: None });
        }
    }
    if risks.is_empty() {
        return;
    }
    // Sorted, because a Pod may have thousands of both.
    let name = |index: &usize| risks.get(*index).map_or("", |risk| risk.volume);
    let order = order(risks.len(), &|a, b| name(&a).cmp(name(&b)));
    for container in pod.containers() {
        for mount in container.mounts() {
            let found =
                order.binary_search_by(|index| risks.get(*index).map_or("", |risk| risk.volume).cmp(mount.volume()));
            let Some(risk) = found.ok().and_then(|at| order.get(at)).and_then(|i| risks.get_mut(*i)) else { continue };
            let Some(reached) = reached(risk.path, mount) else { continue };
            if risk.mounted.is_none_or(|(_, before)| reached.sure() && !before.sure()) {
                risk.mounted = Some((container, reached));
            }
        }
    }
    for risk in risks {
        if let Some((container, reached)) = risk.mounted {
            report(&risk, container, reached, out);
        }
    }
}

#[inline(never)]
fn reached(path: &str, mount: Mount<'_>) -> Option<Reached> {
    let computed = mount.node().str("subPathExpr").filter(|expr| !expr.is_empty());
    if computed.is_some_and(|expr| text::contains(expr, "$(")) {
        return sockets::exposed(path, None).map(|exposure| Reached { exposure, guessed: true });
    }
    sockets::exposed(path, mount.sub_path().or(computed)).map(|exposure| Reached { exposure, guessed: false })
}

#[inline(never)]
fn report<'d>(risk: &Risk<'d>, container: Container<'d>, reached: Reached, out: &mut Findings<'d>) {
    const REMEDY: &str = "remove the hostPath; build with a tool that needs no socket (kaniko, rootless buildkit, buildah), or give the \
                          Pod a docker:dind container and share its socket through an emptyDir";
    const WIDE: &str = "mount only the files that the container needs, never a directory around the runtime's socket";
    let path = quote(risk.path);
    let (verb, runtime) = match reached.exposure {
        Exposure::Socket(runtime) => (" is the socket of the node's ", runtime),
        Exposure::Directory(runtime) => (" holds the socket of the node's ", runtime),
        Exposure::Wide => (" is so wide that the node's runtime socket may lie in it", ""),
    };
    let (control, remedy) = match reached.exposure {
        Exposure::Wide => ("", WIDE),
        _ => (", and with it the container controls the node", REMEDY),
    };
    let message = text::concat(&["host path ", &path, verb, runtime, control]);
    let draft = out.report(risk.node, message, remedy).container(container.name());
    if !reached.sure() {
        draft.unsure();
    }
}
