;; Asks for table entries without end.
(component
  (core module $m
    (table $t 1 funcref)
    (func (export "run") (result i32)
      (loop $again
        (drop (table.grow $t (ref.null func) (i32.const 65536)))
        (br $again))
      unreachable))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $cli)))
