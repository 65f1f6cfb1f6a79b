//! An ordinary program that uses std::net runs under the same gate and audit.

use crate::case::cases;
use crate::probes::{POSIX_NET, STD_NET};
use nethost_tests::host::invoke;
use nethost_tests::server::Echo;
use nethost_tests::strace::network_calls;
use nethost_tests::topology::{CLIENT, CLIENT6, HOPS, HOPS6, SERVER, SERVER6, Topology};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

cases! {
    [Netns] in each way => { is_allowed, a_port_of_the_systems_must_be_named, binds_and_sets_options }
    [Netns] => {
        is_denied_elsewhere,
        sends_more_than_fits,
        is_told_why_not,
        hears_whom_it_is_connected_to,
        serves_over_udp,
    }
    [Netns, Program("strace")] in each way => { is_denied, serves_whom_it_may }
}

fn targets() -> [String; 2] {
    [format!("{SERVER}:7"), format!("[{SERVER6}]:7")]
}

fn is_allowed() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in targets() {
        let run = invoke(
            net.client(),
            "--allow tcp.connect",
            STD_NET.path(),
            &format!("tcp {target}"),
        )
        .run();
        assert_eq!(
            (run.output.code, run.output.stdout.as_str()),
            (0, "tcp over tcp\n\n"),
            "{}",
            run.output
        );
        assert_eq!(run.log.only("open")["cap"], "tcp.connect");
        let run = invoke(
            net.client(),
            "--allow udp.exchange",
            STD_NET.path(),
            &format!("udp {target}"),
        )
        .run();
        assert_eq!(
            run.output.stdout,
            format!("udp over udp from {target}\n"),
            "{}",
            run.output
        );
        assert_eq!(run.log.only("open")["cap"], "udp.exchange");
    }
    let run = invoke(
        net.client(),
        "--allow dns.resolve",
        STD_NET.path(),
        "lookup server.test:7",
    )
    .run();
    assert!(
        run.output.code == 0 && run.output.stdout.contains(SERVER),
        "{}",
        run.output
    );
}

fn is_denied() {
    let net = Topology::line();
    for target in targets() {
        for (what, capability) in [("tcp", "tcp.connect"), ("udp", "udp.exchange")] {
            let run = invoke(
                net.client(),
                "",
                STD_NET.path(),
                &format!("{what} {target}"),
            )
            .traced();
            assert_eq!(run.output.code, 1, "{}", run.output);
            assert!(
                run.output.stdout.contains(&format!("{what} failed")),
                "{}",
                run.output
            );
            assert!(!reaches_somebody(&run.calls), "{:#?}", run.calls);
            assert_eq!(run.log.only("denied")["cap"], capability);
        }
    }
    let run = invoke(net.client(), "", STD_NET.path(), "lookup server.test:7").traced();
    assert_eq!(
        (run.output.code, network_calls(&run.calls).len()),
        (1, 0),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "dns.resolve");
    for (args, capability) in [
        ("listen 0.0.0.0:4444", "tcp.listen"),
        // A port that the kernel chooses is one too once somebody listens there.
        ("listen 0.0.0.0:0", "tcp.listen"),
        ("bind 0.0.0.0:4444", "udp.listen"),
    ] {
        let run = invoke(net.client(), "", STD_NET.path(), args).traced();
        assert_eq!(run.output.code, 1, "{}", run.output);
        assert!(
            run.output.stdout.contains("PermissionDenied"),
            "{}",
            run.output
        );
        assert!(!reaches_somebody(&run.calls), "{:#?}", run.calls);
        assert_eq!(run.log.only("denied")["cap"], capability);
    }
}

fn a_port_of_the_systems_must_be_named() {
    let net = Topology::line();
    let plain = "--allow tcp.listen --allow udp.listen";
    for args in ["listen 0.0.0.0:443", "bind 127.0.0.1:53", "bind [::1]:53"] {
        let run = invoke(net.client(), plain, STD_NET.path(), args).traced();
        assert_eq!(run.output.code, 1, "{args}: {}", run.output);
        assert!(!reaches_somebody(&run.calls), "{args}: {:#?}", run.calls);
        assert_eq!(run.log.of("denied").len(), 1, "{args}: {:#?}", run.log);
    }
    let named = "--allow udp.listen:local-port,privileged-port";
    let bind =
        |options: &str, args: &str| invoke(net.client(), options, STD_NET.path(), args).run();
    let run = bind(named, "bind 127.0.0.1:53");
    // Whether the kernel lets this user have it is another matter.
    assert_eq!(run.log.of("denied").len(), 0, "{:#?}", run.log);
    assert_eq!(run.log.of("open").len(), 1, "{:#?}", run.log);
    let denied = "--allow udp.listen --deny udp.listen:local-port";
    let run = bind(denied, "bind 127.0.0.1:4444");
    assert_eq!(run.output.code, 1, "{}", run.output);
}

/// Whether a call has an effect that others notice.
fn reaches_somebody(calls: &[String]) -> bool {
    let listens = |call: &String| call.contains("listen(") && !call.contains("ENOSYS");
    let bound = |call: &str| call.contains("bind(") && !call.contains("htons(0)");
    let sends = |call: &str| call.contains("connect(") || call.contains("send");
    calls.iter().any(listens)
        || network_calls(calls)
            .into_iter()
            .any(|call| sends(call) || bound(call))
}

fn is_denied_elsewhere() {
    let net = Topology::line();
    let options = format!("--allow tcp.connect --deny tcp.connect={SERVER}");
    let run = invoke(
        net.client(),
        &options,
        STD_NET.path(),
        &format!("tcp {SERVER}:7"),
    )
    .run();
    assert_eq!(
        (run.output.code, run.log.of("denied").len()),
        (1, 1),
        "{}",
        run.output
    );
}

fn sends_more_than_fits() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    let args = format!("much {SERVER}:7");
    let run = invoke(net.client(), "--allow tcp.connect", STD_NET.path(), &args).run();
    let all = 1 << 20;
    assert_eq!(
        run.output.stdout,
        format!("much {all} bytes\n"),
        "{}",
        run.output
    );
    assert_eq!(run.log.total("bytes_sent"), all);
    assert_eq!(run.log.total("bytes_received"), all);
}

fn is_told_why_not() {
    let net = Topology::line();
    let allowed = "--allow tcp.connect --allow tcp.listen --allow udp.listen";
    for (args, kind) in [
        (format!("tcp {SERVER}:9"), "ConnectionRefused"),
        (format!("tcp [{SERVER6}]:9"), "ConnectionRefused"),
        ("twice 127.0.0.1:4444".into(), "AddrInUse"),
        ("twice [::1]:0".into(), "AddrInUse"),
        ("listen 192.0.2.1:0".into(), "AddrNotAvailable"),
        ("bind 192.0.2.1:0".into(), "AddrNotAvailable"),
    ] {
        let run = invoke(net.client(), allowed, STD_NET.path(), &args).run();
        assert_eq!(run.output.code, 1, "{args}: {}", run.output);
        assert!(
            run.output.stdout.contains(&format!("({kind})")),
            "{args}: {}",
            run.output
        );
        assert!(run.log.of("denied").is_empty(), "{args}");
    }
}

fn binds_and_sets_options() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    let args = format!("{CLIENT}:0 {SERVER}:7");
    let connect = "--allow tcp.connect";
    let run = invoke(net.client(), connect, POSIX_NET.path(), &args).run();
    assert!(
        run.output.stdout.contains("PermissionDenied"),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "tcp.listen");
    let allowed = format!("{connect} --allow tcp.listen={CLIENT}");
    let run = invoke(net.client(), &allowed, POSIX_NET.path(), &args).run();
    assert_eq!(
        run.output.stdout,
        format!("as C does, from {CLIENT}, [1, 70, 8, 5, 77, 20000, 30000]\n"),
        "{}",
        run.output
    );
    let anywhere = format!("0.0.0.0:0 {SERVER}:7");
    let run = invoke(net.client(), connect, POSIX_NET.path(), &anywhere).run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert_eq!(run.log.only("open")["cap"], "tcp.connect");
}

fn hears_whom_it_is_connected_to() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in targets() {
        let args = format!("udp-connected {target}");
        let run = invoke(net.client(), "--allow udp.exchange", STD_NET.path(), &args).run();
        assert_eq!(
            run.output.stdout,
            format!("udp-connected connected from {target}, true\n"),
            "{}",
            run.output
        );
        assert_eq!(run.log.only("open")["cap"], "udp.exchange");
        assert_eq!(run.log.total("bytes_sent"), 9);
    }
    let args = format!("udp-connected {SERVER}:9");
    let run = invoke(net.client(), "--allow udp.exchange", STD_NET.path(), &args).run();
    assert!(
        run.output.stdout.contains("ConnectionRefused"),
        "{}",
        run.output
    );
}

/// What a server says to whoever says this, once it listens. None when it resets the connection.
fn said_over_tcp(to: SocketAddr, text: &str) -> Option<String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match TcpStream::connect_timeout(&to, Duration::from_secs(10)) {
            Ok(stream) => break stream,
            // Turned away before this side saw that it was connected.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
            Err(error) => assert!(Instant::now() < deadline, "{to}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut answer = String::new();
    stream.write_all(text.as_bytes()).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn serves_whom_it_may() {
    let net = Topology::line();
    for (at, peer, stranger) in [
        (format!("{CLIENT}:4444"), SERVER, HOPS[0]),
        (format!("[{CLIENT6}]:4444"), SERVER6, HOPS6[0]),
    ] {
        let address: SocketAddr = at.parse().unwrap();
        let options = format!(
            "--allow tcp.listen={} --allow tcp.listen={peer}",
            address.ip()
        );
        let (run, answer) = std::thread::scope(|scope| {
            let run = invoke(
                net.client(),
                &options,
                STD_NET.path(),
                &format!("serve {at}"),
            );
            let running = scope.spawn(|| run.traced());
            for _ in 0..3 {
                let strangers = net.node("r1").inside(|| said_over_tcp(address, "who"));
                assert_eq!(strangers, None, "{stranger} is served");
            }
            let answer = net
                .node("server")
                .inside(|| said_over_tcp(address, "hello"));
            (running.join().unwrap(), answer)
        });
        assert_eq!(answer.as_deref(), Some("HELLO"), "{}", run.output);
        let told = format!("serve hello to {peer}\n");
        assert!(run.output.stdout.contains(&told), "{}", run.output);
        let denied = run.log.of("denied");
        assert_eq!(denied.len(), 3, "{denied:#?}");
        for record in denied {
            let resolved = record["target"]["resolved"].as_str().unwrap();
            let from: SocketAddr = resolved.parse().unwrap();
            assert_eq!(from.ip().to_string(), stranger, "{record}");
        }
        // Where it listens, and whom it was given.
        assert_eq!(run.log.of("open").len(), 2, "{:#?}", run.log.of("open"));
        assert_eq!(run.log.total("bytes_received"), 5);
    }
}

fn serves_over_udp() {
    let net = Topology::line();
    for (at, peer, any) in [
        (format!("{CLIENT}:4444"), SERVER, "0.0.0.0:0"),
        (format!("[{CLIENT6}]:4444"), SERVER6, "[::]:0"),
    ] {
        let host = at.parse::<SocketAddr>().unwrap().ip();
        let options = format!("--allow udp.listen={host} --allow udp.exchange={peer}");
        let run = std::thread::scope(|scope| {
            let run = invoke(
                net.client(),
                &options,
                STD_NET.path(),
                &format!("serve-udp {at}"),
            );
            let running = scope.spawn(|| run.run());
            let ask = |node: &str, text: &str| {
                net.node(node).inside(|| {
                    let socket = UdpSocket::bind(any).unwrap();
                    let patience = Duration::from_millis(200);
                    socket.set_read_timeout(Some(patience)).unwrap();
                    let mut answer = [0; 16];
                    socket.send_to(text.as_bytes(), &at).unwrap();
                    let length = socket.recv(&mut answer).ok()?;
                    Some(String::from_utf8_lossy(&answer[..length]).into_owned())
                })
            };
            let deadline = Instant::now() + Duration::from_secs(20);
            let mut answer = None;
            while answer.is_none() && Instant::now() < deadline {
                assert_eq!(ask("r1", "stranger"), None);
                answer = ask("server", "hello");
            }
            assert_eq!(answer.as_deref(), Some("HELLO"));
            running.join().unwrap()
        });
        assert!(
            run.output
                .stdout
                .contains(&format!("serve-udp hello to {peer}\n")),
            "{}",
            run.output
        );
        assert!(
            run.log.of("denied").len() <= 100,
            "{:#?}",
            run.log.of("denied")
        );
        for record in run.log.of("denied") {
            assert_eq!(record["cap"], "udp.exchange", "{record}");
        }
    }
}
