;; Imports, under nethost's own name, an interface that no room offers.
(component
  (import "nethost:cap/everything@0.1.0" (instance $all (export "run-as-root" (func))))
  (core func $root (canon lower (func $all "run-as-root")))
  (core module $m
    (import "all" "root" (func $root))
    (func (export "run") (result i32) (call $root) (i32.const 0)))
  (core instance $i (instantiate $m (with "all" (instance (export "root" (func $root))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $cli)))
