//! HTTP for probes: verified TLS, no redirects, no cookies, limits on time and size; failures sorted by their cause.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage, RootCertStore, SignatureScheme};

use super::hosts::{Leave, api, host_of, same_server};
use super::outcome::{Outcome, TlsFault};

/// The largest answer that is read: tokens of realms, which are some kilobytes.
const LARGEST: usize = 256 << 10;

/// The clients of one run.
#[derive(Clone, Debug)]
pub struct Clients {
    verified: Client,
    /// For hosts that the user named: no proxy of the environment sees what is sent in the clear.
    unverified: Client,
    leave: Arc<Leave>,
}

impl Clients {
    /// Clients that trust the system's authorities and those of `authorities` (PEM), and give each request `timeout`.
    ///
    /// # Errors
    /// What is wrong with the authorities.
    pub fn new(authorities: &[Vec<u8>], timeout: Duration, leave: Leave) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for pem in authorities {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| "it holds a broken PEM block".to_owned())?;
                roots.add(certificate).map_err(|_| "it holds a certificate that cannot be read".to_owned())?;
            }
            if roots.len() == before {
                return Err("it holds no certificate in PEM".to_owned());
            }
        }
        let builder = || {
            ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| format!("TLS cannot be set up: {error}"))
        };
        let strict = builder()?;
        let strict = if roots.is_empty() {
            // rustls wants at least one authority; without any nothing can be verified.
            strict
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Nobody(provider.clone())))
                .with_no_client_auth()
        } else {
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(|error| format!("TLS cannot be set up: {error}"))?;
            strict.with_webpki_verifier(verifier).with_no_client_auth()
        };
        let lax = builder()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider.clone())))
            .with_no_client_auth();
        let client = |tls: ClientConfig| {
            Client::builder()
                .tls_backend_preconfigured(tls)
                .redirect(redirect::Policy::none())
                .referer(false)
                .timeout(timeout)
                .connect_timeout(timeout)
                .user_agent(concat!("regwarden/", env!("CARGO_PKG_VERSION")))
        };
        let build = |client: reqwest::ClientBuilder| client.build().map_err(|error| error.to_string());
        Ok(Self {
            verified: build(client(strict).https_only(true))?,
            unverified: build(client(lax).no_proxy())?,
            leave: Arc::new(leave),
        })
    }

    /// What the user allows.
    #[must_use]
    pub fn leave(&self) -> &Leave {
        &self.leave
    }

    fn request(&self, registry: &str, method: Method, url: &Url) -> RequestBuilder {
        // Leave for a registry is none for a realm on another host.
        let is_own =
            Url::parse(&format!("{}://{}", url.scheme(), api(registry))).is_ok_and(|own| same_server(&own, url));
        let insecure = if is_own { self.leave.is_insecure(registry) } else { self.leave.is_insecure(&host_of(url)) };
        let client = if insecure { &self.unverified } else { &self.verified };
        client.request(method, url.clone())
    }

    /// One request on behalf of a registry. The body of the answer has not been read.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(
        &self,
        registry: &str,
        method: Method,
        url: &Url,
        authorization: Option<&HeaderValue>,
        change: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Response, Outcome> {
        let mut request = change(self.request(registry, method, url));
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        request.send().await.map_err(|error| cause(&error))
    }
}

/// The content of an answer, if it is not larger than a token needs.
///
/// # Errors
/// When it is larger, or breaks off.
pub async fn content(mut response: Response) -> Result<Vec<u8>, Outcome> {
    let mut content = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| cause(&error))? {
        if content.len() + piece.len() > LARGEST {
            return Err(Outcome::BadToken("the answer is too large"));
        }
        content.extend_from_slice(&piece);
    }
    Ok(content)
}

/// A failed request by its cause. Nothing of the error's own text is kept: it may quote a URL.
fn cause(error: &reqwest::Error) -> Outcome {
    let mut source = error.source();
    let mut is_dns = false;
    while let Some(inner) = source {
        if let Some(outcome) = known_cause(inner) {
            return outcome;
        }
        // hyper-util names this error by its text only.
        is_dns |= inner.to_string().starts_with("dns error");
        source = inner.source();
    }
    match (is_dns, error.is_timeout()) {
        (_, true) => Outcome::TimedOut,
        (true, false) => Outcome::Dns,
        (false, false) => Outcome::Network,
    }
}

/// A cause that says what it is. An error of the system may hide another one, which it does not name as its source.
fn known_cause<'e>(mut error: &'e (dyn std::error::Error + 'static)) -> Option<Outcome> {
    loop {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls_cause(tls));
        }
        let system = error.downcast_ref::<io::Error>()?;
        match system.kind() {
            io::ErrorKind::ConnectionRefused => return Some(Outcome::ConnectionRefused),
            io::ErrorKind::TimedOut => return Some(Outcome::TimedOut),
            _ => {}
        }
        let hidden: &'e (dyn std::error::Error + Send + Sync + 'static) = system.get_ref()?;
        error = hidden;
    }
}

fn tls_cause(error: &rustls::Error) -> Outcome {
    let fault = match error {
        // An answer that begins as no TLS record does.
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            return Outcome::PlainHttp;
        }
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYet,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::Name,
            _ => TlsFault::Other,
        },
        _ => TlsFault::Other,
    };
    Outcome::Tls(fault)
}

/// Takes any certificate: for registries that the user named as insecure.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

/// Takes none: there is no authority on this machine.
#[derive(Debug)]
struct Nobody(Arc<CryptoProvider>);

macro_rules! verifier {
    ($name:ident, $verdict:expr) => {
        impl ServerCertVerifier for $name {
            fn verify_server_cert(
                &self,
                _: &CertificateDer<'_>,
                _: &[CertificateDer<'_>],
                _: &ServerName<'_>,
                _: &[u8],
                _: UnixTime,
            ) -> Result<ServerCertVerified, rustls::Error> {
                $verdict
            }

            fn verify_tls12_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signature: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                let algorithms = &self.0.signature_verification_algorithms;
                rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
            }

            fn verify_tls13_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signature: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                let algorithms = &self.0.signature_verification_algorithms;
                rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
            }

            fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
                self.0.signature_verification_algorithms.supported_schemes()
            }
        }
    };
}

verifier!(Anybody, Ok(ServerCertVerified::assertion()));
verifier!(Nobody, Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)));
