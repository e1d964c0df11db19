//! Figures: push and pull against a local registry beside skopeo, and a check warm from the store beside a local file.
//! `REGWARDEN_ROUNDS=15 cargo test --release -p regwarden-host --test oci -- --nocapture figures`; one round without the
//! variable, so that the way to the figures stays open.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::registry::{Registry, Setup, has_tool};
use crate::support::Home;

fn run(command: &mut Command) -> Duration {
    let started = Instant::now();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

#[test]
fn figures() {
    if !has_tool("skopeo", "`apt-get install skopeo`") {
        return;
    }
    let Some(registry) = Registry::start(&Setup::default()) else { return };
    let (home, host) = (Home::new(), registry.host());
    home.ok(&["export", "policy.wasm"]);
    home.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {containers: []}\n");
    println!("artifact: {} bytes", std::fs::metadata(home.path().join("policy.wasm")).unwrap().len());
    let source = format!("{host}/source:v1");
    let pushed = home.json(&["push", "--force", "policy.wasm", &source, "--insecure-registry", &host]);
    let pinned = format!("registry://{}", pushed["immutable_ref"].as_str().unwrap());
    home.skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{source}"), "oci:layout:v1"]);
    home.ok(&["pull", &pinned, "--insecure-registry", &host]);

    let mut times: [Vec<Duration>; 6] = Default::default();
    let rounds = std::env::var("REGWARDEN_ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number"));
    for round in 0..rounds {
        let ours = format!("{host}/ours{round}:v1");
        times[0].push(run(home.regwarden().args([
            "push",
            "--force",
            "policy.wasm",
            &ours,
            "--insecure-registry",
            &host,
        ])));
        let theirs = format!("docker://{host}/theirs{round}:v1");
        let copy = ["--insecure-policy", "copy", "--dest-tls-verify=false", "oci:layout:v1", &theirs];
        times[1].push(run(home.command("skopeo").args(copy)));
        let store = format!("store{round}");
        times[2].push(run(home.regwarden().args(["pull", &source, "--insecure-registry", &host, "--store", &store])));
        let target = format!("oci:copy{round}:v1");
        let copy = ["--insecure-policy", "copy", "--src-tls-verify=false", &format!("docker://{source}"), &target];
        times[3].push(run(home.command("skopeo").args(copy)));
        times[4].push(run(home.regwarden().args(["check", "--policy", "policy.wasm", "pod.yaml"])));
        times[5].push(run(home.regwarden().args(["check", "--policy", &pinned, "pod.yaml"])));
    }
    let [push, skopeo_push, pull, skopeo_pull, file, store] = times.map(median);
    println!("push {push:.1} ms, skopeo copy {skopeo_push:.1} ms: ratio {:.2}", push / skopeo_push);
    println!("pull {pull:.1} ms, skopeo copy {skopeo_pull:.1} ms: ratio {:.2}", pull / skopeo_pull);
    println!("check from a file {file:.1} ms, from the store {store:.1} ms: ratio {:.2}", store / file);
}
