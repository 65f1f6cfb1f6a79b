//! Nothing that a terminal acts on reaches one, whoever it came from: a plugin, a file, a name, an argument, the
//! kernel, a remote host, the log.

use crate::case::cases;
use crate::probes::{FILES_FACTS, PRINTS_ESCAPES};
use nethost_tests::command::Command;
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::nethost;
use nethost_tests::netlink::index;
use nethost_tests::privilege::{log_of, open_folder};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nethost_tests::whois::WhoisServer;
use rtnetlink::LinkUnspec;

cases! {
    [Netns] => {
        what_a_plugin_prints,
        what_the_host_says_into_a_pipe,
        what_an_interface_is_called,
        what_a_namespace_is_called,
        what_stands_in_the_environment,
        what_is_in_the_log,
        what_stands_in_a_policy,
        what_was_typed,
        what_a_file_is_called,
        what_was_denied,
        what_a_name_server_says,
        what_a_whois_server_says,
    }
}

/// Clears the screen, sets the title, asks the terminal to answer, reverses the text; writes over what is there; and
/// whatever else there is of its kind but line ends, which many places take for their own.
const EVIL: &str = "a\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[6n\u{9b}5n\u{202e}over\rwritten\u{8}\u{8}\u{7f}\u{1}\u{2}\u{3}\
                    \u{4}\u{5}\u{6}\u{b}\u{c}\u{e}\u{f}\u{10}\u{1a}\u{1f}\u{80}\u{84}\u{85}\u{8d}\u{90}\u{9c}\u{9d}\u{9f}\
                    \u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202d}\u{2066}\u{2067}\u{2068}\u{2069}z";

/// What may be on a terminal: text, tabs, and line ends, which it makes two characters of.
fn is_plain(shown: &str) {
    let text = shown.replace("\r\n", "\n");
    let is_mark = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}');
    for character in text.chars() {
        let is_bad = character.is_control() && !"\n\t".contains(character);
        assert!(!is_bad && !is_mark(character), "{character:?} in {text:?}");
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
    for (argument, last) in [("", "message"), ("panic", "was stopped")] {
        let terminal = Terminal::new(80, 24);
        let command = nethost(net.client())
            .words("run --audit /dev/null")
            .arg(PRINTS_ESCAPES.path())
            .words(argument);
        assert_eq!(terminal.start(command).finish().code, 2);
        terminal.expect(last);
        terminal.expect("message");
        is_plain(&terminal.settled());
    }
}

/// A plugin's own bytes pass; what the host says in its name does not.
fn what_the_host_says_into_a_pipe() {
    let net = Topology::alone();
    let run = |argument: &str| {
        nethost(net.client())
            .words("run --audit /dev/null")
            .arg(PRINTS_ESCAPES.path())
            .words(argument)
            .run()
    };
    let output = run("");
    assert!(
        output.stdout.contains("over\rwritten back\u{8}"),
        "{output}"
    );
    let (_, message) = output.stderr.split_once("prints_escapes: message").unwrap();
    is_plain(message);
    for command in [
        nethost(net.client()).arg(EVIL),
        nethost(net.client()).arg("run").arg(EVIL),
        nethost(net.client())
            .arg("--policy")
            .arg(EVIL)
            .words("ping 127.0.0.1"),
        nethost(net.client()).words("audit verify").arg(EVIL),
        nethost(net.client()).words("policy check").arg(EVIL),
    ] {
        let output = command.run();
        assert_eq!(output.code, 2, "{output}");
        let said = output.stderr.len() + output.stdout.len();
        assert!(said > 0, "{output}");
        is_plain(&output.stderr);
        is_plain(&output.stdout);
    }
}

/// ip(8) of iproute2 prints an alias as it is.
fn what_an_interface_is_called() {
    let net = Topology::alone();
    let node = net.client();
    node.cable("v0", node, "v1");
    node.netlink(async |handle| {
        let named = LinkUnspec::new_with_name("v0").alias(EVIL).build();
        handle.link().set(named).execute().await?;
        let index = index(&handle, "v0").await?;
        let other = handle.link().property_add(index).alt_ifname(&["alt"]);
        other.execute().await
    });
    for form in [
        "link show",
        "-d link show",
        "-j -p link show",
        "-o -s link show",
        "-c link show dev v0",
    ] {
        let terminal = Terminal::new(300, 40);
        let words = format!("--audit /dev/null ip {form}");
        let running = terminal.start(nethost(node).words(&words));
        assert_eq!(running.finish().code, 0);
        terminal.expect("v0");
        let shown = terminal.settled();
        if form.starts_with("-c") {
            assert!(
                !shown.contains("\u{1b}[2J") && !shown.contains('\u{8}'),
                "{shown:?}"
            );
        } else {
            is_plain(&shown);
        }
    }
}

fn what_a_namespace_is_called() {
    let net = Topology::alone();
    let folder = open_folder();
    std::fs::create_dir_all("/run/netns").unwrap();
    let name = EVIL.replace('/', "");
    std::fs::write(folder.path().join(&name), "").unwrap();
    let overlaid = |command: Command| command.overlay(folder.path().into(), "/run/netns");
    for words in ["ip netns list", "-n", "ip netns identify"] {
        let command = overlaid(nethost(net.client()).words("--audit /dev/null"));
        let command = match words {
            "-n" => command.words("ip -n").arg(&name).words("link show"),
            words => command.words(words),
        };
        let terminal = Terminal::new(300, 40);
        let _ = terminal.start(command).finish();
        is_plain(&terminal.settled());
    }
}

fn what_stands_in_the_environment() {
    let net = Topology::alone();
    for variable in [
        "NETHOST_BROKER",
        "NETHOST_STATE_DIR",
        "NETHOST_CACHE_DIR",
        "HOME",
        "TERM",
        "COLORFGBG",
        "LC_ALL",
    ] {
        for words in [
            "ping -c 1 127.0.0.1",
            "grants",
            "cache",
            "audit verify",
            "ip link show dev lo",
        ] {
            let terminal = Terminal::new(300, 40);
            let command = nethost(net.client()).env(variable, EVIL).words(words);
            let directory = tempfile::tempdir().unwrap();
            let _ = terminal.start(command.directory(directory.path())).finish();
            is_plain(&terminal.settled());
        }
    }
}

/// By what a run did, and by what somebody wrote into it.
fn what_is_in_the_log() {
    let net = Topology::alone();
    let folder = open_folder();
    let log = folder
        .path()
        .join(format!("{}.jsonl", EVIL.replace('/', "")));
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .words("run ping -c 1 -I")
        .arg(EVIL)
        .arg(EVIL);
    let (recorded, before) = log_of(&command, &log);
    let output = command.run();
    assert_ne!(output.code, 0, "{output}");
    let recorded = std::fs::read(recorded).unwrap();
    let forged = [
        recorded[usize::try_from(before).unwrap()..].to_vec(),
        format!("{{\"stopped\":\"{EVIL}\"}}\n{EVIL}\n").into_bytes(),
        b"\x9b2J\xff\n".to_vec(),
    ];
    for bytes in [forged[0].clone(), forged.concat()] {
        std::fs::write(&log, bytes).unwrap();
        for words in [
            "audit show",
            "audit show --json",
            "audit verify",
            "audit verify --json",
            "audit export --format cef",
            "audit export --format ocsf",
            "audit export --format syslog",
            "audit head",
            "audit keys",
            "policy learn",
        ] {
            let terminal = Terminal::new(300, 40);
            let command = nethost(net.client()).words(words).arg(&log);
            let _ = terminal.start(command).finish();
            is_plain(&terminal.settled());
        }
    }
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
            .words("--audit /dev/null --deny file.read --deny file.create --deny file.write run")
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
    let mut labels: Vec<&[u8]> = EVIL.as_bytes().chunks(60).collect();
    labels.extend([&b"\x1b[2J\r\n\x9b"[..], b"end"]);
    let zone = Zone {
        names: vec![("2.3.0.10.in-addr.arpa", labels)],
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
