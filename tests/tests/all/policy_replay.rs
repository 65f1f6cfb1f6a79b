//! `nethost policy replay`: what another policy would change of what real runs have on record.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::etc::Etc;
use nethost_tests::host::{nethost, nethost_here};
use nethost_tests::server::Echo;
use nethost_tests::topology::Topology;
use serde_json::Value;

cases! {
    first round;
    [Netns] => {
        the_same_policy_changes_nothing_and_another_what_it_says,
        rotated_files_and_what_a_killed_writer_left_are_read,
    }
    [] => { bad_input_is_named }
}

const POLICY: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [{ cap = "*" }]
deny = [{ cap = "icmp.echo", to = ["127.0.0.2"] }]
"#;

const OTHER: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [
    { cap = "icmp.echo", to = ["127.0.0.0/30"] },
    { cap = "*", to = ["127.0.0.1"], ports = [7, 8] },
]
deny = [
    { cap = "icmp.echo", to = ["127.0.0.3"], mode = "report" },
    { cap = "*", to = ["127.0.0.1"], ports = [8] },
]
"#;

struct Site {
    net: Topology,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            net: Topology::alone(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// A run under a system's policy, recorded in this folder.
    fn run(&self, etc: &Etc, words: &str) {
        let log = self.folder.path().join("audit.jsonl");
        let command = nethost(self.net.client())
            .arg("--audit")
            .arg(&log)
            .words(words);
        let _ = etc.seen_by(command).run();
    }

    fn replay(&self, words: &str) -> Output {
        let command = nethost_here().directory(self.folder.path());
        command.words("policy replay").words(words).run()
    }
}

fn the_same_policy_changes_nothing_and_another_what_it_says() {
    let site = Site::new();
    let _echo = Echo::start(site.net.client(), 7);
    let etc = Etc::with_policy(POLICY);
    for words in [
        "ping -n -c 1 127.0.0.1",
        "ping -n -c 1 127.0.0.1",
        "ping -n -c 1 127.0.0.2",
        "ping -n -c 1 127.0.0.3",
        "ping -n -c 1 127.0.0.9",
        "--deny icmp.echo ping -n -c 1 127.0.0.1",
        "nc -z -n 127.0.0.1 7",
        "nc -z -n 127.0.0.1 8",
    ] {
        site.run(&etc, words);
    }
    site.write("same.toml", POLICY);
    site.write("other.toml", OTHER);
    let same = site.replay("same.toml audit.jsonl");
    assert_eq!((same.code, &*same.stderr), (0, ""), "{same}");
    assert!(
        same.stdout
            .ends_with(" accesses judged, 0 with another verdict\n"),
        "{same}"
    );
    let other = site.replay("other.toml audit.jsonl");
    assert_eq!((other.code, &*other.stderr), (1, ""), "{other}");
    for part in [
        "allowed -> denied: no rule of other.toml allows it\n       2  nc of root: file.read /etc/services\n       1  ping of root: icmp.echo 127.0.0.9\n",
        "allowed -> denied: other.toml:10:5\n       1  nc of root: tcp.connect 127.0.0.1:8\n",
        "allowed -> allowed, would be denied: other.toml:9:5\n       1  ping of root: icmp.echo 127.0.0.3\n",
        "denied -> allowed: other.toml:5:5\n       1  ping of root: icmp.echo 127.0.0.2\n",
    ] {
        assert!(other.stdout.contains(part), "{part}{other}");
    }
    let json = site.replay("other.toml audit.jsonl --json");
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap();
    assert_eq!((json.code, changes.len()), (1, 5), "{json}");
    assert_eq!(report["changed"], 6);
    // The one that the operator's own flag denied is as it was.
    assert!(changes.iter().all(|change| change["target"] != "127.0.0.1"));
    // Twice the log is twice as many.
    let twice = site.replay("other.toml audit.jsonl audit.jsonl --json");
    let twice: Value = serde_json::from_str(&twice.stdout).unwrap();
    assert_eq!(twice["changed"], 12);
    let counts = twice["changes"].as_array().unwrap().iter();
    assert!(
        counts
            .map(|change| change["count"].as_u64().unwrap())
            .sum::<u64>()
            == 12
    );
}

fn rotated_files_and_what_a_killed_writer_left_are_read() {
    let site = Site::new();
    let log = site.folder.path().join("audit.jsonl");
    let audit = format!(
        "[audit]\nfile = \"{}\"\nrotate = \"64 KiB\"\n",
        log.display()
    );
    let etc = Etc::with_policy(&POLICY.replacen("[[plugin]]", &format!("{audit}[[plugin]]"), 1));
    let words = "nmap -sT -Pn -n -p 1-200 127.0.0.9";
    etc.seen_by(nethost(site.net.client()).words(words))
        .succeed();
    let files = std::fs::read_dir(site.folder.path()).unwrap().count();
    assert!(files > 2, "{files}");
    let mut current = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    std::io::Write::write_all(&mut current, b"{\"v\":1,\"seq\":9").unwrap();
    site.write("other.toml", OTHER);
    let other = site.replay("other.toml audit.jsonl");
    assert_eq!(other.code, 1, "{other}");
    let connections = other
        .stdout
        .lines()
        .filter(|line| line.starts_with("       1  nmap of root: tcp.connect 127.0.0.9:"));
    assert_eq!(connections.count(), 200, "{other}");
    assert!(
        other.stdout.contains("\n1 last lines are not finished\n"),
        "{other}"
    );
}

fn bad_input_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("p.toml"), POLICY).unwrap();
    std::fs::write(path("bad.toml"), "version = 1\nalow = 1\n").unwrap();
    std::fs::write(path("junk"), "x\u{1b}[2J\n\u{202e}\n").unwrap();
    for (words, told) in [
        (
            "p.toml nowhere",
            "nethost: nowhere: No such file or directory",
        ),
        (
            "p.toml junk",
            "nethost: junk: it is no audit log: junk:1: it is not a record",
        ),
        ("bad.toml junk", "nethost: bad.toml:2:1: unknown key `alow`"),
        (
            "nowhere junk",
            "nethost: nowhere: No such file or directory",
        ),
    ] {
        let command = nethost_here().directory(folder.path());
        let output = command.words("policy replay").words(words).run();
        assert_eq!(
            (output.code, output.stderr.lines().count()),
            (2, 1),
            "{output}"
        );
        assert!(output.stderr.starts_with(told), "{output}");
        assert!(!output.stderr.contains('\u{1b}'), "{output}");
    }
}
