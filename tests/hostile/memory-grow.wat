;; Grows its memory until it is refused, then traps as an allocator does.
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 256)) (i32.const -1))))
    unreachable))
