//! `regwarden annotate` as a user meets it, on guests small enough to read and on the embedded policy.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]
#![allow(
    clippy::allow_attributes,
    clippy::string_slice,
    dead_code,
    reason = "the support is shared; this uses a part of it"
)]

#[path = "support/binary.rs"]
mod binary;
#[path = "cli_support/guests.rs"]
mod guests;
#[path = "cli_support/mod.rs"]
mod support;

use std::fs;

use serde_json::Value;
use support::{Place, Ran};

const METADATA: &str = "\
rules:
  - {apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}
mutating: false
annotations:
  io.kubewarden.policy.title: sample
  io.kubewarden.policy.version: '1.2.3'
";

/// A guest that answers as Kubewarden's SDKs do, and one that answers otherwise.
fn guest(version: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "wapc" "__guest_response" (func $response (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{}")
          (func (export "__guest_call") (param i32 i32) (result i32)
            (call $response (i32.const 0) (i32.const {})) (i32.const 1)))"#,
        version.replace('"', "\\\""),
        version.len()
    );
    wat::parse_str(text).unwrap()
}

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path().join("metadata.yml"), METADATA).unwrap();
    fs::write(place.path().join("policy.wasm"), guest("\"v1\"")).unwrap();
    fs::write(place.path().join("USAGE.md"), "# Sample\n\nUse it.\n").unwrap();
    place
}

fn annotate(place: &Place, arguments: &[&str]) -> Ran {
    place.run(&[&["annotate", "-m", "metadata.yml"], arguments].concat(), "")
}

#[track_caller]
fn fails(place: &Place, arguments: &[&str], code: i32, words: &[&str]) {
    let before = fs::read(place.path().join("out.wasm")).ok();
    let ran = annotate(place, arguments);
    assert_eq!(ran.code, Some(code), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    assert_eq!(fs::read(place.path().join("out.wasm")).ok(), before, "the output was touched");
}

#[test]
fn the_section_is_what_inspect_shows_and_a_second_run_changes_nothing() {
    let place = place();
    let ran = annotate(&place, &["-u", "USAGE.md", "-o", "out.wasm", "policy.wasm"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.starts_with("out.wasm: "), "{}", ran.stdout);
    let info: Value =
        serde_json::from_str(&place.run(&["inspect", "--output", "json", "out.wasm"], "").stdout).unwrap();
    assert_eq!(info["metadata"]["protocolVersion"], "v1");
    assert_eq!(info["metadata"]["annotations"]["io.kubewarden.policy.usage"], "# Sample\n\nUse it.\n");
    let once = fs::read(place.path().join("out.wasm")).unwrap();
    assert!(once.starts_with(&guest("\"v1\"")), "what was there before stays as it was");
    // Its own output, and in place.
    let again = annotate(&place, &["--quiet", "-u", "USAGE.md", "-o", "out.wasm", "out.wasm"]);
    assert_eq!((again.code, &*again.stdout), (Some(0), ""));
    assert_eq!(fs::read(place.path().join("out.wasm")).unwrap(), once);
    assert!(
        !fs::read_dir(place.path())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with(".regwarden-") })
    );
}

#[test]
fn the_embedded_policy_is_annotated_anew() {
    let place = place();
    assert_eq!(place.run(&["export", "embedded.wasm"], "").code, Some(0));
    let ran = annotate(&place, &["-o", "out.wasm", "embedded.wasm"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // This metadata does not speak of what the policy asks the cluster.
    assert!(ran.stderr.contains("warning: the module seems to call `kubernetes/get_resource`"), "{}", ran.stderr);
    let info: Value =
        serde_json::from_str(&place.run(&["inspect", "--output", "json", "out.wasm"], "").stdout).unwrap();
    assert_eq!(info["metadata"]["annotations"]["io.kubewarden.policy.title"], "sample");
    let sections = info["sections"].as_array().unwrap();
    let named = |section: &&Value| section["name"] == "custom io.kubewarden.metadata";
    assert_eq!(sections.iter().filter(named).count(), 1);
    // What runs is the same.
    let judged = |policy: &str| place.run(&["check", "--policy", policy, "--output", "json", "pod.yaml"], "").stdout;
    let objects = |text: String| serde_json::from_str::<Value>(&text).unwrap()["objects"].clone();
    assert_eq!(objects(judged("out.wasm")), objects(judged("embedded.wasm")));
}

#[test]
fn what_cannot_be_annotated_is_told_and_nothing_is_written() {
    let place = place();
    let write = |name: &str, content: &[u8]| fs::write(place.path().join(name), content).unwrap();
    write("out.wasm", b"what was there before");
    let policy = ["-o", "out.wasm", "policy.wasm"];
    fails(&place, &["-o", "out.wasm", "gone.wasm"], 5, &["gone.wasm", "no such file"]);
    fails(&place, &["-o", "out.wasm", "not.wasm"], 5, &["not.wasm", "not a Wasm file"]);
    fails(&place, &["-o", "out.wasm", "no-policy.wasm"], 5, &["exports no interface of a policy"]);
    write("v2.wasm", &guest("\"v2\""));
    fails(&place, &["-o", "out.wasm", "v2.wasm"], 5, &["protocol version", "\"v1\""]);
    fails(&place, &["-o", "out.wasm", "traps.wasm"], 5, &["protocol version", "trapped"]);
    fails(&place, &["-o", "out.wasm", "loops.wasm"], 5, &["protocol version", "deadline"]);
    fails(&place, &["-u", "gone.md", "-o", "out.wasm", "policy.wasm"], 5, &["gone.md"]);
    write("latin.md", b"gr\xfcn");
    fails(&place, &["-u", "latin.md", "-o", "out.wasm", "policy.wasm"], 5, &["latin.md", "UTF-8"]);
    fails(&place, &["-o", "nowhere/out.wasm", "policy.wasm"], 5, &["cannot write `nowhere/out.wasm`"]);
    for (text, words) in [
        ("rules: []", &["metadata.yml", "missing field `mutating`"][..]),
        ("rules: [\n", &["metadata.yml", "line "]),
        ("- a\n", &["metadata.yml", "a mapping"]),
        ("rules: []\nmutating: false\nexecutionMode: wasi\n", &["metadata.yml", "executionMode: wasi"]),
        (
            "mutating: false\nrules:\n  - {apiGroups: [], apiVersions: [v1], resources: ['*', pods], operations: [GET]}\n",
            &["rules[0].apiGroups", "rules[0].resources", "rules[0].operations"],
        ),
        ("rules: []\nmutating: false\nannotations: {io.kubewarden.policy.version: 1.0}\n", &["must be text"]),
    ] {
        write("metadata.yml", text.as_bytes());
        fails(&place, &policy, 5, words);
    }
}
