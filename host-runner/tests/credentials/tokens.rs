//! Token logins: a realm whose tokens the real registry verifies.

use crate::place::{Place, cluster, config, kaniko, pod, secret};
use crate::realm::{IDENTITY, Realm};
use crate::registry::{PASSWORD, Registry, Setup, USER};

/// A registry and its realm, and the arguments that allow both.
fn start(rights: &'static [&'static str]) -> Option<(Registry, Realm, Vec<String>)> {
    let realm = Realm::start(rights);
    let setup = Setup { access: realm.access(), images: vec![("ci/app", "1")], ..Setup::default() };
    let registry = Registry::start(&setup)?;
    let (host, elsewhere) = (registry.host(), realm.host());
    let arguments = [
        "--insecure-registry",
        &host,
        "--insecure-registry",
        &elsewhere,
        "--allow-realm",
        &elsewhere,
        "--timeout",
        "5",
    ]
    .map(str::to_owned);
    Some((registry, realm, arguments.to_vec()))
}

fn probe(config: &str, pod: &str, arguments: &[String], more: &[&str]) -> Vec<String> {
    let place = Place::new();
    place.write("cluster.yaml", &cluster(&[secret("push", config)])).write("pod.yaml", pod);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let json = place.probe(&arguments).json();
    let own = json["probes"].as_array().unwrap().iter().filter(|probe| probe["registry"] == arguments[1]);
    own.map(|probe| probe["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn tokens_of_a_realm_open_the_registry() {
    let Some((registry, realm, arguments)) = start(&["pull", "push", "delete"]) else { return };
    let host = registry.host();
    let image = pod(&[format!("{host}/ci/app:1")], &["push"]);
    assert_eq!(probe(&config(&host, USER, PASSWORD), &image, &arguments, &[]), ["works"]);
    assert_eq!(realm.seen()[0].parameter("scope").as_deref(), Some("repository:ci/app:pull"));
    assert_eq!(probe(&config(&host, USER, "marker-wrong"), &image, &arguments, &[]), ["refused"]);
    let build = kaniko(&format!("{host}/ci/new:1"));
    assert_eq!(probe(&config(&host, USER, PASSWORD), &build, &arguments, &["--push"]), ["works"]);
    let scopes: Vec<String> = realm.seen().iter().rev().take(2).filter_map(|asked| asked.parameter("scope")).collect();
    assert_eq!(scopes, ["repository:ci/new:pull,push,delete", "repository:ci/new:pull,push"]);
    assert_eq!(registry.open_uploads("ci/new"), 0, "cancelled by the right that this registry asks for");
}

#[test]
fn whoever_may_only_pull_may_not_push() {
    let Some((registry, _realm, arguments)) = start(&["pull"]) else { return };
    let host = registry.host();
    let build = kaniko(&format!("{host}/ci/app:1"));
    let config = config(&host, USER, PASSWORD);
    assert_eq!(probe(&config, &build, &arguments, &[]), ["works"]);
    assert_eq!(probe(&config, &build, &arguments, &["--push"]), ["forbidden"]);
}

#[test]
fn identity_tokens_are_exchanged_for_tools_and_not_read_by_kubelet() {
    let Some((registry, realm, arguments)) = start(&["pull", "push"]) else { return };
    let host = registry.host();
    let config = |token: &str| format!(r#"{{"auths":{{"{host}":{{"identitytoken":"{token}"}}}}}}"#);
    let build = kaniko(&format!("{host}/ci/new:1"));
    assert_eq!(probe(&config(IDENTITY), &build, &arguments, &["--push"]), ["works"]);
    let last = realm.seen().pop().unwrap();
    assert_eq!((last.method.as_str(), last.header("authorization")), ("POST", None));
    assert_eq!(probe(&config("marker-wrong"), &build, &arguments, &["--push"]), ["refused"]);
    let image = pod(&[format!("{host}/ci/app:1")], &["push"]);
    assert_eq!(probe(&config(IDENTITY), &image, &arguments, &[]), ["anonymousRefused"]);
}
