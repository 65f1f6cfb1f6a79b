//! Types that are not `async` become so where the contract says it, and nothing else changes.
#![allow(clippy::unwrap_used)]
use super::*;

/// A component of the world without `async`, in the shape that wit-component writes: an interface with two functions of
/// one type, a nested component with the same import, and `run`.
const SYNCHRONOUS: &str = r#"(component
  (type $clock (instance
    (type (func (param "how-long" u64)))
    (export "wait-for" (func (type 0)))
    (export "of-another-time" (func (type 0)))
    (type u64)
    (export "mark" (type (eq 1)))
    (type (func (result 2)))
    (export "now" (func (type 3)))
  ))
  (import "nethost:cap/clock@0.1.0" (instance $c (type $clock)))
  (type $done (func))
  (import "terminated" (func $terminated (type $done)))
  (component $inner
    (type $clock (instance
      (type (func (param "how-long" u64)))
      (export "wait-for" (func (type 0)))
    ))
    (import "nethost:cap/clock@0.1.0" (instance (type $clock)))
  )
  (instance (instantiate $inner (with "nethost:cap/clock@0.1.0" (instance $c))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "run") (param i32 i32) (result i32) unreachable)
  )
  (core instance $i (instantiate $m))
  (type $run (func (param "args" (list string)) (result (result u8 (error string)))))
  (func $run (type $run) (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc"))))
  (export "run" (func $run))
)"#;

fn asynchronous(text: &str) -> String {
    text.replace(
        r#"(type (func (param "how-long" u64)))
    (export "wait-for" (func (type 0)))
    (export "of"#,
        r#"(type (func async (param "how-long" u64)))
    (export "wait-for" (func (type 0)))
    (type (func (param "how-long" u64)))
    (export "of"#,
    )
    .replace(
        r#"of-another-time" (func (type 0))"#,
        r#"of-another-time" (func (type 1))"#,
    )
    .replace("(eq 1)", "(eq 2)")
    .replace("(result 2)))", "(result 3)))")
    .replace(r#"now" (func (type 3))"#, r#"now" (func (type 4))"#)
    .replace(
        r#"      (type (func (param "how-long" u64)))"#,
        r#"      (type (func async (param "how-long" u64)))"#,
    )
    .replace("(type $done (func))", "(type $done (func async))")
    .replace("(type $run (func (param", "(type $run (func async (param")
}

/// The types of the imports and exports, in an order that does not depend on how they were declared.
fn types(component: &[u8]) -> Vec<String> {
    let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
    let types = validator.validate_all(component).unwrap();
    let types = types.as_ref();
    let mut shown = Vec::new();
    let mut show = |name: &str, entity: wasmparser::component_types::ComponentEntityType| {
        use wasmparser::component_types::ComponentEntityType as Entity;
        match entity {
            Entity::Func(id) => {
                shown.push(format!("{name} async: {}", types[id].async_));
            }
            Entity::Instance(id) => {
                for (function, item) in &types[id].exports {
                    if let Entity::Func(id) = item.ty {
                        shown.push(format!("{name} {function} async: {}", types[id].async_));
                    }
                }
            }
            _ => {}
        }
    };
    for name in ["nethost:cap/clock@0.1.0", "terminated"] {
        if let Some(item) = types.component_item_for_import(name) {
            show(name, item.ty);
        }
    }
    if let Some(item) = types.component_item_for_export(RUN) {
        show(RUN, item.ty);
    }
    shown.sort();
    shown
}

#[test]
fn types_become_async_where_the_contract_has_them() {
    let component = wat::parse_str(SYNCHRONOUS).unwrap();
    let expected = wat::parse_str(asynchronous(SYNCHRONOUS)).unwrap();
    let rewritten = with_async_types(&component).unwrap();
    assert_ne!(types(&component), types(&expected));
    assert_eq!(types(&rewritten), types(&expected));
    assert_eq!(
        types(&rewritten),
        [
            "nethost:cap/clock@0.1.0 now async: false",
            "nethost:cap/clock@0.1.0 of-another-time async: false",
            "nethost:cap/clock@0.1.0 wait-for async: true",
            "run async: true",
            "terminated async: true",
        ]
    );
}

#[test]
fn what_has_async_types_is_as_it_was() {
    let component = wat::parse_str(asynchronous(SYNCHRONOUS)).unwrap();
    assert!(matches!(
        with_async_types(&component).unwrap(),
        Cow::Borrowed(_)
    ));
}

#[test]
fn a_component_that_is_cut_is_no_panic() {
    let component = wat::parse_str(SYNCHRONOUS).unwrap();
    for length in 0..component.len() {
        let _ = with_async_types(&component[..length]);
    }
    for at in 8..component.len() {
        let mut damaged = component.clone();
        damaged[at] ^= 0xff;
        let _ = with_async_types(&damaged);
    }
}
