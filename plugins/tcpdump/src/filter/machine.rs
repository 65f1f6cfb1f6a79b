//! Runs a classic BPF program on a packet, as libpcap does for packets of a file: what lies beyond the packet ends the
//! program without accepting it.

use nethost_sdk::capture::Instruction;

/// Words of memory that a program has (BPF_MEMWORDS).
const WORDS: usize = 16;
/// Instructions that are run for one packet. Programs of `protochain` jump back for each header.
const MOST: u32 = 1 << 20;

/// A program that was checked: it jumps nowhere else, and its last instruction ends it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    program: Vec<Instruction>,
}

/// A program that cannot be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter is not a valid program")]
pub(crate) struct Invalid;

impl Machine {
    /// Checks a program.
    ///
    /// # Errors
    /// When it jumps beyond its end, or has no end.
    pub(crate) fn new(program: Vec<Instruction>) -> Result<Self, Invalid> {
        let length = program.len();
        for (place, step) in program.iter().enumerate() {
            let targets = match (step.code & 0x07, step.code & 0xf0) {
                (5, 0) => [beyond(place, step.operand); 2],
                (5, _) => [step.jump_true, step.jump_false].map(|by| beyond(place, by.into())),
                _ => continue,
            };
            if targets.iter().any(|target| *target >= length) {
                return Err(Invalid);
            }
        }
        match program.last() {
            Some(last) if last.code & 0x07 == 6 => Ok(Self { program }),
            None => Ok(Self { program }),
            Some(_) => Err(Invalid),
        }
    }

    /// Whether it accepts a packet, of which `length` octets were on the link.
    pub(crate) fn accepts(&self, packet: &[u8], length: u32) -> bool {
        self.program.is_empty() || self.run(packet, length).is_some_and(|kept| kept != 0)
    }

    /// How much of the packet it keeps.
    fn run(&self, packet: &[u8], length: u32) -> Option<u32> {
        let (mut a, mut x) = (0_u32, 0_u32);
        let mut memory = [0_u32; WORDS];
        let mut at = 0;
        for _ in 0..MOST {
            let step = self.program.get(at)?;
            let k = step.operand;
            at += 1;
            match step.code {
                // ret k; ret a
                0x06 => return Some(k),
                0x16 => return Some(a),
                // ld [k], ldh, ldb
                0x20 => a = word(packet, k)?,
                0x28 => a = half(packet, k)?,
                0x30 => a = byte(packet, k)?,
                // ld [x + k], ldh, ldb
                0x40 => a = word(packet, x.checked_add(k)?)?,
                0x48 => a = half(packet, x.checked_add(k)?)?,
                0x50 => a = byte(packet, x.checked_add(k)?)?,
                // ld #pktlen; ldx #pktlen; ldxb 4*([k]&0xf)
                0x80 => a = length,
                0x81 => x = length,
                0xb1 => x = (byte(packet, k)? & 0xf) << 2,
                // ld #k; ldx #k; ld M[k]; ldx M[k]
                0x00 => a = k,
                0x01 => x = k,
                0x60 => a = *memory.get(k as usize)?,
                0x61 => x = *memory.get(k as usize)?,
                // st; stx
                0x02 => *memory.get_mut(k as usize)? = a,
                0x03 => *memory.get_mut(k as usize)? = x,
                // tax; txa
                0x07 => x = a,
                0x87 => a = x,
                0x05 => at = beyond(at - 1, k),
                code if code & 0x07 == 5 => {
                    let other = if code & 0x08 == 0 { k } else { x };
                    let holds = match code & 0xf0 {
                        0x10 => a == other,
                        0x20 => a > other,
                        0x30 => a >= other,
                        0x40 => a & other != 0,
                        _ => return None,
                    };
                    at += usize::from(if holds {
                        step.jump_true
                    } else {
                        step.jump_false
                    });
                }
                code if code & 0x07 == 4 => {
                    let other = if code & 0x08 == 0 { k } else { x };
                    a = match code & 0xf0 {
                        0x00 => a.wrapping_add(other),
                        0x10 => a.wrapping_sub(other),
                        0x20 => a.wrapping_mul(other),
                        0x30 => a.checked_div(other)?,
                        0x40 => a | other,
                        0x50 => a & other,
                        0x60 => a.checked_shl(other).unwrap_or(0),
                        0x70 => a.checked_shr(other).unwrap_or(0),
                        0x80 => a.wrapping_neg(),
                        0x90 => a.checked_rem(other)?,
                        0xa0 => a ^ other,
                        _ => return None,
                    };
                }
                _ => return None,
            }
        }
        None
    }
}

/// The place that a jump leads to; of `ja`, the distance may be negative.
fn beyond(place: usize, by: u32) -> usize {
    let next = i64::try_from(place + 1).unwrap_or(i64::MAX);
    let target = next.saturating_add(by.cast_signed().into());
    usize::try_from(target).unwrap_or(usize::MAX)
}

fn word(packet: &[u8], at: u32) -> Option<u32> {
    let four = packet.get(at as usize..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*four))
}

fn half(packet: &[u8], at: u32) -> Option<u32> {
    let two = packet.get(at as usize..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*two).into())
}

fn byte(packet: &[u8], at: u32) -> Option<u32> {
    packet.get(at as usize).map(|byte| u32::from(*byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn step(code: u16, jump_true: u8, jump_false: u8, operand: u32) -> Instruction {
        Instruction {
            code,
            jump_true,
            jump_false,
            operand,
        }
    }

    #[test]
    fn what_lies_beyond_the_packet_is_not_accepted() {
        let program = vec![
            step(0x28, 0, 0, 12),
            step(0x15, 0, 1, 0x800),
            step(0x06, 0, 0, 96),
            step(0x06, 0, 0, 0),
        ];
        let machine = Machine::new(program).unwrap();
        let mut packet = [0; 14];
        packet[12] = 8;
        assert!(machine.accepts(&packet, 14));
        assert!(!machine.accepts(&packet[..13], 14));
        packet[13] = 6;
        assert!(!machine.accepts(&packet, 14));
        assert!(Machine::default().accepts(&[], 0));
    }

    #[test]
    fn a_program_that_does_not_end_is_refused() {
        for wrong in [
            vec![step(0x05, 0, 0, 0)],
            vec![step(0x15, 1, 0, 0), step(0x06, 0, 0, 0)],
            vec![step(0x05, 0, 0, u32::MAX - 1), step(0x06, 0, 0, 0)],
            vec![step(0x00, 0, 0, 0)],
        ] {
            assert_eq!(Machine::new(wrong).unwrap_err(), Invalid);
        }
    }

    #[test]
    fn a_division_by_zero_accepts_nothing() {
        let divide = vec![
            step(0x00, 0, 0, 1),
            step(0x3c, 0, 0, 0),
            step(0x06, 0, 0, 1),
        ];
        assert!(!Machine::new(divide).unwrap().accepts(&[], 0));
    }
}
