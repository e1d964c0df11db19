//! A guest's call to the host, the same in both interfaces: read out of its memory, answered by whoever is plugged in.

use super::{
    HostCall,
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
    Ok(state.host.call(&call))
}
