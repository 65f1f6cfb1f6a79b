//! ss beside iproute2's over the same sockets.

use crate::case::{cases, sampled};
use crate::held_sockets::hold;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::strace::network_calls;
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("ss")] in each way => { shows_the_same, filters_the_same }
    [Netns, Program("strace")] in each way => { a_denied_one_opens_nothing }
    [Netns] in each way => { tells_of_sockets_as_they_close }
    [Netns] => { a_socket_is_ended_with_a_grant_alone, every_fact_is_in_json, names_stay_one_field }
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "ss", args).run().output
}

/// Times pass between two runs.
fn without_times(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let timed = ["lastsnd:", "lastrcv:", "lastack:", "busy:", "rto:", "rtt:"];
            words.push(match word.strip_prefix("timer:(") {
                Some(rest) => format!("timer:({}", rest.split(',').next().unwrap_or_default()),
                // By which name depends on what is mounted.
                None if word.starts_with("cgroup:") => "cgroup:".to_owned(),
                None if timed.iter().any(|name| word.starts_with(name)) => {
                    word.split(':').next().unwrap_or_default().to_owned()
                }
                None => word.to_owned(),
            });
        }
        // Times in the last column make it wider.
        shown += words.join(" ").trim_end();
        shown.push('\n');
    }
    shown
}

fn compare(node: &Namespace, args: &str) {
    let native = node.command("ss").words(args).run();
    let ours = ours(node, "", args);
    assert_eq!(
        (ours.code, without_times(&ours.stdout)),
        (native.code, without_times(&native.stdout)),
        "ss {args}\n{ours}{native}"
    );
    // Where it goes well, ss tells here of what the kernel or the mounts of the test lack.
    if native.code != 0 {
        assert_eq!(
            ours.stderr.trim_end(),
            native.stderr.trim_end(),
            "ss {args}"
        );
    }
}

fn shows_the_same() {
    let net = Topology::alone();
    let _held = hold(net.client());
    let mut lines = Vec::new();
    for what in [
        "-t", "-u", "-w", "-tu", "-tuw", "-4", "-6", "-A inet", "-t4", "-u6",
    ] {
        for states in ["", "-a", "-l"] {
            for form in [
                "", "-n", "-H", "-e", "-m", "-o", "-O -e", "--tos", "--cgroup",
            ] {
                lines.push(format!("{what} {states} {form}"));
            }
        }
    }
    for line in sampled(&lines) {
        compare(net.client(), line);
    }
    for args in [
        "-tai",
        "-tane",
        "-tuan --inet-sockopt",
        "-tanO --inet-sockopt",
        "-h",
        "-Z",
        "-y",
        "-f foo",
        "-xE",
        "-E -A netlink",
        "-s -N nosuchnamespace",
        "-N ../nosuch -t",
    ] {
        compare(net.client(), args);
    }
}

fn filters_the_same() {
    let net = Topology::alone();
    let _held = hold(net.client());
    for state in sampled([
        "established",
        "syn-sent",
        "syn-recv",
        "fin-wait-1",
        "fin-wait-2",
        "time-wait",
        "closed",
        "close-wait",
        "last-ack",
        "listening",
        "closing",
        "all",
        "connected",
        "synchronized",
        "bucket",
        "big",
        "nonsense",
    ]) {
        compare(net.client(), &format!("-tn state {state}"));
        compare(net.client(), &format!("-tn exclude {state}"));
    }
    for filter in sampled([
        "sport = :8080",
        "sport 8080",
        "sport eq 8080",
        "sport != 8080",
        "not sport = 8080",
        "! sport = 8080",
        "sport ge 40000",
        "sport le 1024",
        "sport > 8080",
        "sport < 8080",
        "dport lt 1000",
        "dport gt 8000",
        "dport = :https or sport = :https",
        "sport = 443 or sport = 8080 and src 127.0.0.1",
        "( sport = 443 or sport = 8080 ) and src 127.0.0.1",
        "src 127.0.0.0/8",
        "src 127.1",
        "dst 127.0.0.1:8080",
        "src [::1]",
        "dst [::1]:443",
        "src ::1",
        "src 10.9.0.0/24",
        "src *:443",
        "src 0.0.0.0",
        "! src 0.0.0.0",
        "src any",
        "autobound",
        "not autobound",
        "dev lo",
        "dev != v0",
        "dev nosuch",
        "fwmark = 1",
        "fwmark x",
        "fwmark != 0x1/0xff",
        "( sport = 22",
        "sport = 22 )",
        "dst",
        "sport",
        "sport = :nosuchport",
        "src :443",
        "sport >= 8080 and sport <= 40001",
        "sport = 8080 | sport = 443",
        "sport = 8080 & dport = 40001",
    ]) {
        compare(net.client(), &format!("-tan {filter}"));
        compare(net.client(), &format!("-uan {filter}"));
    }
}

fn a_denied_one_opens_nothing() {
    let net = Topology::alone();
    let run = invoke(net.client(), "--deny sockets.read", "ss", "-tan").traced();
    assert_ne!(run.output.code, 0, "{}", run.output);
    assert!(
        run.output.stderr.contains("denied: sockets.read to tcp"),
        "{}",
        run.output
    );
    assert_eq!(
        network_calls(&run.calls),
        Vec::<&str>::new(),
        "{}",
        run.output
    );
    // One protocol may be denied, and others not.
    let run = ours(net.client(), "--deny sockets.read=udp", "-tan");
    assert_eq!(run.code, 0, "{run}");
    // Owners are looked for only where there are sockets.
    let _held = net
        .client()
        .inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let run = ours(net.client(), "--deny process.read", "-tanp");
    assert!(
        run.code != 0 && run.stderr.contains("process.read"),
        "{run}"
    );
}

fn a_socket_is_ended_with_a_grant_alone() {
    let net = Topology::alone();
    let _held = hold(net.client());
    let args = "-K -tn sport = 40001";
    let run = ours(net.client(), "", args);
    assert!(
        run.stderr.contains("sockets.destroy to 127.0.0.1:8080"),
        "{run}"
    );
    let there = ours(net.client(), "", "-tnH sport = 40001");
    assert!(there.stdout.contains("40001"), "{there}");
    let run = ours(net.client(), "--allow sockets.destroy=127.0.0.0/8", args);
    // A kernel without CONFIG_INET_DIAG_DESTROY ends nothing, and shows nothing.
    if run.stdout.contains("40001") {
        let there = ours(net.client(), "", "-tnH sport = 40001");
        assert_eq!(there.stdout, "", "{there}");
    }
}

fn every_fact_is_in_json() {
    let net = Topology::alone();
    let _held = hold(net.client());
    let run = ours(
        net.client(),
        "",
        "-tan --json sport = 8080 and dport = 40002",
    );
    let fact: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(fact["recv_q"], 1000, "{fact}");
    assert_eq!(fact["state"], "ESTAB", "{fact}");
    assert_eq!(fact["tcp_info"]["bytes_received"], 1000, "{fact}");
    assert!(fact["memory"]["rcvbuf"].as_u64() > Some(0), "{fact}");
}

fn names_stay_one_field() {
    let net = Topology::alone();
    let held = hold(net.client());
    let run = ours(net.client(), "", "-xaH");
    let name = format!("{}/a?b?[2Jc", held.folder());
    assert!(run.stdout.contains(&name), "{run}");
    assert!(!run.stdout.contains('\u{1b}'), "{run}");
}

fn tells_of_sockets_as_they_close() {
    let net = Topology::alone();
    let node = net.client();
    let running = nethost(node).words("--audit /dev/null ss -tnE").spawn();
    let listener = node.inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !running.said().contains(&address.to_string()) {
        assert!(
            std::time::Instant::now() < until,
            "{}",
            running.complained()
        );
        let client = node.inside(|| std::net::TcpStream::connect(address).unwrap());
        drop((listener.accept().unwrap(), client));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    running.signal(nix::sys::signal::Signal::SIGINT);
    let run = running.finish();
    assert_eq!(run.code, 130, "{run}");
    let mut lines = run.stdout.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("State")),
        "{run}"
    );
    assert!(lines.all(|line| line.contains("127.0.0.1:")), "{run}");
}
