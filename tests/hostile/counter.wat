;; Counts its calls in memory and answers the count as a digit: a fresh instance always answers 1.
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "0")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1)))
    (call $response (i32.const 16) (i32.const 1))
    (i32.const 1)))
