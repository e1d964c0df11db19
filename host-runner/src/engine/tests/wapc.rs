//! The waPC interface: pointers, host calls, and what a guest prints.

use super::{ENGINE, load};
use crate::{
    engine::{HostCall, HostCalls},
    outcome::{BadAnswer, Outcome},
};
use std::sync::Arc;

/// The imports that take a pointer, with a call in which `P` stands for it.
const CALLS: &[(&str, &str, &str)] = &[
    ("__guest_request", "(param i32 i32)", "(i32.const 0) P"),
    ("__guest_request", "(param i32 i32)", "P (i32.const 0)"),
    ("__guest_response", "(param i32 i32)", "P (i32.const 8)"),
    ("__guest_error", "(param i32 i32)", "P (i32.const 8)"),
    ("__console_log", "(param i32 i32)", "P (i32.const 8)"),
    ("__host_response", "(param i32)", "P"),
    ("__host_error", "(param i32)", "P"),
];

/// A guest that fails a host call, so that there is an error to fetch, then makes one call with a bad pointer.
fn guest(import: &str, parameters: &str, arguments: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "wapc" "{import}" (func $bad {parameters}))
          (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "__guest_call") (param i32 i32) (result i32)
            (drop (call $host (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                              (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
            (call $bad {arguments})
            (i32.const 1)))"#
    );
    wat::parse_str(text).unwrap()
}

fn out_of_bounds(outcome: &Outcome, import: &str) -> bool {
    matches!(outcome, Outcome::BadAnswer(BadAnswer::OutOfBounds { import: named, .. }) if *named == import)
}

#[test]
fn no_pointer_leaves_the_memory() {
    /// Says so much that any copy at the end of the memory does not fit.
    struct Talkative;
    impl HostCalls for Talkative {
        fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
            if call.payload.is_empty() { Err("e".repeat(100)) } else { Ok(vec![b'r'; 100]) }
        }
    }
    struct Answers;
    impl HostCalls for Answers {
        fn call(&self, _: &HostCall<'_>) -> Result<Vec<u8>, String> {
            Ok(vec![b'r'; 100])
        }
    }
    for (import, parameters, arguments) in CALLS {
        for pointer in ["-1", "-2147483648", "2147483647", "65530", "65536", "-8"] {
            let arguments = arguments.replace('P', &format!("(i32.const {pointer})"));
            let policy = ENGINE.load(&guest(import, parameters, &arguments)).unwrap();
            let host: Arc<dyn HostCalls> =
                if *import == "__host_response" { Arc::new(Answers) } else { Arc::new(Talkative) };
            let outcome = policy.with_host_calls(host).call("validate", b"a payload of some length");
            assert!(out_of_bounds(&outcome, import), "{import} {arguments}: {outcome}");
        }
    }
}

#[test]
fn no_length_leaves_the_memory() {
    for import in ["__guest_response", "__guest_error", "__console_log"] {
        for length in ["-1", "2147483647", "65537", "-2147483648"] {
            let arguments = format!("(i32.const 0) (i32.const {length})");
            let outcome = ENGINE.load(&guest(import, "(param i32 i32)", &arguments)).unwrap().call("validate", b"{}");
            assert!(out_of_bounds(&outcome, import), "{import} {arguments}: {outcome}");
        }
    }
}

#[test]
fn no_argument_of_a_host_call_leaves_the_memory() {
    for place in 0..4 {
        for (pointer, length) in [("-1", "1"), ("0", "-1"), ("65536", "1"), ("2147483647", "2147483647")] {
            let arguments: Vec<String> = (0..4)
                .map(|number| {
                    if number == place {
                        format!("(i32.const {pointer}) (i32.const {length})")
                    } else {
                        "(i32.const 0) (i32.const 0)".to_owned()
                    }
                })
                .collect();
            let text = format!(
                r#"(module
                  (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (func (export "__guest_call") (param i32 i32) (result i32) (call $host {})))"#,
                arguments.join(" ")
            );
            let outcome = ENGINE.load(&wat::parse_str(text).unwrap()).unwrap().call("validate", b"{}");
            assert!(out_of_bounds(&outcome, "__host_call"), "argument {place}: {outcome}");
        }
    }
}

#[test]
fn an_empty_range_at_the_end_is_inside() {
    let empty = guest("__guest_response", "(param i32 i32)", "(i32.const 65536) (i32.const 0)");
    assert_eq!(ENGINE.load(&empty).unwrap().call("validate", b"{}"), Outcome::Answered(Vec::new()));
}

#[test]
fn the_payload_arrives() {
    let policy = load("echoes");
    for payload in [&b""[..], b"{}", &[0xff; 70_000]] {
        assert_eq!(policy.call("an operation", payload), Outcome::Answered(payload.to_vec()));
    }
}

#[test]
fn a_payload_that_does_not_fit_is_a_typed_outcome() {
    let outcome = load("echoes").call("validate", &vec![b' '; 2 << 20]);
    assert!(out_of_bounds(&outcome, "__guest_request"), "{outcome}");
}

#[test]
fn a_host_call_without_capabilities_fails_and_says_so() {
    let outcome = load("host-call").call("validate", b"{}");
    let text = "host capability `oci/v1/manifest_digest` is not available";
    assert_eq!(outcome, Outcome::GuestError(text.to_owned()));
}

#[test]
fn a_host_call_reaches_its_implementation() {
    struct Registry;
    impl HostCalls for Registry {
        fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
            assert_eq!((call.binding, call.namespace, call.operation), ("kubewarden", "oci", "v1/manifest_digest"));
            assert_eq!(call.payload, br#""image""#);
            assert!(call.deadline > std::time::Instant::now());
            Ok(b"digest".to_vec())
        }
    }
    let policy = load("host-call").with_host_calls(Arc::new(Registry));
    assert_eq!(policy.call("validate", b"{}"), Outcome::Answered(b"digest".to_vec()));
}

#[test]
fn what_a_guest_prints_is_kept_up_to_the_limit() {
    let limit = ENGINE.limits().log;
    let logged = load("console-flood").evaluate("validate", b"{}");
    assert_eq!(logged.console.len(), limit);
    let printed = load("stdout-flood").evaluate("validate", b"{}");
    assert_eq!(printed.stdout.len(), limit);
    assert_eq!(printed.outcome.name(), "answered");
}
