//! A small http server for tests that writes down every request: the other host that must see nothing, and realms.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses a part of this")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrived {
    /// As in `GET`.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// What came after the headers.
    pub(crate) body: String,
}

impl Arrived {
    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query or, at a POST, of the form; decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let text = if self.method == "POST" { self.body.as_str() } else { query };
        let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// As in `200`.
    pub(crate) status: u16,
    /// Whole lines without their ends.
    pub(crate) headers: Vec<String>,
    /// The content.
    pub(crate) body: String,
}

impl Answer {
    /// An answer without headers of its own.
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    /// With one more header.
    pub(crate) fn with(mut self, header: String) -> Self {
        self.headers.push(header);
        self
    }
}

/// A server on a free port that lives as long as the process.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Arrived>>>,
}

impl Server {
    /// Starts one that answers what `answer` says.
    pub(crate) fn start(answer: impl Fn(&Arrived) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, answer) = (server.seen.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || one(stream, &seen, answer.as_ref()));
            }
        });
        server
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that arrived so far.
    pub(crate) fn seen(&self) -> Vec<Arrived> {
        self.seen.lock().unwrap().clone()
    }
}

fn one(stream: TcpStream, seen: &Mutex<Vec<Arrived>>, answer: &(dyn Fn(&Arrived) -> Answer + Send + Sync)) {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(arrived) = read(&mut reader) else { return };
    seen.lock().unwrap().push(arrived.clone());
    let Answer { status, headers, body } = answer(&arrived);
    let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for header in headers {
        head.push_str(&header);
        head.push_str("\r\n");
    }
    let body = if arrived.method == "HEAD" { String::new() } else { body };
    // A client that has heard enough may be gone.
    let _ = (&stream).write_all(format!("{head}\r\n{body}").as_bytes());
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Arrived> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let mut arrived =
        Arrived { method: words.next()?.to_owned(), path: words.next()?.to_owned(), ..Arrived::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((key, value)) = line.trim_end().split_once(':') else { break };
        arrived.headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = arrived.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    arrived.body = String::from_utf8_lossy(&body).into_owned();
    Some(arrived)
}
