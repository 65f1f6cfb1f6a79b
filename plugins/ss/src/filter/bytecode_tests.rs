//! Programs are run as the kernel runs them, and come to what our own evaluation comes to.
#![allow(clippy::unwrap_used)]

use super::super::random::Random;
use super::super::{Ephemeral, UNSPEC, same_bits};
use super::*;
use crate::socket::Socket;

const EPHEMERAL: Ephemeral = Ephemeral {
    first: 32_768,
    last: 60_999,
};

/// inet_diag_bc_run() of the kernel.
fn run(program: &[u8], socket: &Socket<'_>) -> bool {
    let mut at = 0;
    while at < program.len() {
        let half = |at: usize| i32::from(u16::from_ne_bytes([program[at], program[at + 1]]));
        let word = |at: usize| u32::from_ne_bytes(program[at..at + 4].try_into().unwrap());
        let (code, then, no) = (program[at], program[at + 1], half(at + 2) as usize);
        let holds = match code {
            1 => false,
            2 => socket.local_port >= half(at + 6),
            3 => socket.local_port <= half(at + 6),
            4 => socket.remote_port >= half(at + 6),
            5 => socket.remote_port <= half(at + 6),
            6 => EPHEMERAL.contains(socket.local_port),
            7 | 8 => {
                let (address, port) = match code {
                    7 => (&socket.local, socket.local_port),
                    _ => (&socket.remote, socket.remote_port),
                };
                let (family, bits) = (program[at + 4], program[at + 5]);
                let wanted = word(at + 8).cast_signed();
                let mut other = [0; 16];
                let width = if family == INET6 { 16 } else { 4 };
                if bits > 0 {
                    other[..width].copy_from_slice(&program[at + 12..at + 12 + width]);
                }
                let is_port = wanted == -1 || wanted == port;
                let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
                is_port
                    && if family != UNSPEC && family != socket.family {
                        let mut inner = [0; 16];
                        inner[..4].copy_from_slice(&address[12..]);
                        socket.family == INET6
                            && family == INET
                            && address[..12] == mapped
                            && same_bits(&inner, &other, bits)
                    } else {
                        bits == 0 || same_bits(address, &other, bits)
                    }
            }
            9 => socket.interface == word(at + 4),
            10 => socket.mark & word(at + 8) == word(at + 4),
            13 => socket.cgroup == u64::from_ne_bytes(program[at + 4..at + 12].try_into().unwrap()),
            code => panic!("no such instruction: {code}"),
        };
        at += if holds { usize::from(then) } else { no };
    }
    at == program.len()
}

#[test]
fn the_kernel_and_we_come_to_the_same() {
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let (mut held, mut all) = (0, 0);
    for _ in 0..3000 {
        let expression = random.expression(5);
        let Some(program) = compile(&expression) else {
            let has = |wanted: fn(&Expression) -> bool| expression.any(&wanted);
            assert!(has(|one| matches!(one, Expression::Device(_))));
            assert!(has(|one| matches!(one, Expression::Autobound)));
            continue;
        };
        for _ in 0..20 {
            let socket = random.socket();
            let holds = expression.holds(&socket, EPHEMERAL);
            assert_eq!(run(&program, &socket), holds, "{expression:?}\n{socket:?}");
            held += u32::from(holds);
            all += 1;
        }
    }
    // The test can fail: it sees both answers.
    assert!(held > all / 10 && held < all * 9 / 10, "{held} of {all}");
}

#[test]
fn what_the_kernel_cannot_judge_is_left_to_us() {
    let of_unix = Expression::Source(Host {
        family: super::super::UNIX,
        pattern: Some("*".into()),
        ..Host::default()
    });
    assert_eq!(compile(&of_unix), None);
    let not = Expression::Not(Box::new(of_unix));
    assert_eq!(compile(&not), None);
    assert_eq!(compile(&Expression::SourcePortAtLeast(-1)), None);
}
