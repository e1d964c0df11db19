//! By what a Pod shows that somebody gives it credentials for a registry.
//!
//! Sources, read 2026-11: kaniko `README.md` and `pkg/creds`; go-containerregistry `pkg/authn`; Amazon's, Azure's and
//! Google's documentation of their SDKs' variables; tektoncd/pipeline `pkg/pod/creds_init.go`; hashicorp/vault-k8s
//! `agent-inject`; woodpecker-ci and drone plugins as in `plugins.rs`. One text a list, as in a guest each entry of a
//! list costs as much as it is long.

use regwarden_sdk::text;

use crate::knowledge::words;

/// Parts of the names of variables.
const VARIABLES: &str = "USERNAME _USER PASS TOKEN SECRET CRED AUTH_ _AUTH LOGIN ACCESS_KEY JSON_KEY SERVICE_ACCOUNT \
    DOCKER_CONFIG REGISTRY_CONFIG OIDC AWS_ AZURE_ GOOGLE_ CLOUDSDK_ ECR_ GCR_ ACR_";
/// More of them, behind `PLUGIN_`.
const PLUGIN: &str = "CONFIG ROLE ENV_FILE IDENTITY";
/// Beginnings of names that say who the engine is, or are for git.
const NOT_FOR_REGISTRIES: &str = "GIT_ JENKINS_ CI_COMMIT CI_NETRC CI_PREV DRONE_ ARGO_ AZURE_STORAGE_";
/// Parts of commands. `login` must stand alone.
const COMMANDS: &str = "authfile auth.json creds= --creds credential jib.to.auth config.json dockerconfigjson \
    DOCKER_CONFIG REGISTRY_AUTH --registry-config --config configure-docker --username --password -docker-config= \
    -basic-docker=";
/// Ends of paths under which clients of registries or clouds look for what they need.
const PLACES: &str = ".docker .docker/config.json .dockerconfigjson .dockercfg containers/auth.json .aws .azure gcloud";
/// Parts of the hosts of registries of clouds, whose ServiceAccounts may push.
const CLOUDS: &str = ".dkr.ecr. gcr.io .pkg.dev .azurecr.io";

/// Beginnings of labels and annotations by which agents give credentials to Pods.
const MARKS: &str =
    "azure.workload.identity/ aadpodidbinding vault.hashicorp.com/ iam.amazonaws.com/ kiam.amazonaws.com/";
/// Beginnings of the paths at which Tekton shows Secrets to the container that lays them into the homes of the others.
const SHARED: &str = "/tekton/creds-secrets /var/build-secrets";

/// May a variable of this name hold a credential for a registry, or name the file that does?
#[inline(never)]
pub(crate) fn is_variable(name: &str) -> bool {
    if !may_be_for_registries(name) {
        return false;
    }
    words::holds_any(name, VARIABLES) || (name.starts_with("PLUGIN_") && words::holds_any(name, PLUGIN))
}

/// Is it not one that is known to be for something else?
pub(crate) fn may_be_for_registries(name: &str) -> bool {
    !words::begins_any(name, NOT_FOR_REGISTRIES)
}

/// Does a command log in, or name its credentials?
#[inline(never)]
pub(crate) fn in_command(text: &str) -> bool {
    // An image may be called `login`; a subcommand has a space or nothing before it.
    let mut rest = text;
    while let Some(at) = text::find(rest, "login") {
        let before = at.checked_sub(1).and_then(|at| rest.as_bytes().get(at));
        if before.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'-') {
            return true;
        }
        rest = rest.get(at + 5..).unwrap_or_default();
    }
    words::holds_any(text, COMMANDS)
}

/// Would some client look here?
#[inline(never)]
pub(crate) fn is_place(path: &str) -> bool {
    words::ends_any(words::trim_end(path, b'/'), PLACES)
}

/// Does a label or annotation of this key bring credentials?
pub(crate) fn is_mark(key: &str) -> bool {
    words::begins_any(key, MARKS)
}

/// Does what is mounted here count for every container of the Pod?
pub(crate) fn is_shared_place(path: &str) -> bool {
    words::begins_any(path, SHARED)
}

/// Is this the registry of a cloud?
pub(crate) fn is_cloud(host: &str) -> bool {
    words::holds_any(host, CLOUDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        for name in [
            "DOCKER_CONFIG",
            "REGISTRY_PASSWORD",
            "AWS_ROLE_ARN",
            "PLUGIN_CONFIG",
            "CI_REGISTRY_USER",
            "DOCKER_AUTH_CONFIG",
            "PLUGIN_LOGINS",
            "REGISTRY_AUTH_FILE",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ] {
            assert!(is_variable(name), "{name}");
        }
        for name in [
            "GIT_TOKEN",
            "GIT_PASSWORD",
            "JENKINS_SECRET",
            "CI_COMMIT_AUTHOR",
            "DRONE_COMMIT_AUTHOR",
            "PATH",
            "IMAGE",
            "PLUGIN_REPO",
            "CACHE_KEY",
            "CONFIG",
            "AUTHOR",
        ] {
            assert!(!is_variable(name), "{name}");
        }
    }

    #[test]
    fn commands() {
        for text in [
            "docker login -u x",
            "login",
            "aws ecr get-login-password",
            "crane auth login",
            "--authfile=/x",
            "cat > ~/.docker/config.json",
        ] {
            assert!(in_command(text), "{text}");
        }
        for text in ["--destination=r.example/team/login:1", "--context=dir:///workspace", "docker push a"] {
            assert!(!in_command(text), "{text}");
        }
    }
}
