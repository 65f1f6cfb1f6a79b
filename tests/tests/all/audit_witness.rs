//! Witnesses through the command line: what a site does by hand, and what root does to a log.

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::{nethost, nethost_here};
use nethost_tests::topology::Topology;
use serde_json::Value;
use std::path::{Path, PathBuf};

cases! {
    first round;
    [Netns] => {
        a_site_with_two_of_three,
        root_rewrites_and_cuts,
        hostile_text_is_one_line,
    }
    [Netns, Program("openssl")] => { a_checkpoint_is_what_openssl_says }
}

/// A machine with a log, and three witnesses, each with a state folder of its own.
struct Site {
    net: Topology,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            net: Topology::alone(),
            folder: tempfile::tempdir().unwrap(),
        };
        site.ping("state", "audit.jsonl");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ping(&self, state: &str, log: &str) {
        let output = nethost(self.net.client())
            .env("NETHOST_STATE_DIR", self.path(state))
            .arg("--audit")
            .arg(self.path(log))
            .words("run ping -c 1 127.0.0.1")
            .run();
        assert_eq!(output.code, 0, "{output}");
    }

    fn audit(&self, state: &str, words: &str) -> Command {
        nethost_here()
            .env("NETHOST_STATE_DIR", self.path(state))
            .words("audit")
            .words(words)
    }

    fn log(&self, words: &str) -> Output {
        let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
        self.audit("state", first)
            .arg(self.path("audit.jsonl"))
            .words(rest)
            .run()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Makes the witnesses and the policy.
    fn witnesses(&self) -> String {
        let key = succeeded(self.log("keys --note"));
        let mut policy = format!("# ours\nlog {key}");
        for witness in ["w1", "w2", "w3"] {
            let own = succeeded(
                self.audit(witness, &format!("witness init {witness}.example"))
                    .run(),
            );
            policy += &format!("witness {witness} {own}");
            succeeded(self.audit(witness, "witness add").arg(key.trim()).run());
        }
        self.write("policy", &(policy + "group site 2 w1 w2 w3\nquorum site\n"))
    }

    fn cosign(&self, witness: &str, from: &str, note: &Path) -> Output {
        let request = self.log(&format!(
            "proof --from {from} --checkpoint {}",
            note.display()
        ));
        let request = self.write("request", &succeeded(request));
        self.audit(witness, "witness cosign").arg(request).run()
    }

    /// A new checkpoint, cosigned by these from this size on.
    fn checkpoint(&self, name: &str, by: &[&str], from: &str) -> PathBuf {
        let note = succeeded(self.log("checkpoint --note"));
        let path = self.path(name);
        std::fs::write(&path, &note).unwrap();
        let mut all = note;
        for witness in by {
            all += &succeeded(self.cosign(witness, from, &path));
        }
        std::fs::write(&path, all).unwrap();
        path
    }

    fn verify(&self, log: &str, policy: &str, notes: &[&Path]) -> Output {
        let mut command = self.audit("state", "verify").arg(self.path(log));
        command = command.words("--witnesses").arg(policy);
        for note in notes {
            command = command.words("--checkpoint").arg(note);
        }
        command.run()
    }
}

fn succeeded(output: Output) -> String {
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

fn a_site_with_two_of_three() {
    let site = Site::new();
    let policy = site.witnesses();
    let first = site.checkpoint("first", &["w1", "w2", "w3"], "0");
    let output = site.verify("audit.jsonl", &policy, &[&first]);
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("witnessed: the first "), "{output}");
    site.ping("state", "audit.jsonl");
    // From the last checkpoint on, named by its file.
    let second = site.checkpoint("second", &["w1", "w3"], &first.display().to_string());
    assert_eq!(
        site.verify("audit.jsonl", &policy, &[&second, &first]).code,
        0
    );
    // One is not enough.
    site.ping("state", "audit.jsonl");
    let third = site.checkpoint("third", &["w1"], &second.display().to_string());
    let output = site.verify("audit.jsonl", &policy, &[&third]);
    assert_eq!(output.code, 4, "{output}");
    assert!(
        output.stdout.contains("the policy asks for 2 of 3"),
        "{output}"
    );
    // A witness that was away says where it stands.
    let output = site.cosign("w2", &second.display().to_string(), &third);
    assert_eq!(output.code, 3, "{output}");
    let size = output.stdout.trim().to_owned();
    let line = succeeded(site.cosign("w2", &size, &third));
    let whole = std::fs::read_to_string(&third).unwrap() + &line;
    std::fs::write(&third, whole).unwrap();
    let output = site.verify("audit.jsonl", &policy, &[&third]);
    assert_eq!(output.code, 0, "{output}");
    let list = succeeded(site.audit("w2", "witness list").run());
    assert_eq!(list.lines().count(), 2, "{list}");
    let json = site
        .audit("state", "verify --json --witnesses")
        .arg(&policy)
        .words("--checkpoint")
        .arg(&third);
    let report: Value =
        serde_json::from_str(&json.arg(site.path("audit.jsonl")).run().stdout).unwrap();
    assert_eq!(
        report["witnessed"]["by"].as_array().unwrap().len(),
        2,
        "{report}"
    );
}

fn root_rewrites_and_cuts() {
    let site = Site::new();
    let policy = site.witnesses();
    let first = site.checkpoint("first", &["w1", "w2", "w3"], "0");
    let copy = |from: &str, to: &str| {
        Command::new("cp")
            .words("-a")
            .arg(site.path(from))
            .arg(site.path(to))
            .succeed();
    };
    copy("state", "state.early");
    copy("audit.jsonl", "audit.early");
    site.ping("state", "audit.jsonl");
    let seen = site.checkpoint("seen", &["w1", "w2", "w3"], &first.display().to_string());
    // Back to where it was, with its whole state, and on from there.
    for (from, to) in [("state.early", "state"), ("audit.early", "audit.jsonl")] {
        Command::new("rm").words("-rf").arg(site.path(to)).succeed();
        copy(from, to);
    }
    let output = site.verify("audit.jsonl", &policy, &[&seen]);
    assert_eq!(output.code, 3, "cut: {output}");
    site.ping("state", "audit.jsonl");
    site.ping("state", "audit.jsonl");
    let output = site.verify("audit.jsonl", &policy, &[&seen]);
    assert_eq!(output.code, 1, "rewritten: {output}");
    assert!(output.stdout.contains("they were rewritten"), "{output}");
    let forged = site.checkpoint("forged", &[], "0");
    for witness in ["w1", "w2", "w3"] {
        let output = site.cosign(witness, &first.display().to_string(), &forged);
        assert_eq!(output.code, 3, "{output}");
        let output = site.cosign(witness, output.stdout.trim(), &forged);
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stderr.contains("rewritten"), "{output}");
        assert!(output.stdout.is_empty(), "{output}");
        // What it keeps is the evidence.
        let list = succeeded(site.audit(witness, "witness list").run());
        let origin = list
            .lines()
            .nth(1)
            .unwrap()
            .trim()
            .split('+')
            .next()
            .unwrap();
        let last = succeeded(site.audit(witness, "witness checkpoint").arg(origin).run());
        let last = site.write("last", &last);
        let output = site.verify("audit.jsonl", &policy, &[Path::new(&last)]);
        assert_eq!(output.code, 1, "{output}");
    }
}

fn hostile_text_is_one_line() {
    let site = Site::new();
    let policy = site.witnesses();
    let note = site.checkpoint("note", &["w1", "w2"], "0");
    let good = std::fs::read_to_string(&note).unwrap();
    let fifo = site.path("fifo");
    Command::new("mkfifo").arg(&fifo).succeed();
    let mut texts = vec![
        String::new(),
        "\n".into(),
        "x".repeat(300_000),
        "\0".repeat(100),
    ];
    texts.extend([
        good.replace('\n', "\r\n"),
        format!("\x1b[2J{good}"),
        good.replacen("— ", "- ", 1),
    ]);
    for (at, text) in texts.iter().enumerate() {
        let path = site.write("hostile", text);
        let path = Path::new(&path);
        let outputs = [
            site.verify("audit.jsonl", &policy, &[path]),
            site.verify("audit.jsonl", &path.display().to_string(), &[&note]),
            site.audit("w1", "witness cosign").arg(path).run(),
            site.log(&format!("proof --from 0 --checkpoint {}", path.display())),
            site.log(&format!(
                "proof --from {} --checkpoint {}",
                path.display(),
                note.display()
            )),
        ];
        for output in outputs {
            assert_eq!(output.code, 2, "{at}: {output}");
            assert_eq!(output.stderr.lines().count(), 1, "{at}: {output}");
            assert!(!output.stderr.contains('\x1b'), "{at}: {output}");
        }
    }
    for path in [
        fifo.as_path(),
        Path::new("/dev/zero"),
        Path::new("/"),
        Path::new("/no/such"),
    ] {
        assert_eq!(site.verify("audit.jsonl", &policy, &[path]).code, 2);
        assert_eq!(
            site.verify("audit.jsonl", &path.display().to_string(), &[&note])
                .code,
            2
        );
        assert_eq!(site.audit("w1", "witness cosign").arg(path).run().code, 2);
    }
    for words in [
        "witness init a+b",
        "witness add x",
        "witness checkpoint nobody",
    ] {
        let output = site.audit("w1", words).run();
        assert_eq!(output.code, 2, "{words}: {output}");
        assert_eq!(output.stderr.lines().count(), 1, "{words}: {output}");
    }
    // Without a witness there is nothing to ask.
    assert_eq!(site.audit("nobody", "witness list").run().code, 2);
    assert_eq!(site.log("verify --witnesses x").code, 2, "no checkpoint");
    assert_eq!(
        site.log("keys --note --origin another").code,
        2,
        "it has one"
    );
}

fn a_checkpoint_is_what_openssl_says() {
    let site = Site::new();
    let decode = |base64: &str| {
        let path = site.write("base64", &format!("{base64}\n"));
        let out = site.path("decoded");
        Command::new("openssl")
            .words("base64 -d -A -in")
            .arg(path)
            .words("-out")
            .arg(&out)
            .succeed();
        std::fs::read(out).unwrap()
    };
    let key = succeeded(site.log("keys --note"));
    let key = decode(key.trim().splitn(3, '+').nth(2).unwrap());
    let note = succeeded(site.log("checkpoint --note"));
    let (text, rest) = note.split_once("\n\n").unwrap();
    let signature = decode(rest.trim().rsplit(' ').next().unwrap());
    let file = |name: &str, bytes: &[u8]| {
        let path = site.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let prefix = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".to_vec();
    Command::new("openssl")
        .words("pkeyutl -verify -rawin -pubin -keyform DER -inkey")
        .arg(file("key", &[prefix, key[1..].to_vec()].concat()))
        .arg("-sigfile")
        .arg(file("signature", &signature[4..]))
        .arg("-in")
        .arg(file("text", format!("{text}\n").as_bytes()))
        .succeed();
    // The log's lines are the leaves, as many as there are.
    let lines = std::fs::read_to_string(site.path("audit.jsonl")).unwrap();
    assert_eq!(
        text.lines().nth(1).unwrap(),
        lines.lines().count().to_string()
    );
}
