//! Packets and what comes back.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;

fn network(text: &str) -> Network {
    let text = format!("{text}\n[[case]]\nname = 'a'\n");
    let scenario = Scenario::parse(Path::new("s.toml"), &text).unwrap();
    let world = scenario.world_of(&scenario.case[0]);
    Network::new(&scenario, &world).unwrap()
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

const PATH: &str = "
    [[host]]
    address = ['192.0.2.1', '2001:db8::1']
    rtt = ['30ms', 'lost']
    hops = ['10.0.0.1', '*']
    udp = [{ port = 7, answer = [{ to = 'a', with = 'b', after = '1ms' }] }]
    tcp = [{ port = 80 }]
";

#[test]
fn a_packet_ends_where_its_hop_limit_ends() {
    let network = network(&PATH.replace(", 'lost'", ""));
    let sent = |limit| network.send(at("192.0.2.1:0"), limit, Packet::Echo(b"x"));
    let first = sent(Some(1));
    assert!(
        matches!(&first[..], [(10_000_000, Back::Error { kind: 11, offender, .. })]
            if offender.to_string() == "10.0.0.1"),
        "{first:?}"
    );
    assert_eq!(sent(Some(2)), []);
    for limit in [Some(3), None] {
        let reply = Back::Reply {
            bytes: b"x".to_vec(),
            hop_limit: 62,
        };
        assert_eq!(sent(limit), [(30_000_000, reply)]);
    }
}

#[test]
fn losses_come_in_turn_or_by_chance() {
    let by_turn = network(PATH);
    let answered = |network: &Network| {
        let sent = (0..1000).map(|_| network.send(at("192.0.2.1:0"), None, Packet::Echo(b"")));
        sent.filter(|back| !back.is_empty()).count()
    };
    assert_eq!(answered(&by_turn), 500);
    let text = "[[host]]\naddress = '192.0.2.1'\nloss = 0.25";
    let (one, other) = (answered(&network(text)), answered(&network(text)));
    assert_eq!(one, other, "the same each time");
    assert!((700..800).contains(&one), "{one}");
}

#[test]
fn a_port_answers_what_its_script_says() {
    let network = network(&PATH.replace(", 'lost'", ""));
    let sent = |to, bytes| network.send(at(to), None, Packet::Udp(bytes));
    assert_eq!(sent("192.0.2.1:7", b"z"), []);
    assert!(
        matches!(&sent("192.0.2.1:7", b"a")[..], [(31_000_000, Back::Reply { bytes, .. })] if bytes == b"b")
    );
    assert!(matches!(
        &sent("192.0.2.1:8", b"a")[..],
        [(
            _,
            Back::Error {
                kind: 3,
                code: 3,
                ..
            }
        )]
    ));
    assert!(matches!(
        &sent("[2001:db8::1]:8", b"a")[..],
        [(
            _,
            Back::Error {
                kind: 1,
                code: 4,
                ..
            }
        )]
    ));
    assert_eq!(sent("192.0.2.9:8", b"a"), []);
    assert!(matches!(
        network.open(at("192.0.2.1:80"), None),
        (_, Opening::Open(_))
    ));
    assert!(matches!(
        network.open(at("192.0.2.1:81"), None),
        (_, Opening::Refused)
    ));
    assert!(matches!(
        network.open(at("192.0.2.9:80"), None),
        (_, Opening::Silent)
    ));
}

#[test]
fn names_lead_to_addresses_and_back() {
    let network = network(
        "
        names = { 'slow.example' = 'timeout', 'two.example' = ['192.0.2.5', '2001:db8::5'] }
        record = [{ name = 'zone.example', type = 'A', data = '192.0.2.6' }]
        [[host]]
        address = '192.0.2.1'
        name = 'One.example'
        hops = [{ address = '10.0.0.1', name = 'gw.example' }]
        ",
    );
    let found = |name| network.addresses(name).map(|all| all.len());
    assert_eq!(found("one.EXAMPLE."), Ok(1));
    assert_eq!(found("two.example"), Ok(2));
    assert_eq!(found("zone.example"), Ok(1));
    assert_eq!(found("slow.example"), Err(LookupFailure::Timeout));
    assert_eq!(found("none.example"), Err(LookupFailure::Unknown));
    let name = |address: &str| network.name_of(address.parse().unwrap());
    assert_eq!(name("192.0.2.1").as_deref(), Some("One.example"));
    assert_eq!(name("10.0.0.1").as_deref(), Some("gw.example"));
    assert_eq!(name("2001:db8::5").as_deref(), Some("two.example"));
    assert_eq!(name("192.0.2.77"), None);
}
