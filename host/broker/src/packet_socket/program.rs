//! Filters of captures, put together: first the interface, then what the policy forces, then what was asked for. Each
//! part goes on with the next where it would accept.

use std::io;

use super::{COOKED, COOKED_2};
use crate::capabilities::capture::LONGEST_PROGRAM;
use crate::filter::{NONE, step};
use nethost_net::datagram::FilterInstruction;

/// The lengths of the headers of cooked packets.
const COOKED_HEAD: u32 = 16;
const COOKED_2_HEAD: u32 = 20;

/// Passes packets of these interfaces, and of no other.
pub(super) fn of_interfaces(indexes: &[u32]) -> Vec<FilterInstruction> {
    let mut program = vec![load_interface()];
    for (place, index) in indexes.iter().enumerate() {
        // Behind the rest of them, two instructions each, and behind the refusal.
        let rest = (indexes.len() - 1 - place) as u32 * 2 + 1;
        let passes = step(libc::BPF_JMP | libc::BPF_JA, 0, 0, rest);
        program.extend([equals(*index, 0, 1), passes]);
    }
    program.push(NONE);
    program
}

fn load_interface() -> FilterInstruction {
    use libc::{BPF_ABS, BPF_LD, BPF_W};
    let interface = (libc::SKF_AD_OFF + libc::SKF_AD_IFINDEX).cast_unsigned();
    step(BPF_LD | BPF_W | BPF_ABS, 0, 0, interface)
}

fn equals(number: u32, jump_true: u8, jump_false: u8) -> FilterInstruction {
    use libc::{BPF_JEQ, BPF_JMP, BPF_K};
    step(BPF_JMP | BPF_JEQ | BPF_K, jump_true, jump_false, number)
}

/// Accepts this much of a packet.
pub(super) fn accept(snapshot: u32) -> FilterInstruction {
    step(libc::BPF_RET | libc::BPF_K, 0, 0, snapshot)
}

/// Appends a part. What it would accept goes on behind it; packets of the part before already do.
pub(super) fn append(
    whole: &mut Vec<FilterInstruction>,
    part: &[FilterInstruction],
    link: u32,
) -> io::Result<()> {
    let length = part.len();
    for (place, instruction) in part.iter().enumerate() {
        let rest = (length - 1 - place) as u32;
        whole.push(translated(instruction, rest, link)?);
    }
    match whole.len() < LONGEST_PROGRAM {
        true => Ok(()),
        false => Err(io::Error::from_raw_os_error(libc::E2BIG)),
    }
}

/// Ends the program: what every part accepts is captured.
pub(super) fn end(whole: &mut Vec<FilterInstruction>, snapshot: u32) {
    whole.push(accept(snapshot));
}

/// An instruction within a larger program. `rest` is the number of the part's instructions behind it. The kernel checks
/// everything else when the program is attached.
fn translated(
    instruction: &FilterInstruction,
    rest: u32,
    link: u32,
) -> io::Result<FilterInstruction> {
    use libc::{BPF_ABS, BPF_IND, BPF_JA, BPF_JMP, BPF_K, BPF_LD, BPF_LDX, BPF_MSH, BPF_RET};
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    let code = u32::from(instruction.code);
    let (class, mode) = (code & 0x07, code & 0xe0);
    let mut own = FilterInstruction {
        code: instruction.code,
        jump_true: instruction.jump_true,
        jump_false: instruction.jump_false,
        operand: instruction.operand,
    };
    if class == BPF_RET {
        // What a program computes could be more than what is allowed.
        if code != BPF_RET | BPF_K {
            return Err(invalid());
        }
        return Ok(match instruction.operand {
            0 => own,
            _ => step(BPF_JMP | BPF_JA, 0, 0, rest),
        });
    }
    if class == BPF_JMP {
        // A jump out of this part would skip the next one.
        let farthest = match code == BPF_JMP | BPF_JA {
            true => instruction.operand,
            false => u32::from(instruction.jump_true.max(instruction.jump_false)),
        };
        if farthest >= rest {
            return Err(invalid());
        }
        return Ok(own);
    }
    if rest == 0 {
        return Err(invalid());
    }
    let loads = class == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)
        || class == BPF_LDX && mode == BPF_MSH;
    if loads && matches!(link, COOKED | COOKED_2) {
        own.operand = behind_head(instruction.operand, link).ok_or_else(invalid)?;
    }
    Ok(own)
}

/// Where the kernel has what is at an offset of a cooked packet, whose header does not exist yet.
fn behind_head(offset: u32, link: u32) -> Option<u32> {
    let of_kernel = |field: i32| Some((libc::SKF_AD_OFF + field).cast_unsigned());
    if offset.cast_signed() < 0 {
        return Some(offset);
    }
    match (link, offset) {
        (COOKED, 0) => of_kernel(libc::SKF_AD_PKTTYPE),
        (COOKED, 14) => of_kernel(libc::SKF_AD_PROTOCOL),
        (COOKED, _) => offset.checked_sub(COOKED_HEAD),
        (_, 0) => of_kernel(libc::SKF_AD_PROTOCOL),
        (_, 4) => of_kernel(libc::SKF_AD_IFINDEX),
        (_, 8) => of_kernel(libc::SKF_AD_HATYPE),
        (_, 10) => of_kernel(libc::SKF_AD_PKTTYPE),
        _ => offset.checked_sub(COOKED_2_HEAD),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn accepting(snapshot: u32) -> Vec<FilterInstruction> {
        vec![accept(snapshot)]
    }

    #[test]
    fn no_part_is_skipped_and_none_accepts_more() {
        let mut whole = of_interfaces(&[7]);
        append(&mut whole, &[NONE], 1).unwrap();
        append(&mut whole, &accepting(u32::MAX), 1).unwrap();
        end(&mut whole, 96);
        let returns: Vec<_> = whole
            .iter()
            .filter(|step| u32::from(step.code) == libc::BPF_RET)
            .map(|step| step.operand)
            .collect();
        assert_eq!(returns, [0, 0, 96]);
        // A jump behind the part, a computed length, and a part that does not end.
        for wrong in [
            vec![step(libc::BPF_JMP | libc::BPF_JA, 0, 0, 0)],
            vec![step(libc::BPF_JMP | libc::BPF_JEQ, 1, 0, 9), NONE],
            vec![step(libc::BPF_RET | 0x10, 0, 0, 0)],
            vec![step(libc::BPF_LD, 0, 0, 0)],
        ] {
            assert!(append(&mut whole, &wrong, 1).is_err());
        }
    }

    #[test]
    fn fields_of_cooked_headers_are_asked_of_the_kernel() {
        let packet_type = (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE).cast_unsigned();
        assert_eq!(behind_head(10, COOKED_2), Some(packet_type));
        assert_eq!(behind_head(0, COOKED), Some(packet_type));
        assert_eq!(behind_head(29, COOKED_2), Some(9));
        assert_eq!(behind_head(12, COOKED_2), None);
    }
}
