;; Claims a response of one gibibyte.
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $response (i32.const 0) (i32.const 0x40000000))
    (i32.const 1)))
