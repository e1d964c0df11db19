//! WASI preview 1: the imports of foreign guests, and commands that read standard input and answer on standard output.

use super::{
    ask::ask_host,
    state::{Fault, State, bytes, memory, put},
};
use crate::outcome::{BadAnswer, Outcome, Phase};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wasmtime::{Caller, Instance, Linker, Module, ModuleExport, Store};
use wasmtime_wasi::{I32Exit, p1};

/// The import module of WASI preview 1.
pub(super) const PREVIEW1: &str = "wasi_snapshot_preview1";

/// The exports of a WASI command, found once per module.
pub(super) struct Command {
    start: ModuleExport,
}

impl Command {
    /// Finds the entry point and checks its type.
    ///
    /// # Errors
    /// What is missing or of another type, for [`Outcome::LinkError`].
    pub(super) fn of(module: &Module) -> Result<Self, String> {
        super::require_memory(module)?;
        super::require_function(module, "_start", 0, 0)?;
        let start = module.get_export_index("_start").ok_or("the module does not export `_start`")?;
        Ok(Self { start })
    }

    /// Runs the command to its end.
    ///
    /// # Errors
    /// The runtime's error with the phase it belongs to; an exit with a status is none.
    pub(super) fn call(
        &self,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> Result<Outcome, (wasmtime::Error, Phase)> {
        let run = || -> wasmtime::Result<()> {
            let function = super::function(store, instance, &self.start)?;
            function.typed::<(), ()>(&*store)?.call(&mut *store, ())
        };
        let status = match { run }() {
            Ok(()) => 0,
            Err(error) => exit_status(&error).ok_or((error, Phase::Call))?,
        };
        let state = store.data();
        let (output, cut) = state.streams.output.take();
        Ok(if cut {
            Outcome::BadAnswer(BadAnswer::TooLarge { limit: state.output_limit as u64 })
        } else if status == 0 {
            Outcome::Answered(output)
        } else {
            Outcome::GuestError(complaint(state, status))
        })
    }
}

/// What a command that failed has to say: its standard error, or at least its status.
fn complaint(state: &State, status: i32) -> String {
    let error = state.streams.error.peek();
    let text = String::from_utf8_lossy(&error).trim().to_owned();
    if text.is_empty() { format!("exit status {status}") } else { text }
}

/// The status that a guest exited with, when that is what ended it.
pub(super) fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

/// Adds preview 1 to a linker, with waits that end at the deadline.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    p1::add_to_linker_sync(linker, State::wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap(PREVIEW1, "poll_oneoff", poll_oneoff)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Adds Kubewarden's host call for WASI commands. Unlike waPC's it answers 0 for success and 1 for failure, and the
/// response or the error text appears at the end of standard input.
pub(super) fn link_host_call(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    // The second name is what a policy built with Javy imports before it is annotated.
    for module in ["host", "kubewarden:javy/host"] {
        linker.func_wrap(module, "call", host_call)?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the signature is Kubewarden's")]
fn host_call(
    mut caller: Caller<'_, State>,
    binding: i32,
    binding_length: i32,
    namespace: i32,
    namespace_length: i32,
    operation: i32,
    operation_length: i32,
    payload: i32,
    payload_length: i32,
) -> wasmtime::Result<i32> {
    let parts = [
        (binding, binding_length),
        (namespace, namespace_length),
        (operation, operation_length),
        (payload, payload_length),
    ];
    let answer = ask_host(&mut caller, "host.call", parts)?;
    let failed = answer.is_err();
    let bytes = answer.unwrap_or_else(String::into_bytes);
    caller.data().streams.input.append(&bytes);
    Ok(i32::from(failed))
}

/// Sizes and values of preview 1's `subscription` and `event`.
mod layout {
    pub(super) const SUBSCRIPTION: usize = 48;
    pub(super) const EVENT: usize = 32;
    pub(super) const CLOCK: u8 = 0;
    pub(super) const CLOCK_REALTIME: u32 = 0;
    pub(super) const CLOCK_ABSOLUTE: u16 = 1;
    pub(super) const ERRNO_SUCCESS: i32 = 0;
    pub(super) const ERRNO_INVAL: i32 = 28;
}

/// Preview 1's `poll_oneoff` with one difference: a wait that would outlast the deadline ends the guest there.
///
/// All streams of a guest are in memory and always ready, so the only wait is the clock's, and only alone.
fn poll_oneoff(
    mut caller: Caller<'_, State>,
    subscriptions: i32,
    events: i32,
    count: i32,
    result: i32,
) -> wasmtime::Result<i32> {
    const IMPORT: &str = "poll_oneoff";
    let count = usize::try_from(count.cast_unsigned()).unwrap_or(usize::MAX);
    if count == 0 {
        return Ok(layout::ERRNO_INVAL);
    }
    let deadline = caller.data().deadline;
    let memory = memory(&mut caller)?;
    let length = i32::try_from(count.saturating_mul(layout::SUBSCRIPTION)).unwrap_or(-1);
    let table = bytes(memory.data(&caller), IMPORT, subscriptions, length)?;
    let wanted: Vec<Subscription> = table.chunks_exact(layout::SUBSCRIPTION).filter_map(Subscription::read).collect();

    let wait = if wanted.iter().any(|one| one.wait.is_none()) {
        Duration::ZERO
    } else {
        wanted.iter().filter_map(|one| one.wait).min().unwrap_or_default()
    };
    let left = deadline.saturating_duration_since(Instant::now());
    std::thread::sleep(wait.min(left));
    if wait >= left {
        return Err(Fault::Deadline.into());
    }

    let mut ready = Vec::with_capacity(wanted.len().saturating_mul(layout::EVENT));
    let mut number = 0_u32;
    for one in wanted.iter().filter(|one| one.wait.is_none_or(|until| until <= wait)) {
        one.event(&mut ready);
        number += 1;
    }
    let data = memory.data_mut(&mut caller);
    put(data, IMPORT, events, &ready)?;
    put(data, IMPORT, result, &number.to_le_bytes())?;
    Ok(layout::ERRNO_SUCCESS)
}

/// What a guest waits for.
struct Subscription {
    userdata: [u8; 8],
    kind: u8,
    /// How long a clock takes; a stream is ready at once.
    wait: Option<Duration>,
}

impl Subscription {
    /// userdata u64, tag u8, then at 16 for a clock: id u32, at 24 timeout u64, precision u64, at 40 flags u16.
    fn read(bytes: &[u8]) -> Option<Self> {
        let userdata = *bytes.first_chunk()?;
        let kind = *bytes.get(8)?;
        let wait = if kind == layout::CLOCK {
            let clock = u32::from_le_bytes(*bytes.get(16..)?.first_chunk()?);
            let timeout = Duration::from_nanos(u64::from_le_bytes(*bytes.get(24..)?.first_chunk()?));
            let flags = u16::from_le_bytes(*bytes.get(40..)?.first_chunk()?);
            Some(if flags & layout::CLOCK_ABSOLUTE == 0 {
                timeout
            } else if clock == layout::CLOCK_REALTIME {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                timeout.saturating_sub(now)
            } else {
                // The guest's monotonic clock starts with its instance; a moment on it is at most that far away.
                timeout
            })
        } else {
            None
        };
        Some(Self { userdata, kind, wait })
    }

    /// userdata u64, errno u16, type u8, at 16 bytes ready u64, at 24 flags u16.
    fn event(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.userdata);
        out.extend_from_slice(&[0, 0, self.kind, 0, 0, 0, 0, 0]);
        let ready = u64::from(self.kind != layout::CLOCK);
        out.extend_from_slice(&ready.to_le_bytes());
        out.resize(start + layout::EVENT, 0);
    }
}
