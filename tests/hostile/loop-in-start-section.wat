;; Never comes back from instantiation.
(module
  (memory (export "memory") 1)
  (func $forever (loop $again (br $again)))
  (start $forever)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
