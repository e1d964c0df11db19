//! The cases of docker/cli and go-containerregistry.

use std::collections::BTreeMap;

use super::*;
use crate::docker_config::docker::{Entry, hostname, keychain_entry};
use crate::image::Reference;
use crate::registry::{RegistryKey, lookup_name};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/c-docker-config.json"));

/// Groups that are about something else than reading a document and looking up in it.
const LEFT_OUT: &[(&str, &str)] = &[
    ("save", "nothing here writes a config file"),
    ("FileStore-idempotent", "as above: when a file is written again"),
    ("NativeStore", "credential helpers are programs; nothing here runs them"),
    ("KeychainFromHelper", "as above"),
    ("MemoryStore", "a cache of docker/cli"),
    ("RefreshingKeychain", "a cache of go-containerregistry"),
    ("github-keychain", "variables of GitHub Actions in place of a document"),
    ("no-config", "which files exist"),
    ("file-precedence", "which files exist"),
];

/// Single cases of the other groups.
const LEFT_OUT_CASES: &[&str] = &[
    "dangling symlink",
    "no permission",
    "no directory/no file",
    "save without a file name",
    "add",
    "erase then get gives an empty entry without error",
];

#[test]
fn every_case() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let mut passed = BTreeMap::<&str, u32>::new();
    let mut left_out = BTreeMap::<&str, u32>::new();
    for case in table["cases"].as_array().unwrap() {
        let group = case["group"].as_str().unwrap();
        let unfit = case["name"].as_str().is_some_and(|name| LEFT_OUT_CASES.contains(&name));
        if unfit || LEFT_OUT.iter().any(|(name, _)| *name == group) {
            *left_out.entry(group).or_default() += 1;
            continue;
        }
        run(group, case);
        *passed.entry(group).or_default() += 1;
    }
    println!("clients: pass {passed:?}, left out {left_out:?}");
    assert_eq!((passed.values().sum::<u32>(), left_out.values().sum::<u32>()), (131, 51));
}

fn run(group: &str, case: &Value) {
    let wanted = &case["expect"];
    match group {
        "load" => load(case),
        "decodeAuth" => {
            let basic = Credentials::new(case["input"]["username"].as_str().unwrap(), "test").basic();
            let text = format!(r#"{{"auths": {{"h": {{"auth": "{}"}}}}}}"#, str::from_utf8(basic.expose()).unwrap());
            configured(&text, |config| assert_eq!(shown(&config.entries[0].1.credentials), expected(wanted)));
        }
        "GetAllCredentials" => all_credentials(case),
        "LoadFromReader" => configured(&case["config"].to_string(), |config| {
            let found = config.entry(case["get"].as_str().unwrap()).unwrap();
            assert_eq!(shown(&found.credentials), expected(wanted), "{case}");
        }),
        "DOCKER_AUTH_CONFIG" | "parseEnvConfig" => environment(case),
        "ConvertToHostname" => assert_eq!(*hostname(case["input"].as_str().unwrap()), wanted["hostname"], "{case}"),
        "FileStore" => file_store(case),
        "VariousPaths" => various_paths(case),
        "MultiKeychain" => several(case),
        "AuthConfig-marshal" => {
            let text = case["config"].as_object().unwrap();
            let basic =
                Credentials::new(text["username"].as_str().unwrap(), text["password"].as_str().unwrap()).basic();
            let written: Value = serde_json::from_str(wanted["json"].as_str().unwrap()).unwrap();
            assert_eq!(basic.expose(), written["auth"].as_str().unwrap().as_bytes(), "{case}");
        }
        "AuthConfig-unmarshal" => unmarshal(case),
        "k8s-keychain" => keychain(case),
        _ => panic!("unknown group: {case}"),
    }
}

fn configured(text: &str, check: impl FnOnce(&Config<'_>)) {
    let document = Document::parse(text.as_bytes()).unwrap();
    check(&Config::read(document.root()).unwrap());
}

fn pairs(config: &Config<'_>) -> BTreeMap<String, (String, String)> {
    config.entries.iter().map(|(key, entry)| ((*key).to_owned(), shown(&entry.credentials))).collect()
}

fn wanted_pairs(auths: &Value) -> BTreeMap<String, (String, String)> {
    auths.as_object().unwrap().iter().map(|(key, entry)| (key.clone(), expected(entry))).collect()
}

fn load(case: &Value) {
    let (text, wanted) = (case["input"].as_str().unwrap(), &case["expect"]);
    // docker takes a file without a byte for an empty document; whoever reads files knows that one is empty.
    if text.is_empty() {
        return assert_eq!(wanted["ok"], true, "{case}");
    }
    let document = Document::parse(text.as_bytes());
    let read = document.as_ref().ok().map(|document| Config::read(document.root()).unwrap());
    assert_eq!(Some(read.is_some()), wanted["ok"].as_bool(), "{case}");
    let Some(config) = read else { return };
    if wanted["auths"].is_object() {
        assert_eq!(pairs(&config), wanted_pairs(&wanted["auths"]), "{case}");
    }
    assert_eq!(config.store, wanted["credsStore"].as_str().unwrap_or_default(), "{case}");
    let helpers: BTreeMap<_, _> = config.helpers.iter().copied().collect();
    let given = wanted["credHelpers"].as_object().into_iter().flatten();
    assert_eq!(helpers, given.map(|(key, name)| (key.as_str(), name.as_str().unwrap())).collect(), "{case}");
}

/// What docker collects: all of the store or of the file, and over it what each helper says of its registry. The case
/// plays the helpers.
fn all_credentials(case: &Value) {
    let helpers = &case["helper_contents"];
    configured(&case["config"].to_string(), |config| {
        let mut known: Vec<&str> = config.entries.iter().map(|(key, _)| *key).collect();
        known.extend(config.helpers.iter().map(|(registry, _)| *registry));
        if !config.store.is_empty() {
            known.extend(helpers[config.store].as_object().unwrap().keys().map(String::as_str));
        }
        let mut found = BTreeMap::new();
        for registry in known {
            let pair = match config.source(registry) {
                Source::Entry(entry) => shown(&entry.credentials),
                Source::Helper(name) => expected(&helpers[name][registry]),
                Source::Nobody => panic!("{case}"),
            };
            // The helper that fails knows nothing.
            if pair != Default::default() {
                found.insert(registry.to_owned(), pair);
            }
        }
        assert_eq!(found, wanted_pairs(&case["expect"]["auths"]), "{case}");
    });
}

fn environment(case: &Value) {
    let text = case["env"].as_str().unwrap();
    let document = Document::parse(text.as_bytes());
    let read = document.as_ref().ok().and_then(|document| Config::read_environment(document.root()).ok());
    if case["expect"]["error_contains"].is_string() {
        return assert!(read.is_none(), "{case}");
    }
    let mut found = read.as_ref().map(pairs).unwrap_or_default();
    if case["config"].is_object() {
        configured(&case["config"].to_string(), |config| found.extend(pairs(config)));
    }
    assert_eq!(found, wanted_pairs(&case["expect"]["auths"]), "{case}");
}

/// The store keeps entries as they were put in, so it is only the lookup that these show.
fn file_store(case: &Value) {
    let auths = case["auths"].as_object().unwrap();
    let entries: Vec<_> = auths.keys().map(|key| (key.as_str(), Entry::default())).collect();
    let config = Config { entries, ..Config::default() };
    match case["get"].as_str() {
        Some(get) => assert!(matches!(config.source(get), Source::Entry(_)), "{case}"),
        None => assert_eq!(config.entries.len() as u64, case["expect"]["count"].as_u64().unwrap(), "{case}"),
    }
}

fn various_paths(case: &Value) {
    let wanted = &case["expect"];
    let text = case["config"].as_str().unwrap();
    let Ok(document) = Document::parse(text.as_bytes()) else { return assert_eq!(wanted["error"], true, "{case}") };
    let config = Config::read(document.root()).unwrap();
    match config.source_of_repository(case["target"].as_str().unwrap()) {
        Source::Entry(entry) => assert_eq!(shown(&entry.credentials), expected(&wanted["auth"]), "{case}"),
        Source::Nobody => assert_eq!(wanted["anonymous"], true, "{case}"),
        // There is no such program.
        Source::Helper(_) => assert_eq!(wanted["error"], true, "{case}"),
    }
}

/// One document after the other: the first that knows something answers.
fn several(case: &Value) {
    let target = case["target"].as_str().unwrap();
    let mut found = None;
    for keychain in case["keychains"].as_array().unwrap() {
        let entries = keychain.as_object().unwrap().iter();
        let auths: Value = entries.map(|(key, user)| (key.clone(), serde_json::json!({"username": user}))).collect();
        configured(&serde_json::json!({"auths": auths}).to_string(), |config| {
            if let Source::Entry(entry) = config.source_of_repository(target) {
                found.get_or_insert(shown(&entry.credentials));
            }
        });
    }
    assert_eq!(found.unwrap_or_default(), expected(&case["expect"]), "{case}");
}

fn unmarshal(case: &Value) {
    let wanted = &case["expect"];
    let document = Document::parse(case["input"].as_str().unwrap().as_bytes()).unwrap();
    match keychain_entry(document.root()) {
        Ok(entry) => {
            let auth = &wanted["auth"];
            assert_eq!(shown(&entry.credentials), expected(auth), "{case}");
            let token = |key: &str| auth[key].as_str().unwrap_or_default().as_bytes();
            assert_eq!(entry.identity_token.expose(), token("identitytoken"), "{case}");
            assert_eq!(entry.registry_token.expose(), token("registrytoken"), "{case}");
            assert_eq!(entry.credentials.basic().expose(), auth["auth"].as_str().unwrap().as_bytes(), "{case}");
        }
        Err(refusal) => {
            let prefix = wanted["error_prefix"].as_str().unwrap();
            assert_eq!(refusal.reason == Reason::Type, prefix.starts_with("json"), "{case}");
            assert_eq!(refusal.reason == Reason::AuthColon, prefix.contains("must be formatted"), "{case}");
        }
    }
}

/// The names of a list, which the table abbreviates.
fn names<'v>(holder: &'v Value, key: &str) -> Vec<&'v str> {
    holder[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The Secrets that a keychain made from these options looks into: those asked for by name, then the account's.
fn secrets_of(case: &Value) -> Vec<&Value> {
    let all: Vec<&Value> = case["secrets"].as_array().into_iter().flatten().collect();
    let options = &case["options"];
    if options.is_null() {
        return all;
    }
    let mut wanted = Vec::new();
    let ignore = options["ignorePullSecrets"] == true;
    if !ignore {
        wanted.extend(names(options, "imagePullSecrets"));
    }
    let account = options["serviceAccountName"].as_str().unwrap_or("default");
    for found in case["serviceAccounts"].as_array().into_iter().flatten().filter(|found| found["name"] == account) {
        if !ignore {
            wanted.extend(names(found, "imagePullSecrets"));
        }
        if options["useMountSecrets"] == true {
            wanted.extend(names(found, "secrets"));
        }
    }
    wanted.iter().filter_map(|name| all.iter().find(|secret| secret["name"] == **name).copied()).collect()
}

/// All entries of all Secrets in one ring, matched as kubelet matches them; the most specific key wins, of equal ones
/// the first.
fn keychain(case: &Value) {
    let mut texts: Vec<(Format, String)> = Vec::new();
    for secret in secrets_of(case) {
        let format = Format::of_type(secret["type"].as_str().unwrap()).unwrap();
        texts.push((
            format,
            match (secret["content"].as_str(), format) {
                (Some(content), _) => content.to_owned(),
                (None, Format::Legacy) => secret["auths"].to_string(),
                (None, Format::Config) => serde_json::json!({"auths": secret["auths"]}).to_string(),
            },
        ));
    }
    for (key, entry) in case["auths_one_secret_each"].as_object().into_iter().flatten() {
        texts.push((Format::Legacy, serde_json::json!({key: entry}).to_string()));
    }
    let documents: Vec<_> =
        texts.iter().map(|(format, text)| (*format, Document::parse(text.as_bytes()).unwrap())).collect();
    let mut entries = Vec::new();
    for (format, document) in &documents {
        for (key, node) in kubelet::entries(document.root(), *format).unwrap() {
            entries.push((RegistryKey::parse(key).unwrap(), keychain_entry(node).unwrap()));
        }
    }
    // go-containerregistry writes names of Docker Hub with `index.docker.io`; the bare hosts of the table are registries.
    let target = case["target"].as_str().unwrap();
    let name = match Reference::parse(target).map(|image| image.name().to_string()) {
        Ok(name) if !target.contains('.') => name.replace("docker.io", "index.docker.io"),
        _ => target.to_owned(),
    };
    let found = lookup_name(entries.iter().map(|(key, _)| *key), &name).map(|at| &entries[at].1);
    match found {
        Some(entry) => assert_eq!(shown(&entry.credentials), expected(&case["expect"]), "{case}"),
        None => assert_eq!(case["expect"]["anonymous"], true, "{case}"),
    }
}
