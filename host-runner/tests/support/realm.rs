//! A token server for tests: gives tokens that the real registry verifies, to whoever shows the right credential.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails loudly")]
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses a part of this")]

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, SigningKey as _};
use serde_json::{Value, json};

use super::registry::{Access, PASSWORD, USER};
use super::server::{Answer, Arrived, Server};

/// What the realm takes in place of user and password.
pub(crate) const IDENTITY: &str = "marker-identity-token-51c0";
/// The name by which the registry calls itself.
const SERVICE: &str = "tests";
const ISSUER: &str = "issuer of tests";

/// A running token server.
#[derive(Debug)]
pub(crate) struct Realm {
    server: Server,
    certificate: String,
}

impl Realm {
    /// Starts one. It gives the actions of `rights` on any repository, to [`USER`] with [`PASSWORD`] or for [`IDENTITY`].
    pub(crate) fn start(rights: &'static [&'static str]) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["issuer".to_owned()]).unwrap().self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), STANDARD.encode(certificate.der()));
        let server = Server::start(move |asked| answer(asked, rights, &key, &der));
        Self { server, certificate: pem }
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn host(&self) -> String {
        self.server.host()
    }

    /// Everything that arrived.
    pub(crate) fn seen(&self) -> Vec<Arrived> {
        self.server.seen()
    }

    /// What a registry is told that trusts it.
    pub(crate) fn access(&self) -> Access {
        Access::Token {
            realm: format!("http://{}/token", self.host()),
            service: SERVICE.to_owned(),
            issuer: ISSUER.to_owned(),
            certificate: self.certificate.clone(),
        }
    }
}

fn answer(asked: &Arrived, rights: &[&str], key: &KeyPair, certificate: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let is_known = match asked.method.as_str() {
        "POST" => {
            asked.parameter("grant_type").as_deref() == Some("refresh_token")
                && asked.parameter("refresh_token").as_deref() == Some(IDENTITY)
        }
        _ => asked.header("authorization") == Some(&basic),
    };
    if !is_known || asked.parameter("service").as_deref() != Some(SERVICE) {
        return Answer::new(401, "{}");
    }
    let scope = asked.parameter("scope").unwrap_or_default();
    let parts: Vec<&str> = scope.split(':').collect();
    let granted: Vec<&str> = parts[2].split(',').filter(|action| rights.contains(action)).collect();
    let access = json!([{"type": "repository", "name": parts[1], "actions": granted}]);
    let member = if asked.method == "POST" { "access_token" } else { "token" };
    Answer::new(200, &json!({member: token(key, certificate, &access)}).to_string())
}

fn token(key: &KeyPair, certificate: &str, access: &Value) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [certificate]});
    let claims = json!({"iss": ISSUER, "sub": USER, "aud": SERVICE, "exp": now + 300, "nbf": now - 60, "iat": now - 60,
        "jti": "marker", "access": access});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = raw(&key.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The two numbers of a signature in DER as 64 bytes, which is how a JWT wants them.
fn raw(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 2;
    for _ in 0..2 {
        let length = usize::from(der[at + 1]);
        let number = &der[at + 2..at + 2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        out.extend(std::iter::repeat_n(0, 32 - number.len()));
        out.extend_from_slice(number);
        at += 2 + length;
    }
    out
}
