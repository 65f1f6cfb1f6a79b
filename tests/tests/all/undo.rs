//! Changes that a plugin does not commit are undone, and nothing else is, whatever others do meanwhile.

use crate::case::cases;
use crate::probes::UNDO;
use crate::undo_bed::{Bed, GRANTED, STEPS, until_said};
use nethost_tests::etc::Etc;
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nix::sys::signal::Signal;

cases! {
    first round;
    [Netns] => {
        what_is_not_committed_is_undone,
        what_is_committed_stays,
        everything_comes_back_as_it_was,
        what_others_have_changed_is_left,
        what_belongs_to_others_survives,
        what_cannot_be_undone_exactly_is_refused,
        a_scope_is_no_way_around_the_policy,
        a_revoked_grant_undoes_what_was_not_committed,
    }
}

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
    assert!(
        undone.iter().all(|(event, _)| event == "open"),
        "{undone:?}"
    );
    let why = "undone: the plugin has given it up";
    assert!(undone.iter().all(|(_, rule)| rule == why), "{undone:?}");
    // Before the effect, with what is undone, and how it went.
    let opened = log.of("open").into_iter();
    let first = opened
        .clone()
        .find(|record| record["op"] == "undoable.undo");
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
        opened
            .filter(|record| record["op"] == "undoable.put")
            .count(),
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
        "no-address=10.0.0.9/24 no-address=10.0.0.1/24 mtu=1000 down up",
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
    assert_eq!(
        undone.iter().filter(|one| **one == left).count(),
        3,
        "{undone:?}"
    );
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
        now.iter()
            .any(|line| line.contains("\"v0\"") && line.contains("up: true"))
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
            output
                .stdout
                .contains(&format!("{step} denied capability=\"route.write\"")),
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
    assert_eq!(
        output.stdout.matches("denied capability").count(),
        2,
        "{output}"
    );
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
        output
            .stderr
            .contains("revoked while it was open, before it was committed"),
        "{output}"
    );
    bed.until_as(&before, "what was revoked");
    bed.until_no_journal();
    let undone = bed.undoing();
    assert_eq!(undone.len(), 6, "{undone:?}");
    assert!(
        undone
            .iter()
            .all(|(event, rule)| event == "open" && rule.contains("revoked")),
        "{undone:?}"
    );
}
