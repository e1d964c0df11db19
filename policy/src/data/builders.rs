//! Image builders and registry clients: how they are recognised, and in which files they look for credentials.
//!
//! Sources, read 2026-11: kaniko `deploy/Dockerfile`, `pkg/creds`; go-containerregistry `pkg/authn/keychain.go`; docker/cli
//! `cli/config`; containers/image `pkg/docker/config/config.go` and containers/common `pkg/auth/auth.go`; moby/buildkit
//! Dockerfile (rootless: HOME=/home/user); buildpacks/lifecycle; oras CLI.

use regwarden_sdk::image::{self, Reference};
use regwarden_sdk::shell;
use regwarden_sdk::view::Container;

use crate::knowledge::words;

/// The order in which a tool looks for its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// `$DOCKER_CONFIG/config.json`, else `$HOME/.docker/config.json`.
    Docker,
    /// As `Docker`; when there is no such file `$REGISTRY_AUTH_FILE`.
    Keychain,
    /// `--authfile`, else `$REGISTRY_AUTH_FILE`, else `$DOCKER_CONFIG/config.json` and nothing more, else a list.
    Containers,
}

/// One tool.
#[derive(Debug)]
pub(crate) struct Builder {
    /// Its name for people.
    pub name: &'static str,
    /// Last components of the repositories that hold it.
    pub images: &'static [&'static str],
    /// Programs, joined by blanks: a path is compared whole, a bare name with the last component of the word.
    pub programs: &'static str,
    /// Where it looks.
    pub lookup: Lookup,
    /// DOCKER_CONFIG that its image sets.
    pub docker_config: Option<&'static str>,
    /// HOME of its image's user; `None` when images differ.
    pub home: Option<&'static str>,
    /// Releases before this one (major, minor) also looked into `$HOME/.docker`.
    pub home_too_before: Option<(u32, u32)>,
}

/// Every tool that is known.
pub(crate) static BUILDERS: &[Builder] = &[
    Builder {
        name: "kaniko",
        images: &[
            "kaniko-project/executor",
            "kaniko-project/warmer",
            "kaniko-executor",
            "kaniko-warmer",
            "osscontainertools/kaniko",
            "martizih/kaniko",
            "kaniko",
        ],
        programs: "/kaniko/executor /kaniko/warmer",
        lookup: Lookup::Keychain,
        docker_config: Some("/kaniko/.docker"),
        home: Some("/root"),
        // v0.3.0 to v1.7.0 asked kubelet's keyring code too (`pkg/creds/creds_linux.go`, removed in v1.8.0).
        home_too_before: Some((1, 8)),
    },
    Builder {
        name: "buildah",
        images: &["buildah/stable", "buildah/upstream", "containers/buildah", "buildah"],
        programs: "buildah",
        lookup: Lookup::Containers,
        docker_config: None,
        home: Some("/root"),
        home_too_before: None,
    },
    Builder {
        name: "podman",
        images: &["podman/stable", "podman/upstream", "containers/podman", "podman"],
        programs: "podman",
        lookup: Lookup::Containers,
        docker_config: None,
        home: Some("/root"),
        home_too_before: None,
    },
    Builder {
        name: "skopeo",
        images: &["skopeo/stable", "skopeo/upstream", "containers/skopeo", "skopeo"],
        programs: "skopeo",
        lookup: Lookup::Containers,
        docker_config: None,
        home: Some("/root"),
        home_too_before: None,
    },
    Builder {
        name: "buildctl",
        images: &["moby/buildkit", "buildkit"],
        programs: "buildctl buildctl-daemonless.sh",
        lookup: Lookup::Docker,
        docker_config: None,
        home: Some("/root"),
        home_too_before: None,
    },
    Builder {
        name: "docker",
        images: &["library/docker", "docker", "docker-dind"],
        programs: "docker",
        lookup: Lookup::Docker,
        docker_config: None,
        home: Some("/root"),
        home_too_before: None,
    },
    Builder {
        name: "crane",
        images: &["go-containerregistry/crane", "crane"],
        programs: "crane",
        lookup: Lookup::Keychain,
        docker_config: None,
        home: None,
        home_too_before: None,
    },
    Builder {
        name: "ko",
        images: &["ko-build/ko", "ko"],
        programs: "ko",
        lookup: Lookup::Keychain,
        docker_config: None,
        home: None,
        home_too_before: None,
    },
    Builder {
        name: "cosign",
        images: &["projectsigstore/cosign", "sigstore/cosign", "cosign"],
        programs: "cosign",
        lookup: Lookup::Keychain,
        docker_config: None,
        home: None,
        home_too_before: None,
    },
    Builder {
        name: "oras",
        images: &["oras-project/oras", "oras"],
        programs: "oras",
        lookup: Lookup::Docker,
        docker_config: None,
        home: None,
        home_too_before: None,
    },
    Builder {
        name: "the CNB lifecycle",
        images: &["buildpacksio/lifecycle"],
        programs: "/cnb/lifecycle/creator /cnb/lifecycle/exporter",
        lookup: Lookup::Keychain,
        docker_config: None,
        home: None,
        home_too_before: None,
    },
];

/// The tool that a container runs, by its image, its command, or the first word of a shell command in it.
/// The container's name says nothing: people call any container `kaniko`.
pub(crate) fn of(container: Container<'_>) -> Option<&'static Builder> {
    let image = container.image().and_then(|image| image::parse(image).named());
    image.and_then(|image| by_image(&image)).or_else(|| by_command(container))
}

/// By image alone.
#[inline(never)]
pub(crate) fn by_image(image: &Reference<'_>) -> Option<&'static Builder> {
    let path = image.path().to_cow();
    BUILDERS.iter().find(|builder| words::ends_in_one(&path, builder.images))
}

#[inline(never)]
fn by_command(container: Container<'_>) -> Option<&'static Builder> {
    let mut words = container.words().filter_map(|node| node.as_str());
    let program = words.next()?;
    if !is_shell(program) {
        return by_program(program);
    }
    let script = script(container)?;
    shell::commands(script).find_map(|command| by_program(&command.words.first()?.text))
}

/// By the word in command position.
#[inline(never)]
pub(crate) fn by_program(word: &str) -> Option<&'static Builder> {
    BUILDERS.iter().find(|builder| words::is_program(word, builder.programs))
}

/// Is this word a shell that runs a script given as argument?
#[inline(never)]
pub(crate) fn is_shell(word: &str) -> bool {
    words::is_among(words::last(word), "sh bash ash dash busybox zsh")
}

/// The script of `sh -c SCRIPT`; `None` when the container runs no such thing.
#[inline(never)]
pub(crate) fn script(container: Container<'_>) -> Option<&str> {
    let mut words = container.words().filter_map(|node| node.as_str());
    let program = words.next()?;
    if !is_shell(program) {
        return None;
    }
    // `-c`, `-ec`, `-ce`: among the option letters, `c` says that the next word is the script.
    words.find(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'))?;
    words.next()
}
