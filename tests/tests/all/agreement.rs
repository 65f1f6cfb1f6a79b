//! Whether our tools and the native ones say the same, line by line, of sockets in every state that can be held.

use std::fmt::Write as _;

use crate::case::{cases, sampled};
use crate::held_sockets::hold;
use crate::held_states::hold_states;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, Program("ss"), Program("nft")] => { ss_agrees, ss_agrees_at_each_width, ss_agrees_on_random_filters }
    [Netns] => { ss_tells_threads_apart }
    [Netns, Program("netstat"), Program("nft")] => { netstat_agrees }
    [Netns, Program("lsof"), Program("nft")] => { lsof_agrees }
}

/// What passes between two runs: times, and what counts retransmissions.
fn settled(text: &str) -> String {
    const CHANGING: [&str; 16] = [
        "lastsnd:",
        "lastrcv:",
        "lastack:",
        "busy:",
        "rto:",
        "rtt:",
        "backoff:",
        "retrans:",
        "lost:",
        "cwnd:",
        "ssthresh:",
        "segs_out:",
        "bytes_retrans:",
        "bytes_sent:",
        "segs_in:",
        "minrtt:",
    ];
    let mut shown = String::new();
    // On a terminal ss says between the lines what this kernel lacks.
    for line in text
        .lines()
        .filter(|line| !line.starts_with("RTNETLINK answers: "))
    {
        let words = line.split(' ').map(|word| {
            if let Some(rest) = word.strip_prefix("timer:(") {
                return format!("timer:({}", rest.split(',').next().unwrap_or_default());
            }
            // By which name depends on what is mounted.
            if word.starts_with("cgroup:") {
                return "cgroup:".to_owned();
            }
            match CHANGING.iter().find(|name| word.starts_with(**name)) {
                Some(name) => (*name).to_owned(),
                None => word.to_owned(),
            }
        });
        let words: Vec<String> = words.collect();
        let _ = writeln!(shown, "{}", words.join(" ").trim_end());
    }
    shown
}

/// netstat's times: `on (0.33/2/0)`.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(" (") {
        Some((begin, rest)) if rest.ends_with(')') && rest.contains('/') => format!("{begin}\n"),
        _ => format!("{}\n", line.trim_end()),
    };
    text.lines().map(line).collect()
}

/// Both tools over the same sockets. What changes of itself is looked at again: ours has to say what the native tool said
/// just before, or says just after.
pub(crate) fn agree(tool: &str, node: &Namespace, lines: &[String], shown: fn(&str) -> String) {
    let mut differ = Vec::new();
    for args in lines {
        let native = || node.command(tool).words(args).run();
        let told = |output: &Output| (output.code, shown(&output.stdout));
        let mut last = None;
        let agrees = (0..4).any(|_| {
            let before = native();
            let ours = invoke(node, "", tool, args).run().output;
            let agrees = told(&ours) == told(&before) || told(&ours) == told(&native());
            last = Some((ours, before));
            agrees
        });
        if let (false, Some((ours, native))) = (agrees, last) {
            differ.push(format!("{tool} {args}\nours: {ours}\nnative: {native}"));
        }
    }
    let (count, all) = (differ.len(), lines.len());
    assert!(
        differ.is_empty(),
        "{count} of {all} differ\n{}",
        differ.join("\n")
    );
}

fn each(whats: &[&str], forms: &[&str]) -> Vec<String> {
    let lines = whats
        .iter()
        .flat_map(|what| forms.iter().map(move |form| format!("{what} {form}")));
    sampled(lines).collect()
}

fn ss_agrees() {
    let net = Topology::alone();
    let (_held, _states) = (hold(net.client()), hold_states(net.client()));
    let mut lines = each(
        &[
            "-t",
            "-ta",
            "-tl",
            "-4 -a",
            "-M -a",
            "-tua",
            "-A inet -a",
            "-a -f inet -A tcp,udp",
        ],
        &[
            "",
            "-n",
            "-ne",
            "-nm",
            "-no",
            "-ni",
            "-nO -e -m -i",
            "-H -n",
            "--tos -n",
            "--inet-sockopt -n",
        ],
    );
    lines.extend(each(
        &[
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
            "connected",
            "synchronized",
            "bucket",
            "big",
        ]
        .map(|state| format!("-tan state {state}"))
        .each_ref()
        .map(String::as_str),
        &[
            "",
            "sport = :8100",
            "dst 127.0.0.1 and not dport 8100",
            "dev = lo",
            "dev != lo",
            "( sport > 40100 and sport < 40104 ) or dport = :8102",
        ],
    ));
    lines.extend(each(
        &[
            "-wa",
            "-A all -a exclude time-wait src 127.0.0.1",
            "-ua",
            "-0a",
            "-tuwa -4",
        ],
        &["-n", "-H", "-O"],
    ));
    agree("ss", net.client(), &lines, settled);
}

fn ss_agrees_at_each_width() {
    let net = Topology::alone();
    let (_held, _states) = (hold(net.client()), hold_states(net.client()));
    let node = net.client();
    let mut differ = String::new();
    for columns in [60, 80, 132, 200] {
        for args in sampled([
            "-ta",
            "-tan",
            "-tane",
            "-tua -m",
            "-M -an",
            "-A inet -an",
            "-H -tan",
        ]) {
            let on_terminal = |command| {
                let terminal = Terminal::new(columns, 24);
                let code = terminal.start(command).finish().code;
                (code, settled(&terminal.settled().replace('\r', "")))
            };
            let native = || on_terminal(node.command("ss").words(args));
            let ours = || {
                let command = nethost(node).words("--audit /dev/null ss").words(args);
                on_terminal(command)
            };
            let mut last = None;
            let agrees = (0..4).any(|_| {
                let (before, ours) = (native(), ours());
                let agrees = ours == before || ours == native();
                last = Some((ours, before));
                agrees
            });
            if !agrees {
                let _ = writeln!(differ, "ss {args}, {columns} columns: {last:#?}");
            }
        }
    }
    assert!(differ.is_empty(), "{differ}");
}

/// Marsaglia's xorshift: the same each time.
struct Random(u64);

impl Random {
    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        all[(self.0 % all.len() as u64) as usize]
    }

    fn filter(&mut self, depth: u32) -> String {
        const PORTS: &[&str] = &[
            "8100",
            "8101",
            "40102",
            "443",
            "8080",
            "0",
            "65535",
            ":http-alt",
        ];
        const HOSTS: &[&str] = &[
            "127.0.0.1",
            "127.0.0.0/8",
            "10.9.0.0/24",
            "[::1]",
            "::/0",
            "any",
            "*:443",
            "127.0.0.1:8100",
            "[::ffff:127.0.0.1]",
            "0.0.0.0/0",
            "127.1",
            "[::1]:443",
        ];
        match (
            depth,
            self.one_of(&["and", "or", "not", "one", "one", "(", ""]),
        ) {
            (1.., word @ ("and" | "or")) => {
                let (one, other) = (self.filter(depth - 1), self.filter(depth - 1));
                format!("{one} {word} {other}")
            }
            (1.., "") => format!("{} {}", self.filter(depth - 1), self.filter(depth - 1)),
            (1.., "not") => format!("{} {}", self.one_of(&["not", "!"]), self.filter(depth - 1)),
            (1.., "(") => format!("( {} )", self.filter(depth - 1)),
            _ => match self.one_of(&["port", "port", "host", "host", "dev", "autobound"]) {
                "port" => {
                    let side = self.one_of(&["sport", "dport"]);
                    let operator =
                        self.one_of(&["=", "!=", ">", "<", ">=", "<=", "", "eq", "ne", "ge", "lt"]);
                    format!("{side} {operator} {}", self.one_of(PORTS))
                }
                "host" => {
                    let side = self.one_of(&["src", "dst"]);
                    format!("{side} {} {}", self.one_of(&["", "="]), self.one_of(HOSTS))
                }
                "dev" => format!("dev {} lo", self.one_of(&["=", "!=", ""])),
                word => word.to_owned(),
            },
        }
    }
}

/// Each is compiled for the kernel and judged by us; the native tool compiles it by itself.
fn ss_agrees_on_random_filters() {
    let net = Topology::alone();
    let (_held, _states) = (hold(net.client()), hold_states(net.client()));
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let filters = (0..80).map(|at| {
        let table = if at % 4 == 3 { "-uanH" } else { "-tanH" };
        format!("{table} {}", random.filter(4))
    });
    let lines: Vec<String> = sampled(filters).collect();
    agree("ss", net.client(), &lines, settled);
}

fn netstat_agrees() {
    let net = Topology::alone();
    let (_held, _states) = (hold(net.client()), hold_states(net.client()));
    let lines = each(
        &[
            "-t",
            "-ta",
            "-tl",
            "-tu -a",
            "-4 -a",
            "-tW -a",
            "-A inet -a",
        ],
        &[
            "-n",
            "-ne",
            "-nee",
            "-no",
            "-neo",
            "--numeric-hosts",
            "--numeric-ports --numeric-hosts",
            "--numeric-users -ne",
            "-nN",
            "-nv",
        ],
    );
    agree("netstat", net.client(), &lines, timeless);
}

fn lsof_agrees() {
    let net = Topology::alone();
    let (_held, _states) = (hold(net.client()), hold_states(net.client()));
    let states = [
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RECV",
        "FIN_WAIT1",
        "FIN_WAIT2",
        "TIME_WAIT",
        "CLOSED",
        "CLOSE_WAIT",
        "LAST_ACK",
        "LISTEN",
        "CLOSING",
        "^LISTEN",
        "ESTABLISHED,LISTEN",
        "^ESTABLISHED,^LISTEN",
    ];
    let states = states.map(|state| format!("-nP -iTCP -sTCP:{state}"));
    let mut lines = each(&states.each_ref().map(String::as_str), &["", "-Tqs", "-V"]);
    lines.extend(each(
        &[
            "-i",
            "-i4",
            "-i6",
            "-iTCP",
            "-iUDP",
            "-i :8100",
            "-i TCP@127.0.0.1:40000-40110",
            "-i 6TCP:443",
        ],
        &[
            "-nP",
            "-nPT",
            "-nPTq",
            "-nPF",
            "-nPl",
            "-nP -E",
            "-nPR +c 15",
        ],
    ));
    agree("lsof", net.client(), &lines, |text| {
        text.lines()
            .fold(String::new(), |shown, line| shown + line.trim_end() + "\n")
    });
}

fn ss_tells_threads_apart() {
    let net = Topology::alone();
    let node = net.client();
    let listener = node.inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let ours = |args: &str| invoke(node, "", "ss", args).run().output;
    let run = ours(&format!("-tlnT sport = :{port}"));
    // A test runs on a thread of its own.
    let (process, thread) = (std::process::id(), nix::unistd::gettid());
    for number in [process.to_string(), thread.to_string()] {
        let owner = format!("pid={process},tid={number},fd=");
        assert!(run.stdout.contains(&owner), "{owner}: {run}");
    }
    let run = ours(&format!("-tlnp sport = :{port}"));
    assert!(!run.stdout.contains("tid="), "{run}");
}
