//! Small waPC guests in the text format: each answers what a test needs.

/// What a guest does with an operation other than `validate_settings`.
enum Act<'a> {
    Answer(&'a str),
    Unknown,
    Code(&'a str),
}

/// All guests with their file names.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let valid = r#"{"valid":true}"#;
    let describe = r#"{"name":"sample","version":"1.2.3","rules":[{"id":"builder-config-path","title":"t","since":"1.0.0","mends":"always","levels":{"strict":"enforce"},"docs":"Words.","options":[]}]}"#;
    let findings = r#"{"response":{"accepted":false,"message":"m"},"findings":[
        {"rule":"image-tag","level":"enforce","pointer":"/spec/containers/0/image","container":"kaniko","message":"the tag moves","remedy":"name a version","mended":true},
        {"rule":"plaintext-credential","level":"enforce","pointer":"/spec/containers/0/env/0/value","container":"kaniko","message":"a literal token","remedy":"use a secretKeyRef","mended":false},
        {"rule":"resources","level":"audit","pointer":"/spec/containers/0/resources","message":"no limits","remedy":"set them","mended":false}],
        "edits":[{"op":"replace","path":"/spec/containers/0/image","value":"gcr.io/kaniko-project/executor:v1.24.0-debug"}]}"#;
    let mends = r#"{"response":{"accepted":true},"findings":[
        {"rule":"image-tag","level":"enforce","pointer":"/spec/containers/0/image","container":"kaniko","message":"the tag moves","remedy":"name a version","mended":true}],
        "edits":[{"op":"replace","path":"/spec/containers/0/image","value":"gcr.io/kaniko-project/executor:v1.24.0-debug"},{"op":"add","path":"/spec/serviceAccountName","value":"builder"}]}"#;
    let deep = r#"{"response":{"accepted":false},"findings":[{"rule":"r","level":"warn","pointer":"/password","message":"m","remedy":"","mended":false}],"edits":[]}"#;
    let allow = Act::Answer(r#"{"accepted":true,"warnings":["look here"]}"#);
    let deny = Act::Answer(r#"{"accepted":false,"message":"not here","code":403}"#);
    let same = |code| (Act::Code(code), Act::Code(code));
    let mut out = Vec::new();
    let mut add = |name, settings: &str, (evaluate, validate): (Act<'_>, Act<'_>), describe: Act<'_>| {
        out.push((name, guest(settings, &evaluate, &validate, &describe)));
    };
    add("allow.wasm", valid, (Act::Unknown, allow), Act::Unknown);
    add("deny.wasm", valid, (Act::Unknown, deny), Act::Unknown);
    add("findings.wasm", valid, (Act::Answer(findings), Act::Unknown), Act::Answer(describe));
    add("mends.wasm", valid, (Act::Answer(mends), Act::Unknown), Act::Answer(describe));
    add("deep.wasm", valid, (Act::Answer(deep), Act::Unknown), Act::Answer(describe));
    add(
        "refuses.wasm",
        r#"{"valid":false,"message":"`a` is unknown\n`b` is unknown"}"#,
        same("unreachable"),
        Act::Unknown,
    );
    add("traps.wasm", valid, same("unreachable"), Act::Unknown);
    add("traps-at-once.wasm", "", same("unreachable"), Act::Code("unreachable"));
    add("loops.wasm", valid, (Act::Unknown, Act::Code("(loop (br 0)) unreachable")), Act::Unknown);
    let grow = "(if (i32.eq (memory.grow (i32.const 10000)) (i32.const -1)) (then unreachable)) i32.const 0";
    add("grows.wasm", valid, (Act::Unknown, Act::Code(grow)), Act::Unknown);
    add("nonsense.wasm", valid, (Act::Unknown, Act::Answer("hello")), Act::Answer("hello"));
    add(
        "outside.wasm",
        valid,
        (Act::Unknown, Act::Code("(call $response (i32.const -16) (i32.const 64)) i32.const 1")),
        Act::Unknown,
    );
    let unknown_import = r#"(module (import "env" "nope" (func)) (memory (export "memory") 1)
        (func (export "__guest_call") (param i32 i32) (result i32) i32.const 0))"#;
    out.push(("link.wasm", wat::parse_str(unknown_import).unwrap()));
    out.push(("no-policy.wasm", wat::parse_str("(module)").unwrap()));
    out.push(("not.wasm", b"this is text".to_vec()));
    out
}

fn guest(settings: &str, evaluate: &Act<'_>, validate: &Act<'_>, describe: &Act<'_>) -> Vec<u8> {
    let mut data = String::new();
    let mut at = 1024;
    let mut keep = |text: &str| {
        let place = at;
        data.push_str(&format!("(data (i32.const {place}) {:?})\n", text.replace('\n', " ")).replace("\\'", "'"));
        at += text.len();
        (place, text.len())
    };
    let mut code = |act: &Act<'_>| match act {
        Act::Answer(text) => {
            let (place, length) = keep(text);
            format!("(call $response (i32.const {place}) (i32.const {length})) i32.const 1")
        }
        Act::Unknown => {
            let (place, length) = keep("No handler registered for function");
            format!("(call $error (i32.const {place}) (i32.const {length})) i32.const 0")
        }
        Act::Code(code) => (*code).to_owned(),
    };
    let settings = if settings.is_empty() { "unreachable".to_owned() } else { code(&Act::Answer(settings)) };
    let (evaluate, validate, describe) = (code(evaluate), code(validate), code(describe));
    let text = format!(
        r#"(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 64)
  {data}
  (func (export "__guest_call") (param $operation i32) (param $length i32) (result i32)
    (call $request (i32.const 0) (i32.const 65536))
    (if (result i32) (i32.eq (local.get $operation) (i32.const 17))
      (then {settings})
      (else (if (result i32) (i32.eq (i32.load8_u (i32.const 0)) (i32.const 101))
        (then {evaluate})
        (else (if (result i32) (i32.eq (i32.load8_u (i32.const 0)) (i32.const 100))
          (then {describe})
          (else {validate}))))))))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
