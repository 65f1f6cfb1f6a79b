//! What a policy says of the audit log holds, whatever the command line says.

use crate::case::cases;
use crate::probes::OPENS_WITHOUT_END;
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Output};
use nethost_tests::component::File;
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::strace::traced_calls;
use nethost_tests::topology::Topology;
use std::path::{Path, PathBuf};

cases! {
    first round;
    [Netns] => {
        the_systems_log_is_the_log,
        a_policy_that_requires_the_log_runs_nothing_without_it,
        files_are_as_long_and_as_many_as_it_says,
    }
    [Netns, Program("strace")] => { records_are_forced_onto_the_disk_as_it_says }
}

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

    fn log(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// A policy file with this `[audit]`, that allows everything.
    fn policy(&self, audit: &str) -> String {
        format!(
            "version = 1\n[audit]\nfile = \"{}\"\n{audit}\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"*\" }}]\n",
            self.log().display()
        )
    }

    fn ping(&self, options: &str) -> Command {
        let command = nethost(self.net.client()).words(options);
        command.words("ping -n -q -c 1 127.0.0.1")
    }

    fn under(&self, audit: &str) -> Command {
        let policy = self.folder.path().join("policy.toml");
        std::fs::write(&policy, self.policy(audit)).unwrap();
        self.ping(&format!("--policy {}", policy.display()))
    }
}

fn files(log: &Path) -> Vec<PathBuf> {
    let folder = log.parent().unwrap().read_dir().unwrap();
    let name = log.file_name().unwrap().to_str().unwrap();
    folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(name)
        })
        .collect()
}

fn the_systems_log_is_the_log() {
    let site = Site::new();
    let etc = Etc::with_policy(&site.policy(""));
    let run = |options: &str| etc.seen_by(site.ping(options)).run();
    let output = run("");
    assert_eq!(output.code, 0, "{output}");
    let runs = || Log::read(&site.log()).of("run-start").len();
    assert_eq!(runs(), 1);
    // Another one cannot be named, neither by a flag nor by the operator's own policy.
    let other = site.folder.path().join("other.jsonl");
    let output = run(&format!("--audit {}", other.display()));
    assert_eq!((output.code, runs()), (2, 1), "{output}");
    for part in [
        "/etc/nethost/policy.toml names the audit log",
        "leave it out",
    ] {
        assert!(output.stderr.contains(part), "no {part:?} in {output}");
    }
    let text = site.policy("").replace("audit.jsonl", "other.jsonl");
    let own = File::new("own.toml", text.as_bytes());
    let output = run(&format!("--policy {}", own.path().display()));
    assert_eq!((output.code, runs()), (0, 2), "{output}");
    assert!(!other.exists());
}

fn a_policy_that_requires_the_log_runs_nothing_without_it() {
    let site = Site::new();
    // A folder stands where the log should be.
    std::fs::create_dir(site.log()).unwrap();
    let said = |output: &Output| output.stdout.contains("1 received");
    let output = site.under("required = false").run();
    assert!(output.code == 0 && said(&output), "{output}");
    assert!(output.stderr.contains("not fully recorded"), "{output}");
    let output = site.under("required = true").run();
    assert!(output.code == 2 && !said(&output), "{output}");
    assert!(output.stderr.contains("audit.jsonl"), "{output}");
    // The system's demand holds for who does not demand it.
    let etc = Etc::with_policy(&site.policy("required = true"));
    let output = etc.seen_by(site.under("required = false")).run();
    assert!(output.code == 2 && !said(&output), "{output}");
}

fn files_are_as_long_and_as_many_as_it_says() {
    let site = Site::new();
    // Each denial is a record.
    let flood = |audit: &str| {
        let policy = site.folder.path().join("policy.toml");
        std::fs::write(&policy, site.policy(audit)).unwrap();
        let options = format!("run --policy {} --deny udp.exchange", policy.display());
        let command = nethost(site.net.client()).words(&options);
        let plugin = OPENS_WITHOUT_END.path();
        command.arg(plugin).words("127.0.0.1 400").succeed();
        files(&site.log())
    };
    let rotated = flood("rotate = \"64 KiB\"");
    assert!(rotated.len() > 2, "{rotated:?}");
    for file in rotated {
        let length = file.metadata().unwrap().len();
        // It ends with the record that fills it, and those that close it.
        assert!(length < 80 << 10, "{}: {length}", file.display());
    }
    // With the next file, what is more than is kept goes.
    let kept = flood("rotate = \"64 KiB\"\nkeep = 1");
    assert_eq!(kept.len(), 2, "{kept:?}");
    let verify = nethost(site.net.client()).words("audit verify");
    let verified = verify.arg(site.log()).run();
    assert_eq!(verified.code, 0, "{verified}");
}

fn records_are_forced_onto_the_disk_as_it_says() {
    let site = Site::new();
    let synced = |command: Command| {
        let (output, calls) = traced_calls(command, "trace=fdatasync,fsync");
        assert_eq!(output.code, 0, "{output}");
        calls.len()
    };
    // The first run begins the log, and its key must outlast a power cut.
    let _ = synced(site.under(""));
    assert_eq!(synced(site.under("")), 0);
    assert_eq!(synced(site.under("sync = \"never\"")), 0);
    let sign = || {
        let policy = site.folder.path().join("policy.toml");
        let command = nethost(site.net.client()).words("audit checkpoint");
        command.arg(site.log()).arg("--policy").arg(policy)
    };
    assert_eq!(synced(sign()), 0);
    assert_eq!(synced(site.under("sync = \"checkpoint\"")), 0);
    // The log, its head and its seal.
    assert_eq!(synced(sign()), 3);
    // At least the start, the access, its close and the end.
    assert!(synced(site.under("sync = \"always\"")) >= 4);
}
