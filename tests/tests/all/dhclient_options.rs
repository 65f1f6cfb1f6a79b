//! The options of dhclient, beside ISC's where that has them.

use crate::case::cases;
use nethost_tests::command::Running;
use nethost_tests::dhcp::Bed;
use nethost_tests::odd_dhcp_server::{DISCOVER, OFFER, OddServer};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

cases! {
    [Netns] => {
        speaks_for_another_client_by_grant_alone,
        says_what_has_no_effect,
    }
    [Netns, Program("dhclient")] => {
        its_identifier_is_that_of_the_native_one,
        refuses_combinations_as_the_native_one,
    }
    [Netns, Program("dnsmasq")] in each way => { ends_another_run }
    [Netns, Program("dnsmasq")] => { simulates_a_relay_agent, a_file_without_a_client_is_named }
    [Netns, Program("dnsmasq"), Program("dhclient")] => { is_ended_by_the_native_one }
    [Netns, Program("dhcpd"), Program("dhclient")] => { asks_for_prefixes_as_the_native_one }
    [Netns, Program("dhcpd")] => { takes_all_or_nothing_if_told_so }
}

/// Waits until something holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A server that offers and never confirms.
fn offering(bed: &Bed) -> OddServer {
    OddServer::new(&bed.server, |_, question| match question.kind() {
        DISCOVER => vec![question.answer(OFFER, &[])],
        _ => Vec::new(),
    })
}

fn its_identifier_is_that_of_the_native_one() {
    let bed = Bed::new();
    let server = offering(&bed);
    let identifier = || server.asked().last().and_then(|asked| asked.option(61));
    let asked = |running: Running, before: usize| {
        until("no question", || server.asked().len() > before);
        running.signal(Signal::SIGTERM);
        let _ = running.finish();
        identifier().expect("an identifier")
    };
    let native = |more: &str| {
        let (before, process) = (server.asked().len(), bed.file("process"));
        let line = format!("-d -1 -cf /dev/null -sf /bin/true -pf {process} {more} v0");
        let running = bed.client.command("dhclient").words(&line);
        asked(running.patience(Duration::from_secs(60)).spawn(), before)
    };
    let ours = |more: &str| {
        let before = server.asked().len();
        asked(bed.ours("", &format!("-1 {more} v0")).spawn(), before)
    };
    let none = |name| format!("-lf {}", bed.file(name));
    let theirs = native(&format!("-i -D LL {}", none("a")));
    assert_eq!(theirs[..9], [255, 0, 0, 0, 1, 0, 3, 0, 1], "{theirs:?}");
    assert_eq!(ours(&format!("-i {}", none("b"))), theirs);
    assert_eq!(ours(&format!("-D LL {}", none("b"))), theirs);
    let timed = ours(&format!("-D LLT {}", none("b")));
    assert_eq!(timed[..9], [255, 0, 0, 0, 1, 0, 1, 0, 1], "{timed:?}");
    // The one in a file: that of the leases, or else the second one.
    let second = bed.file("second");
    std::fs::write(&second, "default-duid \"\\000\\003\\000\\001own\";\n").expect("a file");
    let theirs = native(&format!("-i -df {second} {}", none("c")));
    assert!(theirs.ends_with(b"own"), "{theirs:?}");
    assert_eq!(ours(&format!("-i -df {second} {}", none("d"))), theirs);
    // A new file without one leaves it as it is.
    assert_eq!(ours(&format!("-i -lf {second}")), theirs);
    // What is given counts.
    assert_eq!(ours(&format!("-i -C 1:2:3 {}", none("e"))), [1, 2, 3]);
}

fn refuses_combinations_as_the_native_one() {
    let bed = Bed::new();
    for line in [
        "-4 -6 v0",
        "-4 -S v0",
        "-S -N -v v0",
        "-P",
        "-tf x v0",
        "--prefix-len-hint x v0",
        "--address-prefix-len -1 v0",
        "--dad-wait-time x v0",
        "-g",
        "-e",
        "-df",
        "-D X v0",
    ] {
        let theirs = bed.client.command("dhclient").words(line).run();
        let ours = bed.ours("", line).run();
        assert_eq!(ours.code, theirs.code, "dhclient {line}\n{ours}{theirs}");
        let first = ours.stderr.lines().next().expect("a reason");
        assert!(
            theirs.stderr.contains(first),
            "dhclient {line}\n{ours}{theirs}"
        );
    }
    let ours = bed.ours("", "-4o6 9000 v0").run();
    assert_eq!(ours.code, 1, "{ours}");
    assert!(ours.stderr.contains("-4o6: not supported"), "{ours}");
}

fn says_what_has_no_effect() {
    let bed = Bed::new();
    let server = OddServer::new(&bed.server, |_, _| Vec::new());
    let line = "-v -1 -nw -I -e A=1 -e B=2 -sf /bin/true --timeout 1 v0";
    let output = bed.ours("", line).run();
    assert_eq!(output.code, 2, "{output}");
    for told in [
        "-nw: stays",
        "-I: no names",
        "-e: no script",
        "-sf: no scripts",
    ] {
        assert!(output.stderr.contains(told), "{told}: {output}");
    }
    assert!(server.count(DISCOVER) > 0);
    // That it stays is said in any case.
    let output = bed.ours("", "-1 -nw --timeout 1 v0").run();
    assert!(output.stderr.starts_with("-nw: stays"), "{output}");
}

fn speaks_for_another_client_by_grant_alone() {
    let bed = Bed::new();
    let server = offering(&bed);
    let line = "--probe -4 --timeout 1 --mac 02:00:00:00:00:99 v0";
    let output = bed.ours("", line).run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output
            .stderr
            .contains("--allow packet.spoof=hardware-02-00-00-00-00-99"),
        "{output}"
    );
    assert!(server.asked().is_empty(), "nothing was sent");
    // A grant for another client is none for this one.
    let grant = |octets: &str| format!("--allow packet.spoof=hardware-02-00-00-00-00-{octets}");
    let output = bed.ours(&grant("98"), line).run();
    assert_eq!(output.code, 1, "{output}");
    assert!(server.asked().is_empty(), "nothing was sent");
    let output = bed.ours(&grant("99"), line).run();
    assert_eq!(output.code, 0, "{output}");
    let asked = server.asked();
    assert_eq!(asked[0].client(), [2, 0, 0, 0, 0, 0x99]);
    // The answer to another hardware address would not arrive.
    assert_eq!(asked[0].octets()[10..12], [0x80, 0]);
    // Its own is no other.
    let output = bed.ours("", &line.replace(":99", ":01")).run();
    assert_eq!(output.code, 0, "{output}");
}

fn simulates_a_relay_agent() {
    let bed = Bed::new();
    let _server = bed.dnsmasq(120);
    bed.client.addresses("v0", &["10.0.0.9/24"]);
    let output = bed.ours("", "--probe -4 --timeout 2 -g 10.0.0.9 v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output
            .stdout
            .contains("v0: offer of 10.0.0.50 from 10.0.0.2 through relay 10.0.0.9"),
        "{output}"
    );
}

/// -x keeps the lease and removes what was set; -r gives it back. Both end the run of the file first.
fn ends_another_run() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let (leases, process) = (bed.file("ours"), bed.file("ours.pid"));
    for end in ["-x", "-r"] {
        let line = format!("-lf {leases} -pf {process} v0");
        let running = bed.ours("--allow route.write", &line).spawn();
        running.expect("nameserver 10.0.0.2");
        let number = std::fs::read_to_string(&process).expect("a number");
        assert_eq!(number, format!("{}\n", running.pid()));
        assert_eq!(bed.addresses(), ["10.0.0.50"]);
        let line = format!("{end} -v -lf {leases} -pf {process} v0");
        let output = bed.ours("--allow route.write", &line).run();
        assert_eq!(output.code, 0, "{output}");
        assert!(
            output.stderr.starts_with("Killed old client process\n"),
            "{output}"
        );
        let ended = running.finish();
        assert_eq!(ended.code, 0, "{ended}");
        assert!(!std::path::Path::new(&process).exists());
        assert!(bed.addresses().is_empty(), "{output}");
        let released = output.stderr.contains("DHCPRELEASE of 10.0.0.50");
        assert_eq!(released, end == "-r", "{output}");
        server.until_leases(usize::from(end == "-x"));
    }
    // Nobody to end: as with the native one, nothing happens.
    let line = format!("-x -lf {leases} -pf {process} v0");
    let output = bed.ours("", &line).run();
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    let output = bed.ours("", "-x v0").run();
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stderr.contains("name it with -pf"), "{output}");
}

/// Where the file may not be written, that is said, and the run goes on; so it does with a file that is not its own.
fn a_file_without_a_client_is_named() {
    let bed = Bed::new();
    let _server = bed.dnsmasq(120);
    let process = bed.file("denied.pid");
    let options = format!("--deny file.write={process}");
    let running = bed.ours(&options, &format!("-pf {process} v0")).spawn();
    running.expect("given back");
    assert!(
        running
            .complained()
            .contains(&format!("Can't create {process}: denied: file.write")),
        "{}",
        running.complained()
    );
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, 0);
    // The number of a process that does not look at the file.
    let stale = bed.file("stale.pid");
    std::fs::write(&stale, "999999\n").expect("a file");
    let output = bed.ours("", &format!("-x -pf {stale} v0")).run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output
            .stderr
            .contains(&format!("{stale}: process 999999 did not end")),
        "{output}"
    );
    std::fs::write(&stale, "no number\n").expect("a file");
    let output = bed.ours("", &format!("-x -pf {stale} v0")).run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output.stderr.contains("not the number of a process"),
        "{output}"
    );
}

/// The number in the file is that of the process, so others can end it.
fn is_ended_by_the_native_one() {
    let bed = Bed::new();
    let _server = bed.dnsmasq(120);
    let (leases, process) = (bed.file("ours"), bed.file("ours.pid"));
    let line = format!("-lf {leases} -pf {process} v0");
    let running = bed.ours("--allow route.write", &line).spawn();
    running.expect("nameserver 10.0.0.2");
    let theirs = bed.file("theirs");
    let line = format!("-x -cf /dev/null -sf /bin/true -lf {theirs} -pf {process} v0");
    let native = bed.client.command("dhclient").words(&line).run();
    assert!(
        native.stderr.contains("Killed old client process"),
        "{native}"
    );
    let ended = running.finish();
    assert_eq!(ended.code, 143, "{ended}");
}

/// What is said of a question, without what is random and the identifier.
fn asked_for(text: &str) -> Vec<String> {
    let ours = |line: &&str| line.starts_with("XMT:  ");
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("Forming Solicit"));
    let lines = lines
        .skip(1)
        .take_while(|line| !line.contains(" on v0, interval"));
    lines.filter(ours).map(str::to_owned).collect()
}

fn asks_for_prefixes_as_the_native_one() {
    let bed = Bed::new();
    let server = bed.dhcpd6("range6 fd00::50 fd00::5f;\nprefix6 fd00:100:: fd00:100:0:ff00:: /56;");
    let process = bed.file("process");
    let what = "-N -N -P --prefix-len-hint 56";
    let (theirs, ours) = (bed.file("theirs"), bed.file("ours"));
    let native = bed
        .client
        .command("dhclient")
        .words(&format!(
            "-6 -v -1 -d -cf /dev/null -sf /bin/true -pf {process} -lf {theirs} {what} v0"
        ))
        .patience(Duration::from_secs(60))
        .spawn();
    until("no lease", || {
        let text = std::fs::read_to_string(&theirs).unwrap_or_default();
        text.contains("ia-pd") && text.ends_with("}\n")
    });
    native.signal(Signal::SIGTERM);
    let native = native.finish();
    let running = bed
        .ours("", &format!("-6 -v -1 -lf {ours} {what} v0"))
        .spawn();
    running.expect("/56 for networks behind this host");
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    assert_eq!(asked_for(&output.stderr), asked_for(&native.stderr));
    assert!(
        asked_for(&output.stderr).contains(&"XMT:  | | X-- Request prefix ::/56.".to_owned()),
        "{output}"
    );
    let text = std::fs::read_to_string(&ours).expect("a lease");
    for (word, count) in [("  ia-na ", 2), ("  ia-pd ", 1), ("iaaddr ", 2)] {
        assert_eq!(text.matches(word).count(), count, "{word}: {text}");
    }
    drop(server);
}

fn takes_all_or_nothing_if_told_so() {
    let bed = Bed::new();
    let _server = bed.dhcpd6("range6 fd00::50 fd00::5f;");
    let output = bed.ours("", "-6 -v -1 -R -N -P --timeout 3 v0").run();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.contains("Advertisement of no use"),
        "{output}"
    );
    // Without -R the address is enough; its prefix has the length that is wanted.
    let running = bed
        .ours("", "-6 -v -1 -N -P --address-prefix-len 64 v0")
        .spawn();
    running.expect("would set address fd00::5");
    assert!(running.said().contains("/64 for "), "{}", running.said());
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().code, 0);
}
