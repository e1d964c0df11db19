;; A log line that is not UTF-8.
(module
  (import "wapc" "__console_log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\ff\fe\fd")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $log (i32.const 16) (i32.const 3))
    (i32.const 0)))
