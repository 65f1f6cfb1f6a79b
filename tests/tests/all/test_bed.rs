//! The test bed itself, seen with the native tools: what the other tests take for granted.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::namespace::Namespace;
use nethost_tests::odd_router::{self, OddRouter, Oddness};
use nethost_tests::pty::Terminal;
use nethost_tests::server::Echo;
use nethost_tests::topology::{
    DIAMOND, DIAMOND6, HOPS, HOPS6, NOBODY, SERVER, SERVER6, Topology, UNROUTED, UNROUTED6,
};
use std::collections::BTreeSet;
use std::net::{IpAddr, UdpSocket};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

cases! {
    first round;
    [] => {
        a_program_is_killed_when_its_patience_ends,
        a_terminal_is_one,
    }
    [Netns, Program("ping")] => {
        the_line_answers,
        the_firewall_loses_and_rejects,
        what_is_not_there_is_unreachable,
        a_narrow_link_says_so,
        names_come_from_the_hosts_file,
        a_name_server_denies,
        a_namespace_ends_with_its_owner,
        the_server_echoes,
    }
    [Netns, Program("traceroute")] => {
        the_line_has_four_hops,
        the_diamond_has_two_paths,
    }
    [Tun, Program("ping"), Program("traceroute")] => {
        the_odd_router_is_odd,
    }
}

fn hops(output: &str) -> Vec<String> {
    let words = output
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(1));
    words.map(String::from).collect()
}

fn a_program_is_killed_when_its_patience_ends() {
    let slow = Command::new("sh")
        .arg("-c")
        .arg("sleep 987 & wait")
        .patience(Duration::from_millis(100));
    assert!(std::panic::catch_unwind(AssertUnwindSafe(|| slow.run())).is_err());
    std::thread::sleep(Duration::from_millis(100));
    assert!(
        !Command::new("ps")
            .words("ax")
            .succeed()
            .stdout
            .contains("sleep 987")
    );
}

fn a_terminal_is_one() {
    let terminal = Terminal::new(91, 31);
    let before = terminal.settings();
    let output = terminal
        .start(
            Command::new("sh")
                .arg("-c")
                .arg("tty && stty size && stty raw"),
        )
        .finish();
    assert_eq!(output.code, 0);
    terminal.expect("/dev/pts/");
    terminal.expect("31 91");
    assert_ne!(before, terminal.settings());
}

fn the_line_answers() {
    let net = Topology::line();
    for address in HOPS.iter().chain(&HOPS6) {
        let output = net
            .client()
            .command("ping")
            .words("-c 1 -W 2")
            .arg(address)
            .succeed();
        assert!(output.stdout.contains("1 received"), "{output}");
    }
}

fn the_line_has_four_hops() {
    let net = Topology::line();
    let output = net
        .client()
        .command("traceroute")
        .words("-n -q 1")
        .arg(SERVER)
        .succeed();
    assert_eq!(hops(&output.stdout), HOPS, "{output}");
    let output = net
        .client()
        .command("traceroute")
        .words("-n -q 1 -6")
        .arg(SERVER6)
        .succeed();
    assert_eq!(hops(&output.stdout), HOPS6, "{output}");
}

fn the_diamond_has_two_paths() {
    let net = Topology::diamond();
    for (target, both) in [(SERVER, DIAMOND), (SERVER6, DIAMOND6)] {
        let mut seen = BTreeSet::new();
        for port in 1..20 {
            let line = format!("-n -q 1 -f 2 -m 2 -U -p {} {target}", 5000 + port);
            let output = net.client().command("traceroute").words(&line).run();
            seen.extend(hops(&output.stdout));
        }
        assert_eq!(
            seen,
            both.iter().map(ToString::to_string).collect(),
            "towards {target}"
        );
    }
}

fn the_firewall_loses_and_rejects() {
    let net = Topology::line();
    net.node("r2").firewall(
        "forward icmp type echo-request numgen inc mod 4 0 drop
         forward udp dport 9 reject with icmpx type admin-prohibited",
    );
    let output = net
        .client()
        .command("ping")
        .words("-c 20 -i 0.01 -W 1 -q")
        .arg(SERVER)
        .run();
    assert!(output.stdout.contains("25% packet loss"), "{output}");
    let output = net
        .client()
        .command("traceroute")
        .words("-n -q 1 -U -p 9")
        .arg(SERVER)
        .run();
    assert!(output.stdout.contains("!X"), "{output}");
}

fn what_is_not_there_is_unreachable() {
    let net = Topology::line();
    for (target, says) in [
        (UNROUTED, "Net Unreachable"),
        (UNROUTED6, "No route"),
        (NOBODY, "Host Unreachable"),
    ] {
        let output = net
            .client()
            .command("ping")
            .words("-c 1 -W 5")
            .arg(target)
            .run();
        assert!(output.stdout.contains(says) && output.code == 1, "{output}");
    }
}

fn a_narrow_link_says_so() {
    let net = Topology::line();
    net.mtu(2, 1300);
    let output = net
        .client()
        .command("ping")
        .words("-c 1 -W 2 -M do -s 1400")
        .arg(SERVER)
        .run();
    assert!(output.stdout.contains("mtu = 1300"), "{output}");
}

fn names_come_from_the_hosts_file() {
    let net = Topology::line();
    let output = net
        .client()
        .command("ping")
        .words("-4 -c 1 server.test")
        .succeed();
    assert!(
        output
            .stdout
            .contains(&format!("from server.test ({SERVER})")),
        "{output}"
    );
}

fn a_name_server_denies() {
    let net = Topology::line();
    let zone = Zone {
        addresses: vec![("known.example", SERVER.parse().unwrap())],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    net.client()
        .command("ping")
        .words("-4 -c 1 -n known.example")
        .succeed();
    let output = net
        .client()
        .command("ping")
        .words("-c 1 unknown.example")
        .run();
    assert!(output.stderr.contains("not known"), "{output}");
}

fn the_server_echoes() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in [SERVER, SERVER6] {
        let script =
            format!("exec 3<>/dev/tcp/{target}/7; echo stream >&3; read line <&3; echo $line");
        let output = net.client().command("bash").arg("-c").arg(script).succeed();
        assert_eq!(output.stdout, "stream\n", "{output}");
        let length = net.client().inside(|| {
            let socket = UdpSocket::bind("[::]:0").unwrap();
            socket
                .set_read_timeout(Some(Duration::from_secs(2)))
                .unwrap();
            let target: IpAddr = target.parse().unwrap();
            let target = match target {
                IpAddr::V4(target) => target.to_ipv6_mapped(),
                IpAddr::V6(target) => target,
            };
            socket.send_to(b"datagram", (target, 7)).unwrap();
            socket.recv_from(&mut [0; 64]).unwrap().0
        });
        assert_eq!(length, 8);
    }
}

fn a_namespace_ends_with_its_owner() {
    let node = Namespace::new("short-lived");
    let holder = format!("/proc/{}", node.id());
    assert!(std::path::Path::new(&holder).exists());
    drop(node);
    assert!(!std::path::Path::new(&holder).exists());
    // And it never had a name for others (ip-netns(8)).
    assert!(!std::path::Path::new("/run/netns/short-lived").exists());
}

fn the_odd_router_is_odd() {
    let odd = |oddness: Oddness| {
        let net = Topology::line();
        let router = OddRouter::attach(net.node("r1"), oddness);
        (net, router)
    };
    let (net, _router) = odd(Oddness {
        labels: vec![(16_004, 0, 1)],
        ..Oddness::default()
    });
    for (target, router) in [
        (odd_router::HOST, odd_router::ROUTER),
        (odd_router::HOST6, odd_router::ROUTER6),
    ] {
        let output = net
            .client()
            .command("traceroute")
            .words("-n -q 1 -e")
            .arg(target)
            .succeed();
        assert_eq!(hops(&output.stdout)[1..], [router, target], "{output}");
        assert!(
            output.stdout.contains("MPLS:L=16004,E=0,S=1,T=1"),
            "{output}"
        );
    }
    let (net, _router) = odd(Oddness {
        duplicates: 1,
        ..Oddness::default()
    });
    let output = net
        .client()
        .command("ping")
        .words("-c 2 -i 0.1")
        .arg(odd_router::HOST)
        .run();
    assert!(output.stdout.contains("(DUP!)"), "{output}");
    let (net, _router) = odd(Oddness {
        corrupt: true,
        ..Oddness::default()
    });
    let output = net
        .client()
        .command("ping")
        .words("-c 1")
        .arg(odd_router::HOST6)
        .run();
    assert!(output.stdout.contains("wrong data byte"), "{output}");
    let (net, _router) = odd(Oddness {
        reorder: true,
        ..Oddness::default()
    });
    let output = net
        .client()
        .command("ping")
        .words("-c 2 -i 0.1")
        .arg(odd_router::HOST)
        .run();
    assert!(
        output.stdout.find("icmp_seq=2") < output.stdout.find("icmp_seq=1"),
        "{output}"
    );
    let (net, _router) = odd(Oddness {
        delay: Duration::from_millis(80),
        short_quote: true,
        ..Oddness::default()
    });
    let output = net
        .client()
        .command("ping")
        .words("-c 1")
        .arg(odd_router::HOST)
        .succeed();
    let (_, after) = output.stdout.split_once(" time=").unwrap();
    let time: f64 = after.split(' ').next().unwrap().parse().unwrap();
    assert!((80.0..1000.0).contains(&time), "{output}");
}
