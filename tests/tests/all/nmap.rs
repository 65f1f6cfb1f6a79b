//! nmap beside the native one: the same state for every port, over kinds of scan and of discovery, and the same text.

use crate::case::{cases, sampled};
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::{NOBODY, SERVER, SERVER6, Topology};
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};

cases! {
    [Netns, Program("nmap")] in each way => {
        finds_the_same_states,
        discovers_the_same_hosts,
    }
    [Netns, Program("nmap")] => { writes_the_same_reports, finds_neighbours, recognizes_the_same_services }
    [Netns] in each way => { is_denied_and_narrowed }
    [Netns] => { finds_every_port, says_the_same_in_json, leaves_no_listener, asks_slowly_where_errors_are_limited }
    [Netns, OtherUser] => { connects_without_privilege }
}

pub(crate) fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "nmap", args).run().output
}

pub(crate) fn native(node: &Namespace, args: &str) -> Output {
    node.command("nmap").words(args).run()
}

/// Open ports: these TCP ports, and UDP port 53, which answers.
const OPEN: [u16; 3] = [22, 80, 90];

/// A server with open, dropping and rejecting ports, at both families.
pub(crate) struct Lab {
    net: Topology,
    _listeners: Vec<TcpListener>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let net = Topology::line();
        let server = net.node("server");
        server.firewall(
            "input tcp dport 81 drop
             input tcp dport 82 reject with icmpx type admin-prohibited
             input tcp dport 83 reject with icmpx type host-unreachable
             input tcp dport 84 reject with icmpx type port-unreachable
             input tcp dport 85 reject with icmpx type no-route
             input tcp dport 86 reject with tcp reset
             input udp dport 81 drop
             input udp dport 82 reject with icmpx type admin-prohibited",
        );
        server.sysctl("net.ipv4.icmp_ratelimit", "0");
        server.sysctl("net.ipv6.icmp.ratelimit", "0");
        // A limit for all hosts together, which not each kernel has in a namespace.
        let all = "/proc/sys/net/ipv4/icmp_msgs_per_sec";
        let _ = server.inside(|| std::fs::write(all, "100000"));
        let mut listeners = Vec::new();
        for address in [SERVER, SERVER6] {
            for port in OPEN {
                listeners.push(server.inside(|| TcpListener::bind((address, port)).unwrap()));
            }
            let socket = server.inside(|| UdpSocket::bind((address, 53)).unwrap());
            // It ends with the process of the tests.
            std::thread::spawn(move || {
                let mut bytes = [0; 512];
                while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                    let _ = socket.send_to(&bytes[..length], from);
                }
            });
        }
        Self {
            net,
            _listeners: listeners,
        }
    }

    pub(crate) fn client(&self) -> &Namespace {
        self.net.client()
    }

    pub(crate) fn server(&self) -> &Namespace {
        self.net.node("server")
    }
}

/// What differs from run to run, left out: times, latencies, counts of packets, and what is ours.
pub(crate) fn steady(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        // The native one has a space too many before some names of hosts.
        let mut line = line.trim_end().replace("Host:  ", "Host: ");
        // Whose results are whose.
        if let Some(at) = line.find(" Please report any incorrect results at ") {
            line.truncate(at);
        }
        for (from, to) in [
            (" at 20", "UTC"),
            (" (0.", "latency)"),
            (" in ", " seconds"),
            (" at ", "s elapsed"),
        ] {
            let wanted = match (from, to) {
                (" at 20", _) => line.starts_with("Starting "),
                (" in ", _) => line.starts_with("Nmap done") || line.starts_with("# Nmap done"),
                (" at ", _) => line.starts_with("Completed "),
                _ => line.starts_with("Host is up"),
            };
            if let (true, Some(begin)) = (wanted, line.find(from))
                && let Some(end) = line[begin..].find(to)
            {
                line.replace_range(begin..begin + end + to.len(), "");
            }
        }
        if let (true, Some(at)) = (line.starts_with("Initiating "), line.rfind(" at ")) {
            line.truncate(at);
        }
        let skipped = ["Read data files", "           Raw packets", "Scanned at"];
        if !line.is_empty() && !skipped.iter().any(|skip| line.starts_with(skip)) {
            lines.push(line);
        }
    }
    // Ports are tried in random order.
    let is_found = |line: &String| line.starts_with("Discovered open port");
    let (mut found, mut rest): (Vec<String>, Vec<String>) = lines.into_iter().partition(is_found);
    found.sort();
    rest.extend(found);
    rest
}

/// Differences of two runs; none if they say the same.
fn difference(node: &Namespace, args: &str) -> Option<String> {
    let mine = ours(node, args);
    // On a busy machine an answer can be late for either.
    let theirs = (0..3)
        .map(|_| native(node, args))
        .find(|theirs| steady(&theirs.stdout) == steady(&mine.stdout))
        .unwrap_or_else(|| native(node, args));
    let same = steady(&mine.stdout) == steady(&theirs.stdout)
        && mine.stderr.trim() == theirs.stderr.trim()
        && mine.code == theirs.code;
    (!same).then(|| format!("nmap {args}\nours: {mine}\nnative: {theirs}\n"))
}

pub(crate) fn same(node: &Namespace, lines: &[String]) {
    let differences: Vec<String> = sampled(lines)
        .filter_map(|line| difference(node, line))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Kinds of scan, each of all kinds of ports.
const SCANS: &[&str] = &[
    "-sS --reason",
    "-sT --reason",
    "-sA --reason",
    "-sW --reason",
    "-sF --reason",
    "-sN --reason",
    "-sX --reason",
    "-sM --reason",
    "-sS -T4",
    "-sS -T5",
    "-sS -r",
    "-sS --max-retries 1",
    "-sS --min-rate 2000",
    "-sS --max-rate 200",
    "-sS --scan-delay 5ms",
    "-sS -g 4444",
    "-sS --data-length 30",
    "-sS --data 0xdeadbeef",
    "-sS --ttl 60",
    "-sS -v",
    "-sT -v",
    "--scanflags SYNFIN",
    "--scanflags 0x29 -sF",
    "--badsum",
];

fn finds_the_same_states() {
    let lab = Lab::new();
    let mut lines = Vec::new();
    for scan in SCANS {
        lines.push(format!("-n {scan} -p 22,79-90 {SERVER}"));
    }
    for scan in [
        "-sS --reason",
        "-sT --reason",
        "-sA --reason",
        "-sF --reason",
    ] {
        lines.push(format!("-n -6 {scan} -p 22,79-90 {SERVER6}"));
    }
    for rest in [
        format!("-sU --reason -p 53,54,81,82 {SERVER}"),
        format!("-6 -sU --reason -p 53,54,81,82 {SERVER6}"),
        format!("-sS -sU -p T:22,23,U:53,54 {SERVER}"),
        format!("-sY -p 22,80 {SERVER}"),
        format!("-p 1-200 {SERVER}"),
        format!("-p 1-30 {SERVER}"),
        format!("-p 81 {SERVER}"),
        format!("-p 79 {SERVER}"),
        format!("-p ssh,http {SERVER}"),
        format!("-p 20-25 --exclude-ports 23,24 {SERVER}"),
        format!("-Pn -p 80 {NOBODY}"),
        format!("-p 80 {NOBODY}"),
        format!("-p 22,80 {SERVER} 127.0.0.1"),
    ] {
        lines.push(format!("-n {rest}"));
    }
    same(lab.client(), &lines);
}

fn discovers_the_same_hosts() {
    let lab = Lab::new();
    let mut lines = Vec::new();
    for kind in [
        "-PE",
        "-PP",
        "-PM",
        "-PS",
        "-PS22",
        "-PS81",
        "-PA",
        "-PA80",
        "-PU",
        "-PU53",
        "-PY",
        "-PE -PS443",
        "",
        "-Pn",
        "-P0",
        "-PN",
        "-PD",
        "-PI",
        "-PT",
        "-PB",
    ] {
        lines.push(format!("-n -sn --reason {kind} {SERVER}"));
    }
    for rest in [
        format!("-sP {SERVER}"),
        format!("-sn -v {SERVER} {NOBODY}"),
        format!("-sn -6 --reason {SERVER6}"),
        format!("-sn -6 --reason -PE {SERVER6}"),
        format!("-sn --reason 127.0.0.1 {SERVER}"),
        "-sL 192.0.2.0/29".to_owned(),
        "-sL 192.0.2.1,3,9 --exclude 192.0.2.3".to_owned(),
        "-sL -v 192.0.2.1-2".to_owned(),
        "-sL 192.0.2-3.7".to_owned(),
        "-sL -6 2001:db8::/126".to_owned(),
    ] {
        lines.push(format!("-n {rest}"));
    }
    same(lab.client(), &lines);
}

fn writes_the_same_reports() {
    let lab = Lab::new();
    let node = lab.client();
    // What differs from run to run is a number in quotes, or a date.
    let steady = |text: &str| -> Vec<String> {
        let mut lines = Vec::new();
        for line in text.lines() {
            if line.contains("xml-stylesheet") || line.starts_with("<times ") {
                continue;
            }
            let mut kept = String::new();
            for word in line.split_inclusive(['"', ' ']) {
                let digits = word.chars().filter(char::is_ascii_digit).count();
                let is_time = word.contains(':') || word.contains('.') || digits >= 8;
                kept.push_str(if is_time { "T " } else { word });
            }
            lines.push(kept);
        }
        lines
    };
    for args in [
        format!("-n -oX - -p 22,79-90 {SERVER}"),
        format!("-n -oX - -p 1-200 {SERVER}"),
        format!("-n -oX - -sS -sU -p T:22,U:53 {SERVER}"),
        format!("-n -oG - -p 22,79-90 {SERVER}"),
        format!("-n -oG - -p 1-200 {SERVER}"),
        format!("-n -oG - -sn {SERVER} {NOBODY}"),
        "-n -oG - -sL 192.0.2.1-2".to_owned(),
        "-n -oX - -sL 192.0.2.1-2".to_owned(),
    ] {
        let (mine, theirs) = (ours(node, &args), native(node, &args));
        assert_eq!(
            steady(&mine.stdout),
            steady(&theirs.stdout),
            "nmap {args}\nours: {mine}\nnative: {theirs}"
        );
    }
}

fn finds_neighbours() {
    let (here, there) = (Namespace::new("here"), Namespace::new("there"));
    here.cable("a", &there, "b");
    here.up(&["lo", "a"]);
    there.up(&["lo", "b"]);
    here.addresses("a", &["10.7.0.1/29"]);
    there.addresses("b", &["10.7.0.2/29"]);
    // It drops everything but what ARP says.
    there.firewall("input ip protocol icmp drop\ninput ip protocol tcp drop");
    for args in [
        "-n -sn 10.7.0.0/29",
        "-n -p 22 10.7.0.2",
        "-n -Pn -p 22 10.7.0.5",
    ] {
        assert_eq!(
            steady(&ours(&here, args).stdout),
            steady(&native(&here, args).stdout),
            "nmap {args}"
        );
    }
}

fn is_denied_and_narrowed() {
    let lab = Lab::new();
    let args = format!("-n -Pn -p 22,80 {SERVER}");
    let options = format!("--deny scan.probe={SERVER}");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert!(
        run.output.stderr.contains("nmap: denied: scan.probe to"),
        "{}",
        run.output
    );
    let options = format!("--deny scan.probe={SERVER}:80");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert!(run.output.stdout.contains("22/tcp open"), "{}", run.output);
    assert!(!run.output.stdout.contains("80/tcp open"), "{}", run.output);
    assert_eq!(run.output.code, 1, "{}", run.output);
    let args = format!("-n -Pn -sT -p 22,80 {SERVER}");
    let options = format!("--deny tcp.connect={SERVER}:80");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert!(run.output.stdout.contains("22/tcp open"), "{}", run.output);
    assert!(!run.output.stdout.contains("80/tcp open"), "{}", run.output);
    assert!(
        run.output.stderr.contains("denied: tcp.connect"),
        "{}",
        run.output
    );
}

fn finds_every_port() {
    let lab = Lab::new();
    let run = invoke(
        lab.client(),
        "",
        "nmap",
        &format!("-n -Pn -T5 -p- {SERVER}"),
    )
    .run();
    let text = &run.output.stdout;
    for port in OPEN {
        assert!(text.contains(&format!("\n{port}/tcp")), "{}", run.output);
    }
    assert_eq!(text.matches(" open ").count(), OPEN.len(), "{}", run.output);
    let probes = run
        .log
        .of("open")
        .into_iter()
        .filter(|open| open["cap"] == "scan.probe");
    assert_eq!(probes.count(), 1, "one record for 65,535 ports");
    assert!(run.log.total("packets_sent") >= 65_535, "{}", run.output);
}

fn says_the_same_in_json() {
    let lab = Lab::new();
    let output = ours(lab.client(), &format!("-n --json -p 22,81,88 {SERVER}"));
    let facts: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(facts.len(), 3, "{output}");
    assert_eq!(facts[0]["event"], "start");
    assert_eq!(facts[1]["address"], SERVER);
    let ports = facts[1]["ports"].as_array().unwrap();
    let states: Vec<_> = ports
        .iter()
        .map(|port| port["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["open", "filtered", "closed"]);
    assert_eq!(facts[2]["up"], 1);
}

fn leaves_no_listener() {
    let lab = Lab::new();
    let tables = || {
        lab.client().inside(|| {
            ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].map(|table| {
                std::fs::read_to_string(format!("/proc/thread-self/net/{table}"))
                    .unwrap()
                    .lines()
                    .count()
            })
        })
    };
    let before = tables();
    ours(lab.client(), &format!("-n -Pn -p 1-100 {SERVER}"));
    assert_eq!(tables(), before);
}

/// What services say first, or answer; and where.
const SERVICES: [(u16, bool, &str); 4] = [
    (22, false, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    (25, false, "220 mail.example ESMTP Postfix (Debian/GNU)\r\n"),
    (
        80,
        true,
        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ),
    (2121, false, "220 (vsFTPd 3.0.3)\r\n"),
];

fn recognizes_the_same_services() {
    let net = Topology::line();
    for (port, answers, text) in SERVICES {
        let listener = net
            .node("server")
            .inside(|| TcpListener::bind((SERVER, port)).unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                std::thread::spawn(move || {
                    let mut bytes = [0; 1024];
                    if answers && !matches!(stream.read(&mut bytes), Ok(1..)) {
                        return;
                    }
                    let _ = stream.write_all(text.as_bytes());
                    let _ = stream.read(&mut bytes);
                });
            }
        });
    }
    same(
        net.client(),
        &[
            format!("-n -sV -p 22,25,79,80,2121 {SERVER}"),
            format!("-n -sV --version-light --reason -p 22,79 {SERVER}"),
        ],
    );
}

fn asks_slowly_where_errors_are_limited() {
    let net = Topology::line();
    net.node("server").sysctl("net.ipv4.icmp_ratelimit", "1000");
    // Of ten closed ports, six are told at once; the others one a second.
    let output = ours(net.client(), &format!("-n -Pn -sU -p 61-70 {SERVER}"));
    assert_eq!(output.stdout.matches("/udp closed").count(), 10, "{output}");
}

fn connects_without_privilege() {
    let lab = Lab::new();
    let args = format!("-n -p 22,79 {SERVER}");
    let run = invoke(lab.client(), "", "nmap", &args).run_as_other_user();
    assert!(run.output.stdout.contains("22/tcp open"), "{}", run.output);
    assert!(
        run.output.stdout.contains("79/tcp closed"),
        "{}",
        run.output
    );
    let args = format!("-n -sS -p 22 {SERVER}");
    let run = invoke(lab.client(), "", "nmap", &args).run_as_other_user();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert!(
        run.output.stderr.contains("requires root privileges"),
        "{}",
        run.output
    );
}
