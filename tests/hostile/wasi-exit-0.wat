;; A command that answers and exits with status 0.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "{\"accepted\":true}")
  (func (export "_start")
    (i32.store (i32.const 64) (i32.const 256))
    (i32.store (i32.const 68) (i32.const 17))
    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))
    (call $exit (i32.const 0))))
