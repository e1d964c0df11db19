//! Where the API server is and who asks: a kubeconfig, or the ServiceAccount of the Pod that regwarden runs in.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use thiserror::Error;

use super::super::ClusterError;
use crate::reason::io_reason;

/// Largest kubeconfig.
const LARGEST: u64 = 16 << 20;

/// How to connect.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The kubeconfig; without it those of the variable KUBECONFIG, then `~/.kube/config`, then the Pod's own
    /// ServiceAccount.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; without it the current one.
    pub context: Option<String>,
    /// How long the first question may take.
    pub timeout: Duration,
}

/// Why there is no connection. No text carries a credential.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A kubeconfig cannot be read.
    #[error("cannot read the kubeconfig `{file}`: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// There is no configuration at all.
    #[error(
        "there is no kubeconfig: name one with `--kubeconfig FILE` or the variable KUBECONFIG; `~/.kube/config` does not \
         exist, and this is no Pod of a cluster"
    )]
    Nowhere,
    /// A kubeconfig is readable and of no use.
    #[error("the kubeconfig cannot be used: {0}")]
    Config(String),
    /// The client cannot be made.
    #[error("cannot connect to the cluster: {0}")]
    Client(String),
    /// The API server gives no answer.
    #[error("cannot use the cluster at {server}: {error}{}", next_step(.error))]
    Server {
        /// Address of the API server.
        server: String,
        /// What happened.
        error: Box<ClusterError>,
    },
}

fn next_step(error: &ClusterError) -> &'static str {
    match error {
        ClusterError::Unauthorized(_) => {
            "; the token or certificate of the kubeconfig's user has expired or is wrong: log in anew"
        }
        ClusterError::TimedOut(_) => "; check the server's address and the network",
        _ => "",
    }
}

impl Connection {
    /// Reads the configuration.
    pub(super) fn load(&self) -> Result<Config, ConnectError> {
        let Some(kubeconfig) = self.kubeconfig()? else {
            if std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
                return Err(ConnectError::Nowhere);
            }
            if self.context.is_some() {
                return Err(ConnectError::Config("a Pod's own ServiceAccount has no contexts".to_owned()));
            }
            return Config::incluster()
                .map(patient)
                .map_err(|error| ConnectError::Config(format!("the Pod's ServiceAccount cannot be used: {error}")));
        };
        self.check_context(&kubeconfig)?;
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let has_proxy = self.has_proxy(&kubeconfig);
        // Nothing in it waits: files are read at once.
        let loading = Config::from_custom_kubeconfig(kubeconfig, &options);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| ConnectError::Client(error.to_string()))?;
        let mut config = runtime.block_on(loading).map_err(|error| ConnectError::Config(words(&error)))?;
        let except = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok());
        if !has_proxy && is_direct(&config.cluster_url, except.as_deref().unwrap_or_default()) {
            config.proxy_url = None;
        }
        Ok(patient(config))
    }

    /// Whether the cluster names a proxy of its own; the variables of the environment count only otherwise.
    fn has_proxy(&self, kubeconfig: &Kubeconfig) -> bool {
        let context = self.context.as_ref().or(kubeconfig.current_context.as_ref());
        let context = kubeconfig.contexts.iter().find(|named| Some(&named.name) == context);
        let cluster = context.and_then(|named| named.context.as_ref()).map(|context| &context.cluster);
        let cluster = kubeconfig.clusters.iter().find(|named| Some(&named.name) == cluster);
        let proxy = cluster.and_then(|named| named.cluster.as_ref()).and_then(|cluster| cluster.proxy_url.as_deref());
        proxy.is_some_and(|proxy| !proxy.is_empty())
    }

    fn kubeconfig(&self) -> Result<Option<Kubeconfig>, ConnectError> {
        if let Some(file) = &self.kubeconfig {
            return read(file).map(Some);
        }
        let listed: Vec<PathBuf> = std::env::var_os("KUBECONFIG")
            .map(|value| std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect())
            .unwrap_or_default();
        if listed.is_empty() {
            let file = std::env::home_dir().map(|home| home.join(".kube/config"));
            return file.filter(|file| file.exists()).map(|file| read(&file)).transpose();
        }
        // As kubectl: files of the list that do not exist are passed over, as long as one does.
        let there: Vec<_> = listed.iter().filter(|file| file.exists()).collect();
        let there = if there.is_empty() { listed.iter().collect() } else { there };
        let mut merged = Kubeconfig::default();
        for file in there {
            merged = merged.merge(read(file)?).map_err(|error| ConnectError::Config(words(&error)))?;
        }
        Ok(Some(merged))
    }

    fn check_context(&self, kubeconfig: &Kubeconfig) -> Result<(), ConnectError> {
        let names: Vec<_> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
        let listed = match names.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has `{}`", names.join("`, `")),
        };
        match self.context.as_deref().or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) {
            None => Err(ConnectError::Config(format!("no context is current: name one with `--context`; {listed}"))),
            Some(name) if !names.contains(&name) => {
                Err(ConnectError::Config(format!("there is no context `{name}`; {listed}")))
            }
            Some(_) => Ok(()),
        }
    }
}

fn read(file: &Path) -> Result<Kubeconfig, ConnectError> {
    let unreadable = |reason: String| ConnectError::Unreadable { file: file.to_string_lossy().into_owned(), reason };
    let size = std::fs::metadata(file).map_err(|error| unreadable(io_reason(&error)))?.len();
    if size > LARGEST {
        return Err(unreadable(format!("it has {size} bytes, which no kubeconfig has")));
    }
    Kubeconfig::read_from(file).map_err(|error| match error {
        KubeconfigError::ReadConfig(error, _) => unreadable(io_reason(&error)),
        other => unreadable(words(&other)),
    })
}

/// A problem of a kubeconfig without what the file holds: a parser's message could quote a token.
fn words(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("it is no valid YAML of a kubeconfig at line {}", at.line()),
            None => "it is no valid YAML of a kubeconfig".to_owned(),
        },
        KubeconfigError::LoadClusterOfContext(name) => {
            format!("the context names a cluster `{name}` that is not there")
        }
        KubeconfigError::MissingClusterUrl => "the cluster has no `server`".to_owned(),
        KubeconfigError::ParseClusterUrl(_) => "the `server` of the cluster is no address".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "the proxy (`proxy-url` or HTTPS_PROXY) is no address".to_owned(),
        KubeconfigError::LoadCertificateAuthority(error) => format!("the `certificate-authority` {}", data(error)),
        KubeconfigError::LoadClientCertificate(error) => format!("the `client-certificate` {}", data(error)),
        KubeconfigError::LoadClientKey(error) => format!("the `client-key` {}", data(error)),
        KubeconfigError::ParseCertificates(_) => "the `certificate-authority` is no PEM certificate".to_owned(),
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
            "its `apiVersion` and `kind` must be `v1` and `Config`".to_owned()
        }
        _ => "it lacks something; `kubectl config view` shows it".to_owned(),
    }
}

fn data(error: &kube::config::LoadDataError) -> String {
    match error {
        kube::config::LoadDataError::ReadFile(error, path) => {
            format!("`{}` cannot be read: {}", path.display(), io_reason(error))
        }
        kube::config::LoadDataError::DecodeBase64(_) => "is no base64".to_owned(),
        kube::config::LoadDataError::NoBase64DataOrFile => "is missing".to_owned(),
    }
}

/// Whether a server is reached without the proxy of HTTPS_PROXY, as kubectl decides: this machine always is, others by
/// NO_PROXY. (kube holds the proxy's own address against NO_PROXY instead of the server's.)
fn is_direct(server: &http::Uri, except: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    is_here || Matcher::builder().all("http://proxy.invalid").no(except).build().intercept(server).is_none()
}

/// Repeats and waits are bounded by whoever asks, so the client does neither by itself.
fn patient(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(10));
    config
}

#[cfg(test)]
mod tests {
    use super::is_direct;

    #[test]
    fn a_proxy_is_passed_by_as_kubectl_does() {
        for (server, except, expected) in [
            ("https://127.0.0.1:6443", "", true),
            ("https://localhost:6443", "", true),
            ("https://[::1]:6443", "", true),
            ("https://10.1.2.3:6443", "", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8,other", true),
            ("https://api.corp.example", "corp.example", true),
            ("https://api.corp.example", ".corp.example", true),
            ("https://api.corp.example", "*", true),
            ("https://api.corp.example", "example.com", false),
        ] {
            assert_eq!(is_direct(&server.parse().unwrap(), except), expected, "{server} {except}");
        }
    }
}
