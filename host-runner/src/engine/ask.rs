//! A guest's call to the host, the same in both interfaces: read out of its memory, counted, and answered by whoever is
//! plugged in; log lines stay here.

use super::{
    HostCall, log,
    state::{Fault, State, bytes, memory, text},
};
use wasmtime::Caller;

/// Reads a host call out of the guest's memory and answers it; the outer error ends the guest.
pub(super) fn ask_host(
    caller: &mut Caller<'_, State>,
    import: &'static str,
    parts: [(i32, i32); 4],
) -> Result<Result<Vec<u8>, String>, Fault> {
    let (data, state) = memory(caller)?.data_and_store_mut(caller);
    let [binding, namespace, operation, payload] = parts;
    let call = HostCall {
        binding: text(data, import, binding.0, binding.1)?,
        namespace: text(data, import, namespace.0, namespace.1)?,
        operation: text(data, import, operation.0, operation.1)?,
        payload: bytes(data, import, payload.0, payload.1)?,
        deadline: state.deadline,
    };
    state.host_quota.call()?;
    let lengths = [call.binding.len(), call.namespace.len(), call.operation.len(), call.payload.len()];
    state.host_quota.bytes(lengths.into_iter().fold(0, usize::saturating_add))?;
    // Nobody grants or refuses a log line, and whoever runs the guest reads it with what else the guest prints.
    let answer = if (call.binding, call.namespace, call.operation) == ("kubewarden", "tracing", "log") {
        let line = log::line(call.payload);
        // Beyond the limit lines are dropped: a chatty policy is no faulty one.
        let _ = state.console.append(line.as_bytes()) && state.console.append(b"\n");
        Ok(Vec::new())
    } else {
        state.host.call(&call)
    };
    state.host_quota.bytes(answer.as_ref().map_or_else(String::len, Vec::len))?;
    Ok(answer)
}
