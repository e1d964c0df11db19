//! The policy as bytes in, bytes out: natively, through waPC and through WASI.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regwarden_host::engine::{Engine, HostCalls, Limits, Policy};
use regwarden_host::outcome::Outcome;
use regwarden_policy::Regwarden;
use regwarden_sdk::cluster::NoCluster;
use regwarden_sdk::ops::{Operation, call};

use crate::cluster::Objects;

/// One way to reach the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Native,
    Wapc,
    Wasi,
}

impl Subject {
    /// The answer to one operation; panics when there is none. Objects in the payload are the cluster: waPC's host has them,
    /// the others read them.
    pub(crate) fn call(self, operation: &str, payload: &[u8]) -> Vec<u8> {
        match self {
            Subject::Native => {
                call::<Regwarden>(Operation::by_name(operation).expect("a known operation"), payload, &NoCluster)
            }
            Subject::Wapc => hosted(operation, payload, Arc::new(Objects::of(payload))),
            Subject::Wasi => answered(guests().1.call(operation, payload)),
        }
    }
}

/// The answer of the waPC guest with such a host.
pub(crate) fn hosted(operation: &str, payload: &[u8], host: Arc<dyn HostCalls>) -> Vec<u8> {
    answered(guests().0.clone().with_host_calls(host).call(operation, payload))
}

/// What both guests print beside their answers.
pub(crate) fn printed(operation: &str, payload: &[u8]) -> Vec<u8> {
    let wapc = guests().0.clone().with_host_calls(Arc::new(Objects::of(payload))).evaluate(operation, payload);
    let wasi = guests().1.evaluate(operation, payload);
    [wapc.console, wapc.stdout, wapc.stderr, wasi.console, wasi.stderr].concat()
}

fn answered(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Answered(bytes) => bytes,
        other => panic!("the guest did not answer: {other}"),
    }
}

fn guests() -> &'static (Policy, Policy) {
    static GUESTS: OnceLock<(Policy, Policy)> = OnceLock::new();
    GUESTS.get_or_init(|| {
        // Another test builds the guest anew beside this one: the clock on the wall is not what is tested.
        let limits = Limits { deadline: Duration::from_secs(10), ..Limits::default() };
        let engine = Engine::new(limits).expect("an engine");
        let wapc = engine.load_embedded().expect("the embedded policy");
        let wasi = engine
            .load(&std::fs::read(env!("REGWARDEN_WASI")).expect("the WASI command"))
            .expect("the WASI command loads");
        (wapc, wasi)
    })
}

/// The answer of every face, which must be the same bytes.
pub(crate) fn every_face(operation: &str, payload: &[u8]) -> Vec<u8> {
    let expected = Subject::Native.call(operation, payload);
    for face in [Subject::Wapc, Subject::Wasi] {
        let answer = face.call(operation, payload);
        assert_eq!(
            String::from_utf8_lossy(&answer),
            String::from_utf8_lossy(&expected),
            "{face:?} and native differ for {operation}"
        );
    }
    expected
}
