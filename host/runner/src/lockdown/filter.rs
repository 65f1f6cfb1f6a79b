//! The system call filter in the kernel: a call that is not on the list does not exist for this process.
//!
//! When the kernel loads the program, it evaluates it for every call number; later it evaluates it for each call, and
//! before all that it compiles it. So the program is a tree, in which an evaluation makes about seven comparisons, not
//! one for each call on the list. It is also short.

use libc as c;
use seccompiler::{Error, sock_filter as Step};

use super::calls::{CODE, Call, GROUPS, Test, When};

/// The offsets in struct seccomp_data (linux/seccomp.h). On little-endian machines the lower half of an argument comes
/// first; others are not supported.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;
/// Indexes of the arguments of getsockopt(2) and setsockopt(2).
const OPTION_LEVEL: u8 = 1;
const OPTION_NAME: u8 = 2;

#[cfg(target_arch = "x86_64")]
const THIS_ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const THIS_ARCHITECTURE: u32 = 0xc000_00b7;

/// Restricts this process to the calls of the list.
pub(super) fn restrict() -> Result<(), Error> {
    seccompiler::apply_filter(&listed())
}

/// Denies this process to make anything executable. This is a second filter in front of the first.
pub(super) fn no_more_code() -> Result<(), Error> {
    seccompiler::apply_filter(&program(CODE.iter(), AT_ALLOWED))
}

fn listed() -> Vec<Step> {
    program(GROUPS.iter().flat_map(|group| group.calls), AT_ABSENT)
}

/// A filter for these calls; `others` is the verdict for all other calls.
fn program(calls: impl Iterator<Item = &'static Call>, others: usize) -> Vec<Step> {
    let mut listed: Vec<_> = calls
        .filter_map(|call| Some((u32::try_from(call.number).ok()?, &call.when)))
        .collect();
    listed.sort_by_key(|(number, _)| *number);
    let mut spans = vec![(0, Verdict::At(others))];
    for (number, when) in listed {
        let verdict = match when {
            When::Always => Verdict::At(AT_ALLOWED),
            When::Never => Verdict::At(AT_ABSENT),
            when => Verdict::If(when),
        };
        // The range of other calls begins after the last listed call; that may be this number.
        if spans.last().is_some_and(|(from, _)| *from == number) {
            spans.pop();
        }
        match spans.last() {
            Some((_, Verdict::At(AT_ALLOWED))) if matches!(verdict, Verdict::At(AT_ALLOWED)) => {}
            _ => spans.push((number, verdict)),
        }
        spans.push((number + 1, Verdict::At(others)));
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

/// The verdict for a range of call numbers. A range ends where the next one begins.
enum Verdict {
    At(usize),
    If(&'static When),
}

/// The program is built from its end, because jumps only go forward: the target of a jump exists already, and is
/// identified by its distance from the end. Each of the two verdicts exists once.
struct Program(Vec<Step>);

const AT_ABSENT: usize = 0;
const AT_ALLOWED: usize = 1;

impl Program {
    /// Finds the range that contains the call number.
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
            Verdict::At(at) => *at,
            Verdict::If(When::Always) => AT_ALLOWED,
            Verdict::If(When::Never) => AT_ABSENT,
            Verdict::If(When::If(tests, _)) => {
                let tests = tests.iter().rev();
                tests.fold(AT_ALLOWED, |then, test| match *test {
                    Test::OneOf(argument, values) => self.one_of(argument, u32::MAX, values, then),
                    Test::Masked(argument, mask, values) => {
                        self.one_of(argument, mask, values, then)
                    }
                    Test::OwnProcess(argument) => {
                        self.one_of(argument, u32::MAX, &[std::process::id()], then)
                    }
                })
            }
            Verdict::If(When::Option(options, _)) => {
                let mut levels: Vec<_> = options.iter().map(|(level, _)| level).collect();
                levels.sort_unstable();
                levels.dedup();
                let mut next = AT_ABSENT;
                for level in levels {
                    let of_level = options.iter().filter(|option| option.0 == *level);
                    let names: Vec<_> = of_level.map(|(_, name)| name.cast_unsigned()).collect();
                    let name = self.one_of(OPTION_NAME, u32::MAX, &names, AT_ALLOWED);
                    next = self.branch(c::BPF_JEQ, level.cast_unsigned(), name, next);
                }
                let low = self.emit(load(low_half(OPTION_LEVEL)), next);
                self.without_high_half(OPTION_LEVEL, low)
            }
        }
    }

    /// Continues at `then` if the masked lower half of the argument is one of these and its upper half is zero.
    fn one_of(&mut self, argument: u8, mask: u32, values: &[u32], then: usize) -> usize {
        let mut next = AT_ABSENT;
        for value in values {
            next = self.branch(c::BPF_JEQ, *value, then, next);
        }
        if mask != u32::MAX {
            next = self.emit(step(c::BPF_ALU | c::BPF_AND | c::BPF_K, 0, 0, mask), next);
        }
        let low = self.emit(load(low_half(argument)), next);
        self.without_high_half(argument, low)
    }

    /// Continues at `then` if the upper half of the argument is zero.
    fn without_high_half(&mut self, argument: u8, then: usize) -> usize {
        let zero = self.branch(c::BPF_JEQ, 0, then, AT_ABSENT);
        self.emit(load(low_half(argument) + 4), zero)
    }

    fn branch(&mut self, comparison: u32, operand: u32, yes: usize, no: usize) -> usize {
        let (yes, no) = (self.near(yes), self.near(no));
        let offset = |to| (self.0.len() - to - 1) as u8;
        self.push(jump(comparison, operand, offset(yes), offset(no)))
    }

    /// Emits a step that continues at `next`.
    fn emit(&mut self, step: Step, next: usize) -> usize {
        if next != self.last() {
            self.jump_always(next);
        }
        self.push(step)
    }

    /// A step from which a branch can reach the target, because the offsets of a branch have eight bits. There must be
    /// room for a second branch in between.
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

/// The offset of the lower half of an argument.
const fn low_half(argument: u8) -> u32 {
    ARGUMENTS + 8 * argument as u32
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
mod tests;
