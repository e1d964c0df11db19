//! Every case through Kubewarden's own policy-server, where there is one: its answers are those that `regwarden run`
//! gives. `REGWARDEN_POLICY_SERVER` names the program, else it is looked for on the path.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use regwarden_host::admission::{self, Request};
use regwarden_host::embedded;
use regwarden_host::engine::{Engine, Limits};
use serde_json::{Value, json};

use crate::case::{self, Case};

/// A running policy-server, gone when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("REGWARDEN_POLICY_SERVER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("policy-server")).find(|file| file.is_file())
}

/// A port that was free a moment ago.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

impl Server {
    fn start(program: &Path, directory: &Path, policies: &Value) -> Self {
        let file = directory.join("policies.json");
        std::fs::write(&file, policies.to_string()).expect("a file");
        let (main, ready) = (port(), port());
        let child = Command::new(program)
            .args(["--addr", "127.0.0.1", "--port", &main.to_string()])
            .args(["--readiness-probe-port", &ready.to_string()])
            .args(["--log-level", "error", "--ignore-kubernetes-connection-failure"])
            .arg("--policies")
            .arg(&file)
            .arg("--policies-download-dir")
            .arg(directory)
            .current_dir(directory)
            .env("HOME", directory)
            // The case of a cluster has tests of its own.
            .env_remove("KUBECONFIG")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("policy-server starts");
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], main)) };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", ready)).is_err() {
            if let Some(status) = server.child.try_wait().expect("a child") {
                panic!("policy-server ended while it started: {status}");
            }
            assert!(started.elapsed() < Duration::from_secs(120), "policy-server does not become ready");
            thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn validate(&self, policy: &str, request: &Value) -> Value {
        let body = json!({"request": request}).to_string();
        let mut stream = TcpStream::connect(self.address).expect("policy-server listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
        let head = format!(
            "POST /validate/{policy} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("policy-server reads");
        stream.write_all(body.as_bytes()).expect("policy-server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("policy-server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        let review: Value = serde_json::from_str(body).expect("JSON");
        review["response"].clone()
    }
}

/// The request of a case with what policy-server insists on.
fn request(case: &Case) -> Value {
    let mut request = case.request.clone();
    let kind = &request["kind"];
    request["resource"] = json!({"group": kind["group"], "version": kind["version"], "resource": "things"});
    request
}

#[test]
fn policy_server_answers_as_we_do() {
    let Some(program) = program() else {
        println!("skipped: there is no policy-server; name one with REGWARDEN_POLICY_SERVER");
        return;
    };
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
    let server = Server::start(&program, directory.path(), &policies);

    let engine = Engine::new(Limits { deadline: Duration::from_secs(10), ..Limits::default() }).expect("an engine");
    let policy = engine.load_embedded().expect("the embedded policy");
    for case in &cases {
        let request = request(case);
        let parsed = Request::parse(request.to_string().as_bytes()).expect("a request");
        let settings = admission::settings(Some(case.settings.clone())).expect("settings");
        let ours = admission::validate(&policy, &parsed, &settings).expect("an answer").response;
        let theirs = server.validate(&ids[&case.settings.to_string()], &request);
        assert_eq!(theirs, serde_json::to_value(&ours).expect("JSON"), "{}", case.name());
    }
    println!("{} cases with {} settings through {}", cases.len(), ids.len(), program.display());
}
