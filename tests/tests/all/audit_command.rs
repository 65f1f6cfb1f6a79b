//! `nethost audit`: what it makes of a log that was tampered with, and how it shows and exports one.

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::{nethost, nethost_here};
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use serde_json::Value;
use std::path::{Path, PathBuf};

cases! {
    first round;
    [Netns] => {
        verdicts_have_exit_codes,
        a_head_and_keys_kept_elsewhere,
        a_log_is_renewed,
        shows_what_is_asked_for,
        follows_over_a_rotation,
        exports,
        hostile_text_reaches_no_terminal,
    }
    [Netns, Program("openssl")] => { hashes_and_signatures_are_what_openssl_says }
}

/// A log of two runs, the second of which was denied something.
struct Recorded {
    net: Topology,
    folder: tempfile::TempDir,
}

impl Recorded {
    fn new() -> Self {
        let recorded = Self {
            net: Topology::alone(),
            folder: tempfile::tempdir().unwrap(),
        };
        assert_eq!(recorded.ping("").code, 0);
        assert_eq!(recorded.ping("--deny icmp.echo").code, 2);
        recorded
    }

    fn node(&self) -> &Namespace {
        self.net.client()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn ping(&self, options: &str) -> Output {
        nethost(self.node())
            .words(options)
            .arg("--audit")
            .arg(self.path())
            .words("run ping -c 1 127.0.0.1")
            .run()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    fn audit(&self, action: &str, options: &str) -> Output {
        audit(&self.path(), action, options).run()
    }
}

fn audit(log: &Path, action: &str, options: &str) -> Command {
    nethost_here()
        .words("audit")
        .words(action)
        .arg(log)
        .words(options)
}

fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.code, 0, "{output}");
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verdicts_have_exit_codes() {
    let recorded = Recorded::new();
    let whole = recorded.text();
    let output = recorded.audit("verify", "");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("intact: "), "{output}");
    let verdict = |text: &str, code: i32, words: &[&str]| {
        std::fs::write(recorded.path(), text).unwrap();
        let output = recorded.audit("verify", "");
        assert_eq!(output.code, code, "{output}");
        for word in words {
            assert!(output.stdout.contains(word), "no {word:?} in {output}");
        }
        let output = recorded.audit("verify", "--json");
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(output.code, code, "{report}");
    };
    let changed = whole.replacen("127.0.0.1", "127.0.0.2", 1);
    verdict(&changed, 1, &["audit.jsonl:2: ", "does not have the hash"]);
    let lines: Vec<_> = whole.lines().collect();
    let without = lines.iter().enumerate().filter(|(at, _)| *at != 3);
    let without: String = without.map(|(_, line)| format!("{line}\n")).collect();
    verdict(&without, 1, &["records 4 to 4 are missing before it"]);
    let cut = lines[..lines.len() - 2].join("\n") + "\n";
    verdict(&cut, 3, &["are missing at its end"]);
    verdict(&whole[..whole.len() - 5], 3, &["the last line is cut"]);
    verdict(
        &whole.replacen("{\"v\":1", "{\"v\":9", 1),
        1,
        &["does not have the hash"],
    );
    // A log that is gone has lost its records; what cannot be read at all is an error, not a verdict.
    std::fs::remove_file(recorded.path()).unwrap();
    let output = recorded.audit("verify", "");
    assert_eq!(output.code, 3, "{output}");
    assert!(output.stdout.contains("are missing at its end"), "{output}");
    std::fs::create_dir(recorded.path()).unwrap();
    let output = recorded.audit("verify", "");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("audit.jsonl"), "{output}");
}

fn a_head_and_keys_kept_elsewhere() {
    let recorded = Recorded::new();
    let kept = tempfile::tempdir().unwrap();
    let keep = |name: &str, action: &str| {
        let output = recorded.audit(action, "");
        assert_eq!(output.code, 0, "{output}");
        let path = kept.path().join(name);
        std::fs::write(&path, &output.stdout).unwrap();
        path.display().to_string()
    };
    let head = keep("head", "checkpoint");
    let keys = keep("keys", "keys");
    assert_eq!(recorded.ping("").code, 0);
    // An auditor has the log, the head and the keys, and nothing else of the machine.
    let copy = kept.path().join("copy.jsonl");
    let elsewhere = |text: &str, options: &str| {
        std::fs::write(&copy, text).unwrap();
        audit(&copy, "verify", options).run()
    };
    let whole = recorded.text();
    assert_eq!(elsewhere(&whole, "").code, 4, "nothing vouches for it");
    let output = elsewhere(&whole, &format!("--key {keys} --head {head}"));
    assert_eq!(output.code, 0, "{output}");
    let count = whole.lines().count();
    let cut: String = whole
        .lines()
        .take(count - 6)
        .map(|line| format!("{line}\n"))
        .collect();
    let output = elsewhere(&cut, &format!("--key {keys} --head {head}"));
    assert_eq!(output.code, 3, "{output}");
    let output = elsewhere(&cut, &format!("--key {keys}"));
    assert!([4, 5].contains(&output.code), "without a head: {output}");
    let output = elsewhere(&whole, &format!("--key {keys}"));
    assert_eq!(output.code, 4, "{output}");
    assert!(output.stdout.contains("later unknown"), "{output}");
    let seal = keep("seal", "seal-key");
    assert_eq!(recorded.ping("").code, 0);
    let options = format!("--key {keys} --head {head} --seal {seal}");
    let output = elsewhere(&recorded.text(), &options);
    assert_eq!(output.code, 0, "{output}");
    let output = elsewhere(&whole, &format!("--key {keys} --seal {keys}"));
    assert_eq!(output.code, 2, "{output}");
    let other = "0".repeat(64);
    let output = elsewhere(&whole, &format!("--key {other}"));
    assert_eq!(output.code, 1, "{output}");
    let output = elsewhere(&whole, &format!("--key {keys} --head {other}"));
    assert_eq!(output.code, 3, "{output}");
    let output = elsewhere(&whole, "--key /no/such/key");
    assert_eq!(output.code, 2, "{output}");
}

fn a_log_is_renewed() {
    let recorded = Recorded::new();
    let output = recorded.audit("renew", "");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("nothing is wrong"), "{output}");
    let changed = recorded.text().replacen("127.0.0.1", "127.0.0.2", 1);
    std::fs::write(recorded.path(), &changed).unwrap();
    // Until then, runs go on.
    assert_eq!(recorded.ping("").code, 0);
    assert_eq!(recorded.audit("verify", "").code, 1);
    let output = recorded.audit("renew", "");
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(recorded.ping("").code, 0);
    let output = recorded.audit("verify", "");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("takes the place"), "{output}");
    let folders = recorded.folder.path().read_dir().unwrap();
    let evidence = folders
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    let kept = std::fs::read_to_string(evidence.join("audit.jsonl")).unwrap();
    assert!(kept.starts_with(&changed), "the evidence is as it was");
}

fn hashes_and_signatures_are_what_openssl_says() {
    let recorded = Recorded::new();
    let output = recorded.audit("checkpoint", "");
    assert_eq!(output.code, 0, "{output}");
    let text = recorded.text();
    let line = text.lines().last().unwrap();
    let record: Value = serde_json::from_str(line).unwrap();
    assert_eq!(record["event"], "checkpoint");
    let file = |name: &str, bytes: &[u8]| {
        let path = recorded.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let hashed = file(
        "hashed",
        line.split(",\"hash\":").next().unwrap().as_bytes(),
    );
    let output = Command::new("openssl")
        .words("dgst -sha256 -r")
        .arg(&hashed)
        .succeed();
    assert!(
        output.stdout.starts_with(record["hash"].as_str().unwrap()),
        "{output}"
    );
    let bytes = |hex: &Value| -> Vec<u8> {
        let hex = hex.as_str().unwrap().as_bytes();
        let byte =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        hex.chunks(2).map(byte).collect()
    };
    let signed = [b"nethost audit log 1\0".to_vec(), bytes(&record["hash"])].concat();
    let signed = file("signed", &signed);
    let signature = file("signature", &bytes(&record["sig"]));
    // SubjectPublicKeyInfo of RFC 8410.
    let prefix = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".to_vec();
    let key = file("key", &[prefix, bytes(&record["key"]["signer"])].concat());
    Command::new("openssl")
        .words("pkeyutl -verify -rawin -pubin -keyform DER -inkey")
        .arg(&key)
        .arg("-sigfile")
        .arg(&signature)
        .arg("-in")
        .arg(&signed)
        .succeed();
}

fn shows_what_is_asked_for() {
    let recorded = Recorded::new();
    let all = lines(&recorded.audit("show", "--json"));
    assert_eq!(all.len(), recorded.text().lines().count());
    let count = |options: &str| lines(&recorded.audit("show", &format!("--json {options}"))).len();
    let run = all[1]["run"].as_str().unwrap();
    let of_run = all.iter().filter(|record| record["run"] == run).count();
    assert_eq!(count(&format!("--run {}", &run[..8])), of_run);
    assert_eq!(count("--denied"), 1);
    assert_eq!(count("--event open --event close"), 2);
    assert_eq!(count("--cap icmp.*"), 3);
    assert_eq!(count("--cap icmp.echo --to 127.0.0.0/8"), 3);
    assert_eq!(count("--to 10.0.0.0/8"), 0);
    assert_eq!(count("--plugin ping"), all.len() - 1);
    assert_eq!(count("--plugin mtr"), 0);
    assert_eq!(
        count(&format!("--user {}", nix::unistd::getuid())),
        all.len()
    );
    assert_eq!(count("--since 1h"), all.len());
    assert_eq!(count("--until 1h"), 0);
    let table = recorded.audit("show", "--denied").stdout;
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("denied, by --deny icmp.echo"), "{table}");
    for wrong in ["--since yesterday", "--event opened"] {
        let output = recorded.audit("show", wrong);
        assert_eq!(output.code, 2, "{output}");
        assert_eq!(output.stderr.lines().count(), 1, "{output}");
    }
    // A record that was taken out does not go unmentioned, nor does a line that is none.
    let text = recorded.text();
    let mut broken: Vec<_> = text.lines().collect();
    broken.remove(3);
    broken.push("rubbish");
    std::fs::write(recorded.path(), broken.join("\n")).unwrap();
    let output = recorded.audit("show", "--denied");
    assert!(
        output.stderr.contains("record 5 follows record 3"),
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains(&format!(":{}: it is not a record", broken.len())),
        "{output}"
    );
}

fn follows_over_a_rotation() {
    let recorded = Recorded::new();
    let following = audit(&recorded.path(), "follow", "--json --event open").spawn();
    // It shows what comes after it began, so it is given until the first comes.
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while following.said().is_empty() {
        assert!(std::time::Instant::now() < give_up, "nothing is shown");
        assert_eq!(recorded.ping("").code, 0);
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(recorded.audit("rotate", "").code, 0);
    assert_eq!(recorded.ping("").code, 0);
    let last = lines(&recorded.audit("show", "--json --event open"));
    let last = last.last().unwrap()["seq"].to_string();
    following.expect(&format!("\"seq\":{last},"));
    let files = recorded.folder.path().read_dir().unwrap().count();
    assert_eq!(files, 2, "the log is in two files");
    assert_eq!(recorded.audit("verify", "").code, 0);
}

fn exports() {
    let recorded = Recorded::new();
    let events = lines(&recorded.audit("export", "--format ocsf --denied"));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type_uid"], 400_105);
    assert_eq!(events[0]["dst_endpoint"]["ip"], "127.0.0.1");
    let cef = recorded.audit("export", "--format cef --denied").stdout;
    assert!(
        cef.starts_with("CEF:0|nethost|nethost|") && cef.contains(" dst=127.0.0.1 "),
        "{cef}"
    );
    let syslog = recorded.audit("export", "--format syslog --denied").stdout;
    assert!(
        syslog.starts_with("<108>1 2") && syslog.contains(" - denied - @cee:{"),
        "{syslog}"
    );
    // The journal, as it listens.
    let socket = recorded.folder.path().join("journal");
    let journal = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    let options = format!("--format journald --denied --socket {}", socket.display());
    let output = recorded.audit("export", &options);
    assert_eq!(output.code, 0, "{output}");
    let mut datagram = [0; 65_536];
    let length = journal.recv(&mut datagram).unwrap();
    let fields = String::from_utf8_lossy(&datagram[..length]);
    assert!(
        fields.contains("\nPRIORITY=4\n") && fields.contains("\nNETHOST_EVENT=denied\n"),
        "{fields}"
    );
    let output = recorded.audit("export", "--format journald --socket /no/such/socket");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("/no/such/socket"), "{output}");
}

fn hostile_text_reaches_no_terminal() {
    let recorded = Recorded::new();
    let output = nethost(recorded.node())
        .arg("--audit")
        .arg(recorded.path())
        .words("run ping -c 1")
        .arg("\x1b[2J\u{9b}31m\u{202e}evil\x07")
        .run();
    assert_ne!(output.code, 0, "{output}");
    let text = recorded.text();
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "in the file"
    );
    for options in [
        "show",
        "show --json",
        "export --format cef",
        "export --format ocsf",
    ] {
        let command = nethost_here()
            .words("audit")
            .words(options)
            .arg(recorded.path());
        let terminal = Terminal::new(80, 24);
        assert_eq!(terminal.start(command).finish().code, 0);
        let shown = terminal.settled();
        assert!(shown.contains("evil"), "{options}: {shown:?}");
        let harmless = |c: char| matches!(c, '\n' | '\r') || !(c.is_control() || c == '\u{202e}');
        assert!(shown.chars().all(harmless), "{options}: {shown:?}");
    }
}
