//! Bombs made here: one test exceeds each limit directly, others repeat small things many times.

use super::*;

fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id][..], &number(body.len()), body].concat()
}

/// A section with this many equal entries.
fn entries(id: u8, count: usize, entry: &[u8]) -> Vec<u8> {
    section(id, &[&number(count)[..], &entry.repeat(count)].concat())
}

fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0", &sections.concat()[..]].concat()
}

fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0", &sections.concat()[..]].concat()
}

/// A component that instantiates the module this many times.
fn instances(module: &[u8], count: usize) -> Vec<u8> {
    let instantiate = entries(2, count, b"\x00\x00\x00");
    component(&[section(1, module), instantiate])
}

fn refused(bytes: &[u8]) -> String {
    match check(bytes) {
        Err(Error::Excessive(why)) => why,
        other => panic!("{other:?}"),
    }
}

const GLOBAL: &[u8] = b"\x7e\x01\x42\x2a\x0b";

#[test]
fn each_kind_is_bounded() {
    let void = entries(1, 1, b"\x60\x00\x00");
    let import = |kind: &[u8]| [&b"\x01m\x01n"[..], kind].concat();
    let cases: [(&str, usize, Vec<Vec<u8>>); 13] = [
        ("globals", 65_537, vec![entries(6, 65_537, GLOBAL)]),
        (
            "functions",
            100_001,
            vec![void.clone(), entries(3, 100_001, b"\0")],
        ),
        ("tables", 1025, vec![entries(4, 1025, b"\x70\x00\x00")]),
        (
            "table entries",
            2,
            // Two tables of a million each.
            vec![entries(4, 2, b"\x70\x00\xc0\x84\x3d")],
        ),
        ("memories", 101, vec![entries(5, 101, b"\x00\x00")]),
        ("types", 100_001, vec![entries(1, 100_001, b"\x60\x00\x00")]),
        (
            "functions",
            100_001,
            vec![void.clone(), entries(2, 100_001, &import(b"\x00\x00"))],
        ),
        (
            "globals",
            65_537,
            vec![entries(2, 65_537, &import(b"\x03\x7f\x00"))],
        ),
        (
            "exports",
            100_001,
            vec![entries(7, 100_001, b"\x01e\x03\x00")],
        ),
        (
            "data and element segments",
            100_001,
            vec![entries(11, 100_001, b"\x01\x00")],
        ),
        (
            "data and element segments",
            100_001,
            vec![entries(9, 100_001, b"\x01\x00\x00")],
        ),
        (
            "elements in segments",
            1_048_577,
            vec![section(
                9,
                &[&b"\x01\x01\x00"[..], &number(1_048_577), &[0; 1_048_577]].concat(),
            )],
        ),
        ("tags", 10_001, vec![void, entries(13, 10_001, b"\x00\x00")]),
    ];
    for (what, count, sections) in cases {
        let why = refused(&component(&[section(1, &module(&sections))]));
        assert!(
            why.starts_with("it makes more than") || why.starts_with("it declares more than"),
            "{why}"
        );
        assert!(why.ends_with(what), "{count} {what}: {why}");
    }
}

#[test]
fn what_a_component_itself_declares_is_bounded() {
    for (what, id, entry) in [
        ("imports", 10, &b"\x00\x01n\x01\x00"[..]),
        ("exports", 11, b"\x00\x01n\x01\x00\x00"),
        ("types", 7, b"\x7f"),
        ("types", 3, b"\x60\x00\x00"),
        ("functions", 8, b"\x03\x00"),
    ] {
        let why = refused(&component(&[entries(id, 100_001, entry)]));
        assert_eq!(why, format!("it declares more than 100000 {what}"));
    }
    // A count that exceeds the size of the section does not exceed a limit; it is an error of the format.
    let claimed = component(&[section(7, b"\xff\xff\xff\xff\x0f")]);
    assert!(check(&claimed).is_ok());
}

#[test]
fn what_is_instantiated_again_counts_again() {
    let thousand = module(&[entries(6, 1000, GLOBAL)]);
    assert!(check(&instances(&thousand, 60)).is_ok());
    assert_eq!(
        refused(&instances(&thousand, 70)),
        "it makes more than 65536 globals"
    );
    assert_eq!(
        refused(&instances(&module(&[]), 1001)),
        "it makes more than 1000 instances"
    );
    // Half of the limit in each of two modules.
    let half = module(&[entries(6, 40_000, GLOBAL)]);
    let two = component(&[section(1, &half), section(1, &half)]);
    assert_eq!(refused(&two), "it declares more than 65536 globals");
}

#[test]
fn components_within_components_multiply() {
    // Ten instances of ten of ten of ten.
    let mut inner = instances(&module(&[]), 10);
    for _ in 0..3 {
        inner = component(&[section(4, &inner), entries(5, 10, b"\x00\x00\x00")]);
    }
    assert_eq!(refused(&inner), "it makes more than 1000 instances");
}

#[test]
fn an_outer_module_is_counted_where_it_is_taken() {
    let thousand = module(&[entries(6, 1000, GLOBAL)]);
    // (alias outer 1 0 (core module)), instantiated.
    let alias = entries(6, 1, b"\x00\x11\x02\x01\x00");
    let inner = component(&[alias, entries(2, 70, b"\x00\x00\x00")]);
    let outer = component(&[
        section(1, &thousand),
        section(4, &inner),
        entries(5, 1, b"\x00\x00\x00"),
    ]);
    assert_eq!(refused(&outer), "it makes more than 65536 globals");
}

#[test]
fn modules_from_elsewhere_are_refused() {
    // (alias export 0 "m" (core module))
    let alias = entries(6, 1, b"\x00\x11\x00\x00\x01m");
    let why = refused(&component(&[alias]));
    assert!(why.starts_with("it takes a module from elsewhere"), "{why}");
}
