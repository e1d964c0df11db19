//! A loaded policy: linked once, called from any thread, with a fresh instance for every call.

use super::{
    Engine, HostCalls, NoHostCalls,
    state::{Fault, State},
    streams::Streams,
    ticker::Ticker,
    wapc, wasi,
};
use crate::{
    module::Abi,
    outcome::{Outcome, Phase, Trap},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use wasmtime::{Instance, InstancePre, Linker, Module, Store, WasmBacktrace};

/// A policy ready to be called. Cheap to clone; clones share code and differ in their host calls and deadline.
#[derive(Clone)]
pub struct Policy {
    loaded: Arc<Loaded>,
    engine: Engine,
    host: Arc<dyn HostCalls>,
    deadline: Duration,
}

struct Loaded {
    abi: Abi,
    digest: String,
    link: Result<Linked, String>,
}

struct Linked {
    instance: InstancePre<State>,
    face: Face,
}

/// How the module is called.
enum Face {
    Wapc(wapc::Exports),
    Wasi(wasi::Command),
}

/// One call with everything that the guest printed on the way.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// What became of the call.
    pub outcome: Outcome,
    /// Lines that a waPC guest logged, up to [`super::Limits::log`] bytes.
    pub console: Vec<u8>,
    /// What a waPC guest wrote to standard output, up to the same limit; empty for a WASI command, whose standard
    /// output is its answer.
    pub stdout: Vec<u8>,
    /// What the guest wrote to standard error, up to the same limit.
    pub stderr: Vec<u8>,
}

impl Policy {
    pub(super) fn new(engine: Engine, module: Module, abi: Abi, digest: String) -> Self {
        let link = link(&engine, &module, abi);
        let deadline = engine.limits().deadline;
        Self { loaded: Arc::new(Loaded { abi, digest, link }), engine, host: Arc::new(NoHostCalls), deadline }
    }

    /// The same policy with an answer to its host calls.
    #[must_use]
    pub fn with_host_calls(mut self, host: Arc<dyn HostCalls>) -> Self {
        self.host = host;
        self
    }

    /// The same policy with a deadline of its own.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The interface that the policy is called through.
    #[must_use]
    pub fn abi(&self) -> Abi {
        self.loaded.abi
    }

    /// SHA-256 of the module in lower-case hexadecimal, without a prefix.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.loaded.digest
    }

    /// Why the module cannot be linked, if so: every call will answer [`Outcome::LinkError`] with this text.
    #[must_use]
    pub fn link_error(&self) -> Option<&str> {
        self.loaded.link.as_ref().err().map(String::as_str)
    }

    /// Calls one operation in a fresh instance and answers what became of it. Blocks for at most the deadline once it
    /// has a slot; do not call it on the thread of an async runtime.
    #[must_use]
    pub fn call(&self, operation: &str, payload: &[u8]) -> Outcome {
        self.evaluate(operation, payload).outcome
    }

    /// As [`Policy::call`], with what the guest printed.
    #[must_use]
    pub fn evaluate(&self, operation: &str, payload: &[u8]) -> Evaluation {
        let linked = match &self.loaded.link {
            Ok(linked) => linked,
            Err(reason) => return Evaluation::bare(Outcome::LinkError(reason.clone())),
        };
        let shared = &*self.engine.0;
        let _slot = shared.slots.take();
        let _running = shared.ticker.run(&shared.wasmtime);

        let mut store = Store::new(&shared.wasmtime, self.state(&linked.face, operation, payload));
        store.limiter(|state| &mut state.quota);
        store.set_epoch_deadline(Ticker::ticks(self.deadline));
        let outcome = linked.run(&mut store).unwrap_or_else(|(error, phase)| self.fault(&error, phase, store.data()));
        Evaluation::of(outcome, store.into_data(), &linked.face)
    }

    fn state(&self, face: &Face, operation: &str, payload: &[u8]) -> State {
        let limits = self.engine.limits();
        let now = Instant::now();
        let deadline = now.checked_add(self.deadline).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()));
        let streams = match face {
            Face::Wapc(_) => Streams::silent(limits.log),
            Face::Wasi(_) => Streams::command(argument(operation), payload, limits.output, limits.log),
        };
        let mut state = State::new(
            (limits.quota(), limits.host_quota()),
            Arc::clone(&self.host),
            deadline,
            limits.output,
            streams,
            limits.log,
        );
        if matches!(face, Face::Wapc(_)) {
            operation.clone_into(&mut state.operation);
            state.payload = payload.to_vec();
        }
        state
    }

    /// What an error of the runtime means.
    fn fault(&self, error: &wasmtime::Error, phase: Phase, state: &State) -> Outcome {
        let timed_out = Outcome::TimedOut { phase, deadline: self.deadline };
        match error.downcast_ref() {
            Some(Fault::Bad(bad)) => return Outcome::BadAnswer(bad.clone()),
            Some(Fault::Flood(flood)) => return Outcome::HostCallFlood(*flood),
            Some(Fault::Deadline) => return timed_out,
            Some(Fault::NoMemory) => return Outcome::LinkError(Fault::NoMemory.to_string()),
            None => {}
        }
        if error.downcast_ref() == Some(&wasmtime::Trap::Interrupt) {
            return timed_out;
        }
        if state.quota.denied() {
            return Outcome::OutOfMemory { limit: self.engine.limits().memory as u64 };
        }
        let reason = match wasi::exit_status(error) {
            Some(status) => format!("it exited with status {status} before it answered"),
            None => error.root_cause().to_string(),
        };
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        Outcome::Trapped(Trap { phase, reason, backtrace })
    }
}

impl Linked {
    fn run(&self, store: &mut Store<State>) -> Result<Outcome, (wasmtime::Error, Phase)> {
        let instance: Instance =
            self.instance.instantiate(&mut *store).map_err(|error| (error, Phase::Init("instantiation")))?;
        match &self.face {
            Face::Wapc(exports) => exports.call(store, &instance),
            Face::Wasi(command) => command.call(store, &instance),
        }
    }
}

impl Evaluation {
    fn bare(outcome: Outcome) -> Self {
        Self { outcome, console: Vec::new(), stdout: Vec::new(), stderr: Vec::new() }
    }

    fn of(outcome: Outcome, mut state: State, face: &Face) -> Self {
        let stdout = match face {
            Face::Wapc(_) => state.streams.output.take().0,
            Face::Wasi(_) => Vec::new(),
        };
        Self { outcome, console: state.console.take(), stdout, stderr: state.streams.error.take().0 }
    }
}

/// The argument that names an operation to a WASI command: Kubewarden spells this one with a hyphen.
fn argument(operation: &str) -> &str {
    match operation {
        "validate_settings" => "validate-settings",
        other => other,
    }
}

/// Finds the exports and resolves the imports, once per module.
fn link(engine: &Engine, module: &Module, abi: Abi) -> Result<Linked, String> {
    let face = match abi {
        Abi::Wapc => Face::Wapc(wapc::Exports::of(module)?),
        Abi::Wasi => Face::Wasi(wasi::Command::of(module)?),
        Abi::Opa | Abi::Unknown => return Err("the module has no interface that this host calls".to_owned()),
    };
    let instance = resolve(engine, module, &face).map_err(|error| format!("{error:#}"))?;
    Ok(Linked { instance, face })
}

fn resolve(engine: &Engine, module: &Module, face: &Face) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(&engine.0.wasmtime);
    match face {
        Face::Wapc(_) => wapc::link(&mut linker)?,
        Face::Wasi(_) => wasi::link_host_call(&mut linker)?,
    }
    // Its hundred functions cost more than the rest of loading, and a guest for the bare target imports none.
    if module.imports().any(|import| import.module() == wasi::PREVIEW1) {
        wasi::link(&mut linker)?;
    }
    linker.instantiate_pre(module)
}
