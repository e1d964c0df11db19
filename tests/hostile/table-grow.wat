;; Grows a table until it is refused, then traps.
(module
  (memory (export "memory") 1)
  (table $functions 1 funcref)
  (func (export "__guest_call") (param i32 i32) (result i32)
    (loop $again
      (br_if $again (i32.ne (table.grow $functions (ref.null func) (i32.const 10000)) (i32.const -1))))
    unreachable))
