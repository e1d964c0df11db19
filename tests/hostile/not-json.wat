;; A response that is not JSON.
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "accepted, certainly")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $response (i32.const 16) (i32.const 19))
    (i32.const 1)))
