//! Builders that people run privileged, and what does the same work without.
//!
//! Sources, read 2026-11: moby/buildkit `docs/rootless.md` and `examples/kubernetes/job.rootless.yaml`; containers/buildah
//! `docs/buildah-build.1.md` (--isolation) and the image's README; docker-library/docker (tags dind, cli, dind-rootless);
//! tektoncd/catalog `task/buildah`; woodpecker-ci/plugin-docker-buildx `docs.md` (remote builders); drone-plugins/drone-docker
//! README; openshift/source-to-image `docs/cli.md` (--as-dockerfile). kaniko and the CNB lifecycle start no containers.

use crate::knowledge::words;

/// What a privileged builder could be replaced by.
#[derive(Debug)]
pub(crate) struct Alternative {
    /// The names that the tables of builders and plugins give it.
    pub names: &'static [&'static str],
    /// Its name for people.
    pub what: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// It only talks to registries: in a script it may stand beside something that does need the privilege.
    pub client: bool,
}

const fn builder(names: &'static [&'static str], what: &'static str, remedy: &'static str) -> Alternative {
    Alternative { names, what, remedy, client: false }
}

/// kaniko, in whichever wrapping.
pub(crate) static KANIKO: Alternative = builder(
    &["kaniko", "plugin-kaniko", "plugins/kaniko", "plugins/kaniko-ecr"],
    "kaniko",
    "remove `privileged: true`: kaniko runs as root of its own container and needs no privilege",
);

/// A docker daemon in the container.
pub(crate) static DAEMON: Alternative = builder(
    &[],
    "docker-in-docker",
    "build with rootless BuildKit (`moby/buildkit:rootless`) or kaniko, which need no privilege, or give the Pod a user namespace of \
     its own with `hostUsers: false`",
);

/// A BuildKit daemon in the container.
pub(crate) static BUILDKIT: Alternative = builder(
    &["buildctl"],
    "BuildKit",
    "use the `rootless` tag of the image with `--oci-worker-no-process-sandbox` and seccompProfile `Unconfined`, and remove \
     `privileged: true`",
);

/// The docker client alone.
pub(crate) static CLIENT: Alternative = builder(
    &[],
    "the docker client",
    "remove `privileged: true`: only a docker daemon needs it, and the client talks to one elsewhere",
);

/// The others, by the names of the tables.
static OTHERS: &[Alternative] = &[
    builder(
        &["docker"],
        "docker",
        "remove `privileged: true` where only the docker client runs; to build without a docker daemon use rootless BuildKit \
         (`moby/buildkit:rootless`) or kaniko",
    ),
    builder(
        &["buildah", "podman"],
        "buildah",
        "remove `privileged: true`, set `BUILDAH_ISOLATION=chroot` and `STORAGE_DRIVER=vfs`, and add the capabilities SETUID and \
         SETGID, or give the Pod a user namespace of its own with `hostUsers: false`",
    ),
    builder(
        &["the CNB lifecycle"],
        "the CNB lifecycle",
        "remove `privileged: true`: the lifecycle runs as the builder image's own user and needs no privilege",
    ),
    builder(
        &["plugin-docker-buildx"],
        "plugin-docker-buildx",
        "let the plugin use remote builders (a rootless BuildKit in the cluster), or use plugin-kaniko, and remove `privileged: true`",
    ),
    builder(
        &["plugins/docker", "plugins/ecr", "plugins/gcr"],
        "this plugin with its docker daemon",
        "use the plugin's kaniko edition (`plugins/kaniko`, `plugins/kaniko-ecr`, `plugins/kaniko-gcr`), which needs no privilege",
    ),
    Alternative {
        names: &["skopeo", "crane", "ko", "cosign", "oras"],
        what: "this tool",
        remedy: "remove `privileged: true`: the tool only talks to registries and needs no privilege",
        client: true,
    },
];

/// Builders that no other table knows: last components of their repositories.
static IMAGES: &[(&str, &Alternative)] = &[
    ("earthly/earthly", &EARTHLY),
    ("earthly/buildkitd", &EARTHLY),
    ("makisu", &MAKISU),
    ("genuinetools/img", &IMG),
    ("jess/img", &IMG),
    ("s2i", &S2I),
    ("source-to-image", &S2I),
];

static MAKISU: Alternative = builder(
    &[],
    "makisu",
    "remove `privileged: true`: makisu needs no privilege; as it is no longer kept up, move to kaniko",
);
static EARTHLY: Alternative = builder(
    &[],
    "Earthly's BuildKit",
    "let earthly use a BuildKit daemon that runs apart from CI (`EARTHLY_BUILDKIT_HOST`), and remove `privileged: true`",
);
static IMG: Alternative = builder(
    &[],
    "img",
    "img is no longer kept up; use rootless BuildKit (`moby/buildkit:rootless`) and remove `privileged: true`",
);
static S2I: Alternative = builder(
    &[],
    "source-to-image",
    "let `s2i build --as-dockerfile` write a Dockerfile and build it with kaniko or rootless BuildKit, which need no privilege",
);

/// Programs that no other table knows.
static PROGRAMS: &[(&str, &Alternative)] = &[
    ("dockerd", &DAEMON),
    ("dockerd-entrypoint.sh", &DAEMON),
    ("buildkitd", &BUILDKIT),
    ("makisu", &MAKISU),
    ("s2i", &S2I),
];

/// For builders that are in no list here.
static ANY: Alternative = builder(
    &[],
    "this builder",
    "build with rootless BuildKit (`moby/buildkit:rootless`) or kaniko, which need no privilege",
);

/// By the name that the tables of builders and plugins give it.
pub(crate) fn by_name(name: &str) -> &'static Alternative {
    for alternative in [&KANIKO, &BUILDKIT].into_iter().chain(OTHERS) {
        if alternative.names.contains(&name) {
            return alternative;
        }
    }
    &ANY
}

/// By the path of a repository.
pub(crate) fn by_path(path: &str) -> Option<&'static Alternative> {
    IMAGES.iter().find(|(end, _)| words::ends(path, end)).map(|(_, alternative)| *alternative)
}

/// By the word in command position.
pub(crate) fn by_program(word: &str) -> Option<&'static Alternative> {
    if word.starts_with("/cnb/lifecycle/") {
        return Some(by_name("the CNB lifecycle"));
    }
    let last = words::last(word);
    PROGRAMS.iter().find(|(program, _)| *program == last).map(|(_, alternative)| *alternative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{builders, plugins};

    #[test]
    fn names_are_those_of_the_other_tables() {
        for alternative in [&KANIKO, &BUILDKIT].into_iter().chain(OTHERS) {
            for name in alternative.names {
                let known = builders::BUILDERS.iter().any(|builder| builder.name == *name)
                    || plugins::PLUGINS.iter().any(|plugin| plugin.name == *name);
                assert!(known, "{name}");
            }
        }
        assert_eq!(by_name("no builder").what, "this builder");
    }

    #[test]
    fn paths_and_programs() {
        let what = |found: Option<&'static Alternative>| found.map(|alternative| alternative.what);
        assert_eq!(what(by_path("openshift/source-to-image")), Some("source-to-image"));
        assert_eq!(what(by_path("team/img")), None);
        assert_eq!(what(by_program("/usr/local/bin/dockerd")), Some("docker-in-docker"));
        assert_eq!(what(by_program("dockerd-config")), None);
    }
}
