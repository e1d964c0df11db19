;; Is refused memory, lives with it, and answers.
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "{\"accepted\":true}")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 60000)))
    (call $response (i32.const 16) (i32.const 17))
    (i32.const 1)))
