;; Asks its host for the same thing without end, whatever the host says.
(module
  (import "wapc" "__host_call" (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "kubewardenkubernetesget_resource{}")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (loop $again
      (drop (call $host
        (i32.const 16) (i32.const 10) (i32.const 26) (i32.const 10)
        (i32.const 36) (i32.const 12) (i32.const 48) (i32.const 2)))
      (br $again))
    (unreachable)))
