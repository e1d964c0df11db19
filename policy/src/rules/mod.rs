//! The list of rules; each is one file.

use regwarden_sdk::request::Request;
use regwarden_sdk::rule::Rule;
use regwarden_sdk::settings::{Configured, Level, Profile};
use regwarden_sdk::view::PodView;

use crate::context::Context;
use crate::settings::Settings;

mod build_cache_ephemeral;
mod builder_config_path;
mod container_runtime_socket;
mod image_not_pinned;
mod insecure_registry_flag;
mod plaintext_credential;
mod plugin_env_unmapped;
mod pull_secret_foreign;
mod pull_secret_missing;
mod pull_secret_name_empty;
mod pull_secret_unneeded;
mod push_credentials_missing;
mod push_destination_mutable;
mod registry_mirror;
mod registry_not_allowed;
mod service_account_preferred;
mod service_account_required;

regwarden_sdk::rules! {
    context: Context;
    registry_mirror::RegistryMirror,
    registry_not_allowed::RegistryNotAllowed,
    image_not_pinned::ImageNotPinned,
    pull_secret_missing::PullSecretMissing,
    pull_secret_name_empty::PullSecretNameEmpty,
    pull_secret_unneeded::PullSecretUnneeded,
    pull_secret_foreign::PullSecretForeign,
    service_account_required::ServiceAccountRequired,
    service_account_preferred::ServiceAccountPreferred,
    builder_config_path::BuilderConfigPath,
    plugin_env_unmapped::PluginEnvUnmapped,
    push_credentials_missing::PushCredentialsMissing,
    insecure_registry_flag::InsecureRegistryFlag,
    push_destination_mutable::PushDestinationMutable,
    build_cache_ephemeral::BuildCacheEphemeral,
    plaintext_credential::PlaintextCredential,
    container_runtime_socket::ContainerRuntimeSocket,
}

/// What this request will mend, for rules whose findings depend on the mends of others: all mends are made at once, and
/// what they come to must leave nothing to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mending {
    /// Images whose registry has a mirror are rewritten.
    pub(crate) images: bool,
    /// Secrets that images need are listed.
    pub(crate) pull_secrets: bool,
    /// The ServiceAccount is the one that the settings name.
    pub(crate) account: bool,
}

impl Mending {
    pub(crate) fn of(settings: &Settings, request: Request<'_>, pod: PodView<'_>) -> Self {
        // Where the SDK applies no edits: see `regwarden_sdk::evaluate`.
        let stored = pod.is_pod() && request.operation() == "UPDATE";
        let open = settings.mutate && !stored && request.sub_resource().is_empty();
        let (rules, profile) = (&settings.rules, settings.profile);
        Mending {
            images: open && mends::<registry_mirror::RegistryMirror>(&rules.registry_mirror, profile),
            pull_secrets: open && mends::<pull_secret_missing::PullSecretMissing>(&rules.pull_secret_missing, profile),
            account: open
                && mends::<service_account_required::ServiceAccountRequired>(&rules.service_account_required, profile),
        }
    }
}

fn mends<R: Rule>(configured: &Configured<R::Options>, profile: Profile) -> bool {
    configured.mend != Some(false) && configured.level(&R::META, profile) != Level::Off
}
