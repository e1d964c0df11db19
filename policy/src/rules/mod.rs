//! The list of rules; each is one file.

use crate::context::{Context, ObjectContext};

pub(crate) mod agent_credentials_contradicted;
pub(crate) mod build_arg_credential;
pub(crate) mod build_cache_ephemeral;
pub(crate) mod builder_config_path;
pub(crate) mod cluster_unavailable;
pub(crate) mod container_runtime_socket;
pub(crate) mod credential_expiring;
pub(crate) mod credential_in_argument;
pub(crate) mod credential_overpowered;
pub(crate) mod credential_shadowed;
pub(crate) mod docker_secret_malformed;
pub(crate) mod host_docker_config;
pub(crate) mod image_not_pinned;
pub(crate) mod insecure_registry_flag;
pub(crate) mod keepalive_needs_shell;
pub(crate) mod plaintext_credential;
pub(crate) mod plugin_env_unmapped;
pub(crate) mod privileged_builder;
pub(crate) mod pull_secret_foreign;
pub(crate) mod pull_secret_missing;
pub(crate) mod pull_secret_name_empty;
pub(crate) mod pull_secret_unneeded;
pub(crate) mod pull_secret_unusable;
pub(crate) mod push_credentials_missing;
pub(crate) mod push_destination_mutable;
pub(crate) mod push_secret_unusable;
pub(crate) mod registry_mirror;
pub(crate) mod registry_not_allowed;
pub(crate) mod resources_missing;
pub(crate) mod secret_shared_widely;
pub(crate) mod service_account_preferred;
pub(crate) mod service_account_pull_secret;
pub(crate) mod service_account_required;
pub(crate) mod token_automount;

regwarden_sdk::rules! {
    check_pod(Context) {
        registry_mirror::RegistryMirror,
        registry_not_allowed::RegistryNotAllowed,
        image_not_pinned::ImageNotPinned,
        pull_secret_missing::PullSecretMissing,
        pull_secret_name_empty::PullSecretNameEmpty,
        pull_secret_unusable::PullSecretUnusable,
        pull_secret_unneeded::PullSecretUnneeded,
        pull_secret_foreign::PullSecretForeign,
        service_account_required::ServiceAccountRequired,
        service_account_preferred::ServiceAccountPreferred,
        builder_config_path::BuilderConfigPath,
        push_credentials_missing::PushCredentialsMissing,
        push_secret_unusable::PushSecretUnusable,
        credential_shadowed::CredentialShadowed,
        credential_expiring::CredentialExpiring,
        credential_overpowered::CredentialOverpowered,
        plugin_env_unmapped::PluginEnvUnmapped,
        insecure_registry_flag::InsecureRegistryFlag,
        push_destination_mutable::PushDestinationMutable,
        agent_credentials_contradicted::AgentCredentialsContradicted,
        build_cache_ephemeral::BuildCacheEphemeral,
        keepalive_needs_shell::KeepaliveNeedsShell,
        plaintext_credential::PlaintextCredential,
        credential_in_argument::CredentialInArgument,
        build_arg_credential::BuildArgCredential,
        secret_shared_widely::SecretSharedWidely,
        host_docker_config::HostDockerConfig,
        container_runtime_socket::ContainerRuntimeSocket,
        privileged_builder::PrivilegedBuilder,
        token_automount::TokenAutomount,
        resources_missing::ResourcesMissing,
        // Last: it speaks about what the others asked.
        cluster_unavailable::ClusterUnavailable,
    }
    check_object(ObjectContext) {
        docker_secret_malformed::DockerSecretMalformed,
        service_account_pull_secret::ServiceAccountPullSecret,
    }
}
