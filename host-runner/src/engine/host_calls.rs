//! The port through which a guest reaches the world outside: Kubewarden's host capabilities.

use std::time::Instant;

/// One request of a guest to its host (`__host_call` in waPC, `host.call` in WASI).
#[derive(Clone, Copy, Debug)]
pub struct HostCall<'a> {
    /// The binding; policies write `kubewarden`.
    pub binding: &'a str,
    /// The namespace of the capability, such as `kubernetes` or `oci`.
    pub namespace: &'a str,
    /// The operation in that namespace.
    pub operation: &'a str,
    /// The request, as a rule JSON.
    pub payload: &'a [u8],
    /// When the guest's time ends. The engine cannot interrupt a host call: the implementation must return by then.
    pub deadline: Instant,
}

/// Answers the host calls of guests; shared between threads.
pub trait HostCalls: Send + Sync {
    /// Answers one call.
    ///
    /// # Errors
    /// A text for the guest, which sees it as the error of its host call.
    fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String>;
}

/// No capability at all: every call fails, and says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHostCalls;

impl HostCalls for NoHostCalls {
    fn call(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        Err(format!("host capability `{}/{}` is not available", call.namespace, call.operation))
    }
}
