//! Tokens of every issuer that is known, against times of the Secret and of the request.

use proptest::prelude::*;
use regwarden_sdk::base64::encode;
use regwarden_sdk::json::Document;

use super::*;

fn url(text: &str) -> String {
    encode(text.as_bytes()).replace('=', "").replace('+', "-").replace('/', "_")
}

fn jwt(claims: &str) -> String {
    format!("{}.{}.{}", url(r#"{"alg":"RS256"}"#), url(claims), "c2lnbmF0dXJl")
}

fn of(user: &str, password: &str) -> Option<Token> {
    Token::of(user.as_bytes(), password.as_bytes())
}

#[test]
fn tokens_are_known_by_what_they_say() {
    for (claims, ends, lives) in [
        (r#"{"exp":1795248000}"#, Some(1_795_248_000), None),
        (r#"{"iat":1795237200, "exp" : 1795248000.5,"a":"ÿ>?"}"#, Some(1_795_248_000), Some(10_800)),
        (r#"{"a":{"exp":1},"b":["exp",2],"c":"\"exp\":3","exp":1795248000}"#, Some(1_795_248_000), None),
    ] {
        let token = of("user", &jwt(claims)).unwrap();
        assert_eq!((token.ends, token.lives), (ends, lives), "{claims}");
    }
    for claims in [r#"{"iat":1}"#, r#"{"exp":"soon"}"#, r#"{"exp":1e10}"#, r#"{"exp":99999999999999999999}"#, "[]", ""]
    {
        assert_eq!(of("user", &jwt(claims)), None, "{claims}");
    }
    for password in ["hunter2", "a.b.c", "eyJ.eyJ", "", "....", "glpat-aaaaaaaaaaaaaaaaaaaa"] {
        assert_eq!(of("user", password), None, "{password}");
    }
    let zeros = of("00000000-0000-0000-0000-000000000000", &jwt(r#"{"exp":5}"#)).unwrap();
    assert_eq!(zeros.what, "an Azure registry token");
    let ecr = encode(br#"{"payload":"r9D8","datakey":"AQEB","version":"2","type":"DATA_KEY","expiration":1757147299}"#);
    assert_eq!(of("AWS", &ecr).unwrap().ends, Some(1_757_147_299));
    assert_eq!(of("AWS", "opaque").unwrap(), Token { what: "an ECR token", ends: None, lives: Some(12 * HOUR) });
    assert_eq!(of("oauth2accesstoken", "ya29.x").unwrap().lives, Some(HOUR));
    assert_eq!(of("x-access-token", "ghs_x").unwrap().lives, Some(24 * HOUR));
    assert_eq!(of("_json_key", "{}"), None);
    assert_eq!(of("user", &"a.".repeat(LONGEST)), None);
}

#[test]
fn an_end_is_told_by_what_is_known() {
    const MADE: Seconds = 1_795_248_000;
    let ecr = of("AWS", "opaque").unwrap();
    let end = MADE + 12 * HOUR;
    let written = |written| Times { written, made: None };
    for (times, now, expected) in [
        (Times::default(), None, Expiry::Lives(12 * HOUR)),
        (Times::default(), Some(end), Expiry::Lives(12 * HOUR)),
        // Who renews the token in place leaves the Secret as old as it was.
        (Times { made: Some(MADE), written: None }, Some(end), Expiry::Lives(12 * HOUR)),
        (Times { made: Some(5), written: Some(MADE) }, Some(end - 2 * SOON), Expiry::Later),
        (written(Some(MADE)), None, Expiry::Ends(end)),
        (written(Some(MADE)), Some(MADE), Expiry::Later),
        (written(Some(MADE)), Some(end - SOON - 1), Expiry::Later),
        (written(Some(MADE)), Some(end - SOON), Expiry::Soon(end)),
        (written(Some(MADE)), Some(end), Expiry::Ended(end)),
        (written(Some(Seconds::MAX)), Some(5), Expiry::Ended(Seconds::MAX)),
    ] {
        assert_eq!(ecr.expiry(times, now), expected, "{times:?} {now:?}");
    }
    let jwt = of("user", &jwt(&format!(r#"{{"exp":{end},"iat":{MADE}}}"#))).unwrap();
    assert_eq!(jwt.expiry(Times::default(), None), Expiry::Ends(end));
    assert_eq!(jwt.expiry(Times::default(), Some(end + 1)), Expiry::Ended(end));
    // It was over when the Secret was made or written, whatever time it is.
    assert_eq!(jwt.expiry(written(Some(end + 1)), None), Expiry::Ended(end));
    assert_eq!(jwt.expiry(Times { made: Some(end), written: None }, None), Expiry::Ended(end));
    // An hour is all that it has: only its last minutes are short.
    let google = of("oauth2accesstoken", "ya29.x").unwrap();
    assert_eq!(google.expiry(written(Some(MADE)), Some(MADE + HOUR / 2)), Expiry::Later);
    assert_eq!(google.expiry(written(Some(MADE)), Some(MADE + HOUR - 600)), Expiry::Soon(MADE + HOUR));
}

#[test]
fn the_time_comes_from_the_host_or_from_the_object() {
    let of = |text: &str| {
        let document = Document::parse(text.as_bytes()).unwrap();
        now(Request::of_payload(document.root()).unwrap())
    };
    assert_eq!(of(r#"{"request":{}}"#), None);
    assert_eq!(of(r#"{"request":{"object":{"metadata":{"creationTimestamp":null}}}}"#), None);
    let object = r#"{"metadata":{"creationTimestamp":"2026-11-20T08:00:00Z","managedFields":[
        {"time":"2026-11-21T08:00:00Z"},{"time":"2026-11-20T09:00:00Z"},{"manager":"x"},"odd"]}}"#;
    assert_eq!(of(&format!(r#"{{"request":{{"object":{object}}}}}"#)), Some(1_795_248_000));
    let said = format!(r#"{{"now":"1970-01-01T00:00:09Z","request":{{"object":{object}}}}}"#);
    assert_eq!(of(&said), Some(9));
    assert_eq!(of(&said.replace("\"1970-01-01T00:00:09Z\"", "9")), Some(9));
    assert_eq!(of(&said.replace("1970-01-01T00:00:09Z", "noon")), Some(1_795_248_000));
}

#[test]
fn durations() {
    assert_eq!((lasting(HOUR).as_str(), lasting(12 * HOUR).as_str()), ("1 hour", "12 hours"));
}

proptest! {
    #[test]
    fn any_token_is_read(user in "AWS|oauth2accesstoken|\\PC{0,8}", token in proptest::collection::vec(any::<u8>(), 0..64), now in any::<u64>()) {
        for password in [token.clone(), encode(&token).into_bytes(), format!("ey.{}.x", encode(&token)).into_bytes()] {
            if let Some(token) = Token::of(user.as_bytes(), &password) {
                token.expiry(Times { made: Some(now / 3), written: Some(now / 2) }, Some(now));
            }
        }
    }

    #[test]
    fn any_text_may_stand_for_a_time(text in "\\PC{0,32}|[0-9TZ:+. -]{0,32}", seconds in any::<u32>()) {
        instant(&text);
        prop_assert!(shown(seconds.into()).ends_with(" UTC"));
    }
}
