//! Packets on one interface.

use super::{allowed, closed, dropped, malformed};
use crate::case::cases;
use crate::probes::PACKET;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::strace::network_calls;
use std::os::unix::fs::PermissionsExt;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed, is_narrowed, is_dropped }
    [Netns] in each way => { a_client_has_a_permit_of_its_own }
    [Netns] => {
        is_malformed,
        datagrams_go_to_their_port_alone,
        advertisements_are_received_and_nothing_else,
    }
    [Netns, OtherUser] => { needs_privilege }
}

/// Two hosts with two cables between them: `v0` and `w0`.
fn pair() -> (Namespace, Namespace) {
    let (client, server) = (Namespace::new("client"), Namespace::new("server"));
    for (cable, network) in [("v0", 0), ("w0", 1)] {
        client.cable(cable, &server, cable);
        client.addresses(cable, &[&format!("10.0.{network}.1/24")]);
        server.addresses(cable, &[&format!("10.0.{network}.2/24")]);
        client.up(&[cable]);
        server.up(&[cable]);
    }
    (client, server)
}

const ARP: &str = "--allow packet.send=arp --allow packet.receive=arp";

/// The broker looks up the interface before the decision, as its name is part of it. No packet socket is opened.
fn is_denied() {
    let (client, _server) = pair();
    for (args, capability, target) in [
        ("arp v0 10.0.0.1 10.0.0.2", "packet.send", "arp"),
        ("other v0 88b5", "packet.send", "ethertype-88b5"),
        (
            "udp v0 255.255.255.255",
            "packet.send",
            "255.255.255.255:67",
        ),
        ("listen v0", "packet.receive", "0.0.0.0:68"),
        ("routers v0", "packet.receive", "router-advertisement"),
    ] {
        let run = invoke(&client, "", PACKET.path(), args).traced();
        let told = format!("denied capability={capability:?} target={target:?}");
        assert!(run.output.stdout.contains(&told), "{}", run.output);
        let calls = network_calls(&run.calls);
        assert!(
            calls.iter().all(|call| call.contains("AF_NETLINK")),
            "{calls:#?}"
        );
        let record = run.log.only("denied");
        assert_eq!(record["target"]["resolved"], target, "{record}");
        assert_eq!(record["interface"], "v0", "{record}");
        // The remedy is what the operator pastes, so it must be one.
        let remedy = run.output.stdout.split_once("remedy=\"");
        let remedy = remedy.and_then(|(_, rest)| rest.split_once('"'));
        let (remedy, _) = remedy.expect("a remedy");
        let remedied = invoke(&client, remedy, PACKET.path(), args).run();
        assert!(
            !remedied.log.of("open").is_empty(),
            "{remedy}: {}",
            remedied.output
        );
    }
}

fn is_allowed() {
    let (client, _server) = pair();
    let run = allowed(&client, ARP, PACKET, "arp v0 10.0.0.1 10.0.0.2");
    let said = &run.output.stdout;
    assert!(said.contains("v0 mtu 1500\nsent 1\n"), "{}", run.output);
    assert!(
        said.contains("answer host from [") && said.contains("says Some([10, 0, 0, 2])"),
        "{}",
        run.output
    );
    assert!(said.contains("after it was sent true"), "{}", run.output);
    assert_eq!(run.log.total("packets_sent"), 1);
    assert_eq!(run.log.total("bytes_sent"), 28);
    let record = run.log.of("open").into_iter().next().expect("a record");
    assert_eq!(record["target"]["resolved"], "arp", "{record}");
    assert_eq!(record["interface"], "v0", "{record}");
    // Sending is not receiving.
    let run = invoke(
        &client,
        "--allow packet.send=arp",
        PACKET.path(),
        "arp v0 10.0.0.1 10.0.0.2",
    )
    .run();
    assert_eq!(run.log.only("denied")["cap"], "packet.receive");
    closed(&run);
}

/// A grant for one interface, one EtherType, one port.
fn is_narrowed() {
    let (client, _server) = pair();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("its mode");
    let policy = folder.path().join("policy.toml");
    let text = "version = 1\n[[plugin]]\nname = \"*\"\nallow = [\n\
        { cap = \"packet.send\", to = [\"arp\"], interfaces = [\"v0\"] },\n\
        { cap = \"packet.receive\", to = [\"arp\"], interfaces = [\"v0\"] },\n\
        { cap = \"packet.send\", to = [\"255.255.255.255\"], ports = [67], interfaces = [\"w0\"],\n\
          options = [\"broadcast\", \"local-port\", \"privileged-port\"] }]\n";
    std::fs::write(&policy, text).expect("a policy");
    std::fs::set_permissions(&policy, PermissionsExt::from_mode(0o644)).expect("its mode");
    let options = format!("--policy {}", policy.display());
    allowed(&client, &options, PACKET, "arp v0 10.0.0.1 10.0.0.2");
    allowed(&client, &options, PACKET, "udp w0 255.255.255.255");
    for (args, target) in [
        ("arp w0 10.0.1.1 10.0.1.2", "arp"),
        ("other v0 88b5", "ethertype-88b5"),
        ("other v0 88cc", "lldp"),
        ("udp v0 255.255.255.255", "255.255.255.255:67"),
        ("udp w0 10.0.1.2", "10.0.1.2:67"),
    ] {
        let run = invoke(&client, &options, PACKET.path(), args).run();
        assert_eq!(run.output.code, 1, "{args}\n{}", run.output);
        let record = run.log.only("denied");
        assert_eq!(record["target"]["resolved"], target, "{record}");
        assert_eq!(run.log.total("packets_sent"), 0);
    }
}

fn is_malformed() {
    let (client, _server) = pair();
    let options = "--allow packet.send:broadcast,local-port,privileged-port \
                   --allow packet.receive:local-port,privileged-port";
    malformed(&client, options, PACKET, "malformed v0");
}

fn is_dropped() {
    let (client, _server) = pair();
    dropped(
        &client,
        "--allow packet.send --allow packet.receive",
        PACKET,
        "drops v0",
    );
}

/// Only datagrams to the permitted port reach the plugin.
fn datagrams_go_to_their_port_alone() {
    let (client, server) = pair();
    let options = "--allow packet.receive:local-port,privileged-port=0.0.0.0:68";
    for (port, received) in [(69, 0), (68, 1)] {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let running = nethost_tests::host::nethost(&client)
            .arg("run")
            .words(options)
            .arg("--audit")
            .arg(log.path())
            .arg(PACKET.path())
            .words("listen v0")
            .spawn();
        running.expect("listening");
        server.inside(|| {
            let socket = std::net::UdpSocket::bind("10.0.0.2:0").expect("a socket");
            socket.send_to(b"x", ("10.0.0.1", port)).expect("sent");
        });
        let output = running.finish();
        assert!(
            output.stdout.contains(&format!("received {received}")),
            "{output}"
        );
    }
}

/// To send messages of DHCP is not to send them for another client.
fn a_client_has_a_permit_of_its_own() {
    let (client, _server) = pair();
    let send = "--allow packet.send:broadcast,local-port,privileged-port=255.255.255.255:67";
    client.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    let run = allowed(&client, send, PACKET, "client v0 01");
    assert_eq!(run.log.total("packets_sent"), 1);
    let spoof = format!("{send} --allow packet.spoof=hardware-02-00-00-00-00-09");
    for options in [send, &spoof] {
        let run = invoke(&client, options, PACKET.path(), "client v0 08").run();
        assert_eq!(run.output.code, 1, "{}", run.output);
        let record = run.log.only("denied");
        assert_eq!(record["cap"], "packet.spoof", "{record}");
        let target = &record["target"]["resolved"];
        assert_eq!(target, "hardware-02-00-00-00-00-08", "{record}");
        assert_eq!(record["interface"], "v0", "{record}");
        assert_eq!(run.log.total("packets_sent"), 0);
    }
    let run = allowed(&client, &spoof, PACKET, "client v0 09");
    assert_eq!(run.log.total("packets_sent"), 1);
    closed(&run);
}

/// Router advertisements of the link reach the plugin; other packets of IPv6, and one that was routed, do not.
fn advertisements_are_received_and_nothing_else() {
    let (client, server) = pair();
    // The kernel makes the address and the route to the group when the cable is up.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !server.inside(|| {
        let addresses = std::fs::read_to_string("/proc/thread-self/net/if_inet6");
        addresses.unwrap_or_default().contains(" v0\n")
    }) {
        assert!(
            std::time::Instant::now() < deadline,
            "no link-local address"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let log = tempfile::NamedTempFile::new().expect("a file");
    let running = nethost_tests::host::nethost(&client)
        .arg("run")
        .words("--allow packet.receive=router-advertisement")
        .arg("--audit")
        .arg(log.path())
        .arg(PACKET.path())
        .words("routers v0")
        .spawn();
    running.expect("listening");
    server.inside(|| {
        use socket2::{Domain, Protocol, Socket, Type};
        let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)).expect("one");
        socket.bind_device(Some(b"v0")).expect("the interface");
        let all = std::net::Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
        let to = std::net::SocketAddrV6::new(all, 0, 0, 0).into();
        for (kind, hops) in [(135, 255), (128, 255), (134, 64), (134, 255)] {
            socket.set_multicast_hops_v6(hops).expect("hops");
            let message = [&[kind, 0][..], &[0; 22]].concat();
            socket.send_to(&message, &to).expect("sent");
        }
    });
    let output = running.finish();
    let received = output.stdout.matches("received type").count();
    assert_eq!(received, 1, "{output}");
    assert!(
        output.stdout.contains("received type Some(134)"),
        "{output}"
    );
}

fn needs_privilege() {
    let (client, _server) = pair();
    let run = invoke(&client, ARP, PACKET.path(), "arp v0 10.0.0.1 10.0.0.2").run_as_other_user();
    assert!(run.output.stdout.contains("AccessDenied"), "{}", run.output);
}
