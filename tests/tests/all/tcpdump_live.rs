//! tcpdump beside the native one: packets as they pass. Started by root, the native tool becomes another user.

use crate::case::cases;
use crate::tcpdump::packets;
use nethost_tests::command::{Command, Output, Running};
use nethost_tests::frames;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    first round;
    [Netns, OtherUser, Program("tcpdump"), Program("ping")] => {
        live_is_the_same,
        all_interfaces_at_once,
        tags_of_vlans,
    }
    [Netns, Program("ping")] in each way => {
        counts_at_the_end,
        the_policy_forces_a_filter,
        interfaces_that_come_later,
    }
}

/// Starts it, and waits until it captures.
fn begin(command: Command) -> Running {
    let running = command.spawn();
    running.expect_complaint("listening on");
    running
}

/// Runs both at once while something passes, and waits for both to end by themselves. Returns their packets, and what they
/// said when they began. The counters at the end differ by packets that came later.
fn beside(node: &Namespace, args: &str, pass: impl Fn()) -> (Vec<String>, Vec<String>) {
    let theirs = begin(node.command("tcpdump").words("-l -Z root").words(args));
    let ours = begin(nethost(node).words("tcpdump -l").words(args));
    pass();
    let packets = |run: Output| {
        assert_eq!(run.code, 0, "{args}: {run}");
        assert!(!run.stdout.is_empty(), "{args}: {run}");
        let (begins, counters) = run.stderr.split_once(" bytes\n").expect("how it begins");
        let counters = counters.replace(|c: char| c.is_ascii_digit(), "");
        let lines = begins.lines().chain(run.stdout.lines());
        lines.map(str::to_owned).chain([counters]).collect()
    };
    (packets(theirs.finish()), packets(ours.finish()))
}

fn ping(node: &Namespace, args: &str) {
    node.command("ping").words(args).succeed();
}

fn live_is_the_same() {
    let net = Topology::line();
    let client = net.client();
    let server = "10.0.0.2";
    for args in [
        "-n -t -c 4 -i link0 icmp",
        "-n -t -e -c 4 -i link0 icmp",
        "-n -t -c 2 -Q in -i link0 icmp",
        "-n -t -c 2 -Q out -i link0 icmp",
        "-n -t -c 4 -v -i link0 icmp",
        "-n -t -c 4 -p -B 512 --immediate-mode -i link0 icmp and greater 90",
        "-n -t -c 4 -s 40 -i link0 icmp",
        "-n -t -c 4 -i lo icmp",
    ] {
        let to = if args.contains("-i lo") {
            "127.0.0.1"
        } else {
            server
        };
        let (native, ours) = beside(client, args, || ping(client, &format!("-c 4 -i 0.2 {to}")));
        assert_eq!(ours, native, "{args}");
    }
}

fn all_interfaces_at_once() {
    let net = Topology::line();
    let client = net.client();
    for args in [
        "-n -t -c 6 -i any icmp",
        "-n -t -e -c 6 -i any icmp",
        "-n -t -e -c 4 -i any -y LINUX_SLL icmp",
        "-n -t -c 2 -i any inbound and icmp and host 10.0.0.2",
        "-n -t -c 3 -i any icmp[0] = 8",
        // Not in the kernel.
        "-n -t -c 2 -i any icmp and link[11] = 6",
    ] {
        let (native, ours) = beside(client, args, || {
            ping(client, "-c 2 -i 0.2 127.0.0.1");
            ping(client, "-c 4 -i 0.2 10.0.0.2");
        });
        assert_eq!(ours, native, "{args}");
    }
}

fn tags_of_vlans() {
    let net = Topology::line();
    let tagged: Vec<_> = packets()
        .into_iter()
        .filter(|frame| frame[12..14] == [0x81, 0])
        .collect();
    for args in [
        "-n -t -e -c 3 -i link0 vlan",
        "-n -t -e -c 2 -i link0 vlan 7",
        "-n -t -e -c 2 -i link0 vlan and icmp",
        "-n -t -c 2 -i link0 vlan 5 and icmp[0] = 8",
    ] {
        let (native, ours) = beside(net.node("r1"), args, || {
            frames::send(net.client(), "link0", &tagged)
        });
        assert_eq!(ours, native, "{args}");
        assert!(
            ours.iter().any(|line| line.contains("ICMP")),
            "{args}: {ours:?}"
        );
    }
}

/// Where a rule denies one interface, what comes later is left out: it might be that one.
fn interfaces_that_come_later() {
    for (options, is_captured) in [("", true), ("--deny capture.live=late0", false)] {
        let net = Topology::line();
        let client = net.client();
        let words = format!("{options} tcpdump -l -n -c 4 -i any icmp or arp");
        let running = begin(nethost(client).words(&words));
        for command in [
            "link add late0 type veth peer late1",
            "addr add 10.66.0.1/24 dev late0",
            "link set late0 up",
            "link set late1 up",
        ] {
            client.command("ip").words(command).succeed();
        }
        // Nobody answers; its question passes both ends.
        let unanswered = client.command("ping").words("-c 1 -W 1 -n 10.66.0.2").run();
        assert_eq!(unanswered.code, 1, "{unanswered}");
        ping(client, "-c 4 -i 0.2 10.0.0.2");
        let run = running.finish();
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(run.stdout.contains("late0"), is_captured, "{run}");
        assert_eq!(run.stdout.contains("late1"), is_captured, "{run}");
    }
}

fn counts_at_the_end() {
    let net = Topology::line();
    let client = net.client();
    let running = begin(nethost(client).words("tcpdump -l -n -i link0 icmp"));
    running.expect_complaint(
        "listening on link0, link-type EN10MB (Ethernet), snapshot length 262144 bytes",
    );
    ping(client, "-c 2 -i 0.2 10.0.0.2");
    running.expect("echo reply");
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGUSR1);
    running.expect_complaint(
        "tcpdump: 4 packets captured, 4 packets received by filter, 0 packets dropped by kernel\n",
    );
    running.signal(Signal::SIGINT);
    let run = running.finish();
    assert_eq!(run.code, 0, "{run}");
    let end = "4 packets captured\n4 packets received by filter\n0 packets dropped by kernel\n";
    assert!(
        run.stderr.ends_with(end) && run.stdout.ends_with("\n\n"),
        "{run}"
    );
}

fn the_policy_forces_a_filter() {
    let net = Topology::line();
    let client = net.client();
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let text = r#"
version = 1
[[plugin]]
name = "tcpdump"
allow = [
    { cap = "capture.live", to = ["link0"], filter = "icmp", snapshot = 60, packets = 2 },
    { cap = "capture.filter" }, { cap = "route.read" }, { cap = "file.read" },
]
"#;
    std::fs::write(&policy, text).unwrap();
    let options = format!("--policy {}", policy.display());
    let pinged = client
        .command("ping")
        .words("-i 0.2 -w 20 10.0.0.2")
        .spawn();
    let run = invoke(client, &options, "tcpdump", "-n -t -c 4 -i link0 ip").run();
    drop(pinged);
    let lines: Vec<_> = run.output.stdout.lines().collect();
    assert!(
        lines.len() == 2 && lines.iter().all(|line| line.contains("ICMP")),
        "{}",
        run.output
    );
    assert!(
        run.output.stderr.contains("snapshot length 60 bytes"),
        "{}",
        run.output
    );
    assert!(run.output.stderr.contains("packets = 2"), "{}", run.output);
    let opened = run.log.of("open");
    let record = opened.iter().find(|record| record["cap"] == "capture.live");
    let record = record.expect("a record");
    assert_eq!(record["target"]["resolved"], "link0", "{record}");
    assert!(record.to_string().contains("forced-filter"), "{record}");
    // Other interfaces, and an expression that is none.
    for (options, args, words) in [
        (options.as_str(), "-c 1 -i lo", "denied: capture.live to lo"),
        (
            options.as_str(),
            "-c 1 -i any",
            "denied: capture.live to any-interface",
        ),
    ] {
        let run = invoke(client, options, "tcpdump", args).run().output;
        assert!(run.code == 1 && run.stderr.contains(words), "{run}");
    }
    // A denied interface is not among all of them.
    let options = "--deny capture.live=link0";
    let pinged = client
        .command("ping")
        .words("-i 0.2 -w 20 10.0.0.2")
        .spawn();
    let own = client
        .command("ping")
        .words("-i 0.2 -w 20 127.0.0.1")
        .spawn();
    let run = invoke(client, options, "tcpdump", "-n -t -c 6 -i any icmp")
        .run()
        .output;
    drop((pinged, own));
    assert!(run.code == 0 && !run.stdout.contains("10.0.0.2"), "{run}");
    let options = format!("--policy {}", policy.display());
    std::fs::write(&policy, text.replace("\"icmp\"", "\"no icmp\"")).unwrap();
    let run = invoke(client, &options, "tcpdump", "-c 1 -i link0")
        .run()
        .output;
    assert!(
        run.code == 1 && run.stderr.contains("the filter that the policy forces"),
        "{run}"
    );
}
