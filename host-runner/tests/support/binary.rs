//! The binary in a directory of a test, with an environment that the user's own does not reach.
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test fails loudly")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs it to its end. `home` below the directory is the user's.
pub(crate) fn run(directory: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_regwarden"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory.join("home"))
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no standard input closes it early.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}
