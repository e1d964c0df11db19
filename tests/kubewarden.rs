//! Every case through Kubewarden's own policy-server, where there is one: its answers are those that `regwarden run`
//! gives.

#[path = "../host-runner/tests/support/policy_server.rs"]
mod policy_server;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use policy_server::{PolicyServer, complete, program};
use regwarden_host::admission::{self, Request};
use regwarden_host::embedded;
use regwarden_host::engine::{Engine, Limits};
use serde_json::{Value, json};

use crate::case::{self, Case};

#[test]
fn policy_server_answers_as_we_do() {
    let Some(program) = program("policy-server") else { return };
    // A cluster takes a server of its own; the host's tests have one.
    let alone = |case: &Case| case.cluster.is_null() && case.settings.get("cluster").is_none_or(|read| read == "off");
    let cases: Vec<Case> = case::all().into_iter().filter(alone).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for case in &cases {
        let next = format!("p{}", ids.len());
        ids.entry(case.settings.to_string()).or_insert(next);
    }
    let directory = tempfile::tempdir().expect("a directory");
    let module = directory.path().join("policy.wasm");
    std::fs::write(&module, embedded::WASM).expect("a file");
    let entry = |(settings, id): (&String, &String)| {
        let settings: Value = serde_json::from_str(settings).expect("JSON");
        let module = format!("file://{}", module.display());
        let policy = json!({"module": module, "policyMode": "protect", "allowedToMutate": true, "settings": settings,
            "timeoutEvalSeconds": 30});
        (id.clone(), policy)
    };
    let policies: Value = ids.iter().map(entry).collect::<serde_json::Map<_, _>>().into();
    let mut command = Command::new(&program);
    command.arg("--ignore-kubernetes-connection-failure").env("HOME", directory.path()).env_remove("KUBECONFIG");
    let server = PolicyServer::start(command, directory.path(), &policies).unwrap_or_else(|log| panic!("{log}"));

    let engine = Engine::new(Limits { deadline: Duration::from_secs(10), ..Limits::default() }).expect("an engine");
    let policy = engine.load_embedded().expect("the embedded policy");
    for case in &cases {
        let request = complete(case.request.clone());
        let parsed = Request::parse(request.to_string().as_bytes()).expect("a request");
        let settings = admission::settings(Some(case.settings.clone())).expect("settings");
        let ours = admission::validate(&policy, &parsed, &settings).expect("an answer").response;
        let theirs = server.validate(&ids[&case.settings.to_string()], &request);
        assert_eq!(theirs, serde_json::to_value(&ours).expect("JSON"), "{}", case.name());
    }
    println!("{} cases with {} settings through {}", cases.len(), ids.len(), program.display());
}
