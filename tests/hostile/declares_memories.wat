;; Wants more memory than a run may have, all of it before its first instruction.
(component
  (core module $m
    (memory 3000)
    (func (export "run") (result i32) (i32.const 0)))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $cli)))
