//! watch: its command line beside that of procps, its window, and the tools that it runs.

use crate::case::cases;
use nethost_tests::audit::Log;
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::privilege::{log_of, open_folder};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns] in each way => {
        shows_a_tool_again_and_again,
        ends_when_the_output_changes_or_stays,
        a_tool_has_its_own_rights_and_records,
        refuses_what_is_no_tool,
        a_killed_run_takes_its_tool_along,
    }
    [Netns] => {
        freezes_on_an_error, marks_changes, prints_json_without_a_window, marks_fields_and_looks_back,
        records_changes_alone
    }
    [Netns, Program("watch")] => { speaks_as_procps_does }
}

/// Leaving the alternate screen, as xterm has it.
const LEAVES: &str = "\u{1b}[?1049l";
/// The beginning of a picture.
const PICTURE: &str = "\u{1b}[?2026h";
const REVERSE: &str = "\u{1b}[7m";
/// What never prints the same twice, because of its times.
const PING: &str = "ping -n -c 1 127.0.0.1";

fn watched(node: &Namespace, options: &str, args: &str) -> Recorded {
    invoke(node, options, "watch", args).run()
}

fn one_word(node: &Namespace, options: &str, args: &str, word: &str) -> Recorded {
    let invocation = invoke(node, options, "watch", args);
    invocation.with(|command| command.arg(word)).run()
}

fn shows_a_tool_again_and_again() {
    let net = Topology::alone();
    for (columns, rows) in [(80, 24), (20, 5)] {
        let (terminal, folder) = (Terminal::new(columns, rows), open_folder());
        let (before, log) = (terminal.settings(), folder.path().join("audit.jsonl"));
        let command = nethost(net.client())
            .arg("--audit")
            .arg(&log)
            .words("watch -n 0.2 uname -s");
        let running = terminal.start(command);
        terminal.expect("Linux");
        for _ in 0..200 {
            if terminal.shown().matches(PICTURE).count() > 2 {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        running.signal(Signal::SIGINT);
        let output = running.finish();
        assert_eq!(output.code, 0, "{output}");
        let shown = terminal.settled();
        assert!(shown.matches(PICTURE).count() > 2, "{shown:?}");
        // In a narrow window, procps prints no title.
        let title = "Every 0.2s: uname -s ";
        assert_eq!(shown.contains(title), columns == 80, "{shown:?}");
        assert!(shown.ends_with(LEAVES), "{shown:?}");
        assert_eq!(terminal.settings(), before);
    }
}

fn ends_when_the_output_changes_or_stays() {
    let net = Topology::alone();
    let node = net.client();
    let changed = watched(node, "", &format!("-g -n 0.1 {PING}"));
    assert_eq!(changed.output.code, 0, "{}", changed.output);
    let titles = changed.output.stdout.matches("Every 0.1s: ping -n").count();
    assert!(titles >= 2, "{}", changed.output);
    // Once more than the cycles.
    for (cycles, times) in [(0, 1), (1, 2), (3, 4)] {
        let same = watched(node, "", &format!("-q {cycles} -t -n 0.1 uname -s"));
        assert_eq!(same.output.code, 0, "{}", same.output);
        assert_eq!(same.output.stdout, "Linux\n".repeat(times));
    }
}

fn a_tool_has_its_own_rights_and_records() {
    let net = Topology::alone();
    let node = net.client();
    let runs = |log: &Log| -> Vec<String> {
        let starts = log.of("run-start").into_iter();
        starts
            .map(|start| start["plugin"]["name"].as_str().unwrap_or_default().into())
            .collect()
    };
    let allowed = watched(node, "", &format!("-q 0 -t {PING}"));
    assert!(
        allowed.output.stdout.contains("1 received"),
        "{}",
        allowed.output
    );
    assert_eq!(runs(&allowed.log), ["watch", "ping"], "{:#?}", allowed.log);
    let opens = |log: &Log, capability: &str| {
        let opens = log.of("open").into_iter();
        opens.filter(|open| open["cap"] == capability).count()
    };
    assert_eq!(opens(&allowed.log, "tool.run"), 1, "{:#?}", allowed.log);
    assert_eq!(opens(&allowed.log, "icmp.echo"), 1, "{:#?}", allowed.log);
    // What is denied to the tool stays denied, and it is the tool that is told.
    let denied = watched(node, "--deny icmp.echo", &format!("-q 0 -t {PING}"));
    assert!(
        denied.output.stdout.contains("icmp.echo"),
        "{}",
        denied.output
    );
    assert_eq!(denied.log.only("denied")["cap"], "icmp.echo");
    for (options, target) in [
        ("--deny tool.run", "ping"),
        ("--deny tool.run=ping", "ping"),
    ] {
        let refused = watched(node, options, &format!("-q 0 {PING}"));
        assert_eq!(refused.output.code, 1, "{}", refused.output);
        assert!(
            refused.output.stderr.contains("tool.run"),
            "{}",
            refused.output
        );
        let record = refused.log.only("denied");
        assert_eq!(record["target"]["resolved"], target, "{record}");
        assert_eq!(runs(&refused.log), ["watch"]);
    }
    let narrowed = watched(node, "--deny tool.run=ping", "-q 0 -t uname -s");
    assert_eq!(narrowed.output.stdout, "Linux\n", "{}", narrowed.output);
}

fn refuses_what_is_no_tool() {
    let net = Topology::alone();
    let node = net.client();
    for (word, why) in [
        ("uname; uname", "';' is for a shell"),
        ("uname | uname", "'|' is for a shell"),
        ("uname $HOME", "'$' is for a shell"),
        ("uname '-s", "is not closed"),
        ("watch uname", "it runs tools itself"),
        ("nethost watch uname", "it runs tools itself"),
        ("sh", "not a tool of nethost"),
        ("list", "not a tool of nethost"),
        ("nethost", "no tool is named"),
        ("/bin/sh", "not the name of a tool"),
    ] {
        let run = one_word(node, "", "-q 0", word);
        assert_eq!(run.output.code, 1, "{}", run.output);
        assert!(run.output.stderr.contains(why), "{word}: {}", run.output);
        assert_eq!(run.log.of("run-start").len(), 1, "{:#?}", run.log);
    }
    // With -x, nothing is split.
    let words = one_word(node, "", "-x -t -q 0 nethost uname", "-s");
    assert_eq!(words.output.stdout, "Linux\n", "{}", words.output);
    let one = one_word(node, "", "-x -t -q 0", "uname -s");
    assert!(
        one.output.stderr.contains("not a tool of nethost"),
        "{}",
        one.output
    );
    let quoted = one_word(node, "", "-t -q 0", "'uname' \"-s\"");
    assert_eq!(quoted.output.stdout, "Linux\n", "{}", quoted.output);
}

fn a_killed_run_takes_its_tool_along() {
    let net = Topology::alone();
    let (terminal, folder) = (Terminal::new(80, 24), open_folder());
    let log = folder.path().join("audit.jsonl");
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .words("watch ping -n 127.0.0.1");
    let (log, before) = log_of(&command, &log);
    let running = terminal.start(command);
    let count = |event: &str| match log.exists() {
        true => Log::read_from(&log, before).of(event).len(),
        false => 0,
    };
    let wait_for = |event: &str, times: usize| {
        for _ in 0..1000 {
            if count(event) == times {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{event}: {} of {times}", count(event));
    };
    // The permit to run it, and its own to send.
    wait_for("run-start", 2);
    running.signal(Signal::SIGKILL);
    wait_for("run-end", 2);
    assert_ne!(running.finish().code, 0);
    terminal.expect(LEAVES);
}

fn freezes_on_an_error() {
    let net = Topology::alone();
    // No such name.
    let failing = "-e -b -n 0.1 ping -c 1 no.such.invalid";
    let piped = watched(net.client(), "", failing).output;
    assert_eq!(piped.code, 8, "{piped}");
    assert!(
        piped.stdout.contains("command exit with a non-zero status"),
        "{piped}"
    );
    assert!(piped.stdout.ends_with('\u{7}'), "{piped}");
    let (terminal, folder) = (Terminal::new(80, 24), open_folder());
    let (before, log) = (terminal.settings(), folder.path().join("audit.jsonl"));
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .words("watch")
        .words(failing);
    let running = terminal.start(command);
    terminal.expect("command exit with a non-zero status, press a key to exit");
    terminal.press("x");
    let output = running.finish();
    assert_eq!(output.code, 8, "{output}");
    terminal.expect(LEAVES);
    assert_eq!(terminal.settings(), before);
}

fn marks_changes() {
    let net = Topology::alone();
    for option in ["-d", "-d=permanent", "--differences"] {
        let (terminal, folder) = (Terminal::new(80, 24), open_folder());
        let log = folder.path().join("audit.jsonl");
        let command = nethost(net.client())
            .arg("--audit")
            .arg(&log)
            .words("watch -n 0.2")
            .arg(option)
            .words(PING);
        let running = terminal.start(command);
        terminal.expect(REVERSE);
        terminal.press("q");
        assert_eq!(running.finish().code, 0);
        let shown = terminal.settled();
        let first = shown.split(PICTURE).nth(1).unwrap_or_default();
        assert!(!first.contains(REVERSE), "{first:?}");
    }
    let refused = watched(net.client(), "", "-d uname").output;
    assert_eq!(refused.code, 1, "{refused}");
    assert!(refused.stderr.contains("there is no terminal"), "{refused}");
}

fn marks_fields_and_looks_back() {
    let net = Topology::alone();
    let (terminal, folder) = (Terminal::new(80, 10), open_folder());
    let log = folder.path().join("audit.jsonl");
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .words("watch -n 0.3 -d ping --json -c 1 127.0.0.1");
    let running = terminal.start(command);
    terminal.expect(REVERSE);
    // A number is marked from its first digit on, which a comparison of characters does not do.
    let shown = terminal.shown();
    let marked = |shown: &str| {
        shown
            .split(REVERSE)
            .skip(1)
            .filter_map(|mark| mark.split('\u{1b}').next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert!(
        marked(&shown)
            .iter()
            .any(|mark| mark.starts_with("17") || mark.starts_with("18")),
        "{shown:?}"
    );
    for (key, place) in [
        ("\u{1b}[D", "1 change"),
        ("\u{1b}[6~", "from row 9 "),
        ("\u{1b}[A", "from row 8 "),
        ("\u{1b}", "\u{1b}["),
    ] {
        terminal.press(key);
        terminal.expect(place);
    }
    terminal.press("q");
    assert_eq!(running.finish().code, 0);
    terminal.expect(LEAVES);
}

fn records_changes_alone() {
    let net = Topology::alone();
    let folder = open_folder();
    let (file, same) = (folder.path().join("changes"), folder.path().join("same"));
    let run = |options: &str, file: &std::path::Path, args: &str| {
        let args = format!("--record {} {args}", file.display());
        watched(net.client(), options, &args).output
    };
    let entries = |file: &std::path::Path| -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let denied = run(
        "--deny file.create --deny file.write",
        &same,
        "-q 0 uname -s",
    );
    assert_eq!((denied.code, same.exists()), (1, false), "{denied}");
    assert!(denied.stderr.contains("file.create"), "{denied}");
    // Four runs with one output, and the same again: the file is extended.
    for times in 1..=2 {
        let output = run("", &same, "-q 3 -t -n 0.1 uname -s");
        assert_eq!(output.code, 0, "{output}");
        let entries = entries(&same);
        assert_eq!(entries.len(), times, "{entries:?}");
        let last = &entries[times - 1];
        assert_eq!(
            (&last["output"], &last["exit"]),
            (&"Linux\n".into(), &0.into())
        );
        assert!(
            last["time"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z')),
            "{last}"
        );
    }
    let output = run("", &file, "-g -t -n 0.1 ping --json -c 1 127.0.0.1");
    assert_eq!(output.code, 0, "{output}");
    let entries = entries(&file);
    assert_eq!(entries.len(), 2, "{entries:?}");
    let changes = entries[1]["changes"].as_array().unwrap();
    let time = changes
        .iter()
        .find(|change| change["field"] == "/time")
        .unwrap();
    assert_eq!(time["line"], 2, "{time}");
    assert!(time["before"].as_f64() < time["after"].as_f64(), "{time}");
    assert!(
        changes.iter().all(|change| change["field"] != "/event"),
        "{changes:?}"
    );
    assert!(entries[1]["output"].is_null(), "{}", entries[1]);
}

fn prints_json_without_a_window() {
    let net = Topology::alone();
    let run = watched(net.client(), "", "--json -q 1 -n 0.1 uname -s").output;
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{run}");
    for line in lines {
        assert_eq!(line["command"], "uname -s");
        assert_eq!(
            (&line["output"], &line["exit"]),
            (&"Linux\n".into(), &0.into())
        );
        assert_eq!(
            (&line["changed"], &line["truncated"]),
            (&false.into(), &false.into())
        );
        assert!(line["time"].is_string() && line["host"].is_string());
    }
}

/// Command lines that run nothing.
const LINES: &[&str] = &[
    "",
    "-h",
    "--help",
    "--he",
    "-z",
    "-V",
    "--foo",
    "--foo=1",
    "-n",
    "--interval",
    "-n x uname",
    "-n 1x uname",
    "-n 1e3 uname",
    "-n 0x10 uname",
    "-n inf uname",
    "-n nan uname",
    "-n 1.5.5 uname",
    "-n 1.-5 uname",
    "-n 1,000.5 uname",
    "-n --5 uname",
    "-n5_ uname",
    "--interval=x uname",
    "--int=x uname",
    "-q",
    "-q x uname",
    "-qx uname",
    "--equexit=1x uname",
    "--equexit",
    "--no uname",
    "--no-title=1 uname",
    "--beep=1 uname",
    "--e uname",
    "--c uname",
    "--p",
    "-n 1",
    "-t",
    "-btgepwxcd",
    "-d=x",
    "-dx",
    "--differences=permanent",
    "--diff",
    "--",
    "-t --",
    "-tz uname",
    "-tn",
    "-dz -z",
    "--precise=",
    "-h -z",
    "-z -h",
    "-n x -h",
    "-h -n x",
];

fn speaks_as_procps_does() {
    let net = Topology::alone();
    let said = |output: Output| (output.code, output.stdout, output.stderr);
    for line in LINES {
        let native = net.client().command("watch").words(line).run();
        let ours = watched(net.client(), "", line).output;
        assert_eq!(said(ours), said(native), "watch {line}");
    }
    // The variable is read before the options.
    let set = |value: &str, line: &str| {
        let native = net.client().command("watch").words(line);
        let ours = invoke(net.client(), "", "watch", line);
        let native = native.env("WATCH_INTERVAL", value).run();
        let ours = ours
            .with(|command| command.env("WATCH_INTERVAL", value))
            .run()
            .output;
        assert_eq!(
            said(ours),
            said(native),
            "WATCH_INTERVAL={value} watch {line}"
        );
    };
    set("x", "-h");
    set("1e3", "-z");
    set("3", "-h");
}
