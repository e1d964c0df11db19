//! Does anything in a Pod give a container credentials for a registry? Absence is hard to prove, so everything that might
//! counts.

use std::cell::OnceCell;

use regwarden_sdk::view::{Container, Mount, Volume};

use super::docker_config::{Reads, normal};
use super::hosts;
use super::words;
use crate::context::Context;
use crate::data::sources;
use crate::resolution::Provider;

/// The ServiceAccount that a Pod runs under when nobody gave it one.
const DEFAULT_ACCOUNT: &str = "default";

/// Mounts of one container that are looked at. Each may be of the same volume with very many sources; whoever has more is
/// taken to have credentials among them.
const MAX_MOUNTS: usize = 256;

/// Does the registry of this host probably take images from anybody who reaches it?
pub(crate) fn is_open(host: &str) -> bool {
    hosts::is_internal(host)
}

/// What a Pod as a whole says; looked at once, however many containers push.
pub(crate) struct Access<'c, 'd> {
    context: &'c Context<'d>,
    wide: OnceCell<bool>,
}

impl<'c, 'd> Access<'c, 'd> {
    pub(crate) fn new(context: &'c Context<'d>) -> Self {
        Access { context, wide: OnceCell::new() }
    }

    /// Is there any sign of credentials for a registry of this host? `reads`: where the container's tool looks, if known.
    #[inline(never)]
    pub(crate) fn is_given(&self, container: Container<'_>, reads: Option<&Reads>, host: &str) -> bool {
        if in_variables(container, "") {
            return true;
        }
        for (count, mount) in container.mounts().enumerate() {
            if count == MAX_MOUNTS || in_mount(self.context, mount, reads) {
                return true;
            }
        }
        for word in container.words() {
            if word.as_str().is_some_and(sources::in_command) {
                return true;
            }
        }
        (sources::is_cloud(host) && has_account(self.context)) || *self.wide.get_or_init(|| in_pod(self.context))
    }

    /// Who else may give credentials for a registry of this host, beside the files that the container's tool reads.
    #[inline(never)]
    pub(crate) fn besides(&self, container: Container<'_>, reads: Option<&Reads>, host: &str) -> Option<Provider> {
        // That these name a file is how the files are known.
        if in_variables(container, if reads.is_some() { "DOCKER_CONFIG REGISTRY_AUTH_FILE" } else { "" }) {
            return Some(Provider::Variable);
        }
        let mut found = sources::is_cloud(host) || *self.wide.get_or_init(|| in_pod(self.context));
        for word in container.words() {
            found |= word.as_str().is_some_and(sources::in_command);
        }
        for (count, mount) in container.mounts().enumerate() {
            let csi = || self.context.volume(mount.volume()).is_some_and(|volume| volume.node().get("csi").is_some());
            let other = || !reads.is_some_and(|reads| lies_over(mount, reads));
            found |= count == MAX_MOUNTS || ((sources::is_place(mount.path()) || csi()) && other());
            if found {
                break;
            }
        }
        found.then_some(Provider::Elsewhere)
    }
}

/// Does a variable give credentials, other than these?
#[inline(never)]
fn in_variables(container: Container<'_>, known: &str) -> bool {
    for from in container.env_from() {
        if from.get("secretRef").is_some() || from.get("configMapRef").is_some() {
            return true;
        }
    }
    for var in container.env() {
        let name = var.name();
        if words::is_among(name, known) {
            continue;
        }
        let gives = match var.value() {
            Some((_, value)) => !value.is_empty() && sources::is_variable(name),
            None => {
                sources::is_variable(name) || (var.secret_key_ref().is_some() && sources::may_be_for_registries(name))
            }
        };
        if gives {
            return true;
        }
    }
    false
}

#[inline(never)]
fn in_mount(context: &Context<'_>, mount: Mount<'_>, reads: Option<&Reads>) -> bool {
    // A token for the API server alone is where every Pod has it; any other Secret may be the one.
    let gives = |volume: Volume<'_>| {
        volume.secrets().next().is_some() || volume.node().get("csi").is_some() || has_token(volume)
    };
    let at = mount.path();
    let default_token = at.starts_with("/var/run/secrets/kubernetes.io/serviceaccount");
    if !default_token && context.volume(mount.volume()).is_some_and(gives) {
        return true;
    }
    // What lies over a place that is read, somebody may have put there before.
    sources::is_place(at) || reads.is_some_and(|reads| lies_over(mount, reads))
}

/// Does a projected volume show a token of the ServiceAccount, as clouds want it?
fn has_token(volume: Volume<'_>) -> bool {
    if let Some(sources) = volume.node().get_path(&["projected", "sources"]) {
        for source in sources.elements() {
            if source.get("serviceAccountToken").is_some() {
                return true;
            }
        }
    }
    false
}

/// Does a mount lie over, or inside, a directory in which a file is read?
#[inline(never)]
pub(crate) fn lies_over(mount: Mount<'_>, reads: &Reads) -> bool {
    let at = normal(mount.path());
    for file in &reads.files {
        if file.strip_prefix(at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return true;
        }
    }
    false
}

/// Clouds give rights to ServiceAccounts.
fn has_account(context: &Context<'_>) -> bool {
    context.pod.service_account().is_some_and(|account| account != DEFAULT_ACCOUNT)
}

/// Agents bring in what nobody sees yet, and Tekton lays credentials into the homes of all steps.
#[inline(never)]
fn in_pod(context: &Context<'_>) -> bool {
    let pod = context.pod;
    for (key, _) in pod.labels() {
        if sources::is_mark(key) {
            return true;
        }
    }
    for (key, _) in pod.annotations() {
        if sources::is_mark(key) {
            return true;
        }
    }
    for container in pod.containers() {
        for mount in container.mounts() {
            if sources::is_shared_place(mount.path()) {
                return true;
            }
        }
    }
    false
}
