//! Variables by which programs and plugins give up TLS or its verification, and in which they name their registries.
//!
//! Sources, read 2026-11: drone-plugins/drone-docker `cmd/drone-docker/main.go`; drone/drone-kaniko
//! `cmd/kaniko-docker/main.go`; woodpecker-ci/plugin-docker-buildx `cmd/docker-buildx/config.go`; woodpecker-ci/plugin-kaniko
//! `plugin.sh` and its README (insecure options, EXTRA_OPTS); buildpacks/lifecycle `platform` (CNB_INSECURE_REGISTRIES);
//! Maven, Gradle and Java for the variables that carry `-D` properties; ko `pkg/commands/options`.

use super::flags::Reach;

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// `true` switches verification off for the plugin's registry.
    Switch(Reach),
    /// `true` does, and a host does for that host: plugins differ.
    SwitchOrHosts,
    /// Hosts, separated by commas.
    Hosts,
    /// Arguments of the tool of this name.
    Arguments(&'static str),
    /// One value of buildctl's `--output`.
    Output,
}

/// A variable that a program reads such settings from.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// Every variable. Those that begin with `PLUGIN_` count only in a plugin that handles images.
pub(crate) static VARIABLES: &[Variable] = &[
    Variable { name: "PLUGIN_INSECURE", holds: Holds::Switch(Reach::Targets) },
    Variable { name: "PLUGIN_INSECURE_PULL", holds: Holds::Switch(Reach::Elsewhere) },
    Variable { name: "PLUGIN_SKIP_TLS_VERIFY", holds: Holds::Switch(Reach::Targets) },
    Variable { name: "PLUGIN_SKIP_TLS_VERIFY_PULL", holds: Holds::Switch(Reach::Elsewhere) },
    Variable { name: "PLUGIN_INSECURE_REGISTRY", holds: Holds::SwitchOrHosts },
    Variable { name: "PLUGIN_SKIP_TLS_VERIFY_REGISTRY", holds: Holds::SwitchOrHosts },
    Variable { name: "PLUGIN_EXTRA_OPTS", holds: Holds::Arguments("kaniko") },
    Variable { name: "PLUGIN_OUTPUT", holds: Holds::Output },
    Variable { name: "CNB_INSECURE_REGISTRIES", holds: Holds::Hosts },
    Variable { name: "MAVEN_OPTS", holds: Holds::Arguments("jib") },
    Variable { name: "MAVEN_ARGS", holds: Holds::Arguments("jib") },
    Variable { name: "GRADLE_OPTS", holds: Holds::Arguments("jib") },
    Variable { name: "JAVA_TOOL_OPTIONS", holds: Holds::Arguments("jib") },
];

/// The variable that names ko's repository.
pub(crate) const REPOSITORY: &str = "KO_DOCKER_REPO";
/// Variables in which image plugins name what they push.
pub(crate) const PLUGIN_TARGETS: &[&str] = &["PLUGIN_DESTINATIONS", "PLUGIN_REPO", "PLUGIN_CACHE_REPO"];
/// The registry of an image plugin; it counts where [`PLUGIN_TARGETS`] name no host.
pub(crate) const PLUGIN_REGISTRY: &str = "PLUGIN_REGISTRY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_that_a_variable_speaks_to_is_known() {
        for (i, variable) in VARIABLES.iter().enumerate() {
            assert!(!VARIABLES[..i].iter().any(|other| other.name == variable.name), "{}", variable.name);
            if let Holds::Arguments(tool) = variable.holds {
                assert!(crate::data::flags::by_name(tool).is_some(), "{tool}");
            }
        }
    }
}
