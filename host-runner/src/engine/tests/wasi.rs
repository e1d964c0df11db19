//! WASI commands: arguments, streams, the empty environment, host calls, waits.

use super::load;
use crate::{
    engine::{HostCall, HostCalls},
    module::Abi,
    outcome::Outcome,
};
use std::{sync::Arc, time::Duration};

#[test]
fn standard_input_reaches_standard_output() {
    let policy = load("wasi-echo");
    assert_eq!(policy.abi(), Abi::Wasi);
    for payload in [&b""[..], b"{\"request\":{}}", &[b'x'; 200_000]] {
        assert_eq!(policy.call("validate", payload), Outcome::Answered(payload.to_vec()));
    }
}

#[test]
fn the_operation_is_the_argument() {
    let policy = load("wasi-arguments");
    assert_eq!(policy.call("evaluate", b""), Outcome::Answered(b"policy.wasm\0evaluate\0".to_vec()));
    // Kubewarden's spelling for commands.
    let settings = policy.call("validate_settings", b"");
    assert_eq!(settings, Outcome::Answered(b"policy.wasm\0validate-settings\0".to_vec()));
}

#[test]
fn there_is_no_environment_and_no_directory() {
    const BADF: u8 = 8;
    let Outcome::Answered(answer) = load("wasi-environment").call("validate", b"") else { panic!("no answer") };
    assert_eq!(answer, [0, 0, 0, 0, BADF, 0, 0, 0]);
}

#[test]
fn a_complaint_is_trimmed_and_kept() {
    let evaluation = load("wasi-exit-3").evaluate("validate", b"{}");
    assert_eq!(evaluation.outcome, Outcome::GuestError("the settings are wrong".to_owned()));
    assert_eq!(evaluation.stderr, b"  the settings are wrong\n");
}

#[test]
fn a_host_call_answers_on_standard_input() {
    struct Registry;
    impl HostCalls for Registry {
        fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
            assert_eq!((call.binding, call.namespace, call.operation), ("kubewarden", "oci", "v1/manifest_digest"));
            Ok(b"digest".to_vec())
        }
    }
    let policy = load("wasi-host-call");
    let failed = policy.call("validate", b"{}");
    let text = b"1host capability `oci/v1/manifest_digest` is not available";
    assert_eq!(failed, Outcome::Answered(text.to_vec()));
    let answered = policy.with_host_calls(Arc::new(Registry)).call("validate", b"{}");
    assert_eq!(answered, Outcome::Answered(b"0digest".to_vec()));
}

#[test]
fn a_sleep_within_the_deadline_is_granted() {
    let start = std::time::Instant::now();
    assert_eq!(load("naps").call("validate", b"").name(), "answered");
    assert!(start.elapsed() >= Duration::from_millis(10));
}
