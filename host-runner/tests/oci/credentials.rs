//! Who is let in: docker's files and helpers, certificates of an own authority, and tokens of another host.

use std::os::unix::fs::PermissionsExt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::registry::{Access, Authority, PASSWORD, Registry, Scheme, Setup, USER};
use crate::server::{Answer, Server};
use crate::support::{Home, bare, manifest, module};

fn auth(password: &str) -> String {
    STANDARD.encode(format!("{USER}:{password}"))
}

/// A program that plays `docker-credential-NAME`.
fn helper(home: &mut Home, name: &str, script: &str) {
    let file = home.write(&format!("bin/docker-credential-{name}"), format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    home.set("PATH", format!("{}:/usr/bin:/bin", home.path().join("bin").display()));
}

#[test]
fn credentials_are_looked_up_as_docker_does() {
    let authority = Authority::new("own");
    let setup = Setup { access: Access::Htpasswd, scheme: Scheme::Tls(authority.serve()), ..Setup::default() };
    let Some(registry) = Registry::start(&setup) else { return };
    let (mut home, host) = (Home::new(), registry.host());
    home.write("policy.wasm", module("secret", 10));
    home.write("ca.pem", &authority.certificate);
    let name = format!("{host}/private/own:v1");
    let push = ["push", "policy.wasm", &name, "--ca", "ca.pem"];
    let pull = ["pull", &name, "--ca", "ca.pem"];

    home.fails(&["push", "policy.wasm", &name], &["certificate", "nobody that this machine trusts", "--ca FILE"]);
    home.fails(&push, &["wants credentials", "docker login"]);
    let config = |entry: &str| format!(r#"{{"auths":{{"{host}":{entry}}}}}"#);
    home.write(".docker/config.json", config(&format!(r#"{{"auth":"{}"}}"#, auth("wrong"))));
    home.fails(&push, &["refuses the credentials from", ".docker/config.json"]);
    home.write(".docker/config.json", config(r#"{"auth":"no base64!"}"#));
    home.fails(&push, &["not base64", "docker login"]);
    home.write(".docker/config.json", "{");
    home.fails(&push, &["no JSON"]);

    let right = config(&format!(r#"{{"auth":"{}"}}"#, auth(PASSWORD)));
    home.write(".docker/config.json", &right);
    home.ok(&push);
    home.ok(&pull);

    // Other places, each with the one before out of reach.
    std::fs::remove_dir_all(home.path().join(".docker")).unwrap();
    home.fails(&pull, &["wants credentials"]);
    let podman = format!(r#"{{"auths":{{"{host}/private":{{"auth":"{}"}}}}}}"#, auth(PASSWORD));
    home.write(".config/containers/auth.json", &podman);
    home.ok(&pull);
    home.write("run/containers/auth.json", "{");
    home.set("XDG_RUNTIME_DIR", home.path().join("run").display().to_string());
    home.fails(&pull, &["run/containers/auth.json", "no JSON"]);
    home.write("run/containers/auth.json", &podman);
    std::fs::remove_dir_all(home.path().join(".config")).unwrap();
    home.ok(&pull);
    home.write(".docker/config.json", "{}");
    home.fails(&pull, &["wants credentials", ".docker/config.json"]);
    std::fs::remove_dir_all(home.path().join(".docker")).unwrap();
    home.set("XDG_RUNTIME_DIR", "");
    home.write("elsewhere/config.json", &right);
    home.set("DOCKER_CONFIG", home.path().join("elsewhere").display().to_string());
    home.ok(&pull);
    home.set("DOCKER_CONFIG", home.path().display().to_string());
    home.write("auth.json", &podman);
    home.set("REGISTRY_AUTH_FILE", home.path().join("auth.json").display().to_string());
    home.ok(&pull);
    home.set("REGISTRY_AUTH_FILE", "");

    let answer = format!(
        r#"read server; [ "$1 $server" = "get {host}" ] && echo '{{"ServerURL":"x","Username":"{USER}","Secret":"{PASSWORD}"}}'"#
    );
    helper(&mut home, "good", &answer);
    home.write("config.json", format!(r#"{{"credHelpers":{{"{host}":"good"}}}}"#));
    home.ok(&pull);
    home.write("config.json", r#"{"credsStore":"good"}"#);
    home.ok(&pull);
    helper(&mut home, "empty", "echo 'credentials not found in native keychain'; exit 1");
    home.write("config.json", r#"{"credsStore":"empty"}"#);
    home.fails(&pull, &["wants credentials", "docker-credential-empty"]);
    helper(&mut home, "odd", &format!("echo {PASSWORD}"));
    for (store, words) in
        [("odd", "something else than credentials"), ("none", "cannot be started"), ("../x", "no plain word")]
    {
        home.write("config.json", format!(r#"{{"credsStore":"{store}"}}"#));
        home.fails(&pull, &[words]);
    }
}

#[test]
fn certificates_that_prove_nothing_are_refused() {
    let (own, foreign) = (Authority::new("own"), Authority::new("foreign"));
    for (served, words) in [
        (own.expired(), "expired"),
        (own.elsewhere(), "for another host"),
        (foreign.serve(), "nobody that this machine trusts"),
    ] {
        let Some(registry) = Registry::start(&Setup { scheme: Scheme::Tls(served), ..Setup::default() }) else {
            return;
        };
        let (home, host) = (Home::new(), registry.host());
        home.write("ca.pem", &own.certificate);
        let name = format!("{host}/x:v1");
        home.fails(&["pull", &name, "--ca", "ca.pem"], &["certificate", words]);
        home.has_nothing();
        // Whoever asks for it gets through to the registry, which does not have the policy.
        home.fails(&["pull", &name, "--insecure-registry", &host], &["does not have it"]);
    }
}

#[test]
fn sources_are_read_as_kubewardens() {
    let authority = Authority::new("own");
    let Some(registry) = Registry::start(&Setup { scheme: Scheme::Tls(authority.serve()), ..Setup::default() }) else {
        return;
    };
    let (home, host) = (Home::new(), registry.host());
    home.write("policy.wasm", module("sources", 10));
    let name = format!("{host}/x:v1");
    let ca = home.write("ca.pem", &authority.certificate);
    let text = format!("source_authorities:\n  \"{host}\":\n    - {{type: Path, path: {}}}\n", ca.display());
    home.write("mine.yaml", &text);
    home.ok(&["push", "policy.wasm", &name, "--sources", "mine.yaml"]);
    home.fails(&["pull", &name], &["certificate"]);
    home.write(".config/kubewarden/sources.yaml", &text);
    home.ok(&["pull", &name]);
    // A mistake has its place, and the password of a proxy stays hidden.
    home.write(".config/kubewarden/sources.yaml", format!("proxies: {{http_proxy: [\"http://u:{PASSWORD}@p\"]}}\n"));
    let ran = home.run(&["digest", &name]);
    assert!(ran.code == Some(2) && ran.stderr.contains("proxies.http_proxy: must be a string"), "{ran:?}");
    home.write(".config/kubewarden/sources.yaml", format!("proxies: \"http://u:{PASSWORD}@p\"\n"));
    let ran = home.run(&["digest", &name]);
    assert!(ran.code == Some(2) && ran.stderr.contains("proxies: must be"), "{ran:?}");
    home.write(".config/kubewarden/sources.yaml", format!("insecure_sources: [\"{host}\"]\n"));
    home.ok(&["pull", &name]);
    let ran = home.run(&["pull", &name, "--sources", "policy.wasm"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = home.run(&["pull", &name, "--ca", "mine.yaml"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("holds no certificate"), "{ran:?}");
}

/// A registry that wants tokens, and its token service on another port.
fn token_registry(check: impl Fn(&crate::server::Arrived) -> bool + Send + Sync + 'static) -> (Server, Server) {
    let service = Server::start(move |arrived| {
        if check(arrived) { Answer::new(200, r#"{"access_token":"marker-token"}"#) } else { Answer::new(401, "{}") }
    });
    let realm = format!("http://{}/token", service.host());
    let registry = Server::start(move |arrived| {
        let module = bare("token");
        if arrived.header("authorization") != Some("Bearer marker-token") {
            let challenge =
                format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"s v\",scope=\"repository:own:pull\"");
            return Answer::new(401, "{}").with(challenge);
        }
        match &arrived.path {
            path if path.contains("/manifests/") => Answer::new(200, &manifest(module.as_bytes())),
            path if path.contains("/blobs/") => Answer::new(200, &module),
            _ => Answer::new(200, "{}"),
        }
    });
    (registry, service)
}

#[test]
fn tokens_are_fetched_where_the_registry_says() {
    let basic = format!("Basic {}", auth(PASSWORD));
    let expected = basic.clone();
    let (registry, service) = token_registry(move |arrived| arrived.header("authorization") == Some(&*expected));
    let (home, host) = (Home::new(), registry.host());
    let pull = ["pull", &format!("{host}/own:v1"), "--insecure-registry", &host];
    home.fails(&pull, &["wants credentials"]);
    home.write(".docker/config.json", format!(r#"{{"auths":{{"{host}":{{"auth":"{}"}}}}}}"#, auth(PASSWORD)));
    home.ok(&pull);
    let asked = service.seen().pop().unwrap();
    assert_eq!(asked.parameter("scope").as_deref(), Some("repository:own:pull"));
    assert_eq!(asked.parameter("service").as_deref(), Some("s v"));
    let to_registry = registry.seen();
    assert!(
        to_registry.iter().all(|arrived| arrived.header("authorization") != Some(&*basic)),
        "the password is the service's"
    );
}

#[test]
fn identity_tokens_are_exchanged() {
    let (registry, service) = token_registry(|arrived| {
        arrived.method == "POST" && arrived.parameter("refresh_token").as_deref() == Some(PASSWORD)
    });
    let (mut home, host) = (Home::new(), registry.host());
    let pull = ["pull", &format!("{host}/own:v1"), "--insecure-registry", &host];
    home.write(".docker/config.json", format!(r#"{{"auths":{{"{host}":{{"identitytoken":"{PASSWORD}"}}}}}}"#));
    home.ok(&pull);
    assert_eq!(service.seen().pop().unwrap().parameter("grant_type").as_deref(), Some("refresh_token"));
    let script = format!(r#"echo '{{"ServerURL":"x","Username":"<token>","Secret":"{PASSWORD}"}}'"#);
    helper(&mut home, "token", &script);
    home.write(".docker/config.json", r#"{"credsStore":"token"}"#);
    home.ok(&pull);
}
