//! Clusters behind a real API server: rights, mistakes of kubeconfigs, faults on the way.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

#[path = "support/asking.rs"]
#[expect(dead_code, reason = "metadata is for other tests")]
mod asking;
#[path = "support/kube.rs"]
mod kube;
#[path = "support/proxy.rs"]
mod proxy;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use asking::Asking;
use kube::{User, cluster, kubeconfig};
use proxy::{Fault, Proxy};
use regwarden_host::cluster::{
    AccessReview, Capabilities, Cluster, ClusterError, Connection, Grants, ListQuery, Live, ObjectRef, Patience,
    Patterns,
};
use regwarden_host::engine::{CodeCache, Engine, HostCalls, Limits};
use regwarden_host::outcome::Outcome;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

fn soon() -> Patience {
    Patience::until(Instant::now() + PATIENCE)
}

fn connection(directory: &TempDir, text: &str) -> Connection {
    let file = directory.path().join("kubeconfig");
    fs::write(&file, text).unwrap();
    Connection { kubeconfig: Some(file), context: None, timeout: PATIENCE }
}

fn connect(text: &str) -> Live {
    let directory = tempfile::tempdir().unwrap();
    Live::connect(&connection(&directory, text)).unwrap_or_else(|error| panic!("{error}"))
}

/// Why a kubeconfig does not connect, without the paths of this run.
fn refused(text: &str, context: Option<&str>) -> String {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection { context: context.map(str::to_owned), ..connection(&directory, text) };
    let error = Live::connect(&connection).err().expect("there is no connection").to_string();
    assert!(!error.contains("marker-"), "{error}");
    error.replace(&*directory.path().to_string_lossy(), "DIR")
}

fn secret<'a>(namespace: &'a str, name: &'a str) -> ObjectRef<'a> {
    ObjectRef { api_version: "v1", kind: "Secret", namespace: Some(namespace), name }
}

fn secrets(namespace: Option<&str>) -> ListQuery<'_> {
    ListQuery { api_version: "v1", kind: "Secret", namespace, label_selector: None, field_selector: None }
}

fn review(user: &str, verb: &str, resource: &str) -> AccessReview {
    let review = json!({"user": user, "groups": ["system:authenticated"],
        "resource_attributes": {"verb": verb, "resource": resource, "namespace": "ci"}});
    serde_json::from_value(review).unwrap()
}

fn names(items: &[Arc<Value>]) -> Vec<&str> {
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn a_user_who_may_read_nothing_learns_so_at_once() {
    let Some(server) = cluster() else { return };
    let live = connect(&server.kubeconfig(User::ReadsNothing));
    let began = Instant::now();
    let refusals = [
        live.get(&secret("ci", "regcred"), soon()).unwrap_err(),
        live.get(&secret("ci", "absent"), soon()).unwrap_err(),
        live.list(&secrets(Some("ci")), soon()).unwrap_err(),
        live.list(&secrets(None), soon()).unwrap_err(),
        live.can_i(&review("admin", "get", "pods"), soon()).unwrap_err(),
    ];
    for refusal in &refusals {
        assert!(matches!(refusal, ClusterError::Forbidden(_)), "{refusal}");
        assert!(refusal.to_string().contains("User \"nothing\" cannot"), "{refusal}");
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn a_user_who_may_read_one_secret_reads_that_one() {
    let Some(server) = cluster() else { return };
    let live = connect(&server.kubeconfig(User::ReadsOne));
    let found = live.get(&secret("ci", "regcred"), soon()).unwrap();
    assert_eq!((&found["apiVersion"], &found["kind"]), (&json!("v1"), &json!("Secret")));
    assert_eq!(found["type"], "kubernetes.io/dockerconfigjson");
    for other in
        [secret("ci", "other"), secret("ci", "absent"), secret("default", "regcred"), secret("nowhere", "regcred")]
    {
        assert!(matches!(live.get(&other, soon()), Err(ClusterError::Forbidden(_))), "{other:?}");
    }
    assert!(matches!(live.list(&secrets(Some("ci")), soon()), Err(ClusterError::Forbidden(_))));
}

#[test]
fn a_user_who_may_read_all_reads_all() {
    let Some(server) = cluster() else { return };
    let live = connect(&server.kubeconfig(User::ReadsAll));
    let listed = live.list(&secrets(Some("ci")), soon()).unwrap();
    assert_eq!(names(&listed), ["other", "regcred"]);
    assert!(listed.iter().all(|item| item["kind"] == "Secret" && item["apiVersion"] == "v1"));
    let query = ListQuery { label_selector: Some("name in (regcred,x)"), ..secrets(None) };
    assert_eq!(names(&live.list(&query, soon()).unwrap()), ["regcred"]);
    let query = ListQuery { field_selector: Some("metadata.name=other"), ..secrets(None) };
    assert_eq!(names(&live.list(&query, soon()).unwrap()), ["other"]);
    let query = ListQuery { label_selector: Some("a in b"), ..secrets(None) };
    assert!(matches!(live.list(&query, soon()), Err(ClusterError::BadQuestion(_))));
    assert!(live.list(&secrets(Some("nowhere")), soon()).unwrap().is_empty());

    let account = ObjectRef { kind: "ServiceAccount", ..secret("ci", "builder") };
    assert_eq!(live.get(&account, soon()).unwrap()["imagePullSecrets"][0]["name"], "regcred");
    let namespace = ObjectRef { api_version: "v1", kind: "Namespace", namespace: None, name: "ci" };
    assert_eq!(live.get(&namespace, soon()).unwrap()["metadata"]["labels"]["team"], "builders");
    let ignored = ObjectRef { namespace: Some("anything"), ..namespace };
    assert!(live.get(&ignored, soon()).is_ok());

    for absent in [
        secret("ci", "absent"),
        secret("nowhere", "regcred"),
        secret("ci", ".."),
        secret("ci", ""),
        secret("../ci", "other"),
    ] {
        assert!(matches!(live.get(&absent, soon()), Err(ClusterError::NotFound { .. })), "{absent:?}");
    }
    let unnamed = ObjectRef { namespace: None, ..secret("", "regcred") };
    assert!(matches!(live.get(&unnamed, soon()), Err(ClusterError::NamespaceMissing { .. })));
    let wide = ListQuery { kind: "Namespace", ..secrets(Some("ci")) };
    assert!(matches!(live.list(&wide, soon()), Err(ClusterError::ClusterWide { .. })));
    for (api_version, kind) in
        [("v1", "secret"), ("v1", "Deployment"), ("v2/../v1", "Secret"), ("", "Secret"), ("v1?", "Secret")]
    {
        let unknown = ObjectRef { api_version, kind, ..secret("ci", "regcred") };
        let error = live.get(&unknown, soon()).unwrap_err();
        assert!(matches!(error, ClusterError::UnknownKind { .. }), "{api_version} {kind}: {error}");
    }
    let unknown = ObjectRef { api_version: "example.com/v1", ..secret("ci", "regcred") };
    assert!(matches!(live.get(&unknown, soon()), Err(ClusterError::UnknownGroup { .. })));

    assert_eq!(live.can_i(&review("admin", "get", "secrets"), soon()).unwrap()["allowed"], false);
    assert_eq!(live.can_i(&review("all", "get", "secrets"), soon()).unwrap()["allowed"], true);
}

#[test]
fn a_long_list_is_read_page_by_page() {
    let Some(server) = cluster() else { return };
    server.create("/api/v1/namespaces", &json!({"metadata": {"name": "many"}}));
    for number in 0..520 {
        server.create("/api/v1/namespaces/many/configmaps", &json!({"metadata": {"name": format!("m{number:03}")}}));
    }
    let live = connect(&server.kubeconfig(User::Admin));
    let query = ListQuery { kind: "ConfigMap", ..secrets(Some("many")) };
    let items = live.list(&query, soon()).unwrap();
    assert_eq!(items.len(), 520);
    assert_eq!(items[519]["metadata"]["name"], "m519");
}

#[test]
fn an_answer_is_kept_unless_a_fresh_one_is_asked_for() {
    let Some(server) = cluster() else { return };
    let live = connect(&server.kubeconfig(User::ReadsAll));
    server.create("/api/v1/namespaces/default/secrets", &json!({"metadata": {"name": "brief"}}));
    assert!(live.get(&secret("default", "brief"), soon()).is_ok());
    server.delete("/api/v1/namespaces/default/secrets/brief");
    assert!(live.get(&secret("default", "brief"), soon()).is_ok(), "kept for some seconds");
    let fresh = Patience { fresh: true, ..soon() };
    assert!(matches!(live.get(&secret("default", "brief"), fresh), Err(ClusterError::NotFound { .. })));
}

#[test]
fn every_mistake_of_a_kubeconfig_has_its_message() {
    let Some(server) = cluster() else { return };
    let good = server.kubeconfig(User::Admin);
    let authority = server.authority_file().display().to_string();
    for (name, text, context, expected) in [
        ("missing context", good.clone(), Some("prod"), "there is no context `prod`; it has `test`"),
        ("no current context", good.replace("current-context: test\n", ""), None, "no context is current: name one with `--context`; it has `test`"),
        ("empty", String::new(), None, "no context is current: name one with `--context`; it has none"),
        ("bad YAML", good.replace("token:", "token: [\"marker-token-in-yaml"), None, "cannot read the kubeconfig `DIR/kubeconfig`: it is no valid YAML of a kubeconfig"),
        ("no cluster", good.replace("- name: c\n", "- name: d\n"), None, "the context names a cluster `c` that is not there"),
        ("no server", good.replace("server:", "proxy-url:"), None, "the cluster has no `server`"),
        ("no authority file", good.replace(&authority, "/absent/ca.crt"), None, "the `certificate-authority` `/absent/ca.crt` cannot be read: no such file or directory"),
        ("no PEM", good.replace(&authority, "/dev/null"), None, "is not trusted"),
        ("expired token", server.kubeconfig(User::Stranger), None, "the API server does not accept the credentials: Unauthorized; the token or certificate of the kubeconfig's user has expired or is wrong: log in anew"),
        ("no plugin", good.replace(&format!("token: {}", User::Admin.token()), "exec: {apiVersion: client.authentication.k8s.io/v1, command: absent-plugin, interactiveMode: Never}"), None, "the credential plugin of the kubeconfig cannot be started"),
        ("failing plugin", good.replace(&format!("token: {}", User::Admin.token()), "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo marker-x; echo marker-y >&2; exit 7'], interactiveMode: Never}"), None, "the credential plugin of the kubeconfig failed (exit status: 7): run it by hand"),
    ] {
        let message = refused(&text, context);
        assert!(message.contains(expected), "{name}: {message}");
    }
    let absent = Connection { kubeconfig: Some("/absent/kubeconfig".into()), context: None, timeout: PATIENCE };
    let message = Live::connect(&absent).err().unwrap().to_string();
    assert_eq!(message, "cannot read the kubeconfig `/absent/kubeconfig`: no such file or directory");
}

#[test]
fn a_server_that_is_not_trusted_or_not_there_has_its_message() {
    let Some(server) = cluster() else { return };
    let directory = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let other = rcgen::CertificateParams::new(vec!["other".to_owned()]).unwrap().self_signed(&key).unwrap();
    let file = directory.path().join("other.crt");
    fs::write(&file, other.pem()).unwrap();
    let message = refused(&kubeconfig(&server.url(), Some(&file), User::Admin.token()), None);
    assert!(message.contains(&server.url()) && message.contains("its certificate is not trusted"), "{message}");
    assert!(message.contains("`certificate-authority` of the kubeconfig must be the authority"), "{message}");

    let began = Instant::now();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let message = refused(&kubeconfig(&format!("https://127.0.0.1:{port}"), None, User::Admin.token()), None);
    assert!(message.contains("connection refused; check the server's address"), "{message}");
    let message = refused(&kubeconfig("https://no-such-host.invalid:6443", None, User::Admin.token()), None);
    assert!(message.contains("the API server is not available"), "{message}");
    assert!(began.elapsed() < PATIENCE + Duration::from_secs(5), "{:?}", began.elapsed());
}

/// A connection through a proxy that has no fault yet.
fn through() -> Option<(Proxy, Live)> {
    let proxy = Proxy::start(cluster()?.upstream());
    let live = connect(&kubeconfig(&proxy.url(), None, User::ReadsAll.token()));
    proxy.requests();
    Some((proxy, live))
}

#[test]
fn each_fault_of_an_api_server_is_a_typed_answer_in_time() {
    let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"on purpose"}"#;
    let cases: [(&str, Fault, &str, usize); 13] = [
        ("403", Fault::Status(403, "", status), "the API server refuses: on purpose", 1),
        ("404", Fault::Status(404, "", status), "there is no Secret `regcred` in namespace `ci`", 1),
        ("401", Fault::Status(401, "", status), "the API server does not accept the credentials: on purpose", 1),
        ("410", Fault::Status(410, "", status), "the API server gave a broken answer: 410 for an object", 1),
        (
            "429 later",
            Fault::Status(429, "Retry-After: 60\r\n", status),
            "the API server is not available: it answers 429: on purpose",
            1,
        ),
        (
            "429 always",
            Fault::Status(429, "Retry-After: 0\r\n", ""),
            "the API server is not available: it answers 429",
            6,
        ),
        (
            "500",
            Fault::Status(500, "", "<html>marker-page</html>"),
            "the API server is not available: it answers 500",
            1,
        ),
        ("slow", Fault::Delay(Duration::from_secs(20)), "the API server did not answer within 1", 1),
        ("cut", Fault::Cut(40), "the API server is not available: the connection ended in the middle of the answer", 1),
        ("hang-up", Fault::HangUp, "the API server is not available: ", 1),
        ("huge", Fault::Huge(200 << 20), "the answer of the API server is larger than 8 MiB", 1),
        (
            "malformed",
            Fault::Body("{\"data\": {\"marker-x\": "),
            "the API server gave a broken answer: it is not the JSON of an object",
            1,
        ),
        ("no object", Fault::Body("[1]"), "the API server gave a broken answer: it is not the JSON of an object", 1),
    ];
    for (name, fault, expected, requests) in cases {
        let Some((proxy, live)) = through() else { return };
        proxy.fail("/secrets/", fault);
        let began = Instant::now();
        let patience = Patience::until(began + Duration::from_millis(1500));
        let error = live.get(&secret("ci", "regcred"), patience).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{name}: {error}");
        assert!(!error.contains("marker-"), "{name}: {error}");
        assert!(began.elapsed() < Duration::from_millis(2500), "{name} took {:?}", began.elapsed());
        // Who hangs up on a client is asked once more by the client's own connection pool at times.
        let asked = proxy.requests().len();
        assert!(asked == requests || name == "hang-up", "{name}: {asked} requests");
    }
}

#[test]
fn a_fault_that_passes_is_waited_out() {
    let Some((proxy, live)) = through() else { return };
    proxy.fail_times("/secrets/", 1, Fault::Status(429, "Retry-After: 1\r\n", ""));
    proxy.fail_times("/secrets/", 1, Fault::Status(503, "", ""));
    let began = Instant::now();
    assert!(live.get(&secret("ci", "regcred"), soon()).is_ok());
    assert!(began.elapsed() >= Duration::from_secs(1), "the server asked for a second");
    proxy.fail_times("/secrets?", 1, Fault::Status(410, "", ""));
    assert_eq!(live.list(&secrets(Some("ci")), soon()).unwrap().len(), 2);
    proxy.fail("/secrets?", Fault::Status(410, "", ""));
    let error = live.list(&ListQuery { label_selector: Some("x"), ..secrets(None) }, soon()).unwrap_err();
    assert_eq!(error.to_string(), "the API server is not available: the list changes too fast");
}

#[test]
fn lists_end_in_time_too() {
    let Some((proxy, live)) = through() else { return };
    for (fault, expected) in [
        (Fault::Status(403, "", ""), "the API server refuses: 403"),
        (Fault::Huge(64 << 20), "the answer of the API server is larger than 32 MiB"),
        (Fault::Body("{}"), "the API server gave a broken answer: a list without items"),
        (Fault::Body(r#"{"metadata":{"continue":"x"},"items":[]}"#), "the API server did not answer within"),
        (Fault::Delay(Duration::from_secs(20)), "the API server did not answer within"),
    ] {
        proxy.heal();
        proxy.fail("/secrets?", fault);
        let began = Instant::now();
        let patience = Patience::until(began + Duration::from_millis(1500));
        let error = live.list(&secrets(None), patience).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(began.elapsed() < Duration::from_millis(2500), "{error} took {:?}", began.elapsed());
    }
}

#[test]
fn a_server_that_does_not_answer_is_left_alone_for_a_while() {
    let Some((proxy, live)) = through() else { return };
    proxy.fail("/secrets/", Fault::Delay(Duration::from_secs(20)));
    let hurry = || Patience::until(Instant::now() + Duration::from_millis(500));
    assert!(live.get(&secret("ci", "regcred"), hurry()).is_err());
    proxy.requests();
    let began = Instant::now();
    for number in 0..100 {
        let name = format!("s{number}");
        assert!(matches!(live.get(&secret("ci", &name), hurry()), Err(ClusterError::TimedOut(_))));
    }
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    assert!(proxy.requests().is_empty());
    proxy.heal();
    thread::sleep(Duration::from_millis(5100));
    assert!(live.get(&secret("ci", "regcred"), soon()).is_ok());
}

#[test]
fn a_question_is_asked_once_and_holds_up_no_other() {
    let Some((proxy, live)) = through() else { return };
    proxy.fail("/secrets/regcred", Fault::Delay(Duration::from_millis(1500)));
    let start = Barrier::new(9);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                assert!(live.get(&secret("ci", "regcred"), soon()).is_ok());
            });
        }
        start.wait();
        thread::sleep(Duration::from_millis(200));
        let began = Instant::now();
        assert!(live.get(&secret("ci", "other"), soon()).is_ok());
        assert!(began.elapsed() < Duration::from_secs(1), "another question waited {:?}", began.elapsed());
    });
    let asked = proxy.requests().iter().filter(|request| request.target.ends_with("/secrets/regcred")).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_name_leads_nowhere_else() {
    let Some((proxy, live)) = through() else { return };
    for name in ["../configmaps/x", "..", ".", "a/b", "%2e%2e", "a?watch=true", "a#b", "ä b"] {
        let answer = live.get(&secret("ci", name), soon());
        assert!(
            matches!(answer, Err(ClusterError::NotFound { .. } | ClusterError::BadQuestion(_))),
            "{name}: {answer:?}"
        );
    }
    for request in proxy.requests() {
        let rest = request.target.strip_prefix("/api/v1/namespaces/ci/secrets/").expect("only Secrets of ci are read");
        assert!(!rest.contains(['/', '?', '#']), "{}", request.target);
    }
}

#[test]
fn the_kubeconfig_is_found_as_kubectl_finds_it() {
    let Some(server) = cluster() else { return };
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    fs::create_dir_all(place("home/.kube")).unwrap();
    fs::write(place("home/.kube/config"), server.kubeconfig(User::ReadsAll)).unwrap();
    fs::write(place("other"), server.kubeconfig(User::ReadsAll).replace("test", "second")).unwrap();
    let run = |home: &Path, variable: Option<&str>, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_regwarden"));
        command.current_dir(directory.path()).env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin");
        // A proxy is nothing for this machine itself.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9");
        if let Some(value) = variable {
            command.env("KUBECONFIG", value);
        }
        fs::write(place("pod.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n").unwrap();
        let ran = command.args(["check", "--cluster", "live", "pod.yaml"]).args(more).output().unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert!(!stderr.contains("marker-"), "{stderr}");
        (ran.status.code().unwrap(), stderr)
    };
    let (home, empty) = (place("home"), place("empty"));
    assert_eq!(run(&home, None, &[]).0, 0);
    assert_eq!(run(&empty, Some("other"), &[]).0, 0);
    assert_eq!(run(&empty, Some("absent:other"), &["--context", "second"]).0, 0);
    assert_eq!(run(&empty, None, &["--kubeconfig", "other"]).0, 0);
    for (code, text) in
        [run(&empty, Some("absent"), &[]), run(&empty, None, &[]), run(&home, None, &["--context", "prod"])]
    {
        assert_eq!(code, 5, "{text}");
        assert!(text.starts_with("error: ") && text.lines().count() == 1, "{text}");
    }
}

/// A guest learns in time that there is no answer, and can still say so before its own deadline.
#[test]
fn a_guest_outlives_a_call_that_hangs() {
    let Some((proxy, live)) = through() else { return };
    proxy.fail("/secrets/", Fault::Delay(Duration::from_secs(20)));
    let payload = r#"{"api_version":"v1","kind":"Secret","name":"regcred","namespace":"ci","disable_cache":true}"#;
    let guest = Asking { path: "kubernetes/get_resource", payload, times: 1 };
    let grants = Grants {
        capabilities: Patterns::parse(&["kubernetes/*"]).unwrap(),
        resources: [("v1".to_owned(), "Secret".to_owned())].into(),
    };
    let host = Arc::new(Capabilities::new(grants, Some(Arc::new(live))));
    let policy = Engine::with_cache(Limits::default(), CodeCache::disabled()).unwrap().load(&guest.wasm()).unwrap();
    let policy = policy.with_host_calls(Arc::clone(&host) as Arc<dyn HostCalls>).with_deadline(Duration::from_secs(1));
    let began = Instant::now();
    let outcome = policy.call("validate", b"{}");
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    let Outcome::GuestError(text) = &outcome else { panic!("{outcome}") };
    assert!(text.starts_with("Callback evaluation failure: the API server did not answer within"), "{text}");
    assert_eq!(host.unanswered().len(), 1);
    assert!(host.unanswered().is_empty());
}
