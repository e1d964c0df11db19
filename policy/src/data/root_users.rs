//! Users that may do everything in a registry of one's own, where an account for machines belongs.
//!
//! Sources, read 2026-11: Harbor, `harbor.yml` (`harbor_admin_password` is that of `admin`) and its pages on robot accounts;
//! Sonatype Nexus Repository, default users (`admin`, `anonymous`); JFrog Artifactory, default `admin`; GitLab, the first
//! user is `root`; Gitea and others have no fixed name. Registries of providers give out accounts, and nobody there is
//! root by his name.

use crate::knowledge::{hosts, words};

/// A user with all rights.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// Its name; safe to repeat.
    pub user: &'static str,
    /// Whose root it is.
    pub of: &'static str,
    /// What belongs there.
    pub instead: &'static str,
}

static ROOTS: [Root; 2] = [
    Root {
        user: "admin",
        of: "the administrator of Harbor, Nexus and Artifactory",
        instead: "a robot account (Harbor) or a user of its own that may do only what these Pods do",
    },
    Root { user: "root", of: "the administrator of GitLab", instead: "a deploy token of the project or group" },
];

/// Ends of the hosts of providers, whose customers choose their names.
const PROVIDERS: &str = "docker.io ghcr.io gcr.io .pkg.dev .amazonaws.com .amazonaws.com.cn .azurecr.io .azurecr.cn \
    quay.io registry.gitlab.com .digitalocean.com .icr.io icr.io .ocir.io .scw.cloud .aliyuncs.com .vultrcr.com \
    registry.redhat.io .cr.yandex cr.yandex";

/// The root user of this name.
#[inline(never)]
pub(crate) fn named(user: &[u8]) -> Option<&'static Root> {
    ROOTS.iter().find(|root| root.user.as_bytes() == user)
}

/// Is this the registry of a provider, where nobody is root by his name, and nobody pushes without credentials?
#[inline(never)]
pub(crate) fn is_provider(host: &str) -> bool {
    words::ends_any(hosts::without_port(host), PROVIDERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str, user: &[u8]) -> Option<&'static Root> {
        named(user).filter(|_| !is_provider(host))
    }

    #[test]
    fn only_plain_roots_of_registries_of_ones_own() {
        for (host, user) in
            [("harbor.corp.example", "admin"), ("nexus.corp.example:8082", "admin"), ("10.0.0.1", "root")]
        {
            assert_eq!(of(host, user.as_bytes()).map(|root| root.user), Some(user), "{host}");
        }
        for (host, user) in [
            ("docker.io", "admin"),
            ("registry.gitlab.com", "root"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com", "admin"),
            ("harbor.corp.example", "robot$ci"),
            ("harbor.corp.example", "robot_admin"),
            ("harbor.corp.example", "$oauthtoken"),
            ("europe-docker.pkg.dev", "_json_key"),
            ("harbor.corp.example", "Admin"),
            ("harbor.corp.example", ""),
        ] {
            assert_eq!(of(host, user.as_bytes()), None, "{host} {user}");
        }
    }
}
