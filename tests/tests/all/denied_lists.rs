//! What lists sockets and processes asks the kernel for nothing that is denied: no socket of sock_diag(7), no entry of /proc.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, Program("strace")] => { what_is_denied_is_not_looked_at, partial_rights_say_so }
}

fn traced(node: &Namespace, options: &str, tool: &str, args: &str) -> Recorded {
    invoke(node, options, tool, args).traced()
}

/// Which of the sources of these tools were opened.
fn sources(calls: &[String]) -> Vec<&'static str> {
    let any = |is: &dyn Fn(&str) -> bool| calls.iter().any(|call| is(call));
    let opens = |path: &str| {
        let begin = format!("\"{path}");
        any(&|call| call.contains("open") && call.contains(&begin) && !call.contains("O_PATH"))
    };
    let mut found = Vec::new();
    if any(&|call| call.contains("socket(") && call.contains("NETLINK_SOCK_DIAG")) {
        found.push("sock_diag");
    }
    if opens("/proc\"") {
        found.push("processes");
    }
    if opens("/proc/thread-self/net/") || opens("/proc/net/") {
        found.push("counters");
    }
    if opens("/proc/self/mountinfo") {
        found.push("mounts");
    }
    found
}

fn what_is_denied_is_not_looked_at() {
    let net = Topology::alone();
    let node = net.client();
    let _held = node.inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let everything =
        "--deny sockets.read --deny process.read --deny counters.read --deny route.read";
    for (tool, args) in [
        ("ss", "-tan"),
        ("ss", "-tanp"),
        ("ss", "-tanT"),
        ("ss", "-xa"),
        ("ss", "-wan"),
        ("ss", "-s"),
        ("ss", "-tE"),
        ("ss", "-ta --json"),
        ("netstat", "-tan"),
        ("netstat", "-tanp"),
        ("netstat", "-xa"),
        ("netstat", "-wan"),
        ("netstat", "-s"),
        ("netstat", "-i"),
        ("netstat", "-rn"),
        ("netstat", "-gn"),
        ("lsof", "-nP -i"),
        ("lsof", "-nP -p 1"),
        ("lsof", "-nP -U -E"),
        ("lsof", "-nP -K"),
        ("lsof", "-nP -N"),
        ("sar", "-n DEV 1 1"),
        ("sar", "-u 1 1"),
    ] {
        let run = traced(node, everything, tool, args);
        assert_ne!(run.output.code, 0, "{tool} {args}\n{}", run.output);
        assert!(
            run.output.stderr.contains("denied: "),
            "{tool} {args}\n{}",
            run.output
        );
        assert_eq!(
            sources(&run.calls),
            Vec::<&str>::new(),
            "{tool} {args}\n{}",
            run.output
        );
    }
    // The same calls are seen where they are allowed.
    for (tool, args, source) in [
        ("ss", "-tan", "sock_diag"),
        ("ss", "-tanp", "processes"),
        ("ss", "-s", "counters"),
        ("netstat", "-tan", "sock_diag"),
        ("lsof", "-nP -i", "processes"),
        ("lsof", "-nP -i", "counters"),
        ("lsof", "-nP -N", "mounts"),
        ("sar", "-n DEV 1 1", "counters"),
    ] {
        let run = traced(node, "", tool, args);
        assert!(
            sources(&run.calls).contains(&source),
            "{tool} {args}: {source}\n{}",
            run.output
        );
    }
}

/// What is allowed is shown; of what is not, there is a word.
fn partial_rights_say_so() {
    let net = Topology::alone();
    let node = net.client();
    let listener = node.inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port().to_string();
    let run = |options: &str, tool: &str, args: &str| traced(node, options, tool, args);
    let shows = |output: &Output| output.stdout.contains(&port);
    for (options, tool, args, word) in [
        ("--deny sockets.read=udp", "ss", "-tan", ""),
        (
            "--deny process.read=all",
            "ss",
            "-tanp",
            "only your own processes",
        ),
        (
            "--deny process.read=all",
            "netstat",
            "-tanp",
            "Not all processes could be identified",
        ),
        ("--deny sockets.read=unix", "lsof", "-nP -iTCP -E", ""),
        ("--deny counters.read=control-groups", "ss", "-tane", ""),
        (
            "--deny counters.read=net.udp",
            "lsof",
            "-nP -iTCP",
            "net.udp",
        ),
    ] {
        let run = run(options, tool, args);
        assert!(
            shows(&run.output),
            "{options} {tool} {args}\n{}",
            run.output
        );
        assert!(
            run.output.stderr.contains(word),
            "{options} {tool} {args}\n{}",
            run.output
        );
    }
    // Who denies everyone's denies the caller's, too.
    let run = run("--deny process.read=all", "lsof", "-nP -i").output;
    assert!(
        run.stdout.is_empty() && run.stderr.contains("process.read to all"),
        "{run}"
    );
}
