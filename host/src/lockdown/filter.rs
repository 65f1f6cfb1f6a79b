//! The filter that the kernel keeps: any call that is not on the list does not exist for this process.
//!
//! The kernel walks through the program for each number there is when it takes it on, and for each call
//! thereafter, and translates it first. So it is a tree, in which a walk compares some seven times, not once
//! for each call on the list; and short.

use libc as c;
use seccompiler::{Error, sock_filter as Step};

use super::calls::{GROUPS, When};

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
pub(super) fn restrict() -> Result<(), Error> {
    seccompiler::apply_filter(&program())
}

fn program() -> Vec<Step> {
    let calls = GROUPS.iter().flat_map(|group| group.calls);
    let mut listed: Vec<_> = calls
        .filter_map(|call| Some((u32::try_from(call.number).ok()?, &call.when)))
        .collect();
    listed.sort_by_key(|(number, _)| *number);
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
    let mut program = Program(vec![ABSENT, ALLOWED]);
    let root = program.tree(&spans);
    program.emit(load(NUMBER), root);
    let number = program.last();
    let foreign = program.push(give(c::SECCOMP_RET_KILL_PROCESS));
    let known = program.branch(c::BPF_JEQ, THIS_ARCHITECTURE, number, foreign);
    program.emit(load(ARCHITECTURE), known);
    program.0.into_iter().rev().collect()
}

/// What becomes of the calls of a span, which ends where the next begins.
enum Verdict {
    Absent,
    Allowed,
    If(&'static When),
}

/// Written from its end: jumps only go forward, so whatever one goes to is there already, and is named by its
/// place from the end. Both verdicts are there once.
struct Program(Vec<Step>);

const AT_ABSENT: usize = 0;
const AT_ALLOWED: usize = 1;

impl Program {
    /// Finds the span that the number is in.
    fn tree(&mut self, spans: &[(u32, Verdict)]) -> usize {
        match spans {
            [] => AT_ABSENT,
            [(_, verdict)] => self.leaf(verdict),
            _ => {
                let (low, high) = spans.split_at(spans.len() / 2);
                let (from, high) = (high[0].0, self.tree(high));
                let low = self.tree(low);
                self.branch(c::BPF_JGE, from, high, low)
            }
        }
    }

    fn leaf(&mut self, verdict: &Verdict) -> usize {
        match verdict {
            Verdict::Absent => AT_ABSENT,
            Verdict::Allowed => AT_ALLOWED,
            Verdict::If(when) => match **when {
                When::Always => AT_ALLOWED,
                When::Equal(argument, values, _) => {
                    self.one_of(argument, u32::MAX, &low_halves(values), AT_ALLOWED)
                }
                When::Masked(argument, mask, value, _) => {
                    let value = value.cast_unsigned();
                    self.one_of(argument, mask.cast_unsigned(), &[value], AT_ALLOWED)
                }
                When::OwnProcess(argument) => {
                    self.one_of(argument, u32::MAX, &[std::process::id()], AT_ALLOWED)
                }
                When::Null(argument, _) => {
                    let low = self.one_of(argument, u32::MAX, &[0], AT_ALLOWED);
                    let low = self.branch(c::BPF_JEQ, 0, low, AT_ABSENT);
                    self.emit(load(ARGUMENTS + 8 * u32::from(argument) + 4), low)
                }
                When::Option(options, _) => {
                    let mut levels: Vec<_> = options.iter().map(|(level, _)| level).collect();
                    levels.sort_unstable();
                    levels.dedup();
                    let mut next = AT_ABSENT;
                    for level in levels {
                        let of_level = options.iter().filter(|option| option.0 == *level);
                        let names: Vec<_> =
                            of_level.map(|(_, name)| name.cast_unsigned()).collect();
                        let name = self.one_of(2, u32::MAX, &names, AT_ALLOWED);
                        next = self.branch(c::BPF_JEQ, level.cast_unsigned(), name, next);
                    }
                    self.emit(load(ARGUMENTS + 8), next)
                }
            },
        }
    }

    /// Goes on with `then` where the masked argument is one of these.
    fn one_of(&mut self, argument: u8, mask: u32, values: &[u32], then: usize) -> usize {
        let mut next = AT_ABSENT;
        for value in values {
            next = self.branch(c::BPF_JEQ, *value, then, next);
        }
        if mask != u32::MAX {
            next = self.emit(step(c::BPF_ALU | c::BPF_AND | c::BPF_K, 0, 0, mask), next);
        }
        self.emit(load(ARGUMENTS + 8 * u32::from(argument)), next)
    }

    fn branch(&mut self, comparison: u32, operand: u32, yes: usize, no: usize) -> usize {
        let (yes, no) = (self.near(yes), self.near(no));
        let offset = |to| (self.0.len() - to - 1) as u8;
        self.push(jump(comparison, operand, offset(yes), offset(no)))
    }

    /// A step that is followed by this one.
    fn emit(&mut self, step: Step, next: usize) -> usize {
        if next != self.last() {
            self.jump_always(next);
        }
        self.push(step)
    }

    /// A way there that a branch can take, whose offsets have eight bits; a second branch beside it may have
    /// to come in between.
    fn near(&mut self, to: usize) -> usize {
        if self.0.len() - to < usize::from(u8::MAX) {
            to
        } else {
            self.jump_always(to)
        }
    }

    fn jump_always(&mut self, to: usize) -> usize {
        let offset = (self.0.len() - to - 1) as u32;
        self.push(step(c::BPF_JMP | c::BPF_JA, 0, 0, offset))
    }

    fn push(&mut self, step: Step) -> usize {
        self.0.push(step);
        self.last()
    }

    fn last(&self) -> usize {
        self.0.len() - 1
    }
}

fn low_halves(values: &[u64]) -> Vec<u32> {
    values.iter().map(|value| *value as u32).collect()
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
        let program = program();
        assert!(program.len() < 200, "{}", program.len());
    }

    /// What the kernel would say to a call.
    fn verdict(program: &[Step], architecture: u32, number: u32, argument: u32) -> u32 {
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let Step { code, jt, jf, k } = program[at];
            at += 1;
            let code = u32::from(code);
            let mut branch = |yes: bool| at += usize::from(if yes { jt } else { jf });
            if code == c::BPF_RET | c::BPF_K {
                return k;
            } else if code == c::BPF_LD | c::BPF_W | c::BPF_ABS {
                accumulator = match k {
                    NUMBER => number,
                    ARCHITECTURE => architecture,
                    _ => argument,
                };
            } else if code == c::BPF_ALU | c::BPF_AND | c::BPF_K {
                accumulator &= k;
            } else if code == c::BPF_JMP | c::BPF_JEQ | c::BPF_K {
                branch(accumulator == k);
            } else if code == c::BPF_JMP | c::BPF_JGE | c::BPF_K {
                branch(accumulator >= k);
            } else {
                assert_eq!(code, c::BPF_JMP | c::BPF_JA, "an unknown instruction");
                at += k as usize;
            }
        }
    }

    #[test]
    fn it_says_what_the_list_says() {
        let (allowed, absent) = (ALLOWED.k, ABSENT.k);
        let program = program();
        let calls = || GROUPS.iter().flat_map(|group| group.calls);
        for number in 0..1000 {
            let said = |argument| verdict(&program, THIS_ARCHITECTURE, number, argument);
            let mut listed = calls().filter(|call| call.number == i64::from(number));
            let listed = listed.next();
            match listed.map(|call| &call.when) {
                None => assert_eq!(said(0), absent, "{number}"),
                Some(When::Always) => assert_eq!(said(7), allowed, "{number}"),
                Some(When::Equal(_, values, _)) => {
                    for value in *values {
                        assert_eq!(said(*value as u32), allowed, "{number} {value}");
                    }
                    assert_eq!(said(0xffff), absent, "{number}");
                }
                Some(When::Masked(_, mask, value, _)) => {
                    assert_eq!(said(value.cast_unsigned()), allowed, "{number}");
                    assert_eq!(said((!value & mask).cast_unsigned()), absent, "{number}");
                }
                Some(When::Null(..)) => {
                    assert_eq!(said(0), allowed, "{number}");
                    assert_eq!(said(1), absent, "{number}");
                }
                // Both arguments at once: IPPROTO_IP is 0, as is no option.
                Some(When::Option(..)) => assert_eq!(said(0), absent, "{number}"),
                Some(When::OwnProcess(_)) => {
                    assert_eq!(said(std::process::id()), allowed, "{number}");
                    assert_eq!(said(1), absent, "{number}");
                }
            }
        }
        let foreign = verdict(&program, THIS_ARCHITECTURE ^ 1, c::SYS_read as u32, 0);
        assert_eq!(foreign, c::SECCOMP_RET_KILL_PROCESS);
    }
}
