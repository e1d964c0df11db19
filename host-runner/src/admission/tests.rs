//! The path of `kwctl run`: requests in, AdmissionResponses out, byte for byte.

use super::{Request, RunError, payload, run, settings};
use crate::{
    engine::{CodeCache, Engine, Limits, Policy},
    module::Abi,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{sync::LazyLock, time::Duration};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let limits = Limits { deadline: Duration::from_millis(500), ..Limits::default() };
    Engine::with_cache(limits, CodeCache::disabled()).unwrap()
});

/// A request with all that is required, and what is given on top.
fn request(more: &Value) -> Vec<u8> {
    let mut request = json!({
        "uid": "u1",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "operation": "CREATE",
        "userInfo": {},
    });
    for (key, value) in more.as_object().unwrap() {
        request.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    serde_json::to_vec(&request).unwrap()
}

fn on_the_wire(bytes: &[u8]) -> String {
    payload(&Request::parse(bytes).unwrap(), &settings(None).unwrap())
}

/// A guest that accepts its settings and answers `validate` with a text. The operations differ in length.
fn answering(answer: &str) -> Policy {
    let quoted = answer.replace('\\', "\\5c").replace('"', "\\22").replace('\n', "\\0a");
    let text = format!(
        r#"(module
          (import "wapc" "__guest_response" (func $response (param i32 i32)))
          (memory (export "memory") 2)
          (data (i32.const 0) "{{\22valid\22:true}}")
          (data (i32.const 64) "{quoted}")
          (func (export "__guest_call") (param $operation i32) (param i32) (result i32)
            (if (i32.eq (local.get $operation) (i32.const 17))
              (then (call $response (i32.const 0) (i32.const 14)))
              (else (call $response (i32.const 64) (i32.const {length}))))
            (i32.const 1)))"#,
        length = answer.len()
    );
    ENGINE.load(&wat::parse_str(text).unwrap()).unwrap()
}

/// A guest that accepts its settings and then does what the body says.
fn doing(body: &str) -> Policy {
    let text = format!(
        r#"(module
          (import "wapc" "__guest_response" (func $response (param i32 i32)))
          (import "wapc" "__guest_error" (func $error (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{{\22valid\22:true}}")
          (data (i32.const 64) "no such thing")
          (func (export "__guest_call") (param $operation i32) (param i32) (result i32)
            (if (i32.eq (local.get $operation) (i32.const 17))
              (then (call $response (i32.const 0) (i32.const 14)) (return (i32.const 1))))
            {body}))"#
    );
    ENGINE.load(&wat::parse_str(text).unwrap()).unwrap()
}

fn respond(policy: &Policy, request: &[u8]) -> String {
    serde_json::to_string(&run(policy, request, &settings(None).unwrap()).unwrap().response).unwrap()
}

#[test]
fn nulls_and_unknown_fields_disappear_and_keys_are_sorted() {
    let bytes = request(&json!({
        "namespace": null, "oldObject": null, "options": null, "name": "n", "surprise": 1, "dryRun": false,
        "subResource": "status", "requestKind": {"group": "g", "version": "v", "kind": "K", "more": 1},
        "object": {"z": 1, "a": {"unknown": null}},
        "userInfo": {"username": "me", "groups": ["b", "a"], "extra": {"k": ["v"]}, "uid": null, "odd": 1},
    }));
    let expected = concat!(
        r#"{"request":{"dryRun":false,"kind":{"group":"","kind":"Pod","version":"v1"},"name":"n","#,
        r#""object":{"a":{"unknown":null},"z":1},"operation":"CREATE","#,
        r#""requestKind":{"group":"g","kind":"K","version":"v"},"#,
        r#""resource":{"group":"","resource":"pods","version":"v1"},"subResource":"status","uid":"u1","#,
        r#""userInfo":{"extra":{"k":["v"]},"groups":["b","a"],"username":"me"}},"settings":{}}"#,
    );
    assert_eq!(on_the_wire(&bytes), expected);
    // The same order that a sorted map would give, whatever fields there are.
    let sorted: Value = serde_json::from_str(&on_the_wire(&bytes)).unwrap();
    assert_eq!(on_the_wire(&bytes), sorted.to_string());
}

#[test]
fn numbers_take_the_form_of_serde_json() {
    let bytes = String::from_utf8(request(&json!({"object": {"n": "NUMBERS"}}))).unwrap();
    let bytes = bytes.replace("\"NUMBERS\"", "[1.50,12345678901234567890123,18446744073709551615,-0.0,1e2]");
    let wire = on_the_wire(bytes.as_bytes());
    assert!(wire.contains(r#"[1.5,1.2345678901234568e+22,18446744073709551615,-0.0,100.0]"#), "{wire}");
}

#[test]
fn a_review_and_a_bare_request_are_one() {
    let bare = request(&json!({"object": {"kind": "Pod"}}));
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": serde_json::from_slice::<Value>(&bare).unwrap()});
    assert_eq!(on_the_wire(review.to_string().as_bytes()), on_the_wire(&bare));
}

#[test]
fn what_is_no_request_is_said_to_be_none() {
    let message = |text: &[u8]| Request::parse(text).unwrap_err().to_string();
    assert!(message(b"{").starts_with("the request is not JSON: "));
    assert_eq!(message(br#"{"kind":"AdmissionReview","response":{}}"#), "the AdmissionReview has no `request`");
    assert_eq!(message(b"{}"), "the admission request cannot be used: missing field `kind`");
    for field in ["uid", "kind", "resource", "operation", "userInfo"] {
        let mut value: Value = serde_json::from_slice(&request(&json!({}))).unwrap();
        value.as_object_mut().unwrap().remove(field);
        assert!(message(value.to_string().as_bytes()).contains(field), "{field}");
    }
}

#[test]
fn settings_are_an_object() {
    assert_eq!(settings(None).unwrap(), settings(Some(Value::Null)).unwrap());
    for value in [json!([]), json!("a"), json!(1), json!(true)] {
        assert!(settings(Some(value)).unwrap_err().to_string().starts_with("the settings must be an object, not a"));
    }
}

#[test]
fn verdicts_are_written_as_kubewarden_writes_them() {
    let cases = [
        (r#"{"accepted":true}"#, r#"{"uid":"u1","allowed":true,"auditAnnotations":null,"warnings":null}"#),
        (
            r#"{"accepted":false,"message":"no","code":403,"warnings":["w"],"more":1}"#,
            r#"{"uid":"u1","allowed":false,"status":{"message":"no","code":403},"auditAnnotations":null,"warnings":["w"]}"#,
        ),
        (
            r#"{"accepted":true,"message":"fine","audit_annotations":{"b":"2","a":"1"},"mutated_object":null}"#,
            r#"{"uid":"u1","allowed":true,"status":{"message":"fine"},"auditAnnotations":{"a":"1","b":"2"},"warnings":null}"#,
        ),
        (
            r#"{"accepted":true,"mutated_object":{"a":[1,2,3]}}"#,
            r#"{"uid":"u1","allowed":true,"auditAnnotations":null,"warnings":null}"#,
        ),
    ];
    for (answer, expected) in cases {
        assert_eq!(respond(&answering(answer), &request(&json!({"object": {"a": [1, 2, 3]}}))), expected, "{answer}");
    }
}

#[test]
fn a_mutation_is_the_difference() {
    let original = json!({"gone": 1, "kept": {"x": 1, "y": [1, 2, 3, 4]}, "kind": "Pod"});
    let mutated = json!({"kept": {"x": "1", "y": [1, 5]}, "kind": "Pod", "new": {"a/b": null}});
    let answer = json!({"accepted": false, "message": "no", "mutated_object": mutated}).to_string();
    let response = respond(&answering(&answer), &request(&json!({"object": original})));
    let response: Value = serde_json::from_str(&response).unwrap();
    assert_eq!(response.get("patchType").unwrap(), "JSONPatch");
    // A rejection keeps its patch.
    assert_eq!(response.get("allowed").unwrap(), false);
    let patch = STANDARD.decode(response.get("patch").unwrap().as_str().unwrap()).unwrap();
    let expected = concat!(
        r#"[{"op":"replace","path":"/kept/x","value":"1"},{"op":"replace","path":"/kept/y/1","value":5},"#,
        r#"{"op":"remove","path":"/kept/y/2"},{"op":"remove","path":"/kept/y/2"},"#,
        r#"{"op":"add","path":"/new","value":{"a/b":null}},{"op":"remove","path":"/gone"}]"#,
    );
    assert_eq!(String::from_utf8(patch).unwrap(), expected);
}

#[test]
fn the_patch_stands_before_the_status() {
    let answer = r#"{"accepted":true,"message":"m","mutated_object":{"a":1}}"#;
    let response = respond(&answering(answer), &request(&json!({"object": {}})));
    let patch = STANDARD.encode(r#"[{"op":"add","path":"/a","value":1}]"#);
    let expected = format!(
        r#"{{"uid":"u1","allowed":true,"patchType":"JSONPatch","patch":"{patch}","status":{{"message":"m"}},"auditAnnotations":null,"warnings":null}}"#
    );
    assert_eq!(response, expected);
}

#[test]
fn a_deletion_cannot_be_mutated() {
    let answer = r#"{"accepted":true,"mutated_object":{"a":1},"warnings":["w"]}"#;
    let response = respond(&answering(answer), &request(&json!({"operation": "DELETE", "oldObject": {}})));
    let expected = concat!(
        r#"{"uid":"u1","allowed":false,"status":{"message":"Incoming object is null, which happens only with DELETE "#,
        r#"operations, but the policy is attempting a mutation. This is not allowed"},"#,
        r#""auditAnnotations":null,"warnings":null}"#,
    );
    assert_eq!(response, expected);
}

/// The guest's failure is a rejection with code 500, and is reported beside it.
#[test]
fn failures_are_rejections() {
    let missing = "internal server error: invalid response from policy: missing field `accepted` at line 1 column 2";
    let range = "internal server error: invalid response from policy: invalid value: integer `70000`, expected u16";
    let cases = [
        (answering("{}"), "bad-answer", missing),
        (answering(r#"{"accepted":true,"code":70000}"#), "bad-answer", range),
        (answering("nonsense"), "bad-answer", "internal server error: invalid response from policy: expected ident"),
        (
            doing("(call $error (i32.const 64) (i32.const 13)) (i32.const 0)"),
            "guest-error",
            "internal server error: Guest call failure: no such thing",
        ),
        (
            doing("(i32.const 1)"),
            "bad-answer",
            "internal server error: Guest call failure: No error message OR response set for call success",
        ),
        (
            doing("(i32.const 0)"),
            "bad-answer",
            "internal server error: Guest call failure: No error message set for call failure",
        ),
        (
            doing("unreachable"),
            "trapped",
            "internal server error: Guest call failure: error while executing at wasm backtrace:",
        ),
        (
            doing("(loop $again (br $again)) (i32.const 1)"),
            "timed-out",
            "Policy execution interrupted because it exceeded the allowed execution time",
        ),
    ];
    for (policy, fault, message) in cases {
        let run = run(&policy, &request(&json!({"object": {}})), &settings(None).unwrap()).unwrap();
        assert_eq!(run.fault.unwrap().name(), fault);
        assert!(!run.response.allowed);
        let status = run.response.status.unwrap();
        assert_eq!(status.code, Some(500));
        let text = status.message.unwrap();
        assert!(text.starts_with(message), "{text}");
    }
}

#[test]
fn settings_that_are_refused_end_the_run() {
    let verdict = |answer: &str| {
        // The guest answers the settings with this text too: it is asked by no other length.
        let quoted = answer.replace('"', "\\22");
        let text = format!(
            r#"(module
              (import "wapc" "__guest_response" (func $response (param i32 i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "{quoted}")
              (func (export "__guest_call") (param i32 i32) (result i32)
                (call $response (i32.const 0) (i32.const {}))
                (i32.const 1)))"#,
            answer.len()
        );
        let policy = ENGINE.load(&wat::parse_str(text).unwrap()).unwrap();
        run(&policy, &request(&json!({})), &settings(None).unwrap()).unwrap_err()
    };
    let refused = verdict(r#"{"valid":false,"message":"no `a`"}"#);
    assert_eq!(refused.to_string(), "the policy does not accept the settings: no `a`");
    assert!(matches!(verdict(r#"{"valid":false}"#), RunError::Settings(message) if message == "no message"));
    assert!(verdict("nonsense").to_string().contains("gave a bad answer"));
}

#[test]
fn a_policy_that_cannot_be_linked_has_no_verdict() {
    let text = r#"(module (import "env" "f" (func)) (memory (export "memory") 1)
        (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))"#;
    let policy = ENGINE.load(&wat::parse_str(text).unwrap()).unwrap();
    let error = run(&policy, &request(&json!({})), &settings(None).unwrap()).unwrap_err();
    assert!(matches!(error, RunError::Link(_)), "{error}");
}

#[test]
fn the_words_of_a_failed_command_are_the_message() {
    let guest = include_str!("../../../tests/hostile/wasi-exit-3.wat");
    let policy = ENGINE.load(&wat::parse_str(guest).unwrap()).unwrap();
    assert_eq!(policy.abi(), Abi::Wasi);
    let run = super::validate(&policy, &Request::parse(&request(&json!({}))).unwrap(), &settings(None).unwrap());
    assert_eq!(run.unwrap().response.status.unwrap().message.unwrap(), "the settings are wrong");
}

#[test]
fn a_raw_request_is_passed_as_it_is() {
    let raw = Request::parse_raw(br#"{"b":null,"a":1,"uid":7}"#).unwrap();
    assert_eq!(payload(&raw, &settings(None).unwrap()), r#"{"request":{"a":1,"b":null,"uid":7},"settings":{}}"#);
    assert_eq!(raw.uid(), "");
    let answer = r#"{"accepted":true,"mutated_object":{"a":2,"b":null,"uid":7}}"#;
    let run = super::validate(&answering(answer), &raw, &settings(None).unwrap()).unwrap();
    let patch = STANDARD.decode(run.response.patch.unwrap()).unwrap();
    assert_eq!(patch, br#"[{"op":"replace","path":"/a","value":2}]"#);
}
