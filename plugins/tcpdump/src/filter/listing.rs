//! A program in the three forms of -d: as assembler, as C, as numbers.

use std::fmt::Write as _;

use nethost_sdk::capture::Instruction;

/// The form that so many -d ask for.
pub(crate) fn print(program: &[Instruction], form: u8) -> String {
    let mut text = String::new();
    if form > 2 {
        let _ = writeln!(text, "{}", program.len());
    }
    for (place, step) in program.iter().enumerate() {
        let Instruction {
            code,
            jump_true,
            jump_false,
            operand,
        } = step;
        let _ = match form {
            1 => writeln!(text, "{}", assembler(step, place)),
            2 => writeln!(
                text,
                "{{ 0x{code:x}, {jump_true}, {jump_false}, 0x{operand:08x} }},"
            ),
            _ => writeln!(text, "{code} {jump_true} {jump_false} {operand}"),
        };
    }
    text
}

/// One line of assembler: what bpf_image(3PCAP) prints.
fn assembler(step: &Instruction, place: usize) -> String {
    let k = step.operand;
    let (operation, operand) = match step.code {
        0x06 => ("ret", format!("#{}", k.cast_signed())),
        0x16 => ("ret", String::new()),
        0x20 => ("ld", place_of(k)),
        0x28 => ("ldh", place_of(k)),
        0x30 => ("ldb", place_of(k)),
        0x80 => ("ld", "#pktlen".into()),
        0x81 => ("ldx", "#pktlen".into()),
        0x40 => ("ld", format!("[x + {}]", k.cast_signed())),
        0x48 => ("ldh", format!("[x + {}]", k.cast_signed())),
        0x50 => ("ldb", format!("[x + {}]", k.cast_signed())),
        0x00 => ("ld", format!("#0x{k:x}")),
        0x01 => ("ldx", format!("#0x{k:x}")),
        0xb1 => ("ldxb", format!("4*([{}]&0xf)", k.cast_signed())),
        0x60 => ("ld", format!("M[{}]", k.cast_signed())),
        0x61 => ("ldx", format!("M[{}]", k.cast_signed())),
        0x02 => ("st", format!("M[{}]", k.cast_signed())),
        0x03 => ("stx", format!("M[{}]", k.cast_signed())),
        0x05 => (
            "ja",
            (place as u32).wrapping_add(1).wrapping_add(k).to_string(),
        ),
        0x07 => ("tax", String::new()),
        0x87 => ("txa", String::new()),
        0x84 => ("neg", String::new()),
        0x25 => ("jgt", format!("#0x{k:x}")),
        0x35 => ("jge", format!("#0x{k:x}")),
        0x15 => ("jeq", format!("#0x{k:x}")),
        0x45 => ("jset", format!("#0x{k:x}")),
        0x2d => ("jgt", "x".into()),
        0x3d => ("jge", "x".into()),
        0x1d => ("jeq", "x".into()),
        0x4d => ("jset", "x".into()),
        0x04 => ("add", format!("#{}", k.cast_signed())),
        0x14 => ("sub", format!("#{}", k.cast_signed())),
        0x24 => ("mul", format!("#{}", k.cast_signed())),
        0x34 => ("div", format!("#{}", k.cast_signed())),
        0x94 => ("mod", format!("#{}", k.cast_signed())),
        0x54 => ("and", format!("#0x{k:x}")),
        0x44 => ("or", format!("#0x{k:x}")),
        0xa4 => ("xor", format!("#0x{k:x}")),
        0x64 => ("lsh", format!("#{}", k.cast_signed())),
        0x74 => ("rsh", format!("#{}", k.cast_signed())),
        0x0c => ("add", "x".into()),
        0x1c => ("sub", "x".into()),
        0x2c => ("mul", "x".into()),
        0x3c => ("div", "x".into()),
        0x9c => ("mod", "x".into()),
        0x5c => ("and", "x".into()),
        0x4c => ("or", "x".into()),
        0xac => ("xor", "x".into()),
        0x6c => ("lsh", "x".into()),
        0x7c => ("rsh", "x".into()),
        code => ("unimp", format!("0x{code:x}")),
    };
    let is_choice = step.code & 0x07 == 5 && step.code != 0x05;
    if is_choice {
        let (yes, no) = (
            place + 1 + usize::from(step.jump_true),
            place + 1 + usize::from(step.jump_false),
        );
        return format!("({place:03}) {operation:<8} {operand:<16} jt {yes}\tjf {no}");
    }
    format!("({place:03}) {operation:<8} {operand}")
}

/// What Linux has beside a packet, from SKF_AD_OFF on (linux/filter.h).
const BESIDE: [&str; 14] = [
    "proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype", "rxhash", "cpu", "",
    "vlan_tci", "vlanp", "payoff",
];

/// An offset into the packet, or the name of what is beside it.
fn place_of(offset: u32) -> String {
    let field = offset.wrapping_sub(0xffff_f000);
    let known = BESIDE.get((field / 4) as usize);
    let name = known.filter(|name| field.is_multiple_of(4) && !name.is_empty());
    match name {
        Some(name) => format!("[{name}]"),
        None => format!("[{}]", offset.cast_signed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_program() {
        let program = [
            Instruction {
                code: 0x15,
                jump_true: 0,
                jump_false: 1,
                operand: 0x800,
            },
            Instruction {
                code: 0x06,
                jump_true: 0,
                jump_false: 0,
                operand: 262_144,
            },
        ];
        assert_eq!(
            print(&program, 1),
            "(000) jeq      #0x800           jt 1\tjf 2\n(001) ret      #262144\n"
        );
        assert_eq!(
            print(&program, 2),
            "{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n"
        );
        assert_eq!(print(&program, 3), "2\n21 0 1 2048\n6 0 0 262144\n");
    }
}
