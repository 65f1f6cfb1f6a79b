//! Whatever is killed: what was begun is undone, by the broker, by the service, or by the next start.

use crate::case::cases;
use crate::probes::UNDO;
use crate::service::Service;
use crate::undo_bed::{Bed, STEPS, broker_of, kill_broker};
use nethost_tests::host::sources;
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::time::Duration;

cases! {
    first round;
    [Netns] => {
        a_killed_runner_leaves_nothing_at_any_step,
        a_killed_broker_leaves_nothing_to_the_next_start,
        nothing_is_undone_in_another_network,
        a_journal_of_others_is_named_and_not_used,
        an_independent_reader_sees_what_is_pending,
    }
    [Netns, OtherUser] => { what_a_killed_process_of_the_service_has_begun_is_undone }
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
            rule.starts_with("undone: the broker of undo, process ")
                && rule.ends_with(", was killed"),
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
    assert!(
        there.iter().any(|line| line.contains("10.0.0.50")),
        "{there:#?}"
    );
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

fn what_a_killed_process_of_the_service_has_begun_is_undone() {
    let net = Topology::alone();
    let node = net.client();
    let before = state::lines(node);
    let allowed = r#"{ cap = "route.read" }, { cap = "route.write" }"#;
    let service = Service::open(node, allowed);
    let begin = || {
        let waiting = service
            .command(node, "run")
            .arg(Path::new("/media").join(UNDO.path().file_name().unwrap()))
            .words("lo mtu=1400 address=10.9.9.9/32 wait")
            .spawn();
        waiting.expect("waiting");
        assert_ne!(state::lines(node), before);
        waiting
    };
    let undone = |what: &str| {
        for _ in 0..1000 {
            if state::lines(node) == before {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{what}: {:#?}", state::lines(node));
    };
    let waiting = begin();
    waiting.signal(Signal::SIGKILL);
    let _ = waiting.finish();
    undone("the runner is killed");
    let waiting = begin();
    let pid = service.running.pid();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let mut children = children.split_whitespace();
    let broker = children.next_back().and_then(|child| child.parse().ok());
    let broker = nix::unistd::Pid::from_raw(broker.expect("the process that serves the run"));
    nix::sys::signal::kill(broker, Signal::SIGKILL).unwrap();
    undone("the process that served it is killed");
    assert_eq!(waiting.finish().code, 2);
    let log = service.log();
    let undoing = log.0.iter().filter(|record| {
        record["op"] == "undoable.undo" && record["event"] == "open" && record["plugin"].is_null()
    });
    assert_eq!(undoing.count(), 2, "{log:#?}");
}
