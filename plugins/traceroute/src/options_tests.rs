//! Command lines and what traceroute 2.1 says to them.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn of(line: &str) -> Result<Options, Exit> {
    let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    parse(&args)
}

fn options(line: &str) -> Options {
    match of(line) {
        Ok(options) => options,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn misuse_is_told_in_the_words_of_traceroute() {
    for (line, words) in [
        ("-m 0 h", "first hop out of range"),
        ("-f 31 h", "first hop out of range"),
        ("-f 256 h", "first hop out of range"),
        ("-m 256 h", "max hops cannot be more than 255"),
        ("-q 11 h", "no more than 10 probes per hop"),
        ("-q 0 h", "no more than 10 probes per hop"),
        ("-Z h", "Bad option `-Z' (argc 1)"),
        ("--foo h", "Bad option `--foo' (argc 1)"),
        ("--wai=2 h", "Bad option `--wai=2' (with arg `2') (argc 1)"),
        (
            "-n --icmp=3 h",
            "Bad option `--icmp=3' (with arg `3') (argc 2)",
        ),
        ("h 70000", "too big packetlen 70000 specified"),
        (
            "h abc",
            "Cannot handle \"packetlen\" cmdline arg `abc' on position 2 (argc 2)",
        ),
        ("h 40 50", "Extra arg `50' (position 3, argc 3)"),
        (
            "-w abc h",
            "Cannot handle `-w' option with arg `abc' (argc 1)",
        ),
        ("-w -1 h", "bad wait specifications `-1,0,0' used"),
        ("-z -1 h", "bad sendtime `-1' specified"),
        (
            "-m",
            "Option `-m' (argc 1) requires an argument: `-m max_ttl'",
        ),
        (
            "--first",
            "Option `--first' (argc 1) requires an argument: `--first=first_ttl'",
        ),
        (
            "--first=x h",
            "Cannot handle `--first' option with arg `x' (argc 1)",
        ),
        ("-m 3", "Specify \"host\" missing argument."),
        ("-M foo h", "Unknown traceroute module foo"),
    ] {
        assert_eq!(of(line), Err(Exit::failed(2, words)), "{line}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    for flag in [
        "-A",
        "-g 1.2.3.4",
        "-l 3",
        "-D",
        "-P 99",
        "-d",
        "-UL",
        "-M raw",
        "-O mss=1",
    ] {
        let Err(Exit { stderr: words, .. }) = of(&format!("{flag} h")) else {
            panic!("{flag}")
        };
        let name = flag.split(' ').next().unwrap();
        assert!(
            words.contains(name) && words.contains("not supported"),
            "{flag}: {words}"
        );
    }
}

#[test]
fn ports_follow_the_method() {
    for (line, method, port) in [
        ("h", Method::Udp, 33_434),
        ("-U h", Method::Udp, 53),
        ("-I h", Method::Icmp, 1),
        ("-T h", Method::Tcp, 80),
        ("-T -p 443 h", Method::Tcp, 443),
        ("-p 0x35 h", Method::Udp, 53),
        ("-M tcpconn h", Method::TcpConnect, 80),
    ] {
        let options = options(line);
        assert_eq!((options.method, options.port), (method, port), "{line}");
    }
}

#[test]
fn waiting_and_pacing_have_their_units() {
    let plain = options("h");
    assert_eq!(
        plain.wait,
        Wait {
            max: 5_000_000_000,
            here: 3.0,
            near: 10.0
        }
    );
    assert_eq!(
        options("-w 2 h").wait,
        Wait {
            max: 2_000_000_000,
            here: 0.0,
            near: 0.0
        }
    );
    assert_eq!(
        options("-w 1.5,2,4 h").wait,
        Wait {
            max: 1_500_000_000,
            here: 2.0,
            near: 4.0
        }
    );
    assert_eq!(options("-z 0.5 h").send_interval, 500_000_000);
    assert_eq!(options("-z 200 h").send_interval, 200_000_000);
}

#[test]
fn mtu_discovery_implies_its_companions() {
    let options = options("--mtu h");
    assert!(options.dont_fragment);
    assert_eq!(
        (options.simultaneous, options.packet_length),
        (1, Some(65_000))
    );
}

#[test]
fn operands_may_come_first() {
    let options = options("h 1400 -n -q1");
    assert!(options.numeric);
    assert_eq!((options.packet_length, options.queries), (Some(1400), 1));
}
