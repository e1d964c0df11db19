//! Build script: the policy as a guest and its ahead-of-time code, left in OUT_DIR for `embedded.rs`.

#[path = "src/engine/config.rs"]
mod config;
#[path = "build/guest.rs"]
mod guest;

use sha2::{Digest, Sha256};
use std::{env, fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={}", message.replace('\n', "\ncargo::error="));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = manifest.parent().ok_or("the runner lies outside its workspace")?;
    let out = PathBuf::from(variable("OUT_DIR")?);

    let module = guest::build(workspace, "wasm32-unknown-unknown")?;
    let wasm = fs::read(&module).map_err(|error| format!("cannot read `{}`: {error}", module.display()))?;
    let code = compile(&wasm, &variable("TARGET")?).map_err(|error| format!("cannot compile the policy: {error:#}"))?;

    write(&out.join("policy.wasm"), &wasm)?;
    write(&out.join("policy.cwasm"), &code)?;
    println!("cargo::rustc-env=REGWARDEN_POLICY_SHA256={:x}", Sha256::digest(&wasm));
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// Ahead-of-time code for the baseline processor of the target: the machine that runs it may be older than this one.
fn compile(wasm: &[u8], target: &str) -> wasmtime::Result<Vec<u8>> {
    let mut config = config::code();
    config.target(target)?;
    wasmtime::Engine::new(&config)?.precompile_module(wasm)
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: run this through cargo"))
}
