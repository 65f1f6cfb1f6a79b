//! Live views as a person sees them, in a terminal emulator: ping --plot, mtr, tcpdump --flows, watch.

use crate::case::cases;
use nethost_tests::tmux::Window;
use nethost_tests::topology::{HOPS, SERVER, Topology, UNROUTED};

cases! {
    [Netns, Program("tmux")] => {
        plots_round_trips,
        shows_the_history_of_hops,
        shows_conversations,
        watches_in_any_window,
        a_dumb_terminal_gets_lines,
    }
}

const RED: &str = "\u{1b}[38;5;9m";

fn plots_round_trips() {
    let net = Topology::line();
    let line = format!("$NETHOST ping --plot -n -i 0.05 {SERVER}");
    let window = Window::start(net.client(), 60, 8, &line);
    window.wait("bars", |picture| {
        picture.contains('█') && picture.contains("ms |")
    });
    let picture = window.picture(false);
    assert!(picture.starts_with(&format!("PING {SERVER}")), "{picture}");
    assert!(
        picture.contains(" 0% loss") && !picture.lines().skip(3).any(|row| row.contains('x')),
        "{picture}"
    );
    // The scale is on the left, and the last row is that of the nought.
    assert!(
        picture
            .lines()
            .nth(7)
            .is_some_and(|last| last.contains("  0 |")),
        "{picture}"
    );
    window.press("Space");
    let paused = window.expect("(paused)");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(window.picture(false), paused);
    window.resize(30, 5);
    window.press("Space");
    window.wait("a smaller picture", |picture| !picture.contains("(paused)"));
    window.press("C-c");
    assert_eq!(window.status(), "0");
    window.expect("rtt min/avg/max");
    // What is lost is red, unless there are to be no colours.
    for (environment, is_red) in [("", true), ("NO_COLOR=1", false)] {
        let line = format!("{environment} $NETHOST ping --plot -n -i 0.1 -c 30 {UNROUTED}");
        let window = Window::start(net.client(), 60, 8, &line);
        window.wait("losses", |picture| picture.contains("xx"));
        let picture = window.picture(true);
        assert_eq!(picture.contains(RED), is_red, "{picture:?}");
        window.press("q");
        assert_eq!(window.status(), "1");
    }
}

fn shows_the_history_of_hops() {
    let net = Topology::line();
    let line = format!("$NETHOST mtr -n -i 0.1 {SERVER}");
    let window = Window::start(net.client(), 100, 12, &line);
    window.expect(SERVER);
    window.wait("a hop", |picture| picture.contains(HOPS[0]));
    window.press("j");
    window.expect("Jttr");
    window.press("j");
    for (key, sorted) in [(">", "Loss%"), (">", "Snt"), ("<", "Loss%")] {
        window.press(key);
        window.expect(&format!("(sorted by {sorted})"));
    }
    window.press("d d");
    window.expect("Last probes; a full bar is");
    let is_hop = |line: &&str| line.contains(HOPS[0]);
    let bars = |picture: &str| {
        let hop = picture.lines().find(is_hop).unwrap_or_default();
        hop.chars().filter(|c| ('▁'..='█').contains(c)).count()
    };
    window.wait("bars", |picture| bars(picture) >= 3);
    window.press("p");
    window.expect("(paused)");
    window.press("q");
    assert_eq!(window.status(), "0");
}

fn shows_conversations() {
    let net = Topology::line();
    let window = Window::start(
        net.client(),
        130,
        10,
        "$NETHOST tcpdump --flows -n -i link0 icmp",
    );
    window.expect("0 conversations");
    net.client()
        .command("ping")
        .words("-c 2 -i 0.2 10.0.0.2")
        .succeed();
    let picture = window.expect("1 conversations, by bytes");
    assert!(
        picture.contains("2 / 2") && picture.contains("10.0.0.2"),
        "{picture}"
    );
    window.press("p");
    window.expect("by packets");
    window.press("q");
    assert_eq!(window.status(), "0");
    let picture = window.expect("packets captured");
    assert!(
        picture.contains("proto") && picture.contains("2 / 2"),
        "{picture}"
    );
}

fn watches_in_any_window() {
    let net = Topology::alone();
    let line = "$NETHOST watch -d -n 0.3 ping -n -c 1 127.0.0.1";
    for (columns, rows) in [(80, 24), (20, 5)] {
        let window = Window::start(net.client(), columns, rows, line);
        window.expect("PING 127.0.0.1");
        window.resize(40, 10);
        let picture = window.wait("a row of the new size", |picture| {
            picture.contains("PING 127.0.0.1 (127.0.0.1) 56(84) bytes\n")
        });
        assert!(picture.lines().count() <= 10, "{picture}");
        window.press("C-c");
        assert_eq!(window.status(), "0");
        // The window that was there before is back.
        let picture = window.picture(false);
        assert!(!picture.contains("PING"), "{picture}");
    }
}

fn a_dumb_terminal_gets_lines() {
    let net = Topology::line();
    for (line, expected) in [
        (format!("ping --plot -n -c 1 {SERVER}"), "64 bytes from"),
        (format!("mtr -n -i 0.1 -c 2 {SERVER}"), "HOST: "),
        ("watch -t uname -s".into(), "Linux"),
        ("ss --top=0.2 -n".into(), "Out/s"),
    ] {
        let line = format!("TERM=dumb $NETHOST {line}");
        let window = Window::start(net.client(), 80, 24, &line);
        window.expect(expected);
        let is_alternate = "display-message -p #{alternate_on}";
        assert_eq!(window.ask(is_alternate), "0", "{line}");
    }
}
