//! Who may depend on whom, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--offline", "--no-deps", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Direct dependencies of each member, by kind: "", "dev", "build".
fn direct(kind: &str) -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            (
                text(&package["name"]),
                dependencies.filter(|d| text(&d["kind"]) == kind).map(|d| text(&d["name"])).collect(),
            )
        })
        .collect()
}

#[test]
fn the_sdk_stands_alone() {
    let allowed = BTreeSet::from(["kubewarden-policy-sdk", "regwarden-json", "wapc-guest"].map(str::to_owned));
    let normal = direct("");
    assert_eq!(normal["regwarden-sdk"], allowed, "no Wasm runtime, no command line, nothing but what its faces speak");
    assert!(normal["regwarden-json"].is_empty(), "the reader of JSON needs nobody");
    for member in ["regwarden-sdk", "regwarden-json"] {
        assert!(direct("build")[member].is_empty(), "{member}");
    }
}

#[test]
fn the_policy_knows_the_sdk_and_nothing_else() {
    assert_eq!(direct("")["regwarden-policy"], BTreeSet::from(["regwarden-sdk".to_owned()]));
    assert!(direct("build")["regwarden-policy"].is_empty());
}

#[test]
fn the_host_judges_by_bytes_and_knows_the_policy_only_to_explain() {
    assert!(!direct("build")["regwarden-host"].contains("regwarden-policy"));
    let host = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-runner/src");
    // What opens each image is asked of the policy itself, so that explanation and findings cannot disagree.
    let may = ["credentials", "probe", "credentials.rs", "probe.rs"];
    for file in crate::tidy::rust_files(&host) {
        let explains = file
            .strip_prefix(&host)
            .expect("below")
            .components()
            .any(|part| may.iter().any(|name| part.as_os_str() == *name));
        let text = std::fs::read_to_string(&file).expect("a source file");
        assert!(explains || !text.contains("regwarden_policy"), "{}", file.display());
    }
}

#[test]
fn nobody_depends_on_the_tests() {
    for kind in ["", "dev", "build"] {
        for (name, dependencies) in direct(kind) {
            assert!(!dependencies.contains("conformance"), "{name}");
        }
    }
}

#[test]
fn only_faces_do_io() {
    let sdk = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let policy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/src");
    for file in crate::tidy::rust_files(&sdk).into_iter().chain(crate::tidy::rust_files(&policy)) {
        let face = file.components().any(|part| part.as_os_str() == "face");
        // Tests read tables and the environment.
        let test = file.file_name().is_some_and(|name| name == "tests.rs")
            || file.components().any(|part| part.as_os_str() == "tests");
        if face || test {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a source file");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for module in
            ["std::fs", "std::env", "std::net", "std::time", "std::thread", "std::process", "std::io", "std::sync"]
        {
            let entry = file.ends_with("policy/src/main.rs") && module == "std::process";
            assert!(entry || !text.contains(module), "{}: {module} is for faces", file.display());
        }
    }
}
