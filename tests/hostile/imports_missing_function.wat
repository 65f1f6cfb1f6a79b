;; Imports a function that its interface does not have: its author has mistyped a name, or has a newer contract.
(component
  (import "nethost:cap/clock@0.1.1" (instance $c (export "nowish" (func (result u64)))))
  (core func $n (canon lower (func $c "nowish")))
  (core module $m (import "c" "n" (func (result i64))) (func (export "run") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m (with "c" (instance (export "n" (func $n))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $cli)))
