;; Two memories.
(module
  (memory (export "memory") 1)
  (memory $other 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (memory.size $other)))
