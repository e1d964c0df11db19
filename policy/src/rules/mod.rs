//! The list of rules; each is one file.

use crate::context::Context;

mod builder_config_path;
mod container_runtime_socket;
mod insecure_registry_flag;
mod plaintext_credential;
mod plugin_env_unmapped;
mod pull_secret_missing;
mod push_credentials_missing;
mod push_destination_mutable;

regwarden_sdk::rules! {
    context: Context;
    pull_secret_missing::PullSecretMissing,
    builder_config_path::BuilderConfigPath,
    plugin_env_unmapped::PluginEnvUnmapped,
    push_credentials_missing::PushCredentialsMissing,
    insecure_registry_flag::InsecureRegistryFlag,
    push_destination_mutable::PushDestinationMutable,
    plaintext_credential::PlaintextCredential,
    container_runtime_socket::ContainerRuntimeSocket,
}
