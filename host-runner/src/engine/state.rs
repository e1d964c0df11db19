//! What a store holds during one call, and the checked ways from a host function into the guest's memory.

use super::{
    HostCalls,
    limits::{HostQuota, Quota},
    log::Log,
    streams::Streams,
};
use crate::outcome::{BadAnswer, Flood};
use std::{ops::Range, sync::Arc, time::Instant};
use wasmtime::{Caller, Extern, Memory};
use wasmtime_wasi::{WasiCtxBuilder, p1::WasiP1Ctx};

/// The data of one store: one guest, one call.
pub(super) struct State {
    pub(super) quota: Quota,
    pub(super) host_quota: HostQuota,
    pub(super) host: Arc<dyn HostCalls>,
    /// When the guest's time ends, for waits inside the host, which the epoch does not reach.
    pub(super) deadline: Instant,
    pub(super) output_limit: usize,
    pub(super) operation: String,
    pub(super) payload: Vec<u8>,
    pub(super) response: Option<Vec<u8>>,
    pub(super) guest_error: Option<String>,
    pub(super) host_response: Vec<u8>,
    pub(super) host_error: String,
    pub(super) console: Log,
    pub(super) streams: Streams,
    /// Made with the first WASI call: most waPC guests import WASI and never call it.
    wasi: Option<Box<WasiP1Ctx>>,
}

impl State {
    pub(super) fn new(
        (quota, host_quota): (Quota, HostQuota),
        host: Arc<dyn HostCalls>,
        deadline: Instant,
        output_limit: usize,
        streams: Streams,
        log: usize,
    ) -> Self {
        Self {
            quota,
            host_quota,
            host,
            deadline,
            output_limit,
            operation: String::new(),
            payload: Vec::new(),
            response: None,
            guest_error: None,
            host_response: Vec::new(),
            host_error: String::new(),
            console: Log::new(log),
            streams,
            wasi: None,
        }
    }

    /// The WASI context: the streams of this call, its arguments, and nothing else of the host.
    pub(super) fn wasi(&mut self) -> &mut WasiP1Ctx {
        self.wasi.get_or_insert_with(|| {
            let mut builder = WasiCtxBuilder::new();
            builder
                .args(&self.streams.arguments)
                .stdin(self.streams.input.clone())
                .stdout(self.streams.output.clone())
                .stderr(self.streams.error.clone());
            Box::new(builder.build_p1())
        })
    }
}

/// Why a host function ends the guest; travels through wasmtime as the cause of its error.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Bad(BadAnswer),
    #[error("{0}")]
    Flood(#[from] Flood),
    #[error("the deadline passed inside a host function")]
    Deadline,
    #[error("the module exports no memory")]
    NoMemory,
}

/// The guest's memory.
pub(super) fn memory(caller: &mut Caller<'_, State>) -> Result<Memory, Fault> {
    caller.get_export("memory").and_then(Extern::into_memory).ok_or(Fault::NoMemory)
}

/// The range of memory that a guest names by pointer and length, if its memory has it.
pub(super) fn range(memory: &[u8], import: &'static str, pointer: i32, length: usize) -> Result<Range<usize>, Fault> {
    // The interface passes unsigned 32-bit offsets in signed parameters.
    let start = usize::try_from(pointer.cast_unsigned()).unwrap_or(usize::MAX);
    match start.checked_add(length) {
        Some(end) if end <= memory.len() => Ok(start..end),
        _ => Err(Fault::Bad(BadAnswer::OutOfBounds {
            import,
            pointer: pointer.cast_unsigned(),
            length: u32::try_from(length).unwrap_or(u32::MAX),
            memory: memory.len() as u64,
        })),
    }
}

/// The bytes that a guest names by pointer and length.
pub(super) fn bytes<'a>(memory: &'a [u8], import: &'static str, pointer: i32, length: i32) -> Result<&'a [u8], Fault> {
    let length = usize::try_from(length.cast_unsigned()).unwrap_or(usize::MAX);
    let range = range(memory, import, pointer, length)?;
    Ok(memory.get(range).unwrap_or_default())
}

/// The text that a guest names by pointer and length.
pub(super) fn text<'a>(memory: &'a [u8], import: &'static str, pointer: i32, length: i32) -> Result<&'a str, Fault> {
    std::str::from_utf8(bytes(memory, import, pointer, length)?)
        .map_err(|_| Fault::Bad(BadAnswer::NotUtf8 { source: import }))
}

/// Copies `source` to where the guest wants it.
pub(super) fn put(memory: &mut [u8], import: &'static str, pointer: i32, source: &[u8]) -> Result<(), Fault> {
    let range = range(memory, import, pointer, source.len())?;
    if let Some(target) = memory.get_mut(range) {
        target.copy_from_slice(source);
    }
    Ok(())
}
