//! The help texts in docs/help/ are those that the tools print, and the manual pages made from them are without
//! mistakes to those who read manual pages.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::{nethost_here, sources};
use std::fmt::Write as _;
use std::path::PathBuf;

cases! {
    first round;
    [] => { help_is_up_to_date, pages_are_found_by_name, tools_without_their_own_help_have_a_page }
    [Program("mandoc")] => { mandoc_finds_no_mistake }
    [Program("man")] => { man_shows_each_page, a_terminal_gets_the_page_formatted }
}

/// What a tool prints its help for, where that is not --help. None: it has none, and neither has the native one.
const ASKED_BY: &[(&str, Option<&str>)] = &[
    ("arping", Some("-h")),
    ("curl", Some("--help all")),
    ("dig", Some("-h")),
    // Whatever it does not know.
    ("host", Some("")),
    ("ip", Some("help")),
    ("lsof", Some("-h")),
    ("nc", Some("-h")),
    ("netcat", Some("-h")),
    ("nslookup", None),
    ("tracepath", Some("-h")),
];

/// The bundled tools under each of their names, and the plugin of each.
fn names() -> Vec<(String, String)> {
    let list = nethost_here().words("list --json").succeed();
    let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    let mut names = Vec::new();
    for plugin in list.as_array().unwrap() {
        let own = plugin["name"].as_str().unwrap().to_owned();
        names.push((own.clone(), own.clone()));
        for alias in plugin["aliases"].as_array().unwrap() {
            names.push((alias.as_str().unwrap().to_owned(), own.clone()));
        }
    }
    names
}

/// What the tool prints, on both streams.
fn printed(name: &str) -> String {
    let asked = ASKED_BY.iter().find(|(tool, _)| *tool == name);
    let Some(words) = asked.map_or(Some("--help"), |(_, words)| *words) else {
        return format!(
            "{name} prints no help, and neither does the native one; `nethost man {name}` says more\n"
        );
    };
    let command = nethost_here()
        .words("--audit /dev/null run")
        .arg(name)
        .words(words);
    let output = command.run();
    output.stdout + &output.stderr
}

fn help_is_up_to_date() {
    let folder = sources().join("../docs/help");
    let write = std::env::var_os("NETHOST_GEN").is_some();
    let mut expected: Vec<PathBuf> = Vec::new();
    for (name, plugin) in names() {
        let text = printed(&name);
        // What another name says anew has a file of its own.
        if name != plugin && printed(&plugin) == text {
            continue;
        }
        let file = folder.join(format!("{name}.txt"));
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        expected.push(file.clone());
        if write && known != text {
            std::fs::write(&file, &text).unwrap();
        } else {
            assert_eq!(known, text, "{}: cargo xtask gen", file.display());
        }
        // The word that prints it needs no privilege and no policy.
        if !write {
            let shown = nethost_here().arg("help").arg(&name).succeed();
            assert_eq!(shown.stdout, text, "{name}");
        }
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !expected.contains(&path) {
            assert!(write, "{} is of no tool", path.display());
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// All pages in a folder.
fn pages() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    nethost_here()
        .words("man --all")
        .arg(folder.path())
        .succeed();
    let mut pages = Vec::new();
    for section in ["man1", "man5", "man7"] {
        for entry in std::fs::read_dir(folder.path().join(section)).unwrap() {
            pages.push(entry.unwrap().path());
        }
    }
    pages.sort();
    assert!(pages.len() > 50, "{pages:?}");
    (folder, pages)
}

fn mandoc_finds_no_mistake() {
    let (_folder, pages) = pages();
    let mut mistakes = String::new();
    for page in pages {
        let lint = Command::new("mandoc")
            .args(["-Tlint", "-Wwarning"])
            .arg(&page)
            .run();
        // Pages of one build are the same whenever they are made, so they have no date.
        for line in lint.stdout.lines().chain(lint.stderr.lines()) {
            if !line.contains("missing date") {
                writeln!(mistakes, "{line}").unwrap();
            }
        }
    }
    assert!(mistakes.is_empty(), "{mistakes}");
}

fn man_shows_each_page() {
    let (_folder, pages) = pages();
    for page in pages {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        let shown = Command::new("man")
            .arg("--warnings=w")
            .arg("-l")
            .arg(&page)
            .env("MANWIDTH", "100")
            .env("LC_ALL", "C.UTF-8")
            .succeed();
        assert_eq!(shown.stderr, "", "{}", page.display());
        assert!(shown.stdout.contains("NAME"), "{shown}");
        // Words are set apart, and names broken at the end of a line.
        let words: String = shown.stdout.split_whitespace().collect();
        assert!(words.contains(&format!("NAME{name}-")), "{shown}");
    }
}

fn pages_are_found_by_name() {
    let page = |words: &str| nethost_here().arg("man").words(words).succeed().stdout;
    for (words, title) in [
        ("", ".TH nethost 1 "),
        ("ping", ".TH nethost\\-ping 1 "),
        ("nethost-ping", ".TH nethost\\-ping 1 "),
        ("1 mtr", ".TH nethost\\-mtr 1 "),
        ("policy", ".TH nethost\\-policy 1 "),
        ("5 policy", ".TH nethost\\-policy 5 "),
        ("5 nethost-audit", ".TH nethost\\-audit 5 "),
        ("audit-verify", ".TH nethost\\-audit\\-verify 1 "),
        ("7 privilege", ".TH nethost\\-privilege 7 "),
    ] {
        let text = page(words);
        assert!(text.contains(title), "{words}: {text}");
    }
    let whole = page("");
    for text in [
        "TOOLS",
        "nethost\\-ping(1)",
        "NETHOST_BROKER",
        "/etc/nethost/policy.toml",
        "EXIT STATUS",
    ] {
        assert!(whole.contains(text), "no {text} in {whole}");
    }
    for words in ["nosuch", "5 ping"] {
        let output = nethost_here().arg("man").words(words).run();
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains("nethost man --list"), "{output}");
    }
    let list = nethost_here().words("man --list").succeed();
    assert!(list.stdout.contains("nethost-dig(1) - "), "{list}");
}

/// The options of a page are those of the help text, which is the parser's own table.
fn tools_without_their_own_help_have_a_page() {
    for (name, _) in names() {
        let page = nethost_here().arg("man").arg(&name).succeed();
        for section in [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH REQUESTS",
            ".SH \"SEE ALSO\"",
        ] {
            assert!(
                page.stdout.contains(section),
                "{name} has no {section}: {page}"
            );
        }
    }
    let ping = nethost_here().words("man ping").succeed();
    for text in [
        "\\fB\\-c <count>\\fR\nstop after <count> replies",
        "\\fBicmp.echo\\fR",
        ".SH NOTES",
    ] {
        assert!(ping.stdout.contains(text), "no {text} in {ping}");
    }
}

fn a_terminal_gets_the_page_formatted() {
    let terminal = nethost_tests::pty::Terminal::new(80, 24);
    let running = terminal.start(nethost_here().words("man ping").env("MANPAGER", "cat"));
    terminal.expect("nethost-ping(1)");
    terminal.expect("ping [options] <destination>...");
    drop(running);
}
