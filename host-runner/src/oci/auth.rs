//! What a registry asks for with a 401, and the answer to it: a password, or a token from the service that it names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_auth::parser::ChallengeParser;
use oci_client::secrets::RegistryAuth;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::body::{read_limited, said};
use super::credentials::{Credentials, Looked};
use super::error::Fault;
use super::options::Options;
use super::trust::{self, Mode};

/// Largest answer of a token service in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What is sent with every request from now on.
#[derive(Clone)]
pub(super) struct Pass {
    pub(super) header: HeaderValue,
    /// The same for oci-client.
    pub(super) auth: RegistryAuth,
}

enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// Answers a 401. `scope` is asked for when the registry names none, and always for a push.
pub(super) async fn answer(
    options: &Options,
    host: &str,
    mode: Mode,
    headers: &HeaderMap,
    looked: &Looked,
    scope: &str,
) -> Result<Pass, Fault> {
    let none = || Fault::NoCredentials { host: host.to_owned(), place: looked.place.clone() };
    if let Credentials::Registry(token) = &looked.credentials {
        return bearer(host, token.clone());
    }
    match challenge(headers) {
        Some(Challenge::Bearer { realm, service, scope: asked }) => {
            let wants_push = scope.ends_with("push");
            let scope = asked.filter(|_| !wants_push).unwrap_or_else(|| scope.to_owned());
            let token = exchange(options, host, mode, &realm, service.as_deref(), &scope, looked).await?;
            bearer(host, token)
        }
        Some(Challenge::Basic) => match &looked.credentials {
            Credentials::Basic { user, password } => {
                let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
                let auth = RegistryAuth::Basic(user.clone(), password.clone());
                Ok(Pass { header: secret(host, &basic)?, auth })
            }
            Credentials::None | Credentials::Identity(_) | Credentials::Registry(_) => Err(none()),
        },
        None => Err(none()),
    }
}

fn bearer(host: &str, token: String) -> Result<Pass, Fault> {
    let header = secret(host, &format!("Bearer {token}"))?;
    Ok(Pass { header, auth: RegistryAuth::Bearer(token) })
}

fn secret(host: &str, text: &str) -> Result<HeaderValue, Fault> {
    let strange =
        || Fault::Strange { host: host.to_owned(), reason: "a token or password has odd characters".to_owned() };
    let mut header = HeaderValue::from_str(text).map_err(|_| strange())?;
    header.set_sensitive(true);
    Ok(header)
}

/// The challenge that can be answered; a token service comes before a password.
fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let mut basic = None;
    for value in headers.get_all(WWW_AUTHENTICATE) {
        let Ok(text) = value.to_str() else { continue };
        for challenge in ChallengeParser::new(text).map_while(Result::ok) {
            let parameter = |name: &str| {
                let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.to_unescaped())
            };
            if challenge.scheme.eq_ignore_ascii_case("bearer") {
                if let Some(realm) = parameter("realm") {
                    return Some(Challenge::Bearer { realm, service: parameter("service"), scope: parameter("scope") });
                }
            } else if challenge.scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Challenge::Basic);
            }
        }
    }
    basic
}

/// Asks the token service. It may be on another host: that is where the registry's owner wants the credentials sent.
async fn exchange(
    options: &Options,
    host: &str,
    mode: Mode,
    realm: &str,
    service: Option<&str>,
    scope: &str,
    looked: &Looked,
) -> Result<String, Fault> {
    let strange = |reason: &str| Fault::Strange { host: host.to_owned(), reason: reason.to_owned() };
    let mut url = Url::parse(realm).map_err(|_| strange("its token service has no readable address"))?;
    let service_host = match (url.host_str(), url.port()) {
        (Some(name), Some(port)) => format!("{name}:{port}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => return Err(strange("its token service has no host")),
    };
    let service_mode = match (url.scheme(), mode) {
        ("https", Mode::Unverified | Mode::Plain) if options.is_insecure(&service_host) => Mode::Unverified,
        ("https", _) => Mode::Verified,
        // What protects the registry must protect the password, too.
        ("http", Mode::Plain) => Mode::Plain,
        ("http", _) if options.is_insecure(&service_host) => Mode::Plain,
        _ => return Err(strange("its token service is not on https")),
    };
    let client: Client = trust::client(options, &service_host, service_mode)?;
    let request = if let Credentials::Identity(token) = &looked.credentials {
        let mut form = Url::parse("http://form/").map_err(|_| strange("no form"))?;
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .append_pair("service", service.unwrap_or_default())
            .append_pair("client_id", "regwarden")
            .append_pair("scope", scope)
            .append_pair("refresh_token", token);
        let body = form.query().unwrap_or_default().to_owned();
        client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body)
    } else {
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            query.append_pair("scope", scope);
        }
        let request = client.get(url);
        match &looked.credentials {
            Credentials::Basic { user, password } => {
                let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
                request.header(AUTHORIZATION, secret(host, &basic)?)
            }
            Credentials::None | Credentials::Identity(_) | Credentials::Registry(_) => request,
        }
    };
    let response = request.send().await.map_err(|error| Fault::of_request(&service_host, &error).0)?;
    let status = response.status();
    if !status.is_success() {
        let said = said(response).await;
        let host = host.to_owned();
        return Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if looked.credentials == Credentials::None => {
                Fault::NoCredentials { host, place: looked.place.clone() }
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Fault::Refused { host, place: looked.place.clone() },
            StatusCode::TOO_MANY_REQUESTS => Fault::TooMany { host: service_host, wait: None, said },
            _ => Fault::Status { host: service_host, status: status.as_u16(), tries: 1, said },
        });
    }
    let bytes = read_limited(response, &service_host, "the answer of the token service", MOST_BYTES).await?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| strange("its token service gives no token"))?;
    token.token.or(token.access_token).ok_or_else(|| strange("its token service gives no token"))
}
