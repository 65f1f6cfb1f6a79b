//! Changes that a plugin does not commit are undone, whatever is killed, and whatever others do meanwhile.

use crate::case::cases;
use crate::probes::{SYSTEM_FACTS, UNDO};
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Output, Running};
use nethost_tests::etc::Etc;
use nethost_tests::host::{nethost, sources};
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::time::{Duration, Instant};

cases! {
    first round;
    [Netns] => {
        what_is_not_committed_is_undone,
        what_is_committed_stays,
        everything_comes_back_as_it_was,
        what_others_have_changed_is_left,
        what_belongs_to_others_survives,
        what_cannot_be_undone_exactly_is_refused,
        a_killed_runner_leaves_nothing_at_any_step,
        a_killed_broker_leaves_nothing_to_the_next_start,
        nothing_is_undone_in_another_network,
        a_journal_of_others_is_named_and_not_used,
        an_independent_reader_sees_what_is_pending,
        a_scope_is_no_way_around_the_policy,
        a_revoked_grant_undoes_what_was_not_committed,
    }
}

const GRANTED: &str = "--allow route.read --allow route.write";

/// A node with a cable, and a place for its journals.
struct Bed {
    node: Namespace,
    _far: Namespace,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
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
    fn settled(&self) -> Vec<String> {
        let give_up = Instant::now() + Duration::from_secs(20);
        let mut before = Vec::new();
        loop {
            let now = state::lines(&self.node);
            let link = now.iter().find(|line| line.contains("\"v0\""));
            let is_up = link.is_none_or(|link| !link.contains("up: true") || link.contains("\"UP\""));
            if now == before && is_up {
                return now;
            }
            assert!(Instant::now() < give_up, "it does not settle: {now:#?}");
            before = now;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn until(&self, what: &str, is_so: impl Fn(&[String]) -> bool) {
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

    fn until_as(&self, before: &[String], what: &str) {
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

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn log(&self) -> Log {
        Log::read(&self.log_file())
    }

    /// The host in a network, with this bed's journals and log.
    fn host(&self, node: &Namespace) -> Command {
        nethost(node)
            .env("NETHOST_STATE_DIR", self.folder.path().join("state"))
            .arg("run")
            .arg("--audit")
            .arg(self.log_file())
            .patience(Duration::from_secs(120))
    }

    fn command(&self, options: &str, words: &str) -> Command {
        self.host(&self.node)
            .words(options)
            .arg(UNDO.path())
            .words(words)
    }

    fn run(&self, words: &str) -> Output {
        self.command(GRANTED, words).run()
    }

    /// A run that has taken these steps and waits.
    fn waiting(&self, words: &str) -> Running {
        let running = self.command(GRANTED, &format!("{words} wait")).spawn();
        until_said(&running, "waiting");
        running
    }

    /// Any other run, which is the next start of a broker.
    fn next_start(&self, node: &Namespace) -> Output {
        let output = self.host(node).arg(SYSTEM_FACTS.path()).run();
        assert_ne!(output.code, 101, "{output}");
        output
    }

    fn journals(&self) -> Vec<PathBuf> {
        let folder = self.folder.path().join("state/undo");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn until_no_journal(&self) {
        let give_up = Instant::now() + Duration::from_secs(20);
        while !self.journals().is_empty() {
            assert!(Instant::now() < give_up, "{:?}", self.journals());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The rules of the records about undoing: event and rule.
    fn undoing(&self) -> Vec<(String, String)> {
        let log = self.log();
        let of = log.0.iter().filter(|record| record["op"] == "undoable.undo");
        let with_rule = of.filter(|record| record["event"] != "close");
        with_rule
            .map(|record| {
                let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                (text(&record["event"]), text(&record["policy"]["rule"]))
            })
            .collect()
    }
}

/// The first run of a probe compiles it, which takes longer than [`Running::expect`] waits.
fn until_said(running: &Running, text: &str) {
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

fn broker_of(running: &Running) -> Pid {
    let pid = running.pid();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    Pid::from_raw(children.trim().parse().expect("one child, the broker"))
}

fn kill_broker(running: Running) {
    kill(broker_of(&running), Signal::SIGKILL).unwrap();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
}

const STEPS: &str = "mtu=1400 lasting=10.0.0.50/24/100 route=10.5.0.0/16/10.0.0.2 \
    route=0.0.0.0/0/10.0.0.2 address=fd00::50/64 route=fd05::/32/fd00::2";

fn what_is_not_committed_is_undone() {
    let bed = Bed::new();
    let before = bed.settled();
    for (end, code) in [
        ("", 0),
        ("drop", 0),
        ("undo", 0),
        ("begin address=10.0.0.60/24 mtu=1350", 0),
        ("trap", 2),
    ] {
        let output = bed.run(&format!("v0 {STEPS} {end}"));
        assert_eq!(output.code, code, "{end}: {output}");
        for step in STEPS.split_whitespace() {
            assert!(output.stdout.contains(&format!("{step} ok")), "{output}");
        }
        let undone = "undo undone undone undone undone undone undone\n";
        assert_eq!(output.stdout.contains(undone), end == "undo", "{output}");
        bed.until_as(&before, end);
        bed.until_no_journal();
    }
    let log = bed.log();
    let undone = bed.undoing();
    assert_eq!(undone.len(), 5 * 6 + 2, "{undone:?}");
    assert!(undone.iter().all(|(event, _)| event == "open"), "{undone:?}");
    for why in [
        "undone: the plugin has ended without committing it",
        "undone: the plugin has given it up",
    ] {
        assert!(undone.iter().any(|(_, rule)| rule == why), "{undone:?}");
    }
    // Before the effect, with what is undone, and how it went.
    let opened = log.of("open").into_iter();
    let first = opened.clone().find(|record| record["op"] == "undoable.undo");
    let first = first.unwrap();
    assert_eq!(first["cap"], "route.write", "{first}");
    assert_eq!(first["grant"], "undo", "{first}");
    assert_eq!(first["target"]["resolved"], "fd05::/32", "{first}");
    let closed = log.of("close").into_iter();
    let outcome = closed
        .filter(|record| record["handle"] == first["handle"] && record["run"] == first["run"])
        .collect::<Vec<_>>();
    assert_eq!(outcome.len(), 1);
    assert_eq!(outcome[0]["outcome"], "ok");
    // The plugin's own changes have an operation of their own.
    assert_eq!(
        opened.filter(|record| record["op"] == "undoable.put").count(),
        5 * 6 + 2
    );
}

fn what_is_committed_stays() {
    let bed = Bed::new();
    bed.settled();
    let output = bed.run(
        "v0 address=10.0.0.51/24 mtu=1400 commit address=10.0.0.52/24 begin address=10.0.0.53/24 commit",
    );
    assert_eq!(output.code, 0, "{output}");
    bed.until("what is committed", |now| {
        let has = |text: &str| now.iter().any(|line| line.contains(text));
        has("10.0.0.51") && has("10.0.0.53") && !has("10.0.0.52") && has("mtu: 1400")
    });
    bed.until_no_journal();
    let undone = bed.undoing();
    assert_eq!(undone.len(), 1, "{undone:?}");
    // Nothing is left to undo for the next one.
    bed.next_start(&bed.node);
    bed.until("what is committed, later", |now| {
        now.iter().any(|line| line.contains("10.0.0.51"))
    });
}

fn everything_comes_back_as_it_was() {
    let bed = Bed::new();
    let node = &bed.node;
    node.addresses("v0", &["10.0.0.1/24", "10.0.0.9/24", "fd00::1/64"]);
    for (to, via) in [
        ("10.5.0.0/16", "10.0.0.3"),
        ("10.6.0.0/16", "10.0.0.3"),
        ("fd05::/32", "fd00::3"),
    ] {
        node.route(to, via);
    }
    node.route_over("172.16.0.0/12", "v0");
    node.route_over_all("10.7.0.0/16", &["10.0.0.3", "10.0.0.4"]);
    let before = bed.settled();
    for steps in [
        "replace=10.5.0.0/16/10.0.0.2 replace=fd05::/32/fd00::2",
        "replace=10.7.0.0/16/10.0.0.2",
        "lasting=10.0.0.1/24/100 lasting=fd00::1/64/100",
        "no-route=10.6.0.0/16 no-route=fd05::/32 no-route=10.7.0.0/16",
        "no-route=10.6.0.0/16 route=10.6.0.0/16/10.0.0.2 mtu=1400 mtu=1300",
        // With the first address goes the second, and below 1280 octets all of IPv6.
        "no-address=10.0.0.1/24",
        "no-address=fd00::1/64",
        "mtu=1000",
        "down",
        "no-address=10.0.0.1/24 no-address=10.0.0.9/24 mtu=1000 down up",
    ] {
        let output = bed.run(&format!("v0 {steps} undo"));
        assert_eq!(output.code, 0, "{steps}: {output}");
        let done = output.stdout.matches(" ok\n").count();
        assert_eq!(done, steps.split_whitespace().count(), "{output}");
        for word in ["failed", "left"] {
            assert!(!output.stdout.contains(word), "{output}");
        }
        bed.until_as(&before, steps);
        bed.until_no_journal();
    }
}

fn what_others_have_changed_is_left() {
    let bed = Bed::new();
    let node = &bed.node;
    node.addresses("v0", &["10.0.0.1/24"]);
    bed.settled();
    let running = bed.waiting(
        "v0 mtu=1400 address=10.0.0.50/24 lasting=10.0.0.60/24/100 route=10.5.0.0/16/10.0.0.2",
    );
    node.mtu("v0", 1300);
    node.command("ip")
        .words("route replace 10.5.0.0/16 via 10.0.0.3")
        .succeed();
    node.command("ip")
        .words("address change 10.0.0.60/24 dev v0 valid_lft forever preferred_lft forever")
        .succeed();
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    bed.until("the address alone", |now| {
        let has = |text: &str| now.iter().any(|line| line.contains(text));
        !has("10.0.0.50") && has("10.0.0.60") && has("mtu: 1300") && has("10.0.0.3")
    });
    bed.until_no_journal();
    let undone = bed.undoing();
    let left = (
        "denied".to_owned(),
        "not undone: somebody else has changed it since".to_owned(),
    );
    assert_eq!(undone.iter().filter(|one| **one == left).count(), 3, "{undone:?}");
    assert_eq!(
        undone.iter().filter(|(event, _)| event == "open").count(),
        1,
        "{undone:?}"
    );
}

fn what_belongs_to_others_survives() {
    let bed = Bed::new();
    let node = &bed.node;
    node.route_over("172.16.0.0/12", "v0");
    bed.settled();
    // The first address of a network takes the second one along, and the last one of a link its routes.
    let running = bed.waiting("v0 address=10.0.0.50/24");
    node.addresses("v0", &["10.0.0.51/24"]);
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    bed.until("the second address and the route", |now| {
        let has = |text: &str| now.iter().any(|line| line.contains(text));
        !has("10.0.0.50") && has("10.0.0.51") && has("172.16.0.0")
    });
    bed.until_no_journal();
    node.without_address("v0", "10.0.0.51/24");
    node.command("ip").words("link set v0 down").succeed();
    let before = bed.settled();
    let output = bed.run("v0 up address=10.0.0.50/24 undo");
    assert!(output.stdout.contains("undo undone undone\n"), "{output}");
    bed.until_as(&before, "down again");
    // A link that others have begun to use stays up.
    let running = bed.waiting("v0 up");
    node.addresses("v0", &["10.0.0.9/24"]);
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    bed.until_no_journal();
    bed.until("the link in use", |now| {
        now.iter().any(|line| line.contains("\"v0\"") && line.contains("up: true"))
    });
    let undone = bed.undoing();
    let rule = &undone.last().unwrap().1;
    assert_eq!(rule, "not undone: others use the link by now");
}

fn what_cannot_be_undone_exactly_is_refused() {
    let bed = Bed::new();
    let node = &bed.node;
    node.addresses("v0", &["10.0.0.1/24"]);
    node.route("10.5.0.0/16", "10.0.0.3");
    node.route("10.6.0.0/16", "10.0.0.3");
    node.command("ip")
        .words("route append 10.6.0.0/16 via 10.0.0.4")
        .succeed();
    let before = bed.settled();
    for (step, answer) in [
        ("kind", "InvalidArgument"),
        ("beside=10.5.0.0/16/10.0.0.2", "File exists"),
        ("route=10.5.0.0/16/10.0.0.2", "kernel 17 File exists"),
        ("address=10.0.0.1/24", "kernel 17 File exists"),
        ("replace=10.6.0.0/16/10.0.0.2", "Name not unique on network"),
        ("no-route=10.8.0.0/16", "No such process"),
        ("no-address=10.8.0.1/24", "No such process"),
    ] {
        let output = bed.run(&format!("v0 {step} undo"));
        let line = output.stdout.lines().next().unwrap_or_default();
        assert!(line.starts_with(step) && line.contains(answer), "{output}");
        assert!(output.stdout.ends_with("undo \n"), "{output}");
        assert_eq!(state::lines(node), before, "{step}");
        assert!(bed.journals().is_empty(), "{step}");
    }
    // What was refused does not spoil what was done.
    let output = bed.run("v0 mtu=1400 route=10.5.0.0/16/10.0.0.2 address=10.0.0.50/24 undo");
    assert!(output.stdout.ends_with("undo undone undone\n"), "{output}");
    bed.until_as(&before, "the others");
}

fn a_killed_runner_leaves_nothing_at_any_step() {
    let bed = Bed::new();
    let before = bed.settled();
    let steps: Vec<&str> = STEPS.split_whitespace().collect();
    for count in 1..=steps.len() {
        let words = format!("v0 {}", steps[..count].join(" "));
        let running = bed.waiting(&words);
        assert_ne!(state::lines(&bed.node), before, "{words}");
        assert_eq!(bed.journals().len(), 1);
        running.signal(Signal::SIGKILL);
        let _ = running.finish();
        bed.until_as(&before, &words);
        bed.until_no_journal();
    }
    let undone = bed.undoing();
    assert_eq!(undone.len(), (1..=steps.len()).sum::<usize>());
    let why = "undone: the process that ran it is gone";
    assert!(undone.iter().all(|(_, rule)| rule == why), "{undone:?}");
}

fn a_killed_broker_leaves_nothing_to_the_next_start() {
    let bed = Bed::new();
    bed.node.addresses("v0", &["10.0.0.1/24"]);
    bed.node.route("10.6.0.0/16", "10.0.0.3");
    let before = bed.settled();
    let steps = format!("{STEPS} replace=10.6.0.0/16/10.0.0.2");
    let steps: Vec<&str> = steps.split_whitespace().collect();
    for count in 1..=steps.len() {
        let words = format!("v0 {}", steps[..count].join(" "));
        let running = bed.waiting(&words);
        // Another run leaves alone what one is about that lives.
        if count == 1 {
            bed.next_start(&bed.node);
            assert_eq!(bed.journals().len(), 1);
        }
        kill_broker(running);
        assert_ne!(state::lines(&bed.node), before, "{words}: half done");
        assert_eq!(bed.journals().len(), 1);
        let output = bed.next_start(&bed.node);
        assert!(!output.stderr.contains("undo journal"), "{output}");
        bed.until_as(&before, &words);
        assert!(bed.journals().is_empty());
    }
    let undone = bed.undoing();
    assert_eq!(undone.len(), (1..=steps.len()).sum::<usize>(), "{undone:?}");
    for (event, rule) in &undone {
        assert_eq!(event, "open");
        assert!(
            rule.starts_with("undone: the broker of undo, process ") && rule.ends_with(", was killed"),
            "{rule}"
        );
    }
    // What the plugin had committed is no longer its business.
    kill_broker(bed.waiting("v0 mtu=1400 commit address=10.0.0.50/24"));
    bed.next_start(&bed.node);
    bed.until("what is committed", |now| {
        let has = |text: &str| now.iter().any(|line| line.contains(text));
        has("mtu: 1400") && !has("10.0.0.50")
    });
}

fn nothing_is_undone_in_another_network() {
    let bed = Bed::new();
    let before = bed.settled();
    kill_broker(bed.waiting(&format!("v0 {STEPS}")));
    let half = state::lines(&bed.node);
    // The same links with the same numbers, addresses and routes.
    let (other, far) = (Namespace::new("other"), Namespace::new("far"));
    other.cable("v0", &far, "v0");
    other.up(&["v0"]);
    far.up(&["v0"]);
    other.addresses("v0", &["10.0.0.50/24"]);
    other.mtu("v0", 1400);
    bed.next_start(&other);
    assert_eq!(bed.journals().len(), 1);
    assert_eq!(state::lines(&bed.node), half);
    let there = state::lines(&other);
    assert!(there.iter().any(|line| line.contains("10.0.0.50")), "{there:#?}");
    bed.next_start(&bed.node);
    bed.until_as(&before, "at home");
    assert!(bed.journals().is_empty());
}

fn a_journal_of_others_is_named_and_not_used() {
    let bed = Bed::new();
    let before = bed.settled();
    kill_broker(bed.waiting(&format!("v0 {STEPS}")));
    let half = state::lines(&bed.node);
    let journal = bed.journals().remove(0);
    let text = std::fs::read_to_string(&journal).unwrap();
    let refused = |why: &str| {
        let output = bed.next_start(&bed.node);
        let line = format!("undo journal {}: ", journal.display());
        assert!(output.stderr.contains(&line), "{why}: {output}");
        assert!(output.stderr.contains(why), "{why}: {output}");
        assert_eq!(state::lines(&bed.node), half, "{why}");
        assert!(journal.exists(), "{why}");
    };
    std::fs::set_permissions(&journal, Permissions::from_mode(0o644)).unwrap();
    refused("its mode is 0644, not 0600");
    std::fs::set_permissions(&journal, Permissions::from_mode(0o600)).unwrap();
    // In a user namespace there may be nobody else.
    if chown(&journal, Some(65_534), None).is_ok() {
        refused("it belongs to user 65534, not to 0 whose broker this is");
        chown(&journal, Some(0), None).unwrap();
    }
    std::fs::write(&journal, "undo everything\n").unwrap();
    refused("line 1 is not one of a journal");
    std::fs::write(&journal, text.replace("\"before\"", "\"after\"")).unwrap();
    refused("line 2 is not one of a journal");
    std::fs::write(&journal, &text).unwrap();
    let other = journal.with_file_name("link");
    std::fs::rename(&journal, &other).unwrap();
    std::os::unix::fs::symlink(&other, &journal).unwrap();
    refused("not used");
    std::fs::remove_file(&journal).unwrap();
    std::fs::rename(&other, &journal).unwrap();
    bed.next_start(&bed.node);
    bed.until_as(&before, "the true one");
}

/// The script of docs/operations.md.
fn reader() -> String {
    let text = std::fs::read_to_string(sources().join("../docs/operations.md")).unwrap();
    let (_, rest) = text.split_once("```python\n").expect("a script");
    rest.split_once("```").expect("its end").0.to_owned()
}

fn an_independent_reader_sees_what_is_pending() {
    let bed = Bed::new();
    bed.node.addresses("v0", &["10.0.0.1/24"]);
    bed.node.route("10.6.0.0/16", "10.0.0.3");
    let before = bed.settled();
    let read = || {
        let output = bed
            .node
            .command("python3")
            .arg("-c")
            .arg(reader())
            .arg(bed.folder.path().join("state/undo"))
            .run();
        assert_eq!(output.code, 0, "{output}");
        output.stdout
    };
    let words = "v0 mtu=1400 address=10.0.0.50/24 replace=10.6.0.0/16/10.0.0.2";
    let running = bed.waiting(words);
    let index = state::links(&bed.node);
    let (index, _) = index.iter().find(|(_, link)| link.name == "v0").unwrap();
    let changes = format!(
        "  put link {index} mtu=1400: had 1500\n  put address 10.0.0.50/24 link {index}: there was none\n  \
         put route 10.6.0.0/16 via 10.0.0.2: had via 10.0.0.3\n"
    );
    let shown = read();
    let pid = broker_of(&running);
    assert_eq!(shown, format!("undo, process {pid}: at work\n{changes}"));
    kill_broker(running);
    assert_eq!(read(), format!("undo, process {pid}: killed\n{changes}"));
    bed.next_start(&bed.node);
    assert_eq!(read(), "");
    bed.until_as(&before, "all of it");
}

fn a_scope_is_no_way_around_the_policy() {
    let bed = Bed::new();
    let node = &bed.node;
    node.addresses("v0", &["10.0.0.1/24"]);
    node.route("10.5.0.0/16", "10.0.0.3");
    let far = Namespace::new("second");
    node.cable("v1", &far, "v1");
    node.up(&["v1"]);
    far.up(&["v1"]);
    node.addresses("v1", &["10.1.0.1/24"]);
    let before = bed.settled();
    let policy = bed.folder.path().join("policy.toml");
    std::fs::write(
        &policy,
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"route.read\" }, { cap = \"route.write\", \
         interfaces = [\"v0\"] }]\n",
    )
    .unwrap();
    let on = |words: &str| {
        bed.host(node)
            .arg("--policy")
            .arg(&policy)
            .arg(UNDO.path())
            .words(words)
            .run()
    };
    let output = on("v0 mtu=1400 undo");
    assert!(output.stdout.ends_with("undo undone\n"), "{output}");
    for step in [
        "mtu=1400",
        "up",
        "down",
        "address=10.1.0.2/24",
        "no-address=10.1.0.1/24",
        "route=10.8.0.0/16/10.1.0.2",
        "replace=10.5.0.0/16/10.1.0.2",
    ] {
        let output = on(&format!("v1 {step} undo"));
        assert!(
            output.stdout.contains(&format!("{step} denied capability=\"route.write\"")),
            "{output}"
        );
        assert!(output.stdout.ends_with("undo \n"), "{output}");
        assert!(bed.journals().is_empty(), "{step}");
        assert_eq!(state::lines(node), before, "{step}");
    }
    // A grant for one network is none for another, and what it did not do is not undone.
    let output = bed
        .command(
            "--allow route.read --allow route.write=10.0.0.0/24",
            "v0 address=10.0.0.50/24 no-route=10.5.0.0/16 mtu=1400 undo",
        )
        .run();
    assert_eq!(output.stdout.matches("denied capability").count(), 2, "{output}");
    assert!(output.stdout.ends_with("undo undone\n"), "{output}");
    bed.until_as(&before, "one network");
}

fn a_revoked_grant_undoes_what_was_not_committed() {
    let bed = Bed::new();
    let before = bed.settled();
    let allowing = |what: &str| {
        format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"route.read\" }}, {what}]\n"
        )
    };
    let etc = Etc::with_policy(&allowing("{ cap = \"route.write\" }"));
    let command = bed
        .host(&bed.node)
        .words(GRANTED)
        .arg(UNDO.path())
        .words(&format!("v0 {STEPS} wait"));
    let running = etc.seen_by(command).spawn();
    until_said(&running, "waiting");
    assert_ne!(state::lines(&bed.node), before);
    std::fs::write(
        etc.policy(),
        allowing("{ cap = \"route.write\", to = [\"192.0.2.0/24\"] }"),
    )
    .unwrap();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.contains("revoked while it was open, before it was committed"),
        "{output}"
    );
    bed.until_as(&before, "what was revoked");
    bed.until_no_journal();
    let undone = bed.undoing();
    assert_eq!(undone.len(), 6, "{undone:?}");
    assert!(
        undone.iter().all(|(event, rule)| event == "open" && rule.contains("revoked")),
        "{undone:?}"
    );
}
