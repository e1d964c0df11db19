//! The sockets of container runtimes on nodes, and how a host path relates to them.
//!
//! Sources: moby `dockerd` (/var/run/docker.sock, rootless $XDG_RUNTIME_DIR) and containerd `defaults_unix.go`, read
//! 2026-11. The others are the paths that the tools are known by and were not read again for this table: CRI-O crio.8;
//! podman-system-service.1; Mirantis/cri-dockerd; kubernetes `cmd/kubeadm/app/constants` (known CRI sockets); the docs of
//! k3s and rke2 (containerd under /run/k3s), k0s and microk8s (under /var/snap). /var/run is a link to /run on every
//! current Linux, so paths below it are read as paths below /run.

use crate::knowledge::node_path::Components;
use crate::knowledge::words;

/// One socket; `*` stands for any one component.
#[derive(Debug)]
struct Socket {
    path: &'static str,
    runtime: &'static str,
    /// A node that runs Pods need not have it, so a directory around it proves nothing.
    rare: bool,
}

const fn socket(path: &'static str, runtime: &'static str) -> Socket {
    Socket { path, runtime, rare: false }
}

const fn rare(path: &'static str, runtime: &'static str) -> Socket {
    Socket { path, runtime, rare: true }
}

static SOCKETS: &[Socket] = &[
    socket("run/docker.sock", "docker"),
    socket("run/docker/containerd/containerd.sock", "docker's containerd"),
    socket("run/dockershim.sock", "docker"),
    socket("run/cri-dockerd.sock", "cri-dockerd"),
    socket("run/containerd/containerd.sock", "containerd"),
    socket("run/containerd/containerd.sock.ttrpc", "containerd"),
    socket("run/crio/crio.sock", "CRI-O"),
    socket("run/podman/podman.sock", "podman"),
    socket("run/k3s/containerd/containerd.sock", "containerd (k3s, rke2)"),
    socket("run/k3s/cri-dockerd/cri-dockerd.sock", "cri-dockerd (k3s)"),
    socket("run/k0s/containerd.sock", "containerd (k0s)"),
    rare("run/user/*/docker.sock", "rootless docker"),
    rare("run/user/*/podman/podman.sock", "rootless podman"),
    rare("var/snap/microk8s/common/run/containerd.sock", "containerd (microk8s)"),
];

/// Named pipes of Windows nodes, as they end.
static PIPES: &[(&str, &str)] = &[("pipe\\docker_engine", "docker"), ("pipe\\containerd-containerd", "containerd")];

/// How a path of the node reaches a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// It is the socket.
    Socket(&'static str),
    /// It is a directory that holds the socket.
    Directory(&'static str),
    /// It is a directory in which the socket may be, or which is mounted for so many other reasons that the socket may
    /// not be meant.
    Wide,
}

/// What a host path, or a path below it, shows of the node's runtimes; `None`: nothing.
pub(crate) fn exposed(path: &str, below: Option<&str>) -> Option<Exposure> {
    if let Some((_, runtime)) = PIPES.iter().find(|(pipe, _)| below.is_none() && path.ends_with(pipe)) {
        return Some(Exposure::Socket(runtime));
    }
    let components = Components::read(path, below);
    let parts = components.parts()?;
    let mut found = None;
    for socket in SOCKETS {
        let mut own = words::parts(socket.path, b'/');
        let mut inside = true;
        for part in parts {
            inside &= own.next().is_some_and(|name| name == "*" || name == *part);
            if !inside {
                break;
            }
        }
        if !inside {
            continue;
        }
        if own.next().is_none() {
            return Some(Exposure::Socket(socket.runtime));
        }
        // Beyond its first two components a rare path names its runtime after all.
        let named = !socket.rare || parts.len() > 2;
        let exposure = if parts.is_empty() || !named { Exposure::Wide } else { Exposure::Directory(socket.runtime) };
        if found.is_none() || (found == Some(Exposure::Wide) && exposure != Exposure::Wide) {
            found = Some(exposure);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Exposure::{Directory, Socket, Wide};
    use super::exposed;

    #[test]
    fn sockets_in_every_spelling() {
        for path in [
            "/var/run/docker.sock",
            "/run/docker.sock",
            "//var//run/./docker.sock/",
            "/var/lib/../run/docker.sock",
            "/run/user/../docker.sock",
        ] {
            assert_eq!(exposed(path, None), Some(Socket("docker")), "{path}");
        }
        for path in [
            "/run/containerd/containerd.sock",
            "/var/run/crio/crio.sock",
            "/run/podman/podman.sock",
            "/run/user/1000/podman/podman.sock",
            "/run/k3s/containerd/containerd.sock",
            "/var/snap/microk8s/common/run/containerd.sock",
            "/run/cri-dockerd.sock",
            r"\\.\pipe\docker_engine",
        ] {
            assert!(matches!(exposed(path, None), Some(Socket(_))), "{path}");
        }
    }

    #[test]
    fn directories_around_them() {
        for path in [
            "/run",
            "/var/run",
            "/var/run/",
            "/run/containerd",
            "/run/crio/",
            "/run/k3s",
            "/var/snap/microk8s",
            "/run/user/1000",
        ] {
            assert!(matches!(exposed(path, None), Some(Directory(_))), "{path}");
        }
        for path in ["/", "", "//", "/..", "/var", "/var/snap", "/run/user"] {
            assert_eq!(exposed(path, None), Some(Wide), "{path}");
        }
    }

    #[test]
    fn paths_that_only_look_alike() {
        for path in [
            "/var/run/docker.sock.bak",
            "/var/run/dockerx.sock",
            "/var/lib/docker",
            "/var/lib/kubelet/device-plugins",
            "/var/run/nscd",
            "/run/nscd/socket",
            "/var/log",
            "/docker.sock",
            "/home/run/docker.sock",
            "/var/run/docker.sock/x",
            "/etc/containerd",
            "/run/containerd/io.containerd.runtime.v2.task",
            "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o",
        ] {
            assert_eq!(exposed(path, None), None, "{path}");
        }
        let deep = format!("{}{}/run", "/x".repeat(40), "/..".repeat(40));
        assert!(matches!(exposed(&deep, None), Some(Directory(_))));
    }

    #[test]
    fn a_path_below_narrows_or_completes() {
        assert_eq!(exposed("/run", Some("nscd")), None);
        assert_eq!(exposed("/run", Some("docker.sock")), Some(Socket("docker")));
        assert!(matches!(exposed("/", Some("var/run")), Some(Directory(_))));
        assert_eq!(exposed("/", Some("etc/hosts")), None);
    }
}
