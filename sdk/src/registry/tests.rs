//! Registry keys against kubelet's own cases.

use serde_json::Value;

use super::{KeyError, RegistryKey, is_docker_hub, lookup, lookup_name};
use crate::image::Reference;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/b-kubelet-credentials.json"));

fn cases(group: &str) -> Vec<Value> {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let cases: Vec<_> =
        table["cases"].as_array().unwrap().iter().filter(|case| case["group"] == group).cloned().collect();
    assert_eq!(Some(cases.len() as u64), table["counts_by_group"][group].as_u64(), "{group}");
    cases
}

#[test]
fn urls_match() {
    for case in cases("URLsMatch") {
        let key = RegistryKey::parse(case["glob"].as_str().unwrap()).unwrap();
        let found = key.matches_name(case["target"].as_str().unwrap());
        assert_eq!(Some(found), case["expect"]["match"].as_bool(), "{case}");
    }
}

/// The keys of a config in kubelet's order that answer a lookup; the fallback when none does.
fn keyring<'k>(config: &'k Value, name: &str) -> Vec<&'k Value> {
    let entries: Vec<_> =
        config.as_object().unwrap().iter().map(|(k, v)| (RegistryKey::parse(k).unwrap(), v)).collect();
    let mut found: Vec<_> = entries.iter().filter(|(key, _)| key.matches_name(name)).collect();
    found.sort_by_key(|(key, _)| *key);
    if found.is_empty() && is_docker_hub(name) {
        found = entries.iter().filter(|(key, _)| key.is_default()).collect();
    }
    let first = lookup_name(entries.iter().map(|(key, _)| *key), name).map(|i| entries[i].1);
    assert_eq!(first, found.first().map(|(_, value)| *value), "lookup and order disagree for `{name}`");
    found.into_iter().map(|(_, value)| *value).collect()
}

#[test]
fn keyring_lookups() {
    let mut ran = 0;
    for group in ["KeyringForGlob", "KeyringMiss", "DockerHub", "LookupOrder", "Issue3797-scheme-and-v1-path"] {
        for case in cases(group) {
            let found = keyring(&case["dockercfg"], case["lookup"].as_str().unwrap());
            assert_eq!(Some(!found.is_empty()), case["expect"]["found"].as_bool(), "{case}");
            if let Some(expected) = case["expect"]["creds_in_order"].as_array() {
                assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{case}");
            }
            if let Some(most) = case["expect"]["max_hits"].as_u64() {
                assert!(found.len() as u64 <= most, "{case}");
            }
            ran += 1;
        }
    }
    assert_eq!(ran, 36);
}

#[test]
fn default_registry() {
    for case in cases("IsDefaultRegistryMatch") {
        let hub = is_docker_hub(case["image"].as_str().unwrap());
        assert_eq!(Some(hub), case["expect"]["default_registry"].as_bool(), "{case}");
    }
}

/// The name and tag that kubelet makes of an image before it looks for credentials.
#[test]
fn image_names() {
    for case in cases("ParseImageName") {
        let input = case["input"].as_str().unwrap();
        match (Reference::parse(input), case["expect"]["error_contains"].as_str()) {
            (Ok(image), None) => {
                assert_eq!(image.name().to_string(), case["expect"]["repo"], "{case}");
                assert_eq!(image.effective_tag().unwrap_or(""), case["expect"]["tag"], "{case}");
                assert_eq!(image.digest().unwrap_or(""), case["expect"]["digest"], "{case}");
            }
            (result, expected) => {
                assert!(result.is_err() && expected.is_some(), "{case}: {result:?}")
            }
        }
    }
}

#[test]
fn keys_are_normalised() {
    for (text, host, path) in [
        ("harbor.corp.example:30002", "harbor.corp.example:30002", ""),
        ("https://quay.io/v2/", "quay.io", ""),
        ("https://quay.io/v1/org", "quay.io", "/org"),
        ("quay.io/v1", "quay.io", "/v1"),
        ("quay.io/", "quay.io", ""),
        ("quay.io/org/", "quay.io", "/org/"),
        ("[::1]:5000/x", "[::1]:5000", "/x"),
        ("http://localhost", "localhost", ""),
        ("quay.io/é", "quay.io", "/é"),
    ] {
        let key = RegistryKey::parse(text).unwrap();
        assert_eq!((key.host(), key.path()), (host, path), "`{text}`");
        assert_eq!(key.to_string(), format!("{host}{path}"));
    }
}

#[test]
fn keys_are_refused() {
    for (text, error) in [
        ("", KeyError::Empty),
        ("https://", KeyError::Empty),
        ("/path", KeyError::Empty),
        (":5000", KeyError::Empty),
        ("quay.io:http", KeyError::Port),
        ("oci://quay.io", KeyError::Scheme),
        ("reg[.io", KeyError::Pattern),
        ("quay io", KeyError::Character),
        ("user@quay.io", KeyError::Character),
        ("quay.io/a?b", KeyError::Character),
        ("${REGISTRY}", KeyError::Character),
    ] {
        assert_eq!(RegistryKey::parse(text), Err(error), "`{text}`");
    }
}

#[test]
fn references_match_as_their_full_names() {
    let keys = [
        "docker.io",
        "docker.io/lib",
        "docker.io/library/ubuntu",
        "docker.io/library/x",
        "*.io",
        "ghcr.io/org",
        "ghcr.io",
        "*.corp.example:5000/a",
        "index.docker.io",
        "https://index.docker.io/v1/",
        "localhost",
        "my_host.example",
    ];
    for image in [
        "ubuntu",
        "ubuntu:1",
        "org/app",
        "library/xy",
        "ghcr.io/org/app",
        "ghcr.io/organ/app@sha256:dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c",
        "r.corp.example:5000/ab",
        "r.corp.example/ab",
        "localhost/x",
        "my_host.example/x",
    ] {
        let reference = Reference::parse(image).unwrap();
        let name = reference.name().to_string();
        for key in keys {
            let key = RegistryKey::parse(key).unwrap();
            assert_eq!(key.matches(&reference), key.matches_name(&name), "`{key}` on `{image}`");
        }
    }
}

#[test]
fn the_most_specific_key_wins() {
    let keys = ["ghcr.io", "ghcr.io/org/app", "*.io", "https://index.docker.io/v1/", "ghcr.io/org"];
    let winner = |image| {
        lookup(keys.map(|key| RegistryKey::parse(key).unwrap()), &Reference::parse(image).unwrap()).map(|i| keys[i])
    };
    assert_eq!(winner("ghcr.io/org/app:1"), Some("ghcr.io/org/app"));
    assert_eq!(winner("ghcr.io/org/other"), Some("ghcr.io/org"));
    assert_eq!(winner("ghcr.io/x"), Some("ghcr.io"));
    assert_eq!(winner("quay.io/x"), Some("*.io"));
    // `*.io` covers Docker Hub, so the fallback is not asked.
    assert_eq!(winner("ubuntu"), Some("*.io"));
    assert_eq!(winner("registry.corp.example/x"), None);
    let hub = [RegistryKey::parse("index.docker.io").unwrap()];
    assert_eq!(lookup(hub, &Reference::parse("ubuntu").unwrap()), Some(0));
    assert_eq!(lookup(hub, &Reference::parse("localhost/ubuntu").unwrap()), None);
}
