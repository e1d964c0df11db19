//! `probe` against Debian's registry: passwords, TLS, plain http, pushes, many at once.

use std::time::{Duration, Instant};

use crate::place::{Place, cluster, config, kaniko, pod, secret};
use crate::proxy::{Fault, Proxy, Upstream};
use crate::registry::{Access, Authority, PASSWORD, Registry, Scheme, Setup, USER, free_address};

fn htpasswd(scheme: Scheme) -> Setup {
    Setup { access: Access::Htpasswd, scheme, images: vec![("ci/app", "1")] }
}

/// A Pod that pulls `ci/app:1` of this host with this password.
fn pulls(host: &str, user: &str, password: &str) -> Place {
    let place = Place::new();
    place.write("cluster.yaml", &cluster(&[secret("regcred", &config(host, user, password))]));
    place.write("pod.yaml", &pod(&[format!("{host}/ci/app:1")], &["regcred"]));
    place
}

#[test]
fn passwords() {
    let Some(registry) = Registry::start(&htpasswd(Scheme::Plain)) else { return };
    let host = registry.host();
    let insecure = ["--insecure-registry", host.as_str()];
    pulls(&host, USER, PASSWORD).probe(&insecure).says(0, &["works"]);
    pulls(&host, USER, "marker-wrong").probe(&insecure).says(3, &["refused"]);
    let place = pulls("other.example", USER, PASSWORD);
    place.write("pod.yaml", &pod(&[format!("{host}/ci/app:1")], &["regcred"]));
    place.probe(&insecure).says(3, &["anonymousRefused"]);
    let place = pulls(&host, USER, PASSWORD);
    place.write("pod.yaml", &pod(&[format!("{host}/ci/app:9"), format!("{host}/ci/app:1")], &["regcred"]));
    place.probe(&insecure).says(3, &["notFound", "works"]);
    let json = place.probe(&insecure).stdout;
    place.snapshot("probed.json", &json, &[(&host, "HOST")]);
    let people = place.run(&[&["probe", "--cluster", "cluster.yaml", "pod.yaml"], &insecure[..]].concat());
    place.snapshot("probed.txt", &people.stdout, &[(&host, "HOST")]);
}

#[test]
fn an_open_registry_asks_for_nothing() {
    let setup = Setup { images: vec![("ci/app", "1")], ..Setup::default() };
    let Some(registry) = Registry::start(&setup) else { return };
    let host = registry.host();
    let place = pulls(&host, USER, PASSWORD);
    place.probe(&["--insecure-registry", &host]).says(0, &["open"]);
    place.write("pod.yaml", &pod(&[format!("{host}/ci/app:1")], &[]));
    place.probe(&["--insecure-registry", &host]).says(0, &["open"]);
}

#[test]
fn what_kubelet_would_try_next_is_tried_too() {
    let Some(registry) = Registry::start(&htpasswd(Scheme::Plain)) else { return };
    let host = registry.host();
    let place = Place::new();
    let stale = secret("stale", &config(&format!("{host}/ci"), USER, "marker-wrong"));
    place.write("cluster.yaml", &cluster(&[stale, secret("good", &config(&host, USER, PASSWORD))]));
    place.write("pod.yaml", &pod(&[format!("{host}/ci/app:1")], &["stale", "good"]));
    let ran = place.probe(&["--insecure-registry", &host]);
    ran.says(3, &["refused", "works"]);
    assert_eq!(ran.json()["probes"][1]["spare"], true);
}

#[test]
fn certificates() {
    let (own, foreign) = (Authority::new("own"), Authority::new("foreign"));
    let start = |served| Registry::start(&htpasswd(Scheme::Tls(served)));
    let (Some(good), Some(expired), Some(elsewhere)) =
        (start(own.serve()), start(own.expired()), start(own.elsewhere()))
    else {
        return;
    };
    let check = |registry: &Registry, authority: Option<&Authority>, code: i32, outcome: &str, remedy: &str| {
        let place = pulls(&registry.host(), USER, PASSWORD);
        let mut more = Vec::new();
        if let Some(authority) = authority {
            place.write("ca.pem", &authority.certificate);
            more = vec!["--ca", "ca.pem"];
        }
        let ran = place.probe(&more);
        ran.says(code, &[outcome]);
        assert!(ran.json()["probes"][0]["remedy"].as_str().unwrap().contains(remedy), "{}", ran.stdout);
        assert_eq!(registry.was_logged_in_to(), outcome == "works", "nobody logs in to a host that is not verified");
    };
    check(&good, None, 6, "tls", "--ca FILE");
    check(&good, Some(&foreign), 6, "tls", "--ca FILE");
    check(&expired, Some(&own), 6, "tls", "renewed");
    check(&elsewhere, Some(&own), 6, "tls", "the name that stands in the certificate");
    check(&good, Some(&own), 0, "works", "");
    let host = expired.host();
    pulls(&host, USER, PASSWORD).probe(&["--insecure-registry", &host]).says(0, &["works"]);
}

#[test]
fn no_answer() {
    let Some(plain) = Registry::start(&htpasswd(Scheme::Plain)) else { return };
    let host = plain.host();
    let ran = pulls(&host, USER, PASSWORD).probe(&[]);
    ran.says(6, &["plainHttp"]);
    assert!(ran.stdout.contains(&format!("--insecure-registry {host}")), "{}", ran.stdout);
    assert!(!plain.was_logged_in_to());
    let nobody = free_address().to_string();
    pulls(&nobody, USER, PASSWORD).probe(&[]).says(6, &["connectionRefused"]);
    pulls("registry.invalid", USER, PASSWORD).probe(&[]).says(6, &["dns"]);
    let proxy = Proxy::start(Upstream::plain(host.parse().unwrap()));
    let slow = proxy.address().to_string();
    proxy.fail("/v2/", Fault::Delay(Duration::from_secs(20)));
    let started = Instant::now();
    pulls(&slow, USER, PASSWORD).probe(&["--insecure-registry", &slow, "--timeout", "1"]).says(6, &["timedOut"]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    for (fault, outcome) in [
        (Fault::Status(503, "", "{}"), "serverError"),
        (Fault::Status(429, "", "{}"), "busy"),
        (Fault::Status(418, "", "{}"), "unexpected"),
        (Fault::Status(401, "", "{}"), "badChallenge"),
        (Fault::HangUp, "network"),
    ] {
        proxy.heal();
        proxy.fail("/v2/", fault);
        pulls(&slow, USER, PASSWORD).probe(&["--insecure-registry", &slow]).says(6, &[outcome]);
    }
}

#[test]
fn pushes_are_opened_and_cancelled() {
    let Some(registry) = Registry::start(&htpasswd(Scheme::Plain)) else { return };
    let host = registry.host();
    let place = Place::new();
    place.write("cluster.yaml", &cluster(&[secret("push", &config(&host, USER, PASSWORD))]));
    place.write("pod.yaml", &kaniko(&format!("{host}/ci/new:1")));
    // The builder's own image comes from a registry that these tests do not ask.
    let outcomes = |more: &[&str]| {
        let ran = place.probe(&[&["--timeout", "2", "--insecure-registry", &host], more].concat());
        let json = ran.json();
        let of_push = json["probes"].as_array().unwrap().iter().filter(|probe| probe["registry"] == host.as_str());
        of_push.map(|probe| format!("{} {}", probe["action"], probe["message"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&[]), ["login logs in; there is no such image yet"]);
    assert!(!registry.log().contains("POST"), "without --push nothing is opened");
    assert_eq!(outcomes(&["--push"]), ["push may push"]);
    assert!(registry.log().contains("http.request.method=POST"), "{}", registry.log());
    assert_eq!(registry.open_uploads("ci/new"), 0, "the upload is cancelled");
    place.write("cluster.yaml", &cluster(&[secret("push", &config(&host, USER, "marker-wrong"))]));
    assert_eq!(outcomes(&["--push"]), ["push the registry does not take this credential (401)"]);
}

#[test]
fn ten_registries_take_as_long_as_the_slowest() {
    let Some(registry) = Registry::start(&htpasswd(Scheme::Plain)) else { return };
    let slow = Duration::from_millis(700);
    let proxies: Vec<Proxy> = (0..10)
        .map(|_| {
            let proxy = Proxy::start(Upstream::plain(registry.host().parse().unwrap()));
            proxy.fail("/v2/", Fault::Delay(slow));
            proxy
        })
        .collect();
    let run = |count: usize| {
        let hosts: Vec<String> = proxies.iter().take(count).map(|proxy| proxy.address().to_string()).collect();
        let place = Place::new();
        let secrets: Vec<String> =
            hosts.iter().enumerate().map(|(i, host)| secret(&format!("s{i}"), &config(host, USER, PASSWORD))).collect();
        let names: Vec<String> = (0..count).map(|i| format!("s{i}")).collect();
        let images: Vec<String> = hosts.iter().map(|host| format!("{host}/ci/app:1")).collect();
        place.write("cluster.yaml", &cluster(&secrets));
        place.write("pod.yaml", &pod(&images, &names.iter().map(String::as_str).collect::<Vec<_>>()));
        let insecure: Vec<&str> = hosts.iter().flat_map(|host| ["--insecure-registry", host]).collect();
        let started = Instant::now();
        let ran = place.probe(&insecure);
        let taken = started.elapsed();
        ran.says(0, &vec!["works"; count]);
        taken
    };
    let (one, ten) = (run(1), run(10));
    // Three requests of 0.7 s each; one after the other ten registries would take 21 s.
    println!("one registry: {one:?}, ten registries: {ten:?}");
    assert!(one >= slow * 3, "{one:?}");
    assert!(ten < one + Duration::from_secs(3), "one: {one:?}, ten: {ten:?}");
}
