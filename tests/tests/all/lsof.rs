//! lsof beside lsof 4.95, over processes of the tests' own.

use crate::case::cases;
use nethost_tests::command::{Output, Running};
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;
use std::time::{Duration, Instant};

cases! {
    [Netns] in each way => { needs_a_grant, lists_what_belongs_to_the_caller }
    [Netns, Program("lsof")] in each way => { misuse_is_the_same }
    [Netns, Program("lsof"), Program("nc")] => { lists_the_same_sockets, lists_the_same_files, refuses_the_same, json_has_each_fact }
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "lsof", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("lsof").words(args).run()
}

/// Servers and clients that hold sockets in several states.
struct Busy {
    net: Topology,
    processes: Vec<Running>,
}

impl Busy {
    fn new() -> Self {
        let net = Topology::alone();
        let node = net.client();
        let start = |line: &str| node.command("nc").words(line).spawn();
        let mut processes = vec![
            start("-l 127.0.0.1 9991"),
            start("-l 127.0.0.1 9992"),
            start("-6 -l ::1 9993"),
            start("-u -l 127.0.0.1 9994"),
        ];
        let listening = |count: usize| {
            let until = Instant::now() + Duration::from_secs(10);
            loop {
                let found = native(node, "-nP -iTCP -sTCP:LISTEN").stdout;
                let here: Vec<_> = processes_of(&found);
                if here.len() >= count || Instant::now() > until {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        listening(3);
        processes.push(start("127.0.0.1 9992"));
        let until = Instant::now() + Duration::from_secs(10);
        while !native(node, "-nP -iTCP:9992")
            .stdout
            .contains("ESTABLISHED")
            && Instant::now() < until
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { net, processes }
    }

    fn first(&self) -> i32 {
        self.processes[0].pid()
    }
}

fn processes_of(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

fn needs_a_grant() {
    let net = Topology::alone();
    let run = ours(net.client(), "--deny process.read", "-nP -i");
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("process.read"), "{run}");
    assert_eq!(run.stdout, "");
}

fn lists_what_belongs_to_the_caller() {
    let net = Topology::alone();
    let line = [
        "-c".as_ref(),
        "sleep 20 & \"$@\" -p $!; kill $!".as_ref(),
        "sh".as_ref(),
    ];
    let command = nethost(net.client()).words("--audit /dev/null lsof -nP -a -d cwd");
    let run = command
        .directory(std::path::Path::new("/"))
        .under("sh", &line)
        .run();
    let line = run.stdout.lines().nth(1).unwrap_or_default();
    assert!(line.contains(" cwd ") && line.ends_with(" /"), "{run}");
}

fn compare(busy: &Busy, lines: &[&str]) {
    let pid = busy.first().to_string();
    let mut differ = Vec::new();
    for line in lines {
        let args = line.replace("PID", &pid);
        let (ours, native) = (
            ours(busy.net.client(), "", &args),
            native(busy.net.client(), &args),
        );
        let as_told = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        if as_told(&ours) != as_told(&native) {
            differ.push(format!("lsof {args}\n{ours}{native}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

fn lists_the_same_sockets() {
    let busy = Busy::new();
    compare(
        &busy,
        &[
            "-nP -a -p PID -i",
            "-nP -a -p PID -i4",
            "-nP -a -p PID -i6",
            "-nP -iTCP:9991 -sTCP:LISTEN",
            "-nP -iTCP:9992 -sTCP:ESTABLISHED",
            "-nP -iTCP:9992 -sTCP:^LISTEN",
            "-nP -i :9991",
            "-nP -i:9991",
            "-nP -i@127.0.0.1:9991",
            "-nP -i 4tcp@127.0.0.1:9990-9999",
            "-nP -i tcp:9991,9993",
            "-nP -i6tcp:9993",
            "-nP -i6TCP@[::1]:9993",
            "-nP -i UDP:9994",
            "-nP -i4UDP:9994",
            "-nP -i :1",
            "-nP -i TCP:9991 -i UDP:9994",
            "-nP -a -i -p PID -Tqs",
            "-nP -a -i -p PID -T",
            "-nP -a -i -p PID -Tq",
            "-nPt -i :9991",
            "-nPl -i :9991",
            "-nPR -i :9991",
            "-nPg -i :9991",
            "-nPRg -i :9991",
            "-nPo -i :9991",
            "-nPs -i :9991",
            "-nP -i 4 -a -p PID",
            "-nP +c0 -i :9991",
            "-nP +c3 -i :9991",
            "-nP -Q -i :1",
        ],
    );
}

/// The first line; the rest is the usage.
fn misuse_is_the_same() {
    let net = Topology::alone();
    let node = net.client();
    for args in [
        "-gR",
        "-g x",
        "-sR",
        "-s foo",
        "-s TCP:foo",
        "-s foo:bar",
        "-TR",
        "-xR",
        "-x f",
        "-a",
        "-c",
        "-c /",
        "-c /x/q",
        "-c /B/ii",
        "+fx",
        "-fn",
        "-e",
        "-e rel",
        "-Z",
        "-m x",
        "-r1m",
        "-p",
        "-u",
        "-d",
        "+c",
        "+d",
        "+D",
        "-p x",
        "-u nosuch",
        "-iR",
        "-i tcp:nosuch",
        "-i tcp:1-",
        "-z",
        "+D /nonexistent",
        "/nonexistent",
    ] {
        let (ours, native) = (ours(node, "", args), native(node, args));
        let told = |output: &Output| {
            // Of file systems that it may not look at.
            let is_told =
                |line: &&str| !line.contains("WARNING: can't stat() ") && !line.starts_with("  ");
            let first = output
                .stderr
                .lines()
                .find(is_told)
                .unwrap_or_default()
                .to_owned();
            (output.code, output.stdout.clone(), first)
        };
        assert_eq!(told(&ours), told(&native), "lsof {args}");
    }
}

fn lists_the_same_files() {
    let busy = Busy::new();
    compare(
        &busy,
        &[
            "-nP -p PID",
            "-nP -p PID -l",
            "-nP -p PID -R",
            "-nP -p PID -g",
            "-nP -p PID -o",
            "-nP -p PID -s",
            "-nP -p PID +L",
            "-nP -a -p PID -d cwd",
            "-nP -a -p PID -d cwd,rtd,txt",
            "-nP -a -p PID -d 0-2",
            "-nP -a -p PID -d ^mem",
            "-nP -a -p PID -d 3",
            "-nP -a -p PID -U",
            "-nP -p PID -F pcfn",
            "-nP -a -p PID -d cwd -F",
            "-nP -a -p PID -d txt -F pcftDsin",
            "-nP -t -p PID",
            "-nP -p 4194303",
            "-nP -V -p 4194303",
            "-nP -V -a -p PID -i :1",
            "-nP -c nosuchcommand",
            "-nP -V -c nosuchcommand",
            "-nP -a -c nc -p PID -d cwd",
            "-nP -a -c /^N.$/i -p PID -d cwd",
            "-nP -a -c /^\\(nc\\|ncat\\)/b -p PID -d cwd",
            "-nP -V -c /nosuchcommand/",
            "-nP -a -p PID +fg",
            "-nP -a -p PID +fG",
            "-nP -a -p PID -i +fg",
            "-nP -a -p PID -d cwd -M -f -e /proc",
            "-nP -a -c ^nc -p PID",
            "-nP -a -u root -p PID -d cwd",
            "-nP -a -u ^root -p PID",
            "-nP -a -u 0 -p PID -d rtd",
        ],
    );
}

fn refuses_the_same() {
    let net = Topology::alone();
    for args in [
        "-i tcp:nosuchservice",
        "-i 4tcp@",
        "-i tcp:1-",
        "-i foo:1",
        "-iTCP -sTCP:FOO",
        "-u nosuchuser",
        "-p x",
        "-d 0-3,^1",
        "-Tz",
        "-F ?",
    ] {
        let (ours, native) = (ours(net.client(), "", args), native(net.client(), args));
        let first = |output: &Output| {
            let line = output.stderr.lines().next();
            line.unwrap_or_default().to_owned()
        };
        assert_eq!(
            (ours.code, first(&ours)),
            (native.code, first(&native)),
            "lsof {args}"
        );
    }
}

fn json_has_each_fact() {
    let busy = Busy::new();
    let pid = busy.first();
    let run = ours(busy.net.client(), "", &format!("-nP -J -p {pid}"));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let process = &document["processes"][0];
    assert_eq!(process["pid"], pid, "{run}");
    let files = process["files"].as_array().unwrap();
    let socket = files.iter().find(|file| file["protocol"] == "TCP").unwrap();
    assert_eq!(socket["local"], "127.0.0.1:9991", "{run}");
    assert_eq!(socket["tcp_info"]["state"], "LISTEN", "{run}");
    assert_eq!(socket["flags"], "RW", "{run}");
    assert!(
        files
            .iter()
            .any(|file| file["fd"] == "cwd" && file["type"] == "DIR"),
        "{run}"
    );
    let lines = ours(
        busy.net.client(),
        "",
        &format!("-nP -j -F pfn -a -p {pid} -d cwd,3"),
    );
    let lines: Vec<serde_json::Value> = lines
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line["pid"] == pid && line["command"].is_null()),
        "{lines:?}"
    );
    let run = ours(busy.net.client(), "", "-J -j");
    assert_eq!(run.code, 1, "{run}");
}
