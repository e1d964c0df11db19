//! A home directory of its own for every test, modules to push, and a server that answers byte by byte.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::registry::PASSWORD;

/// A user with an empty home.
pub(crate) struct Home {
    directory: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The store of this user.
    pub(crate) fn store(&self) -> PathBuf {
        self.path().join(".local/share/regwarden/store")
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.into()));
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn regwarden(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_regwarden"))
    }

    /// Runs the binary. No output ever shows the password of the tests.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::of(self.regwarden().args(arguments).output().unwrap());
        assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD), "a password shows: {ran:?}");
        ran
    }

    /// Runs the binary, which succeeds, and returns its standard output.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// Runs the binary, which fails with 5 and these words in its message.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], words: &[&str]) {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(5), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        for word in words {
            assert!(ran.stderr.contains(word), "{arguments:?} does not say {word:?}: {}", ran.stderr);
        }
    }

    /// JSON output.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.ok(&[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// Runs skopeo, which succeeds.
    #[track_caller]
    pub(crate) fn skopeo(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command("skopeo").arg("--insecure-policy").args(arguments).output().unwrap();
        assert!(output.status.success(), "skopeo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Nothing has a name, and nothing stands where only whole content may stand.
    #[track_caller]
    pub(crate) fn has_nothing(&self) {
        let entries = |place: &str| std::fs::read_dir(self.store().join(place)).map_or(0, Iterator::count);
        assert_eq!(entries("names"), 0, "a name was kept");
        assert_eq!(entries("blobs/sha256"), 0, "content was kept");
    }
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A policy that says yes to everything and of which there may be many: `note` makes each one's bytes its own.
pub(crate) fn module(note: &str, padding: usize) -> Vec<u8> {
    let metadata = r#"{"protocolVersion":"v1","rules":[],"mutating":false,"annotations":{"io.kubewarden.policy.title":"tests","io.kubewarden.policy.version":"1.2.3","io.kubewarden.policy.usage":"two\nlines","io.kubewarden.policy.source":"https://example.com/tests"}}"#;
    let text = format!(
        r#"(module
          (import "wapc" "__guest_response" (func $response (param i32 i32)))
          (import "wapc" "__guest_request" (func $request (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{{\"accepted\":true,\"valid\":true,\"response\":{{\"accepted\":true}}}}")
          (func (export "__guest_call") (param i32 i32) (result i32)
            (call $response (i32.const 0) (i32.const 59)) (i32.const 1))
          (@custom "note" "{note}{}")
          (@custom "io.kubewarden.metadata" "{}"))"#,
        "x".repeat(padding),
        metadata.replace('\\', "\\\\").replace('"', "\\\"")
    );
    wat::parse_str(text).unwrap()
}

/// A module without anything but a note, whose bytes are text: what [`crate::server::Server`] can send.
pub(crate) fn bare(note: &str) -> String {
    let content = format!("\u{4}note{note}");
    format!("\0asm\u{1}\0\0\0\0{}{content}", char::from(u8::try_from(content.len()).unwrap()))
}

/// `sha256:…` of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The manifest of a module, in which parts may be replaced afterwards.
pub(crate) fn manifest(module: &[u8]) -> String {
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.wasm.config.v1+json","digest":"{}","size":2}},"layers":[{{"mediaType":"application/vnd.wasm.content.layer.v1+wasm","digest":"{}","size":{}}}]}}"#,
        digest(b"{}"),
        digest(module),
        module.len()
    )
}

/// Waits until something is so, for ten seconds at most.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server for raw answers. What it does with a connection is the test's business.
#[derive(Clone)]
pub(crate) struct Raw {
    address: SocketAddr,
    /// Request lines, each with its `Range` if it had one.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// `answer` gets the request line, the first byte asked for, and the connection.
    pub(crate) fn start(answer: impl Fn(&str, u64, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let raw = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, answer) = (raw.seen.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || {
                    let Some((line, from)) = read(&stream) else { return };
                    seen.lock().unwrap().push(format!("{line} from {from}"));
                    answer(&line, from, &mut stream);
                });
            }
        });
        raw
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Requests for blobs so far.
    pub(crate) fn blobs(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().filter(|line| line.contains("/blobs/")).cloned().collect()
    }
}

fn read(stream: &TcpStream) -> Option<(String, u64)> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let mut from = 0;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok()?;
        }
    }
    Some((first, from))
}

/// The beginning of an answer whose body has `length` bytes, `from` that byte on.
pub(crate) fn head(stream: &mut TcpStream, from: u64, length: u64) {
    let head = if from == 0 {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
    } else {
        format!(
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes {from}-{}/{length}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            length - 1,
            length - from
        )
    };
    let _ = stream.write_all(head.as_bytes());
}

/// A whole answer.
pub(crate) fn whole(stream: &mut TcpStream, body: &[u8]) {
    head(stream, 0, body.len() as u64);
    let _ = stream.write_all(body);
}

/// Closes a connection so that the other side sees a reset, not an end.
pub(crate) fn reset(stream: &TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}
