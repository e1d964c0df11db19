//! Variables by which the agents of CI engines give the Pods of later jobs their credentials.
//!
//! Sources, read 2026-11: woodpecker-ci/woodpecker `pipeline/backend/kubernetes/flags.go`; drone-runners/drone-runner-kube
//! `command/daemon/config.go`; Shuffle/Shuffle `backend/go-app/docker.go` and its Helm chart.

/// What such a variable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// Pull secrets, separated by commas.
    PullSecrets,
    /// The Secret with which images are pushed.
    PushSecret,
    /// The ServiceAccount.
    Account,
}

/// Every variable with what it gives to whom.
pub(crate) static VARIABLES: &[(&str, Gives, &str)] = &[
    ("WOODPECKER_BACKEND_K8S_PULL_SECRET_NAMES", Gives::PullSecrets, "the Pods of Woodpecker's steps"),
    ("DRONE_SERVICE_ACCOUNT_DEFAULT", Gives::Account, "the Pods of Drone's pipelines"),
    ("SHUFFLE_REGISTRY_SECRET", Gives::PushSecret, "the Job that builds Shuffle's apps"),
    ("SHUFFLE_APP_SERVICE_ACCOUNT_NAME", Gives::Account, "the Pods of Shuffle's apps"),
    ("SHUFFLE_WORKER_SERVICE_ACCOUNT_NAME", Gives::Account, "the Pods of Shuffle's workers"),
];
