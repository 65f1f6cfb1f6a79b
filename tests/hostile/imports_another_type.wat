;; Imports a function that is offered, with another type, so that a host which trusts names would read
;; its arguments as something else.
(component
  (import "nethost:cap/files@0.1.0" (instance $files (export "read" (func (param "path" u64) (result u64)))))
  (core func $read (canon lower (func $files "read")))
  (core module $m
    (import "files" "read" (func $read (param i64) (result i64)))
    (func (export "run") (result i32) (drop (call $read (i64.const -1))) (i32.const 0)))
  (core instance $i (instantiate $m (with "files" (instance (export "read" (func $read))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $cli)))
