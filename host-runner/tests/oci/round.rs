//! Push and pull with a real registry, skopeo reading ours and we reading skopeo's, and commands on policies by name.

use crate::registry::{Registry, Setup, has_tool};
use crate::server::{Answer, Server};
use crate::support::{Home, bare, digest, manifest, module};

const SKOPEO: &str = "`apt-get install skopeo`";

#[test]
fn what_is_pushed_is_pulled_and_judged_by() {
    let Some(registry) = Registry::start(&Setup::default()) else { return };
    let (home, host) = (Home::new(), registry.host());
    let wasm = module("round", 1000);
    home.write("policy.wasm", &wasm);
    let name = format!("registry://{host}/policies/own:v1");
    let insecure = ["--insecure-registry", &host];
    home.fails(&["push", "policy.wasm", &name], &["does not speak TLS", "--insecure-registry"]);
    let pushed = home.json(&[&["push", "policy.wasm", &name][..], &insecure].concat());
    assert_eq!(pushed["module"], digest(&wasm).as_str());
    let manifest = home.ok(&[&["manifest", &name][..], &insecure].concat());
    assert_eq!(pushed["manifest"], digest(manifest.as_bytes()).as_str());
    let value: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(value["annotations"]["io.kubewarden.policy.title"], "tests");
    assert_eq!(value["annotations"]["org.opencontainers.image.source"], "https://example.com/tests");
    assert!(value["annotations"].get("io.kubewarden.policy.usage").is_none(), "annotations of several lines stay out");
    assert!(value.get("mediaType").is_none(), "kwctl writes none");
    let shown = home.ok(&[&["digest", &name][..], &insecure].concat());
    assert_eq!(shown, format!("{name}@{}\n", digest(manifest.as_bytes())));

    let pinned = format!("registry://{}", pushed["immutable_ref"].as_str().unwrap());
    let pulled = home.json(&[&["pull", &name, "copy.wasm"][..], &insecure].concat());
    assert_eq!((&pulled["freshness"], &pulled["module"]), (&"downloaded".into(), &pushed["module"]));
    assert_eq!(std::fs::read(home.path().join("copy.wasm")).unwrap(), wasm);
    let again = home.json(&[&["pull", &name][..], &insecure].concat());
    assert_eq!((&again["freshness"], &again["movedFrom"]), (&"unchanged".into(), &serde_json::Value::Null));

    // From here on nobody answers: what is pinned is not asked for, and a tag only without `--offline`.
    drop(registry);
    home.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {}\n");
    home.write("request.json", r#"{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","userInfo":{},"object":{"apiVersion":"v1","kind":"Pod"}}"#);
    home.write("settings.yaml", "{}");
    let log = home.ok(&["check", "--policy", &pinned, "pod.yaml"]);
    assert_eq!(
        log.replace(&pinned, "P"),
        home.ok(&["check", "--policy", "policy.wasm", "pod.yaml"]).replace("policy.wasm", "P")
    );
    home.ok(&["check", "--offline", "--policy", &name, "pod.yaml"]);
    home.ok(&["check", "--policy", &digest(&wasm), "pod.yaml"]);
    home.ok(&["run", "--request-path", "request.json", &pinned]);
    home.ok(&["settings", "check", "--policy", &pinned, "settings.yaml"]);
    let info = home.json(&["inspect", &pinned]);
    assert_eq!(format!("sha256:{}", info["sha256"].as_str().unwrap()), digest(&wasm));
    let explained = |policy| home.run(&["explain", "--policy", policy]).code;
    assert_eq!(explained(&pinned), explained("policy.wasm"));
    home.fails(
        &["check", "--policy", &name, "pod.yaml", "--insecure-registry", &host],
        &["cannot be reached", "--offline"],
    );
    home.fails(
        &["check", "--policy", "r.example/own:v1", "pod.yaml"],
        &["no such file", "`registry://r.example/own:v1`"],
    );
    home.fails(&["pull", "--offline", &format!("{host}/policies/own:v2")], &["not in the store", "pull it first"]);

    let list = home.json(&["policies"]);
    let row = &list["policies"][0];
    assert_eq!((&row["name"], &row["version"]), (&name.as_str().into(), &"1.2.3".into()));
    assert_eq!((&row["mutating"], &row["problem"]), (&false.into(), &serde_json::Value::Null));
    let table = home.ok(&["policies"]);
    assert!(table.contains("1.2.3") && table.contains(&name) && !table.contains('\u{1b}'), "{table}");
    home.ok(&["policies", "rm", &digest(&wasm)[..20]]);
    assert_eq!(home.json(&["policies"])["policies"], serde_json::json!([]));
    home.has_nothing();
}

#[test]
fn skopeo_reads_ours_and_we_read_skopeos() {
    if !has_tool("skopeo", SKOPEO) {
        return;
    }
    let Some(registry) = Registry::start(&Setup::default()) else { return };
    let (home, host) = (Home::new(), registry.host());
    home.write("policy.wasm", module("skopeo", 1000));
    let insecure = ["--insecure-registry", &host];
    let ours = format!("{host}/ours:v1");
    home.ok(&[&["push", "policy.wasm", &ours][..], &insecure].concat());
    let raw = home.skopeo(&["inspect", "--raw", "--tls-verify=false", &format!("docker://{ours}")]);
    let manifest = home.ok(&[&["manifest", &ours][..], &insecure].concat());
    assert_eq!(String::from_utf8(raw).unwrap(), manifest);

    let theirs = format!("{host}/theirs:v1");
    let flags = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    home.skopeo(&[&["copy"][..], &flags, &[&format!("docker://{ours}"), &format!("docker://{theirs}")]].concat());
    let pulled = home.json(&[&["pull", &theirs, "theirs.wasm"][..], &insecure].concat());
    assert_eq!(pulled["resolved"], digest(manifest.as_bytes()).as_str());
    assert_eq!(std::fs::read(home.path().join("theirs.wasm")).unwrap(), module("skopeo", 1000));

    // Over an air gap, both ways.
    home.ok(&["policies", "save", "--file", "ours.tar", &format!("registry://{theirs}")]);
    let back = format!("{host}/back:v1");
    home.skopeo(&[
        "copy",
        "--dest-tls-verify=false",
        &format!("oci-archive:ours.tar:{theirs}"),
        &format!("docker://{back}"),
    ]);
    assert_eq!(home.ok(&[&["manifest", &back][..], &insecure].concat()), manifest);
    let archive = format!("oci-archive:theirs.tar:{ours}");
    home.skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{ours}"), &archive]);
    let other = Home::new();
    let file = home.path().join("theirs.tar");
    let loaded = other.json(&["policies", "load", file.to_str().unwrap()]);
    assert_eq!(loaded["policies"][0]["name"], format!("registry://{ours}").as_str());
    assert_eq!(loaded["policies"][0]["resolved"], digest(manifest.as_bytes()).as_str());
    other.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {}\n");
    other.ok(&["check", "--offline", "--policy", &format!("registry://{ours}"), "pod.yaml"]);
}

#[test]
fn a_tag_that_moved_is_told_and_followed() {
    let Some(registry) = Registry::start(&Setup::default()) else { return };
    let (home, host) = (Home::new(), registry.host());
    let name = format!("{host}/moving");
    let insecure = ["--insecure-registry", &host];
    let mut digests = Vec::new();
    for note in ["one", "two"] {
        home.write("policy.wasm", module(note, 10));
        let pushed = home.json(&[&["push", "policy.wasm", &name][..], &insecure].concat());
        digests.push(pushed["manifest"].as_str().unwrap().to_owned());
        let ran = home.run(&[&["pull", &name][..], &insecure].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let moved = format!("moved from {} to {}", digests[0], digests.last().unwrap());
        assert_eq!(ran.stderr.contains(&moved), note == "two", "{ran:?}");
    }
    // The old one stays for whom has its digest, until a collection: no name needs it.
    let old = format!("{name}@{}", digests[0]);
    assert_eq!(home.json(&["pull", "--offline", &old])["freshness"], "stored");
    home.ok(&["policies", "gc"]);
    home.fails(&["pull", "--offline", &old], &["not in the store"]);
    assert_eq!(home.json(&["pull", "--offline", &name])["resolved"], digests[1].as_str());
}

#[test]
fn what_is_no_policy_is_not_pushed() {
    let home = Home::new();
    home.write("bare.wasm", wat::parse_str("(module)").unwrap());
    home.write("text.wasm", "text");
    home.fails(&["push", "bare.wasm", "127.0.0.1:1/x:v1"], &["no metadata", "--force"]);
    home.fails(&["push", "text.wasm", "127.0.0.1:1/x:v1"], &["not a Wasm file"]);
    let pinned = format!("127.0.0.1:1/x@{}", digest(b""));
    home.fails(&["push", "--force", "bare.wasm", &pinned], &["name a tag"]);
    for (name, words) in [("127.0.0.1:1/UPPER:v1", "no policy"), ("https://h/x", "is no registry"), ("", "no policy")] {
        let ran = home.run(&["push", "--force", "bare.wasm", name]);
        assert_eq!(ran.code, Some(2), "{name}: {ran:?}");
        assert!(ran.stderr.contains(words), "{name}: {ran:?}");
    }
}

#[test]
fn an_index_leads_to_its_policy() {
    let (wasm, here) = (bare("index"), if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
    let child = manifest(wasm.as_bytes());
    let entry = |digest: &str, os: &str, architecture: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":1,"platform":{{"os":"{os}","architecture":"{architecture}"}}}}"#
        )
    };
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{},{}]}}"#,
        entry(&digest(b"other"), "plan9", "mips"),
        entry(&digest(child.as_bytes()), std::env::consts::OS, here),
    );
    let (top, child_digest) = (digest(index.as_bytes()), digest(child.as_bytes()));
    let leads_to = child_digest.clone();
    let server = Server::start(move |arrived| match &arrived.path {
        path if path.ends_with(&leads_to) => Answer::new(200, &child),
        path if path.contains("/manifests/") => Answer::new(200, &index),
        path if path.contains("/blobs/") => Answer::new(200, &wasm),
        _ => Answer::new(200, "{}"),
    });
    let (home, host) = (Home::new(), server.host());
    let name = format!("{host}/x:v1");
    let pulled = home.json(&["pull", &name, "--insecure-registry", &host]);
    assert_eq!((&pulled["resolved"], &pulled["manifest"]), (&top.as_str().into(), &child_digest.as_str().into()));
    // By the digest of the index or of its manifest, here and behind an air gap.
    home.ok(&["policies", "save", "--file", "index.tar"]);
    let other = Home::new();
    other.ok(&["policies", "load", home.path().join("index.tar").to_str().unwrap()]);
    for (home, wanted) in [(&home, &top), (&home, &child_digest), (&other, &top), (&other, &child_digest)] {
        assert_eq!(home.json(&["pull", "--offline", &format!("{host}/x@{wanted}")])["module"], pulled["module"]);
    }
}

#[test]
fn proxies_are_used_and_left_out_as_asked() {
    let wasm = bare("proxy");
    let body = manifest(wasm.as_bytes());
    let proxy = Server::start(move |arrived| match &arrived.path {
        path if path.contains("/manifests/") => Answer::new(200, &body),
        path if path.contains("/blobs/") => Answer::new(200, &wasm),
        _ => Answer::new(200, "{}"),
    });
    let address = format!("http://{}", proxy.host());
    let name = "registry.invalid:5000/x:v1";
    let digest = ["digest", name, "--insecure-registry", "registry.invalid:5000"];
    let mut home = Home::new();
    home.fails(&digest, &["cannot be reached"]);
    home.write("sources.yaml", format!("proxies: {{http_proxy: \"{address}\"}}\n"));
    home.ok(&[&digest[..], &["--sources", "sources.yaml"]].concat());
    home.set("HTTP_PROXY", address);
    home.ok(&digest);
    assert!(proxy.seen().iter().any(|arrived| arrived.path.starts_with("http://registry.invalid:5000/v2/x/")));
    home.set("NO_PROXY", "registry.invalid");
    home.fails(&digest, &["cannot be reached"]);
}
