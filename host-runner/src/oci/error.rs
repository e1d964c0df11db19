//! What can go wrong between this machine and a registry, each with the next step.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use super::manifest::ManifestError;
use super::name::NameError;
use crate::store::{Digest, StoreError};

/// A failure, with what was being done to which policy.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{name}`: {fault}")]
pub struct Error {
    /// As in `pull`.
    pub action: &'static str,
    /// The policy as the user named it, without what could be a secret.
    pub name: String,
    /// What went wrong.
    pub fault: Box<Fault>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The name names nothing.
    #[error(transparent)]
    Name(#[from] NameError),
    /// What is there is no policy.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The local store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody answers at the address.
    #[error(
        "`{host}` cannot be reached ({reason}): check the name and the network, or `HTTPS_PROXY` where there is one"
    )]
    Unreachable {
        /// The host.
        host: String,
        /// The system's reason.
        reason: String,
    },
    /// The connection broke more often than is worth trying.
    #[error(
        "the connection to `{host}` broke {tries} times ({reason}); run it again, a download continues where it stopped"
    )]
    Broken {
        /// The host.
        host: String,
        /// How often.
        tries: u32,
        /// The last reason.
        reason: String,
    },
    /// The server is too slow.
    #[error(
        "`{host}` did not finish within {seconds} s; run it again, a download continues where it stopped, or give it more time with `--timeout SECONDS`"
    )]
    Slow {
        /// The host.
        host: String,
        /// The limit.
        seconds: u64,
    },
    /// The certificate does not prove what it should.
    #[error("the certificate of `{host}` is not accepted: {reason}")]
    Certificate {
        /// The host.
        host: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The server does not speak TLS.
    #[error("`{0}` does not speak TLS; if plain http is meant, say so with `--insecure-registry {0}`")]
    NoTls(String),
    /// An `http://` address whose host nobody allowed.
    #[error("plain http is used only where it is asked for: say so with `--insecure-registry {0}`, or use https")]
    Plain(String),
    /// 401 without credentials.
    #[error("`{host}` wants credentials, and there are none for it in {place}: log in with `docker login {host}`")]
    NoCredentials {
        /// The host.
        host: String,
        /// Where they were looked for.
        place: String,
    },
    /// 401 with credentials.
    #[error("`{host}` refuses the credentials from {place}: log in again with `docker login {host}`")]
    Refused {
        /// The host.
        host: String,
        /// Where they came from.
        place: String,
    },
    /// 403.
    #[error("`{host}` denies access{}: ask its owner for the right to {right} `{repository}`", it_says(.said))]
    Forbidden {
        /// The host.
        host: String,
        /// `pull` or `push`.
        right: &'static str,
        /// The repository or path.
        repository: String,
        /// What the server says.
        said: String,
    },
    /// 404.
    #[error("`{host}` does not have it{}: check repository, tag and digest; some registries say so, too, when credentials are missing", it_says(.said))]
    NotFound {
        /// The host.
        host: String,
        /// What the server says.
        said: String,
    },
    /// 429, more often than is worth trying.
    #[error("`{host}` takes no more requests for now{}: try again later{}", it_says(.said), it_asks(.wait))]
    TooMany {
        /// The host.
        host: String,
        /// Seconds that it asks to wait, when it says so.
        wait: Option<u64>,
        /// What the server says.
        said: String,
    },
    /// Another status.
    #[error("`{host}` answers with status {status}{}{}", it_says(.said), so_often(.tries))]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// How often it was asked.
        tries: u32,
        /// What the server says.
        said: String,
    },
    /// It leads elsewhere in a way that is not followed.
    #[error("`{host}` redirects {reason}, which is not followed: check the address, or ask the owner of the registry")]
    Redirect {
        /// The host.
        host: String,
        /// Where, and what is wrong with that.
        reason: String,
    },
    /// It answers what no registry answers.
    #[error("`{host}` does not answer as a registry does ({reason}): check the host")]
    Strange {
        /// The host.
        host: String,
        /// What is odd.
        reason: String,
    },
    /// Content that is not what its digest says.
    #[error(
        "{what} is not what its digest says: {expected} was expected, {actual} arrived; do not use it, and tell the owner of the registry"
    )]
    Digest {
        /// `the manifest` or `the module`.
        what: &'static str,
        /// The digest that was asked for.
        expected: Digest,
        /// The digest of what came.
        actual: Digest,
    },
    /// A content of another size than announced.
    #[error("{what} was announced with {announced} bytes, and {actual} arrived; push the policy again")]
    Size {
        /// What.
        what: &'static str,
        /// Bytes announced.
        announced: u64,
        /// Bytes that came, or how many of them were read.
        actual: u64,
    },
    /// An answer beyond its limit.
    #[error("{what} has more than {most} bytes, which is the limit; nothing was kept")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// The content is no Wasm.
    #[error("its content is no Wasm module: it does not start with `\\0asm`; nothing was kept")]
    NotWasm,
    /// The module cannot be pushed.
    #[error("{0}")]
    Unfit(String),
    /// Credentials cannot be read.
    #[error("{0}")]
    Credentials(String),
    /// A file with options cannot be read.
    #[error("`{}` cannot be used: {reason}", .file.display())]
    Options {
        /// The file.
        file: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The TLS library cannot start.
    #[error("TLS cannot start ({0}): install `ca-certificates`, or name the authorities with `--ca FILE`")]
    NoTrust(String),
    /// The network is not to be used, and the store does not have it.
    #[error(
        "it is not in the store, and `--offline` keeps from asking: pull it first, or `regwarden policies load` it"
    )]
    Offline,
    /// The tag cannot be resolved now, and an older copy exists.
    #[error("{fault}\nthe copy that was pulled before ({digest}) is used with `--offline`")]
    Older {
        /// Why the registry was of no use.
        fault: Box<Fault>,
        /// The digest of the copy.
        digest: Digest,
    },
    /// The user's own machine fails.
    #[error("{0}")]
    Local(String),
}

fn it_says(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" (it says: {text})") }
}

fn it_asks(seconds: &Option<u64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(", it asks for {seconds} s"))
}

fn so_often(tries: &u32) -> String {
    if *tries > 1 { format!(", {tries} times; try again later") } else { String::new() }
}

impl Fault {
    /// Adds what was being done.
    pub(crate) fn while_(self, action: &'static str, name: &str) -> Error {
        Error { action, name: super::name::shown(name), fault: Box::new(self) }
    }

    /// What a failed request means, and whether another attempt may end differently.
    pub(crate) fn of_request(host: &str, error: &reqwest::Error) -> (Self, bool) {
        let host = host.to_owned();
        if error.is_redirect() {
            let reason = root(error);
            return (Self::Redirect { host, reason }, false);
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return (of_tls(host, tls), false);
        }
        if error.is_builder() {
            return (Self::NoTrust(root(error)), false);
        }
        let reason = root(error);
        let refused = find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if error.is_connect() {
            // A name that does not exist and a port where nobody listens stay so for the next seconds.
            let lasts = refused || reason.contains("failed to lookup") || reason.contains("dns error");
            return (Self::Unreachable { host, reason }, !lasts && !error.is_timeout());
        }
        let reason = if error.is_timeout() { "no byte for half a minute".to_owned() } else { reason };
        (Self::Broken { host, tries: 1, reason }, true)
    }
}

fn of_tls(host: String, error: &rustls::Error) -> Fault {
    use rustls::CertificateError as Bad;
    let reason = match error {
        rustls::Error::InvalidMessage(_) => return Fault::NoTls(host),
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "it has expired; renew it on the server",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "it is not valid yet; check the clocks",
            Bad::UnknownIssuer => {
                "nobody that this machine trusts has signed it; if the authority is yours, name it with `--ca FILE`"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "it is for another host; check the address",
            Bad::Revoked => "it has been revoked",
            other => return Fault::Certificate { host, reason: format!("{other}; replace it on the server") },
        },
        other => return Fault::Certificate { host, reason: other.to_string() },
    };
    Fault::Certificate { host, reason: reason.to_owned() }
}

/// The innermost reason, without the address, whose query may hold a token.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = text.split_once(" (os error").map_or(&*text, |(text, _)| text);
    text.chars().filter(|c| !c.is_control()).take(200).collect::<String>().to_lowercase()
}

/// The cause of a type, also where an I/O error hides it.
fn find<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}
