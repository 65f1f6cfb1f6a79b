//! dhclient beside ISC's: the same words, the same lease, each other's lease file.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::dhcp::Bed;
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("dnsmasq"), Program("dhclient")] => {
        is_as_the_native_one,
        is_as_the_native_one_over_ipv6,
    }
    [Netns, Program("dhclient")] => { refuses_what_the_native_one_refuses }
}

/// The lines of a client, without what is random: intervals and times of renewal.
pub(crate) fn words(text: &str) -> Vec<String> {
    let shown = |line: &str| {
        let line = line.split(" interval ").next().unwrap_or_default();
        let line = line.split(" -- renewal in").next().unwrap_or_default();
        line.to_owned()
    };
    let dhcp = |line: &&str| {
        [
            "DHCP",
            "bound",
            "Listening",
            "Sending on   LPF",
            "No ",
            "Unable",
        ]
        .iter()
        .any(|begin| line.starts_with(begin))
    };
    let mut lines: Vec<String> = text.lines().filter(dhcp).map(shown).collect();
    // On a busy machine a question may be repeated.
    lines.dedup();
    lines
}

/// What is said until there is a lease.
pub(crate) const OBTAINED: [&str; 7] = [
    "Listening on LPF/v0/02:00:00:00:00:01",
    "Sending on   LPF/v0/02:00:00:00:00:01",
    "DHCPDISCOVER on v0 to 255.255.255.255 port 67",
    "DHCPOFFER of 10.0.0.50 from 10.0.0.2",
    "DHCPREQUEST for 10.0.0.50 on v0 to 255.255.255.255 port 67",
    "DHCPACK of 10.0.0.50 from 10.0.0.2",
    "bound to 10.0.0.50",
];

/// The same server gives both the same lease; each asks for the lease in the other's file.
fn is_as_the_native_one() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let script = bed.file("script");
    std::fs::write(&script, "#!/bin/sh\nexit 0\n").expect("a script");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("its mode");
    let (theirs, ours) = (bed.file("theirs"), bed.file("ours"));
    let native = |leases: &str| -> Output {
        let process = bed.file("process");
        let running = bed
            .client
            .command("dhclient")
            .words(&format!(
                "-v -1 -d -cf /dev/null -sf {script} -pf {process} -lf {leases} v0"
            ))
            .patience(Duration::from_secs(60))
            .spawn();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !std::fs::read_to_string(leases)
            .unwrap_or_default()
            .ends_with("}\n")
        {
            assert!(Instant::now() < deadline, "no lease");
            std::thread::sleep(Duration::from_millis(20));
        }
        // Its last line follows the file.
        std::thread::sleep(Duration::from_millis(300));
        running.signal(Signal::SIGTERM);
        running.finish()
    };
    let mine = |leases: &str| -> Output {
        let running = bed
            .ours("", &format!("-v -1 -d -cf /dev/null -lf {leases} v0"))
            .spawn();
        running.expect("given back");
        // Killed, so that the lease is not given back.
        running.signal(Signal::SIGKILL);
        running.finish()
    };
    let seen = words(&native(&theirs).stderr);
    assert_eq!(seen, OBTAINED);
    let output = mine(&ours);
    assert_eq!(words(&output.stderr)[..6], OBTAINED[..6], "{output}");
    let options = |path: &str| {
        let text = std::fs::read_to_string(path).expect("a lease");
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| {
                !["renew", "rebind", "expire"]
                    .iter()
                    .any(|word| line.trim().starts_with(word))
            })
            .map(str::to_owned)
            .collect();
        lines.sort_unstable();
        lines
    };
    // The native one knows option 121 by a definition in Debian's file only.
    let known = |line: &String| !line.contains("121") && !line.contains("classless");
    let known = |path: &str| options(path).into_iter().filter(known).collect::<Vec<_>>();
    assert_eq!(known(&ours), known(&theirs));
    assert_eq!(server.leases(), 1);
    // Each reads the other's: it asks for that address at once.
    let reboot = [&OBTAINED[..2], &OBTAINED[4..6]].concat();
    let output = mine(&theirs);
    assert_eq!(words(&output.stderr)[..4], reboot, "{output}");
    let seen = words(&native(&ours).stderr);
    assert_eq!(seen[..4], reboot);
}

fn is_as_the_native_one_over_ipv6() {
    let bed = Bed::new();
    let _server = bed.dnsmasq6("fd00::5f");
    let script = bed.file("script");
    std::fs::write(&script, "#!/bin/sh\nexit 0\n").expect("a script");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("its mode");
    let (theirs, process) = (bed.file("theirs"), bed.file("process"));
    let running = bed
        .client
        .command("dhclient")
        .words(&format!(
            "-6 -v -1 -d -cf /dev/null -sf {script} -pf {process} -lf {theirs} v0"
        ))
        .patience(Duration::from_secs(60))
        .spawn();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !std::fs::read_to_string(&theirs)
        .unwrap_or_default()
        .contains("lease6")
    {
        assert!(Instant::now() < deadline, "no lease");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGTERM);
    let native = words6(&running.finish().stderr);
    // Its identifier and its lease are in its file: the same address is confirmed.
    let running = bed.ours("", &format!("-6 -v -lf {theirs} v0")).spawn();
    running.expect("given back");
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    let said = words6(&output.stderr);
    assert_eq!(
        said[2], "PRC: Confirming active lease (INIT-REBOOT).",
        "{output}"
    );
    assert!(
        said.iter()
            .any(|line| line.starts_with("XMT:  | X-- Confirm Address fd00::")),
        "{output}"
    );
    // Without a file of its own, all is as it was with the native one, but for the identifier.
    let running = bed.ours("", "-6 -v v0").spawn();
    running.expect("given back");
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    let said = words6(&output.stderr);
    let until = |lines: &[String]| {
        lines
            .iter()
            .position(|line| line.starts_with("RCV: Advertise"))
            .expect("an offer")
    };
    assert_eq!(said[..until(&said)], native[..until(&native)], "{output}");
}

/// The lines of a client of DHCPv6, without what differs from run to run.
fn words6(text: &str) -> Vec<String> {
    let ours = |line: &&str| {
        ["PRC:", "XMT:", "RCV:", "Listening", "Sending", "message"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let mask = |line: &str| {
        let line = line.split(", interval").next().unwrap_or_default();
        let begin = [
            "RCV:  | X-- starts",
            "RCV: Advertise message",
            "RCV: Reply message",
            "PRC: Bound to lease",
        ];
        let begin = begin.iter().find(|begin| line.starts_with(**begin));
        let line = begin.map_or(line, |begin| *begin);
        match line.split_once(" seconds, to run") {
            Some(_) => "PRC: Renewal".to_owned(),
            None => line
                .split(" scheduled in")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    };
    text.lines().filter(ours).map(mask).collect()
}

fn refuses_what_the_native_one_refuses() {
    let bed = Bed::new();
    for line in ["-Q", "-p x", "-cf", "-lf", "-n v0", "nosuch"] {
        let theirs = bed.client.command("dhclient").words(line).run();
        let ours = bed.ours("", line).run();
        assert_eq!(ours.code, theirs.code, "dhclient {line}\n{ours}{theirs}");
        // The banner and the last words of the native one are its own.
        let first = ours.stderr.lines().next().unwrap_or_default();
        assert!(
            theirs.stderr.contains(first),
            "dhclient {line}\n{ours}{theirs}"
        );
    }
}
