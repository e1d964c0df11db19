//! HTTP clients: which certificates are accepted, through which proxy, and which redirects are followed.

use std::time::Duration;

use oci_client::client::{Certificate as OciCertificate, CertificateEncoding, ClientConfig, ClientProtocol};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, NoProxy, Proxy};
use rustls::pki_types::CertificateDer;

use super::error::Fault;
use super::options::{Options, Proxies};

/// How this program names itself.
const AGENT: &str = concat!("regwarden/", env!("CARGO_PKG_VERSION"));

/// Time for one connection to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Time without a single byte.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Redirects that are followed one after the other; a registry needs one or two.
const MOST_REDIRECTS: usize = 5;

/// How a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// TLS with a certificate that proves the host.
    Verified,
    /// TLS with any certificate, where the user accepts that.
    Unverified,
    /// Plain http, where the user accepts that.
    Plain,
}

impl Mode {
    /// As in `https`.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            Self::Verified | Self::Unverified => "https",
            Self::Plain => "http",
        }
    }
}

/// Chooses the TLS library's cryptography; without that it would refuse to start.
fn prepare() {
    // Another part of the program may have chosen already, and the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn authorities<'a>(options: &'a Options, host: &'a str) -> impl Iterator<Item = &'a CertificateDer<'static>> {
    options.authorities.iter().chain(options.authorities_of.get(host).into_iter().flatten())
}

/// A client for one host.
pub(super) fn client(options: &Options, host: &str, mode: Mode) -> Result<Client, Fault> {
    prepare();
    let refused = |error: reqwest::Error| Fault::of_request(host, &error).0;
    let certificates: Result<Vec<_>, _> = authorities(options, host).map(|der| Certificate::from_der(der)).collect();
    let mut builder = Client::builder()
        .user_agent(AGENT)
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .referer(false)
        .redirect(Policy::custom(follow))
        .tls_certs_merge(certificates.map_err(refused)?)
        .tls_danger_accept_invalid_certs(mode != Mode::Verified);
    for proxy in proxies(&options.proxies) {
        builder = builder.proxy(proxy.map_err(|_| bad_proxy())?);
    }
    builder.build().map_err(refused)
}

/// The configuration of an oci-client for one host.
pub(super) fn config(options: &Options, host: &str, mode: Mode) -> ClientConfig {
    prepare();
    let extra_root_certificates = authorities(options, host)
        .map(|der| OciCertificate { encoding: CertificateEncoding::Der, data: der.to_vec() })
        .collect();
    let proxies = effective(&options.proxies);
    ClientConfig {
        protocol: if mode == Mode::Plain { ClientProtocol::Http } else { ClientProtocol::Https },
        accept_invalid_certificates: mode != Mode::Verified,
        extra_root_certificates,
        read_timeout: Some(SILENCE),
        connect_timeout: Some(CONNECT),
        user_agent: AGENT,
        https_proxy: proxies.https_proxy,
        http_proxy: proxies.http_proxy,
        no_proxy: proxies.no_proxy,
        ..ClientConfig::default()
    }
}

fn bad_proxy() -> Fault {
    Fault::Local("the address of a proxy cannot be read: correct `proxies` in sources.yaml, or HTTPS_PROXY".to_owned())
}

/// Nothing when the file names no proxy: the HTTP library reads the environment by itself. Otherwise the file's, under
/// those of the environment.
fn effective(file: &Proxies) -> Proxies {
    if file.http_proxy.is_none() && file.https_proxy.is_none() {
        return Proxies::default();
    }
    let variable = |names: [&str; 2], file: &Option<String>| {
        let found = names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        found.or_else(|| file.clone())
    };
    Proxies {
        http_proxy: variable(["HTTP_PROXY", "http_proxy"], &file.http_proxy),
        https_proxy: variable(["HTTPS_PROXY", "https_proxy"], &file.https_proxy),
        no_proxy: variable(["NO_PROXY", "no_proxy"], &file.no_proxy),
    }
}

fn proxies(file: &Proxies) -> impl Iterator<Item = reqwest::Result<Proxy>> {
    let Proxies { http_proxy, https_proxy, no_proxy } = effective(file);
    let except = move || no_proxy.as_deref().and_then(NoProxy::from_string);
    let all = [https_proxy.map(Proxy::https), http_proxy.map(Proxy::http)];
    all.into_iter().flatten().map(move |proxy| proxy.map(|proxy| proxy.no_proxy(except())))
}

/// Redirects lead blobs to where they are kept. Credentials are not sent along: the HTTP library drops them at another
/// host, port or scheme. From https to http nothing is followed.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from_tls = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if from_tls && attempt.url().scheme() != "https" {
        let host = attempt.url().host_str().unwrap_or_default().to_owned();
        attempt.error(Refused(format!("to plain http at `{host}`")))
    } else if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error(Refused(format!("more than {MOST_REDIRECTS} times")))
    } else {
        attempt.follow()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);
