//! How a registry wants to be logged in to: the header `WWW-Authenticate` (RFC 9110, distribution's token specification).

use http_auth::{ChallengeRef, parse_challenges};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use super::outcome::Outcome;

/// Nobody needs more.
const LONGEST: usize = 8 << 10;

/// A way to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User and password with each request.
    Basic,
    /// A token that a realm gives.
    Bearer {
        /// Where to ask, as written.
        realm: String,
        /// The name that the registry goes by there; empty when it has none.
        service: String,
    },
}

impl Challenge {
    /// What the registry asks for; tokens are preferred where it takes both, as docker does.
    ///
    /// # Errors
    /// When there is no challenge, when it cannot be read, or when it is of no kind that is known.
    pub fn read(headers: &HeaderMap) -> Result<Self, Outcome> {
        let mut basic = false;
        let mut bearer = None;
        let mut length = 0;
        for value in headers.get_all(WWW_AUTHENTICATE) {
            length += value.len();
            if length > LONGEST {
                return Err(Outcome::BadChallenge("the challenge is too long"));
            }
            let text = value.to_str().map_err(|_| Outcome::BadChallenge("the challenge is no plain text"))?;
            let challenges = parse_challenges(text).map_err(|_| Outcome::BadChallenge("the challenge is malformed"))?;
            for challenge in &challenges {
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = true;
                } else if challenge.scheme.eq_ignore_ascii_case("bearer") && bearer.is_none() {
                    bearer = Some(read_bearer(challenge)?);
                }
            }
        }
        match (bearer, basic) {
            (Some(bearer), _) => Ok(bearer),
            (None, true) => Ok(Self::Basic),
            (None, false) if length == 0 => Err(Outcome::BadChallenge("there is no challenge")),
            (None, false) => Err(Outcome::BadChallenge("neither Basic nor Bearer is offered")),
        }
    }
}

fn read_bearer(challenge: &ChallengeRef<'_>) -> Result<Challenge, Outcome> {
    let mut realm = None;
    let mut service = None;
    for (name, value) in &challenge.params {
        let place = match name.to_ascii_lowercase().as_str() {
            "realm" => &mut realm,
            "service" => &mut service,
            _ => continue,
        };
        if place.replace(value.to_unescaped()).is_some() {
            return Err(Outcome::BadChallenge("the challenge says the same thing twice"));
        }
    }
    let realm = realm.filter(|realm| !realm.is_empty()).ok_or(Outcome::BadChallenge("it names no realm"))?;
    Ok(Challenge::Bearer { realm, service: service.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<Challenge, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Challenge::read(&headers).map_err(|outcome| match outcome {
            Outcome::BadChallenge(reason) => reason,
            other => panic!("{other:?}"),
        })
    }

    fn bearer(realm: &str, service: &str) -> Result<Challenge, &'static str> {
        Ok(Challenge::Bearer { realm: realm.into(), service: service.into() })
    }

    #[test]
    fn challenges() {
        assert_eq!(read(&[r#"Basic realm="x""#]), Ok(Challenge::Basic));
        assert_eq!(
            read(&[r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#]),
            bearer("https://auth.docker.io/token", "registry.docker.io")
        );
        let scoped = r#"bearer service="s", Realm="https://a/\"t\"",scope="repository:a,b:pull",error="invalid_token""#;
        assert_eq!(read(&[scoped]), bearer("https://a/\"t\"", "s"));
        assert_eq!(read(&[r#"Basic realm="x", Bearer realm="https://a""#]), bearer("https://a", ""));
        assert_eq!(read(&[r#"Basic realm="x""#, r#"Bearer realm="https://a""#]), bearer("https://a", ""));
        assert_eq!(read(&[r#"Negotiate, Basic realm="x""#]), Ok(Challenge::Basic));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(read(&[]), Err("there is no challenge"));
        assert_eq!(read(&["Negotiate"]), Err("neither Basic nor Bearer is offered"));
        assert_eq!(read(&[r#"Bearer realm="https://a"#]), Err("the challenge is malformed"));
        assert_eq!(read(&[r#"Bearer realm="https://a" service="b""#]), Err("the challenge is malformed"));
        assert_eq!(read(&["Bearer realm=\"https://ä\""]), Err("the challenge is no plain text"));
        assert_eq!(read(&[r#"Bearer service="x""#]), Err("it names no realm"));
        assert_eq!(read(&[r#"Bearer realm="""#]), Err("it names no realm"));
        assert_eq!(
            read(&[r#"Bearer realm="https://a",realm="https://b""#]),
            Err("the challenge says the same thing twice")
        );
        assert_eq!(read(&[&format!("Bearer realm=\"{}\"", "a".repeat(9000))]), Err("the challenge is too long"));
    }
}
