//! WASI command entry of the policy.

use std::process::ExitCode;

fn main() -> ExitCode {
    regwarden_sdk::face::wasi::main::<regwarden_policy::Regwarden>()
}
