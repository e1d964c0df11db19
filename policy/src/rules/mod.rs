//! The list of rules; each is one file.

use crate::context::Context;

mod build_arg_credential;
mod builder_config_path;
mod container_runtime_socket;
mod credential_in_argument;
mod host_docker_config;
mod insecure_registry_flag;
mod keepalive_needs_shell;
mod plaintext_credential;
mod plugin_env_unmapped;
mod privileged_builder;
mod pull_secret_missing;
mod resources_missing;

regwarden_sdk::rules! {
    context: Context;
    pull_secret_missing::PullSecretMissing,
    builder_config_path::BuilderConfigPath,
    plugin_env_unmapped::PluginEnvUnmapped,
    insecure_registry_flag::InsecureRegistryFlag,
    keepalive_needs_shell::KeepaliveNeedsShell,
    plaintext_credential::PlaintextCredential,
    credential_in_argument::CredentialInArgument,
    build_arg_credential::BuildArgCredential,
    container_runtime_socket::ContainerRuntimeSocket,
    host_docker_config::HostDockerConfig,
    privileged_builder::PrivilegedBuilder,
    resources_missing::ResourcesMissing,
}
