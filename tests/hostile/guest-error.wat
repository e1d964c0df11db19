;; Declares every call failed, with a text.
(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "the settings have no key `a`")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $error (i32.const 16) (i32.const 28))
    (i32.const 0)))
