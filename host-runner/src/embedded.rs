//! The policy that is built into this program: the module itself and its code, compiled by the build script.

/// The waPC module, the very bytes that Kubewarden's policy-server or kwctl would run.
pub const WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.wasm"));

/// The word by which a user names it.
pub const NAME: &str = "embedded";

/// SHA-256 of [`WASM`] in lower-case hexadecimal.
pub const DIGEST: &str = env!("REGWARDEN_POLICY_SHA256");

/// The machine code of [`WASM`] for this program's target.
pub(crate) const CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwasm"));
