//! Rule `host-docker-config`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text::{self, quote};

use crate::context::Context;
use crate::data::node_files::{self, Exposure, Holds};
use crate::knowledge::host_path::{self, Reached};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container mounts a file of the node that holds credentials, or the directory for it: the docker config of root or
    /// of a user (`/root/.docker`), the registry credentials of kubelet (`/var/lib/kubelet/config.json`), podman, CRI-O and
    /// containerd, and the keys and kubeconfigs of kubelet and the control plane. The Pod then acts with the rights of the
    /// node, whatever its own pipeline may do, and `readOnly: true` does not help.
    ///
    /// `/root`, `/var/lib/kubelet` and `/etc/kubernetes` as wholes are mounted for many reasons, so for these the rule only
    /// warns. Other directories below them (`device-plugins`, `pods`, `manifests`), certificates, `/etc/docker`, a `subPath`
    /// that picks something harmless and a volume that nobody mounts are fine.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: build
    ///       image: tools:1
    ///       volumeMounts:
    ///         - {name: docker, mountPath: /home/ci/.docker}
    ///   volumes:
    ///     - name: docker
    ///       hostPath: {path: /root/.docker}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: build
    ///       image: tools:1
    ///       volumeMounts:
    ///         - {name: docker, mountPath: /home/ci/.docker}
    ///   volumes:
    ///     - name: docker
    ///       secret:
    ///         secretName: ci-push
    ///         items: [{key: .dockerconfigjson, path: config.json}]
    /// ```
    pub(crate) HostDockerConfig {
        id: "host-docker-config",
        title: "container reads credentials of the node",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let shows = |path: &'d str, below: Option<&'d str>| {
        node_files::exposed(path, below).map(|exposure| !matches!(exposure, Exposure::Wide(_)))
    };
    for reached in host_path::reached(context, &shows) {
        report(&reached, out);
    }
}

#[inline(never)]
fn report<'d>(reached: &Reached<'d>, out: &mut Findings<'d>) {
    const REGISTRIES: &str = "remove the hostPath and mount a Secret of type `kubernetes.io/dockerconfigjson` that holds what this \
                              pipeline needs and no more";
    const CLUSTER: &str = "remove the hostPath and give the Pod a ServiceAccount that may do what it needs and no more";
    const WIDE: &str = "mount only the directories that the container needs";
    let Some(exposure) = node_files::exposed(reached.path, reached.below) else { return };
    let (verb, holds) = match exposure {
        Exposure::File(holds) => (if reached.below.is_some() { " holds " } else { " is " }, holds),
        Exposure::Directory(holds) => (" holds ", holds),
        Exposure::Wide(holds) => (" is so wide that it may show ", holds),
    };
    let (what, remedy) = match holds {
        Holds::Registries(what) => (what, REGISTRIES),
        Holds::Cluster(what) => (what, CLUSTER),
    };
    let remedy = if matches!(exposure, Exposure::Wide(_)) { WIDE } else { remedy };
    let message = text::concat(&["host path ", &quote(reached.path), verb, what]);
    let draft = out.report(reached.node, message, remedy).container(reached.container.name());
    if !reached.sure {
        draft.unsure();
    }
}
