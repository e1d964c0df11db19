;; A command that copies standard input to standard output, up to 64 KiB.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $again
      (i32.store (i32.const 64) (i32.const 65536))
      (i32.store (i32.const 68) (i32.const 65536))
      (if (call $read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)) (then unreachable))
      (if (i32.load (i32.const 72))
        (then
          (i32.store (i32.const 68) (i32.load (i32.const 72)))
          (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))
          (br $again))))))
