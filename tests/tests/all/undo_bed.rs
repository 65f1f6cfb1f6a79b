//! A network with a cable, and a place for journals: where changes are made that are undone.

use crate::probes::{SYSTEM_FACTS, UNDO};
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Output, Running};
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) const STEPS: &str = "mtu=1400 lasting=10.0.0.50/24/100 route=10.5.0.0/16/10.0.0.2 \
    route=0.0.0.0/0/10.0.0.2 address=fd00::50/64 route=fd05::/32/fd00::2";

pub(crate) const GRANTED: &str = "--allow route.read --allow route.write";

/// A node with a cable, and a place for its journals.
pub(crate) struct Bed {
    pub(crate) node: Namespace,
    _far: Namespace,
    pub(crate) folder: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let (node, far) = (Namespace::new("node"), Namespace::new("far"));
        node.cable("v0", &far, "v0");
        far.addresses("v0", &["10.0.0.2/24", "fd00::2/64"]);
        node.up(&["v0"]);
        far.up(&["v0"]);
        let folder = nethost_tests::privilege::open_folder();
        Self {
            node,
            _far: far,
            folder,
        }
    }

    /// As the network is, once it has settled.
    pub(crate) fn settled(&self) -> Vec<String> {
        let give_up = Instant::now() + Duration::from_secs(20);
        let mut before = Vec::new();
        loop {
            let now = state::lines(&self.node);
            let link = now.iter().find(|line| line.contains("\"v0\""));
            let is_up =
                link.is_none_or(|link| !link.contains("up: true") || link.contains("\"UP\""));
            if now == before && is_up {
                return now;
            }
            assert!(Instant::now() < give_up, "it does not settle: {now:#?}");
            before = now;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&[String]) -> bool) {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let now = state::lines(&self.node);
            if is_so(&now) {
                return;
            }
            assert!(Instant::now() < give_up, "{what}: {now:#?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn until_as(&self, before: &[String], what: &str) {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let now = state::lines(&self.node);
            if now == before {
                return;
            }
            let only = |a: &[String], b: &[String]| -> Vec<String> {
                a.iter().filter(|line| !b.contains(line)).cloned().collect()
            };
            assert!(
                Instant::now() < give_up,
                "{what}: missing {:#?}, new {:#?}",
                only(before, &now),
                only(&now, before)
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    pub(crate) fn log(&self) -> Log {
        Log::read(&self.log_file())
    }

    /// The host in a network, with this bed's journals and log.
    pub(crate) fn host(&self, node: &Namespace) -> Command {
        nethost(node)
            .env("NETHOST_STATE_DIR", self.folder.path().join("state"))
            .arg("run")
            .arg("--audit")
            .arg(self.log_file())
            .patience(Duration::from_secs(120))
    }

    pub(crate) fn command(&self, options: &str, words: &str) -> Command {
        self.host(&self.node)
            .words(options)
            .arg(UNDO.path())
            .words(words)
    }

    pub(crate) fn run(&self, words: &str) -> Output {
        self.command(GRANTED, words).run()
    }

    /// A run that has taken these steps and waits.
    pub(crate) fn waiting(&self, words: &str) -> Running {
        let running = self.command(GRANTED, &format!("{words} wait")).spawn();
        until_said(&running, "waiting");
        running
    }

    /// Any other run, which is the next start of a broker.
    pub(crate) fn next_start(&self, node: &Namespace) -> Output {
        let output = self.host(node).arg(SYSTEM_FACTS.path()).run();
        assert_ne!(output.code, 101, "{output}");
        output
    }

    pub(crate) fn journals(&self) -> Vec<PathBuf> {
        let folder = self.folder.path().join("state/undo");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    pub(crate) fn until_no_journal(&self) {
        let give_up = Instant::now() + Duration::from_secs(20);
        while !self.journals().is_empty() {
            assert!(Instant::now() < give_up, "{:?}", self.journals());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The rules of the records about undoing: event and rule.
    pub(crate) fn undoing(&self) -> Vec<(String, String)> {
        let log = self.log();
        let of = log
            .0
            .iter()
            .filter(|record| record["op"] == "undoable.undo");
        let with_rule = of.filter(|record| record["event"] != "close");
        with_rule
            .map(|record| {
                let text =
                    |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                (text(&record["event"]), text(&record["policy"]["rule"]))
            })
            .collect()
    }
}

/// The first run of a probe compiles it, which takes longer than [`Running::expect`] waits.
pub(crate) fn until_said(running: &Running, text: &str) {
    let give_up = Instant::now() + Duration::from_secs(120);
    while !running.said().contains(text) {
        assert!(
            Instant::now() < give_up,
            "no {text:?} in {:?}, {:?}",
            running.said(),
            running.complained()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn broker_of(running: &Running) -> Pid {
    let pid = running.pid();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    Pid::from_raw(children.trim().parse().expect("one child, the broker"))
}

pub(crate) fn kill_broker(running: Running) {
    kill(broker_of(&running), Signal::SIGKILL).unwrap();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
}
