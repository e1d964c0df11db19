;; Calls a capability of the host and answers with its response, or passes its error on.
(module
  (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wapc" "__host_response_len" (func $response_len (result i32)))
  (import "wapc" "__host_response" (func $host_response (param i32)))
  (import "wapc" "__host_error_len" (func $error_len (result i32)))
  (import "wapc" "__host_error" (func $host_error (param i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "kubewardenociv1/manifest_digest\"image\"")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (if (result i32)
      (call $host
        (i32.const 16) (i32.const 10) (i32.const 26) (i32.const 3)
        (i32.const 29) (i32.const 18) (i32.const 47) (i32.const 7))
      (then
        (call $host_response (i32.const 1024))
        (call $response (i32.const 1024) (call $response_len))
        (i32.const 1))
      (else
        (call $host_error (i32.const 1024))
        (call $error (i32.const 1024) (call $error_len))
        (i32.const 0)))))
