//! The ring against the cases of kubelet that are about order, and several Secrets in one ring.

use super::*;
use crate::docker_config::keyring::Keyring;
use crate::image::Reference;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/b-kubelet-credentials.json"));

/// Secret and user of what is tried for an image, in the order of the ring.
fn tried(secrets: &[&str], image: &str) -> Vec<(usize, String)> {
    let documents: Vec<_> = secrets.iter().map(|text| Document::parse(text.as_bytes()).unwrap()).collect();
    let mut entries = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        entries.extend(kubelet::read(document.root(), Format::Legacy).unwrap().into_iter().map(|entry| (at, entry)));
    }
    let keys: Vec<&str> = entries.iter().map(|(_, entry)| entry.key).collect();
    let mut found = Vec::new();
    assert!(Keyring::new(&keys).each(&Reference::parse(image).unwrap(), &mut |at| {
        found.push((entries[at].0, shown(&entries[at].1.credentials).0));
    }));
    found
}

#[test]
fn the_cases_of_kubelet() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let mut ran = 0;
    for case in table["cases"].as_array().unwrap() {
        let group = case["group"].as_str().unwrap();
        let lookup = case["lookup"].as_str().unwrap_or_default();
        // A lookup of a bare host is none of an image, and a path with a colon is no reference.
        let image =
            Reference::parse(lookup).is_ok_and(|image| lookup.contains('/') && !image.path().to_cow().contains(':'));
        if !["LookupOrder", "Issue3797-scheme-and-v1-path", "KeyringForGlob", "KeyringMiss", "DockerHub"]
            .contains(&group)
            || !image
            || lookup.contains("//")
        {
            continue;
        }
        let found = tried(&[&case["dockercfg"].to_string()], lookup);
        assert_eq!(Some(!found.is_empty()), case["expect"]["found"].as_bool(), "{case}");
        for (at, expected) in case["expect"]["creds_in_order"].as_array().into_iter().flatten().enumerate() {
            assert_eq!(found[at].1, expected["username"].as_str().unwrap(), "{case}");
        }
        ran += 1;
    }
    assert_eq!(ran, 25);
}

#[test]
fn the_most_specific_key_comes_first_whatever_its_secret() {
    let first = r#"{"r.example":{"username":"a"},"*.example/team":{"username":"b"},"bad key":{"username":"x"}}"#;
    let second = r#"{"r.example/team/app":{"username":"c"},"https://r.example/v2/":{"username":"d"},"other.example":{"username":"y"}}"#;
    let users = |image: &str| {
        tried(&[first, second], image).into_iter().map(|(at, user)| format!("{at}{user}")).collect::<Vec<_>>()
    };
    // `*` sorts behind every letter in the reverse order.
    assert_eq!(users("r.example/team/app:1"), ["1c", "0a", "1d", "0b"]);
    assert_eq!(users("r.example/x"), ["0a", "1d"]);
    assert_eq!(users("s.example/x"), [""; 0]);
    // Only without another match Docker Hub's own key counts.
    let hub = r#"{"https://index.docker.io/v1/":{"username":"hub"},"docker.io/team":{"username":"team"}}"#;
    assert_eq!(tried(&[hub], "nginx"), [(0, "hub".to_owned())]);
    assert_eq!(tried(&[hub], "team/x"), [(0, "team".to_owned())]);
}

#[test]
fn a_ring_compares_so_much_and_no_more() {
    let hosts: Vec<String> = (0..5_001).map(|i| format!("h{i}.example")).collect();
    let keys: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let ring = Keyring::new(&keys);
    let image = Reference::parse("h7.example/x").unwrap();
    let mut found = 0;
    let looked = (0..100).filter(|_| ring.each(&image, &mut |_| found += 1)).count();
    assert_eq!((looked, found), (26, 26));
    assert_eq!(format!("{ring:?}"), "Keyring(5001)");
}
