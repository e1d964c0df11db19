;; A command that answers with the number of environment variables and the error of looking for an open directory.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environment (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $environment (i32.const 256) (i32.const 260)))
    (i32.store (i32.const 260) (call $prestat (i32.const 3) (i32.const 512)))
    (i32.store (i32.const 64) (i32.const 256))
    (i32.store (i32.const 68) (i32.const 8))
    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))))
