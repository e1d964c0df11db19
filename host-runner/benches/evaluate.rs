//! What one evaluation costs: a bare guest against the embedded policy, in one run, so that their ratio means something.
//!
//! `cargo bench --bench evaluate`; the request is that of `REGWARDEN_BENCH_REQUEST`, else of the tests.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a benchmark may stop and say why")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use regwarden_host::{
    admission::{self, Request, Settings},
    engine::{CodeCache, Engine, Limits, Policy},
    outcome::Outcome,
};
use std::{fs, path::PathBuf, time::Duration};

/// The request when the environment names none: a Jenkins agent that builds with Kaniko, as an AdmissionRequest or an
/// AdmissionReview.
const REQUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/bench-request.json");

/// Settings with which every rule has something to do.
const SETTINGS: &str = r#"{"profile": "strict", "registries": [
    {"registry": "harbor.corp.example:30002", "pull": {"secret": "harbor-pull"}, "push": {"secret": "harbor-push"}}]}"#;

/// The smallest waPC guest: what an instance costs before it does anything.
const BARE: &str = include_str!("../../tests/hostile/answers.wat");

fn engine() -> Engine {
    Engine::with_cache(Limits::default(), CodeCache::disabled()).expect("this machine runs wasmtime")
}

/// One call must be answered before its time means anything.
fn answered(policy: &Policy, operation: &str, payload: &[u8]) {
    match policy.call(operation, payload) {
        Outcome::Answered(_) => {}
        fault => panic!("{operation}: the guest {fault}"),
    }
}

fn request() -> Option<Request> {
    let path = std::env::var_os("REGWARDEN_BENCH_REQUEST").map_or_else(|| PathBuf::from(REQUEST), PathBuf::from);
    match fs::read(&path) {
        Ok(bytes) => Some(Request::parse(&bytes).expect("the file holds an admission request")),
        Err(error) => {
            eprintln!("skipped: no request to evaluate at `{}`: {error}", path.display());
            None
        }
    }
}

/// A fresh instance and one call of a guest that only answers.
fn bare(criterion: &mut Criterion) {
    let module = wat::parse_str(BARE).expect("the guest is sound");
    let policy = engine().load(&module).expect("the guest loads");
    answered(&policy, "validate", b"{}");
    criterion.bench_function("bare instance", |bencher| bencher.iter(|| policy.call("validate", b"{}")));
}

/// A fresh instance and one evaluation of all rules.
fn embedded(criterion: &mut Criterion) {
    let Some(request) = request() else { return };
    let settings: Settings = serde_json::from_str(SETTINGS).expect("the settings are JSON");
    let payload = admission::payload(&request, &settings);
    let policy = engine().load_embedded().expect("the embedded policy loads");
    admission::validate_settings(&policy, &settings).expect("the policy accepts the settings");
    let mut group = criterion.benchmark_group("embedded policy");
    // The first does nothing: it shows what the instance of a policy with data and tables costs.
    for operation in ["protocol_version", "validate", "evaluate"] {
        answered(&policy, operation, payload.as_bytes());
        group.bench_function(BenchmarkId::from_parameter(operation), |bencher| {
            bencher.iter(|| policy.call(operation, payload.as_bytes()));
        });
    }
    group.finish();
}

/// What a process pays once: an engine, and the embedded policy from its code.
fn start(criterion: &mut Criterion) {
    criterion.bench_function("start", |bencher| {
        bencher.iter(|| engine().load_embedded().expect("the embedded policy loads"));
    });
}

criterion_group! {
    name = evaluate;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = bare, embedded, start
}
criterion_main!(evaluate);
