//! dhclient --probe and --compare over IPv6: routers and servers of DHCPv6, real ones and forged ones.

use crate::case::cases;
use nethost_tests::dhcp::Bed;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::time::Duration;

cases! {
    [Netns, Program("radvd"), Program("dnsmasq")] => { shows_routers_and_servers }
    [Netns, Program("radvd"), Program("dhcpd")] => { compares_with_the_configuration }
    [Netns] => { forged_messages_are_borne_and_marked, says_whom_it_could_not_ask }
}

/// Waits until a router has sent something: the client's packets arrive, and radvd has begun.
fn until_advertised(bed: &Bed) {
    // radvd joins the group of routers when it begins.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !bed.server.inside(|| {
        let groups = std::fs::read_to_string("/proc/thread-self/net/igmp6");
        groups
            .unwrap_or_default()
            .lines()
            .any(|line| line.contains("v0") && line.contains("ff020000000000000000000000000002"))
    }) {
        assert!(std::time::Instant::now() < deadline, "no router");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn shows_routers_and_servers() {
    let bed = Bed::new();
    let _server = bed.dnsmasq6("fd00::5f");
    let _router = bed.radvd();
    until_advertised(&bed);
    let router = bed.router();
    let line = format!("--probe -6 --timeout 5 --expect {router},fe80::3 v0");
    let output = bed.ours("", &line).run();
    assert_eq!(output.code, 3, "one is missing: {output}");
    for line in [
        &format!("v0: router advertisement of {router} after "),
        "  managed (M) yes, other (O) yes, default router for 1800 seconds, preference medium\n",
        "  mtu 1400\n",
        "  prefix fd00::/64 on-link autonomous, valid for 3600 seconds, preferred for 1800 seconds\n",
        "  route fd99::/48 preference medium for 900 seconds\n",
        "  name-servers fd00::53 for 600 seconds\n",
        "  search example.test for 600 seconds\n",
        "v0: DHCPv6 offer of fd00::5",
        "  dhcp6.name-servers fd00::2 (23)\n",
        "  dhcp6.domain-search \"example.test.\" (24)\n",
        "v0: 1 router(s) and 1 server(s) of DHCPv6 answered\n",
        "v0: missing: fe80::3\n",
    ] {
        assert!(output.stdout.contains(line), "{line}: {output}");
    }
    assert!(!output.stdout.contains("NOT EXPECTED"), "{output}");
    // Beside DHCP over IPv4, which nobody answers here.
    let output = bed.ours("", "--probe --json --timeout 5 v0").run();
    assert_eq!(output.code, 0, "{output}");
    let lines: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let event = |name: &str| lines.iter().find(|line| line["event"] == name);
    let advertisement = event("router-advertisement").expect("a router");
    assert_eq!(advertisement["router"], router.to_string());
    assert_eq!(advertisement["managed"], true);
    assert_eq!(advertisement["prefixes"][0]["valid"], 3600);
    assert_eq!(advertisement["name-servers"][0]["values"][0], "fd00::53");
    let offer = event("offer6").expect("a server");
    assert_eq!(offer["source"], router.to_string());
    assert!(
        offer["addresses"][0]
            .as_str()
            .expect("one")
            .starts_with("fd00::5")
    );
    let summaries = lines.iter().filter(|line| line["event"] == "summary");
    let families: Vec<_> = summaries.map(|line| line["family"].clone()).collect();
    assert_eq!(families, ["ipv4", "ipv6"]);
    // Nothing is taken, and nothing is set.
    assert!(bed.addresses6().is_empty());
}

fn compares_with_the_configuration() {
    let bed = Bed::new();
    let _server = bed.dhcpd6("range6 fd00::50 fd00::5f;");
    let _router = bed.radvd();
    until_advertised(&bed);
    let router = bed.router();
    let output = bed.ours("", "--compare -6 --timeout 5 v0").run();
    assert_eq!(output.code, 3, "{output}");
    for line in [
        &format!("v0: network: DIFFERS: {router} offers fd00::/64; configured -\n"),
        &format!("v0: default gateway: DIFFERS: {router} offers {router}; configured -\n"),
        &format!("v0: mtu: same: {router} offers 1400; configured 1400\n"),
    ] {
        assert!(output.stdout.contains(line), "{line}: {output}");
    }
    bed.client.addresses("v0", &["fd00::77/64"]);
    bed.client
        .command("ip")
        .words(&format!("-6 route add default via {router} dev v0"))
        .succeed();
    let output = bed.ours("", "--compare -6 --timeout 5 v0").run();
    assert_eq!(output.code, 0, "{output}");
    // Of the router, and of the server.
    let same = format!("v0: network: same: {router} offers fd00::/64; configured fd00::/64\n");
    assert_eq!(output.stdout.matches(&same).count(), 2, "{output}");
}

/// A server of DHCPv6 that answers each Solicit with all of these.
fn answering(bed: &Bed, answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) {
    let socket = bed.server.inside(|| {
        let socket = UdpSocket::bind("[::]:547").expect("a socket");
        let index: u32 = std::fs::read_to_string("/proc/thread-self/net/if_inet6")
            .expect("the addresses")
            .lines()
            .find(|line| line.ends_with(" v0"))
            .and_then(|line| u32::from_str_radix(line.split_whitespace().nth(1)?, 16).ok())
            .expect("the interface");
        let servers = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
        socket.join_multicast_v6(&servers, index).expect("a group");
        socket
    });
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout");
    std::thread::spawn(move || {
        let mut buffer = [0; 2000];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let std::net::SocketAddr::V6(from) = from else {
                continue;
            };
            let to = SocketAddrV6::new(*from.ip(), 546, 0, from.scope_id());
            for answer in answers(&buffer[..length]) {
                if socket.send_to(&answer, to).is_err() {
                    return;
                }
            }
        }
    });
}

/// A router advertisement: no default router, with these options.
fn advertisement(flags: u8, options: &[u8]) -> Vec<u8> {
    let head = [134, 0, 0, 0, 64, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [&head[..], options].concat()
}

fn forged_messages_are_borne_and_marked() {
    let bed = Bed::new();
    let router = bed.router();
    let rogue: Ipv6Addr = "fe80::bad".parse().expect("an address");
    bed.server.addresses("v0", &["fe80::bad/64"]);
    answering(&bed, |question| {
        // The client's identifier is the first option of the question.
        let length = 4 + usize::from(question[7]);
        let client = &question[4..4 + length];
        let answer =
            |kind: u8, options: &[u8]| [&[kind][..], &question[1..4], client, options].concat();
        let server = [0, 2, 0, 5, 0, 3, 0, 1, 9];
        let mut other = answer(2, &server);
        other[2] ^= 1;
        let mut stranger = answer(2, &server);
        stranger[8] ^= 1;
        vec![
            Vec::new(),
            vec![2],
            // Another transaction, another client, and no offer.
            other,
            stranger,
            answer(7, &server),
            // Control characters, a name without an end, and an option that is cut off.
            answer(
                2,
                &[
                    &server[..],
                    &[0, 13, 0, 5, 0, 0, 27, b'[', 7, 0, 24, 0, 1, 9],
                ]
                .concat(),
            ),
            answer(2, &[0, 2, 0, 99, 1]),
        ]
    });
    let portal = b"\x25\x02https://a\x1b[2J\0";
    let messages = [
        (router, advertisement(0x80, &[25, 1, 0, 0, 0, 0, 0, 9])),
        (rogue, advertisement(0x00, portal)),
        // No router's message, and one that is cut off.
        (rogue, vec![135, 0, 0, 0, 0, 0, 0, 0]),
        (rogue, advertisement(0, &[])[..12].to_vec()),
    ];
    let line = format!("--probe -6 --timeout 3 --expect {router} v0");
    let running = bed.ours("", &line).spawn();
    // Again and again, as nothing says when it listens.
    let over = std::sync::atomic::AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                for (from, message) in &messages {
                    bed.send_icmpv6(*from, message);
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let output = running.finish();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        output
    });
    assert_eq!(output.code, 3, "{output}");
    let lines = |what: &str| -> Vec<&str> {
        let all = output.stdout.lines();
        all.filter(|line| line.starts_with(what)).collect()
    };
    let advertised = lines("v0: router advertisement of ");
    assert_eq!(advertised.len(), 2, "{output}");
    let of = |whom: Ipv6Addr| {
        let mut all = advertised.iter();
        all.find(|line| line.contains(&format!("of {whom} ")))
            .copied()
    };
    let (known, forged) = (of(router).expect("one"), of(rogue).expect("one"));
    assert!(known.ends_with(" -- MALFORMED"), "{output}");
    assert!(forged.ends_with(" -- NOT EXPECTED"), "{output}");
    assert!(
        output.stdout.contains("v0: routers differ in managed:\n  "),
        "{output}"
    );
    let offers = lines("v0: DHCPv6 offer of nothing but options from ");
    assert_eq!(offers.len(), 2, "{output}");
    assert_eq!(
        offers
            .iter()
            .filter(|line| line.ends_with("MALFORMED"))
            .count(),
        1,
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains(r#"dhcp6.status-code success "\033[\007" (13)"#),
        "{output}"
    );
    assert!(!output.stdout.contains('\u{1b}'), "{output}");
}

fn says_whom_it_could_not_ask() {
    let bed = Bed::new();
    let output = bed
        .ours("--deny udp.listen", "--probe -6 --timeout 1 v0")
        .run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output
            .stderr
            .contains("v0: servers of DHCPv6 not asked: denied: udp.listen"),
        "{output}"
    );
    assert_eq!(
        output.stdout,
        "v0: 0 router(s) and 0 server(s) of DHCPv6 answered\n"
    );
    // With nobody to ask, it fails; beside IPv4 it is said.
    let deny = "--deny udp.listen --deny packet.receive=router-advertisement";
    let output = bed.ours(deny, "--probe -6 --timeout 1 v0").run();
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output}");
    assert!(
        output.stderr.contains("v0: denied: packet.receive"),
        "{output}"
    );
    let output = bed.ours(deny, "--probe --timeout 1 v0").run();
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (1, "v0: 0 server(s) answered\n"),
        "{output}"
    );
    assert!(output.stderr.contains("IPv6: v0: denied: "), "{output}");
    let output = bed
        .ours("--deny raw.send", "--probe -6 --timeout 1 v0")
        .run();
    assert!(
        output
            .stderr
            .contains("v0: routers not asked: denied: raw.send"),
        "{output}"
    );
    // Without IPv6 on the interface.
    bed.client.sysctl("net.ipv6.conf.v0.disable_ipv6", "1");
    let output = bed.ours("", "--probe -6 --timeout 1 v0").run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output.stderr.contains("no link-local IPv6 address for v0"),
        "{output}"
    );
}
