//! One registry while it is probed: how it is reached, how it wants to be logged in to, and the requests themselves.

use std::time::Duration;

use regwarden_sdk::docker_config::docker::Entry;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;

use super::challenge::Challenge;
use super::client::{Clients, content};
use super::hosts::{self, api, host_of, own_place};
use super::outcome::{Action, Outcome};

/// What images are: OCI's and docker's manifests and lists of them.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5";

/// How long a registry that may be insecure has to answer a TLS greeting.
const HURRY: Duration = Duration::from_secs(3);

/// The name by which token servers know this client.
const CLIENT: &str = "regwarden";

/// The actions of the scope with which an upload is cancelled where `pull,push` does not do.
const CANCEL: &str = "pull,push,delete";

/// Where in a registry something is tried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// The repository, without the host.
    pub(super) repository: String,
    /// Tag or digest.
    pub(super) reference: String,
    /// What is tried.
    pub(super) action: Action,
}

/// A registry that has answered.
#[derive(Clone, Debug)]
pub(super) struct Session {
    clients: Clients,
    registry: String,
    base: Url,
    /// None: `/v2/` is open to everybody.
    challenge: Option<Challenge>,
}

impl Session {
    /// Asks whether a registry is there and how it wants to be logged in to.
    pub(super) async fn open(clients: &Clients, registry: &str) -> Result<Self, Outcome> {
        let is_insecure = clients.leave().is_insecure(registry);
        let try_scheme = async |scheme: &str| -> Result<(Url, Response), Outcome> {
            let base = Url::parse(&format!("{scheme}://{}/v2/", api(registry)))
                .map_err(|_| Outcome::NotTried("the name of the registry is no host".to_owned()))?;
            // A server of plain http may wait for more of what it takes for a request.
            let hurry = is_insecure && scheme == "https";
            let change = |request: RequestBuilder| if hurry { request.timeout(HURRY) } else { request };
            let response = clients.send(registry, Method::GET, &base, None, change).await?;
            Ok((base, response))
        };
        let mut answer = try_scheme("https").await;
        // Where the user allows it, as docker does: https whatever the certificate, else http.
        let no_tls =
            matches!(answer, Err(Outcome::PlainHttp | Outcome::Tls(_) | Outcome::ConnectionRefused | Outcome::Network));
        if no_tls && clients.leave().is_insecure(registry) {
            answer = try_scheme("http").await;
        }
        let (base, response) = answer?;
        let challenge = match response.status() {
            StatusCode::OK => None,
            StatusCode::UNAUTHORIZED => Some(Challenge::read(response.headers())?),
            _ => return Err(odd(&response, &base)),
        };
        Ok(Self { clients: clients.clone(), registry: registry.to_owned(), base, challenge })
    }

    /// Shows `credential`, or nothing, and does what the target says.
    pub(super) async fn probe(&self, credential: Option<&Entry<'static>>, target: &Target) -> Outcome {
        match self.try_probe(credential, target).await {
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    async fn try_probe(&self, credential: Option<&Entry<'static>>, target: &Target) -> Result<Outcome, Outcome> {
        let mut challenge = self.challenge.clone();
        let scope = target.action.scope();
        let mut shown = self.login(challenge.as_ref(), credential, target, scope).await?;
        let mut response = self.ask(target, shown.as_ref()).await?;
        if response.status() == StatusCode::UNAUTHORIZED && challenge.is_none() {
            // Some registries open `/v2/` to everybody and ask at the repository.
            challenge = Some(Challenge::read(response.headers())?);
            shown = self.login(challenge.as_ref(), credential, target, scope).await?;
            response = self.ask(target, shown.as_ref()).await?;
        }
        let status = response.status();
        let outcome = match status {
            StatusCode::OK | StatusCode::ACCEPTED if challenge.is_none() => Outcome::Open,
            StatusCode::OK => Outcome::Works { left_open: false },
            StatusCode::ACCEPTED => Outcome::Works { left_open: false },
            StatusCode::NOT_FOUND if target.action == Action::Login => Outcome::LoggedIn,
            StatusCode::NOT_FOUND => Outcome::NotFound,
            StatusCode::UNAUTHORIZED if credential.is_none() => Outcome::AnonymousRefused,
            StatusCode::UNAUTHORIZED if challenge == Some(Challenge::Basic) => Outcome::Refused,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Outcome::Forbidden,
            StatusCode::METHOD_NOT_ALLOWED if target.action == Action::Push => Outcome::ReadOnly,
            _ => return Err(odd(&response, &self.base)),
        };
        if status == StatusCode::ACCEPTED {
            let mut cancelled = self.cancel(&response, shown.as_ref()).await;
            if !cancelled && matches!(challenge, Some(Challenge::Bearer { .. })) {
                // docker's registry wants the right to delete for that, which not everybody who pushes has.
                let shown = self.login(challenge.as_ref(), credential, target, CANCEL).await;
                cancelled = matches!(shown, Ok(shown) if self.cancel(&response, shown.as_ref()).await);
            }
            return Ok(if cancelled { outcome } else { Outcome::Works { left_open: true } });
        }
        Ok(outcome)
    }

    /// The request that shows whether it works.
    async fn ask(&self, target: &Target, shown: Option<&HeaderValue>) -> Result<Response, Outcome> {
        let path = |rest: &str| {
            self.base
                .join(&format!("{}/{rest}", target.repository))
                .map_err(|_| Outcome::NotTried("the name of the repository is no path".to_owned()))
        };
        if target.action == Action::Push {
            let url = path("blobs/uploads/")?;
            return self.send(Method::POST, &url, shown, |request| request.body("")).await;
        }
        let url = path(&format!("manifests/{}", target.reference))?;
        self.send(Method::HEAD, &url, shown, |request| request.header(ACCEPT, MANIFESTS)).await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        shown: Option<&HeaderValue>,
        change: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Response, Outcome> {
        self.clients.send(&self.registry, method, url, shown, change).await
    }

    /// Cancels the upload that an answer opened; whether that was done.
    async fn cancel(&self, opened: &Response, shown: Option<&HeaderValue>) -> bool {
        let location = opened.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let place = location.and_then(|location| own_place(&self.base, opened.url(), location));
        let Some(place) = place else { return false };
        let answer = self.send(Method::DELETE, &place, shown, |request| request).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// What is shown with each request; nothing where nothing is asked for.
    async fn login(
        &self,
        challenge: Option<&Challenge>,
        credential: Option<&Entry<'static>>,
        target: &Target,
        actions: &str,
    ) -> Result<Option<HeaderValue>, Outcome> {
        let Some(challenge) = challenge else { return Ok(None) };
        if let Some(entry) = credential.filter(|entry| !entry.registry_token.is_empty()) {
            return bearer(entry.registry_token.expose()).map(Some);
        }
        match (challenge, credential) {
            (Challenge::Basic, None) => Err(Outcome::AnonymousRefused),
            (Challenge::Basic, Some(entry)) if entry.credentials.is_empty() => Err(Outcome::WrongKind),
            (Challenge::Basic, Some(entry)) => {
                let shown = basic(entry)?;
                let answer = self.send(Method::GET, &self.base, Some(&shown), |request| request).await?;
                match answer.status() {
                    StatusCode::UNAUTHORIZED => Err(Outcome::Refused),
                    // Whoever may not look at the front door may still have a right to a repository.
                    StatusCode::OK | StatusCode::FORBIDDEN => Ok(Some(shown)),
                    _ => Err(odd(&answer, &self.base)),
                }
            }
            (Challenge::Bearer { realm, service }, credential) => {
                let realm = hosts::realm(&self.registry, &self.base, realm, self.clients.leave())?;
                let scope = format!("repository:{}:{actions}", target.repository);
                let token = self.token(realm, service, credential, &scope).await?;
                bearer(token.as_bytes()).map(Some)
            }
        }
    }

    /// A token of the realm (distribution's token specification; for identity tokens its OAuth2 form).
    async fn token(
        &self,
        mut realm: Url,
        service: &str,
        credential: Option<&Entry<'static>>,
        scope: &str,
    ) -> Result<String, Outcome> {
        let identity = credential.filter(|entry| !entry.identity_token.is_empty());
        let response = match identity {
            Some(entry) => {
                let token = std::str::from_utf8(entry.identity_token.expose()).map_err(|_| Outcome::WrongKind)?;
                let mut form = Url::parse("form:").map_err(|_| Outcome::Network)?;
                let _ = form
                    .query_pairs_mut()
                    .append_pair("grant_type", "refresh_token")
                    .append_pair("service", service)
                    .append_pair("client_id", CLIENT)
                    .append_pair("scope", scope)
                    .append_pair("refresh_token", token);
                let form = form.query().unwrap_or_default().to_owned();
                let kind = "application/x-www-form-urlencoded";
                self.send(Method::POST, &realm, None, |request| request.header(CONTENT_TYPE, kind).body(form)).await?
            }
            None => {
                {
                    let mut query = realm.query_pairs_mut();
                    if !service.is_empty() {
                        query.append_pair("service", service);
                    }
                    query.append_pair("scope", scope);
                }
                let shown = credential.map(basic).transpose()?;
                self.send(Method::GET, &realm, shown.as_ref(), |request| request).await?
            }
        };
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if credential.is_none() => {
                return Err(Outcome::AnonymousRefused);
            }
            // OAuth2 says 400 to a refresh token that is not good.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Outcome::Refused),
            StatusCode::BAD_REQUEST if identity.is_some() => return Err(Outcome::Refused),
            _ => return Err(odd(&response, &realm)),
        }
        let content = content(response).await?;
        let said: Said = serde_json::from_slice(&content).map_err(|_| Outcome::BadToken("the answer is no JSON"))?;
        let token = said.token.filter(|token| !token.is_empty()).or(said.access_token);
        token.filter(|token| !token.is_empty()).ok_or(Outcome::BadToken("there is no token in it"))
    }
}

/// What a realm answers; not printed by anything.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

/// The header of user and password.
fn basic(entry: &Entry<'static>) -> Result<HeaderValue, Outcome> {
    hidden(&[b"Basic ", entry.credentials.basic().expose()].concat())
}

/// The header of a token.
fn bearer(token: &[u8]) -> Result<HeaderValue, Outcome> {
    hidden(&[b"Bearer ", token].concat())
}

fn hidden(text: &[u8]) -> Result<HeaderValue, Outcome> {
    let mut value =
        HeaderValue::from_bytes(text).map_err(|_| Outcome::BadToken("it holds what no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An answer that is neither yes nor no.
fn odd(response: &Response, base: &Url) -> Outcome {
    let status = response.status();
    match status.as_u16() {
        300..400 => Outcome::Redirect(redirected(response.headers(), base)),
        429 => Outcome::Busy,
        500.. => Outcome::ServerError(status.as_u16()),
        other => Outcome::Unexpected(other),
    }
}

/// The host that a redirect leads to; its path may hold anything and is nobody's business.
fn redirected(headers: &HeaderMap, base: &Url) -> String {
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let url = location.and_then(|location| base.join(location).ok());
    url.filter(Url::has_host).map_or_else(|| "an unreadable place".to_owned(), |url| host_of(&url))
}
