//! Files of nodes that hold credentials for registries or for the cluster, and how a host path relates to them.
//!
//! Sources, read 2026-11: kubernetes `pkg/credentialprovider/config.go` (where kubelet looks: its own directory, `/` and
//! the home of its user) and `cmd/kubeadm/app/constants`; docker/cli `cli/config`; containers/image
//! `pkg/docker/config/config.go`; kubernetes-sigs/cloud-provider-azure (azure.json); k3s and rke2 docs (registries.yaml).
//! /etc/docker is none: daemon.json holds no credentials and certs.d is mounted for the certificates in it.

use crate::knowledge::node_path::Components;
use crate::knowledge::words;

/// What such a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Credentials for registries.
    Registries(&'static str),
    /// Credentials for the cluster.
    Cluster(&'static str),
}

/// One file, or everything below a directory; `*` stands for any one component.
struct File {
    path: &'static str,
    holds: Holds,
    /// From so many components on a directory is there for such files.
    own: usize,
    /// From so many on it may well be mounted for other reasons; below that nothing is said.
    wide: usize,
    /// Everything below counts, but for certificates.
    tree: bool,
}

const fn registries(path: &'static str, what: &'static str, own: usize, wide: usize) -> File {
    File { path, holds: Holds::Registries(what), own, wide, tree: false }
}

const fn cluster(path: &'static str, what: &'static str, own: usize, wide: usize) -> File {
    File { path, holds: Holds::Cluster(what), own, wide, tree: false }
}

const ROOT: &str = "the docker config of the node's root";
const USER: &str = "the docker config of a user of the node";
const KUBELET: &str = "the registry credentials of kubelet";
const CONTAINERS: &str = "the registry credentials of the node's podman or CRI-O";
const CONTAINERD: &str = "the registry credentials of the node's containerd";
const IDENTITY: &str = "kubelet's credentials for the cluster";
const ADMIN: &str = "an administrator's credentials for the cluster";

static FILES: &[File] = &[
    registries("root/.docker/config.json", ROOT, 2, 1),
    registries("root/.dockercfg", ROOT, 2, 1),
    registries(".docker/config.json", KUBELET, 1, 1),
    registries(".dockercfg", KUBELET, 1, 1),
    registries("home/*/.docker/config.json", USER, 3, 3),
    registries("home/*/.dockercfg", USER, 3, 3),
    registries("var/lib/kubelet/config.json", KUBELET, 4, 3),
    registries("var/lib/kubelet/.dockercfg", KUBELET, 4, 3),
    registries("root/.config/containers/auth.json", CONTAINERS, 3, 1),
    registries("home/*/.config/containers/auth.json", CONTAINERS, 4, 4),
    registries("run/containers/*/auth.json", CONTAINERS, 3, 2),
    registries("run/user/*/containers/auth.json", CONTAINERS, 4, 4),
    registries("etc/containers/auth.json", CONTAINERS, 3, 3),
    registries("etc/ostree/auth.json", CONTAINERS, 3, 3),
    registries("etc/rancher/k3s/registries.yaml", CONTAINERD, 4, 3),
    registries("etc/rancher/rke2/registries.yaml", CONTAINERD, 4, 3),
    cluster("etc/rancher/k3s/k3s.yaml", ADMIN, 3, 2),
    cluster("etc/rancher/rke2/rke2.yaml", ADMIN, 3, 2),
    cluster("var/lib/kubelet/kubeconfig", IDENTITY, 4, 3),
    cluster("etc/kubernetes/kubelet.conf", IDENTITY, 3, 2),
    cluster("etc/kubernetes/bootstrap-kubelet.conf", IDENTITY, 3, 2),
    cluster("etc/kubernetes/admin.conf", ADMIN, 3, 2),
    cluster("etc/kubernetes/super-admin.conf", ADMIN, 3, 2),
    cluster("etc/kubernetes/controller-manager.conf", ADMIN, 3, 2),
    cluster("etc/kubernetes/scheduler.conf", ADMIN, 3, 2),
    registries("etc/kubernetes/azure.json", "the node's credentials for Azure and its registries", 3, 2),
    File { path: "var/lib/kubelet/pki", holds: Holds::Cluster(IDENTITY), own: 4, wide: 3, tree: true },
    File {
        path: "etc/kubernetes/pki",
        holds: Holds::Cluster("the keys of the control plane"),
        own: 3,
        wide: 2,
        tree: true,
    },
];

/// What a path of the node shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// It is such a file.
    File(Holds),
    /// It is a directory for such files.
    Directory(Holds),
    /// It is a directory in which they lie, mounted for many reasons.
    Wide(Holds),
}

/// What a host path, or a path below it, shows; `None`: nothing.
pub(crate) fn exposed(path: &str, below: Option<&str>) -> Option<Exposure> {
    let components = Components::read(path, below);
    let parts = components.parts()?;
    let mut found = None;
    for file in FILES {
        let mut length = 0;
        let mut inside = true;
        for name in words::parts(file.path, b'/') {
            inside &= parts.get(length).is_none_or(|part| name == "*" || name == *part);
            if !inside {
                break;
            }
            length += 1;
        }
        if !inside {
            continue;
        }
        if parts.len() >= length {
            let certificate = parts.last().is_some_and(|last| last.ends_with(".crt") || last.ends_with(".pub"));
            if parts.len() == length || (file.tree && !certificate) {
                let exposure = if file.tree && parts.len() == length { Exposure::Directory } else { Exposure::File };
                return Some(exposure(file.holds));
            }
            continue;
        }
        let exposure = if parts.len() >= file.own {
            Exposure::Directory(file.holds)
        } else if parts.len() >= file.wide {
            Exposure::Wide(file.holds)
        } else {
            continue;
        };
        if found.is_none() || (matches!(found, Some(Exposure::Wide(_))) && matches!(exposure, Exposure::Directory(_))) {
            found = Some(exposure);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_the_directories_for_them() {
        for path in [
            "/root/.docker/config.json",
            "/home/jenkins/.docker/config.json",
            "/var/lib/kubelet/config.json",
            "/var/lib/./kubelet//config.json/",
            "/run/containers/0/auth.json",
            "/var/run/containers/0/auth.json",
            "/etc/kubernetes/kubelet.conf",
            "/etc/kubernetes/pki/etcd/server.key",
            "/.dockercfg",
        ] {
            assert!(matches!(exposed(path, None), Some(Exposure::File(_))), "{path}");
        }
        for path in [
            "/root/.docker",
            "/home/u/.docker/",
            "/.docker",
            "/run/containers/0",
            "/var/lib/kubelet/pki",
            "/etc/rancher/k3s",
        ] {
            assert!(matches!(exposed(path, None), Some(Exposure::Directory(_))), "{path}");
        }
        for path in ["/root", "/root/.config", "/var/lib/kubelet", "/etc/kubernetes", "/run/containers"] {
            assert!(matches!(exposed(path, None), Some(Exposure::Wide(_))), "{path}");
        }
    }

    #[test]
    fn paths_that_only_look_alike() {
        for path in [
            "/",
            "/home",
            "/home/jenkins",
            "/home/jenkins/agent/.docker",
            "/var/lib",
            "/var/lib/kubelet/device-plugins",
            "/var/lib/kubelet/plugins/x",
            "/var/lib/kubelet/pods",
            "/var/lib/kubelet/config.yaml",
            "/etc",
            "/etc/docker",
            "/etc/docker/certs.d",
            "/etc/docker/daemon.json",
            "/etc/containers",
            "/etc/containers/registries.conf",
            "/etc/kubernetes/pki/ca.crt",
            "/etc/kubernetes/manifests",
            "/root/.m2",
            "/root/.docker/config.json.bak",
            "/run/user/1000",
            "/a/b/c/d/e/f/g/h/i/j/k/l/m",
        ] {
            assert_eq!(exposed(path, None), None, "{path}");
        }
    }

    #[test]
    fn a_path_below_narrows_or_completes() {
        assert_eq!(exposed("/root", Some(".m2")), None);
        assert_eq!(exposed("/var/lib/kubelet", Some("device-plugins")), None);
        assert!(matches!(exposed("/", Some("root/.docker")), Some(Exposure::Directory(_))));
        assert!(matches!(exposed("/home", Some("u/.docker/config.json")), Some(Exposure::File(_))));
    }
}
