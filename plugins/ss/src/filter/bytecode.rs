//! A filter in the kernel's language (linux/inet_diag.h: INET_DIAG_BC_…), so that sockets that are not shown need not be
//! told. Each instruction says how far to go on where it holds, and where it does not; behind the end is the rejection.

use super::{Expression, Host, INET, INET6, UNSPEC};

const JUMP: u8 = 1;
const SOURCE_PORT_GE: u8 = 2;
const SOURCE_PORT_LE: u8 = 3;
const DESTINATION_PORT_GE: u8 = 4;
const DESTINATION_PORT_LE: u8 = 5;
const AUTOBOUND: u8 = 6;
const SOURCE: u8 = 7;
const DESTINATION: u8 = 8;
const DEVICE: u8 = 9;
const MARK: u8 = 10;
const CGROUP: u8 = 13;

/// The longest program that the contract takes.
const LONGEST: usize = 16 << 10;

/// The program, unless the kernel cannot judge this, or it would be too long.
pub(crate) fn compile(expression: &Expression) -> Option<Vec<u8>> {
    // ss of iproute2 has its own code judge all of a filter with `dev`, and by that code other ports are chosen by the kernel.
    let has = |wanted: fn(&Expression) -> bool| expression.any(&wanted);
    if has(|one| matches!(one, Expression::Device(_)))
        && has(|one| matches!(one, Expression::Autobound))
    {
        return None;
    }
    let program = program(expression)?;
    (program.len() <= LONGEST).then_some(program)
}

fn program(expression: &Expression) -> Option<Vec<u8>> {
    let program = match expression {
        Expression::And(one, other) => {
            let mut first = program(one)?;
            let second = program(other)?;
            // What rejects goes beyond the second too.
            relocate(&mut first, second.len());
            first.extend(second);
            first
        }
        Expression::Or(one, other) => {
            let mut first = program(one)?;
            let second = program(other)?;
            // What rejects comes to the second one; what holds jumps over it.
            first.extend(instruction(JUMP, 4, second.len() + 4));
            first.extend(second);
            first
        }
        Expression::Not(inner) => {
            let mut program = program(inner)?;
            // What holds comes to this and is rejected.
            program.extend(instruction(JUMP, 4, 8));
            program
        }
        Expression::Source(of) => host(SOURCE, of)?,
        Expression::Destination(of) => host(DESTINATION, of)?,
        Expression::SourcePortAtLeast(port) => bound(SOURCE_PORT_GE, *port)?,
        Expression::SourcePortAtMost(port) => bound(SOURCE_PORT_LE, *port)?,
        Expression::DestinationPortAtLeast(port) => bound(DESTINATION_PORT_GE, *port)?,
        Expression::DestinationPortAtMost(port) => bound(DESTINATION_PORT_LE, *port)?,
        Expression::Autobound => instruction(AUTOBOUND, 4, 8).to_vec(),
        Expression::Device(index) => with(DEVICE, &index.to_ne_bytes()),
        Expression::Mark { mark, mask } => {
            with(MARK, &[mark.to_ne_bytes(), mask.to_ne_bytes()].concat())
        }
        Expression::Cgroup(id) => with(CGROUP, &id.to_ne_bytes()),
    };
    // A jump has sixteen bits.
    (program.len() < 1 << 15).then_some(program)
}

fn instruction(code: u8, then: u8, otherwise: usize) -> [u8; 4] {
    let [low, high] = (otherwise as u16).to_ne_bytes();
    [code, then, low, high]
}

/// An instruction with these operands, that rejects where it does not hold.
fn with(code: u8, operands: &[u8]) -> Vec<u8> {
    let length = 4 + operands.len();
    let mut program = instruction(code, length as u8, length + 4).to_vec();
    program.extend_from_slice(operands);
    program
}

/// A bound of ports is in the second half of an instruction.
fn bound(code: u8, port: i32) -> Option<Vec<u8>> {
    let port = u16::try_from(port).ok()?;
    Some(with(code, &instruction(0, 0, port.into())))
}

fn host(code: u8, host: &Host) -> Option<Vec<u8>> {
    let width = match host.family {
        UNSPEC if host.bits == 0 => 0,
        INET => 4,
        INET6 => 16,
        _ => return None,
    };
    let port = host.port.map_or(-1, |port| port);
    let mut addresses = host.addresses.clone();
    if addresses.is_empty() {
        addresses.push([0; 16]);
    }
    let one = 4 + 8 + width;
    let total = addresses.len() * (one + 4) - 4;
    if total > LONGEST {
        return None;
    }
    let mut program = Vec::with_capacity(total);
    for (index, address) in addresses.iter().enumerate() {
        program.extend(instruction(code, one as u8, one + 4));
        program.extend([host.family, host.bits, 0, 0]);
        program.extend(port.to_ne_bytes());
        program.extend(&address[..width]);
        if index + 1 < addresses.len() {
            // What holds needs no other; what does not comes to the next one.
            let rest = total - program.len();
            program.extend(instruction(JUMP, 4, rest));
        }
    }
    Some(program)
}

/// Rejections go on by this much.
fn relocate(program: &mut [u8], by: usize) {
    let length = program.len();
    let mut at = 0;
    while at + 4 <= length {
        let otherwise = usize::from(u16::from_ne_bytes([program[at + 2], program[at + 3]]));
        if at + otherwise == length + 4 {
            let further = (otherwise + by) as u16;
            program[at + 2..at + 4].copy_from_slice(&further.to_ne_bytes());
        }
        at += usize::from(program[at + 1]).max(4);
    }
}

#[cfg(test)]
#[path = "bytecode_tests.rs"]
mod tests;
