//! Readers against the cases of docker/cli and go-containerregistry, and what each makes of keys of the others.

use regwarden_sdk::json::Document;

use super::*;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/c-docker-config.json"));

fn target(name: &str) -> Target {
    let name = name.strip_prefix("index.docker.io/").map_or(name.to_owned(), |path| format!("docker.io/{path}"));
    Target { whole: name.contains('/'), name }
}

/// Lookup, name and what is found: the user, or what else.
fn found(text: &str, lookup: Lookup, name: &str) -> String {
    let Ok(document) = Document::parse(text.as_bytes()) else { return "refused".to_owned() };
    match Reader::new(document.root()).look(lookup, &target(name)) {
        Look::Entry { entry, rival, .. } => {
            let user = String::from_utf8(entry.credentials.user.expose().to_vec()).unwrap();
            rival.map_or(user.clone(), |rival| format!("{user} not {rival}"))
        }
        Look::Helper => "helper".to_owned(),
        Look::NoEntry => "nothing".to_owned(),
        Look::NotUnderstood(key) => format!("not {key}"),
        Look::Refused(_) => "refused".to_owned(),
        Look::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn the_cases_of_the_keychain() {
    let table = Document::parse(TABLE.as_bytes()).unwrap();
    let mut ran = 0;
    for case in table.root().get("cases").unwrap().elements() {
        if case.str("group") != Some("VariousPaths") {
            continue;
        }
        ran += 1;
        let wanted = case.get("expect").unwrap();
        let found = found(case.str("config").unwrap(), Lookup::Keychain, case.str("target").unwrap());
        match wanted.get("auth").and_then(|auth| auth.str("username")) {
            Some(user) => assert_eq!(found, user, "{}", case.raw()),
            None if wanted.get("error").is_some() => {
                assert!(matches!(found.as_str(), "refused" | "helper"), "{} {found}", case.raw());
            }
            // A token, or nobody.
            None => assert!(["", "nothing"].contains(&found.as_str()), "{} {found}", case.raw()),
        }
    }
    assert_eq!(ran, 8);
}

#[test]
fn each_reader_has_its_own_keys() {
    use Lookup::{Containers, Docker, Keychain};
    let config = |keys: &[&str]| {
        let entries: Vec<String> = keys
            .iter()
            .map(|key| {
                let user = key.split('/').next_back().unwrap().replace(['*', '.', ':'], "");
                let auth = regwarden_sdk::base64::encode(format!("{user}0:p").as_bytes());
                format!(r#""{key}":{{"auth":"{auth}"}}"#)
            })
            .collect();
        format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))
    };
    for (keys, name, expected) in [
        (&["r.example"][..], "r.example/team/app", ["rexample0", "rexample0", "rexample0"]),
        (
            &["r.example", "r.example/team"],
            "r.example/team/app",
            ["rexample0 not r.example/team", "rexample0 not r.example/team", "team0"],
        ),
        (
            &["r.example/team/app", "r.example"],
            "r.example/team/app",
            ["rexample0 not r.example/team/app", "app0", "app0"],
        ),
        (&["r.example/a", "r.example/b"], "r.example/c", ["a0 not r.example/b", "a0 not r.example/b", "nothing"]),
        (&["*.example"], "r.example/c", ["not *.example", "not *.example", "not *.example"]),
        (&["docker.io"], "docker.io/library/x", ["not docker.io", "not docker.io", "dockerio0"]),
        (&["https://index.docker.io/v1/"], "docker.io/library/x", ["0", "0", "0"]),
        (&["r.example:5000"], "r.example/c", ["nothing", "nothing", "nothing"]),
        // The path is filled in later.
        (&["r.example"], "r.example", ["rexample0", "rexample0", "rexample0"]),
        (&["r.example/team"], "r.example", ["team0", "team0", "unknown"]),
    ] {
        let text = config(keys);
        for (lookup, expected) in [Docker, Keychain, Containers].into_iter().zip(expected) {
            assert_eq!(found(&text, lookup, name), expected, "{keys:?} {name} {lookup:?}");
        }
    }
    assert_eq!((key_to_write(Docker, "docker.io"), key_to_write(Containers, "docker.io")), (HUB_KEY, "docker.io"));
    assert_eq!(key_to_write(Keychain, "r.example:5000"), "r.example:5000");
}
