//! Programs of the kernel's filter language for sockets (INET_DIAG_REQ_BYTECODE of linux/inet_diag.h), checked before the
//! kernel gets them.

use std::collections::BTreeSet;

use crate::message::u16_at;
use crate::{Error, INET, INET6, invalid};

/// The longest filter that fits into a message beside the request.
pub const LONGEST_FILTER: usize = 16 << 10;

/// INET_DIAG_BC_…
mod code {
    pub(super) const NOP: u8 = 0;
    pub(super) const JUMP: u8 = 1;
    pub(super) const SOURCE_PORT_GE: u8 = 2;
    pub(super) const DESTINATION_PORT_LE: u8 = 5;
    pub(super) const AUTO: u8 = 6;
    pub(super) const SOURCE: u8 = 7;
    pub(super) const DESTINATION: u8 = 8;
    pub(super) const DEVICE: u8 = 9;
    pub(super) const MARK: u8 = 10;
    pub(super) const SOURCE_PORT: u8 = 11;
    pub(super) const DESTINATION_PORT: u8 = 12;
    pub(super) const CGROUP: u8 = 13;
}

/// Checks a program of the kernel's filter language: each instruction has its operands, and goes on to another one, to the
/// end, or to the rejection behind it. The kernel checks it too.
pub fn check_filter(filter: &[u8]) -> Result<(), Error> {
    let length = filter.len();
    if length > LONGEST_FILTER || !length.is_multiple_of(4) {
        return Err(invalid(
            "a filter is at most 16384 octets long, in words of four",
        ));
    }
    // From where the instructions begin, and where each may go on when it does not hold.
    let mut begins = BTreeSet::new();
    let mut otherwise = Vec::new();
    let mut at = 0;
    while at < length {
        begins.insert(at);
        let cut = || invalid("an instruction of the filter is cut off");
        let code = *filter.get(at).ok_or_else(cut)?;
        let then = usize::from(*filter.get(at + 1).ok_or_else(cut)?);
        let no = usize::from(u16_at(filter, at + 2).ok_or_else(cut)?);
        let rest = length - at;
        if then < 4 || then > rest || !then.is_multiple_of(4) {
            return Err(invalid("an instruction of the filter has no such length"));
        }
        let least = match code {
            code::NOP | code::AUTO => 4,
            code::JUMP => 4,
            code::SOURCE_PORT_GE..=code::DESTINATION_PORT_LE
            | code::SOURCE_PORT
            | code::DESTINATION_PORT
            | code::DEVICE => 8,
            code::MARK | code::CGROUP => 12,
            code::SOURCE | code::DESTINATION => {
                let (family, prefix) = (filter.get(at + 4), filter.get(at + 5));
                let (address, most) = match family.copied() {
                    Some(0) => (0, 0),
                    Some(INET) => (4, 32),
                    Some(INET6) => (16, 128),
                    _ => return Err(invalid("no such family in the filter")),
                };
                if *prefix.unwrap_or(&0) > most {
                    return Err(invalid("no such prefix in the filter"));
                }
                12 + address
            }
            _ => return Err(invalid("no such instruction in the filter")),
        };
        if then < least {
            return Err(invalid("an instruction of the filter lacks operands"));
        }
        // A no-operation does not heed it.
        if code != code::NOP {
            if no < 4 || no > rest + 4 || !no.is_multiple_of(4) {
                return Err(invalid("the filter goes on beyond its end"));
            }
            otherwise.push(at + no);
        }
        at += then;
    }
    let ends = [length, length + 4];
    match otherwise
        .iter()
        .all(|at| ends.contains(at) || begins.contains(at))
    {
        true => Ok(()),
        false => Err(invalid("the filter goes on within an instruction")),
    }
}

/// Whether a filter, which [`check_filter`] has passed, asks for what only the privileged may know.
pub fn asks_for_marks(filter: &[u8]) -> bool {
    let mut at = 0;
    while let (Some(code), Some(then @ 4..)) = (filter.get(at), filter.get(at + 1)) {
        if *code == code::MARK {
            return true;
        }
        at += usize::from(*then);
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn op(code: u8, then: u8, no: u16) -> Vec<u8> {
        let mut op = vec![code, then];
        op.extend(no.to_ne_bytes());
        op
    }

    #[test]
    fn filters_end_where_they_may() {
        let port = [op(2, 8, 12), op(0, 0, 22)].concat();
        check_filter(&port).unwrap();
        check_filter(&[op(6, 4, 8)].concat()).unwrap();
        let both = [op(2, 8, 20), op(0, 0, 22), port.clone()].concat();
        check_filter(&both).unwrap();
        for wrong in [
            vec![2, 8, 12],
            op(2, 4, 8),
            op(2, 0, 4),
            op(14, 4, 8),
            op(1, 4, 12),
            op(1, 4, 6),
            op(1, 4, 0),
            [op(7, 12, 16), vec![9, 0, 0, 0, 0, 0, 0, 0]].concat(),
            [op(7, 16, 20), vec![2, 33, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]].concat(),
            // Into an operand.
            [op(1, 4, 8), op(2, 8, 12), op(0, 0, 22)].concat(),
            vec![0; LONGEST_FILTER + 4],
        ] {
            assert!(check_filter(&wrong).is_err(), "{wrong:?}");
        }
    }
}
