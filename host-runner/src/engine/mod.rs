//! The Wasm engine: modules in, policies out; shared between threads by cloning.

mod ask;
mod cache;
pub(crate) mod config;
mod host_calls;
mod limits;
mod log;
mod policy;
mod slots;
mod state;
mod streams;
mod ticker;
mod wapc;
mod wasi;

#[cfg(test)]
mod tests;

pub use cache::CodeCache;
pub use host_calls::{HostCall, HostCalls, NoHostCalls};
pub use limits::Limits;
pub use policy::{Evaluation, Policy};

use crate::{
    embedded,
    module::{self, Abi},
};
use sha2::{Digest, Sha256};
use slots::Slots;
use state::State;
use std::sync::Arc;
use ticker::Ticker;
use wasmtime::{ExternType, Func, Instance, Module, ModuleExport, Store};

/// An engine: compiles modules, keeps their code, and runs them within [`Limits`]. Cheap to clone; clones share all.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    wasmtime: wasmtime::Engine,
    limits: Limits,
    slots: Slots,
    ticker: Ticker,
    cache: CodeCache,
}

/// Why a module cannot become a policy.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The module is larger than [`Limits::module`].
    #[error("the module has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are no readable Wasm module.
    #[error(transparent)]
    Unreadable(#[from] module::InspectError),
    /// The module is a Rego policy, compiled by `opa build`.
    #[error("the module is a Rego policy (it exports `opa_…`), which is not supported; use a waPC or WASI policy")]
    Rego,
    /// The module offers no interface that a policy has.
    #[error("the module exports neither `__guest_call` (waPC) nor `_start` (WASI command), so it is no policy")]
    NoInterface,
    /// The module is not valid, or uses a Wasm proposal that this engine does not run.
    #[error("the module is not valid: {0}")]
    Invalid(String),
}

/// Why an engine cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the Wasm engine: {0}")]
pub struct EngineError(String);

impl Engine {
    /// Makes an engine that keeps compiled code in the user's cache directory.
    ///
    /// # Errors
    /// When this machine has no address space for even one guest, or a processor that wasmtime does not know.
    pub fn new(limits: Limits) -> Result<Self, EngineError> {
        Self::with_cache(limits, CodeCache::of_user())
    }

    /// Makes an engine with a cache of the caller's choice.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_cache(limits: Limits, cache: CodeCache) -> Result<Self, EngineError> {
        let mut config = config::code();
        limits.pool(&mut config);
        let wasmtime = wasmtime::Engine::new(&config)
            // A pool reserves address space, which a limit on it (ulimit -v) refuses; single instances need less.
            .or_else(|_| wasmtime::Engine::new(&config::code()))
            .map_err(|error| EngineError(format!("{error:#}")))?;
        let slots = Slots::new(limits.slots);
        Ok(Self(Arc::new(Shared { wasmtime, slots, ticker: Ticker::new(), cache, limits })))
    }

    /// The limits that this engine was made with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The policy that is built into this program, from the code compiled with it.
    ///
    /// # Errors
    /// Never for a sound build: only when its module itself does not load.
    pub fn load_embedded(&self) -> Result<Policy, LoadError> {
        match self.deserialize(embedded::CODE) {
            Ok(module) => Ok(self.policy(module, Abi::Wapc, embedded::DIGEST.to_owned())),
            // This processor lacks something that the code was compiled for.
            Err(_) => self.load_as(embedded::WASM, Abi::Wapc),
        }
    }

    /// Loads a module: from kept code if there is some, compiling it otherwise. The interface is the one that its
    /// metadata names, else the one that its exports show.
    ///
    /// # Errors
    /// [`LoadError`]; a module that is valid but cannot be linked loads, and answers every call with a link error.
    pub fn load(&self, wasm: &[u8]) -> Result<Policy, LoadError> {
        self.admit(wasm)?;
        let info = module::inspect(wasm)?;
        let abi = info.metadata.as_ref().and_then(module::Metadata::abi).unwrap_or(info.abi);
        self.load_as(wasm, abi)
    }

    /// Loads a module with an interface chosen by the caller.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn load_as(&self, wasm: &[u8], abi: Abi) -> Result<Policy, LoadError> {
        self.admit(wasm)?;
        match abi {
            Abi::Wapc | Abi::Wasi => {}
            Abi::Opa => return Err(LoadError::Rego),
            Abi::Unknown => return Err(LoadError::NoInterface),
        }
        let digest: [u8; 32] = Sha256::digest(wasm).into();
        let module = match self.kept(&digest) {
            Some(module) => module,
            None => self.compile(wasm, &digest)?,
        };
        Ok(self.policy(module, abi, module::hex(&digest)))
    }

    fn admit(&self, wasm: &[u8]) -> Result<(), LoadError> {
        let limit = self.0.limits.module;
        if wasm.len() > limit { Err(LoadError::TooLarge { size: wasm.len(), limit }) } else { Ok(()) }
    }

    /// The module from code that an earlier process kept, if the cache has it and the engine takes it.
    fn kept(&self, digest: &[u8; 32]) -> Option<Module> {
        let code = self.0.cache.read(digest, &self.0.wasmtime)?;
        self.deserialize(&code).ok()
    }

    fn compile(&self, wasm: &[u8], digest: &[u8; 32]) -> Result<Module, LoadError> {
        let invalid = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
        let code = self.0.wasmtime.precompile_module(wasm).map_err(invalid)?;
        // A cache that cannot be written costs time in the next process, nothing else.
        let _ = self.0.cache.write(digest, &self.0.wasmtime, &code);
        self.deserialize(&code).map_err(invalid)
    }

    /// Turns code into a module. wasmtime checks that version, settings and processor fit.
    #[expect(unsafe_code, reason = "wasmtime trusts the bytes to be its own output")]
    fn deserialize(&self, code: &[u8]) -> wasmtime::Result<Module> {
        // SAFETY: the bytes come from the build script, from this engine, or from a cache entry that only this user
        // can have written and whose checksum holds.
        unsafe { Module::deserialize(&self.0.wasmtime, code) }
    }

    fn policy(&self, module: Module, abi: Abi, digest: String) -> Policy {
        Policy::new(self.clone(), module, abi, digest)
    }
}

/// Checks that a module exports a memory by the name that both interfaces fix.
fn require_memory(module: &Module) -> Result<(), String> {
    match module.get_export("memory") {
        Some(ExternType::Memory(_)) => Ok(()),
        Some(_) => Err("the export `memory` is no memory".to_owned()),
        None => Err("the module does not export its `memory`".to_owned()),
    }
}

/// Checks that a module exports a function with so many 32-bit parameters and results.
fn require_function(module: &Module, name: &str, parameters: usize, results: usize) -> Result<(), String> {
    match module.get_export(name) {
        Some(ExternType::Func(function)) => {
            let plain = function.params().chain(function.results()).all(|value| value.is_i32());
            if plain && function.params().len() == parameters && function.results().len() == results {
                Ok(())
            } else {
                Err(format!("the export `{name}` has another type than its interface says"))
            }
        }
        Some(_) => Err(format!("the export `{name}` is no function")),
        None => Err(format!("the module does not export `{name}`")),
    }
}

/// An exported function by the index found when the module was loaded.
fn function(store: &mut Store<State>, instance: &Instance, export: &ModuleExport) -> wasmtime::Result<Func> {
    instance
        .get_module_export(store, export)
        .and_then(wasmtime::Extern::into_func)
        .ok_or_else(|| wasmtime::Error::msg("an export vanished between load and call"))
}
