//! Docker configs against the cases of kubelet and the clients; what is kept from being printed; arbitrary documents.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use super::docker::{Config, Source};
use super::kubelet::{self, Format};
use super::{Credentials, Reason, Secret, containers};
use crate::json::Document;

mod clients;
mod keyring;
mod nodes;

/// The parts of credentials as the tables write them.
fn shown(credentials: &Credentials<'_>) -> (String, String) {
    let text = |secret: &Secret<'_>| String::from_utf8(secret.expose().to_vec()).unwrap();
    (text(&credentials.user), text(&credentials.password))
}

fn expected(entry: &Value) -> (String, String) {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    (text("username"), text("password"))
}

#[test]
fn nothing_is_printed() {
    const PASSWORD: &str = "hunter-marker";
    let text = r#"{"auths": {"a": {"username": "user-marker", "password": "hunter-marker", "identitytoken": "token-marker"},
        "b": {"auth": "dXNlci1tYXJrZXI6aHVudGVyLW1hcmtlcg=="}, "user:marker@c": {}}, "credsStore": ""}"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    let kubelets = kubelet::read(document.root(), Format::Config).unwrap();
    let dockers = Config::read(document.root()).unwrap();
    let found = containers::find(document.root(), "b/x").unwrap();
    assert_eq!(kubelets[1].credentials.password.expose(), PASSWORD.as_bytes());
    assert_eq!(dockers.entries[0].1.identity_token.expose(), b"token-marker");
    let basic = kubelets[0].credentials.basic();
    assert_eq!(basic.expose(), b"dXNlci1tYXJrZXI6aHVudGVyLW1hcmtlcg==");
    let bad = Document::parse(br#"{"auths": {"b": {"auth": "bWFya2Vy", "password": "marker"}}}"#).unwrap();
    let refused = kubelet::read(bad.root(), Format::Config);
    assert!(refused.is_err());
    for said in
        [format!("{kubelets:?}"), format!("{dockers:#?}"), format!("{found:?}"), format!("{basic:?} {refused:?}")]
    {
        assert!(!said.contains("marker") && !said.contains("bWFya2Vy") && !said.contains("dXNl"), "{said}");
    }
}

#[test]
fn kubelet_refuses_whole_documents() {
    use Format::{Config as New, Legacy};
    for (text, format, expected) in [
        ("null", New, Ok(0)),
        ("{}", New, Ok(0)),
        (r#"{"auths": null}"#, New, Ok(0)),
        (r#"{"auths": {"a": null}}"#, New, Ok(1)),
        (r#"{"auths": {"a": {"auth": ""}}, "credsStore": 5}"#, New, Ok(1)),
        // Go takes keys in any case.
        (r#"{"AUTHS": {"a": {"Auth": "eDp5"}}}"#, New, Ok(1)),
        (r#"{"a": {}, "b": {}}"#, New, Ok(0)),
        (r#"{"a": {}, "b": {}}"#, Legacy, Ok(2)),
        (r#"{"auths": {"a": {"auth": "eDp5"}}}"#, Legacy, Ok(1)),
        (r#"{"credsStore": "x"}"#, Legacy, Err(Reason::Type)),
        ("[]", New, Err(Reason::Type)),
        (r#"{"auths": []}"#, New, Err(Reason::Type)),
        (r#"{"auths": {}, "HttpHeaders": {"a": 1}}"#, New, Err(Reason::Type)),
        (r#"{"auths": {"a": "eDp5"}}"#, New, Err(Reason::Type)),
        (r#"{"auths": {"a": {"auth": "eDp5", "password": 5}}}"#, New, Err(Reason::Type)),
        (r#"{"auths": {"a": {"auth": "eDp5"}, "b": {"auth": "eDp5 "}}}"#, New, Err(Reason::AuthEncoding)),
        (r#"{"auths": {"a": {"auth": "eDp5"}, "b": {"auth": "eHl6"}}}"#, New, Err(Reason::AuthColon)),
    ] {
        let document = Document::parse(text.as_bytes()).unwrap();
        let read =
            kubelet::read(document.root(), format).map(|entries| entries.len()).map_err(|refusal| refusal.reason);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn containers_image_looks_up_the_path() {
    let text = r#"{"auths": {
        "quay.io/org/app": {"auth": "YXBwOng="}, "quay.io/org": {"auth": "b3JnOng="}, "quay.io": {"auth": "aG9zdDp4"},
        "https://index.docker.io/v1/": {"auth": "aHViOng="}, "fields.example": {"username": "u", "password": "p"},
        "nocolon.example": {"auth": "eHl6", "identitytoken": "t"}, "bad.example": {"auth": "x"}, "*.example": {"auth": "bTpt"}
    }, "credHelpers": {"help.example": "ecr-login"}}"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    for (name, expected) in [
        ("quay.io/org/app", Ok("app")),
        ("quay.io/org/application", Ok("org")),
        ("quay.io/organ", Ok("host")),
        ("docker.io/library/x", Ok("hub")),
        ("registry-1.docker.io/x", Ok("hub")),
        ("help.example/x", Ok("helper ecr-login")),
        ("fields.example/x", Ok("")),
        ("nocolon.example/x", Ok("")),
        ("bad.example/x", Err(Reason::AuthEncoding)),
        ("star.example/x", Ok("nobody")),
    ] {
        let found = containers::find(document.root(), name).map_err(|refusal| refusal.reason);
        let found = found.map(|found| match found {
            containers::Found::Helper(helper) => format!("helper {helper}"),
            containers::Found::Entry(entry) => shown(&entry.credentials).0,
            containers::Found::Nobody => "nobody".to_owned(),
        });
        assert_eq!(found.as_deref(), expected.as_deref(), "{name}");
    }
}

/// Every reader on one text: what it printed.
fn read_all(bytes: &[u8], name: &str) -> String {
    let Ok(document) = Document::parse(bytes) else { return String::new() };
    let root = document.root();
    let config = Config::read(root);
    let source = config.as_ref().map(|config| (config.source(name), config.source_of_repository(name)));
    format!(
        "{:?} {:?} {source:?} {:?} {:?}",
        kubelet::read(root, Format::Config),
        kubelet::read(root, Format::Legacy),
        Config::read_environment(root),
        containers::find(root, name),
    )
}

#[test]
fn a_megabyte_of_entries_is_quick() {
    let mut many = String::from("{\"auths\":{\"a\":{}");
    for i in 0..20_000 {
        many.push_str(&format!(",\"host{i}.example/{}\":{{\"auth\":\"eDp5\"}}", "p/".repeat(i % 9)));
    }
    many.push_str("}}");
    let long = format!("{{\"auths\":{{\"a\":{{\"auth\":\"{}\"}}}}}}", "eDp5".repeat(1 << 18));
    for text in [&many, &long] {
        let begin = Instant::now();
        read_all(text.as_bytes(), "host1.example/x");
        // Far above what is measured, far below what anything quadratic needs.
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

/// A document of arbitrary shape whose every value that could be a password holds the marker.
fn documents() -> impl Strategy<Value = String> {
    const MARKED: &[&str] = &[
        r#""marker""#,
        r#""dXNlcjptYXJrZXI=""#,
        r#""bWFya2Vy""#,
        r#""marker:marker""#,
        r#""bWFya2Vy OjE""#,
        r#"["marker"]"#,
        "5",
        "null",
    ];
    let fields = ["username", "password", "auth", "AUTH", "identitytoken", "registrytoken", "email", "x"];
    let entry = proptest::collection::vec((0..fields.len(), 0..MARKED.len()), 0..4).prop_map(move |chosen| {
        let mut seen = Vec::new();
        let mut text = String::new();
        for (field, value) in chosen {
            if !seen.contains(&field) {
                seen.push(field);
                text += &format!("{}\"{}\":{}", if text.is_empty() { "" } else { "," }, fields[field], MARKED[value]);
            }
        }
        format!("{{{text}}}")
    });
    let entry = prop_oneof![8 => entry, 1 => (0..MARKED.len()).prop_map(|value| MARKED[value].to_owned())];
    proptest::collection::vec(entry, 0..4).prop_map(|entries| {
        let entries: Vec<_> = entries.iter().enumerate().map(|(i, entry)| format!("\"h{i}\":{entry}")).collect();
        format!("{{\"auths\":{{{}}}}}", entries.join(","))
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..64), name in "[a-c./:]{0,8}") {
        read_all(&bytes, &name);
    }

    #[test]
    fn any_key_has_a_host(key in "[a-c0-9./:@\\[\\]%?# -]{0,24}|\\PC{0,16}", scheme in "|https://|x://") {
        let key = scheme + &key;
        prop_assert!(super::docker::hostname(&key).len() <= key.len() + 2);
    }

    #[test]
    fn no_reader_prints_a_secret(text in documents()) {
        let said = read_all(text.as_bytes(), "h0/x");
        prop_assert!(!said.is_empty());
        prop_assert!(!said.contains("marker") && !said.contains("bWFya2Vy"), "{}", said);
    }
}

#[test]
fn a_helper_of_a_registry_comes_before_the_store() {
    let text =
        r#"{"credsStore": "desktop", "credHelpers": {"a.example": "ecr"}, "auths": {"b.example": {"auth": "eDp5"}}}"#;
    let document = Document::parse(text.as_bytes()).unwrap();
    let config = Config::read(document.root()).unwrap();
    assert_eq!(config.source("a.example"), Source::Helper("ecr"));
    assert_eq!(config.source("b.example"), Source::Helper("desktop"));
}
