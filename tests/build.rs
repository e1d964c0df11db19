//! Builds the WASI command of the policy, which the tests run beside the embedded waPC guest.

#[path = "../host-runner/build/guest.rs"]
mod guest;

fn main() {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match guest::build(&workspace, "wasm32-wasip1") {
        Ok(module) => println!("cargo::rustc-env=REGWARDEN_WASI={}", module.display()),
        Err(message) => println!("cargo::error={message}"),
    }
}
