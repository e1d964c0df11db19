;; Logs sixteen megabytes, then answers.
(module
  (import "wapc" "__console_log" (func $log (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "{\"accepted\":true}")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const 256))
    (loop $again
      (call $log (i32.const 65536) (i32.const 65536))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $response (i32.const 16) (i32.const 17))
    (i32.const 1)))
