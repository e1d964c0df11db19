//! How registry clients are told what to push, and what keeps them from pushing.
//!
//! Sources, read 2026-11: kaniko `cmd/executor/cmd/root.go`; moby/buildkit `cmd/buildctl/build/output.go`; docker/cli and
//! docker/buildx reference pages; buildah, podman and skopeo man pages; go-containerregistry `cmd/crane/cmd`; ko
//! `pkg/commands/options/publish.go`; oras CLI reference; tektoncd/cli `docs/cmd/tkn_bundle_push.md`; jib
//! `jib-maven-plugin/README.md`; buildpacks/lifecycle `cmd/lifecycle`; uber-archive/makisu `README.md`.

/// Where a command line names what it pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// In the values of these flags.
    Flags(&'static [&'static str]),
    /// In buildkit's `--output`; where that has no name, or with `--push`, in the tags.
    Output,
    /// The first argument behind the subcommand.
    First,
    /// The last argument behind the subcommand, of at least two.
    Last,
    /// The last one behind the subcommand; a lone one is a local name that says where to.
    LastOrOnly,
    /// The last one, if it has the transport `docker://`.
    Transport,
    /// The last one, which is a registry or a path in it.
    Prefix,
    /// Every argument, and the values of `-tag`.
    Every,
    /// The variable of ko.
    Repository,
    /// The properties of jib.
    Jib,
    /// `--push` names registries for the name in `-t`.
    Joined,
}

/// One way to push.
#[derive(Debug)]
pub(crate) struct Way {
    /// Name of the tool.
    pub tool: &'static str,
    /// The subcommands; empty: none is needed.
    pub verbs: &'static str,
    /// See there.
    pub how: How,
    /// Flags with which nothing is pushed.
    pub off: &'static [&'static str],
}

const fn way(tool: &'static str, verbs: &'static str, how: How) -> Way {
    Way { tool, verbs, how, off: &["--dry-run"] }
}

/// Every way. Of one tool the first that has the subcommand counts.
pub(crate) static WAYS: &[Way] = &[
    Way { tool: "kaniko", verbs: "", how: How::Flags(&["--destination", "-d"]), off: &["--no-push"] },
    way("buildctl", "", How::Output),
    way("docker", "build", How::Output),
    way("docker", "imagetools", How::Flags(&["-t", "--tag"])),
    way("docker", "push", How::First),
    way("buildah", "push", How::LastOrOnly),
    way("buildah", "commit", How::Transport),
    way("podman", "push", How::LastOrOnly),
    way("skopeo", "copy", How::Transport),
    way("skopeo", "sync", How::Prefix),
    way("crane", "push cp copy", How::Last),
    way("crane", "append mutate flatten rebase", How::Flags(&["-t", "--tag", "--new_tag"])),
    Way { tool: "ko", verbs: "build publish resolve apply", how: How::Repository, off: &["--local", "-L"] },
    Way { tool: "oras", verbs: "push", how: How::First, off: &["--oci-layout"] },
    Way { tool: "oras", verbs: "cp copy", how: How::Last, off: &["--to-oci-layout"] },
    way("tkn", "push", How::First),
    way("jib", "", How::Jib),
    Way { tool: "the CNB lifecycle", verbs: "", how: How::Every, off: &["--daemon", "--layout"] },
    way("makisu", "", How::Joined),
];

/// Words that stand in front of subcommands: `docker image push`.
pub(crate) const GROUPS: &str = "image manifest buildx builder bundle";
/// Programs of the lifecycle that push; its others only look.
pub(crate) const LIFECYCLE_PUSHES: &str = "creator exporter rebaser";
/// Jib's goals and tasks that push nothing.
pub(crate) const JIB_LOCAL: &str = "jib:dockerBuild jib:buildTar jibDockerBuild jibBuildTar";
/// The variable that keeps kaniko from pushing.
pub(crate) const KANIKO_NO_PUSH: &str = "KANIKO_NO_PUSH";
/// Variables that keep image plugins from pushing.
pub(crate) const PLUGIN_OFF: &[&str] = &["PLUGIN_DRY_RUN", "PLUGIN_NO_PUSH"];
/// Variables by which image plugins make their tags themselves.
pub(crate) const PLUGIN_AUTO: &[&str] = &["PLUGIN_AUTO_TAG", "PLUGIN_DEFAULT_TAGS"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_belongs_to_a_tool() {
        for way in WAYS {
            assert!(crate::data::flags::by_name(way.tool).is_some(), "{}", way.tool);
        }
    }
}
