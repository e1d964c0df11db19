//! Resolutions of Pods, templates and descriptions against clusters of manifests.

use regwarden_sdk::base64::encode;
use regwarden_sdk::cluster::{InMemory, NoCluster};

use super::*;

/// What nobody may ever see: a password, a user that is a token, what `auth` hides.
const MARKER: &str = "hunter-marker";

/// A Secret of a type with one key.
fn secret(name: &str, kind: &str, key: &str, text: &str) -> String {
    let data = encode(text.as_bytes());
    format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"{name}","namespace":"ci"}},"type":"{kind}","data":{{"{key}":"{data}"}}}}"#
    )
}

/// A docker-registry Secret with credentials for these keys.
fn docker(name: &str, keys: &[&str]) -> String {
    let auth = encode(format!("robot${MARKER}:{MARKER}").as_bytes());
    let entries: Vec<String> = keys.iter().map(|key| format!(r#""{key}":{{"auth":"{auth}"}}"#)).collect();
    let text = format!(r#"{{"auths":{{{}}}}}"#, entries.join(","));
    secret(name, "kubernetes.io/dockerconfigjson", ".dockerconfigjson", &text)
}

fn account(name: &str, secrets: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"{name}","namespace":"ci"}},"imagePullSecrets":{secrets}}}"#
    )
}

fn resolved(object: &str, settings: &str, cluster: &[String]) -> Vec<Resolution> {
    let payload = format!(r#"{{"request":{{"namespace":"ci","object":{object}}},"settings":{settings}}}"#);
    let all = resolve(payload.as_bytes(), &InMemory::of(cluster).unwrap()).unwrap();
    let said = format!("{all:?}");
    assert!(!said.contains(MARKER) && !said.contains(&encode(b"hunter-ma")), "{said}");
    all
}

fn pod(spec: &str) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}},"spec":{spec}}}"#)
}

const CONTENTS: &str = r#"{"cluster":"contents"}"#;

/// `PROVIDER SOURCE KEY STATE` of each candidate.
fn brief(candidates: &[Candidate]) -> Vec<String> {
    let one = |c: &Candidate| format!("{:?} {} {} {:?}", c.provider, c.source, c.key, c.state);
    candidates.iter().map(one).collect()
}

#[test]
fn kubelet_tries_the_most_specific_key_first_and_the_node_last() {
    let spec = r#"{"imagePullSecrets":[{"name":"host"},{"name":"gone"},{"name":"team"},{"name":"basic"},{"name":"odd"}],
        "containers":[{"name":"a","image":"r.example/team/app:1"},{"name":"b","image":"r.example/x"},{"name":"c","image":"nginx"}]}"#;
    let cluster = [
        docker("host", &["https://r.example/v2/", "*.example"]),
        docker("team", &["r.example/team"]),
        secret("basic", "kubernetes.io/basic-auth", "username", MARKER),
        secret("odd", "kubernetes.io/dockercfg", "x", MARKER),
    ];
    let [resolution] = &resolved(&pod(spec), CONTENTS, &cluster)[..] else { panic!() };
    let rest =
        ["Pod gone  Absent", r#"Pod basic  WrongType("kubernetes.io/basic-auth")"#, r#"Pod odd  NoKey(".dockercfg")"#];
    let own = |first: &[&str]| {
        let mut all: Vec<String> = first.iter().map(ToString::to_string).collect();
        all.extend(rest.map(str::to_owned));
        all.push("Node   Unknown".to_owned());
        all
    };
    let [a, b, c] = &resolution.pulls[..] else { panic!() };
    assert_eq!(
        (a.pointer.as_str(), a.registry.as_str(), a.verdict),
        ("/spec/containers/0/image", "r.example", Verdict::Credential)
    );
    assert_eq!(
        brief(&a.candidates),
        own(&[
            "Pod team r.example/team Used",
            "Pod host https://r.example/v2/ Shadowed",
            "Pod host *.example Shadowed"
        ])
    );
    assert_eq!(b.candidates[0].key, "https://r.example/v2/");
    assert_eq!(b.candidates[2].state, State::Absent);
    assert_eq!(b.candidates[3].state, State::NoEntry, "{:?}", brief(&b.candidates));
    assert_eq!((c.verdict, c.registry.as_str()), (Verdict::Anonymous, "docker.io"));
}

#[test]
fn the_account_counts_when_the_pod_lists_none() {
    let spec = r#"{"serviceAccountName":"builder","containers":[{"name":"a","image":"r.example/x"}]}"#;
    let cluster = [docker("of-account", &["r.example"]), account("builder", r#"[{"name":"of-account"}]"#)];
    let template = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"d"}},"spec":{{"template":{{"spec":{spec}}}}}}}"#
    );
    let argo = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"w"},"spec":{"serviceAccountName":"builder","templates":[{"name":"t","container":{"image":"r.example/x"}}]}}"#;
    for (object, pointer, image) in [
        (pod(spec), "", "/spec/containers/0/image"),
        (template, "/spec/template", "/spec/template/spec/containers/0/image"),
        (argo.to_owned(), "/spec/templates/0", "/spec/templates/0/container/image"),
    ] {
        let [resolution] = &resolved(&object, CONTENTS, &cluster)[..] else { panic!("{object}") };
        assert_eq!((resolution.pointer.as_str(), resolution.service_account.as_str()), (pointer, "builder"));
        let [pull] = &resolution.pulls[..] else { panic!("{object}") };
        assert_eq!(pull.pointer, image);
        assert_eq!(brief(&pull.candidates), ["ServiceAccount of-account r.example Used", "Node   Unknown"]);
        // Nobody answers.
        let payload = format!(r#"{{"request":{{"namespace":"ci","object":{object}}},"settings":{CONTENTS}}}"#);
        let unknown = resolve(payload.as_bytes(), &NoCluster).unwrap();
        assert_eq!(brief(&unknown[0].pulls[0].candidates), ["ServiceAccount   Unknown", "Node   Unknown"]);
        assert_eq!(unknown[0].pulls[0].verdict, Verdict::Unknown);
    }
}

#[test]
fn settings_and_contents_decide_the_verdict() {
    let spec = r#"{"imagePullSecrets":[{"name":"s"}],"containers":[{"name":"a","image":"r.example/x"}]}"#;
    let settings =
        |pull: &str| format!(r#"{{"cluster":"contents","registries":[{{"registry":"r.example","pull":{pull}}}]}}"#);
    let other = docker("s", &["other.example"]);
    let bad = secret(
        "s",
        "kubernetes.io/dockerconfigjson",
        ".dockerconfigjson",
        r#"{"auths":{"other.example":{"auth":"hunter-marker"}}}"#,
    );
    let hole = secret(
        "s",
        "kubernetes.io/dockerconfigjson",
        ".dockerconfigjson",
        r#"{"auths":{"r.example":{"username":"u","password":"<password>"}}}"#,
    );
    for (settings, secret, verdict, state) in [
        (settings(r#"{"anonymous":true}"#), &other, Verdict::NotNeeded, State::NoEntry),
        (settings(r#"{"node":true}"#), &other, Verdict::Credential, State::NoEntry),
        (settings(r#"{"secret":"s"}"#), &other, Verdict::Anonymous, State::NoEntry),
        (CONTENTS.to_owned(), &hole, Verdict::Anonymous, State::Empty),
        (
            CONTENTS.to_owned(),
            &bad,
            Verdict::Refused,
            State::Malformed("`other.example` has an `auth` that is not base64".to_owned()),
        ),
        (r#"{"cluster":"names"}"#.to_owned(), &bad, Verdict::Unknown, State::Unknown),
        ("{}".to_owned(), &bad, Verdict::Unknown, State::Unknown),
    ] {
        let all = resolved(&pod(spec), &settings, std::slice::from_ref(secret));
        let pull = &all[0].pulls[0];
        assert_eq!((pull.verdict, &pull.candidates[0].state), (verdict, &state), "{settings}");
    }
}

/// A Pod with kaniko that pushes there, with a Secret as its docker config.
fn kaniko(destination: &str, items: &str) -> String {
    pod(&format!(
        r#"{{"containers":[{{"name":"k","image":"gcr.io/kaniko-project/executor:v1.23.2","args":["--destination={destination}"],
        "volumeMounts":[{{"name":"c","mountPath":"/kaniko/.docker"}}]}}],"volumes":[{{"name":"c","secret":{{"secretName":"s"{items}}}}}]}}"#
    ))
}

const ITEMS: &str = r#","items":[{"key":".dockerconfigjson","path":"config.json"}]"#;

fn pushed(object: &str, settings: &str, cluster: &[String]) -> Push {
    let mut all = resolved(object, settings, cluster);
    all.remove(0).pushes.remove(0)
}

#[test]
fn kaniko_reads_by_the_rules_of_docker() {
    const HUB: &str = "https://index.docker.io/v1/";
    let not_understood = |key: &str| State::KeyNotUnderstood(key.to_owned());
    for (destination, keys, key, state, verdict) in [
        ("r.example/team/app:1", &["r.example"][..], "r.example", State::Used, Verdict::Credential),
        // Where no key is the host itself, docker drops the path of those that have one.
        ("r.example/team/app:1", &["r.example/team"], "r.example/team", State::Used, Verdict::Credential),
        ("r.example/team/app:1", &["*.example"], "*.example", not_understood("r.example"), Verdict::Anonymous),
        ("team/app:1", &["docker.io"], "docker.io", not_understood(HUB), Verdict::Anonymous),
        ("team/app:1", &["https://index.docker.io/v1/"], HUB, State::Used, Verdict::Credential),
        ("team/app:1", &["index.docker.io"], "index.docker.io", not_understood(HUB), Verdict::Anonymous),
        ("r.example:5000/app", &["r.example"], "", State::NoEntry, Verdict::Anonymous),
        ("10.0.0.1/app", &["r.example"], "", State::NoEntry, Verdict::NotNeeded),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/app", &["r.example"], "", State::NoEntry, Verdict::Unknown),
    ] {
        let push = pushed(&kaniko(destination, ITEMS), CONTENTS, &[docker("s", keys)]);
        assert_eq!((push.pointer.as_str(), push.tool.as_str()), ("/spec/containers/0/args/0", "kaniko"));
        assert_eq!(push.files, ["/kaniko/.docker/config.json"]);
        let first = &push.candidates[0];
        assert_eq!((first.source.as_str(), first.file.as_str()), ("s", "/kaniko/.docker/config.json"));
        assert_eq!((first.key.as_str(), &first.state, push.verdict), (key, &state, verdict), "{destination} {keys:?}");
    }
    let push = pushed(&kaniko("r.example/team/app", ITEMS), CONTENTS, &[docker("s", &["r.example", "r.example/team"])]);
    let pair = ["SecretVolume s r.example Used", "SecretVolume s r.example/team Shadowed"];
    assert_eq!(brief(&push.candidates), pair);
}

#[test]
fn what_is_not_there_or_not_readable_is_told() {
    let malformed = |what: &str| State::Malformed(what.to_owned());
    let config = |text: &str| secret("s", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", text);
    let unpadded = encode(b"u2:hunter-marker").replace('=', "");
    for (items, cluster, state, verdict) in [
        (ITEMS, None, State::Absent, Verdict::Anonymous),
        ("", Some(docker("s", &["r.example"])), State::NoKey("config.json".to_owned()), Verdict::Anonymous),
        (
            ITEMS,
            Some(secret("s", "Opaque", "x", MARKER)),
            State::NoKey(".dockerconfigjson".to_owned()),
            Verdict::Anonymous,
        ),
        (
            "",
            Some(secret("s", "Opaque", "config.json", r#"{"auths":{"r.example":{"username":"u","password":"p0"}}}"#)),
            State::Used,
            Verdict::Credential,
        ),
        (ITEMS, Some(config("hunter-marker")), malformed("is not JSON"), Verdict::Refused),
        (
            ITEMS,
            Some(config(&format!(r#"{{"auths":{{"a":{{"auth":"{unpadded}"}}}}}}"#))),
            malformed("has an `auth` that is not padded base64"),
            Verdict::Refused,
        ),
        (ITEMS, Some(config(r#"{"auths":{"r.example":{}}}"#)), State::Empty, Verdict::Anonymous),
        (
            ITEMS,
            Some(config(r#"{"auths":{"r.example":{"username":"u","password":"${TOKEN}"}}}"#)),
            State::Empty,
            Verdict::Anonymous,
        ),
        (
            ITEMS,
            Some(config(r#"{"auths":{"r.example":{"identitytoken":"hunter-marker"}}}"#)),
            State::Used,
            Verdict::Credential,
        ),
        (ITEMS, Some(config(r#"{"credHelpers":{"r.example":"ecr-login"}}"#)), State::Unknown, Verdict::Unknown),
    ] {
        let cluster: Vec<String> = cluster.into_iter().collect();
        let push = pushed(&kaniko("r.example/team/app", items), CONTENTS, &cluster);
        assert_eq!((&push.candidates[0].state, push.verdict), (&state, verdict), "{cluster:?}");
    }
    for settings in ["{}", r#"{"cluster":"names"}"#] {
        let push = pushed(&kaniko("r.example/team/app", ITEMS), settings, &[docker("s", &["r.example"])]);
        assert_eq!((&push.candidates[0].state, push.verdict), (&State::Unknown, Verdict::Unknown), "{settings}");
    }
}

#[test]
fn buildah_asks_several_files_and_reads_paths() {
    let spec = |mounts: &str| {
        pod(&format!(
            r#"{{"containers":[{{"name":"b","image":"quay.io/buildah/stable:v1","command":["buildah","push","app","docker://quay.io/org/app:1"],"volumeMounts":[{mounts}]}}],
            "volumes":[{{"name":"run","secret":{{"secretName":"run","items":[{{"key":".dockerconfigjson","path":"auth.json"}}]}}}},
                       {{"name":"home","projected":{{"sources":[{{"secret":{{"name":"home","items":[{{"key":".dockerconfigjson","path":"config.json"}}]}}}}]}}}}]}}"#
        ))
    };
    let both = spec(r#"{"name":"home","mountPath":"/root/.docker"},{"name":"run","mountPath":"/run/containers/0"}"#);
    let cluster = |run: &str, home: &str| [docker("run", &[run]), docker("home", &[home])];
    let push = pushed(&both, CONTENTS, &cluster("quay.io/org", "quay.io"));
    assert_eq!(push.files[0], "/run/containers/0/auth.json");
    assert_eq!(brief(&push.candidates), ["SecretVolume run quay.io/org Used"]);
    let push = pushed(&both, CONTENTS, &cluster("quay.io/other", "quay.io"));
    assert_eq!(brief(&push.candidates), ["SecretVolume run  NoEntry", "SecretVolume home quay.io Used"]);
    let push = pushed(&both, CONTENTS, &cluster("*.io", "x.example"));
    assert_eq!(push.candidates[0].state, State::KeyNotUnderstood("quay.io".to_owned()));
    assert_eq!(pushed(&spec(""), CONTENTS, &[]).verdict, Verdict::Anonymous);
}

#[test]
fn others_may_provide_too() {
    let container = |rest: &str| {
        pod(&format!(
            r#"{{"containers":[{{"name":"k","image":"gcr.io/kaniko-project/executor:v1.23.2","args":["-d","r.example/app"],{rest}}}],
        "volumes":[{{"name":"h","hostPath":{{"path":"/root/.docker"}}}},{{"name":"m","configMap":{{"name":"helpers"}}}},{{"name":"e","emptyDir":{{}}}}]}}"#
        ))
    };
    let mount =
        |name: &str| container(&format!(r#""volumeMounts":[{{"name":"{name}","mountPath":"/kaniko/.docker"}}]"#));
    for (object, expected) in [
        (mount("h"), "Node   Unknown"),
        (mount("m"), "ConfigMapVolume helpers  Unknown"),
        (mount("e"), "Elsewhere   Unknown"),
        (mount("gone"), "Elsewhere   Unknown"),
        (
            container(r#""env":[{"name":"DOCKER_AUTH_CONFIG","valueFrom":{"secretKeyRef":{"name":"x","key":"y"}}}]"#),
            "Variable   Unknown",
        ),
        (container(r#""env":[{"name":"DOCKER_CONFIG","value":"$(ELSEWHERE)"}]"#), "Variable   Unknown"),
    ] {
        let push = pushed(&object, CONTENTS, &[]);
        assert_eq!((brief(&push.candidates), push.verdict), (vec![expected.to_owned()], Verdict::Unknown), "{object}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |payload: &str| resolve(payload.as_bytes(), &NoCluster).unwrap_err();
    for (payload, said) in [
        ("", "the text ends"),
        ("{}", "there is no request"),
        (
            r#"{"request":{"object":{"apiVersion":"v1","kind":"Pod","spec":{"containers":5}}}}"#,
            "/spec/containers: this must be a list",
        ),
        (
            r#"{"request":{"object":{"apiVersion":"v1","kind":"Pod","spec":{}}},"settings":{"clustr":"names"}}"#,
            "clustr",
        ),
    ] {
        assert!(error(payload).contains(said), "{}", error(payload));
    }
    let config_map = r#"{"request":{"object":{"apiVersion":"v1","kind":"ConfigMap"}}}"#;
    assert_eq!(resolve(config_map.as_bytes(), &NoCluster), Ok(Vec::new()));
}

#[test]
fn a_key_with_a_password_in_it_is_not_shown() {
    let spec = r#"{"imagePullSecrets":[{"name":"s"}],"containers":[{"name":"a","image":"r.example/x"}]}"#;
    let keys = ["https://user:hunter-marker@r.example", "r.example/x@hunter-marker"];
    resolved(&pod(spec), CONTENTS, &[docker("s", &keys)]);
    let push = pushed(&kaniko("r.example/app", ITEMS), CONTENTS, &[docker("s", &keys[..1])]);
    assert_eq!(brief(&push.candidates), ["SecretVolume s … Used"]);
}

#[test]
fn hostile_pods_end_soon() {
    let keys: Vec<String> = (0..20_000).map(|i| format!("*.h{i}.example")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let image = r#"{"name":"a","image":"r.example/x","args":["push","r.example/y"]},"#.repeat(20_000);
    let spec = format!(r#"{{"imagePullSecrets":[{{"name":"s"}}],"containers":[{image}{{"name":"z"}}]}}"#);
    let payload = format!(r#"{{"request":{{"namespace":"ci","object":{}}},"settings":{CONTENTS}}}"#, pod(&spec));
    let begin = std::time::Instant::now();
    let answer = resolve(payload.as_bytes(), &InMemory::of(&[docker("s", &keys)]).unwrap());
    assert!(answer.is_err_and(|error| error.contains("split it")));
    // Far above what is measured, far below what anything quadratic needs.
    assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
}
