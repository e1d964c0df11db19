//! The figures of the README: one evaluation in a fresh Wasm instance against a bare instance and against native code,
//! interleaved in one run, because an absolute time on a shared machine is worth little.
//!
//! `cargo bench --package conformance`; the request is that of `REGWARDEN_BENCH_REQUEST`, else the example's Pod.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop and says what it measured"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use regwarden_host::embedded;
use regwarden_host::engine::{Engine, HostCall, HostCalls, Limits, Policy};
use regwarden_host::manifest;
use regwarden_host::outcome::Outcome;
use regwarden_policy::Regwarden;
use regwarden_sdk::cluster::{Answer, Cluster, Depth, InMemory, NoCluster, Question};
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::ops::{Operation, call};
use serde_json::{Value, json};

const EXAMPLE: &str = include_str!("../../artifacts/examples/jenkins-kaniko-harbor.yaml");
const BARE: &str = include_str!("../hostile/answers.wat");

fn settings() -> Value {
    json!({"profile": "strict", "registries": [
        {"registry": "harbor.corp.example:30002", "pull": {"secret": "harbor-pull"}, "push": {"secret": "harbor-push"}}]})
}

/// The request that is measured.
fn request() -> Value {
    if let Some(path) = std::env::var_os("REGWARDEN_BENCH_REQUEST") {
        let review: Value =
            serde_json::from_slice(&std::fs::read(path).expect("the request is there")).expect("the request is JSON");
        return review.get("request").cloned().unwrap_or(review);
    }
    let stream = manifest::read(EXAMPLE.as_bytes(), &manifest::Limits::default());
    let object: Value = serde_json::from_str(&stream.documents.first().expect("a Pod").json).expect("JSON");
    json!({"uid": "bench", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE", "namespace": "ci", "object": object})
}

/// The Secrets and accounts that the request may name, in a cluster in which all is well.
fn cluster(namespace: &str) -> InMemory {
    let document = r#"{"auths":{"harbor.corp.example:30002":{"username":"robot$ci","password":"0123456789abcdefghijklmnop"},"https://index.docker.io/v1/":{"auth":"cm9ib3QkY2k6MDEyMzQ1Njc4OWFiY2RlZg=="}}}"#;
    let mut cluster = InMemory::default();
    for name in ["harbor-pull", "harbor-push", "harbor-auth"] {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace,
            "creationTimestamp": "2026-11-01T00:00:00Z"}, "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": document}});
        cluster.put(&secret.to_string()).expect("a Secret");
    }
    for name in ["default", "jenkins", "ci"] {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace},
            "imagePullSecrets": [{"name": "harbor-pull"}]});
        cluster.put(&account.to_string()).expect("an account");
    }
    cluster
}

/// The same behind Kubewarden's host call.
struct Host(InMemory);

impl HostCalls for Host {
    fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        let asked: Value = serde_json::from_slice(call.payload).map_err(|error| error.to_string())?;
        let text = |key: &str| asked.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = if text("kind") == "Secret" { ObjectKind::Secret } else { ObjectKind::ServiceAccount };
        let question = Question { kind, namespace: text("namespace"), name: text("name"), depth: Depth::Contents };
        match self.0.get(&question) {
            Answer::Found(held) => Ok(held.text().as_bytes().to_vec()),
            _ => Err("Cannot find v1/Secret named 'x'".to_owned()),
        }
    }
}

fn payload(request: &Value) -> Vec<u8> {
    serde_json::to_vec(&json!({"request": request, "settings": settings()})).expect("JSON")
}

fn guest(policy: &Policy, operation: &str, payload: &[u8]) {
    match policy.call(operation, payload) {
        Outcome::Answered(answer) => drop(black_box(answer)),
        fault => panic!("{operation}: the guest {fault}"),
    }
}

/// The median time of each job in microseconds; the jobs take turns.
fn medians(jobs: &mut [&mut dyn FnMut()], rounds: usize) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(rounds); jobs.len()];
    for round in 0..rounds + rounds / 10 {
        for (job, times) in jobs.iter_mut().zip(&mut times) {
            let start = Instant::now();
            job();
            // The first tenth warms caches up.
            if round >= rounds / 10 {
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied().unwrap_or_default()
        })
        .collect()
}

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 2_000 } else { 10 };
    let engine = Engine::new(Limits::default()).expect("an engine");
    let policy = engine.load_embedded().expect("the embedded policy");
    let bare = engine.load(&wat::parse_str(BARE).expect("a sound guest")).expect("a bare guest");
    let request = request();
    let bytes = payload(&request);
    println!("embedded policy: {} bytes of Wasm; payload: {} bytes", embedded::WASM.len(), bytes.len());

    let found = medians(
        &mut [
            &mut || guest(&bare, "validate", b"{}"),
            &mut || guest(&policy, "protocol_version", b""),
            &mut || guest(&policy, "validate", &bytes),
            &mut || drop(black_box(call::<Regwarden>(Operation::Validate, &bytes, &NoCluster))),
        ],
        rounds,
    );
    let [instance, start, wasm, native] = found.as_slice() else { return };
    println!("bare instance and call            {instance:8.1} µs");
    println!("policy's instance and start-up    {start:8.1} µs");
    println!("instance + validate, all rules    {wasm:8.1} µs");
    println!("the same code natively            {native:8.1} µs");
    println!("Wasm with instance / native       {:8.2}", wasm / native);
    println!("Wasm without start-up / native    {:8.2}", (wasm - start) / native);
    against_a_cluster(&policy, &request, rounds);

    println!("\ncontainers   payload      Wasm    native   ratio   µs per KB");
    for count in [1_usize, 10, 100, 1_000] {
        let mut request = request.clone();
        if let Some(containers) = request.pointer_mut("/object/spec/containers").and_then(Value::as_array_mut) {
            let first = containers.first().cloned().unwrap_or_default();
            containers.clear();
            containers.extend((0..count).map(|i| {
                let mut container = first.clone();
                if let Some(name) = container.get_mut("name") {
                    *name = json!(format!("c{i}"));
                }
                container
            }));
        }
        let bytes = payload(&request);
        let found = medians(
            &mut [&mut || guest(&policy, "validate", &bytes), &mut || {
                drop(black_box(call::<Regwarden>(Operation::Validate, &bytes, &NoCluster)))
            }],
            (rounds / count).clamp(5, 500),
        );
        let [wasm, native] = found.as_slice() else { return };
        let kilobytes = bytes.len() as f64 / 1024.0;
        println!(
            "{count:10} {kilobytes:8.1} KB {wasm:8.0} µs {native:6.0} µs {:7.2} {:11.2}",
            wasm / native,
            wasm / kilobytes
        );
    }
}

/// What asking a cluster in memory adds to one evaluation.
fn against_a_cluster(policy: &Policy, request: &Value, rounds: usize) {
    let cluster = cluster(request.get("namespace").and_then(Value::as_str).unwrap_or("default"));
    let hosted = policy.clone().with_host_calls(Arc::new(Host(cluster.clone())));
    let mut asking = settings();
    println!("\ncluster        Wasm    native");
    for read in ["off", "names", "contents"] {
        if let Some(settings) = asking.as_object_mut() {
            settings.insert("cluster".to_owned(), json!(read));
        }
        let bytes = serde_json::to_vec(&json!({"request": request, "settings": asking})).expect("JSON");
        let found = medians(
            &mut [&mut || guest(&hosted, "validate", &bytes), &mut || {
                drop(black_box(call::<Regwarden>(Operation::Validate, &bytes, &cluster)))
            }],
            rounds,
        );
        let [wasm, native] = found.as_slice() else { return };
        println!("{read:8} {wasm:8.1} µs {native:6.1} µs");
    }
}
