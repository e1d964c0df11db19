//! A proxy that fails on purpose: plain http in front, any http or https server behind, faults by a script.
//!
//! ```ignore
//! let proxy = Proxy::start(Upstream::tls(address, certificates));
//! proxy.fail("/secrets/", Fault::Status(429, "Retry-After: 1\r\n", "{}"));
//! proxy.fail_times("/api/v1", 1, Fault::Cut(100));
//! ```
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails loudly")]
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses a part of this")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

/// The server behind a proxy; also a client for tests that want to say one thing to it.
#[derive(Clone)]
pub(crate) struct Upstream {
    address: SocketAddr,
    tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
}

/// A request as the proxy got it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The head as it came, with the request line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This status, with these header lines (each ended by CRLF) and this body, instead of an answer.
    Status(u16, &'static str, &'static str),
    /// The true answer, so much later.
    Delay(Duration),
    /// The true answer up to so many bytes of its body, then the end of the connection.
    Cut(usize),
    /// The end of the connection before any answer.
    HangUp,
    /// 200 and so many bytes of a JSON text.
    Huge(usize),
    /// 200 with this body.
    Body(&'static str),
}

struct Rule {
    part: String,
    times: Option<usize>,
    fault: Fault,
}

/// A running proxy; gone when dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Upstream,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<Recorded>>,
    stopped: AtomicBool,
}

impl Upstream {
    /// A server without TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    /// A server with TLS, whose certificate one of these authorities (PEM) has signed.
    pub(crate) fn tls(address: SocketAddr, authorities: &[u8]) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { address, tls: Some((Arc::new(config), ServerName::IpAddress(address.ip().into()))) }
    }

    /// Sends bytes of one request, which must ask for the connection to be closed, and hands every part of the answer on
    /// until there is no more or the receiver has had enough.
    fn exchange(&self, request: &[u8], mut receive: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut tcp = TcpStream::connect(self.address)?;
        tcp.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut tls;
        let stream: &mut dyn ReadWrite = match &self.tls {
            None => &mut tcp,
            Some((config, name)) => {
                let session =
                    rustls::ClientConnection::new(Arc::clone(config), name.clone()).map_err(io::Error::other)?;
                tls = rustls::StreamOwned::new(session, tcp);
                &mut tls
            }
        };
        stream.write_all(request)?;
        stream.flush()?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                // Servers end connections without the farewell of TLS.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
                Ok(count) => receive(buffer.get(..count).unwrap())?,
            }
        }
    }

    /// One request and its whole answer: status, head and body with its chunks joined.
    pub(crate) fn call(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &str,
    ) -> io::Result<(u16, String, Vec<u8>)> {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.address,
            body.len()
        );
        let mut answer = Vec::new();
        self.exchange(request.as_bytes(), |part| {
            answer.extend_from_slice(part);
            Ok(())
        })?;
        let end = end_of_head(&answer).ok_or(io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(answer.get(..end).unwrap()).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let rest = answer.get(end..).unwrap();
        let chunked = header(&head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let body = if chunked { joined(rest) } else { rest.to_vec() };
        Ok((status, head, body))
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

impl Proxy {
    /// Starts one in front of a server.
    pub(crate) fn start(upstream: Upstream) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            rules: Mutex::default(),
            requests: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if served.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&served);
                // A client that goes away is what some tests are about.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests whose target contains `part` fail like this. The first rule that fits counts.
    pub(crate) fn fail(&self, part: &str, fault: Fault) {
        self.shared.rules.lock().unwrap().push(Rule { part: part.to_owned(), times: None, fault });
    }

    /// As [`Proxy::fail`], for the next so many of them.
    pub(crate) fn fail_times(&self, part: &str, times: usize, fault: Fault) {
        self.shared.rules.lock().unwrap().push(Rule { part: part.to_owned(), times: Some(times), fault });
    }

    /// Forgets all faults.
    pub(crate) fn heal(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    /// Takes the requests since the last look.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.shared.requests.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn fault(&self, target: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.times != Some(0) && target.contains(&rule.part))?;
        rule.times = rule.times.map(|left| left - 1);
        Some(rule.fault.clone())
    }

    /// One request on one connection.
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(request) = receive(&mut client)? else { return Ok(()) };
        let target = request.target.clone();
        let forwarded = forwarded(&request);
        self.requests.lock().unwrap().push(request);
        let mut room = usize::MAX;
        match self.fault(&target) {
            None => {}
            Some(Fault::Delay(time)) => thread::sleep(time),
            Some(Fault::Cut(bytes)) => room = bytes,
            Some(Fault::HangUp) => return Ok(()),
            Some(Fault::Status(status, headers, body)) => {
                let length = body.len();
                return write!(
                    client,
                    "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                     Connection: close\r\n{headers}\r\n{body}"
                );
            }
            Some(Fault::Body(body)) => {
                let length = body.len();
                return write!(
                    client,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                     Connection: close\r\n\r\n{body}"
                );
            }
            Some(Fault::Huge(bytes)) => {
                write!(
                    client,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{{\"a\":\""
                )?;
                let block = [b'x'; 64 << 10];
                let mut left = bytes;
                while left > 0 {
                    let part = left.min(block.len());
                    client.write_all(block.get(..part).unwrap())?;
                    left -= part;
                }
                return client.write_all(b"\"}");
            }
        }
        let mut head = Vec::new();
        let mut in_body = false;
        self.upstream.exchange(&forwarded, |part| {
            let mut part = part.to_vec();
            if !in_body {
                head.extend_from_slice(&part);
                let Some(end) = end_of_head(&head) else { return Ok(()) };
                in_body = true;
                part = head.split_off(end);
                client.write_all(&head)?;
            }
            let kept = part.get(..room).unwrap_or(&part);
            client.write_all(kept)?;
            room -= kept.len();
            if room == 0 { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
        })
    }
}

/// Reads one request; none when the client says nothing.
fn receive(client: &mut TcpStream) -> io::Result<Option<Recorded>> {
    client.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    let end = loop {
        if let Some(end) = end_of_head(&bytes) {
            break end;
        }
        match client.read(&mut buffer)? {
            0 => return Ok(None),
            // A record of TLS: a server of plain http ends that at once.
            _ if bytes.is_empty() && buffer.first() == Some(&0x16) => return Ok(None),
            count => bytes.extend_from_slice(buffer.get(..count).unwrap()),
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap()).into_owned();
    if header(&head, "expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = bytes.split_off(end);
    let chunked = header(&head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length: usize = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    while if chunked { !body.ends_with(b"0\r\n\r\n") } else { body.len() < length } {
        match client.read(&mut buffer)? {
            0 => break,
            count => body.extend_from_slice(buffer.get(..count).unwrap()),
        }
    }
    let body = if chunked { joined(&body) } else { body };
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok(Some(Recorded { method: method.to_owned(), target: target.to_owned(), head: head.clone(), body }))
}

/// The request for the server behind: one connection for each, the body in one piece.
fn forwarded(request: &Recorded) -> Vec<u8> {
    let dropped = ["connection", "content-length", "transfer-encoding", "expect"];
    let lines = request.head.trim_end().lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        !dropped.contains(&name.as_str())
    });
    let mut out: String = lines.map(|line| format!("{line}\r\n")).collect();
    out.push_str(&format!("Connection: close\r\nContent-Length: {}\r\n\r\n", request.body.len()));
    [out.as_bytes(), &request.body].concat()
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// The value of a header by its lower-case name.
pub(crate) fn header(head: &str, name: &str) -> Option<String> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

/// The chunks of a body, joined.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(rest.get(..end).unwrap()).trim().to_owned();
        let size = usize::from_str_radix(size.split(';').next().unwrap(), 16).expect("a chunk starts with its size");
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|_| size > 0) else { break };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}
