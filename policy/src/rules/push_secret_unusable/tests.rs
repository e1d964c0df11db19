//! What `push-secret-unusable` and its siblings say, and that no value of a Secret is ever in it.

use proptest::prelude::*;
use regwarden_sdk::base64::encode;

use crate::knowledge::testing::{Judged, cluster, judge_object};

const SETTINGS: &str = r#"{"cluster":"contents","profile":"strict"}"#;
const RULE: &str = "push-secret-unusable";

/// A Secret `s` of a type, with one key.
fn secret(kind: &str, key: &str, text: &str) -> String {
    let data = encode(text.as_bytes());
    format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s","namespace":"ci","managedFields":[{{"time":"2026-11-20T08:00:00Z"}}]}},"type":"{kind}","data":{{"{key}":"{data}"}}}}"#
    )
}

fn docker(text: &str) -> String {
    secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson", text)
}

/// A Pod that is pulled and pushes with the Secret `s`, by kaniko and by buildah.
fn judged(image: &str, secrets: &[String]) -> Judged {
    let object = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","managedFields":[{{"time":"2026-11-21T08:00:00Z"}}]}},"spec":{{"imagePullSecrets":[{{"name":"s"}}],"containers":[
        {{"name":"k","image":"gcr.io/kaniko-project/executor:v1.23.2","args":["--destination={image}"],"volumeMounts":[{{"name":"c","mountPath":"/kaniko/.docker"}}]}},
        {{"name":"b","image":"quay.io/buildah/stable:v1","command":["buildah","push","x","docker://{image}"],"env":[{{"name":"DOCKER_CONFIG","value":"/c"}}],"volumeMounts":[{{"name":"c","mountPath":"/c"}}]}},
        {{"name":"a","image":"{image}"}}],
        "volumes":[{{"name":"c","secret":{{"secretName":"s","items":[{{"key":".dockerconfigjson","path":"config.json"}}]}}}}]}}}}"#
    );
    judge_object(&cluster(secrets), RULE, SETTINGS, &object)
}

#[test]
fn each_fault_is_told_with_what_to_write() {
    for (image, text, says) in [
        (
            "r.example/a",
            r#"{"auths":{"*.example":{"auth":"dTpw"}}}"#,
            &[
                "kaniko does not take entry `*.example` of Secret `s` for `r.example`, as kubelet would",
                "write the entry under the key `r.example` as well",
                "buildah does not take entry",
            ][..],
        ),
        (
            "team/a:1",
            r#"{"auths":{"docker.io":{"auth":"dTpw"}}}"#,
            &["kaniko does not take entry `docker.io`", "the key `https://index.docker.io/v1/`"],
        ),
        (
            "r.example/a",
            r#"{"auths":{"other.example":{"auth":"dTpw"}}}"#,
            &["Secret `s` has no entry for `r.example`, to which kaniko pushes", "to which buildah pushes"],
        ),
        (
            "r.example/a",
            r#"{"auths":{"r.example":{"username":"u","password":"p0"}}}"#,
            &["entry `r.example` of Secret `s` holds nothing that buildah reads"],
        ),
        (
            "r.example/a",
            "{",
            &["the docker config in Secret `s` is not JSON, so kaniko has no credentials for `r.example`"],
        ),
    ] {
        let words = judged(image, &[docker(text)]).words;
        for part in says {
            assert!(words.contains(part), "{text}: {part}\n{words}");
        }
    }
    let words = judged("r.example/a", &[]).words;
    assert!(
        words.contains("Secret `s`, where kaniko reads its docker config, does not exist in namespace `ci`"),
        "{words}"
    );
    assert!(words.contains("--docker-server=r.example"), "{words}");
    let words = judged("r.example/a", &[secret("Opaque", "x", "{}")]).words;
    assert!(words.contains("Secret `s` has no key `.dockerconfigjson`, which its volume shows to kaniko"), "{words}");
}

#[test]
fn what_tools_take_is_no_fault() {
    let good = docker(r#"{"auths":{"r.example":{"auth":"dTpw"}}}"#);
    assert_eq!(judged("r.example/a", &[good]).findings, [""; 0]);
}

#[test]
fn siblings_name_secret_registry_and_known_users_only() {
    let text = r#"{"auths":{"r.example":{"auth":"YWRtaW46bWFya2Vy"},"r.example/a":{"auth":"bWFya2VyOm1hcmtlcg=="},
        "e.example":{"username":"AWS","password":"marker"}}}"#;
    let words = judged("r.example/a/b:1", &[docker(text)]).words;
    for part in [
        "kubelet tries entry `r.example/a` of Secret `s` first for images of `r.example`, and entry `r.example` of Secret `s` only if that is refused",
        "kaniko takes entry `r.example` of Secret `s` for all of `r.example` and passes over entry `r.example/a`",
        "Secret `s` logs in to `r.example` as `admin`",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(!words.contains("marker"), "{words}");
    let words = judged("e.example/a", &[docker(text)]).words;
    assert!(
        words.contains("Secret `s` holds an ECR token for `e.example` that ended on 2026-11-20 20:00 UTC"),
        "{words}"
    );
    assert!(!words.contains("marker"), "{words}");
}

/// A document whose every value that could be a credential, and some keys, hold the marker.
fn documents() -> impl Strategy<Value = String> {
    const MARKED: &[&str] = &[
        r#""marker""#,
        r#""dXNlcjptYXJrZXI=""#,
        r#""bWFya2Vy""#,
        r#""bWFya2VyOm1hcmtlcg==""#,
        r#""eyJhbGciOiJub25lIn0.eyJleHAiOjUsImEiOiJtYXJrZXIifQ.marker""#,
        r#""ghs_marker""#,
        r#""<marker>""#,
        r#""admin""#,
        r#""AWS""#,
        r#"["marker"]"#,
        "5",
        "null",
    ];
    const KEYS: &[&str] = &[
        "r.example",
        "r.example/a",
        "https://u:marker@r.example",
        "*.example",
        "marker@r.example",
        "r.example/a@marker",
        "oci://marker:marker@r.example",
        "docker.io",
        "glpat-marker0marker1marker2",
    ];
    const FIELDS: &[&str] = &["username", "password", "auth", "AUTH", "identitytoken", "registrytoken", "email"];
    let entry = proptest::collection::btree_map(0..FIELDS.len(), 0..MARKED.len(), 0..4).prop_map(|chosen| {
        let fields: Vec<_> = chosen.iter().map(|(f, v)| format!("\"{}\":{}", FIELDS[*f], MARKED[*v])).collect();
        format!("{{{}}}", fields.join(","))
    });
    let entry = prop_oneof![8 => entry, 1 => (0..MARKED.len()).prop_map(|value| MARKED[value].to_owned())];
    let auths = proptest::collection::btree_map(0..KEYS.len(), entry, 0..4).prop_map(|entries| {
        let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("\"{}\":{entry}", KEYS[*key])).collect();
        format!("{{\"auths\":{{{}}}}}", entries.join(","))
    });
    prop_oneof![9 => auths, 1 => Just("marker".to_owned()), 1 => Just(r#"{"credsStore":"marker","auths":"marker"}"#.to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn no_value_is_ever_told(text in documents(), docker_type in any::<bool>(), hub in any::<bool>()) {
        let kind = if docker_type { "kubernetes.io/dockerconfigjson" } else { "Opaque" };
        let image = if hub { "team/a:1" } else { "r.example/a:1" };
        let words = judged(image, &[secret(kind, ".dockerconfigjson", &text)]).words;
        prop_assert!(!words.contains("marker") && !words.contains("bWFya2Vy"), "{}\n{}", text, words);
    }
}
