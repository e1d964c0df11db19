//! The same Wasm bytes from a copy of the sources at another path.

use std::fs;
use std::path::Path;

#[path = "../host-runner/build/guest.rs"]
#[expect(dead_code, clippy::print_stdout, reason = "its entry for build scripts has no use here")]
mod guest;

/// Copies sources; what a build left behind stays.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            if entry.file_name() != "target" {
                copy(&source, &target);
            }
        } else {
            fs::copy(&source, &target).expect("a file");
        }
    }
}

#[test]
fn the_path_of_the_clone_leaves_no_trace() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let clone = elsewhere.path().join("some where/else");
    for member in ["sdk", "policy", "host-runner", "tests"] {
        copy(&workspace.join(member), &clone.join(member));
    }
    for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
        fs::copy(workspace.join(file), clone.join(file)).expect("a file");
    }
    let target = elsewhere.path().join("target");
    let module = guest::build_in(&clone, "wasm32-unknown-unknown", &target).expect("the guest builds");
    let bytes = fs::read(module).expect("the guest");
    assert!(
        bytes == regwarden_host::embedded::WASM,
        "{} bytes here, {} embedded",
        bytes.len(),
        regwarden_host::embedded::WASM.len()
    );
    let text = String::from_utf8_lossy(&bytes);
    // The home itself is no trace: tables name `/root/.docker`.
    let crates = std::env::home_dir().expect("a home").join(".cargo");
    for path in [elsewhere.path(), &crates, &workspace.canonicalize().expect("the workspace")] {
        assert!(!text.contains(&*path.to_string_lossy()), "the guest names {}", path.display());
    }
    // What else `make artifacts` puts a sum of into SHA256SUMS and no generator writes.
    let command = fs::read(guest::build_in(&clone, "wasm32-wasip1", &target).expect("the command builds")).expect("it");
    assert!(command == fs::read(env!("REGWARDEN_WASI")).expect("the command"), "the WASI command differs");
    assert!(crate::artifacts::sbom::text(&clone) == crate::artifacts::sbom::text(&workspace), "the SBOM differs");
}
