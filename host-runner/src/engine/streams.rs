//! Standard input, output and error of a guest in memory, each with a limit; nothing reaches the host's own streams.

use super::log::Log;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime_wasi::{
    cli::{IsTerminal, StdinStream, StdoutStream},
    p2::{
        InputStream, OutputStream, Pollable, StreamError, StreamResult,
        pipe::{MemoryInputPipe, MemoryOutputPipe},
    },
};

/// The streams and arguments of one call.
pub(super) struct Streams {
    pub(super) arguments: Vec<String>,
    pub(super) input: Input,
    pub(super) output: Output,
    pub(super) error: Output,
}

impl Streams {
    /// For a waPC guest: nothing to read, everything it prints is kept aside.
    pub(super) fn silent(log: usize) -> Self {
        Self {
            arguments: Vec::new(),
            input: Input::default(),
            output: Output::new(log, false),
            error: Output::new(log, false),
        }
    }

    /// For a WASI command: its operation as the argument, the payload as standard input, the answer on standard output.
    pub(super) fn command(operation: &str, payload: &[u8], output: usize, log: usize) -> Self {
        let input = Input::default();
        input.append(payload);
        Self {
            arguments: vec!["policy.wasm".to_owned(), operation.to_owned()],
            input,
            output: Output::new(output, true),
            error: Output::new(log, false),
        }
    }
}

/// Standard input: bytes that can still grow after the guest has read to the end.
#[derive(Clone, Default)]
pub(super) struct Input(Arc<Mutex<Unread>>);

#[derive(Default)]
struct Unread {
    bytes: Vec<u8>,
    read: usize,
}

impl Input {
    /// Gives the guest more to read.
    pub(super) fn append(&self, bytes: &[u8]) {
        let mut unread = lock(&self.0);
        if unread.read == unread.bytes.len() {
            unread.bytes.clear();
            unread.read = 0;
        }
        unread.bytes.extend_from_slice(bytes);
    }
}

impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut unread = lock(&self.0);
        let rest = unread.bytes.get(unread.read..).unwrap_or_default();
        let part = rest.get(..size).unwrap_or(rest);
        if part.is_empty() && size > 0 {
            return Err(StreamError::Closed);
        }
        let part = Bytes::copy_from_slice(part);
        unread.read += part.len();
        Ok(part)
    }
}

/// Standard output or error: bytes up to a limit.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<Written>>);

struct Written {
    log: Log,
    /// Whether the stream closes at its limit; otherwise what comes later is dropped.
    closes: bool,
    full: bool,
}

impl Output {
    fn new(limit: usize, closes: bool) -> Self {
        Self(Arc::new(Mutex::new(Written { log: Log::new(limit), closes, full: false })))
    }

    /// What the guest wrote, and whether there was more.
    pub(super) fn take(&self) -> (Vec<u8>, bool) {
        let mut written = lock(&self.0);
        (written.log.take(), written.full)
    }
}

impl Output {
    /// What the guest wrote so far; the stream keeps it.
    pub(super) fn peek(&self) -> Vec<u8> {
        lock(&self.0).log.bytes().to_vec()
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut written = lock(&self.0);
        if !written.log.append(&bytes) {
            written.full = true;
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let written = lock(&self.0);
        if written.full && written.closes { Err(StreamError::Closed) } else { Ok(64 << 10) }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl IsTerminal for Input {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Input {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }

    // Preview 1 uses the method above alone.
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncRead + Send + Sync> {
        Box::new(MemoryInputPipe::new(Bytes::new()))
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    // Preview 1 uses the method above alone.
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(MemoryOutputPipe::new(0))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
