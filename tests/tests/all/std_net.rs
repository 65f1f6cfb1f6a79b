//! An ordinary program that uses std::net runs under the same gate and audit.

use crate::case::cases;
use crate::probes::STD_NET;
use nethost_tests::host::invoke;
use nethost_tests::server::Echo;
use nethost_tests::strace::network_calls;
use nethost_tests::topology::{SERVER, SERVER6, Topology};

cases! {
    [Netns] => { is_allowed, is_denied_elsewhere }
    [Netns, Program("strace")] => { is_denied }
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
            let sent = |call: &&str| call.contains("connect(") || call.contains("send");
            assert_eq!(
                network_calls(&run.calls).into_iter().filter(sent).count(),
                0,
                "{:#?}",
                run.calls
            );
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
    let run = invoke(net.client(), "", STD_NET.path(), "listen 0.0.0.0:4444").run();
    assert_eq!(run.output.code, 1, "{}", run.output);
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
