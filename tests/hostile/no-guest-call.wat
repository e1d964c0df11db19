;; Has an initialiser, but no call.
(module
  (memory (export "memory") 1)
  (func (export "wapc_init")))
