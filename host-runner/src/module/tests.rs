//! Inspection of sound, annotated and broken modules.

use super::{Abi, Export, Import, InspectError, METADATA_SECTION, inspect};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A module with these metadata sections.
fn annotated(sections: &[&str]) -> Vec<u8> {
    let customs: String = sections
        .iter()
        .map(|json| format!(r#"(@custom "{METADATA_SECTION}" "{}")"#, json.replace('"', "\\22")))
        .collect();
    wasm(&format!(r#"(module (func (export "_start")) {customs})"#))
}

#[test]
fn imports_exports_and_sections_are_listed() {
    let bytes = wasm(
        r#"(module
          (import "wapc" "__guest_response" (func (param i32 i32)))
          (import "env" "limit" (global i32))
          (memory (export "memory") 1)
          (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))"#,
    );
    let info = inspect(&bytes).unwrap();
    let import = |module: &str, name: &str, kind| Import { module: module.to_owned(), name: name.to_owned(), kind };
    assert_eq!(info.imports, [import("wapc", "__guest_response", "function"), import("env", "limit", "global")]);
    let export = |name: &str, kind| Export { name: name.to_owned(), kind };
    assert_eq!(info.exports, [export("memory", "memory"), export("__guest_call", "function")]);
    let names: Vec<_> = info.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["type", "import", "function", "memory", "export", "code"]);
    // Magic and version, and two bytes of header for each section shorter than 128 bytes.
    let total: usize = info.sections.iter().map(|section| section.size + 2).sum();
    assert_eq!(total + 8, info.size);
    assert_eq!(info.size, bytes.len());
    assert_eq!(info.abi, Abi::Wapc);
    assert!(info.metadata.is_none() && info.metadata_error.is_none());
}

#[test]
fn exports_show_the_interface() {
    let abi = |exports: &str| inspect(&wasm(&format!("(module {exports})"))).unwrap().abi;
    assert_eq!(abi(r#"(func (export "__guest_call"))"#), Abi::Wapc);
    assert_eq!(abi(r#"(func (export "_start"))"#), Abi::Wasi);
    assert_eq!(abi(r#"(func (export "_start")) (func (export "__guest_call"))"#), Abi::Wapc);
    assert_eq!(abi(r#"(func (export "opa_eval"))"#), Abi::Opa);
    assert_eq!(abi(r#"(memory (export "_start") 1)"#), Abi::Unknown);
    assert_eq!(abi(""), Abi::Unknown);
}

#[test]
fn the_first_metadata_section_counts() {
    let first = r#"{"protocolVersion":"v1","rules":[{"apiGroups":[""]}],"mutating":true,"executionMode":"wasi"}"#;
    let info = inspect(&annotated(&[first, r#"{"mutating":false}"#])).unwrap();
    let metadata = info.metadata.unwrap();
    assert_eq!(metadata.protocol_version.as_deref(), Some("v1"));
    assert!(metadata.mutating);
    assert_eq!(metadata.abi(), Some(Abi::Wasi));
    assert!(metadata.rest.contains_key("rules"));
}

#[test]
fn metadata_that_cannot_be_read_is_reported_and_does_no_harm() {
    for broken in ["", "{", "[]", "{\"mutating\":3}"] {
        let info = inspect(&annotated(&[broken])).unwrap();
        assert!(info.metadata.is_none() && info.metadata_error.is_some(), "{broken}");
        assert_eq!(info.abi, Abi::Wasi);
    }
}

#[test]
fn what_is_no_module_is_named() {
    assert!(matches!(inspect(b""), Err(InspectError::NotWasm)));
    assert!(matches!(inspect(b"\x7fELF"), Err(InspectError::NotWasm)));
    assert!(matches!(inspect(b"\0asm\x01\0"), Err(InspectError::Broken(_))));
    assert!(matches!(inspect(b"\0asm\x0d\0\x01\0"), Err(InspectError::Component)));
}

/// A claim of four thousand million exports in ten bytes allocates nothing and ends.
#[test]
fn claims_are_not_believed() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend([7, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert!(matches!(inspect(&bytes), Err(InspectError::Broken(_))));
}

#[test]
fn lists_have_an_end() {
    let mut section = vec![];
    // 100,001 exports of nothing under the empty name; the reader does not ask whether they exist.
    section.extend([0xa1, 0x8d, 0x06]);
    section.extend(std::iter::repeat_n([0, 0, 0], 100_001).flatten());
    let length = u32::try_from(section.len()).unwrap();
    let mut bytes = b"\0asm\x01\0\0\0\x07".to_vec();
    bytes.extend((0..4).map(|part| ((length >> (7 * part)) & 0x7f) as u8 | if part < 3 { 0x80 } else { 0 }));
    bytes.extend(section);
    assert!(matches!(inspect(&bytes), Err(InspectError::TooMany("exports"))));
}

/// Every byte of a module may be wrong.
#[test]
fn corrupt_bytes_never_panic() {
    let sound = annotated(&[r#"{"mutating":true,"rules":[]}"#]);
    for place in 0..sound.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut corrupt = sound.clone();
            if let Some(byte) = corrupt.get_mut(place) {
                *byte ^= flip;
            }
            let _ = inspect(&corrupt);
        }
    }
}
