//! The bill of materials of the policy: the crates whose code is in the guest, in CycloneDX, the same on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use regwarden_policy::about::annotation;
use serde_json::{Value, json};

use super::generated;

/// A crate by name and version.
type Crate = (String, String);

/// What cargo links into the guest: each crate with its licence and what it stands on. Build scripts and procedural
/// macros run on the builder's machine and leave no code of theirs behind.
fn linked(workspace: &Path) -> BTreeMap<Crate, (String, BTreeSet<Crate>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(workspace)
        .args(["tree", "--locked", "--offline", "--package", "regwarden-policy", "--features", "wapc"])
        .args(["--target", "wasm32-unknown-unknown", "--edges", "normal,no-proc-macro", "--no-dedupe"])
        .args(["--prefix", "depth", "--format", " {p}|{l}"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut out: BTreeMap<Crate, (String, BTreeSet<Crate>)> = BTreeMap::new();
    let mut way: Vec<Crate> = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (depth, rest) = line.split_once(' ').expect("a depth");
        let (package, licence) = rest.split_once('|').expect("a licence");
        // `name v1.2.3 (/where/it/lies)`
        let mut words = package.split(' ');
        let name = words.next().expect("a name").to_owned();
        let version = words.next().expect("a version").trim_start_matches('v').to_owned();
        way.truncate(depth.parse().expect("a number"));
        if let Some(parent) = way.last() {
            out.get_mut(parent).expect("seen before").1.insert((name.clone(), version.clone()));
        }
        // Old crates spell `MIT OR Apache-2.0` with a slash.
        let licence = licence.replace('/', " OR ");
        out.entry((name.clone(), version.clone())).or_insert((licence, BTreeSet::new()));
        way.push((name, version));
    }
    out
}

/// SHA-256 of the crates that come from the registry.
fn checksums(workspace: &Path) -> BTreeMap<Crate, String> {
    let lock = std::fs::read_to_string(workspace.join("Cargo.lock")).expect("Cargo.lock");
    let field = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        line.map(|value| value.trim_end_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter_map(|package| {
            Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
        })
        .collect()
}

/// The document for a workspace, wherever it lies (CycloneDX 1.5, `bom-1.5.schema.json`). Without a serial number and a
/// time, which would make another document of the same contents. Not by the crate `cyclonedx-bom`: it turns on a feature
/// of `syn`, and cargo would compile wasmtime once more for the tests.
pub(crate) fn text(workspace: &Path) -> String {
    let (linked, checksums) = (linked(workspace), checksums(workspace));
    let reference = |(name, version): &Crate| format!("pkg:cargo/{name}@{version}");
    let component = |id: &Crate, kind: &str| {
        let mut out = json!({
            "type": kind,
            "bom-ref": reference(id),
            "name": id.0,
            "version": id.1,
            "purl": reference(id),
            "licenses": [{"expression": linked[id].0}],
        });
        if let Some(sum) = checksums.get(id) {
            out["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
        }
        out
    };
    let root = linked.keys().find(|(name, _)| name == "regwarden-policy").expect("the policy");
    let mut policy = component(root, "application");
    policy["description"] = annotation("io.kubewarden.policy.description").into();
    let others: Vec<Value> = linked.keys().filter(|id| *id != root).map(|id| component(id, "library")).collect();
    let dependencies: Vec<Value> = linked
        .iter()
        .map(|(id, (_, on))| json!({"ref": reference(id), "dependsOn": on.iter().map(reference).collect::<Vec<_>>()}))
        .collect();
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": policy},
        "components": others,
        "dependencies": dependencies,
    });
    serde_json::to_string_pretty(&bom).expect("JSON") + "\n"
}

#[test]
fn bill_of_materials() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = text(&workspace);
    for name in ["regwarden-sdk", "regwarden-json", "wapc-guest"] {
        assert!(text.contains(&format!("pkg:cargo/{name}@")), "{name} is in the guest");
    }
    // What only the command line links is no part of the policy.
    assert!(!text.contains("pkg:cargo/wasmtime@") && !text.contains("pkg:cargo/clap@"));
    let bom: Value = serde_json::from_str(&text).expect("JSON");
    let components = bom["components"].as_array().expect("components");
    for component in components {
        let name = component["name"].as_str().expect("a name");
        assert!(component["licenses"][0]["expression"].as_str().is_some_and(|licence| !licence.is_empty()), "{name}");
        // Ours come from the sources beside this file, all others from the registry.
        assert_eq!(component.get("hashes").is_none(), name.starts_with("regwarden-"), "{name}");
    }
    // Every crate is listed once and everything that another stands on is listed.
    let refs: BTreeSet<&str> =
        bom["dependencies"].as_array().expect("a list").iter().filter_map(|d| d["ref"].as_str()).collect();
    assert_eq!(refs.len(), components.len() + 1);
    for on in
        bom["dependencies"].as_array().expect("a list").iter().flat_map(|d| d["dependsOn"].as_array().expect("a list"))
    {
        assert!(refs.contains(on.as_str().expect("a reference")), "{on}");
    }
    generated("regwarden.cdx.json", &text);
}
