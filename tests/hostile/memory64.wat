;; A memory with 64-bit pointers.
(module
  (memory (export "memory") i64 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
