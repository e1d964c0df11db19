//! How registries are reached: which of them without protection, which authorities are trusted, through which proxies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use super::error::Fault;
use crate::manifest::{self, Limits};
use crate::reason::{io_reason, read_json};
use crate::source;

/// Largest file of options or certificates in bytes.
const LARGEST: usize = 4 << 20;

/// Options of everything that talks to registries.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts, with their ports, of which any certificate is accepted, and plain http.
    pub insecure: Vec<String>,
    /// Authorities that are trusted for every host, besides the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Authorities that are trusted for one host, with its port.
    pub authorities_of: BTreeMap<String, Vec<CertificateDer<'static>>>,
    /// Proxies from the file; the environment comes first.
    pub proxies: Proxies,
    /// Time for one operation from beginning to end.
    pub timeout: Duration,
    /// Nothing is asked over the network.
    pub offline: bool,
}

/// Proxies, as their environment variables name them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Proxies {
    /// For `http://`.
    #[serde(default)]
    pub http_proxy: Option<String>,
    /// For `https://`.
    #[serde(default)]
    pub https_proxy: Option<String>,
    /// Hosts that are reached directly.
    #[serde(default)]
    pub no_proxy: Option<String>,
}

#[derive(Deserialize)]
struct Sources {
    #[serde(default)]
    insecure_sources: Vec<String>,
    #[serde(default)]
    source_authorities: BTreeMap<String, Vec<Authority>>,
    #[serde(default)]
    proxies: Proxies,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Authority {
    Path { path: PathBuf },
    Data { data: String },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            authorities: Vec::new(),
            authorities_of: BTreeMap::new(),
            proxies: Proxies::default(),
            timeout: Duration::from_secs(300),
            offline: false,
        }
    }
}

impl Options {
    /// Adds what a `sources.yaml` of Kubewarden says. Without a file the user's is read if there is one:
    /// `$XDG_CONFIG_HOME/kubewarden/sources.yaml`, else `~/.config/kubewarden/sources.yaml`.
    ///
    /// # Errors
    /// When the file, or a certificate that it names, cannot be read.
    pub fn add_sources(&mut self, file: Option<&Path>) -> Result<(), Fault> {
        let file = match file {
            Some(file) => file.to_owned(),
            None => match users_sources() {
                Some(file) if file.exists() => file,
                _ => return Ok(()),
            },
        };
        let refused = |reason: String| Fault::Options { file: file.clone(), reason };
        let bytes = read(&file)?;
        let stream = manifest::read(&bytes, &Limits { bytes: LARGEST, ..Limits::default() });
        if let Some(error) = stream.error {
            return Err(refused(format!("line {}: {}", error.line, error.problem)));
        }
        let Some(document) = stream.documents.first() else { return Ok(()) };
        let sources: Sources = read_json(&document.json).map_err(|reason| {
            refused(format!("{reason}; its keys are `insecure_sources`, `source_authorities` and `proxies`"))
        })?;
        self.insecure.extend(sources.insecure_sources);
        for (host, authorities) in sources.source_authorities {
            let place = self.authorities_of.entry(host).or_default();
            for authority in authorities {
                place.extend(match authority {
                    Authority::Path { path } => certificates(&read(&path)?, &path)?,
                    Authority::Data { data } => certificates(data.as_bytes(), &file)?,
                });
            }
        }
        self.proxies = sources.proxies;
        Ok(())
    }

    /// Trusts the authorities of a file, PEM or DER, for every host.
    ///
    /// # Errors
    /// When it holds no certificate.
    pub fn add_authorities(&mut self, file: &Path) -> Result<(), Fault> {
        self.authorities.extend(certificates(&read(file)?, file)?);
        Ok(())
    }

    /// Whether the user accepts that a host is reached without protection.
    #[must_use]
    pub fn is_insecure(&self, host: &str) -> bool {
        self.insecure.iter().any(|known| known == host)
    }
}

fn users_sources() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(base.join("kubewarden").join("sources.yaml"))
}

fn read(file: &Path) -> Result<Vec<u8>, Fault> {
    let refused = |reason: String| Fault::Options { file: file.to_owned(), reason };
    let bytes = source::read(Some(file), LARGEST).map_err(|error| refused(io_reason(&error)))?;
    if bytes.len() > LARGEST { Err(refused(format!("it is larger than {LARGEST} bytes"))) } else { Ok(bytes) }
}

fn certificates(bytes: &[u8], file: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let refused = |reason: &str| Fault::Options { file: file.to_owned(), reason: reason.to_owned() };
    if bytes.starts_with(&[0x30]) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(refused("it holds no certificate, neither PEM nor DER; name the certificate of the authority")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_as_kubewarden_writes_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sources.yaml");
        let text = "insecure_sources: [\"localhost:5000\"]\nproxies: {https_proxy: \"http://p:3128\"}\n";
        std::fs::write(&file, text).unwrap();
        let mut options = Options::default();
        options.add_sources(Some(&file)).unwrap();
        assert!(options.is_insecure("localhost:5000") && !options.is_insecure("localhost:5001"));
        assert_eq!(options.proxies.https_proxy.as_deref(), Some("http://p:3128"));
        std::fs::write(&file, "source_authorities: {\"r.io\": [{type: Data, data: nothing}]}").unwrap();
        assert!(Options::default().add_sources(Some(&file)).is_err());
        std::fs::write(&file, "insecure_sources: hunter2").unwrap();
        let error = Options::default().add_sources(Some(&file)).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
