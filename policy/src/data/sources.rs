//! By what a Pod shows that somebody gives it credentials for a registry.
//!
//! Sources, read 2026-11: kaniko `README.md` and `pkg/creds`; go-containerregistry `pkg/authn`; Amazon's, Azure's and
//! Google's documentation of their SDKs' variables; tektoncd/pipeline `pkg/pod/creds_init.go`; hashicorp/vault-k8s
//! `agent-inject`; woodpecker-ci and drone plugins as in `plugins.rs`. One text a list, as in a guest each entry of a
//! list costs as much as it is long.

use regwarden_sdk::text;

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

/// Where in a text a word of a list may stand.
#[derive(Clone, Copy)]
enum At {
    Start,
    End,
    Anywhere,
}

/// Does a text hold one of the words of a list there?
#[inline(never)]
fn any(list: &str, text: &str, at: At) -> bool {
    let mut rest = Some(list);
    while let Some(words) = rest {
        let word;
        (word, rest) = text::cut(words, b' ').map_or((words, None), |(word, rest)| (word, Some(rest)));
        let holds = match at {
            At::Start => text.starts_with(word),
            At::End => text.ends_with(word),
            At::Anywhere => text::contains(text, word),
        };
        if holds {
            return true;
        }
    }
    false
}

/// Does a path, whatever slashes follow it, end in one of the words of a list?
#[inline(never)]
pub(crate) fn ends_in(path: &str, list: &str) -> bool {
    let mut path = path;
    while let Some(shorter) = path.strip_suffix('/') {
        path = shorter;
    }
    any(list, path, At::End)
}

/// May a variable of this name hold a credential for a registry, or name the file that does?
#[inline(never)]
pub(crate) fn is_variable(name: &str) -> bool {
    if !may_be_for_registries(name) {
        return false;
    }
    any(VARIABLES, name, At::Anywhere) || (name.starts_with("PLUGIN_") && any(PLUGIN, name, At::Anywhere))
}

/// Is it not one that is known to be for something else?
pub(crate) fn may_be_for_registries(name: &str) -> bool {
    !any(NOT_FOR_REGISTRIES, name, At::Start)
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
    any(COMMANDS, text, At::Anywhere)
}

/// Would some client look here?
#[inline(never)]
pub(crate) fn is_place(path: &str) -> bool {
    ends_in(path, PLACES)
}

/// Does a label or annotation of this key bring credentials?
pub(crate) fn is_mark(key: &str) -> bool {
    any(MARKS, key, At::Start)
}

/// Does what is mounted here count for every container of the Pod?
pub(crate) fn is_shared_place(path: &str) -> bool {
    any(SHARED, path, At::Start)
}

/// Is this the registry of a cloud?
pub(crate) fn is_cloud(host: &str) -> bool {
    any(CLOUDS, host, At::Anywhere)
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
