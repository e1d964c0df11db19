//! The policy of one invocation: loaded, its settings validated, and asked.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::cluster;
use super::oci::read_module;
use super::output::Terminal;
use super::progress::Progress;
use crate::cli::cluster::{ClusterArgs, ClusterSource};
use crate::cli::oci::RemoteArgs;
use crate::cluster::{Capabilities, Cluster};
use crate::embedded;
use crate::engine::{Engine, Evaluation, HostCalls, Limits, Policy};
use crate::error::Error;
use crate::module::{self, Metadata};
use crate::outcome::Outcome;
use crate::report;
use crate::report::catalogue::Catalogue;

/// A prepared policy with the settings that it judges by.
pub(super) struct Judge {
    policy: Policy,
    /// As the user named it.
    name: String,
    settings: String,
    /// Its metadata says that it judges any JSON, not AdmissionRequests.
    is_raw: bool,
    metadata: Option<Metadata>,
    may_evaluate: Cell<bool>,
    /// Who answers its host calls.
    host: Option<Arc<Capabilities>>,
    /// What the guest logged in the last call.
    said: RefCell<Vec<u8>>,
}

#[derive(Deserialize)]
struct SettingsVerdict {
    valid: bool,
    #[serde(default)]
    message: Option<String>,
}

impl Judge {
    /// The policy of a name, compiled if nobody did before; the embedded one without a name or by its word.
    pub(super) fn load(path: Option<&Path>, remote: &RemoteArgs, terminal: &Terminal) -> Result<Self, Error> {
        let path = path.filter(|path| *path != Path::new(embedded::NAME));
        let name = path.map_or_else(|| embedded::NAME.to_owned(), |path| path.to_string_lossy().into_owned());
        let unusable = |reason: String| Error::Policy { policy: name.clone(), reason };
        let engine = Engine::new(Limits::default()).map_err(|error| unusable(error.to_string()))?;
        let mut metadata = None;
        let policy = match path {
            None => engine.load_embedded(),
            Some(path) => {
                let bytes = read_module(path, remote, terminal)?;
                metadata = module::inspect(&bytes).ok().and_then(|info| info.metadata);
                let _progress = Progress::start(terminal, format!("compiling {name}"));
                engine.load(&bytes)
            }
        };
        let policy = policy.map_err(|error| unusable(error.to_string()))?;
        let is_raw = metadata.as_ref().and_then(|metadata| metadata.policy_type.as_deref()) == Some("raw");
        Ok(Self {
            policy,
            name,
            settings: "{}".to_owned(),
            is_raw,
            metadata,
            may_evaluate: Cell::new(true),
            host: None,
            said: RefCell::default(),
        })
    }

    /// The same policy, which may ask this cluster for what it and the command line say.
    ///
    /// # Errors
    /// When the command line names a capability that does not exist.
    pub(super) fn with_cluster(self, args: &ClusterArgs, cluster: Option<Arc<dyn Cluster>>) -> Result<Self, Error> {
        let embedded = self.name == embedded::NAME;
        let host = Arc::new(cluster::capabilities(args, self.metadata.as_ref(), embedded, cluster)?);
        let mut policy = self.policy.with_host_calls(Arc::clone(&host) as Arc<dyn HostCalls>);
        if args.cluster == ClusterSource::Live {
            policy = policy.with_deadline(cluster::LIVE_DEADLINE);
        }
        Ok(Self { policy, host: Some(host), ..self })
    }

    /// The same policy under these settings, which it has accepted. `file` is where they come from.
    ///
    /// # Errors
    /// When the policy refuses them, with every mistake; when it fails over them.
    pub(super) fn with_settings(self, settings: String, file: Option<&str>) -> Result<Self, Error> {
        let refused = |message: &str| Error::Settings {
            file: file.map(str::to_owned),
            messages: message.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect(),
        };
        match self.call("validate_settings", settings.as_bytes()) {
            // Guests of Kubewarden's SDK end in an error when the settings do not fit their type.
            Outcome::GuestError(text) => Err(refused(&text)),
            outcome => match outcome.json::<SettingsVerdict>() {
                Ok(SettingsVerdict { valid: true, .. }) => Ok(Self { settings, ..self }),
                Ok(SettingsVerdict { message, .. }) => {
                    Err(refused(message.as_deref().unwrap_or("the policy does not say why")))
                }
                Err(outcome) => {
                    Err(Error::Guest { operation: "validate_settings".to_owned(), reason: outcome.to_string() })
                }
            },
        }
    }

    /// The policy itself.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether it judges any JSON instead of AdmissionRequests.
    pub(super) fn is_raw(&self) -> bool {
        self.is_raw
    }

    /// The settings as JSON text.
    pub(super) fn settings(&self) -> &str {
        &self.settings
    }

    /// One call into a fresh instance.
    pub(super) fn call(&self, operation: &str, payload: &[u8]) -> Outcome {
        let Evaluation { outcome, console, .. } = self.policy.evaluate(operation, payload);
        self.said.replace(console);
        outcome
    }

    /// Tells why questions of the policy had no answer, for it cannot say that itself.
    pub(super) fn tell_unanswered(&self, terminal: &Terminal) {
        for reason in self.host.iter().flat_map(|host| host.unanswered()) {
            terminal.warning(&reason);
        }
    }

    /// Tells that a cluster is given and the embedded policy does not ask it: its settings leave that off by themselves.
    pub(super) fn tell_idle_cluster(&self, args: &ClusterArgs, terminal: &Terminal) {
        #[derive(Deserialize)]
        struct Settings {
            cluster: Option<serde_json::Value>,
        }
        let asks = serde_json::from_str(&self.settings).is_ok_and(|settings: Settings| settings.cluster.is_some());
        if self.name == embedded::NAME && args.cluster != ClusterSource::None && !asks {
            terminal.warning("the settings do not let the policy ask the cluster: add `cluster: contents` to them");
        }
    }

    /// Takes what the guest logged in the last call.
    pub(super) fn said(&self) -> Vec<u8> {
        self.said.take()
    }

    /// Whether the policy may know `evaluate`.
    pub(super) fn may_evaluate(&self) -> bool {
        self.may_evaluate.get()
    }

    /// Remembers that it does not.
    pub(super) fn does_not_evaluate(&self) {
        self.may_evaluate.set(false);
    }

    /// What the policy says about its rules.
    ///
    /// # Errors
    /// When it does not know `describe`, or fails over it.
    pub(super) fn describe(&self) -> Result<Catalogue, Error> {
        match self.call("describe", b"") {
            Outcome::GuestError(_) => {
                let name = &self.name;
                Err(Error::Unknown(format!(
                    "`{name}` does not describe its rules; `regwarden inspect {name}` shows its metadata"
                )))
            }
            outcome => outcome
                .json()
                .map_err(|outcome| Error::Guest { operation: "describe".to_owned(), reason: outcome.to_string() }),
        }
    }

    /// How the policy is named in a report: by itself, else by its file.
    pub(super) fn identity(&self) -> Result<report::Policy, Error> {
        let described: Catalogue = self.call("describe", b"").json().unwrap_or_default();
        let name = if described.name.is_empty() { self.name.clone() } else { described.name };
        Ok(report::Policy { name, version: described.version, digest: format!("sha256:{}", self.policy.digest()) })
    }
}
