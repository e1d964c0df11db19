//! Tests of `docker-secret-malformed`, through the whole policy.

use proptest::prelude::*;
use regwarden_sdk::base64;
use regwarden_sdk::json::write;

use crate::knowledge::testing::{Judged, judge_object};
use regwarden_sdk::cluster::NoCluster;

const NEW: &str = "kubernetes.io/dockerconfigjson";
const LEGACY: &str = "kubernetes.io/dockercfg";

fn secret(kind: &str, maps: &str) -> Judged {
    let kind = write::string(kind);
    let object = format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},"type":{kind},{maps}}}"#);
    judge_object(&NoCluster, "docker-secret-malformed", "{}", &object)
}

/// A document under the key of its type, once as text and once as base64; both must say the same.
fn document(kind: &str, text: &str) -> (Vec<String>, String) {
    let key = if kind == NEW { ".dockerconfigjson" } else { ".dockercfg" };
    let plain = secret(kind, &format!(r#""stringData":{{"{key}":{}}}"#, write::string(text)));
    let encoded = secret(kind, &format!(r#""data":{{"{key}":"{}"}}"#, base64::encode(text.as_bytes())));
    let levels = |judged: &Judged, map: &str| -> Vec<String> {
        let place = format!(" /{map}/{key}");
        judged.findings.iter().map(|finding| finding.strip_suffix(&place).unwrap().to_owned()).collect()
    };
    let said = levels(&plain, "stringData");
    assert_eq!(said, levels(&encoded, "data"), "{text}");
    (said, plain.words)
}

/// `auths` with one entry.
fn one(key: &str, entry: &str) -> String {
    format!(r#"{{"auths": {{{}: {entry}}}}}"#, write::string(key))
}

#[test]
fn what_kubelet_reads_is_silent() {
    const ENTRY: &str = r#"{"auth": "dXNlcjpwYXNz"}"#;
    for key in [
        "harbor.corp.example",
        "harbor.corp.example:30002",
        "https://harbor.corp.example/v2/",
        "https://index.docker.io/v1/",
        "https://index.docker.io/v2/",
        "index.docker.io",
        "docker.io",
        "docker.io/org",
        "http://10.0.0.7:5000",
        "ghcr.io/org/app",
        "ghcr.io/org/",
        "*.dkr.ecr.*.amazonaws.com",
        "[::1]:5000",
        "registry:5000",
        "localhost",
        "${REGISTRY}",
        "<registry host>",
        "{{ .Values.registry }}",
    ] {
        assert_eq!(document(NEW, &one(key, ENTRY)).0, [""; 0], "{key}");
    }
    for entry in [
        r#"{"username": "user", "password": "pass"}"#,
        r#"{"username": "user", "password": "pass", "auth": "dXNlcjpwYXNz", "email": "a@b.example"}"#,
        r#"{"username": "user", "password": "pass", "email": "", "serveraddress": "x", "identitytoken": ""}"#,
        r#"{"username": "user", "password": "pass", "identitytoken": "t"}"#,
        r#"{"username": "_json_key", "password": "{\n}\n"}"#,
        r#"{"auth": "${AUTH}"}"#,
        r#"{"auth": "<base64 of user:password>"}"#,
        r#"{"auth": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}"#,
        r#"{"username": "{{ user }}", "password": "{{ password }}", "auth": "{{ (user + password) | b64enc }}"}"#,
    ] {
        assert_eq!(document(NEW, &one("r.example", entry)).0, [""; 0], "{entry}");
    }
    assert_eq!(document(LEGACY, r#"{"r.example": {"auth": "dXNlcjpwYXNz"}}"#).0, [""; 0]);
    for text in [
        "<contents of config.json>",
        "${DOCKER_CONFIG_JSON}",
        "$DOCKER_CONFIG_JSON",
        "{{ .Values.imageCredentials | toJson }}",
        r#"{"auths": {{ auths | tojson }}}"#,
        "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
        "vault:secret/data/registry#config",
        "ref+vault://secret/registry#/config",
        "REPLACE_ME",
        "...",
    ] {
        for map in ["data", "stringData"] {
            let judged = secret(NEW, &format!(r#""{map}":{{".dockerconfigjson":{}}}"#, write::string(text)));
            assert_eq!(judged.findings, [""; 0], "{map} {text}");
        }
    }
    for kind in ["Opaque", "", "kubernetes.io/basic-auth", "example.com/own"] {
        assert_eq!(secret(kind, r#""data":{"config.json":"e30=","username":"dXNlcg=="}"#).findings, [""; 0], "{kind}");
    }
}

#[test]
fn documents() {
    for (kind, text, level, says) in [
        (NEW, "", "enforce", "is empty"),
        (NEW, "really not", "warn", "is not JSON: a value was expected at byte 0"),
        (NEW, "Really, really not a docker config at all", "enforce", "is not JSON"),
        (NEW, r#"{"auths": {"r.example": {"auth": "dXNlcjpwYXNz"}},}"#, "enforce", "at byte 50"),
        (NEW, "eyJhdXRocyI6eyJyLmV4YW1wbGUiOnsiYXV0aCI6ImRYTmxjanB3WVhOeiJ9fX0=", "enforce", "is not JSON"),
        (NEW, r#"{"auths": {"a.example": {}, "a.example": {}}}"#, "warn", "occurs twice"),
        (NEW, "[]", "enforce", "not a map"),
        (NEW, "null", "warn", "names no registry"),
        (NEW, "{}", "warn", "names no registry"),
        (NEW, r#"{"auths": {}}"#, "warn", "names no registry"),
        (NEW, r#"{"HttpHeaders": {}}"#, "warn", "names no registry"),
        (NEW, r#"{"auths": []}"#, "enforce", "of a type that kubelet does not take"),
        (NEW, r#"{"r.example": {"auth": "dXNlcjpwYXNz"}}"#, "enforce", "shape of the other"),
        (NEW, r#"{"username": "user", "password": "pass"}"#, "enforce", "shape of the other"),
        (NEW, r#"{"credHelpers": {"r.example": "ecr-login"}}"#, "warn", "`credHelpers`, which kubelet ignores"),
        (
            NEW,
            r#"{"auths": {"https://index.docker.io/v1/": {}}, "credsStore": "desktop"}"#,
            "warn",
            "which kubelet ignores",
        ),
        (LEGACY, "{}", "warn", "names no registry"),
        (LEGACY, r#"{"auths": {"https://r.example/v1/": {"auth": "dXNlcjpwYXNz"}}}"#, "enforce", "shape of the other"),
        (LEGACY, r#"{"auths": {"r.example": {"auth": "x"}}, "credsStore": ""}"#, "enforce", "shape of the other"),
    ] {
        let (levels, words) = document(kind, text);
        assert_eq!(levels, [level], "{text}: {words}");
        assert!(words.contains(says), "{text}: {words}");
    }
}

#[test]
fn entries() {
    const WHOLE: &str = "refuses the whole document";
    for (entry, level, says) in [
        (r#"{"auth": "user:pass"}"#, "enforce", "registry `r.example` has an `auth` that is not base64"),
        (r#"{"auth": "dXNlcjpwYXNz "}"#, "enforce", WHOLE),
        (r#"{"auth": "dXNlcg=="}"#, "enforce", "without a `:`"),
        (r#"{"username": "user", "password": 5}"#, "enforce", "has a field that is not a string"),
        (r#""dXNlcjpwYXNz""#, "enforce", "has a value that is not a map"),
        (r#"{}"#, "enforce", "neither"),
        (r#"null"#, "enforce", "neither"),
        (r#"{"email": "a@b.example"}"#, "enforce", "neither"),
        (r#"{"identitytoken": "t"}"#, "warn", "has a token, which kubelet ignores"),
        (r#"{"auth": "dXNlcjo=", "identitytoken": "t"}"#, "warn", "has a token"),
        (r#"{"username": "user"}"#, "warn", "has no password"),
        (r#"{"auth": "OnBhc3M="}"#, "warn", "has no user"),
        (r#"{"auth": "dXNlcjpwYXNzCg=="}"#, "warn", "with a line end"),
        (r#"{"username": "user", "password": "pass\n"}"#, "warn", "with a line end"),
        (r#"{"auth": "dXNlcjpwYXNz", "username": "other"}"#, "warn", "wins over"),
        (r#"{"auth": "dXNlcjpwYXNz", "username": "user", "password": "word"}"#, "warn", "wins over"),
        (r#"{"auth": "dXNlcjpwYXNzd29yZA"}"#, "warn", "docker and kaniko refuse"),
    ] {
        let (levels, words) = document(NEW, &one("r.example", entry));
        assert_eq!(levels, [level], "{entry}: {words}");
        assert!(words.contains(says), "{entry}: {words}");
    }
}

#[test]
fn keys() {
    const GOOD: &str = r#""good.example": {"auth": "dXNlcjpwYXNz"}"#;
    // Alone, and beside an entry that serves.
    for (key, alone, beside) in [
        ("", "enforce", "enforce"),
        ("r.example:port", "enforce", "enforce"),
        ("reg[.example", "enforce", "enforce"),
        ("r.example ", "enforce", "enforce"),
        ("oci://r.example", "enforce", "warn"),
        ("r.example/app:1", "enforce", "warn"),
        ("r.example/app@sha256", "enforce", "warn"),
        ("r.example/*", "enforce", "warn"),
        ("r.example/Org", "enforce", "warn"),
        ("r.example//org", "enforce", "warn"),
        ("https://index.docker.io/v1", "enforce", "warn"),
        ("https://index.docker.io/v1/org/app", "enforce", "warn"),
        ("https://hub.docker.com", "enforce", "warn"),
        ("myregistry", "enforce", "warn"),
        ("https://registry-1.docker.io/v2/", "warn", "warn"),
        ("R.example", "warn", "warn"),
        ("r.example/a?b", "warn", "warn"),
        ("someone:hunter2@r.example", "warn", "warn"),
    ] {
        let (levels, words) = document(NEW, &one(key, r#"{"auth": "dXNlcjpwYXNz"}"#));
        assert_eq!(levels, [alone], "{key}: {words}");
        assert!(!words.contains("hunter2"), "{words}");
        let key = write::string(key);
        let (levels, words) = document(NEW, &format!(r#"{{"auths": {{{GOOD}, {key}: {{"auth": "dXNlcjpwYXNz"}}}}}}"#));
        assert_eq!(levels, [beside], "{key}: {words}");
    }
    let (levels, _) = document(NEW, &format!(r#"{{"auths": {{{GOOD}, "r.example": {{}}}}}}"#));
    assert_eq!(levels, ["warn"]);
}

#[test]
fn types_and_keys() {
    const CONFIG: &str = "eyJhdXRocyI6eyJyLmV4YW1wbGUiOnsiYXV0aCI6ImRYTmxjanB3WVhOeiJ9fX0=";
    for (kind, maps, expected) in [
        (NEW, r#""data":{}"#, "enforce /data/.dockerconfigjson"),
        (NEW, r#""data":null"#, "enforce /data"),
        (NEW, r#""stringData":{"x":"y"}"#, "enforce /stringData/.dockerconfigjson"),
        (NEW, r#""data":{".dockercfg":"CONFIG"}"#, "enforce /data/.dockerconfigjson"),
        (LEGACY, r#""data":{".dockerconfigjson":"CONFIG"}"#, "enforce /data/.dockercfg"),
        (NEW, r#""data":{".dockerconfigjson":"{\"auths\":{}}"}"#, "enforce /data/.dockerconfigjson"),
        (NEW, r#""data":{".dockerconfigjson":"eyJhdXRocyI6e30"}"#, "warn /data/.dockerconfigjson"),
        (NEW, r#""data":{".dockerconfigjson":"docker-config-here"}"#, "warn /data/.dockerconfigjson"),
        (NEW, r#""data":{".dockerconfigjson":"changeme"}"#, "warn /data/.dockerconfigjson"),
        (
            NEW,
            r#""data":{".dockerconfigjson":"3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu/erb7v"}"#,
            "enforce /data/.dockerconfigjson",
        ),
        ("Opaque", r#""data":{".dockerconfigjson":"CONFIG"}"#, "warn /type"),
        ("", r#""stringData":{".dockercfg":"{}"}"#, "warn /type"),
        ("kubernetes.io/basic-auth", r#""data":{".dockerconfigjson":"CONFIG"}"#, "warn /type"),
    ] {
        let judged = secret(kind, &maps.replace("CONFIG", CONFIG));
        assert_eq!(judged.findings, [expected], "{kind} {maps}");
    }
    // `stringData` counts, whatever stands in `data`.
    let maps = format!(r#""data":{{".dockerconfigjson":"!"}},"stringData":{{".dockerconfigjson":{}}}"#, {
        write::string(&one("r.example", r#"{"auth":"dXNlcjpwYXNz"}"#))
    });
    assert_eq!(secret(NEW, &maps).findings, [""; 0]);
}

#[test]
fn many_wrong_entries_are_told_in_part() {
    let entries: Vec<_> = (0..5_000).map(|i| format!(r#""r{i}.example": {{}}"#)).collect();
    let (levels, _) = document(NEW, &format!(r#"{{"auths": {{{}}}}}"#, entries.join(",")));
    assert_eq!(levels.len(), 64);
}

/// Texts that hold the word `marker` where a secret could stand, and now and then break the document.
fn values() -> impl Strategy<Value = String> {
    let texts = ["marker", "marker:marker", "bWFya2Vy", "dTptYXJrZXI=", "dTptYXJrZXI", "bWFya2Vy!", ""];
    (0..texts.len()).prop_map(move |at| write::string(texts[at]))
}

proptest! {
    #[test]
    fn no_value_is_repeated(
        keys in proptest::collection::vec("(marker:marker@|)[a-c]{1,3}(\\.[a-c]|:marker|/marker:[0-9]|/A|)", 1..4),
        fields in proptest::collection::vec((0..6_usize, values()), 1..6),
        wrap in 0..4_usize,
        cut in 0..40_usize,
    ) {
        let names = ["auth", "username", "password", "identitytoken", "email", "marker"];
        let members: Vec<_> = fields.iter().map(|(name, value)| format!("\"{}\":{value}", names[*name])).collect();
        let entries: Vec<_> = keys.iter().map(|key| format!("{}:{{{}}}", write::string(key), members.join(","))).collect();
        let entries = format!("{{{}}}", entries.join(","));
        let text = match wrap {
            0 => entries,
            1 => format!("{{\"auths\":{entries}}}"),
            2 => format!("{{\"auths\":{entries},\"credHelpers\":{{\"marker\":\"marker\"}}}}"),
            _ => entries.chars().take(cut).collect(),
        };
        let encoded = base64::encode(text.as_bytes());
        for (kind, maps) in [
            (NEW, format!(r#""data":{{".dockerconfigjson":"{encoded}"}}"#)),
            (LEGACY, format!(r#""data":{{".dockercfg":"{encoded}"}}"#)),
            (NEW, format!(r#""data":{{".dockerconfigjson":{}}}"#, write::string(&text))),
            (LEGACY, format!(r#""stringData":{{".dockercfg":{}}}"#, write::string(&text))),
        ] {
            let said = secret(kind, &maps).words;
            // A path below a host is a repository, not a secret.
            let said = said.replace("/marker:", "");
            prop_assert!(!said.contains("marker") && !said.contains("bWFya2Vy"), "{}: {}", text, said);
        }
    }

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "\\PC{0,40}") {
        secret(NEW, &format!(r#""data":{{".dockerconfigjson":"{}"}}"#, base64::encode(&bytes)));
        secret(LEGACY, &format!(r#""data":{{".dockercfg":{}}}"#, write::string(&text)));
        secret(NEW, &format!(r#""stringData":{{".dockerconfigjson":{}}}"#, write::string(&text)));
    }
}
