//! The wasmtime settings that decide what machine code looks like, shared by the build script and the engine.
//!
//! Included by `#[path]` in `build.rs`: code compiled there is only accepted by an engine with equal settings.

use wasmtime::Config;

/// The stack of a guest in bytes, wasmtime's own default: deep recursion traps here, long before the host's stack ends.
const WASM_STACK: usize = 512 * 1024;

/// Everything that ahead-of-time code depends on; allocation is added by the engine.
///
/// Proposals that no waPC or WASI preview 1 guest can use with 32-bit pointers and one thread are off, so that such a
/// module is refused when it is read instead of running with a surprise.
pub(crate) fn code() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .memory_init_cow(true)
        // Go 1.26 and newer emit typed function references.
        .wasm_function_references(true)
        // No collector is linked: no guest of these interfaces allocates collected objects.
        .gc_support(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false);
    config
}
