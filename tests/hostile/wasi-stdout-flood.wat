;; A command that writes to standard output for ever.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (i32.store (i32.const 64) (i32.const 65536))
    (i32.store (i32.const 68) (i32.const 65536))
    (loop $again
      (br_if $again (i32.eqz (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))))))
