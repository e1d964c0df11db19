//! Rule `container-runtime-socket`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;

use crate::context::Context;
use crate::data::sockets::{self, Exposure};
use crate::knowledge::host_path::{self, Reached};

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

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let shows = |path: &'d str, below: Option<&'d str>| {
        sockets::exposed(path, below).map(|exposure| exposure != Exposure::Wide)
    };
    for reached in &host_path::reached(context, &shows) {
        report(reached, out);
    }
}

#[inline(never)]
fn report<'d>(reached: &Reached<'d>, out: &mut Findings<'d>) {
    const REMEDY: &str = "remove the hostPath; build with a tool that needs no socket (kaniko, rootless buildkit, buildah), or give the \
                          Pod a docker:dind container and share its socket through an emptyDir";
    const WIDE: &str = "mount only the files that the container needs, never a directory around the runtime's socket";
    let Some(exposure) = sockets::exposed(reached.path, reached.below) else { return };
    let (verb, runtime) = match exposure {
        Exposure::Socket(runtime) => (" is the socket of the node's ", runtime),
        Exposure::Directory(runtime) => (" holds the socket of the node's ", runtime),
        Exposure::Wide => (" is so wide that the node's runtime socket may lie in it", ""),
    };
    let (control, remedy) = match exposure {
        Exposure::Wide => ("", WIDE),
        _ => (", and with it the container controls the node", REMEDY),
    };
    let message = text::say("host path ^|||", &[reached.path, verb, runtime, control]);
    let draft = out.report(reached.node, message, remedy).container(reached.container.name());
    if !reached.sure {
        draft.unsure();
    }
}
