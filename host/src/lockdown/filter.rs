//! The filter that the kernel keeps: any call that is not on the list does not exist for this process.
//!
//! The kernel walks through the program for each number there is when it takes it on, and for each call
//! thereafter. So it is a tree: a walk compares some seven times, not once for each call on the list.

use libc as c;
use seccompiler::{Error, sock_filter as Step};

use super::calls::{FOR_SOCKETS, GROUPS, When};

/// Where struct seccomp_data has its parts (linux/seccomp.h). The low half of an argument comes first on
/// machines that are little-endian; others are not built for.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "x86_64")]
const THIS_ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const THIS_ARCHITECTURE: u32 = 0xc000_00b7;

/// Restricts this process to the calls of the list.
pub(super) fn restrict(sockets: bool) -> Result<(), Error> {
    seccompiler::apply_filter(&program(sockets))
}

fn program(sockets: bool) -> Vec<Step> {
    let besides = if sockets { FOR_SOCKETS } else { &[] };
    let calls = GROUPS.iter().chain(besides).flat_map(|group| group.calls);
    let mut listed: Vec<_> = calls
        .filter_map(|call| Some((u32::try_from(call.number).ok()?, &call.when)))
        .collect();
    listed.sort_unstable_by_key(|(number, _)| *number);
    let mut spans = vec![(0, Verdict::Absent)];
    for (number, when) in listed {
        let verdict = match when {
            When::Always => Verdict::Allowed,
            when => Verdict::If(when),
        };
        // What is absent begins where the last listed one ended, which may be here.
        if spans.last().is_some_and(|(from, _)| *from == number) {
            spans.pop();
        }
        match spans.last() {
            Some((_, Verdict::Allowed)) if matches!(verdict, Verdict::Allowed) => {}
            _ => spans.push((number, verdict)),
        }
        spans.push((number + 1, Verdict::Absent));
    }
    let mut program = vec![
        load(ARCHITECTURE),
        jump(c::BPF_JEQ, THIS_ARCHITECTURE, 1, 0),
        give(c::SECCOMP_RET_KILL_PROCESS),
        load(NUMBER),
    ];
    program.extend(tree(&spans));
    program
}

/// What becomes of the calls of a span, which ends where the next begins.
enum Verdict {
    Absent,
    Allowed,
    If(&'static When),
}

/// Finds the span that the number is in.
fn tree(spans: &[(u32, Verdict)]) -> Vec<Step> {
    match spans {
        [] => vec![ABSENT],
        [(_, verdict)] => leaf(verdict),
        _ => {
            let (low, high) = spans.split_at(spans.len() / 2);
            let (from, mut steps) = (high[0].0, tree(low));
            let mut program = Vec::new();
            match u8::try_from(steps.len()) {
                Ok(over) => program.push(jump(c::BPF_JGE, from, over, 0)),
                // Only an unconditional jump reaches further.
                Err(_) => program.extend([
                    jump(c::BPF_JGE, from, 0, 1),
                    step(c::BPF_JMP | c::BPF_JA, 0, 0, steps.len() as u32),
                ]),
            }
            program.append(&mut steps);
            program.extend(tree(high));
            program
        }
    }
}

fn leaf(verdict: &Verdict) -> Vec<Step> {
    match verdict {
        Verdict::Absent => vec![ABSENT],
        Verdict::Allowed => vec![ALLOWED],
        Verdict::If(when) => match **when {
            When::Always => vec![ALLOWED],
            When::Equal(argument, values, _) => {
                one_of(argument, u32::MAX, &low_halves(values), vec![ALLOWED])
            }
            When::Masked(argument, mask, value, _) => {
                let value = value.cast_unsigned();
                one_of(argument, mask.cast_unsigned(), &[value], vec![ALLOWED])
            }
            When::OwnProcess(argument) => {
                one_of(argument, u32::MAX, &[std::process::id()], vec![ALLOWED])
            }
            When::InternetSocket => {
                let [families, kinds] =
                    [[c::AF_INET, c::AF_INET6], [c::SOCK_STREAM, c::SOCK_DGRAM]]
                        .map(|values| values.map(c::c_int::cast_unsigned));
                // Flags are beside the kind in one argument.
                let kind = one_of(1, 0xf, &kinds, vec![ALLOWED]);
                one_of(0, u32::MAX, &families, kind)
            }
        },
    }
}

fn low_halves(values: &[u64]) -> Vec<u32> {
    values.iter().map(|value| *value as u32).collect()
}

/// Goes on with `then` where the masked argument is one of these.
fn one_of(argument: u8, mask: u32, values: &[u32], then: Vec<Step>) -> Vec<Step> {
    let mut program = vec![load(ARGUMENTS + 8 * u32::from(argument))];
    if mask != u32::MAX {
        program.push(step(c::BPF_ALU | c::BPF_AND | c::BPF_K, 0, 0, mask));
    }
    for (index, value) in values.iter().enumerate() {
        // Over the comparisons that follow, and what refuses.
        let over = (values.len() - index) as u8;
        program.push(jump(c::BPF_JEQ, *value, over, 0));
    }
    program.push(ABSENT);
    program.extend(then);
    program
}

const ALLOWED: Step = give(c::SECCOMP_RET_ALLOW);
const ABSENT: Step = give(c::SECCOMP_RET_ERRNO | c::ENOSYS as u32);

const fn give(verdict: u32) -> Step {
    step(c::BPF_RET | c::BPF_K, 0, 0, verdict)
}

const fn load(offset: u32) -> Step {
    step(c::BPF_LD | c::BPF_W | c::BPF_ABS, 0, 0, offset)
}

const fn jump(comparison: u32, operand: u32, jump_true: u8, jump_false: u8) -> Step {
    let code = c::BPF_JMP | comparison | c::BPF_K;
    step(code, jump_true, jump_false, operand)
}

const fn step(code: u32, jump_true: u8, jump_false: u8, operand: u32) -> Step {
    Step {
        code: code as u16,
        jt: jump_true,
        jf: jump_false,
        k: operand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short() {
        for sockets in [false, true] {
            let program = program(sockets);
            assert!(program.len() < 400, "{}", program.len());
        }
    }
}
