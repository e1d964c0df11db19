//! A credential is shown to its own host and to no other; a refused one is shown once.

use crate::place::{Place, cluster, config, pod, secret};
use crate::registry::{PASSWORD, USER};
use crate::server::{Answer, Server};

fn pulls(host: &str, images: &[&str]) -> Place {
    let place = Place::new();
    let images: Vec<String> = images.iter().map(|image| format!("{host}/{image}")).collect();
    place.write("cluster.yaml", &cluster(&[secret("regcred", &config(host, USER, PASSWORD))]));
    place.write("pod.yaml", &pod(&images, &["regcred"]));
    place
}

fn unauthorized() -> Answer {
    Answer::new(401, "").with("WWW-Authenticate: Basic realm=\"tests\"".to_owned())
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::start(|_| Answer::new(200, ""));
    let location = format!("Location: http://{}/stolen", other.host());
    for status in [301, 302, 303, 307, 308] {
        // At the front door, and only once the credential is shown.
        for late in [false, true] {
            let location = location.clone();
            let registry = Server::start(move |asked| {
                if late && asked.header("authorization").is_none() {
                    return unauthorized();
                }
                Answer::new(status, "").with(location.clone())
            });
            let host = registry.host();
            let ran = pulls(&host, &["ci/app:1"]).probe(&["--insecure-registry", &host]);
            ran.says(6, &["redirect"]);
            assert!(ran.stdout.contains(&format!("redirects to {}", other.host())), "{}", ran.stdout);
            assert!(!ran.stdout.contains("stolen"));
            assert_eq!(registry.seen().iter().any(|asked| asked.header("authorization").is_some()), late);
        }
    }
    assert_eq!(other.seen().len(), 0, "the other host has not been asked at all");
}

#[test]
fn realms_elsewhere_are_not_asked() {
    let other = Server::start(|_| Answer::new(200, r#"{"token": "marker-token"}"#));
    let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{}/token\",service=\"s\"", other.host());
    let registry = Server::start(move |asked| match asked.header("authorization") {
        Some("Bearer marker-token") => Answer::new(200, ""),
        _ => Answer::new(401, "").with(challenge.clone()),
    });
    let (host, elsewhere) = (registry.host(), other.host());
    let place = pulls(&host, &["ci/app:1"]);
    let insecure = ["--insecure-registry", host.as_str()];
    let ran = place.probe(&insecure);
    ran.says(6, &["realmElsewhere"]);
    assert!(ran.stdout.contains(&format!("--allow-realm {elsewhere}")), "{}", ran.stdout);
    // Allowed, and yet never in the clear unless that is allowed as well.
    let allowed = [&insecure[..], &["--allow-realm", &elsewhere]].concat();
    place.probe(&allowed).says(6, &["realmPlain"]);
    assert_eq!(other.seen().len(), 0);
    place.probe(&[&allowed[..], &["--insecure-registry", &elsewhere]].concat()).says(0, &["works"]);
    let seen = other.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].header("authorization").is_some_and(|value| value.starts_with("Basic ")));
    assert_eq!(seen[0].parameter("scope").as_deref(), Some("repository:ci/app:pull"));
}

#[test]
fn an_upload_elsewhere_is_left_alone() {
    let other = Server::start(|_| Answer::new(204, ""));
    let location = format!("Location: http://{}/v2/upload/1", other.host());
    let registry = Server::start(move |asked| match (asked.method.as_str(), asked.header("authorization")) {
        (_, None) => unauthorized(),
        ("POST", _) => Answer::new(202, "").with(location.clone()),
        _ => Answer::new(200, ""),
    });
    let host = registry.host();
    let place = Place::new();
    place.write("cluster.yaml", &cluster(&[secret("push", &config(&host, USER, PASSWORD))]));
    place.write("pod.yaml", &crate::place::kaniko(&format!("{host}/ci/new:1")));
    let json = place.probe(&["--push", "--timeout", "2", "--insecure-registry", &host]).json();
    let push = json["probes"].as_array().unwrap().iter().find(|probe| probe["action"] == "push").unwrap();
    assert_eq!(push["outcome"], "works");
    assert!(push["message"].as_str().unwrap().contains("could not be cancelled"), "{push}");
    assert_eq!(other.seen().len(), 0);
}

#[test]
fn a_refused_credential_is_shown_once() {
    let registry = Server::start(|_| unauthorized());
    let host = registry.host();
    let place = pulls(&host, &["a:1", "b:1", "c:1", "d:1", "e:1"]);
    place.probe(&["--insecure-registry", &host]).says(3, &["refused"; 5]);
    let shown = registry.seen().iter().filter(|asked| asked.header("authorization").is_some()).count();
    assert_eq!(shown, 1, "five images, one login: no account is locked");
}

#[test]
fn answers_are_not_trusted() {
    const LARGE: usize = 1 << 20;
    for (realm, outcome) in [
        (Answer::new(200, &format!("{{\"token\": \"{}\"}}", "x".repeat(LARGE))), "badToken"),
        (Answer::new(200, "<html>"), "badToken"),
        (Answer::new(200, "{}"), "badToken"),
        (Answer::new(200, r#"{"token": "a\nX-Other: b"}"#), "badToken"),
        (Answer::new(500, ""), "serverError"),
        (Answer::new(302, "").with("Location: http://127.0.0.1:1/".to_owned()), "redirect"),
    ] {
        let registry = Server::start(move |asked| {
            if asked.path.starts_with("/token") {
                return realm.clone();
            }
            let host = asked.header("host").unwrap_or_default();
            Answer::new(401, "").with(format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\""))
        });
        let host = registry.host();
        pulls(&host, &["ci/app:1"]).probe(&["--insecure-registry", &host]).says(6, &[outcome]);
    }
}
