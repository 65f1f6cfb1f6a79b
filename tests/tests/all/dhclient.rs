//! dhclient with real servers: what it sets, what it shows, and what hostile servers do to it.

use crate::case::cases;
use crate::dhclient_native::{OBTAINED, words};
use nethost_tests::dhcp::{Bed, Server};
use nethost_tests::netlink::state;
use nethost_tests::odd_dhcp_server::OddServer;
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns, Program("dnsmasq")] in each way => {
        shows_what_it_would_set_and_gives_back,
        configures_and_gives_back,
        probes_and_compares,
    }
    [Netns, Program("dnsmasq")] => { asks_over_ipv6 }
    [Netns, Program("dhcpd")] => { works_with_dhcpd }
    [Netns] => { is_denied, no_server_ends_it, hostile_servers_are_borne }
}

fn shows_what_it_would_set_and_gives_back() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    server.until_leases(1);
    assert!(bed.addresses().is_empty());
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    for line in [
        "v0: would set address 10.0.0.50/24 broadcast 10.0.0.255 for 1",
        "v0: would set mtu 1400",
        "v0: would set route 10.5.0.0/16 via 10.0.0.2",
        "v0: would set route default via 10.0.0.2",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
    assert!(output.stdout.contains("--allow route.write"), "{output}");
    let said = words(&output.stderr);
    assert_eq!(said[..7], OBTAINED, "{output}");
    assert_eq!(
        said[7],
        "DHCPRELEASE of 10.0.0.50 on v0 to 10.0.0.2 port 67"
    );
    server.until_leases(0);
}

fn configures_and_gives_back() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let leases = bed.file("ours");
    let running = bed
        .ours("--allow route.write", &format!("-v -lf {leases} v0"))
        .spawn();
    running.expect("nameserver 10.0.0.2");
    server.until_leases(1);
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    let routes = || {
        let all = state::routes(&bed.client, rtnetlink::packet_route::AddressFamily::Inet);
        let main = all.iter().filter(|route| state::table(route) == 254);
        main.map(state::destination).collect::<Vec<_>>()
    };
    assert!(
        routes().iter().any(|route| route.contains("10.5.0.0")),
        "{:?}",
        routes()
    );
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 130, "{output}");
    assert_eq!(
        bed.addresses(),
        ["10.0.0.50"],
        "as the native one leaves it"
    );
    assert_eq!(server.leases(), 1);
    let text = std::fs::read_to_string(&leases).expect("the lease");
    assert!(text.contains("  fixed-address 10.0.0.50;\n"), "{text}");
    let output = bed
        .ours("--allow route.write", &format!("-v -r -lf {leases} v0"))
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(
        words(&output.stderr)[2],
        "DHCPRELEASE of 10.0.0.50 on v0 to 10.0.0.2 port 67"
    );
    assert!(bed.addresses().is_empty());
    server.until_leases(0);
}

fn probes_and_compares() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let output = bed
        .ours("", "--probe --timeout 2 --expect 10.0.0.2,10.0.0.3 v0")
        .run();
    assert_eq!(output.code, 3, "one is missing: {output}");
    for line in [
        "v0: offer of 10.0.0.50 from 10.0.0.2",
        "  domain-name \"example.test\" (15)",
        "  rfc3442-classless-static-routes 10.5.0.0/16 via 10.0.0.2, 0.0.0.0/0 via 10.0.0.2 (121)",
        "v0: 1 server(s) answered",
        "v0: missing: 10.0.0.3",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
    let output = bed.ours("", "--probe --json --timeout 1 v0").run();
    assert_eq!(output.code, 0, "{output}");
    let lines: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["server"], "10.0.0.2");
    assert_eq!(lines[1]["servers"][0], "10.0.0.2");
    assert_eq!(server.leases(), 0, "nothing is taken");
    bed.client.addresses("v0", &["10.0.0.9/24"]);
    let output = bed.ours("", "--compare --timeout 1 v0").run();
    assert_eq!(output.code, 3, "{output}");
    assert!(
        output
            .stdout
            .contains("v0: network: same: 10.0.0.2 offers 10.0.0.0/24; configured 10.0.0.0/24"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("v0: mtu: DIFFERS: 10.0.0.2 offers 1400; configured 1500")
    );
}

fn asks_over_ipv6() {
    let bed = Bed::new();
    let _server = bed.dnsmasq6("fd00::50");
    let output = bed.ours("", "-6 -S -v v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("v0: dhcp6.name-servers fd00::2\n"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("v0: dhcp6.domain-search \"example.test.\"\n"),
        "{output}"
    );
    // Nothing is set without a grant.
    let running = bed.ours("", "-6 -v v0").spawn();
    running.expect("name-servers");
    assert!(bed.addresses6().is_empty());
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("v0: would set address fd00::50/128"),
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains("XMT:  | X-- Release Address fd00::50"),
        "{output}"
    );
    // It is set, and given back.
    let leases = bed.file("ours6");
    let running = bed
        .ours("--allow route.write", &format!("-6 -v -lf {leases} v0"))
        .spawn();
    running.expect("name-servers");
    assert_eq!(bed.addresses6(), ["fd00::50"]);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, 143);
    let output = bed
        .ours("--allow route.write", &format!("-6 -r -v -lf {leases} v0"))
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output
            .stderr
            .contains("XMT:  | X-- Release Address fd00::50"),
        "{output}"
    );
    assert!(bed.addresses6().is_empty());
}

fn works_with_dhcpd() {
    let bed = Bed::new();
    let (conf, leases) = (bed.file("dhcpd.conf"), bed.file("dhcpd.leases"));
    std::fs::write(
        &conf,
        "ping-check false;\ndefault-lease-time 8;\nmax-lease-time 8;\nauthoritative;\n\
         subnet 10.0.0.0 netmask 255.255.255.0 {\n range 10.0.0.50 10.0.0.50;\n option routers 10.0.0.2;\n\
         option domain-name \"isc.test\";\n}\n",
    )
    .expect("a file");
    std::fs::write(&leases, "").expect("a file");
    let process = bed.file("dhcpd.pid");
    let running = bed
        .server
        .command("dhcpd")
        .words(&format!(
            "-4 -f -d -cf {conf} -lf {leases} -pf {process} v0"
        ))
        .patience(Duration::from_secs(120))
        .spawn();
    let _server = Server::new(running, leases);
    bed.until_bound(67);
    let running = bed
        .ours(
            "--allow route.write",
            &format!("-v -lf {} v0", bed.file("ours")),
        )
        .spawn();
    running.expect("search isc.test");
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    // Longer than a lease: it was prolonged.
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    assert!(
        output
            .stderr
            .contains("DHCPREQUEST for 10.0.0.50 on v0 to 10.0.0.2 port 67\nDHCPACK of 10.0.0.50"),
        "{output}"
    );
}

fn is_denied() {
    let bed = Bed::new();
    for rule in ["packet.send=255.255.255.255", "packet.receive=0.0.0.0"] {
        let output = bed.ours(&format!("--deny {rule}"), "-v -1 v0").run();
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stderr.contains("denied: packet."), "{output}");
    }
}

fn no_server_ends_it() {
    let bed = Bed::new();
    let output = bed.ours("", "-v -1 --timeout 2 v0").run();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.ends_with(
            "No DHCPOFFERS received.\nUnable to obtain a lease on first try.  Exiting.\n"
        ),
        "{output}"
    );
    let output = bed.ours("", "--probe -4 --timeout 1 v0").run();
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (1, "v0: 0 server(s) answered\n"),
        "{output}"
    );
}

fn hostile_servers_are_borne() {
    let bed = Bed::new();
    let _server = OddServer::new(&bed.server, |_, question| {
        let offer = |options: &[u8]| {
            question.answer_of(&[&[53, 1, 2, 54, 4, 10, 0, 0, 2][..], options].concat())
        };
        let changed = |at: usize| {
            let mut answer = offer(&[255]);
            answer[at] ^= 1;
            answer
        };
        vec![
            Vec::new(),
            vec![2; 240],
            question.octets().to_vec(),
            changed(4),
            changed(28),
            changed(236),
            // Cut in the middle of an option, with control characters, and with a name without an end.
            offer(&[
                12, 5, 27, b'[', b'2', b'J', 7, 119, 2, 0xc0, 0, 15, 200, b'x',
            ]),
        ]
    });
    let output = bed.ours("", "--probe --timeout 1 v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("1 server(s) answered"), "{output}");
    assert!(output.stdout.contains("MALFORMED"), "{output}");
    assert!(
        output.stdout.contains("host-name \"\\033[2J\\007\""),
        "{output}"
    );
    assert!(!output.stdout.contains('\u{1b}'), "{output}");
}
