//! Completions in the shells themselves: commands, options of commands, and the options of tools.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::{executable, nethost_here};
use nethost_tests::pty::Terminal;
use std::path::PathBuf;

cases! {
    first round;
    [Program("bash")] => { bash_completes, every_script_is_read_without_a_word }
    [Program("zsh")] => { zsh_completes }
    [Program("fish")] => { fish_completes }
    [] => { another_shell_is_refused }
}

/// What is typed, and what is offered among others, and what is not.
const LINES: &[(&str, &[&str], &[&str])] = &[
    ("nethost d", &["doctor", "dig", "dhclient"], &["ping"]),
    ("nethost audit v", &["verify"], &["show"]),
    (
        "nethost audit verify --",
        &["--witnesses", "--json", "--policy"],
        &["--targets"],
    ),
    (
        "nethost ping --",
        &["--json", "--targets"],
        &["--policy", "--allow"],
    ),
    (
        "nethost traceroute --f",
        &["--fwmark", "--first"],
        &["--queries"],
    ),
    ("nethost ping6 --t", &["--targets"], &[]),
    ("nethost ss --ti", &["--tipc"], &["--unix"]),
    ("nethost dig +noq", &["+noquestion"], &["+nocmd"]),
    ("nethost ip ne", &["neighbour", "netns"], &["route"]),
    ("nethost ip -stat", &["-statistics"], &[]),
    ("nethost nmap -s", &["-sS", "-sU", "-sV"], &["-PE"]),
    (
        "nethost man tracer",
        &["traceroute", "traceroute6"],
        &["ping"],
    ),
    ("nethost man audit-v", &["audit-verify"], &[]),
    ("nethost help tcpd", &["tcpdump"], &[]),
    ("nethost links ", &["install", "remove", "list"], &[]),
    ("nethost completions ", &["bash", "zsh", "fish"], &[]),
];

fn script(shell: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(shell);
    let script = nethost_here().words("completions").arg(shell).succeed();
    assert_eq!(script.stderr, "");
    std::fs::write(&path, script.stdout).unwrap();
    (folder, path)
}

fn check(offered: &[&str], line: &(&str, &[&str], &[&str]), shell: &str) {
    let (typed, among, not) = line;
    for word in *among {
        let is_it = |found: &&str| found.trim_end_matches('=') == *word;
        assert!(
            offered.iter().any(is_it),
            "{shell}: {typed}: no {word} in {offered:?}"
        );
    }
    for word in *not {
        assert!(
            !offered.contains(word),
            "{shell}: {typed}: {word} in {offered:?}"
        );
    }
}

fn bash_completes() {
    let (_folder, path) = script("bash");
    for line in LINES {
        let program = r#"
            source "$1"
            shift
            COMP_LINE=$*
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            _nethost nethost "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        // An argument of its own for what is to be completed, also if it is empty.
        let words: Vec<&str> = line.0.split(' ').collect();
        let output = Command::new("bash")
            .args(["--norc", "-c", program, "bash"])
            .arg(&path)
            .args(&words)
            .succeed();
        let offered: Vec<&str> = output.stdout.lines().collect();
        check(&offered, line, "bash");
    }
}

fn fish_completes() {
    let (_folder, path) = script("fish");
    let home = tempfile::tempdir().unwrap();
    for line in LINES {
        let output = Command::new("fish")
            .args([
                "--no-config",
                "-c",
                "source $argv[1]; complete --do-complete $argv[2]",
            ])
            .arg(&path)
            .arg(line.0)
            .env("HOME", home.path())
            .succeed();
        let offered: Vec<&str> = output
            .stdout
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        check(&offered, line, "fish");
    }
}

/// An interactive shell, to which a line is typed. What it offers is listed below the line.
fn zsh_completes() {
    let (folder, path) = script("zsh");
    for line in LINES {
        let terminal = Terminal::new(200, 100);
        let setup = format!(
            "unsetopt list_beep; PS1='ready> '; LISTMAX=1000; autoload -Uz compinit; compinit -u -d {dump}; \
             source {path}; zstyle ':completion:*' list-prompt ''; setopt no_auto_menu list_rows_first; echo 'set''up'\n",
            dump = folder.path().join("dump").display(),
            path = path.display(),
        );
        let running = terminal.start(
            Command::new("zsh")
                .args(["-f", "-i"])
                .env("TERM", "dumb")
                .env("HOME", folder.path()),
        );
        terminal.press(&setup);
        terminal.expect("setup");
        terminal.press(&format!("{}\t\t", line.0));
        for word in line.1 {
            terminal.expect(word);
        }
        let shown = terminal.settled();
        let after = shown.rsplit("setup").next().unwrap_or_default();
        let offered: Vec<&str> = after.split_whitespace().collect();
        for word in line.2 {
            assert!(
                !offered.contains(word),
                "zsh: {}: {word} in {after}",
                line.0
            );
        }
        drop(running);
    }
}

fn every_script_is_read_without_a_word() {
    for shell in ["bash", "zsh", "fish"] {
        let (_folder, path) = script(shell);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() > 10_000 && text.ends_with('\n'), "{shell}");
        assert!(!text.contains(executable().to_str().unwrap()));
        if shell == "bash" {
            let output = Command::new("bash").arg("-n").arg(&path).succeed();
            assert_eq!(output.stderr, "");
        }
    }
}

fn another_shell_is_refused() {
    let output = nethost_here().words("completions tcsh").run();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("bash, zsh, fish"), "{output}");
}
