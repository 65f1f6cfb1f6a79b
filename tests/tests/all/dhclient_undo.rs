//! dhclient leaves nothing half done: what it has begun is undone however it ends, and the resolver's file comes back.

use crate::case::cases;
use nethost_tests::command::Running;
use nethost_tests::dhcp::Bed;
use nethost_tests::etc::Etc;
use nethost_tests::netlink::state;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

cases! {
    first round;
    [Netns, Program("dnsmasq")] => {
        the_resolver_s_file_is_written_where_granted,
        the_system_s_file_takes_a_grant,
        a_file_that_cannot_be_written_undoes_all,
        killed_at_any_step_it_leaves_all_or_nothing,
    }
    [Netns] => { an_interface_without_a_lease_is_set_down_again }
}

const BEFORE: &str = "# mine\nnameserver 192.0.2.53\noptions timeout:1\n";

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < give_up, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Interrupts a run that has configured, which stays.
fn interrupt(running: Running) {
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 130, "{output}");
}

fn the_resolver_s_file_is_written_where_granted() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let (leases, file) = (bed.file("ours"), bed.file("resolv.conf"));
    std::fs::write(&file, BEFORE).unwrap();
    let words = format!("-v -lf {leases} --resolv-conf {file} v0");
    let deny = format!("--allow route.write --deny file.write={file}");
    let running = bed.ours(&deny, &words).spawn();
    running.expect(&format!("v0: not written to {file}: nameserver 10.0.0.2"));
    interrupt(running);
    assert_eq!(text(&file), BEFORE);
    let give_back = || {
        let output = bed
            .ours("--allow route.write", &format!("-r {words}"))
            .run();
        assert_eq!(output.code, 0, "{output}");
        output
    };
    give_back();
    server.until_leases(0);
    assert_eq!(text(&file), BEFORE);
    // The file that the operator has typed is granted.
    let running = bed.ours("--allow route.write", &words).spawn();
    running.expect_complaint("written to");
    wait_for("the end", || text(&leases).contains("fixed-address"));
    interrupt(running);
    let written = text(&file);
    assert!(
        written.contains("\nsearch example.test\nnameserver 10.0.0.2\n"),
        "{written}"
    );
    let active = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        active(&written),
        ["search example.test", "nameserver 10.0.0.2"]
    );
    let output = give_back();
    assert!(
        output.stderr.contains(&format!("v0: put back {file}")),
        "{output}"
    );
    assert_eq!(text(&file), BEFORE);
    // What somebody else writes meanwhile is theirs.
    server.until_leases(0);
    let running = bed.ours("--allow route.write", &words).spawn();
    running.expect_complaint("written to");
    server.until_leases(1);
    std::fs::write(&file, "nameserver 192.0.2.99\n").unwrap();
    interrupt(running);
    give_back();
    assert_eq!(text(&file), "nameserver 192.0.2.99\n");
}

fn the_system_s_file_takes_a_grant() {
    let bed = Bed::new();
    let _server = bed.dnsmasq(120);
    let etc = Etc::bare();
    let file = etc.folder().join("resolv.conf").display().to_string();
    let before = text(&file);
    let words = format!("-v -lf {} v0", bed.file("ours"));
    let run = |options: &str, words: &str| etc.seen_by(bed.ours(options, words));
    let running = run("--allow route.write", &words).spawn();
    running.expect("v0: not written to /etc/resolv.conf: nameserver 10.0.0.2");
    interrupt(running);
    assert_eq!(text(&file), before);
    run("--allow route.write", &format!("-r {words}")).succeed();
    let granted = "--allow route.write --allow file.write=/etc/resolv.conf";
    let running = run(granted, &words).spawn();
    running.expect_complaint("written to /etc/resolv.conf: nameserver 10.0.0.2");
    wait_for("the lease", || text(&bed.file("ours")).contains("lease"));
    interrupt(running);
    assert!(
        text(&file).contains("\nnameserver 10.0.0.2\n"),
        "{}",
        text(&file)
    );
    run(granted, &format!("-r {words}")).succeed();
    assert_eq!(text(&file), before);
}

fn a_file_that_cannot_be_written_undoes_all() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let before = state::lines(&bed.client);
    let folder = bed.file("folder");
    std::fs::create_dir(&folder).unwrap();
    let words = format!("-v -lf {} --resolv-conf {folder} v0", bed.file("ours"));
    let output = bed.ours("--allow route.write", &words).run();
    assert_eq!(output.code, 1, "{output}");
    for line in [
        "v0: set address 10.0.0.50/24",
        "v0: set mtu 1400",
        "v0: undone route default via 10.0.0.2",
        "v0: undone route 10.5.0.0/16 via 10.0.0.2",
        "v0: undone mtu 1400",
        "v0: undone address 10.0.0.50/24",
        "DHCPRELEASE of 10.0.0.50",
        &format!("{folder}: "),
    ] {
        assert!(output.stderr.contains(line), "{line}: {output}");
    }
    server.until_leases(0);
    assert_eq!(state::lines(&bed.client), before);
}

fn killed_at_any_step_it_leaves_all_or_nothing() {
    let bed = Bed::new();
    let _server = bed.dnsmasq(120);
    let before = state::lines(&bed.client);
    let whole = ["10.0.0.50", "mtu: 1400", "10.5.0.0"];
    let mut ends = Vec::new();
    for step in [
        "DHCPOFFER",
        "set address",
        "set mtu",
        "set route 10.5.0.0/16",
        "set route default",
        "bound to",
    ] {
        let words = format!("-v -lf {} v0", bed.file("ours"));
        let running = bed.ours("--allow route.write", &words).spawn();
        running.expect_complaint(step);
        running.signal(Signal::SIGKILL);
        let _ = running.finish();
        let is_whole = |now: &[String]| {
            let has = |part: &&str| now.iter().any(|line| line.contains(*part));
            whole.iter().all(has)
        };
        wait_for(step, || {
            let now = state::lines(&bed.client);
            now == before || is_whole(&now)
        });
        // It stays so: nothing is undone of what is whole.
        let now = state::lines(&bed.client);
        ends.push((step, now == before));
        if now != before {
            let client = &bed.client;
            client
                .command("ip")
                .words("address flush dev v0 scope global")
                .succeed();
            client.mtu("v0", 1500);
            assert_eq!(state::lines(client), before);
        }
    }
    assert!(ends.iter().any(|(_, is_before)| *is_before), "{ends:?}");
}

fn an_interface_without_a_lease_is_set_down_again() {
    let bed = Bed::new();
    let ip = |words: &str| bed.client.command("ip").words(words).succeed();
    ip("link set v0 down");
    let is_up = || {
        state::links(&bed.client)
            .values()
            .any(|link| link.name == "v0" && link.up)
    };
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let running = bed.ours("--allow route.write", "-v v0").spawn();
        wait_for("up", is_up);
        running.signal(signal);
        let _ = running.finish();
        wait_for("down", || !is_up());
    }
    // Who uses it meanwhile keeps it.
    let running = bed.ours("--allow route.write", "-v v0").spawn();
    wait_for("up", is_up);
    bed.client.addresses("v0", &["192.0.2.1/24"]);
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    std::thread::sleep(Duration::from_millis(500));
    assert!(is_up());
}
