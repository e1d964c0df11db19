//! Builds the WASI command of the policy for `make artifacts`: a program of its own, since it wants the flags by which
//! the build script makes the same bytes on every machine.

#[path = "guest.rs"]
#[allow(dead_code, reason = "its entry for build scripts has no use here")]
mod guest;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workspace, target, out] = arguments.as_slice() else {
        eprintln!("usage: wasi WORKSPACE TARGET-FOLDER FILE");
        return ExitCode::from(2);
    };
    let built = guest::build_in(Path::new(workspace), "wasm32-wasip1", Path::new(target));
    match built.and_then(|module| std::fs::copy(module, out).map_err(|error| format!("cannot write `{out}`: {error}"))) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
