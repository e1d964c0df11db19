//! Hostile and friendly guests against the engine; the guests are the text files of `tests/hostile`.

mod cache;
mod faults;
mod loading;
mod wapc;
mod wasi;

use super::{CodeCache, Engine, Limits, LoadError, Policy};
use std::{path::Path, sync::LazyLock, time::Duration};

/// Long enough that only guests which never end reach it, short enough to wait for.
const DEADLINE: Duration = Duration::from_millis(300);

/// One engine for all tests: it is meant to be shared.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let limits = Limits { deadline: DEADLINE, memory: 128 << 20, ..Limits::default() };
    Engine::with_cache(limits, CodeCache::disabled()).unwrap()
});

/// The bytes of a guest of `tests/hostile`.
fn wasm(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/hostile/{name}.wat"));
    wat::parse_file(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn load(name: &str) -> Policy {
    ENGINE.load(&wasm(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn refused(bytes: &[u8]) -> LoadError {
    match ENGINE.load(bytes) {
        Err(error) => error,
        Ok(_) => panic!("the module was loaded"),
    }
}
