//! Interprets the filters as the kernel does, and compares them with the list, call by call and half by half.

use super::*;

#[test]
fn they_are_short() {
    let listed = listed();
    assert!(listed.len() < 300, "{}", listed.len());
    let code = program(CODE.iter(), AT_ALLOWED);
    assert!(code.len() < 30, "{}", code.len());
}

/// The kernel's verdict for a call.
fn verdict(program: &[Step], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
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
                _ => {
                    let half = (k - ARGUMENTS) as usize / 4;
                    (arguments[half / 2] >> (32 * (half % 2))) as u32
                }
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

/// Arguments with which a call is allowed; none if it is never allowed.
fn fitting(when: &When) -> Vec<[u64; 6]> {
    match when {
        When::Always => vec![[0; 6]],
        When::Never => Vec::new(),
        When::If(tests, _) => tests
            .iter()
            .fold(vec![[0; 6]], |fitting, test| match *test {
                Test::OneOf(argument, values) => with_each(&fitting, argument, values),
                Test::Masked(argument, mask, values) => {
                    // Bits outside of the mask may have any value.
                    let beside = values.iter().flat_map(|value| [*value, value | !mask]);
                    with_each(&fitting, argument, &beside.collect::<Vec<_>>())
                }
                Test::OwnProcess(argument) => with_each(&fitting, argument, &[std::process::id()]),
            }),
        When::Option(options, _) => options
            .iter()
            .map(|(level, name)| [3, *level as u64, *name as u64, 0, 4, 0])
            .collect(),
    }
}

fn with_each(all: &[[u64; 6]], argument: u8, values: &[u32]) -> Vec<[u64; 6]> {
    let with = |value: &u32| {
        let value = u64::from(*value);
        all.iter().map(move |arguments| {
            let mut arguments = *arguments;
            arguments[usize::from(argument)] = value;
            arguments
        })
    };
    values.iter().flat_map(with).collect()
}

/// The arguments that the filter tests for a call.
fn judged(when: &When) -> Vec<u8> {
    match when {
        When::Always | When::Never => Vec::new(),
        When::If(tests, _) => tests
            .iter()
            .map(|test| match test {
                Test::OneOf(argument, _)
                | Test::Masked(argument, ..)
                | Test::OwnProcess(argument) => *argument,
            })
            .collect(),
        When::Option(..) => vec![OPTION_LEVEL, OPTION_NAME],
    }
}

/// Each listed call is allowed with matching arguments. It is not allowed with any bit of the upper half of a tested
/// argument set, if the lower half is unchanged.
#[test]
fn a_high_half_is_no_way_around() {
    let (allowed, absent) = (ALLOWED.k, ABSENT.k);
    let listed = listed();
    let code = program(CODE.iter(), AT_ALLOWED);
    let calls = GROUPS.iter().flat_map(|group| group.calls);
    let both = calls
        .map(|call| (&listed, call))
        .chain(CODE.iter().map(|call| (&code, call)));
    let mut tried = 0;
    for (program, call) in both {
        let said = |arguments| verdict(program, THIS_ARCHITECTURE, call.number as u32, arguments);
        for arguments in fitting(&call.when) {
            assert_eq!(said(arguments), allowed, "{} {arguments:x?}", call.name);
            for argument in judged(&call.when) {
                for bit in 32..64 {
                    let mut high = arguments;
                    high[usize::from(argument)] |= 1 << bit;
                    assert_eq!(said(high), absent, "{} {high:x?}", call.name);
                    tried += 1;
                }
                let mut all = arguments;
                all[usize::from(argument)] |= 0xffff_ffff_0000_0000;
                assert_eq!(said(all), absent, "{} {all:x?}", call.name);
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

#[test]
fn they_say_what_the_list_says() {
    let (allowed, absent) = (ALLOWED.k, ABSENT.k);
    let program = listed();
    let calls = || GROUPS.iter().flat_map(|group| group.calls);
    for number in 0..1000 {
        let said = |arguments| verdict(&program, THIS_ARCHITECTURE, number, arguments);
        let mut listed = calls().filter(|call| call.number == i64::from(number));
        let listed = listed.next();
        let Some(call) = listed else {
            assert_eq!(said([0; 6]), absent, "{number}");
            continue;
        };
        match call.when {
            When::Always => assert_eq!(said([7; 6]), allowed, "{number}"),
            When::Never => assert_eq!(said([0; 6]), absent, "{number}"),
            When::If(tests, _) => {
                for test in tests {
                    let (argument, mask, values) = match *test {
                        Test::OneOf(argument, values) => (argument, u32::MAX, values),
                        Test::Masked(argument, mask, values) => (argument, mask, values),
                        Test::OwnProcess(argument) => (argument, u32::MAX, &[][..]),
                    };
                    // All arguments match except this one: each tested bit is changed, and some other values are tried.
                    for mut arguments in fitting(&call.when) {
                        let bits = (0..32).map(|bit| 1 << bit);
                        for wrong in bits.chain([0, 1, 0xffff, u32::MAX]) {
                            let own = values.is_empty() && wrong == std::process::id();
                            if own || values.contains(&(wrong & mask)) {
                                continue;
                            }
                            arguments[usize::from(argument)] = wrong.into();
                            let name = call.name;
                            assert_eq!(said(arguments), absent, "{name} {arguments:x?}");
                        }
                    }
                }
            }
            When::Option(options, _) => {
                for level in [0, 1, 6, 17, 41, 255, 263] {
                    for name in 0..128 {
                        let known = options.contains(&(level, name));
                        let arguments = [3, level as u64, name as u64, 0, 4, 0];
                        let expected = if known { allowed } else { absent };
                        assert_eq!(said(arguments), expected, "{} {arguments:?}", call.name);
                    }
                }
            }
        }
    }
    let foreign = verdict(&program, THIS_ARCHITECTURE ^ 1, c::SYS_read as u32, [0; 6]);
    assert_eq!(foreign, c::SECCOMP_RET_KILL_PROCESS);
}

#[test]
fn nothing_becomes_executable() {
    let program = program(CODE.iter(), AT_ALLOWED);
    let said = |number: c::c_long, protection: c::c_int| {
        let arguments = [0, 4096, protection as u64, 0, 0, 0];
        verdict(&program, THIS_ARCHITECTURE, number as u32, arguments)
    };
    for number in [c::SYS_mmap, c::SYS_mprotect] {
        assert_eq!(said(number, c::PROT_READ | c::PROT_WRITE), ALLOWED.k);
        assert_eq!(said(number, c::PROT_READ | c::PROT_EXEC), ABSENT.k);
        assert_eq!(said(number, c::PROT_EXEC), ABSENT.k);
    }
    assert_eq!(said(c::SYS_read, c::PROT_EXEC), ALLOWED.k);
}
