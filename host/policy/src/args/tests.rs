//! What is typed is granted, and nothing else: by example, and for random command lines.
#![allow(clippy::unwrap_used)]

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use nethost_core::form;

fn covers(args: &[&str], target: &Target, names: &[&str]) -> Cover {
    let names = form::led_by(names);
    Typed::new(args).covers(Asked {
        target,
        names: &names,
    })
}

/// `a:ADDRESS`, `a:ADDRESS:PORT`, `n:NAME`, `s:SOCKET`, `p:PATH` or `w:NETWORK`.
fn target(text: &str) -> Target {
    let (kind, rest) = text.split_once(':').unwrap();
    match kind {
        "a" => match rest.parse::<std::net::SocketAddr>() {
            Ok(endpoint) => Target::remote(endpoint.ip(), Some(endpoint.port())),
            Err(_) => form::host(rest, None),
        },
        "n" => Target::Name(form::name(rest)),
        "s" => Target::Object(ObjectName::abstract_socket(rest).unwrap()),
        "w" => form::network(rest),
        _ => Target::Path(in_folder(rest)),
    }
}

fn in_folder(text: &str) -> AbsolutePath {
    AbsolutePath::new(&std::env::current_dir().unwrap(), Path::new(text)).unwrap()
}

#[test]
fn each_spelling_grants_what_it_says() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "192.0.2.1",
            &["a:192.0.2.1", "a:192.0.2.1:80", "w:192.0.2.1/32"],
            &["a:192.0.2.2", "w:192.0.2.0/24"],
        ),
        ("127.1", &["a:127.0.0.1"], &["a:127.0.0.2"]),
        ("@/tmp/a", &["s:/tmp/a", "s:@/tmp/a"], &["s:/tmp/A", "s:a"]),
        (
            "--socket=a",
            &["s:a", "s:--socket=a"],
            &["s:socket", "s:@a"],
        ),
        ("2130706433", &["a:127.0.0.1"], &[]),
        ("fe80::1%eth0", &["a:fe80::1"], &["a:fe80::2", "n:eth0"]),
        (
            "Web.Test",
            &["n:web.test", "n:web.test."],
            &["n:test", "n:a.web.test"],
        ),
        (
            "bücher.example",
            &["n:xn--bcher-kva.example"],
            &["n:bucher.example"],
        ),
        (
            "192.0.2.1:443",
            &["a:192.0.2.1:443"],
            &["a:192.0.2.1:80", "a:192.0.2.1"],
        ),
        (
            "[2001:db8::1]:443",
            &["a:[2001:db8::1]:443"],
            &["a:[2001:db8::1]:80"],
        ),
        (
            "[2001:db8::1]",
            &["a:[2001:db8::1]:80", "a:2001:db8::1"],
            &["a:2001:db8::2"],
        ),
        (
            "http://me@192.0.2.1:8080/x?u=http://10.0.0.1/",
            &["a:192.0.2.1:8080"],
            &["a:192.0.2.1:80", "a:10.0.0.1", "n:me"],
        ),
        ("https://web.test/a,b", &["n:web.test"], &["n:a", "n:b"]),
        (
            "http://10.0.0.1@192.0.2.1/",
            &["a:192.0.2.1"],
            &["a:10.0.0.1"],
        ),
        (
            "http://192.0.2.1\\@10.0.0.1/",
            &["a:10.0.0.1"],
            &["a:192.0.2.1"],
        ),
        ("ftp://[fe80::1%25eth0]/", &["a:fe80::1"], &[]),
        (
            "web.test/index.html",
            &["n:web.test", "p:web.test/index.html"],
            &["n:index.html"],
        ),
        ("etc/hosts", &["p:etc/hosts"], &["n:etc", "n:hosts"]),
        ("file:///etc/hosts", &["p:/etc/hosts"], &["p:/etc", "n:etc"]),
        (
            "10.0.0.10/24",
            &["a:10.0.0.1", "w:10.0.0.0/24", "w:10.0.0.128/25"],
            &["a:10.0.1.0", "w:10.0.0.0/23"],
        ),
        (
            "192.0.2.250-251",
            &["a:192.0.2.250", "a:192.0.2.251"],
            &["a:192.0.2.249", "a:192.0.2.252"],
        ),
        ("10.0.0.255-10.0.1.1", &["a:10.0.1.0"], &["a:10.0.1.2"]),
        (
            "10.0.0-1.1,5",
            &["a:10.0.1.5", "a:10.0.0.1"],
            &["a:10.0.2.1", "a:10.0.0.2"],
        ),
        ("10.0.*.1", &["a:10.0.77.1"], &["a:10.1.77.1"]),
        ("@192.0.2.53", &["a:192.0.2.53"], &[]),
        ("--server=ns.test", &["n:ns.test"], &["n:server"]),
        ("+server=ns.test", &["n:ns.test"], &["n:server"]),
        ("-b192.0.2.9", &["a:192.0.2.9"], &[]),
        (
            "-i4TCP@192.0.2.1:22",
            &["a:192.0.2.1:22"],
            &["a:192.0.2.1:23"],
        ),
        (
            "server=@ns.test",
            &["n:ns.test", "p:ns.test"],
            &["n:server"],
        ),
        ("a.test,192.0.2.1", &["n:a.test", "a:192.0.2.1"], &[]),
        ("default", &["w:0.0.0.0/0", "w:::/0"], &["a:192.0.2.1"]),
        ("./-", &["p:./-"], &[]),
        // Flags, counts, sizes and words that are no host.
        ("-nvv", &[], &["n:nvv", "n:vv"]),
        ("--json", &[], &["n:json"]),
        ("-i1.5", &["p:1.5"], &["a:1.0.0.5"]),
        ("--interval=1.5", &["p:1.5"], &["a:1.0.0.5"]),
        ("+time=1.5", &["p:1.5"], &["a:1.0.0.5"]),
        ("127.1,127.2", &["a:127.0.0.1", "a:127.0.0.2"], &[]),
        (
            "::ffff:10.0.0.0/120",
            &["a:10.0.0.7", "w:10.0.0.0/24"],
            &["a:10.0.1.0"],
        ),
        ("0.0.0.0", &["a:127.0.0.1", "a:0.0.0.0"], &["a:127.0.0.2"]),
        ("http://127.1/", &["a:127.0.0.1"], &[]),
        ("3", &["p:3"], &["a:0.0.0.3"]),
        ("65507", &[], &["a:0.0.255.227"]),
        ("web.test:http", &[], &["n:web.test", "a:192.0.2.1"]),
        ("10.0.0.256", &[], &["a:10.0.0.1", "a:10.0.0.256:1"]),
        ("host 10.0.0.1", &[], &["a:10.0.0.1", "n:host"]),
        ("", &[], &["n:localhost"]),
    ];
    for (arg, granted, others) in cases {
        for text in *granted {
            assert_eq!(
                covers(&[arg], &target(text), &[]),
                Cover::Itself,
                "{arg} grants {text}"
            );
        }
        for text in others.iter().filter(|text| **text != "a:10.0.0.256:1") {
            assert_eq!(
                covers(&[arg], &target(text), &[]),
                Cover::No,
                "{arg} does not grant {text}"
            );
        }
    }
}

#[test]
fn an_option_s_value_is_a_host_only_if_it_is_spelled_as_one() {
    let is = |args: &[&str], text: &str| covers(args, &target(text), &[]) == Cover::Itself;
    for option in ["-i", "--interval", "+time", "-W", "-vi"] {
        for number in ["1.5", "127.1", "2130706433", "0x7f000001", "0.2"] {
            let address = nethost_core::address::parse(number).unwrap();
            let text = format!("a:{address}");
            assert!(
                !is(&[option, number, "web.test"], &text),
                "{option} {number}"
            );
            assert!(is(&["web.test", number], &text), "{number}");
            assert!(is(&[option, "1", number], &text), "{option} 1 {number}");
            assert!(is(&["--", number], &text), "-- {number}");
        }
        assert!(is(&[option, "192.0.2.1"], "a:192.0.2.1"));
        assert!(is(&[option, "ns.test"], "n:ns.test"));
    }
}

#[test]
fn what_a_typed_name_becomes_is_granted_through_it() {
    let address = target("a:192.0.2.1:443");
    assert_eq!(
        covers(&["web.test:443"], &address, &["web.test"]),
        Cover::ByName
    );
    assert_eq!(covers(&["web.test:80"], &address, &["web.test"]), Cover::No);
    assert_eq!(
        covers(&["web.test"], &address, &["WEB.test."]),
        Cover::ByName
    );
    assert_eq!(covers(&["web.test"], &address, &["cdn.test"]), Cover::No);
    assert_eq!(
        covers(&["web.test", "192.0.2.1"], &address, &["web.test"]),
        Cover::Itself
    );
}

#[test]
fn a_long_command_line_is_read_and_asked_quickly() {
    let args: Vec<String> = (0..50_000)
        .map(|n| format!("10.{}.{}.{}", n / 65536, n / 256 % 256, n % 256))
        .collect();
    let started = std::time::Instant::now();
    let typed = Typed::new(&args);
    for arg in &args {
        let target = form::host(arg, None);
        assert_eq!(
            typed.covers(Asked {
                target: &target,
                names: &[]
            }),
            Cover::Itself
        );
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

/// One argument out of the pieces that command lines are made of.
fn argument() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,4}(\\.[a-z]{2,4}){0,2}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "[0-9a-f:]{2,12}",
        "(http|https|ftp|file)://",
        "[-@:/=,.\\[\\]%*?#\\\\]{1,2}",
        "[0-9]{1,5}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Words of a text between characters that no name has.
fn contains_name(arg: &str, name: &str) -> bool {
    let parts = arg.split(|c: char| {
        !(c.is_alphanumeric() || c.is_alphabetic() || "-_.".contains(c) || !c.is_ascii())
    });
    parts
        .flat_map(|part| {
            // An option's letter may stand before its value.
            let behind = part.char_indices().nth(2).map(|(at, _)| &part[at..]);
            [Some(part), part.strip_prefix('-'), behind]
        })
        .flatten()
        .any(|part| HostName::new(part).is_some_and(|part| part.as_str() == name))
}

/// Some part of the text, cut at any two places, reads as this address, a network or a range around it.
fn contains_address(arg: &str, address: IpAddr) -> bool {
    let cuts: Vec<usize> = arg
        .char_indices()
        .map(|(at, _)| at)
        .chain([arg.len()])
        .collect();
    cuts.iter().enumerate().any(|(i, from)| {
        cuts[i + 1..].iter().any(|to| {
            let part = &arg[*from..*to];
            let alone = part
                .parse::<IpAddr>()
                .is_ok_and(|own| own.to_canonical() == address);
            let older = || {
                nethost_core::address::inet_aton(part).is_some_and(|own| IpAddr::V4(own) == address)
            };
            alone || older()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a command line grants stands in it, letter by letter.
    #[test]
    fn nothing_is_granted_that_was_not_typed(args in prop::collection::vec(argument(), 0..4)) {
        let typed = Typed::new(&args);
        for name in typed.names.keys() {
            prop_assert!(args.iter().any(|arg| contains_name(arg, name.as_str())), "{name:?} of {args:?}");
        }
        for address in typed.addresses.keys() {
            prop_assert!(args.iter().any(|arg| contains_address(arg, address.ip())), "{address} of {args:?}");
        }
        for path in &typed.paths {
            let is_typed = |arg: &String| {
                let mut ends = arg.char_indices().map(|(at, _)| &arg[at..]);
                // The file that a URL names ends before its query and its fragment.
                ends.any(|end| {
                    let before = end.split(['?', '#']).next().unwrap_or_default();
                    let meant = |text: &str| AbsolutePath::new(Path::new("/"), &home::expand(text));
                    let is_at_home = |text: &str| text.starts_with("~/") && meant(text).as_ref() == Some(path);
                    let is = |text: &str| {
                        !text.is_empty() && (in_folder(text) == *path || is_at_home(text))
                    };
                    is(end) || is(before)
                })
            };
            prop_assert!(args.iter().any(is_typed), "{path:?} of {args:?}");
        }
        for (_, port) in &typed.sets {
            if let Some(port) = port {
                prop_assert!(args.iter().any(|arg| arg.contains(&port.to_string())));
            }
        }
    }

    /// A random target is granted only if an argument names it in one of the known spellings.
    #[test]
    fn a_neighbour_of_what_was_typed_is_not_granted(
        a in any::<u32>(), b in any::<u32>(), low in 8u8..=32, port in 1u16.., other in 1u16..,
    ) {
        let (typed, asked) = (std::net::Ipv4Addr::from(a), std::net::Ipv4Addr::from(b));
        let address = |port| Target::remote(asked.into(), port);
        let network = ipnet::Ipv4Net::new(typed, low).unwrap();
        let is = |args: &[String], target: &Target| {
            Typed::new(args).covers(Asked { target, names: &[] }) == Cover::Itself
        };
        prop_assert_eq!(is(&[format!("{typed}/{low}")], &address(None)), network.contains(&asked));
        prop_assert_eq!(is(&[typed.to_string()], &address(Some(port))), typed == asked);
        prop_assert_eq!(is(&[format!("http://u@{asked}:{port}/")], &address(Some(other))), port == other);
        let (first, last) = (typed.min(asked), typed.max(asked));
        let range = [format!("{first}-{last}")];
        prop_assert!(is(&range, &address(None)));
        let beyond = u32::from(last).checked_add(1).map(std::net::Ipv4Addr::from);
        if let Some(beyond) = beyond {
            let beyond = Target::remote(beyond.into(), None);
            let granted = is(&range, &beyond);
            prop_assert!(!granted);
        }
    }
}
