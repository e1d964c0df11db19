//! Every outcome, with a guest that shows it.

use super::{DEADLINE, ENGINE, load};
use crate::{
    module::Abi,
    outcome::{BadAnswer, Outcome, Phase},
};
use std::time::{Duration, Instant};

/// Guest and the outcome it must have, by [`Outcome::name`] and a part of its message.
const GUESTS: &[(&str, &str, &str)] = &[
    ("answers", "answered", "17 bytes"),
    ("echoes", "answered", "2 bytes"),
    ("exit-in-start", "answered", "17 bytes"),
    ("memory-grow-recovers", "answered", "17 bytes"),
    ("console-flood", "answered", "17 bytes"),
    ("stdout-flood", "answered", "17 bytes"),
    ("not-json", "answered", "19 bytes"),
    ("wasi-exit-0", "answered", "17 bytes"),
    ("naps", "answered", "17 bytes"),
    ("guest-error", "guest-error", "the settings have no key `a`"),
    ("wasi-exit-3", "guest-error", "reported an error: the settings are wrong"),
    ("unreachable", "trapped", "in the call: wasm trap: wasm `unreachable` instruction executed"),
    ("init-trap", "trapped", "in wapc_init: wasm trap"),
    ("recursion", "trapped", "call stack exhausted"),
    ("exit-3-in-start", "trapped", "in _start: it exited with status 3 before it answered"),
    ("exit-in-call", "trapped", "it exited with status 0 before it answered"),
    ("loop", "timed-out", "exceeded its deadline of 300 ms in the call"),
    ("loop-in-init", "timed-out", "exceeded its deadline of 300 ms in wapc_init"),
    ("loop-in-start-section", "timed-out", "exceeded its deadline of 300 ms in instantiation"),
    ("sleep", "timed-out", "exceeded its deadline of 300 ms in the call"),
    ("memory-grow", "out-of-memory", "more memory than its limit of 128 MiB"),
    ("memory-declared", "out-of-memory", "more memory than its limit of 128 MiB"),
    ("table-grow", "out-of-memory", ""),
    (
        "claims-a-gigabyte",
        "bad-answer",
        "`__guest_response` was given 1073741824 bytes at offset 0, but the guest's memory has 65536 bytes",
    ),
    ("output-limit", "bad-answer", "longer than the limit of 16 MiB"),
    ("silent-success", "bad-answer", "success without a response"),
    ("silent-failure", "bad-answer", "failure without an error text"),
    ("guest-error-not-utf8", "bad-answer", "`__guest_error` is not UTF-8"),
    ("console-not-utf8", "bad-answer", "`__console_log` is not UTF-8"),
    ("poll-out-of-bounds", "bad-answer", "`poll_oneoff`"),
    ("wasi-stdout-flood", "bad-answer", "longer than the limit of 16 MiB"),
    ("host-call-flood", "host-call-flood", "made more than 10000 host calls"),
    ("host-call-bytes", "host-call-flood", "exchanged more than 64 MiB with its host"),
    ("no-memory", "link-error", "does not export its `memory`"),
    ("guest-call-type", "link-error", "`__guest_call` has another type"),
    ("unknown-import", "link-error", "env"),
    ("import-type", "link-error", "wapc::__guest_response"),
];

#[test]
fn every_guest_has_its_outcome() {
    for (guest, name, message) in GUESTS {
        let outcome = load(guest).call("validate", b"{}");
        assert_eq!(outcome.name(), *name, "{guest}: {outcome}");
        assert!(outcome.to_string().contains(message), "{guest}: {outcome}");
    }
}

#[test]
fn every_outcome_has_a_guest() {
    /// Fails to compile with a new variant: give it a name here and a guest above.
    fn name(outcome: &Outcome) -> &'static str {
        match outcome {
            Outcome::Answered(_) => "answered",
            Outcome::GuestError(_) => "guest-error",
            Outcome::Trapped(_) => "trapped",
            Outcome::TimedOut { .. } => "timed-out",
            Outcome::OutOfMemory { .. } => "out-of-memory",
            Outcome::BadAnswer(bad) => match bad {
                BadAnswer::OutOfBounds { .. }
                | BadAnswer::TooLarge { .. }
                | BadAnswer::NotUtf8 { .. }
                | BadAnswer::Absent { .. }
                | BadAnswer::NotJson(_) => "bad-answer",
            },
            Outcome::HostCallFlood(_) => "host-call-flood",
            Outcome::LinkError(_) => "link-error",
        }
    }
    let names = [
        "answered",
        "guest-error",
        "trapped",
        "timed-out",
        "out-of-memory",
        "bad-answer",
        "host-call-flood",
        "link-error",
    ];
    for wanted in names {
        assert!(GUESTS.iter().any(|(_, name, _)| *name == wanted), "no guest shows {wanted}");
    }
    for (guest, wanted, _) in GUESTS.iter().filter(|(guest, ..)| !guest.contains("loop")) {
        assert_eq!(name(&load(guest).call("validate", b"")), *wanted, "{guest}");
    }
}

#[test]
fn a_deadline_is_met() {
    for guest in ["loop", "loop-in-init", "loop-in-start-section", "sleep"] {
        let start = Instant::now();
        let outcome = load(guest).call("validate", b"{}");
        let took = start.elapsed();
        assert!(matches!(outcome, Outcome::TimedOut { deadline: DEADLINE, .. }), "{guest}: {outcome}");
        assert!(took >= DEADLINE, "{guest} was stopped early, after {took:?}");
        // A tick and the scheduling of a busy machine.
        assert!(took < DEADLINE + Duration::from_secs(1), "{guest} ran for {took:?}");
    }
}

#[test]
fn a_policy_may_have_a_deadline_of_its_own() {
    let start = Instant::now();
    let outcome = load("loop").with_deadline(Duration::from_millis(50)).call("validate", b"{}");
    assert_eq!(outcome, Outcome::TimedOut { phase: Phase::Call, deadline: Duration::from_millis(50) });
    assert!(start.elapsed() < Duration::from_secs(1));
    let patient = load("answers").with_deadline(Duration::MAX).call("validate", b"{}");
    assert_eq!(patient.name(), "answered", "{patient}");
}

#[test]
fn an_answer_that_is_not_json_is_a_bad_answer() {
    let outcome = load("not-json").call("validate", b"{}").json::<serde_json::Value>().unwrap_err();
    assert!(matches!(outcome, Outcome::BadAnswer(BadAnswer::NotJson(_))), "{outcome}");
}

#[test]
fn a_trap_names_its_frames() {
    let Outcome::Trapped(trap) = load("unreachable").call("validate", b"{}") else { panic!("no trap") };
    assert!(trap.backtrace.contains("deny"), "{}", trap.backtrace);
}

/// After every fault the engine still serves: nothing of a guest outlives its call.
#[test]
fn the_engine_survives() {
    for (guest, ..) in GUESTS.iter().filter(|(guest, ..)| !guest.contains("loop") && *guest != "sleep") {
        let _ = load(guest).call("validate", b"{}");
        assert_eq!(load("answers").call("validate", b"{}").name(), "answered", "after {guest}");
    }
}

#[test]
fn an_instance_serves_one_call() {
    let policy = load("counter");
    for _ in 0..20 {
        assert_eq!(policy.call("validate", b"{}"), Outcome::Answered(b"1".to_vec()));
    }
}

/// More threads than slots: calls wait for each other and all are answered.
#[test]
fn threads_share_a_policy() {
    let policy = load("counter");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(policy.call("validate", b"{}"), Outcome::Answered(b"1".to_vec()));
                }
            });
        }
    });
}

#[test]
fn an_idle_clock_wakes_up() {
    assert_eq!(load("loop").call("validate", b"{}").name(), "timed-out");
    // Longer than the clock stays awake without a call.
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(load("loop").call("validate", b"{}").name(), "timed-out");
}

#[test]
fn the_embedded_policy_answers() {
    let policy = ENGINE.load_embedded().unwrap();
    assert_eq!(policy.abi(), Abi::Wapc);
    assert_eq!(policy.link_error(), None);
    assert_eq!(policy.digest(), crate::module::inspect(crate::embedded::WASM).unwrap().sha256);
    assert_eq!(policy.call("protocol_version", b""), Outcome::Answered(br#""v1""#.to_vec()));
}
