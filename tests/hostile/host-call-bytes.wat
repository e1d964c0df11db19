;; Sends its host a request of 100 MB.
(module
  (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1600)
  (data (i32.const 16) "kubewardenkubernetesget_resource")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $host
      (i32.const 16) (i32.const 10) (i32.const 26) (i32.const 10)
      (i32.const 36) (i32.const 12) (i32.const 1024) (i32.const 100000000))))
