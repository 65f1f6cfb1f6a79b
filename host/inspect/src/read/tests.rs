//! Handmade components, valid and hostile.

#![allow(clippy::unwrap_used)]

use super::*;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const MANIFEST: &str = "name = \"x\"\nsummary = \"s\"\n";

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        bytes.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id], &leb(body.len())[..], body].concat()
}

fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    section(0, &[&leb(name.len())[..], name.as_bytes(), data].concat())
}

fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [COMPONENT, &sections.concat()].concat()
}

fn excessive(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(error @ Error::Excessive(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn invalid(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(error @ Error::Invalid { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_manifest_is_found_outside_and_inside() {
    let outside = component(&[custom(SECTION, MANIFEST.as_bytes())]);
    let module = [MODULE, &custom(SECTION, MANIFEST.as_bytes())].concat();
    let inside = component(&[section(1, &module)]);
    for bytes in [&outside, &inside] {
        assert_eq!(read(bytes).unwrap().manifest.manifest().unwrap().name, "x");
    }
    assert_eq!(read(COMPONENT).unwrap().manifest, Stated::Absent);
    let two = component(&[custom(SECTION, b""), section(1, &module)]);
    assert_eq!(
        read(&two).unwrap().manifest,
        Stated::Unusable("there are 2 of them".into())
    );
    for text in [&b"\xff"[..], b"name = 1", &[b'#'; 20_000]] {
        let facts = read(&component(&[custom(SECTION, text)])).unwrap();
        assert!(matches!(facts.manifest, Stated::Unusable(_)), "{facts:?}");
    }
}

#[test]
fn imports_are_named_with_their_functions() {
    // (type (func)) as type 0, (type (instance (alias outer 1 0 (type)) (export "go" (func 0)))) as 1.
    let types = b"\x02\x40\x00\x01\x00\x42\x02\x02\x03\x02\x01\x00\x04\x00\x02go\x01\x00";
    let import = b"\x02\x00\x07a:b/c-d\x05\x01\x00\x01f\x01\x00";
    let facts = read(&component(&[section(7, types), section(10, import)])).unwrap();
    assert_eq!(facts.imports.len(), 2, "{facts:?}");
    assert_eq!(facts.imports[0].kind, Kind::Interface);
    assert_eq!(facts.imports[0].functions, ["go"]);
    assert_eq!(facts.imports[1].kind, Kind::Function);
}

#[test]
fn producers_are_plain() {
    let data = b"\x01\x08language\x01\x04Ru\x1bt\x041.95";
    let facts = read(&component(&[custom("producers", data)])).unwrap();
    assert_eq!(facts.producers[0].name, "Ru?t");
    // A malformed section is no reason to refuse the component.
    assert_eq!(
        read(&component(&[custom("producers", b"\xff")]))
            .unwrap()
            .producers,
        []
    );
}

#[test]
fn what_is_cut_or_no_component_is_invalid() {
    let whole = component(&[custom(SECTION, MANIFEST.as_bytes())]);
    for length in 9..whole.len() {
        invalid(&whole[..length]);
    }
    assert!(invalid(MODULE).contains("core module"));
    invalid(b"");
    invalid(b"\x7fELF");
    // A name with an escape character violates the format, and the message does not repeat it.
    let import = b"\x01\x00\x04\x1b[2J\x01\x00";
    let types = b"\x01\x40\x00\x01\x00";
    let message = invalid(&component(&[section(7, types), section(10, import)]));
    assert!(
        message.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{message:?}"
    );
}

#[test]
fn bombs_end_early() {
    let mut nested = COMPONENT.to_vec();
    for _ in 0..1000 {
        nested = component(&[section(4, &nested)]);
    }
    assert!(excessive(&nested).contains("16 deep"));
    // Sections that claim four billion entries and have none.
    for id in [1, 2, 5, 6, 7, 8, 10, 11] {
        let _ = invalid(&component(&[section(id, b"\xff\xff\xff\xff\x0f")]));
    }
    // Nested types: (component (type (component (type …
    for levels in [900, 1_000_000] {
        let types = [&b"\x01"[..], &b"\x41\x01\x01".repeat(levels)].concat();
        let _ = read(&component(&[section(7, &types)])).unwrap_err();
    }
}
