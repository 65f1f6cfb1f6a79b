//! `nethost install`, `update`, `rollback` and `uninstall`: plugins of a user.

use crate::case::cases;
use crate::probes::{ICMP_FACTS, SYSTEM_FACTS};
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Output};
use nethost_tests::component::with_manifest;
use nethost_tests::host::{executable, nethost};
use nethost_tests::need::OTHER_USER;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use serde_json::Value;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use tempfile::TempDir;

cases! {
    first round;
    [Netns] => {
        yes_installs_and_grants,
        without_a_terminal_nothing_is_installed_or_granted,
        no_is_no,
        an_installed_plugin_comes_before_a_file_of_its_name,
        what_is_shown_is_what_is_installed,
        an_update_shows_what_changes_and_can_be_taken_back,
        what_is_removed_leaves_nothing,
    }
    [Netns, OtherUser] => { each_user_has_plugins_of_their_own }
}

/// The end of the question.
pub(crate) const QUESTION: &str = "no (n): ";

/// The manifest of a plugin.
pub(crate) fn manifest(name: &str, version: &str, to: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = \"{version}\"\nsummary = \"Greets hosts\"\n\
         [[request]]\ncap = \"icmp.echo\"\n{to}reason = \"sends the greeting\"\n"
    )
}

pub(crate) const TO_ARGS: &str = "to = [\"$args\"]\n";

/// A component with a manifest.
pub(crate) fn component(manifest: &str) -> Vec<u8> {
    with_manifest(&std::fs::read(ICMP_FACTS.path()).unwrap(), manifest)
}

/// A network, a home with the user's own files, and a log. Root's plugins and grants are in /var/lib, which is laid over.
pub(crate) struct Site {
    pub(crate) net: Topology,
    pub(crate) home: TempDir,
    log: PathBuf,
}

impl Site {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            net: Topology::alone(),
            log: home.path().join("audit.jsonl"),
            home,
        }
    }

    pub(crate) fn nethost(&self, words: &str) -> Command {
        nethost(self.net.client())
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path())
            .directory(self.home.path())
            .overlay(self.home.path().into(), "/var/lib")
            .arg("--audit")
            .arg(&self.log)
            .words(words)
    }

    /// Where nobody is asked.
    pub(crate) fn run(&self, words: &str) -> Output {
        self.nethost(words).run()
    }

    /// On a terminal, with an answer to the question. The exit code and all that was shown.
    pub(crate) fn answer(&self, words: &str, keys: &str) -> (i32, String) {
        let terminal = Terminal::new(120, 40);
        let running = terminal.start(self.nethost(words));
        terminal.expect(QUESTION);
        terminal.press(keys);
        let output = running.finish();
        (output.code, terminal.settled())
    }

    /// A file of the home.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What is installed.
    pub(crate) fn installed(&self) -> Vec<Value> {
        let output = self.nethost("list --json").succeed();
        let all: Vec<Value> = serde_json::from_str(&output.stdout).unwrap();
        let installed = all.into_iter().filter(|plugin| plugin["bundled"] == false);
        installed.collect()
    }

    pub(crate) fn digest_of(&self, name: &str) -> String {
        let all = self.installed();
        let found = all.iter().find(|plugin| plugin["name"] == name);
        found.unwrap()["digest"].as_str().unwrap().to_owned()
    }

    fn granted(&self) -> Vec<String> {
        let output = self.nethost("grants --json").succeed();
        let all: Vec<Value> = serde_json::from_str(&output.stdout).unwrap();
        let digests = all.iter().map(|grant| grant["digest"].as_str().unwrap());
        digests.map(str::to_owned).collect()
    }

    pub(crate) fn records(&self) -> Log {
        Log::read(&self.log)
    }

    /// Changes of plugins on record: what was done, and why not.
    pub(crate) fn changes(&self) -> Vec<(String, Option<String>)> {
        let log = self.records();
        let changes = log.of("plugin-change");
        changes
            .iter()
            .map(|record| {
                let stopped = record["stopped"].as_str().map(str::to_owned);
                let decision = if stopped.is_some() {
                    "denied"
                } else {
                    "allowed"
                };
                assert_eq!(record["decision"], decision, "{record}");
                (record["args"][0].as_str().unwrap().to_owned(), stopped)
            })
            .collect()
    }

    /// The command fails and says why, nothing changes, and the refusal is on record with the same words.
    pub(crate) fn refused(&self, words: &str, said: &str) -> Output {
        let before = self.installed();
        let output = self.run(words);
        assert_eq!(output.code, 2, "{words}: {output}");
        assert!(output.stderr.contains(said), "{words}: {said}: {output}");
        assert_eq!(self.installed(), before, "{words}");
        let (_, stopped) = self.changes().pop().unwrap();
        let stopped = stopped.unwrap();
        assert!(stopped.contains(said), "{words}: {said}: {stopped}");
        output
    }

    /// The folder of the installed plugins.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("nethost/plugins")
    }

    /// Makes a key in a file of the home, and returns its public half.
    pub(crate) fn keys(&self, name: &str) -> String {
        let key = self.home.path().join(name);
        let output = self.nethost("sign --new-key").arg(&key).succeed();
        output.stdout.trim().to_owned()
    }
}

fn yes_installs_and_grants() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    let (code, shown) = site.answer("install acme.wasm", "y\n");
    assert_eq!(code, 0, "{shown}");
    for part in [
        "acme 1.0.0 (sha256:",
        "signed by  nobody",
        "| Greets hosts",
        "| icmp.echo to $args",
        "|     sends the greeting",
        "Install acme and grant it icmp.echo? Yes (y), install without a grant (i), or no (n): ",
        "is installed",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    let output = site.run("acme 1 127.0.0.1");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("sent 1"), "{output}");
    let digest = site.digest_of("acme");
    assert_eq!(site.granted(), std::slice::from_ref(&digest));
    assert_eq!(site.changes(), [("install".to_owned(), None)]);
    let log = site.records();
    let change = log.only("plugin-change");
    assert_eq!(change["plugin"]["digest"], digest, "{change}");
    assert_eq!(change["plugin"]["version"], "1.0.0", "{change}");
    assert_eq!(log.only("run-start")["plugin"]["digest"], digest);
    let listed = site.run("list");
    assert!(
        listed
            .stdout
            .contains("\nacme         Greets hosts\n  installed 1.0.0 from /"),
        "{listed}"
    );
    let verified = site.nethost("audit verify").run();
    assert_eq!(verified.code, 0, "{verified}");
    // A tool that runs tools runs it, under the plugin's own policy.
    let watched = site.run("watch -q 0 -t acme 1 127.0.0.1");
    assert!(watched.stdout.contains("sent 1"), "{watched}");
    let again = site.run("install acme.wasm --yes");
    assert!(again.stdout.contains("is installed already"), "{again}");
}

fn without_a_terminal_nothing_is_installed_or_granted() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    let output = site.refused("install acme.wasm", "there is no terminal to ask on; --yes");
    assert!(output.stderr.contains("| icmp.echo to $args"), "{output}");
    let output = site.run("install --yes acme.wasm");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("nothing is granted"), "{output}");
    assert!(site.granted().is_empty());
    let output = site.run("acme 1 127.0.0.1");
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.contains("nothing allows what it asks for"),
        "{output}"
    );
    let (code, shown) = site.answer("run acme 1 127.0.0.1", "o\n");
    assert_eq!(code, 0, "{shown}");
}

fn no_is_no() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    for keys in ["n\n", "\n", "\u{4}"] {
        let (code, shown) = site.answer("install acme.wasm", keys);
        assert_eq!(code, 2, "{keys:?}: {shown}");
    }
    assert!(site.installed().is_empty() && site.granted().is_empty());
    let said_no = |(_, why): &(String, Option<String>)| why.as_ref().unwrap().contains("said no");
    assert_eq!(
        site.changes()
            .iter()
            .filter(|change| said_no(change))
            .count(),
        3
    );
}

fn an_installed_plugin_comes_before_a_file_of_its_name() {
    let site = Site::new();
    site.file("x.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    assert_eq!(site.run("install --yes x.wasm").code, 0);
    site.file("acme", "not a plugin");
    let output = site.run("--allow icmp.echo acme 1 127.0.0.1");
    assert!(output.stdout.contains("sent 1"), "{output}");
    // What is typed as a path is a path.
    let output = site.run("run ./acme");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("./acme"), "{output}");
}

fn what_is_shown_is_what_is_installed() {
    let site = Site::new();
    let path = site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    let terminal = Terminal::new(120, 40);
    let running = terminal.start(site.nethost("install acme.wasm"));
    terminal.expect(QUESTION);
    let shown = terminal.settled();
    std::fs::write(&path, component(&manifest("acme", "1.0.0", ""))).unwrap();
    terminal.press("y\n");
    assert_eq!(running.finish().code, 0);
    let digest = site.digest_of("acme");
    assert!(shown.contains(&digest), "{digest}: {shown}");
    assert_eq!(site.installed()[0]["requests"][0]["to"][0], "$args");
    assert_eq!(site.granted(), [digest]);
}

fn an_update_shows_what_changes_and_can_be_taken_back() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    site.answer("install acme.wasm", "y\n");
    let first = site.digest_of("acme");
    let same = site.run("update");
    assert_eq!(same.code, 0, "{same}");
    assert!(same.stdout.contains("is installed already"), "{same}");

    site.file("acme.wasm", component(&manifest("acme", "1.1.0", "")));
    let (code, shown) = site.answer("update acme", "n\n");
    assert_eq!(code, 2, "{shown}");
    assert_eq!(site.digest_of("acme"), first);
    let (code, shown) = site.answer("update", "y\n");
    assert_eq!(code, 0, "{shown}");
    for part in [
        "What is new, gone, or explained otherwise than in 1.0.0 of 20",
        "| + icmp.echo to anything: sends the greeting",
        "| - icmp.echo to $args: sends the greeting",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    let second = site.digest_of("acme");
    assert_ne!(first, second);
    assert_eq!(site.installed()[0]["previous"], first);
    assert_eq!(site.run("acme 1 127.0.0.1").code, 0);

    // Back, and what was granted to the first version still holds for it.
    let back = site.run("rollback acme");
    assert_eq!(back.code, 0, "{back}");
    assert!(back.stderr.contains("| - icmp.echo to anything"), "{back}");
    assert_eq!(site.digest_of("acme"), first);
    assert_eq!(site.run("acme 1 127.0.0.1").code, 0);
    assert_eq!(site.run("rollback acme").code, 0);
    assert_eq!(site.digest_of("acme"), second);
    let words: Vec<String> = site.changes().into_iter().map(|(word, _)| word).collect();
    assert_eq!(
        words,
        ["install", "update", "update", "rollback", "rollback"]
    );

    // What is gone is an error, and on record.
    std::fs::remove_file(site.home.path().join("acme.wasm")).unwrap();
    site.refused("update", "No such file");
    let output = site.run("rollback other");
    assert!(
        output.stderr.contains("no plugin other is installed"),
        "{output}"
    );
}

fn what_is_removed_leaves_nothing() {
    let site = Site::new();
    site.file("acme.wasm", component(&manifest("acme", "1.0.0", TO_ARGS)));
    site.answer("install acme.wasm", "y\n");
    site.file("acme.wasm", component(&manifest("acme", "1.1.0", TO_ARGS)));
    site.answer("update", "y\n");
    assert_eq!(site.granted().len(), 2);
    let files = || {
        let entries = std::fs::read_dir(site.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "installed.toml").count()
    };
    assert_eq!(files(), 2);
    let output = site.run("uninstall acme");
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("what was granted to it is revoked"),
        "{output}"
    );
    assert_eq!(
        (files(), site.granted().len(), site.installed().len()),
        (0, 0, 0)
    );
    let output = site.run("acme");
    assert!(output.stderr.contains("no plugin `acme`"), "{output}");
    assert_eq!(
        site.changes().pop().unwrap(),
        ("uninstall".to_owned(), None)
    );
}

fn each_user_has_plugins_of_their_own() {
    let site = Site::new();
    let home = tempfile::tempdir().unwrap();
    let manifest = "name = \"facts\"\nsummary = \"Tells facts\"\n\
        [[request]]\ncap = \"system.read\"\nreason = \"tells them\"\n";
    let bytes = with_manifest(&std::fs::read(SYSTEM_FACTS.path()).unwrap(), manifest);
    let file = home.path().join("facts.wasm");
    std::fs::write(&file, bytes).unwrap();
    for path in [home.path(), &file] {
        chown(path, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    }
    let run = |words: &str| {
        nethost(site.net.client())
            .seen_by_everyone(executable().parent().unwrap(), "/mnt")
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .env("XDG_STATE_HOME", home.path().join("state"))
            .env("NETHOST_STATE_DIR", home.path().join("state"))
            .env("NETHOST_CACHE_DIR", home.path().join("cache"))
            .directory(home.path())
            .user(OTHER_USER)
            .words(words)
            .run()
    };
    let output = run("install --yes facts.wasm");
    assert_eq!(output.code, 0, "{output}");
    assert!(
        home.path()
            .join("data/nethost/plugins/installed.toml")
            .is_file()
    );
    let output = run("--allow system.read facts");
    assert!(output.stdout.contains("uname Linux"), "{output}");
    assert!(site.installed().is_empty());
}
