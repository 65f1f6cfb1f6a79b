//! mtr beside the native one over the same network, and its screen.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::odd_router::{HOST, OddRouter, Oddness};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::{DIAMOND, HOPS, SERVER, Topology};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns, Program("mtr")] in each way => { reports_the_same }
    [Netns, Program("mtr")] => { tells_rate_limits_from_loss, shows_the_same_columns, goes_from_host_to_host }
    [Netns] in each way => { tells_paths_apart, puts_the_terminal_back }
    [Netns] => { does_not_wait_at_the_end }
    [Tun] in each way => { slow_is_not_lost }
}

/// Host and loss of each line of a report.
fn rows(output: &Output) -> Vec<(String, f64)> {
    let lines = output.stdout.lines().filter(|line| line.contains("|--"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            (
                words[0].to_string(),
                words[1].trim_end_matches('%').parse().unwrap(),
            )
        })
        .collect()
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "mtr", args).run().output
}

fn reports_the_same() {
    let net = Topology::line();
    let args = format!("-n -r -c 5 -i 0.1 {SERVER}");
    let native = net.client().command("mtr").words(&args).succeed();
    let ours = ours(net.client(), &args);
    assert_eq!(rows(&ours), rows(&native), "ours: {ours}\nnative: {native}");
    assert_eq!(ours.code, 0);
}

fn tells_rate_limits_from_loss() {
    let net = Topology::line();
    net.node("r2").sysctl("net.ipv4.icmp_ratelimit", "1000");
    let ours = ours(net.client(), &format!("-n -r -c 30 -i 0.05 {SERVER}"));
    let rows = rows(&ours);
    assert_eq!(
        rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        HOPS,
        "{ours}"
    );
    assert!(rows[1].1 > 20.0, "{ours}");
    assert!(
        rows[0].1 == 0.0 && rows[2].1 == 0.0 && rows[3].1 == 0.0,
        "{ours}"
    );
}

fn does_not_wait_at_the_end() {
    let net = Topology::line();
    let output = ours(net.client(), &format!("-n -r -c 10 -i 0.1 {SERVER}"));
    assert!(
        output.code == 0 && output.elapsed < Duration::from_secs(4),
        "{output}"
    );
}

fn tells_paths_apart() {
    let net = Topology::diamond();
    let output = ours(
        net.client(),
        &format!("-n -r -u -c 20 -i 0.05 --paths 16 {SERVER}"),
    );
    for hop in DIAMOND {
        assert!(output.stdout.contains(hop), "no {hop} in {output}");
    }
}

fn puts_the_terminal_back() {
    let net = Topology::line();
    for end in ["q", "SIGINT", "SIGKILL"] {
        let terminal = Terminal::new(100, 30);
        let before = terminal.settings();
        let command = nethost(net.client())
            .words("run --audit /dev/null mtr -n -i 0.1")
            .arg(SERVER);
        let running = terminal.start(command);
        terminal.expect(SERVER);
        terminal.expect(HOPS[1]);
        match end {
            "q" => terminal.press("q"),
            "SIGINT" => running.signal(Signal::SIGINT),
            _ => running.signal(Signal::SIGKILL),
        }
        let _ = running.finish();
        for _ in 0..100 {
            if terminal.settings() == before {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(terminal.settings(), before, "{end}");
        // Whoever puts it back may write after the settings are right again.
        terminal.expect("\u{1b}[?1049l");
    }
}

/// The text with each figure as a nought, and nothing of when it was.
fn without_figures(output: &Output) -> Vec<String> {
    let lines = output
        .stdout
        .lines()
        .filter(|line| !line.starts_with("Start: "));
    let plain = |line: &str| {
        let words = line.split_inclusive([' ', ',', '>']).map(|word| {
            let is_figure = word.contains('.') && word.matches('.').count() == 1
                || word.trim_end_matches([',', ' ']).len() > 9;
            match is_figure && word.starts_with(|first: char| first.is_ascii_digit()) {
                true => word
                    .replace(|c: char| c.is_ascii_digit(), "0")
                    .replace("00", "0"),
                false => word.to_owned(),
            }
        });
        words.collect::<String>()
    };
    lines.map(plain).collect()
}

fn shows_the_same_columns() {
    let net = Topology::line();
    for options in [
        "-r",
        "-r -w",
        "-r -w -b",
        "-r -o LSD",
        "-r -o SL",
        "-r -w -o LSDR_NBAWVGJMXI",
        "-r -o Z",
        "-x",
        "-x -Q 16",
        "-x -B 255",
        "-C",
        "-C -o LSX",
        "-r -L 99999",
    ] {
        let args = format!("-n -c 3 -i 0.1 -G 1 {options} {SERVER}");
        let native = net.client().command("mtr").words(&args).run();
        let ours = ours(net.client(), &args);
        let told = format!("mtr {args}\nours: {ours}\nnative: {native}");
        assert_eq!(ours.code, native.code, "{told}");
        assert_eq!(ours.stderr, native.stderr, "{told}");
        assert_eq!(without_figures(&ours), without_figures(&native), "{told}");
    }
    let read =
        |output: &Output| -> serde_json::Value { serde_json::from_str(&output.stdout).unwrap() };
    let args = format!("-n -j -c 3 -i 0.1 -G 1 -Q 8 {SERVER}");
    let native = read(&net.client().command("mtr").words(&args).run());
    let ours = read(&ours(net.client(), &args));
    for (key, value) in native["report"]["mtr"].as_object().unwrap() {
        assert_eq!(ours["report"]["mtr"][key], *value, "{key}");
    }
    for (mine, theirs) in ours["report"]["hubs"]
        .as_array()
        .unwrap()
        .iter()
        .zip(native["report"]["hubs"].as_array().unwrap())
    {
        for (key, value) in theirs.as_object().unwrap() {
            assert_eq!(mine[key].is_number(), value.is_number(), "{key}");
        }
        assert_eq!(
            (&mine["host"], &mine["Snt"]),
            (&theirs["host"], &theirs["Snt"])
        );
    }
}

fn goes_from_host_to_host() {
    let net = Topology::line();
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), format!("{}\n", HOPS[0])).unwrap();
    let args = format!(
        "-n -r -c 1 -G 1 -F {} no-such-host.invalid {SERVER}",
        list.path().display()
    );
    let output = ours(net.client(), &args);
    assert_eq!(output.stdout.matches("HOST: ").count(), 2, "{output}");
    assert!(
        output
            .stderr
            .contains("Failed to resolve host: no-such-host.invalid: "),
        "{output}"
    );
    assert_eq!(output.code, 0, "{output}");
    let output = ours(net.client(), "-r -F /no/such/file");
    assert_eq!(
        (output.code, output.stderr.trim_end()),
        (1, "mtr: open /no/such/file: No such file or directory")
    );
}

fn slow_is_not_lost() {
    let net = Topology::line();
    let slow = Oddness {
        delay: Duration::from_millis(600),
        ..Oddness::default()
    };
    let _router = OddRouter::attach(net.node("r1"), slow);
    let output = ours(net.client(), &format!("-n -r -c 2 -i 0.1 {HOST}"));
    let rows = rows(&output);
    assert_eq!(
        rows.last().map(|row| (row.0.as_str(), row.1)),
        Some((HOST, 0.0)),
        "{output}"
    );
}
