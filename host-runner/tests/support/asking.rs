//! A waPC guest that makes one host call over and over and tells what it heard.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

/// What the guest asks when it validates. It prints each answer to its console and accepts; a refusal is its error.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// Namespace and operation.
    pub(crate) path: &'a str,
    /// The payload.
    pub(crate) payload: &'a str,
    /// How often it asks.
    pub(crate) times: u32,
}

impl Asking<'_> {
    /// The module.
    pub(crate) fn wasm(&self) -> Vec<u8> {
        let (namespace, operation) = self.path.split_once('/').unwrap();
        let (name, calls) = (namespace.len(), operation.len());
        let length = self.payload.len();
        // Below: the operation, then fixed texts; the payload from the second page on, and behind it room for answers.
        let answer = 65_536 + length;
        let pages = answer.div_ceil(65_536) + 16;
        // A payload of one character many times over needs no data.
        let uniform = length > 65_536;
        let data = if uniform { String::new() } else { format!("(data (i32.const 65536) {})", quoted(self.payload)) };
        let fill = if uniform {
            let byte = self.payload.as_bytes().first().unwrap();
            format!("(memory.fill (i32.const 65536) (i32.const {byte}) (i32.const {length}))")
        } else {
            String::new()
        };
        let times = self.times;
        let text = format!(
            r#"(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (import "wapc" "__console_log" (func $log (param i32 i32)))
  (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wapc" "__host_response_len" (func $response_len (result i32)))
  (import "wapc" "__host_response" (func $host_response (param i32)))
  (import "wapc" "__host_error_len" (func $error_len (result i32)))
  (import "wapc" "__host_error" (func $host_error (param i32)))
  (memory (export "memory") {pages})
  (data (i32.const 1024) "kubewarden")
  (data (i32.const 1040) "{namespace}")
  (data (i32.const 1100) "{operation}")
  (data (i32.const 1200) "{{\"valid\":true}}")
  (data (i32.const 1300) "{{\"accepted\":true}}")
  (data (i32.const 1400) "No handler registered for function")
  {data}
  (func (export "__guest_call") (param $operation i32) (param $length i32) (result i32)
    (local $left i32)
    ;; `validate_settings` has 17 letters, `validate` 8.
    (if (i32.eq (local.get $operation) (i32.const 17))
      (then (call $response (i32.const 1200) (i32.const 14)) (return (i32.const 1))))
    (if (i32.ne (local.get $operation) (i32.const 8))
      (then (call $error (i32.const 1400) (i32.const 34)) (return (i32.const 0)))
      (else
        (call $request (i32.const 0) (i32.const {answer}))
        ;; `evaluate` has as many letters as `validate`.
        (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 101))
          (then (call $error (i32.const 1400) (i32.const 34)) (return (i32.const 0))))))
    {fill}
    (local.set $left (i32.const {times}))
    (loop $again
      (if (i32.eqz (call $host
          (i32.const 1024) (i32.const 10) (i32.const 1040) (i32.const {name})
          (i32.const 1100) (i32.const {calls}) (i32.const 65536) (i32.const {length})))
        (then
          (call $host_error (i32.const {answer}))
          (call $error (i32.const {answer}) (call $error_len))
          (return (i32.const 0))))
      (call $host_response (i32.const {answer}))
      (if (call $response_len) (then (call $log (i32.const {answer}) (call $response_len))))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (call $response (i32.const 1300) (i32.const 17))
    (i32.const 1)))"#
        );
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A text as the text format writes it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\{byte:02x}"),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// A module with Kubewarden's metadata in it.
pub(crate) fn with_metadata(wasm: &[u8], metadata: &serde_json::Value) -> Vec<u8> {
    let name = b"io.kubewarden.metadata";
    let content = metadata.to_string();
    let mut section = leb(name.len());
    section.extend_from_slice(name);
    section.extend_from_slice(content.as_bytes());
    [wasm, &[0], &leb(section.len()), &section].concat()
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}
