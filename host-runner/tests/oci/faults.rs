//! Registries that do everything wrong. Each fault has a clear end, the next step, and leaves nothing behind.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::registry::{Authority, PASSWORD, Registry, Served, Setup, USER};
use crate::server::{Answer, Server};
use crate::support::{Home, Raw, bare, digest, head, manifest, module, reset, whole};

/// A registry with one policy, of which the test says what the manifest and the module are.
fn serve(manifest: Answer, module: Answer) -> Server {
    Server::start(move |arrived| match &arrived.path {
        path if path.contains("/manifests/") => manifest.clone(),
        path if path.contains("/blobs/") => module.clone(),
        _ => Answer::new(200, "{}"),
    })
}

#[test]
fn wrong_content_is_refused_and_leaves_nothing() {
    let wasm = bare("fault");
    let good = manifest(wasm.as_ref());
    let size = format!("\"size\":{}", wasm.len());
    let other = digest(b"something else");
    let list = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{other}","size":3,"platform":{{"os":"plan9","architecture":"mips"}}}}]}}"#
    );
    let page = "an error page of a proxy, or anything else that is no Wasm";
    let cases = [
        (good.replace(&digest(wasm.as_ref()), &other), wasm.clone(), "not what its digest says"),
        (good.replace(&size, &format!("\"size\":{}", wasm.len() + 5)), wasm.clone(), "was announced with"),
        (good.replace(&size, &format!("\"size\":{}", wasm.len() - 5)), wasm.clone(), "was announced with"),
        (good.replace(&size, "\"size\":10737418240"), wasm.clone(), "10737418240 bytes"),
        (good.replace("vnd.wasm.content.layer.v1+wasm", "vnd.oci.image.layer.v1.tar"), wasm.clone(), "container image"),
        (list.clone(), wasm.clone(), "index of 1 images"),
        (list.replace("manifests\":[{", "manifests\":[{},{"), wasm.clone(), "cannot be read"),
        (manifest(page.as_bytes()), page.to_owned(), "no Wasm module"),
        ("<html>sign in</html>".to_owned(), wasm.clone(), "cannot be read"),
        (format!("{{\"a\":\"{}\"}}", "x".repeat(5 << 20)), wasm.clone(), "4194304 bytes"),
    ];
    for (manifest, module, words) in cases {
        let server = serve(Answer::new(200, &manifest), Answer::new(200, &module));
        let (home, host) = (Home::new(), server.host());
        home.fails(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host], &["cannot pull", words]);
        home.has_nothing();
    }
    // Pinned to something else than what comes.
    let server = serve(Answer::new(200, &good), Answer::new(200, &wasm));
    let (home, host) = (Home::new(), server.host());
    let flag = ["--insecure-registry", &host];
    home.fails(
        &[&["pull", &format!("{host}/x@{other}")][..], &flag].concat(),
        &["the manifest is not what its digest says"],
    );
    home.has_nothing();
    home.ok(&[&["pull", &format!("{host}/x@{}", digest(good.as_bytes()))][..], &flag].concat());
    // Announced under one digest, sent with another.
    let lying = Answer::new(200, &good).with(format!("Docker-Content-Digest: {other}"));
    let (home, server) = (Home::new(), serve(lying, Answer::new(200, &wasm)));
    let host = server.host();
    home.fails(&["digest", &format!("{host}/x:v1"), "--insecure-registry", &host], &["not what its digest says"]);
}

#[test]
fn every_status_says_what_to_do() {
    let said = r#"{"errors":[{"code":"DENIED","message":"marker of the server"}]}"#;
    let cases = [
        (401, "wants credentials", 1),
        (403, "ask its owner for the right to pull", 1),
        (404, "does not have it", 1),
        (418, "status 418", 1),
        (429, "no more requests", 4),
        (500, "status 500", 4),
        (503, "4 times; try again later", 4),
    ];
    for (status, words, requests) in cases {
        // Time is the subject of another test.
        let answer = Answer::new(status, said).with("Retry-After: 0".to_owned());
        let server = Server::start(move |arrived| match &arrived.path {
            path if path.contains("/manifests/") => answer.clone(),
            _ => Answer::new(200, "{}"),
        });
        let (home, host) = (Home::new(), server.host());
        let told: &[&str] = if status == 401 { &[words] } else { &[words, "marker of the server"] };
        home.fails(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host], told);
        let asked = server.seen().iter().filter(|arrived| arrived.path.contains("/manifests/")).count();
        assert_eq!(asked, requests, "status {status}");
        home.has_nothing();
    }
}

#[test]
fn a_busy_registry_is_waited_for_as_it_asks() {
    let wasm = bare("busy");
    let count = AtomicU64::new(0);
    let body = manifest(wasm.as_ref());
    let server = Server::start(move |arrived| match &arrived.path {
        path if path.contains("/manifests/") => match count.fetch_add(1, Ordering::SeqCst) {
            0 => Answer::new(429, "{}").with("Retry-After: 2".to_owned()),
            1 => Answer::new(503, "{}"),
            _ => Answer::new(200, &body),
        },
        path if path.contains("/blobs/") => Answer::new(200, &bare("busy")),
        _ => Answer::new(200, "{}"),
    });
    let (home, host) = (Home::new(), server.host());
    let started = Instant::now();
    home.ok(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host]);
    assert!(started.elapsed() >= Duration::from_secs(2), "it asked for two seconds");
    // A wait that nobody would sit through is told instead.
    let server = serve(Answer::new(429, "{}").with("Retry-After: 3600".to_owned()), Answer::new(200, ""));
    let host = server.host();
    home.fails(&["digest", &format!("{host}/x:v1"), "--insecure-registry", &host], &["it asks for 3600 s"]);
}

#[test]
fn a_broken_connection_is_continued() {
    let wasm = module("reset", 200_000);
    let (body, total) = (manifest(wasm.as_ref()), wasm.len() as u64);
    let bytes = wasm.clone();
    let server = Raw::start(move |line, from, stream| {
        if line.contains("/manifests/") {
            return whole(stream, body.as_bytes());
        }
        if !line.contains("/blobs/") {
            return whole(stream, b"{}");
        }
        head(stream, from, total);
        let start = usize::try_from(from).unwrap();
        let end = (start + 90_000).min(bytes.len());
        let _ = stream.write_all(&bytes[start..end]);
        let _ = stream.flush();
        std::thread::sleep(Duration::from_millis(100));
        if end < bytes.len() {
            reset(stream);
        }
    });
    let (home, host) = (Home::new(), server.host());
    home.ok(&["pull", &format!("{host}/x:v1"), "copy.wasm", "--insecure-registry", &host]);
    assert_eq!(std::fs::read(home.path().join("copy.wasm")).unwrap(), wasm);
    let asked = server.blobs();
    assert!(asked.len() >= 3 && asked[1..].iter().all(|line| !line.ends_with("from 0")), "{asked:?}");
}

#[test]
fn a_slow_registry_comes_to_an_end() {
    let wasm = module("slow", 10_000);
    let (body, total) = (manifest(wasm.as_ref()), wasm.len() as u64);
    let server = Raw::start(move |line, from, stream| {
        if !line.contains("/blobs/") {
            return whole(stream, if line.contains("/manifests/") { body.as_bytes() } else { b"{}" });
        }
        head(stream, from, total);
        for _ in 0..100 {
            let _ = stream.write_all(b"\0");
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let (home, host) = (Home::new(), server.host());
    let started = Instant::now();
    let arguments = ["pull", &format!("{host}/x:v1"), "--insecure-registry", &host, "--timeout", "2"];
    home.fails(&arguments, &["did not finish within 2 s", "--timeout"]);
    assert!(started.elapsed() < Duration::from_secs(6));
    home.has_nothing();
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    let wasm = bare("redirect");
    let storage = Server::start(|_| Answer::new(200, &bare("redirect")));
    let place = format!("Location: http://{}/blob", storage.host());
    let body = manifest(wasm.as_ref());
    let registry = Server::start(move |arrived| match &arrived.path {
        _ if arrived.header("authorization").is_none() => {
            Answer::new(401, "{}").with("WWW-Authenticate: Basic realm=\"r\"".to_owned())
        }
        path if path.contains("/blobs/") => Answer::new(307, "").with(place.clone()),
        _ => Answer::new(200, &body),
    });
    let (home, host) = (Home::new(), registry.host());
    home.write(
        ".docker/config.json",
        format!(r#"{{"auths":{{"{host}":{{"username":"{USER}","password":"{PASSWORD}"}}}}}}"#),
    );
    home.ok(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host]);
    assert!(registry.seen().iter().any(|arrived| arrived.header("authorization").is_some()));
    let seen = storage.seen();
    assert!(!seen.is_empty() && seen.iter().all(|arrived| arrived.header("authorization").is_none()), "{seen:?}");

    // A storage that asks for a password gets none.
    let greedy = Server::start(|_| Answer::new(401, "{}").with("WWW-Authenticate: Basic realm=\"r\"".to_owned()));
    let place = format!("Location: http://{}/blob", greedy.host());
    let body = manifest(bare("greedy").as_bytes());
    let registry = Server::start(move |arrived| match &arrived.path {
        path if path.contains("/blobs/") => Answer::new(307, "").with(place.clone()),
        _ => Answer::new(200, &body),
    });
    let host = registry.host();
    home.fails(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host], &["wants credentials"]);
    assert!(greedy.seen().iter().all(|arrived| arrived.header("authorization").is_none()));

    let circle = Server::start(|arrived| Answer::new(307, "").with(format!("Location: {}x", arrived.path)));
    let host = circle.host();
    home.fails(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host], &["redirects more than"]);
}

#[test]
fn https_does_not_lead_to_http() {
    let authority = Authority::new("own");
    let storage = Server::start(|_| Answer::new(200, "in the clear"));
    let server = tls_redirect(&authority.serve(), format!("http://{}/blob", storage.host()));
    let home = Home::new();
    home.write("ca.pem", &authority.certificate);
    home.fails(&["pull", &format!("{server}/x:v1"), "--ca", "ca.pem"], &["redirects to plain http", "not followed"]);
    assert!(storage.seen().is_empty());
}

/// A server with TLS that redirects everything.
fn tls_redirect(served: &Served, place: String) -> String {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(served.chain.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(served.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut request = [0; 4096];
            // A client that does not like the certificate hangs up here.
            let _ = stream.read(&mut request);
            let answer = format!(
                "HTTP/1.1 307 Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    address
}

#[test]
fn content_changed_on_the_registrys_disk_is_noticed() {
    let Some(registry) = Registry::start(&Setup::default()) else { return };
    let (home, host) = (Home::new(), registry.host());
    let wasm = module("tamper", 1000);
    home.write("policy.wasm", &wasm);
    let name = format!("{host}/x:v1");
    let flags = ["--insecure-registry", &host];
    home.ok(&[&["push", "policy.wasm", &name][..], &flags].concat());
    let hex = digest(wasm.as_ref()).replace("sha256:", "");
    let blob = registry.data().join(format!("docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]));
    let pull = [&["pull", &name][..], &flags].concat();
    let mut bad = wasm.clone();
    *bad.last_mut().unwrap() ^= 1;
    for (content, words) in [(&bad[..], "not what its digest says"), (&wasm[..500], "was announced with")] {
        std::fs::write(&blob, content).unwrap();
        home.fails(&pull, &[words]);
        home.has_nothing();
    }
    std::fs::write(&blob, &wasm).unwrap();
    home.ok(&pull);
}

#[test]
fn a_plain_download_is_checked_too() {
    let wasm = bare("plain");
    let server = Server::start(move |arrived| match &*arrived.path {
        "/policy.wasm" => Answer::new(200, &wasm),
        "/page" => Answer::new(200, "<html>"),
        _ => Answer::new(404, "no"),
    });
    let (home, host) = (Home::new(), server.host());
    let name = format!("http://{host}/policy.wasm");
    home.fails(&["pull", &name], &["plain http", "--insecure-registry"]);
    let flag = ["--insecure-registry", &host];
    home.ok(&[&["pull", &name][..], &flag].concat());
    assert_eq!(home.json(&["pull", "--offline", &name])["freshness"], "stored");
    for (path, words) in [("page", "no Wasm"), ("nothing", "does not have it")] {
        home.fails(&[&["pull", &format!("http://{host}/{path}")][..], &flag].concat(), &[words]);
    }
    let ran = home.run(&["pull", &format!("https://u:{PASSWORD}@{host}/policy.wasm")]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
