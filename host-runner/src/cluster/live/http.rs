//! One HTTP request to the API server: its answer bounded, its refusals typed, its pleas to come back later heeded.

use std::time::Duration;

use ::http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;

use super::super::ClusterError;
use super::failure;

/// Longest part of a message of the API server that is passed on, in characters.
const MESSAGE: usize = 300;

/// Longest answer that explains a refusal.
const REFUSAL: usize = 64 << 10;

/// First wait before a request is repeated; each further one takes twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Times that one request is sent at most.
const ATTEMPTS: u32 = 6;

/// What the API server says to a question that it understood.
pub(super) enum Reply {
    /// JSON, and its length in bytes.
    Found(Value, usize),
    /// 404.
    Absent,
    /// 410: the rest of a list is no longer there.
    Gone,
}

/// The client; cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    client: kube::Client,
}

impl Http {
    pub(super) fn new(client: kube::Client) -> Self {
        Self { client }
    }

    pub(super) async fn get(&self, target: String, limit: usize) -> Result<Reply, ClusterError> {
        self.ask("GET", target, String::new(), limit).await
    }

    pub(super) async fn post(&self, target: String, body: String, limit: usize) -> Result<Reply, ClusterError> {
        self.ask("POST", target, body, limit).await
    }

    /// Sends until there is an answer other than "later". The caller's deadline bounds the whole of it.
    async fn ask(&self, method: &str, target: String, body: String, limit: usize) -> Result<Reply, ClusterError> {
        let mut wait = FIRST_WAIT;
        let mut attempt = 1;
        loop {
            let request = Request::builder()
                .method(method)
                .uri(&target)
                .header(header::ACCEPT, "application/json")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.clone().into_bytes()))
                .map_err(|error| ClusterError::BadQuestion(error.to_string()))?;
            let response = self.client.send(request).await.map_err(|error| failure::of_request(&error))?;
            let status = response.status();
            let later = later(response.headers());
            let busy = matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            );
            let size = if status.is_success() { limit } else { REFUSAL };
            let bytes = match Limited::new(response.into_body(), size).collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
                    return Err(ClusterError::TooLarge { limit: size });
                }
                Err(_) => {
                    return Err(ClusterError::Unavailable(
                        "the connection ended in the middle of the answer".to_owned(),
                    ));
                }
            };
            if busy && attempt < ATTEMPTS {
                // A guest has seconds; whoever asks for more gets no second request.
                let pause = later.unwrap_or(wait);
                if pause <= Duration::from_secs(2) {
                    tokio::time::sleep(pause).await;
                    wait *= 2;
                    attempt += 1;
                    continue;
                }
            }
            return read(status, &bytes);
        }
    }
}

fn read(status: StatusCode, bytes: &[u8]) -> Result<Reply, ClusterError> {
    if status.is_success() {
        return match serde_json::from_slice::<Value>(bytes) {
            Ok(value) if value.is_object() => Ok(Reply::Found(value, bytes.len())),
            // A parser's message could quote the object.
            _ => Err(ClusterError::BadAnswer("it is not the JSON of an object".to_owned())),
        };
    }
    let message = message(bytes);
    match status {
        StatusCode::NOT_FOUND => Ok(Reply::Absent),
        StatusCode::GONE => Ok(Reply::Gone),
        StatusCode::FORBIDDEN => Err(ClusterError::Forbidden(message.unwrap_or_else(|| "403".to_owned()))),
        StatusCode::UNAUTHORIZED => Err(ClusterError::Unauthorized(message.unwrap_or_else(|| "401".to_owned()))),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(ClusterError::BadQuestion(message.unwrap_or_else(|| status.as_u16().to_string())))
        }
        _ => {
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            Err(ClusterError::Unavailable(format!("it answers {}{message}", status.as_u16())))
        }
    }
}

/// The message of a `Status` object on one line; what else answers, such as a proxy's page, is not quoted.
fn message(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Status {
        kind: String,
        message: String,
    }
    let status: Status = serde_json::from_slice(bytes).ok()?;
    let line = |c: char| if c.is_control() { ' ' } else { c };
    (status.kind == "Status" && !status.message.is_empty())
        .then(|| status.message.chars().take(MESSAGE).map(line).collect())
}

/// When the server wants to be asked again.
fn later(headers: &::http::HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A text as part of a path or query: everything but letters, digits and `-._~` by its number.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
