//! No control sequence reaches a terminal, whoever it came from: a plugin, a file, a name, an argument.

use crate::case::cases;
use crate::probes::{FILES_FACTS, PRINTS_ESCAPES};
use nethost_tests::command::Command;
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::nethost;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nethost_tests::whois::WhoisServer;

cases! {
    [Netns] => {
        what_a_plugin_prints,
        what_stands_in_a_policy,
        what_was_typed,
        what_a_file_is_called,
        what_was_denied,
        what_a_name_server_says,
        what_a_whois_server_says,
    }
}

/// Clears the screen, sets the title, asks the terminal to answer, reverses the text.
const EVIL: &str = "a\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[6n\u{9b}5n\u{202e}z";

/// The bell alone is let through: `ping -a` rings it.
fn is_plain(shown: &str) {
    for control in ['\u{1b}', '\u{9b}', '\u{202e}'] {
        assert!(!shown.contains(control), "{control:?} in {shown:?}");
    }
}

/// Runs a command on a terminal until its last words, and looks at all of them.
fn shows(change: impl FnOnce(Command) -> Command, last: &str) {
    let net = Topology::alone();
    let terminal = Terminal::new(200, 24);
    let running = terminal.start(change(nethost(net.client())));
    terminal.expect(last);
    assert_ne!(running.finish().code, 0);
    is_plain(&terminal.shown());
}

fn what_a_plugin_prints() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let command = nethost(net.client())
        .words("run --audit /dev/null")
        .arg(PRINTS_ESCAPES.path());
    assert_eq!(terminal.start(command).finish().code, 2);
    terminal.expect("message");
    is_plain(&terminal.shown());
}

fn what_stands_in_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let evil = EVIL
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_string()
            } else {
                format!("\\u{:04x}", c as u32)
            }
        })
        .collect::<String>();
    for text in [
        format!("version = 1\n\"{evil}\" = 1\n"),
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"{evil}\" }}]\n"),
        format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"*\", to = [\"{evil}\"] }}]\n"
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let run = |command: Command| command.arg("--policy").arg(&file).words("ping 127.0.0.1");
        shows(run, "policy.toml:");
        shows(
            |command| command.words("policy check").arg(&file),
            "policy.toml:",
        );
    }
    // A name that is fine in TOML, in a warning and in the explanation of a decision.
    let text = format!("version = 1\n[[plugin]]\nname = \"{evil}\"\nallow = [{{ cap = \"*\" }}]\n");
    std::fs::write(&file, text).unwrap();
    let ask = |command: Command| {
        command
            .words("policy check")
            .arg(&file)
            .words("--cap icmp.echo --to 127.0.0.1")
    };
    shows(ask, "denied");
}

fn what_was_typed() {
    shows(|command| command.arg(format!("--{EVIL}")), "Usage");
    shows(|command| command.arg(EVIL), "no plugin");
    shows(
        |command| command.arg("--allow").arg(EVIL).words("ping 127.0.0.1"),
        "unknown capability",
    );
    shows(
        |command| command.arg("--policy").arg(EVIL).words("ping 127.0.0.1"),
        "No such file",
    );
    shows(
        |command| {
            command
                .arg("--audit")
                .arg("/dev/null")
                .arg("ping")
                .arg(EVIL)
        },
        "ping: ",
    );
}

fn what_a_file_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{EVIL}.wasm"));
    std::fs::write(&file, "no component").unwrap();
    shows(|command| command.arg("run").arg(&file), "WebAssembly");
    std::fs::copy(PRINTS_ESCAPES.path(), &file).unwrap();
    shows(
        |command| command.words("run --audit /dev/null").arg(&file),
        "message",
    );
}

fn what_was_denied() {
    // ping repeats the denial's words, and with them the file that the operator typed.
    let evil = format!("/{EVIL}");
    let run = |command: Command| {
        command
            .words("--audit /dev/null --deny file.read run")
            .arg(FILES_FACTS.path())
            .arg(&evil)
    };
    let net = Topology::alone();
    let terminal = Terminal::new(200, 24);
    let running = terminal.start(run(nethost(net.client())));
    terminal.expect("denied");
    let _ = running.finish();
    is_plain(&terminal.shown());
    let targets = |command: Command| {
        command
            .words("--audit /dev/null --deny file.read ping --targets")
            .arg(&evil)
    };
    shows(targets, "denied");
}

/// In names, which may hold any byte.
fn what_a_name_server_says() {
    let net = Topology::alone();
    let zone = Zone {
        names: vec![(
            "2.3.0.10.in-addr.arpa",
            vec![EVIL.as_bytes(), b"\x1b[2J\r\n\x9b", b"end"],
        )],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    for form in ["", "+short", "+multiline", "+yaml", "--json", "+trace"] {
        let terminal = Terminal::new(300, 40);
        let words = format!("--audit /dev/null dig @127.0.0.1 {form} -x 10.0.3.2");
        let running = terminal.start(nethost(net.client()).words(&words));
        let _ = running.finish();
        if form != "+trace" {
            terminal.expect("end.");
        }
        is_plain(&terminal.shown());
    }
}

fn what_a_whois_server_says() {
    let net = Topology::alone();
    let _server = WhoisServer::start(net.client(), "127.0.0.1", |_| {
        format!("name: {EVIL}\r\nrefer: {EVIL}\nend\n").into()
    });
    for form in ["", "--json", "-H", "--verbose"] {
        let terminal = Terminal::new(300, 40);
        let words = format!("--audit /dev/null whois -h 127.0.0.1 {form} x");
        let running = terminal.start(nethost(net.client()).words(&words));
        assert_eq!(running.finish().code, 0);
        terminal.expect("end");
        is_plain(&terminal.shown());
    }
}
