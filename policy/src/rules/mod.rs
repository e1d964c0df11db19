//! The list of rules; each is one file.

use crate::context::{Context, ObjectContext};

mod builder_config_path;
mod container_runtime_socket;
mod docker_secret_malformed;
mod insecure_registry_flag;
mod plaintext_credential;
mod plugin_env_unmapped;
mod pull_secret_missing;
mod service_account_pull_secret;

regwarden_sdk::rules! {
    check_pod(Context) {
        pull_secret_missing::PullSecretMissing,
        builder_config_path::BuilderConfigPath,
        plugin_env_unmapped::PluginEnvUnmapped,
        insecure_registry_flag::InsecureRegistryFlag,
        plaintext_credential::PlaintextCredential,
        container_runtime_socket::ContainerRuntimeSocket,
    }
    check_object(ObjectContext) {
        docker_secret_malformed::DockerSecretMalformed,
        service_account_pull_secret::ServiceAccountPullSecret,
    }
}
