//! Sections, validation and the look at capabilities, on modules small enough to read.

use serde_json::{Value, json};

use super::*;
use crate::module::METADATA_SECTION;

const WAPC: &str = r#"(module (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32) i32.const 0)
  (data (i32.const 0) "kubernetes get_resource") (@custom "other" "kept")
  (@custom "io.kubewarden.metadata" "{\"mutating\":false}") (@custom "last" "kept too"))"#;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn minimal() -> Value {
    json!({"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}],
        "mutating": false, "hostCapabilities": ["kubernetes/get_resource"]})
}

fn metadata(value: &Value) -> Metadata {
    read(&value.to_string()).unwrap()
}

fn v1(_: &[u8]) -> Result<String, String> {
    Ok("\"v1\"".to_owned())
}

fn sections(wasm: &[u8]) -> Vec<String> {
    module::inspect(wasm).unwrap().sections.into_iter().map(|section| section.name).collect()
}

#[test]
fn every_old_section_is_replaced_by_one() {
    let old = wasm(WAPC);
    // As kwctl leaves it after a second run: the old section still first.
    let twice = section_added(&old);
    assert_eq!(sections(&twice).iter().filter(|name| name.ends_with(METADATA_SECTION)).count(), 2);
    for module in [&old, &twice] {
        let new = annotate(module, metadata(&minimal()), Some("# Use"), v1).unwrap();
        assert_eq!(new.warnings, Vec::<String>::new());
        let info = module::inspect(&new.wasm).unwrap();
        let read = info.metadata.unwrap();
        assert_eq!(read.protocol_version.as_deref(), Some("v1"));
        assert_eq!(read.annotations.unwrap()["io.kubewarden.policy.usage"], "# Use");
        let names: Vec<&str> = info.sections.iter().map(|section| section.name.as_str()).collect();
        assert!(names.ends_with(&["custom last", "custom io.kubewarden.metadata"]), "{names:?}");
        assert_eq!(names.iter().filter(|name| name.ends_with(METADATA_SECTION)).count(), 1);
        let again = annotate(&new.wasm, metadata(&minimal()), Some("# Use"), v1).unwrap();
        assert!(again.wasm == new.wasm, "the second run changes something");
    }
}

fn section_added(wasm: &[u8]) -> Vec<u8> {
    use wasm_encoder::{CustomSection, Section};
    let mut out = wasm.to_vec();
    CustomSection { name: METADATA_SECTION.into(), data: b"{}"[..].into() }.append_to(&mut out);
    out
}

#[test]
fn bytes_of_other_sections_stay() {
    let bare = wasm(
        r#"(module (memory (export "memory") 1) (func (export "__guest_call") (param i32 i32) (result i32) i32.const 0))"#,
    );
    let new = annotate(&bare, metadata(&minimal()), None, v1).unwrap().wasm;
    assert!(new.starts_with(&bare), "something before the section changed");
}

#[test]
fn the_section_has_kubewardens_keys_in_its_order() {
    let new = annotate(&wasm(WAPC), metadata(&minimal()), None, v1).unwrap().wasm;
    let text = String::from_utf8_lossy(&new);
    let (_, json) = text.rsplit_once("io.kubewarden.metadata").unwrap();
    assert_eq!(
        json,
        r#"{"protocolVersion":"v1","rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["CREATE"]}],"mutating":false,"backgroundAudit":true,"executionMode":"kubewarden-wapc","policyType":"kubernetes","contextAwareResources":[],"hostCapabilities":["kubernetes/get_resource"]}"#
    );
}

#[test]
fn javy_policies_get_the_import_that_policy_server_has() {
    let javy = wasm(
        r#"(module (import "kubewarden:javy/host" "call" (func (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (func (export "_start")))"#,
    );
    let mut value = minimal();
    value["executionMode"] = json!("wasi");
    let new = annotate(&javy, metadata(&value), None, |_| panic!("a WASI command is not asked")).unwrap();
    let info = module::inspect(&new.wasm).unwrap();
    let imports: Vec<_> = info.imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect();
    assert_eq!(imports, [("host", "call"), ("wasi_snapshot_preview1", "fd_write")]);
    assert_eq!(info.metadata.unwrap().protocol_version.as_deref(), Some("Unknown"));
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Value), expected: &str) {
    let mut value = minimal();
    change(&mut value);
    let result = read(&value.to_string()).and_then(|metadata| annotate(&wasm(WAPC), metadata, None, v1));
    let text = result.map(|_| ()).unwrap_err().to_string();
    assert!(text.contains(expected), "{text}");
}

#[test]
fn wrong_metadata_is_refused_with_the_key() {
    refused(|value| drop(value.as_object_mut().unwrap().remove("mutating")), "missing field `mutating`");
    refused(|value| drop(value.as_object_mut().unwrap().remove("rules")), "missing field `rules`");
    refused(|value| value["executionMode"] = json!("kubewarden"), "unknown variant `kubewarden`");
    refused(
        |value| value["annotations"] = json!({"io.kubewarden.policy.version": 1.0}),
        "annotations.io.kubewarden.policy.version must be text",
    );
    refused(|value| value["contextAwareResources"] = json!([{"apiVersion": "v1", "kind": ""}]), "must not be empty");
    refused(|value| value["minimumKubewardenVersion"] = json!("1.30"), "no version such as 1.30.0");
    let rule = |key: &'static str, list: Value| move |value: &mut Value| value["rules"][0][key] = list;
    refused(rule("operations", json!([])), "rules[0].operations: at least one is needed");
    refused(rule("operations", json!(["CREATE", "*"])), "rules[0].operations: `*` stands alone");
    refused(rule("operations", json!(["PATCH"])), "`PATCH` is none of");
    refused(rule("apiGroups", json!(["*", "apps"])), "rules[0].apiGroups: `*` stands alone");
    refused(rule("apiVersions", json!([""])), "name a version");
    refused(rule("resources", json!(["*/*", "pods"])), "`*/*` stands alone");
    refused(rule("resources", json!(["*", "pods"])), "`*` includes `pods`");
    refused(rule("resources", json!(["pods/*", "pods/status"])), "`pods/*` includes `pods/status`");
    refused(rule("resources", json!(["*/scale", "pods/scale"])), "`*/scale` includes `pods/scale`");
    refused(rule("resources", json!([""])), "one is empty");
}

#[test]
fn resources_that_do_not_overlap_are_fine() {
    let mut value = minimal();
    value["rules"][0]["resources"] = json!(["*", "*/scale", "pods/status", "pods/*"]);
    assert_eq!(metadata(&value).mistakes(), Vec::<String>::new());
}

#[test]
fn the_mode_must_fit_the_module() {
    let rego = wasm(r#"(module (func (export "opa_eval_ctx_new")))"#);
    let command = wasm(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
    for (module, mode, part) in [
        (&rego, "kubewarden-wapc", "is compiled Rego"),
        (&wasm(WAPC), "opa", "is no compiled Rego"),
        (&wasm(WAPC), "wasi", "without `_start`"),
        (&command, "kubewarden-wapc", "without `__guest_call`"),
        (&wasm("(module)"), "wasi", "no interface"),
    ] {
        let mut value = minimal();
        value["executionMode"] = json!(mode);
        let text = annotate(module, metadata(&value), None, v1).map(|_| ()).unwrap_err().to_string();
        assert!(text.contains(part) && text.contains(mode), "{text}");
    }
}

#[test]
fn a_guest_of_another_protocol_is_refused() {
    for answer in [Ok("\"v2\"".to_owned()), Ok("v1".to_owned()), Err("trapped".to_owned())] {
        let result = annotate(&wasm(WAPC), metadata(&minimal()), None, |_| answer);
        assert!(matches!(result, Err(AnnotateError::Protocol(_))));
    }
}

#[test]
fn broken_modules_are_refused() {
    let good = wasm(WAPC);
    for (module, part) in [
        (&b"\0asm\x01\0\0\0\x01"[..], "broken"),
        (&good[..good.len() - 3], "broken"),
        (&b"#!/bin/sh"[..], "not a wasm file"),
        (&b"\0asm\x0d\0\x01\0"[..], "component"),
        // The function leaves nothing where it promises a number.
        (&wasm_with_bad_body(), "type mismatch"),
    ] {
        let text = annotate(module, metadata(&minimal()), None, v1).map(|_| ()).unwrap_err().to_string();
        assert!(text.to_lowercase().contains(part), "{text}");
    }
}

fn wasm_with_bad_body() -> Vec<u8> {
    wasm(r#"(module (memory (export "memory") 1) (func (export "__guest_call") (param i32 i32) (result i32)))"#)
}

#[test]
fn what_is_probably_not_meant_is_told_and_does_no_harm() {
    let mut value = minimal();
    value["contextAware"] = json!(true);
    value["hostCapabilities"] = json!(["net/*", "oci*"]);
    value["annotations"] =
        json!({"io.kubewarden.policy.severity": "awful", "io.kubewarden.kwctl": "1.30.0", "mine": "kept"});
    let new = annotate(&wasm(WAPC), metadata(&value), None, v1).unwrap();
    for part in [
        "`contextAware` is no key",
        "`awful` is none of",
        "`oci*` grants nothing",
        "seems to call `kubernetes/get_resource`",
        "names `net/*`",
        "`io.kubewarden.kwctl: 1.30.0` is left out",
    ] {
        assert!(new.warnings.iter().any(|warning| warning.contains(part)), "{part}: {:?}", new.warnings);
    }
    assert_eq!(new.warnings.len(), 6);
    let annotations = module::inspect(&new.wasm).unwrap().metadata.unwrap().annotations.unwrap();
    assert_eq!(annotations.keys().collect::<Vec<_>>(), ["io.kubewarden.policy.severity", "mine"]);
}

#[test]
fn patterns_cover_what_policy_server_lets_through() {
    assert!(capability::grants("*", "net/v1/dns_lookup_host"));
    assert!(capability::grants("oci/*", "oci/v2/verify") && capability::grants("oci/v1/*", "oci/v1/verify"));
    assert!(!capability::grants("oci/v1/*", "oci/v2/verify") && !capability::grants("oci*", "oci/v1/verify"));
    assert!(!capability::grants("oci", "oci/v1/verify"));
}
