//! Kubewarden's policy-server as tests start it, and where Kubewarden's programs are.
//!
//! ```ignore
//! let Some(program) = program("policy-server") else { return };
//! let server = PolicyServer::start(Command::new(program), directory, &policies)?;
//! server.validate("id", &request);
//! ```
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::print_stderr,
    dead_code,
    reason = "a test fails loudly; a skip must say so; each test binary uses a part of this"
)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A program by its variable, else on the path; says that it is missing.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let variable = format!("REGWARDEN_{}", name.to_uppercase().replace('-', "_"));
    if let Some(named) = std::env::var_os(&variable) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: `{name}` is missing; name it with {variable}");
    }
    found
}

/// The AdmissionRequest of an object, with all that policy-server insists on.
pub(crate) fn complete(mut request: Value) -> Value {
    let kind = &request["kind"];
    request["resource"] = json!({"group": kind["group"], "version": kind["version"], "resource": "things"});
    request
}

/// A running policy-server, gone when dropped.
pub(crate) struct PolicyServer {
    child: Child,
    address: SocketAddr,
}

impl Drop for PolicyServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl PolicyServer {
    /// Starts one in a directory of its own with these policies; `Err` with its log when it ends instead.
    pub(crate) fn start(mut command: Command, directory: &Path, policies: &Value) -> Result<Self, String> {
        let (main, ready) = (free(), free());
        let log = directory.join("policy-server.log");
        fs::write(directory.join("policies.json"), policies.to_string()).unwrap();
        let child = command
            .args(["--addr", "127.0.0.1", "--port", &main.port().to_string()])
            .args(["--readiness-probe-port", &ready.port().to_string(), "--log-level", "error"])
            .args(["--policies", "policies.json", "--policies-download-dir", "."])
            .current_dir(directory)
            .stdout(File::create(&log).unwrap())
            .stderr(File::options().append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let mut this = Self { child, address: main };
        let started = Instant::now();
        while TcpStream::connect(ready).is_err() {
            if this.child.try_wait().unwrap().is_some() {
                return Err(fs::read_to_string(&log).unwrap());
            }
            assert!(started.elapsed() < Duration::from_secs(120), "policy-server does not become ready");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(this)
    }

    /// The AdmissionResponse of a policy.
    pub(crate) fn validate(&self, policy: &str, request: &Value) -> Value {
        let body = json!({"request": request}).to_string();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!(
            "POST /validate/{policy} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str::<Value>(body).unwrap()["response"].clone()
    }
}
