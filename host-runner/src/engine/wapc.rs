//! The waPC interface: the nine host functions of module `wapc` and one guest call from start to answer.

use super::{
    ask::ask_host,
    state::{Fault, State, bytes, memory, put, text},
};
use crate::outcome::{BadAnswer, Outcome, Phase};
use wasmtime::{Caller, Instance, Linker, Module, ModuleExport, Store};

/// The exports of a waPC guest, found once per module.
pub(super) struct Exports {
    guest_call: ModuleExport,
    /// `_start` and `wapc_init`, in this order, as far as the module has them.
    init: Vec<(&'static str, ModuleExport)>,
}

impl Exports {
    /// Finds the exports and checks their types.
    ///
    /// # Errors
    /// What is missing or of another type, for [`Outcome::LinkError`].
    pub(super) fn of(module: &Module) -> Result<Self, String> {
        super::require_memory(module)?;
        super::require_function(module, "__guest_call", 2, 1)?;
        let mut init = Vec::new();
        for name in ["_start", "wapc_init"] {
            if let Some(export) = module.get_export_index(name) {
                super::require_function(module, name, 0, 0)?;
                init.push((name, export));
            }
        }
        let guest_call = module.get_export_index("__guest_call").ok_or("the module does not export `__guest_call`")?;
        Ok(Self { guest_call, init })
    }

    /// Runs the initialisers and one call. The operation and its payload are in the state.
    ///
    /// # Errors
    /// The runtime's error with the phase it belongs to.
    pub(super) fn call(
        &self,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> Result<Outcome, (wasmtime::Error, Phase)> {
        for (name, export) in &self.init {
            let phase = Phase::Init(name);
            let function = super::function(store, instance, export).map_err(|error| (error, phase))?;
            let function = function.typed::<(), ()>(&*store).map_err(|error| (error, phase))?;
            match function.call(&mut *store, ()) {
                // TinyGo ends its `_start` with an exit; the instance stays usable.
                Err(error) if *name == "_start" && super::wasi::exit_status(&error) == Some(0) => {}
                other => other.map_err(|error| (error, phase))?,
            }
        }
        let lengths = (length(store.data().operation.len()), length(store.data().payload.len()));
        let call = || -> wasmtime::Result<i32> {
            let function = super::function(store, instance, &self.guest_call)?;
            function.typed::<(i32, i32), i32>(&*store)?.call(&mut *store, lengths)
        };
        let success = { call }().map_err(|error| (error, Phase::Call))? != 0;
        let state = store.data_mut();
        Ok(match (success, state.response.take(), state.guest_error.take()) {
            (true, Some(response), _) => Outcome::Answered(response),
            (_, _, Some(error)) => Outcome::GuestError(error),
            (success, _, None) => Outcome::BadAnswer(BadAnswer::Absent { success }),
        })
    }
}

/// A length as the interface passes it. Payloads beyond 4 GiB never get here: no guest memory could hold them.
fn length(length: usize) -> i32 {
    u32::try_from(length).unwrap_or(u32::MAX).cast_signed()
}

/// Adds the host functions to a linker. Every pointer is checked against the guest's memory.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    link_guest(linker)?;
    link_host(linker)
}

/// Request, answer, error and console.
fn link_guest(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    const MODULE: &str = "wapc";
    linker.func_wrap(
        MODULE,
        "__guest_request",
        |mut caller: Caller<'_, State>, operation: i32, payload: i32| -> wasmtime::Result<()> {
            const IMPORT: &str = "__guest_request";
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            // The payload first, as Kubewarden's host writes it: it shows when a guest's buffers overlap.
            put(data, IMPORT, payload, &state.payload)?;
            put(data, IMPORT, operation, state.operation.as_bytes())?;
            Ok(())
        },
    )?;
    linker.func_wrap(
        MODULE,
        "__guest_response",
        |mut caller: Caller<'_, State>, pointer: i32, length: i32| -> wasmtime::Result<()> {
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            let response = bytes(data, "__guest_response", pointer, length)?;
            state.response = Some(within(response, state.output_limit)?.to_vec());
            Ok(())
        },
    )?;
    linker.func_wrap(
        MODULE,
        "__guest_error",
        |mut caller: Caller<'_, State>, pointer: i32, length: i32| -> wasmtime::Result<()> {
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            let error = text(data, "__guest_error", pointer, length)?;
            within(error.as_bytes(), state.output_limit)?;
            state.guest_error = Some(error.to_owned());
            Ok(())
        },
    )?;
    linker.func_wrap(
        MODULE,
        "__console_log",
        |mut caller: Caller<'_, State>, pointer: i32, length: i32| -> wasmtime::Result<()> {
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            let line = text(data, "__console_log", pointer, length)?;
            // Beyond the limit lines are dropped: a chatty policy is no faulty one.
            let _ = state.console.append(line.as_bytes()) && state.console.append(b"\n");
            Ok(())
        },
    )?;
    Ok(())
}

/// Calls to the host and their results.
fn link_host(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    const MODULE: &str = "wapc";
    linker.func_wrap(MODULE, "__host_call", host_call)?;
    linker.func_wrap(MODULE, "__host_response_len", |caller: Caller<'_, State>| -> i32 {
        length(caller.data().host_response.len())
    })?;
    linker.func_wrap(
        MODULE,
        "__host_response",
        |mut caller: Caller<'_, State>, pointer: i32| -> wasmtime::Result<()> {
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            Ok(put(data, "__host_response", pointer, &state.host_response)?)
        },
    )?;
    linker.func_wrap(MODULE, "__host_error_len", |caller: Caller<'_, State>| -> i32 {
        length(caller.data().host_error.len())
    })?;
    linker.func_wrap(
        MODULE,
        "__host_error",
        |mut caller: Caller<'_, State>, pointer: i32| -> wasmtime::Result<()> {
            let (data, state) = memory(&mut caller)?.data_and_store_mut(&mut caller);
            Ok(put(data, "__host_error", pointer, state.host_error.as_bytes())?)
        },
    )?;
    Ok(())
}

/// `__host_call`: binding, namespace, operation and payload, each as pointer and length; answers 1 for success.
#[expect(clippy::too_many_arguments, reason = "the signature is waPC's")]
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
    let answer = ask_host(&mut caller, "__host_call", parts)?;
    let success = answer.is_ok();
    let state = caller.data_mut();
    (state.host_response, state.host_error) = match answer {
        Ok(response) => (response, String::new()),
        Err(error) => (Vec::new(), error),
    };
    Ok(i32::from(success))
}

/// An answer within the output limit.
fn within(answer: &[u8], limit: usize) -> Result<&[u8], Fault> {
    if answer.len() > limit { Err(Fault::Bad(BadAnswer::TooLarge { limit: limit as u64 })) } else { Ok(answer) }
}
