//! Signatures on their way: a proxy that loses, swaps and swells them, and a registry behind TLS and a password.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regwarden_host::signature::{PrivateKey, sign};
use regwarden_host::store::Digest;
use serde_json::json;

use crate::proxy::{Fault, Proxy, Upstream};
use crate::registry::{Access, Authority, PASSWORD, Registry, Scheme, Setup, USER};
use crate::server::{Answer, Server};
use crate::support::{Home, bare, digest, manifest};
use crate::{Scene, write_keys};

const AT_ONCE: &str = "Retry-After: 0\r\n";

#[test]
fn what_happens_on_the_way_verifies_nothing() {
    let Some(scene) = Scene::new() else { return };
    scene.sign();
    let hex = scene.manifest();
    let old = scene.under(&format!("sha256-{hex}.sig"));
    let payload = old["layers"][0]["digest"].as_str().unwrap().to_owned();
    let proxy = Proxy::start(Upstream::plain(scene.host.parse().unwrap()));
    let host = proxy.address().to_string();
    let name = format!("{host}/policies/own:v1");
    let verify = ["verify", "--key", "own.pub", &name, "--insecure-registry", &host];
    scene.home.ok(&verify);

    proxy.fail_times("/referrers/", 1, Fault::Status(503, AT_ONCE, "{}"));
    scene.home.ok(&verify);
    for (part, fault, words) in [
        ("/referrers/", Fault::Status(500, AT_ONCE, "{}"), "status 500"),
        (".sig", Fault::Status(403, "", "{}"), "denies access"),
        (&*payload, Fault::Status(500, AT_ONCE, "{}"), "status 500"),
        (&payload, Fault::Body("{}"), "a signature is not what its digest says"),
        (&payload, Fault::Cut(20), ""),
        (&payload, Fault::Huge(2 << 20), "1048576 bytes"),
    ] {
        proxy.heal();
        proxy.fail(part, fault.clone());
        scene.home.fails(&verify, &["cannot read the signatures of", words]);
    }
    // One form is enough; without both there is none, and another manifest has none.
    let missing = || Fault::Status(404, "", "{}");
    proxy.heal();
    proxy.fail(".sig", missing());
    scene.home.ok(&verify);
    proxy.fail(&format!("/manifests/sha256-{hex}"), missing());
    scene.home.fails(&verify, &["it has no signature"]);
    proxy.heal();
    proxy.fail("/manifests/v1", Fault::Body("{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"));
    scene.home.fails(&verify, &["it has no signature"]);
    proxy.heal();
    scene.home.ok(&verify);
}

#[test]
fn a_registry_behind_tls_and_a_password_keeps_signatures_too() {
    let authority = Authority::new("own");
    let setup = Setup { access: Access::Htpasswd, scheme: Scheme::Tls(authority.serve()), ..Setup::default() };
    let Some(registry) = Registry::start(&setup) else { return };
    let (home, host) = (Home::new(), registry.host());
    write_keys(&home);
    home.write("policy.wasm", crate::support::module("guarded", 10));
    home.write("ca.pem", &authority.certificate);
    home.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {}\n");
    let name = format!("{host}/private/own:v1");
    let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let login = || home.write(".docker/config.json", json!({"auths": {&*host: {"auth": auth}}}).to_string());
    let sign = ["sign", "--key", "own.key", &name, "--ca", "ca.pem"];
    let verify = ["verify", "--key", "own.pub", &name, "--ca", "ca.pem"];
    for command in [sign, verify] {
        home.fails(&command, &["wants credentials", "docker login"]);
        home.fails(&command[..4], &["certificate", "--ca FILE"]);
    }
    login();
    home.ok(&["push", "--sign-key", "own.key", "policy.wasm", &name, "--ca", "ca.pem"]);
    home.ok(&verify);
    let key = std::fs::read_to_string(home.path().join("own.pub")).unwrap();
    let config = json!({"apiVersion": "v1", "allOf": [{"kind": "pubKey", "key": key}]});
    home.write("config.yml", config.to_string());
    let policy = format!("registry://{name}");
    let check = ["check", "--policy", &policy, "--verification-config", "config.yml", "--ca", "ca.pem", "pod.yaml"];
    home.ok(&check);
    std::fs::remove_file(home.path().join(".docker/config.json")).unwrap();
    home.fails(&check, &["wants credentials"]);
}

/// A registry that gives its list of referrers in parts, the first of which is empty and says where the next is.
fn in_parts(home: &Home, link: &'static str) -> Server {
    let wasm = bare("parts");
    let text = manifest(wasm.as_ref());
    let key = std::fs::read(home.path().join("own.key")).unwrap();
    let key = PrivateKey::parse(&key, None).unwrap();
    let subject: Digest = digest(text.as_bytes()).parse().unwrap();
    let signed = sign(&key, "r.example/x", &subject, &BTreeMap::new()).unwrap();
    let bundle = String::from_utf8(signed.bundle).unwrap();
    let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let at = digest(bundle.as_bytes());
    let referrer = json!({"schemaVersion": 2, "layers": [{"mediaType": kind, "digest": at, "size": bundle.len()}]});
    let referrer = referrer.to_string();
    let own = digest(referrer.as_bytes());
    let entry =
        json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": own, "size": referrer.len()});
    Server::start(move |arrived| match &*arrived.path {
        "/v2/" => Answer::new(200, "{}"),
        path if path.contains("/referrers/") && path.contains("part=2") => {
            Answer::new(200, &json!({"schemaVersion": 2, "manifests": [entry]}).to_string())
        }
        path if path.contains("/referrers/") => {
            Answer::new(200, r#"{"schemaVersion":2,"manifests":[]}"#).with(format!("Link: <{link}>; rel=\"next\""))
        }
        path if path.ends_with(&own) => Answer::new(200, &referrer),
        path if path.ends_with(&at) => Answer::new(200, &bundle),
        path if path.ends_with("/manifests/v1") => Answer::new(200, &text),
        _ => Answer::new(404, "{}"),
    })
}

#[test]
fn a_list_of_referrers_is_read_to_its_end() {
    let home = Home::new();
    write_keys(&home);
    let verify = |server: &Server, words: &[&str]| {
        let host = server.host();
        let name = format!("{host}/x:v1");
        let command = ["verify", "--key", "own.pub", &name, "--insecure-registry", &host];
        if words.is_empty() { drop(home.ok(&command)) } else { home.fails(&command, words) }
    };
    verify(&in_parts(&home, "/v2/x/referrers/sha256:0?part=2"), &[]);
    verify(&in_parts(&home, "?part=2"), &[]);
    verify(&in_parts(&home, "?part=1"), &["does not end"]);
    let elsewhere = Server::start(|_| Answer::new(200, "{}"));
    let link: &'static str = Box::leak(format!("http://{}/v2/x/referrers/?part=2", elsewhere.host()).into_boxed_str());
    verify(&in_parts(&home, link), &["goes on at another host"]);
    assert_eq!(elsewhere.seen().len(), 0, "nobody was asked there");
}
