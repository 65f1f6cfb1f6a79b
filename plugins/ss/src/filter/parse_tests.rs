//! Words and what they mean. Names are not looked up here.
#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::super::{INET, INET6, NETLINK, UNSPEC};
use super::*;

fn read(text: &str) -> Result<Option<Expression>, Exit> {
    let mut services = Services::default();
    let mut groups = ControlGroups::known("/sys/fs/cgroup", &[(1, "/"), (42, "/a.slice")]);
    let mut surroundings = Surroundings {
        services: &mut services,
        control_groups: &mut groups,
        tcp: true,
        udp: false,
        family: UNSPEC,
        said: None,
    };
    let words = [text.to_owned()];
    let reading = pin!(parse(&words, &mut surroundings));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(read) => read,
        Poll::Pending => panic!("a name is looked up"),
    }
}

fn port(port: i32) -> Host {
    Host {
        port: Some(port),
        ..Host::default()
    }
}

#[test]
fn conditions_bind_from_left_to_right() {
    use Expression::{And, Destination, Not, Or, Source, SourcePortAtLeast};
    let source = |number| Box::new(Source(port(number)));
    assert_eq!(read("").unwrap(), None);
    assert_eq!(
        read("sport = :22 or sport 80 and sport :443").unwrap(),
        Some(And(Box::new(Or(source(22), source(80))), source(443)))
    );
    assert_eq!(
        read("! sport 1 sport 2").unwrap(),
        Some(And(Box::new(Not(source(1))), source(2)))
    );
    assert_eq!(
        read("( dport = 0x16 | sport >= 1024 )").unwrap(),
        Some(Or(
            Box::new(Destination(port(22))),
            Box::new(SourcePortAtLeast(1024))
        ))
    );
}

#[test]
fn addresses_are_networks_with_ports() {
    let host = |text: &str| match read(text).unwrap() {
        Some(Expression::Destination(host)) => host,
        other => panic!("{other:?}"),
    };
    let one = host("dst 10.1/16");
    assert_eq!((one.family, one.bits), (INET, 16));
    assert_eq!(one.addresses[0][..4], [10, 1, 0, 0]);
    let one = host("dst 192.168.2.1:80");
    assert_eq!((one.bits, one.port), (32, Some(80)));
    let one = host("dst [fe80::1]:443");
    assert_eq!((one.family, one.bits, one.port), (INET6, 128, Some(443)));
    assert_eq!(host("dst *:22"), port(22));
    assert_eq!(host("dst :443"), port(443));
    assert_eq!(host("dst unix:/run/*").pattern.as_deref(), Some("/run/*"));
    let one = host("dst netlink:genl:kernel");
    assert_eq!((one.family, one.port), (NETLINK, Some(0)));
    assert_eq!(host("dst 10.0.0.0/255.0.0.0").bits, 8);
}

#[test]
fn mistakes_end_as_those_of_ss() {
    for wrong in [
        "( sport 1",
        "sport 1 )",
        "dst",
        "or",
        "dst >= 10.0.0.1",
        "! ",
    ] {
        let exit = read(wrong).unwrap_err();
        assert_eq!(exit.code, 255, "{wrong}");
        assert!(exit.stderr.contains("syntax error!\" Sorry.\n"), "{wrong}");
    }
    assert_eq!(read("fwmark x").unwrap_err().stderr, "Cannot parse mark x.");
    let deep = "( ".repeat(5000) + "sport 1" + &" )".repeat(5000);
    assert_eq!(read(&deep).unwrap_err().code, 255);
}

/// A filter in the words of ss. None where it has no words for it, or where they would be looked up.
fn said(expression: &Expression) -> Option<String> {
    use Expression as E;
    Some(match expression {
        E::Or(one, other) => format!("( {} or {} )", said(one)?, said(other)?),
        E::And(one, other) => format!("( {} and {} )", said(one)?, said(other)?),
        E::Not(inner) => format!("not {}", said(inner)?),
        E::Source(host) => format!("src {}", said_host(host)?),
        E::Destination(host) => format!("dst {}", said_host(host)?),
        E::SourcePortAtLeast(port) => format!("sport >= {port}"),
        E::SourcePortAtMost(port) => format!("sport le :{port}"),
        E::DestinationPortAtLeast(port) => format!("dport geq {port}"),
        E::DestinationPortAtMost(port) => format!("dport <= {port}"),
        E::Autobound => "autobound".into(),
        E::Device(_) => return None,
        E::Mark { mark, mask } => format!("fwmark = 0x{mark:x}/{mask}"),
        E::Cgroup(1) => "cgroup /sys/fs/cgroup".into(),
        E::Cgroup(_) => return None,
    })
}

fn said_host(host: &Host) -> Option<String> {
    let port = host
        .port
        .map_or_else(String::new, |port| format!(":{port}"));
    let [address] = host.addresses.as_slice() else {
        return host.addresses.is_empty().then(|| format!("*{port}"));
    };
    let bits = host.bits;
    Some(match host.family {
        INET => {
            let [a, b, c, d, ..] = address;
            format!("{a}.{b}.{c}.{d}/{bits}{port}")
        }
        _ => {
            let address = std::net::Ipv6Addr::from(*address);
            format!("[{address}/{bits}]{port}")
        }
    })
}

#[test]
fn what_a_filter_says_is_what_it_means() {
    let mut random = super::super::random::Random::new(0x1234_5678_9abc_def1);
    let mut read_back = 0;
    for _ in 0..4000 {
        let expression = random.expression(4);
        let Some(text) = said(&expression) else {
            continue;
        };
        assert_eq!(read(&text).unwrap().as_ref(), Some(&expression), "{text}");
        read_back += 1;
    }
    assert!(read_back > 400, "{read_back}");
}
