//! How long a credential in a docker config is good for: what it says itself, or what its issuer has published.
//!
//! Sources, read 2026-11: RFC 7519 (`exp`, `iat`); Amazon ECR API reference, GetAuthorizationToken (user `AWS`, 12 hours; the
//! password is base64 of JSON with its own `expiration`); Google Artifact Registry, authentication for Docker (user
//! `oauth2accesstoken`, 60 minutes); Azure Container Registry, authentication (user of zeros, the token is a JWT); GitHub,
//! automatic token authentication (`ghs_…`, a day at most).

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::json::Node;
use regwarden_sdk::request::Request;
use regwarden_sdk::text;

use super::words;

#[cfg(test)]
mod tests;
mod time;

use time::instant;
pub(crate) use time::shown;

/// Seconds since the beginning of 1970, UTC.
pub(crate) type Seconds = u64;

const HOUR: Seconds = 3_600;
/// Pods that begin so shortly before an end hardly do their work in time.
const SOON: Seconds = HOUR;
/// Longer ones are not looked into; no issuer makes such.
const LONGEST: usize = 16 << 10;

/// A credential that ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is, with its article.
    pub what: &'static str,
    /// When it ends, as it says itself.
    ends: Option<Seconds>,
    /// How long one lives at most.
    lives: Option<Seconds>,
}

/// Whether a token still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It ended then.
    Ended(Seconds),
    /// It ends then, which is soon.
    Soon(Seconds),
    /// It ends then or earlier, and nobody knows what time it is.
    Ends(Seconds),
    /// It lives so many seconds, and nobody knows since when.
    Lives(Seconds),
    /// There is time enough.
    Later,
}

impl Token {
    /// The token in an entry; `None` for what does not end, or does not show it.
    #[inline(never)]
    pub(crate) fn of(user: &[u8], password: &[u8]) -> Option<Token> {
        const ZEROS: &[u8] = b"00000000-0000-0000-0000-000000000000";
        let token = std::str::from_utf8(password).ok().filter(|token| token.len() <= LONGEST)?;
        if user == b"AWS" {
            let ends = decoded(token).and_then(|json| number(&json, "expiration"));
            return Some(Token { what: "an ECR token", ends, lives: Some(12 * HOUR) });
        }
        if user == b"oauth2accesstoken" {
            return Some(Token { what: "a Google access token", ends: None, lives: Some(HOUR) });
        }
        if token.starts_with("ghs_") {
            return Some(Token { what: "a GitHub installation token", ends: None, lives: Some(24 * HOUR) });
        }
        let mut parts = words::parts(token, b'.');
        let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        // `{"`, as every such header begins.
        let claims = decoded(claims).filter(|_| header.starts_with("ey"))?;
        let ends = number(&claims, "exp")?;
        let lives = number(&claims, "iat").and_then(|made| ends.checked_sub(made));
        let what = if user == ZEROS { "an Azure registry token" } else { "a JSON web token" };
        Some(Token { what, ends: Some(ends), lives })
    }

    /// Does it still work? `secret`: when the Secret that holds it was made and written. `now`: a time that has come, however
    /// long ago.
    #[inline(never)]
    pub(crate) fn expiry(&self, secret: Times, now: Option<Seconds>) -> Expiry {
        // It is no younger than the last change of its Secret; one that is renewed in place is younger than the Secret.
        let published = secret.written.zip(self.lives).map(|(written, lives)| written.saturating_add(lives));
        let Some(end) = self.ends.or(published) else {
            return Expiry::Lives(self.lives.unwrap_or_default());
        };
        // Whatever was written is over.
        if now.max(secret.written).max(secret.made).is_some_and(|now| now >= end) {
            return Expiry::Ended(end);
        }
        let Some(now) = now else { return Expiry::Ends(end) };
        // Who renews a token does it well before its end; one that lives shortly is renewed shortly before it.
        let soon = self.lives.map_or(SOON, |lives| (lives / 6).min(SOON));
        if end - now <= soon { Expiry::Soon(end) } else { Expiry::Later }
    }
}

/// Times that the API server wrote into an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Times {
    /// `creationTimestamp`
    pub made: Option<Seconds>,
    /// The last one in `managedFields`; without these nobody knows of later changes.
    pub written: Option<Seconds>,
}

impl Times {
    /// Of its `metadata`.
    #[inline(never)]
    pub(crate) fn of(meta: Node<'_>) -> Times {
        let mut times = Times { made: meta.str("creationTimestamp").and_then(instant), written: None };
        if let Some(fields) = meta.get("managedFields") {
            for entry in fields.elements() {
                times.written = times.written.max(entry.str("time").and_then(instant));
            }
        }
        times
    }
}

/// Base64 of either alphabet, padded or not.
#[inline(never)]
fn decoded(token: &str) -> Option<Vec<u8>> {
    let mut standard = String::with_capacity(token.len());
    for byte in words::trim_end(token, b'=').bytes() {
        standard.push(match byte {
            b'-' => '+',
            b'_' => '/',
            byte => char::from(byte),
        });
    }
    base64::decode(&standard, Padding::Refused)
}

/// A whole number in the outermost map of a JSON text. No reader of JSON: nothing else in a token is looked at.
#[inline(never)]
fn number(json: &[u8], name: &str) -> Option<Seconds> {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let begin = at;
                while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                let found = json.get(begin..at) == Some(name.as_bytes());
                at += 1;
                let value = json.get(at..).unwrap_or_default().trim_ascii_start().strip_prefix(b":");
                if let Some(value) = value.filter(|_| found && depth == 1) {
                    return digits(value.trim_ascii_start());
                }
            }
            _ => {}
        }
    }
    None
}

/// The number that a text begins with; its fraction does not matter.
#[inline(never)]
fn digits(text: &[u8]) -> Option<Seconds> {
    let (mut value, mut any): (Seconds, bool) = (0, false);
    for byte in text {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(Seconds::from(byte - b'0'))?,
            // `1.7e9` is another number than it begins with.
            b'e' | b'E' => return None,
            _ => break,
        }
        any = true;
    }
    any.then_some(value)
}

/// A time that has come when the request is judged. A guest has no clock: the host may say `now` beside the request; else
/// it is what the API server wrote into the object on its way here (`metadata.managedFields`, before any webhook is asked:
/// `k8s.io/apiserver/pkg/endpoints/handlers/create.go`). Who writes other times into his own object gets other warnings.
#[inline(never)]
pub(crate) fn now(request: Request<'_>) -> Option<Seconds> {
    let said = request.now().and_then(|now| now.as_u64().or_else(|| now.as_str().and_then(instant)));
    said.or_else(|| {
        let times = Times::of(request.object()?.get("metadata")?);
        times.written.max(times.made)
    })
}

/// Hours or days, as people count them.
pub(crate) fn lasting(seconds: Seconds) -> String {
    let hours = usize::try_from(seconds / HOUR).unwrap_or_default();
    text::concat(&[&text::number(hours), if hours == 1 { " hour" } else { " hours" }])
}
