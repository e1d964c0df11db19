//! Requests to one host: repeated when that can help, with credentials when it asks for them, read within limits.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_RANGE, HeaderMap, RANGE, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, Url};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::auth::{self, Pass};
use super::body::said;
use super::credentials::{self, Looked};
use super::error::Fault;
use super::options::Options;
use super::trust::{self, Mode};

/// Attempts for one request.
pub(super) const TRIES: u32 = 4;

/// The pause after the first failure; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(400);

/// A server that asks to wait longer is told to the user instead.
const LONGEST_WAIT: u64 = 30;

/// A host with everything that is known about reaching it.
pub(super) struct Host {
    pub(super) options: Options,
    /// With its port, as in a reference.
    pub(super) name: String,
    pub(super) mode: Mode,
    pub(super) client: Client,
    /// What the host is asked for, as in `repository:x:pull`; none for a server that is no registry.
    scope: Option<String>,
    /// The repository, or the path on a plain server.
    pub(super) repository: String,
    pass: Mutex<Option<Pass>>,
    looked: Mutex<Option<Looked>>,
}

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) accept: &'a str,
    /// Bytes that are there already.
    pub(super) from: u64,
}

impl Host {
    /// A registry. One that the user accepts without protection is tried with TLS first, and with plain http after.
    pub(super) async fn registry(
        options: &Options,
        name: &str,
        repository: &str,
        right: &'static str,
    ) -> Result<Self, Fault> {
        let scope = Some(format!("repository:{repository}:{right}"));
        let insecure = options.is_insecure(name);
        let mut host =
            Self::new(options, name, if insecure { Mode::Unverified } else { Mode::Verified }, scope, repository)?;
        if insecure {
            let url = host.url("/v2/")?;
            if host.client.get(url).send().await.is_err() {
                let plain = Self::new(options, name, Mode::Plain, host.scope.take(), repository)?;
                return Ok(plain);
            }
        }
        Ok(host)
    }

    /// A server that is no registry, in the mode that its address says.
    pub(super) fn server(options: &Options, url: &Url) -> Result<Self, Fault> {
        let name = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let mode = match (url.scheme(), options.is_insecure(&name)) {
            ("https", false) => Mode::Verified,
            ("https", true) => Mode::Unverified,
            (_, true) => Mode::Plain,
            (_, false) => return Err(Fault::Plain(name)),
        };
        Self::new(options, &name, mode, None, url.path())
    }

    fn new(options: &Options, name: &str, mode: Mode, scope: Option<String>, repository: &str) -> Result<Self, Fault> {
        Ok(Self {
            client: trust::client(options, name, mode)?,
            options: options.clone(),
            name: name.to_owned(),
            mode,
            scope,
            repository: repository.to_owned(),
            pass: Mutex::new(None),
            looked: Mutex::new(None),
        })
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> Result<Url, Fault> {
        Url::parse(&format!("{}://{}{path}", self.mode.scheme(), self.name))
            .map_err(|_| Fault::Strange { host: self.name.clone(), reason: "its name is no host".to_owned() })
    }

    /// What requests carry now, for oci-client.
    pub(super) async fn pass(&self) -> Option<Pass> {
        self.pass.lock().await.clone()
    }

    /// Asks, again where that can help, and answers a response of success or of a partial content.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Response, Fault> {
        let mut tries = 0;
        let mut challenged = false;
        loop {
            tries += 1;
            let mut request = self.client.request(ask.method.clone(), ask.url.clone()).header(ACCEPT, ask.accept);
            if ask.from > 0 {
                request = request.header(RANGE, format!("bytes={}-", ask.from));
            }
            if let Some(pass) = self.pass.lock().await.as_ref() {
                request = request.header(AUTHORIZATION, pass.header.clone());
            }
            let response = match request.send().await {
                Ok(response) => response,
                Err(error) => {
                    let (fault, may_pass) = Fault::of_request(&self.name, &error);
                    if may_pass && tries < TRIES {
                        sleep(pause(tries)).await;
                        continue;
                    }
                    return Err(after(fault, tries));
                }
            };
            let status = response.status();
            if status.is_success() || (status == StatusCode::RANGE_NOT_SATISFIABLE && ask.from > 0) {
                return Ok(response);
            }
            if status == StatusCode::UNAUTHORIZED && !challenged && self.is_here(&response) {
                challenged = true;
                // The answer to a challenge is no second attempt at a failure.
                tries -= 1;
                self.authorize(response.headers()).await?;
                continue;
            }
            let wait = retry_after(response.headers());
            let repeats = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
            if repeats && tries < TRIES && wait.is_none_or(|wait| wait <= LONGEST_WAIT) {
                sleep(wait.map_or_else(|| pause(tries), Duration::from_secs)).await;
                continue;
            }
            return Err(self.fault(response, tries, wait).await);
        }
    }

    /// Whether an answer came from the host itself, not from where it redirected.
    fn is_here(&self, response: &Response) -> bool {
        let at = response.url();
        self.url("/")
            .is_ok_and(|own| own.host() == at.host() && own.port_or_known_default() == at.port_or_known_default())
    }

    async fn authorize(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let Some(scope) = &self.scope else { return Ok(()) };
        let looked = {
            let mut looked = self.looked.lock().await;
            if looked.is_none() {
                *looked = Some(credentials::look_up(&self.name, &self.repository)?);
            }
            looked.clone().unwrap_or_default()
        };
        let pass = auth::answer(&self.options, &self.name, self.mode, headers, &looked, scope).await?;
        *self.pass.lock().await = Some(pass);
        Ok(())
    }

    /// What an answer without success means.
    async fn fault(&self, response: Response, tries: u32, wait: Option<u64>) -> Fault {
        let host = response.url().host_str().filter(|_| !self.is_here(&response)).unwrap_or(&self.name).to_owned();
        let status = response.status();
        let said = said(response).await;
        let place = self.looked.lock().await.as_ref().map(|looked| looked.place.clone());
        let right = if self.scope.as_ref().is_some_and(|scope| scope.ends_with("push")) { "push" } else { "pull" };
        match status {
            StatusCode::UNAUTHORIZED => match place {
                Some(place) => Fault::Refused { host, place },
                None => Fault::NoCredentials { host, place: "this address".to_owned() },
            },
            StatusCode::FORBIDDEN => Fault::Forbidden { host, right, repository: self.repository.clone(), said },
            StatusCode::NOT_FOUND => Fault::NotFound { host, said },
            StatusCode::TOO_MANY_REQUESTS => Fault::TooMany { host, wait, said },
            _ if status.is_redirection() => Fault::Redirect { host, reason: "without saying where to".to_owned() },
            _ => Fault::Status { host, status: status.as_u16(), tries, said },
        }
    }
}

/// The pause before the next attempt.
pub(super) fn pause(tries: u32) -> Duration {
    PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(6))
}

/// A broken connection says how often it was tried.
fn after(fault: Fault, count: u32) -> Fault {
    match fault {
        Fault::Broken { host, reason, .. } => Fault::Broken { host, tries: count, reason },
        other => other,
    }
}

/// `Retry-After` in seconds. Dates are left to the ordinary pause.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// Where a partial content begins.
pub(super) fn range_start(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}
