//! ICMP echo.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{ICMP_DROPS, ICMP_FACTS, ICMP_MALFORMED, ICMP_MANY};
use nethost_tests::host::invoke;
use nethost_tests::odd_router::{self, OddRouter, Oddness};
use nethost_tests::topology::{CLIENT, SERVER, SERVER6, Topology, UNROUTED};

cases! {
    [Netns, Program("strace")] in each way => { is_denied, a_set_is_denied }
    [Netns] in each way => { is_allowed, chooses_the_socket, a_set_is_allowed_in_part }
    [Netns] => { a_remote_is_denied_alone, is_malformed, is_dropped, tells_errors }
    [Netns, OtherUser] => { needs_no_privilege_where_the_kernel_lets }
    [Tun] in each way => { withholds_what_strangers_send }
}

fn is_denied() {
    let net = Topology::line();
    denied(
        net.client(),
        ICMP_FACTS,
        &format!("1 {SERVER}"),
        "icmp.echo",
        SERVER,
    );
    denied(
        net.client(),
        ICMP_FACTS,
        &format!("1 {SERVER6}"),
        "icmp.echo",
        SERVER6,
    );
}

fn is_allowed() {
    let net = Topology::line();
    for (target, options) in [
        (SERVER, "--allow icmp.echo=10.0.3.0/24"),
        (SERVER6, "--allow icmp.echo=fd00::/16"),
    ] {
        let run = allowed(net.client(), options, ICMP_FACTS, &format!("3 {target}"));
        for sequence in 1..=3 {
            let line = format!("reply {sequence} {target} hop-limit Some(61) \"probe\"");
            assert!(
                run.output.stdout.contains(&line),
                "no {line:?} in {}",
                run.output
            );
        }
        let record = run.log.only("close");
        assert_eq!(record["cap"], "icmp.echo");
        assert_eq!(record["counters"]["packets_sent"], 3, "{record}");
        assert_eq!(record["counters"]["packets_received"], 3, "{record}");
        assert_eq!(record["counters"]["bytes_sent"], 15, "{record}");
    }
}

fn a_remote_is_denied_alone() {
    let net = Topology::line();
    let options = format!("--allow icmp.echo=10.0.0.0/8 --deny icmp.echo={UNROUTED}");
    let run = allowed(
        net.client(),
        &options,
        ICMP_FACTS,
        &format!("1 {SERVER} {UNROUTED} 10.0.1.2"),
    );
    assert!(
        run.output
            .stdout
            .contains(&format!("remote {UNROUTED} denied")),
        "{}",
        run.output
    );
    assert!(run.output.stdout.contains("sent 2"), "{}", run.output);
    assert!(
        run.output.stdout.contains("reply 1 10.0.1.2"),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["target"]["resolved"], UNROUTED);
}

fn a_set_is_denied() {
    let net = Topology::line();
    denied(
        net.client(),
        ICMP_MANY,
        "8 10.0.3.0 10.0.3.7",
        "icmp.echo",
        "10.0.3.0/29",
    );
    denied(
        net.client(),
        ICMP_MANY,
        "8 fd00:0:0:3:: fd00:0:0:3::f",
        "icmp.echo",
        "fd00:0:0:3::/124",
    );
}

fn a_set_is_allowed_in_part() {
    let net = Topology::line();
    for for_everyone in [false, true] {
        net.client().ping_sockets(for_everyone);
        for (range, options, excepted, used) in [
            (
                "10.0.3.1 10.0.3.6",
                "--allow icmp.echo=10.0.3.0/24 --deny icmp.echo=10.0.3.4/31",
                "10.0.3.4/31",
                "10.0.3.1-10.0.3.3,10.0.3.6",
            ),
            (
                "fd00:0:0:3::1 fd00:0:0:3::6",
                "--allow icmp.echo=fd00::/16 --deny icmp.echo=fd00:0:0:3::4/127",
                "fd00:0:0:3::4/127",
                "fd00:0:0:3::1-fd00:0:0:3::3,fd00:0:0:3::6",
            ),
        ] {
            let run = allowed(net.client(), options, ICMP_MANY, &format!("12 {range}"));
            let told = &run.output.stdout;
            assert!(
                told.contains(&format!("target={excepted:?}")),
                "{}",
                run.output
            );
            assert!(told.contains("sent 8 denied 4"), "{}", run.output);
            for answers in ["3::1", "3::2"].map(|v6| match range.contains(':') {
                true => format!("fd00:0:0:{v6}"),
                false => format!("10.0.3.{}", &v6[3..]),
            }) {
                let lines = told.matches(&format!(" {answers}\n")).count();
                assert_eq!(lines, 2, "{answers}: {}", run.output);
            }
            let (open, close) = (run.log.only("open"), run.log.only("close"));
            assert_eq!(open["target"]["kind"], "set", "{open}");
            assert_eq!(open["except"][0]["addresses"], excepted, "{open}");
            assert_eq!(close["used"][0]["addresses"], used, "{close}");
            assert_eq!(close["used"][0]["count"], 4, "{close}");
            assert_eq!(close["counters"]["packets_sent"], 8, "{close}");
        }
    }
}

fn is_malformed() {
    let net = Topology::line();
    malformed(net.client(), "--allow icmp.echo", ICMP_MALFORMED, SERVER);
    malformed(net.client(), "--allow icmp.echo", ICMP_MALFORMED, SERVER6);
}

fn is_dropped() {
    let net = Topology::line();
    dropped(net.client(), "--allow icmp.echo", ICMP_DROPS, SERVER);
}

fn chooses_the_socket() {
    let net = Topology::line();
    for (for_everyone, kind) in [
        (false, "kind SocketKind::Raw"),
        (true, "kind SocketKind::Ping"),
    ] {
        net.client().ping_sockets(for_everyone);
        for target in [SERVER, SERVER6] {
            let run = allowed(
                net.client(),
                "--allow icmp.echo",
                ICMP_FACTS,
                &format!("1 {target}"),
            );
            assert!(
                run.output.stdout.contains(kind),
                "{for_everyone}: {}",
                run.output
            );
            assert!(
                run.output.stdout.contains(&format!("reply 1 {target}")),
                "{}",
                run.output
            );
        }
    }
}

fn needs_no_privilege_where_the_kernel_lets() {
    let net = Topology::line();
    let run = |args: &str| {
        invoke(net.client(), "--allow icmp.echo", ICMP_FACTS.path(), args).run_as_other_user()
    };
    net.client().ping_sockets(true);
    for target in [SERVER, SERVER6] {
        let granted = run(&format!("1 {target}"));
        assert!(
            granted.output.stdout.contains("kind SocketKind::Ping"),
            "{}",
            granted.output
        );
        assert!(
            granted.output.stdout.contains(&format!("reply 1 {target}")),
            "{}",
            granted.output
        );
        assert_eq!(
            granted.log.only("run-start")["actor"]["uid"],
            nethost_tests::need::OTHER_USER
        );
    }
    net.client().ping_sockets(false);
    let refused = run(&format!("1 {SERVER}"));
    assert!(
        refused
            .output
            .stdout
            .contains("open ErrorCode::AccessDenied"),
        "{}",
        refused.output
    );
}

fn tells_errors() {
    let net = Topology::line();
    for for_everyone in [false, true] {
        net.client().ping_sockets(for_everyone);
        let run = allowed(
            net.client(),
            "--allow icmp.echo",
            ICMP_FACTS,
            &format!("1 {UNROUTED}"),
        );
        let line = "error Some(1) ErrorOrigin::Icmp type 3 code 0 from Some(10.0.2.2)";
        assert!(run.output.stdout.contains(line), "{}", run.output);
        assert!(
            run.output.stdout.contains(&format!("local {CLIENT}")),
            "{}",
            run.output
        );
    }
}

fn withholds_what_strangers_send() {
    let net = Topology::line();
    let _router = OddRouter::attach(
        net.node("r1"),
        Oddness {
            wrong_source: true,
            ..Oddness::default()
        },
    );
    for for_everyone in [false, true] {
        net.client().ping_sockets(for_everyone);
        let run = allowed(
            net.client(),
            "--allow icmp.echo",
            ICMP_FACTS,
            &format!("1 {}", odd_router::HOST),
        );
        assert!(
            !run.output.stdout.contains("reply"),
            "{for_everyone}: {}",
            run.output
        );
    }
}
