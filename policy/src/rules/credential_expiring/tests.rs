//! What `credential-expiring` says about a token's end.

use regwarden_sdk::base64::encode;
use regwarden_sdk::cluster::InMemory;
use regwarden_sdk::ops::{self, Operation};

/// The messages of the rule for a Secret with an entry, written then, in a request at that time.
fn said(user: &str, password: &str, written: &str, now: &str) -> Vec<String> {
    let text = format!(r#"{{"auths":{{"r.example":{{"username":"{user}","password":"{password}"}}}}}}"#);
    let secret = format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s","namespace":"ci","managedFields":[{written}]}},"type":"kubernetes.io/dockerconfigjson","data":{{".dockerconfigjson":"{}"}}}}"#,
        encode(text.as_bytes())
    );
    let payload = format!(
        r#"{{{now}"settings":{{"cluster":"contents"}},"request":{{"namespace":"ci","object":{{"apiVersion":"v1","kind":"Pod","spec":{{"imagePullSecrets":[{{"name":"s"}}],"containers":[{{"name":"a","image":"r.example/x:1"}}]}}}}}}}}"#
    );
    let cluster = InMemory::of(&[secret]).unwrap();
    let answer = ops::call::<crate::Regwarden>(Operation::Evaluate, payload.as_bytes(), &cluster);
    let document = regwarden_sdk::json::Document::parse(&answer).unwrap();
    let findings = document.root().get("findings").unwrap().elements();
    let own = findings.filter(|finding| finding.str("rule") == Some("credential-expiring"));
    own.map(|finding| format!("{} {}", finding.str("level").unwrap(), finding.str("message").unwrap())).collect()
}

#[test]
fn an_end_is_told_with_its_time() {
    const WRITTEN: &str = r#"{"time":"2026-11-20T20:00:00Z"}"#;
    let exp = encode(br#"{"exp":1795248000}"#).replace('=', "");
    let jwt = format!("eyJhbGciOiJub25lIn0.{exp}.x");
    for (user, password, written, now, expected) in [
        (
            "u",
            jwt.as_str(),
            "",
            "2026-11-21T08:00:00Z",
            "warn Secret `s` holds a JSON web token for `r.example` that ended on 2026-11-21 08:00 UTC",
        ),
        (
            "u",
            &jwt,
            "",
            "2026-11-21T07:30:00Z",
            "warn Secret `s` holds a JSON web token for `r.example` that ends on 2026-11-21 08:00 UTC",
        ),
        (
            "u",
            &jwt,
            "",
            "",
            "audit Secret `s` holds a JSON web token for `r.example` that ends at the latest on 2026-11-21 08:00 UTC",
        ),
        (
            "AWS",
            "x0",
            WRITTEN,
            "2026-11-21T07:30:00Z",
            "warn Secret `s` holds an ECR token for `r.example` that ends on 2026-11-21 08:00 UTC",
        ),
        (
            "AWS",
            "x0",
            "",
            "2026-11-21T07:30:00Z",
            "audit Secret `s` holds an ECR token for `r.example` that lives no longer than 12 hours",
        ),
        (
            "oauth2accesstoken",
            "ya29.x0",
            "",
            "",
            "audit Secret `s` holds a Google access token for `r.example` that lives no longer than 1 hour",
        ),
    ] {
        let now = if now.is_empty() { String::new() } else { format!("\"now\":\"{now}\",") };
        assert_eq!(said(user, password, written, &now), [expected], "{user}");
    }
    let now = "\"now\":\"2026-11-21T06:00:00Z\",";
    assert_eq!(said("u", &jwt, "", now), [""; 0]);
    assert_eq!(said("AWS", "x0", WRITTEN, now), [""; 0]);
    assert_eq!(said("robot", "x0", "", now), [""; 0]);
}
