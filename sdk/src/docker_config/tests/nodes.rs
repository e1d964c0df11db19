//! The cases of kubelet that are about decoding; those about matching are with the registry keys.

use super::*;
use crate::registry::{RegistryKey, lookup_name};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/b-kubelet-credentials.json"));

/// With the registry's tests.
const ELSEWHERE: [&str; 8] = [
    "URLsMatch",
    "KeyringForGlob",
    "KeyringMiss",
    "DockerHub",
    "IsDefaultRegistryMatch",
    "LookupOrder",
    "Issue3797-scheme-and-v1-path",
    "ParseImageName",
];

#[test]
fn every_case() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let (mut ran, mut elsewhere, mut left_out) = (0, 0, 0);
    for case in table["cases"].as_array().unwrap() {
        let input = case["input"].as_str().or(case["content"].as_str()).unwrap_or_default();
        match case["group"].as_str().unwrap() {
            // How often kubelet asks its plugins: there are none here.
            "ProvidersKeyring" => left_out += 1,
            group if ELSEWHERE.contains(&group) => elsewhere += 1,
            "ReadDockerConfigFile" => assert!(read(input, Format::Config).is_ok(), "{case}"),
            "DockerConfigJSONDecode" | "ReadFromBytes" => {
                let format = if case["format"] == Format::Legacy.key() { Format::Legacy } else { Format::Config };
                match case["expect"]["entries"].as_object() {
                    Some(entries) => {
                        let wanted: Vec<_> =
                            entries.iter().map(|(key, entry)| (key.clone(), expected(entry))).collect();
                        let mut found = read(input, format).unwrap();
                        found.sort();
                        assert_eq!(found, wanted, "{case}");
                    }
                    None => assert!(read(input, format).is_err(), "{case}"),
                }
            }
            "EntryDecode" => entry(input, case, &case["expect"]["entry"]),
            "DecodeAuthField" => {
                entry(&serde_json::json!({"auth": case["auth"]}).to_string(), case, &case["expect"]);
            }
            "EntryEncode" => {
                let text = case["entry"].to_string();
                let document = Document::parse(text.as_bytes()).unwrap();
                let basic = kubelet::credentials(document.root()).unwrap().basic();
                let written: Value = serde_json::from_str(case["expect"]["json"].as_str().unwrap()).unwrap();
                assert_eq!(basic.expose(), written["auth"].as_str().unwrap().as_bytes(), "{case}");
                entry(case["expect"]["json"].as_str().unwrap(), case, &case["entry"]);
            }
            "MakeDockerKeyring" => keyring(case),
            group => panic!("unknown group {group}"),
        }
        ran += 1;
    }
    ran -= elsewhere + left_out;
    println!("kubelet: {ran} decoding cases pass, {elsewhere} run with the registry keys, {left_out} left out");
    assert_eq!((ran, elsewhere, left_out), (32, 72, 1));
}

/// Key, user and password.
type Named = (String, (String, String));

fn read(text: &str, format: Format) -> Result<Vec<Named>, ()> {
    let document = Document::parse(text.as_bytes()).map_err(|_| ())?;
    let entries = kubelet::read(document.root(), format).map_err(|_| ())?;
    Ok(entries.iter().map(|entry| (entry.key.to_owned(), shown(&entry.credentials))).collect())
}

fn entry(text: &str, case: &Value, wanted: &Value) {
    let document = Document::parse(text.as_bytes()).unwrap();
    match kubelet::credentials(document.root()) {
        Ok(credentials) => {
            assert_ne!(case["expect"]["fail"], true, "{case}");
            assert_eq!(shown(&credentials), expected(wanted), "{case}");
        }
        Err(_) => assert_eq!(case["expect"]["fail"], true, "{case}"),
    }
}

/// The Secrets of a Pod and the node's own credentials behind them.
fn keyring(case: &Value) {
    let image = case["image"].as_str().unwrap();
    let mut found = Vec::new();
    let mut valid = 0;
    for secret in case["pullSecrets"].as_array().unwrap() {
        let Some(format) = Format::of_type(secret["type"].as_str().unwrap()) else { continue };
        let Some(text) = secret["data"][format.key()].as_str().filter(|text| !text.is_empty()) else { continue };
        valid += 1;
        let document = Document::parse(text.as_bytes()).unwrap();
        let entries = kubelet::read(document.root(), format).unwrap();
        let keys: Vec<RegistryKey<'_>> = entries.iter().map(|entry| entry.registry.unwrap()).collect();
        found.extend(lookup_name(keys, image).map(|at| shown(&entries[at].credentials)));
    }
    let defaults = case["defaultKeyring"].as_array().into_iter().flatten().map(expected);
    found.extend(defaults);
    let wanted: Vec<_> = case["expect"]["creds_in_order"].as_array().unwrap().iter().map(expected).collect();
    assert_eq!(found, wanted, "{case}");
    // Without a Secret of its own the Pod gets the node's keyring as it is, which in the table says of itself: none.
    assert_eq!(case["expect"]["found"].as_bool(), Some(valid > 0 && !found.is_empty()), "{case}");
}
