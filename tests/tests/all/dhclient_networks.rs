//! dhclient on networks with more than one good server: behind a relay agent, with several clients, with servers that are
//! not expected, silent, refusing, or that hand out what is rare.

use crate::case::cases;
use crate::dhclient_native::{OBTAINED, words};
use nethost_tests::dhcp::{Bed, Server};
use nethost_tests::namespace::Namespace;
use nethost_tests::odd_dhcp_server::{ACK, DISCOVER, NAK, OFFER, OddServer, Question, REQUEST};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns, Program("dnsmasq"), Program("dhcrelay")] => { is_served_through_a_relay_agent }
    [Netns, Program("dnsmasq")] => { clients_of_one_interface_have_their_own_answers }
    [Netns, Program("dnsmasq"), Program("dhclient")] => { has_its_own_answers_beside_the_native_one }
    [Netns] => {
        a_rogue_server_is_marked,
        a_silent_server_is_asked_again,
        a_refusal_begins_anew,
        rests_where_ipv6_is_preferred,
        long_and_overloaded_options_are_read,
    }
}

/// A server that offers and confirms, with these options.
fn good(options: &'static [u8]) -> impl Fn(usize, &Question) -> Vec<Vec<u8>> + Send {
    move |_, question| match question.kind() {
        DISCOVER => vec![question.answer(OFFER, options)],
        REQUEST => vec![question.answer(ACK, options)],
        _ => Vec::new(),
    }
}

/// The client is on another network than the server; the relay agent between them passes messages on.
fn is_served_through_a_relay_agent() {
    let bed = Bed::new();
    // The server's end of the cable belongs to the relay agent, which has a second cable.
    let beyond = Namespace::new("beyond");
    bed.server.cable("u0", &beyond, "u0");
    bed.server.addresses("u0", &["10.1.0.1/24"]);
    beyond.addresses("u0", &["10.1.0.2/24"]);
    bed.server.up(&["u0"]);
    beyond.up(&["u0"]);
    bed.server.sysctl("net.ipv4.ip_forward", "1");
    beyond
        .command("ip")
        .words("route add 10.0.0.0/24 via 10.1.0.1")
        .succeed();
    let leases = bed.file("beyond.leases");
    let running = beyond
        .command("dnsmasq")
        .words(
            "--no-daemon --conf-file=/dev/null --port=0 --interface=u0 --bind-interfaces --no-ping",
        )
        .words("--user=root --group=root --dhcp-authoritative")
        .words("--dhcp-range=10.0.0.50,10.0.0.50,255.255.255.0,120 --dhcp-option=3,10.0.0.2")
        .arg(format!("--dhcp-leasefile={leases}"))
        .patience(Duration::from_secs(120))
        .spawn();
    let server = Server::new(running, leases);
    let relay = bed
        .server
        .command("dhcrelay")
        .words("-4 -d --no-pid -id v0 -iu u0 10.1.0.2")
        .patience(Duration::from_secs(120))
        .spawn();
    relay.expect_complaint("Listening on");
    let output = bed.ours("", "--probe -4 --timeout 3 v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains(
            "v0: offer of 10.0.0.50 from 10.1.0.2 (sent by 10.0.0.2) through relay 10.0.0.2"
        ),
        "{output}"
    );
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    server.until_leases(1);
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert!(
        output.stdout.contains("would set address 10.0.0.50/24"),
        "{output}"
    );
    relay.signal(Signal::SIGTERM);
    let _ = relay.finish();
}

/// dnsmasq with addresses for several clients.
fn for_several(bed: &Bed) -> Server {
    let leases = bed.file("several.leases");
    let running = bed
        .server
        .command("dnsmasq")
        .words(
            "--no-daemon --conf-file=/dev/null --port=0 --interface=v0 --bind-interfaces --no-ping",
        )
        .words("--user=root --group=root --dhcp-authoritative")
        .words("--dhcp-range=10.0.0.50,10.0.0.59,255.255.255.0,120")
        .arg(format!("--dhcp-leasefile={leases}"))
        .patience(Duration::from_secs(120))
        .spawn();
    bed.until_bound(67);
    Server::new(running, leases)
}

/// The address in the line that ends the search.
fn bound(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("bound to "))?;
    line.split(' ').next().map(str::to_owned)
}

/// Each question has a transaction of its own, and each client its hardware address: what is for another is not taken,
/// although both receive it.
fn clients_of_one_interface_have_their_own_answers() {
    let bed = Bed::new();
    let server = for_several(&bed);
    let clients: Vec<_> = [1, 2, 3]
        .into_iter()
        .map(|number| {
            let grant = format!("--allow packet.spoof=hardware-02-00-00-00-00-1{number}");
            let line = format!("-v -B -C 0:{number}:{number} --mac 02:00:00:00:00:1{number} v0");
            bed.ours(&grant, &line).spawn()
        })
        .collect();
    let mut addresses = Vec::new();
    for client in clients {
        client.expect_complaint("bound to ");
        addresses.push((client.complained(), client));
    }
    server.until_leases(3);
    let mut bound_to: Vec<String> = Vec::new();
    for (said, client) in addresses {
        let address = bound(&said).expect("an address");
        // It was offered and confirmed nothing else.
        for line in said.lines().filter(|line| line.contains(" of 10.")) {
            assert!(line.contains(&format!(" of {address} ")), "{said}");
        }
        bound_to.push(address);
        client.signal(Signal::SIGINT);
        assert_eq!(client.finish().code, 0);
    }
    bound_to.sort_unstable();
    bound_to.dedup();
    assert_eq!(bound_to.len(), 3, "{bound_to:?}");
    server.until_leases(0);
}

fn has_its_own_answers_beside_the_native_one() {
    let bed = Bed::new();
    let server = for_several(&bed);
    let (leases, process) = (bed.file("theirs"), bed.file("process"));
    // A server gives clients with one hardware address leases of their own by their identifiers alone.
    let conf = bed.file("theirs.conf");
    std::fs::write(&conf, "send dhcp-client-identifier 0:8:8;\n").expect("a file");
    let line = format!("-v -d -cf {conf} -sf /bin/true -pf {process} -lf {leases} v0");
    // One after the other: dnsmasq offers the same address to two with one hardware address that ask at once.
    let ours = bed.ours("", "-v -C 0:9:9 v0").spawn();
    ours.expect_complaint("bound to ");
    let native = bed.client.command("dhclient").words(&line);
    let native = native.patience(Duration::from_secs(60)).spawn();
    native.expect_complaint("bound to ");
    server.until_leases(2);
    let (theirs, mine) = (bound(&native.complained()), bound(&ours.complained()));
    assert!(theirs.is_some() && mine.is_some() && theirs != mine);
    for running in [ours, native] {
        running.signal(Signal::SIGTERM);
        let _ = running.finish();
    }
}

fn a_rogue_server_is_marked() {
    let bed = Bed::new();
    // Both answer; the second one says that it is 10.0.0.66, and hands out another router and name server.
    let server = OddServer::new(&bed.server, |_, question| {
        let rogue = [
            53, 1, OFFER, 54, 4, 10, 0, 0, 66, 51, 4, 0, 0, 0, 120, 3, 4, 10, 0, 0, 66, 6, 4, 10,
            0, 0, 66, 255,
        ];
        vec![
            question.answer(OFFER, &[3, 4, 10, 0, 0, 2]),
            question.answer_of(&rogue),
        ]
    });
    let line = "--probe -4 --timeout 1 --expect 10.0.0.2 v0";
    let output = bed.ours("", line).run();
    assert_eq!(output.code, 3, "{output}");
    for line in [
        "from 10.0.0.66 (sent by 10.0.0.2)",
        "ms -- NOT EXPECTED\n",
        "v0: servers differ in routers:\n  10.0.0.2 10.0.0.2\n  10.0.0.66 10.0.0.66\n",
        "v0: servers differ in domain-name-servers:\n  10.0.0.2 -\n  10.0.0.66 10.0.0.66\n",
        "v0: 2 server(s) answered\nv0: not expected: 10.0.0.66\n",
    ] {
        assert!(output.stdout.contains(line), "{line}: {output}");
    }
    assert_eq!(output.stdout.matches("NOT EXPECTED").count(), 1, "{output}");
    // dhclient.conf can reject a server, here the one whose offer would be taken.
    let conf = bed.file("rejecting.conf");
    std::fs::write(&conf, "initial-interval 1;\nreject 10.0.0.2;\n").expect("a file");
    let running = bed.ours("", &format!("-v -cf {conf} v0")).spawn();
    running.expect_complaint("DHCPREQUEST for 10.0.0.50");
    running.signal(Signal::SIGTERM);
    let _ = running.finish();
    let asked = server.asked();
    let request = asked.iter().find(|asked| asked.kind() == REQUEST);
    let chosen = request.and_then(|request| request.option(54));
    assert_eq!(chosen, Some(vec![10, 0, 0, 66]));
}

/// The offer is good, but the first two requests are not answered.
fn a_silent_server_is_asked_again() {
    let bed = Bed::new();
    let server = OddServer::new(&bed.server, {
        let requests = std::sync::atomic::AtomicUsize::new(0);
        move |_, question| match question.kind() {
            DISCOVER => vec![question.answer(OFFER, &[])],
            REQUEST => match requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 | 1 => Vec::new(),
                _ => vec![question.answer(ACK, &[])],
            },
            _ => Vec::new(),
        }
    });
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    assert!(server.count(REQUEST) >= 3);
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(words(&output.stderr)[..7], OBTAINED, "{output}");
    let requests = output.stderr.matches("DHCPREQUEST for 10.0.0.50").count();
    assert!(requests >= 3, "{output}");
}

fn a_refusal_begins_anew() {
    let bed = Bed::new();
    let server = OddServer::new(&bed.server, {
        let requests = std::sync::atomic::AtomicUsize::new(0);
        move |_, question| match question.kind() {
            DISCOVER => vec![question.answer(OFFER, &[])],
            REQUEST => {
                let first = requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
                let refused = [53, 1, NAK, 54, 4, 10, 0, 0, 2, 255];
                match first {
                    true => vec![question.answer_of(&refused)],
                    false => vec![question.answer(ACK, &[])],
                }
            }
            _ => Vec::new(),
        }
    });
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    running.signal(Signal::SIGINT);
    let output = running.finish();
    let said = words(&output.stderr);
    let refused = said.iter().position(|line| line == "DHCPNAK from 10.0.0.2");
    let refused = refused.unwrap_or_else(|| panic!("no refusal: {output}"));
    assert_eq!(said[refused + 1..refused + 6], OBTAINED[2..], "{output}");
    assert!(server.count(DISCOVER) >= 2);
}

/// Option 108 (RFC 8925), if the client has asked for it: no address is asked for.
fn rests_where_ipv6_is_preferred() {
    let bed = Bed::new();
    let server = OddServer::new(&bed.server, good(&[108, 4, 0, 0, 0, 7]));
    let conf = bed.file("only6.conf");
    let text = "initial-interval 1;\nrequest subnet-mask, v6-only-preferred;\n";
    std::fs::write(&conf, text).expect("a file");
    let running = bed.ours("", &format!("-v -cf {conf} v0")).spawn();
    running.expect_complaint("DHCPOFFER of 10.0.0.50 from 10.0.0.2: v6 only preferred for 300.\n");
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!((output.stdout.as_str(), server.count(REQUEST)), ("", 0));
    let request = server.asked()[0].option(55).expect("a list");
    assert_eq!(request, [1, 108]);
    // Unasked, it has no effect.
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, 0);
    assert!(server.count(REQUEST) > 0);
}

/// Options in the fields `file` and `sname`, and one in several parts (RFC 3396); those that are rare by their names.
fn long_and_overloaded_options_are_read() {
    let bed = Bed::new();
    let _server = OddServer::new(&bed.server, |_, question| {
        let mut options = vec![
            53, 1, OFFER, 54, 4, 10, 0, 0, 2, 51, 4, 0, 0, 0, 120, 52, 1, 3,
        ];
        // A name of 300 octets in two parts, with another option between them.
        let long = [b'a'; 300];
        options.extend([114, 255]);
        options.extend(&long[..255]);
        options.extend([108, 4, 0, 0, 7, 8]);
        options.extend([114, 45]);
        options.extend(&long[255..]);
        options.push(255);
        let mut answer = question.answer_of(&options);
        let sname = b"\x78\x0b\x00\x03sip\x04test\x00\x96\x04\x0a\x00\x00\x02\xff";
        answer[44..44 + sname.len()].copy_from_slice(sname);
        let file = b"\x3c\x09PXEClient\x5d\x02\x00\x07\x77\x08\x01a\x04test\x00\x79\x07\x10\x0a\x05\x0a\x00\x00\x02\xff";
        answer[108..108 + file.len()].copy_from_slice(file);
        vec![answer]
    });
    let output = bed.ours("", "--probe -4 --timeout 1 v0").run();
    assert_eq!(output.code, 0, "{output}");
    for line in [
        "  sip-servers \"sip.test\" (120)\n",
        "  tftp-server-address 10.0.0.2 (150)\n",
        "  vendor-class-identifier \"PXEClient\" (60)\n",
        "  pxe-system-type 7 (x64 UEFI) (93)\n",
        "  domain-search \"a.test\" (119)\n",
        "  rfc3442-classless-static-routes 10.5.0.0/16 via 10.0.0.2 (121)\n",
        "  v6-only-preferred 1800 seconds (108)\n",
        "  dhcp-option-overload 3 (52)\n",
        &format!("  default-url \"{}\" (114)\n", "a".repeat(300)),
    ] {
        assert!(output.stdout.contains(line), "{line}: {output}");
    }
    assert!(!output.stdout.contains("server-name"), "{output}");
}
