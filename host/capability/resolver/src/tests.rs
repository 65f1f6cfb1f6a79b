//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use super::service::{
    host_name, interface_index, interface_name, resolve_addresses, resolve_names,
};
use nethost_broker::Broker;
use nethost_core::form;
use nethost_kit::lookup::{Family, addresses_in_hosts, name_in_hosts};
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

#[tokio::test]
async fn a_denied_name_is_not_looked_up() {
    let bed = TestBed::allowing(&[]);
    let refused = resolve_addresses(
        &bed.gate,
        &Broker::in_process(),
        "localhost",
        Family::Any,
        1_000_000_000,
    )
    .await;
    assert!(matches!(refused, Err(ErrorCode::Denied(denial)) if denial.target == "localhost"));
    let refused = resolve_names(
        &bed.gate,
        &Broker::in_process(),
        "127.0.0.1".parse().unwrap(),
        1_000_000_000,
    )
    .await;
    assert!(matches!(refused, Err(ErrorCode::Denied(_))));
    assert_eq!(bed.names(), ["denied", "denied"]);
}

#[tokio::test]
async fn the_hosts_file_answers() {
    let bed = TestBed::allowing(&["dns.resolve"]);
    let found = resolve_addresses(
        &bed.gate,
        &Broker::in_process(),
        "localhost",
        Family::Ipv4,
        5_000_000_000,
    )
    .await
    .unwrap();
    assert_eq!(found, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(bed.names(), ["open", "close"]);
}

#[tokio::test]
async fn what_is_no_name_never_reaches_the_gate() {
    let bed = TestBed::allowing(&["dns.resolve"]);
    let long = "a".repeat(64);
    for name in ["", "a b", "a..b", ".", "-\n", "\u{1b}[2J", long.as_str()] {
        let refused =
            resolve_addresses(&bed.gate, &Broker::in_process(), name, Family::Any, 0).await;
        assert!(
            matches!(refused, Err(ErrorCode::InvalidArgument(_))),
            "{name:?}"
        );
    }
    assert!(bed.names().is_empty());
}

#[test]
fn names_are_converted_to_what_dns_has() {
    for (text, name) in [
        ("bücher.example", "xn--bcher-kva.example"),
        ("A_b.Example.", "a_b.example"),
    ] {
        assert_eq!(host_name(text).unwrap().as_str(), name);
    }
}

#[test]
fn interfaces_have_names_and_indices() {
    let index = interface_index(&Broker::in_process(), "lo").unwrap();
    assert_eq!(interface_name(&Broker::in_process(), index).unwrap(), "lo");
    for name in ["", "no-such-interface", "a\0b"] {
        assert!(matches!(
            interface_index(&Broker::in_process(), name),
            Err(ErrorCode::NoSuchDevice)
        ));
    }
}

#[test]
fn the_first_name_of_the_first_line_counts() {
    let hosts = "# 127.0.0.1 no\n127.0.0.1 localhost lo # x\n127.0.0.1 other\n::1 six\nbroken\n";
    assert_eq!(
        name_in_hosts(hosts, "127.0.0.1".parse().unwrap()).as_deref(),
        Some("localhost")
    );
    assert_eq!(
        name_in_hosts(hosts, "::1".parse().unwrap()).as_deref(),
        Some("six")
    );
    assert_eq!(name_in_hosts(hosts, "192.0.2.1".parse().unwrap()), None);
}

#[test]
fn the_hosts_file_gives_all_addresses_of_the_family() {
    let hosts = "127.0.0.1 localhost vm\n::1 localhost\n127.0.0.1 VM\n10.0.0.1 x#localhost\n";
    let find = |name, family| {
        addresses_in_hosts(hosts, &form::name(name), family)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(find("LOCALHOST", Family::Any), ["127.0.0.1", "::1"]);
    assert_eq!(find("localhost", Family::Ipv6), ["::1"]);
    assert_eq!(find("vm", Family::Any), ["127.0.0.1"]);
    assert!(find("y", Family::Any).is_empty());
}
