//! Plugins of Woodpecker and Drone that build or push images, and the names under which they read credentials.
//!
//! Sources, read 2026-11: woodpecker-ci/plugin-docker-buildx `cmd/docker-buildx/config.go`; woodpecker-ci/plugin-kaniko
//! `plugin.sh`; drone-plugins/drone-docker `cmd/drone-docker/main.go`, `cmd/drone-ecr/main.go`, `cmd/drone-gcr/main.go`;
//! drone/drone-kaniko `cmd/kaniko-docker/main.go`, `cmd/kaniko-ecr/main.go`; woodpecker-ci/woodpecker issue 5020 (AWS keys for plugin-docker-buildx).

use regwarden_sdk::view::Container;
use regwarden_sdk::{image, text};

use crate::knowledge::words;

/// One plugin.
#[derive(Debug)]
pub(crate) struct Plugin {
    /// Its name for people.
    pub name: &'static str,
    /// Last components of the repositories that hold it.
    pub images: &'static [&'static str],
    /// Names without `PLUGIN_` that it, or the tool in it, reads all the same, joined by blanks.
    pub reads: &'static str,
    /// The variables from which it takes credentials, joined by blanks; people call them so without `PLUGIN_`, or by what
    /// stands before a `=`.
    takes: &'static str,
}

const DOCKER_LOGIN: &str = "DOCKER_USERNAME DOCKER_PASSWORD DOCKER_EMAIL DOCKER_REGISTRY";

/// Amazon's SDK in the plugin, or in the kaniko inside it, reads these.
const AWS: &str =
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION ECR_ACCESS_KEY ECR_SECRET_KEY ECR_REGION";

/// Every plugin that is known.
pub(crate) static PLUGINS: &[Plugin] = &[
    Plugin {
        name: "plugin-docker-buildx",
        images: &["plugin-docker-buildx", "woodpecker-plugins/docker-buildx"],
        reads: DOCKER_LOGIN,
        takes: "PLUGIN_USERNAME PLUGIN_PASSWORD PLUGIN_EMAIL PLUGIN_LOGINS PLUGIN_CONFIG PLUGIN_AWS_ACCESS_KEY_ID \
            PLUGIN_AWS_SECRET_ACCESS_KEY PLUGIN_AWS_REGION",
    },
    Plugin {
        name: "plugin-kaniko",
        images: &["woodpeckerci/plugin-kaniko", "woodpecker-plugins/kaniko", "plugin-kaniko"],
        // The kaniko inside reads Amazon's names itself.
        reads: AWS,
        takes: "PLUGIN_USERNAME PLUGIN_PASSWORD DOCKER_USERNAME=PLUGIN_USERNAME DOCKER_PASSWORD=PLUGIN_PASSWORD \
            PLUGIN_JSON_KEY PLUGIN_DOCKER_CONFIG_JSON",
    },
    Plugin {
        name: "plugins/docker",
        images: &["plugins/docker", "plugins/drone-docker"],
        reads: DOCKER_LOGIN,
        takes: "PLUGIN_USERNAME PLUGIN_PASSWORD PLUGIN_EMAIL PLUGIN_CONFIG",
    },
    Plugin {
        name: "plugins/kaniko",
        images: &["plugins/kaniko", "drone-kaniko"],
        reads: "DOCKER_USERNAME DOCKER_PASSWORD DOCKER_REGISTRY ARTIFACTORY_OIDC_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION",
        takes: "PLUGIN_USERNAME PLUGIN_PASSWORD PLUGIN_CONFIG",
    },
    Plugin {
        name: "plugins/kaniko-ecr",
        images: &["plugins/kaniko-ecr"],
        reads: "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION DOCKER_USERNAME DOCKER_PASSWORD DOCKER_REGISTRY",
        takes: "PLUGIN_ACCESS_KEY PLUGIN_SECRET_KEY",
    },
    Plugin {
        name: "plugins/ecr",
        images: &["plugins/ecr", "plugins/drone-ecr"],
        reads: AWS,
        takes: "PLUGIN_ACCESS_KEY PLUGIN_SECRET_KEY",
    },
    Plugin {
        name: "plugins/gcr",
        images: &["plugins/gcr", "plugins/gar", "plugins/kaniko-gcr", "plugins/kaniko-gar"],
        reads: "GCR_JSON_KEY GOOGLE_CREDENTIALS TOKEN GOOGLE_APPLICATION_CREDENTIALS",
        takes: "PLUGIN_JSON_KEY",
    },
];

/// The plugin that a container's image holds.
#[inline(never)]
pub(crate) fn of(container: Container<'_>) -> Option<&'static Plugin> {
    let image = image::parse(container.image()?).named()?;
    let path = image.path().to_cow();
    PLUGINS.iter().find(|plugin| words::ends_in_one(&path, plugin.images))
}

/// What people call it, and the variable.
#[inline(never)]
fn taken(entry: &'static str) -> (&'static str, &'static str) {
    text::cut(entry, b'=').unwrap_or((entry.strip_prefix("PLUGIN_").unwrap_or(entry), entry))
}

impl Plugin {
    /// Visits the variables from which it takes credentials, until one is the one.
    #[inline(never)]
    pub(crate) fn takes(&self, is_it: &mut dyn FnMut(&'static str) -> bool) -> bool {
        for entry in words::parts(self.takes, b' ') {
            if is_it(taken(entry).1) {
                return true;
            }
        }
        false
    }

    /// Does it read a variable of this name? Every `PLUGIN_` variable is its user's own affair.
    pub(crate) fn reads(&self, name: &str) -> bool {
        name.starts_with("PLUGIN_") || words::is_among(name, self.reads)
    }

    /// The variable from which it takes what lies under a name that it does not read, in either case of letters.
    pub(crate) fn instead_of(&self, name: &str) -> Option<&'static str> {
        if self.reads(name) {
            return None;
        }
        for entry in words::parts(self.takes, b' ') {
            let (called, reads) = taken(entry);
            if called.eq_ignore_ascii_case(name) {
                return Some(reads);
            }
        }
        None
    }

    /// Is this variable one of the secrets that it reads? A user name or a region is none.
    pub(crate) fn is_credential(&self, name: &str) -> bool {
        !words::ends_any(name, "USERNAME EMAIL REGION REGISTRY")
            && (self.takes(&mut |reads| reads == name) || words::is_among(name, self.reads))
    }

    /// Does it read the names that the Secrets of a cloud provider usually have?
    pub(crate) fn reads_cloud_names(&self) -> bool {
        words::parts(self.reads, b' ').any(|name| !name.starts_with("DOCKER_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_a_plugin_takes_is_a_plugin_variable() {
        for plugin in PLUGINS {
            for (called, reads) in plugin.takes.split(' ').map(taken) {
                assert!(reads.starts_with("PLUGIN_"), "{reads}");
                assert!(!plugin.reads(called), "{}: {called} is read and not read", plugin.name);
            }
        }
    }

    #[test]
    fn names_are_mapped_in_either_case() {
        let buildx = &PLUGINS[0];
        assert_eq!(buildx.instead_of("AWS_ACCESS_KEY_ID"), Some("PLUGIN_AWS_ACCESS_KEY_ID"));
        assert_eq!(buildx.instead_of("aws_access_key_id"), Some("PLUGIN_AWS_ACCESS_KEY_ID"));
        for silent in ["DOCKER_PASSWORD", "PLUGIN_AWS_ACCESS_KEY_ID", "NPM_TOKEN", "PLUGIN_ANYTHING", ""] {
            assert_eq!(buildx.instead_of(silent), None, "{silent}");
        }
    }
}
