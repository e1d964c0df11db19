//! Modules that do not load, and what is said about them.

use super::{ENGINE, refused, wasm};
use crate::{
    engine::{CodeCache, Engine, Limits, LoadError},
    module::Abi,
};

#[test]
fn what_is_no_policy_is_refused() {
    assert!(matches!(refused(b""), LoadError::Unreadable(_)));
    assert!(matches!(refused(b"<html>not found</html>"), LoadError::Unreadable(_)));
    assert!(matches!(refused(b"\0asm"), LoadError::Unreadable(_)));
    assert!(matches!(refused(b"\0asm\x01\0\0\0"), LoadError::NoInterface));
    assert!(matches!(refused(&wasm("no-interface")), LoadError::NoInterface));
    assert!(matches!(refused(&wasm("no-guest-call")), LoadError::NoInterface));
    assert!(matches!(refused(&wasm("rego")), LoadError::Rego));
}

#[test]
fn a_component_is_refused_by_name() {
    let error = refused(b"\0asm\x0d\0\x01\0").to_string();
    assert!(error.contains("component"), "{error}");
}

/// Cut anywhere, a module is refused; only behind its last needed section, of two that may be absent, it still loads.
#[test]
fn a_truncated_module_is_refused() {
    let whole = wasm("answers");
    let loaded = (0..whole.len()).filter(|length| ENGINE.load(whole.get(..*length).unwrap()).is_ok());
    assert!(loaded.count() <= 2);
    assert!(matches!(refused(whole.get(..whole.len() - 1).unwrap()), LoadError::Unreadable(_)));
    for length in 0..whole.len() {
        // Without a look at the exports first, the compiler sees the cut itself.
        let _ = ENGINE.load_as(whole.get(..length).unwrap(), Abi::Wapc);
    }
}

/// Any byte of a module may be wrong: it loads or is refused, and what loads ends in some outcome.
#[test]
fn a_corrupt_module_never_panics() {
    let whole = wasm("host-call");
    for place in 0..whole.len() {
        let mut corrupt = whole.clone();
        if let Some(byte) = corrupt.get_mut(place) {
            *byte ^= 0x15;
        }
        if let Ok(policy) = ENGINE.load(&corrupt) {
            let _ = policy.call("validate", b"{}");
        }
    }
}

#[test]
fn proposals_without_use_here_are_refused() {
    for (guest, word) in [("memory64", "memory64"), ("threads", "threads"), ("two-memories", "multiple memories")] {
        let error = refused(&wasm(guest));
        assert!(matches!(error, LoadError::Invalid(_)), "{guest}: {error}");
        assert!(error.to_string().contains(word), "{guest}: {error}");
    }
}

#[test]
fn a_large_module_is_refused() {
    let limits = Limits { module: 100, ..Limits::default() };
    let engine = Engine::with_cache(limits, CodeCache::disabled()).unwrap();
    let error = engine.load(&[0; 101]).err().unwrap();
    assert_eq!(error.to_string(), "the module has 101 bytes, more than the limit of 100");
}

/// The interface that the metadata names counts more than the exports.
#[test]
fn metadata_chooses_the_interface() {
    let mut module = wasm("exit-in-start");
    let name = crate::module::METADATA_SECTION;
    let json = br#"{"rules":[],"mutating":false,"executionMode":"wasi"}"#;
    let length = u8::try_from(1 + name.len() + json.len()).unwrap();
    // Custom section; both lengths are below 128, so one byte each.
    module.extend([0, length, u8::try_from(name.len()).unwrap()]);
    module.extend(name.as_bytes());
    module.extend(json);
    assert_eq!(ENGINE.load(&wasm("exit-in-start")).unwrap().abi(), Abi::Wapc);
    assert_eq!(ENGINE.load(&module).unwrap().abi(), Abi::Wasi);
}

#[test]
fn every_message_is_a_clause() {
    for error in [refused(b""), refused(&wasm("rego")), refused(&wasm("no-interface")), refused(&wasm("memory64"))] {
        let text = error.to_string();
        assert!(text.starts_with(|first: char| first.is_lowercase()) && !text.ends_with('.'), "{text}");
    }
}
