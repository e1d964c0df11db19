;; A command that complains on standard error and exits with status 3.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "  the settings are wrong\n")
  (func (export "_start")
    (i32.store (i32.const 64) (i32.const 256))
    (i32.store (i32.const 68) (i32.const 25))
    (drop (call $write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 72)))
    (call $exit (i32.const 3))))
