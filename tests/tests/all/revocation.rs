//! What is taken away while a run goes on is taken from what it has open: the policy, a grant, the user.

use crate::case::cases;
use nethost_tests::audit::Log;
use nethost_tests::command::Running;
use nethost_tests::component::{File, custom};
use nethost_tests::etc::Etc;
use nethost_tests::host::{nethost, target_directory};
use nethost_tests::namespace::Namespace;
use nethost_tests::privilege::open_folder;
use nethost_tests::pty::Terminal;
use nethost_tests::shipped::{Shipped, replace};
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

cases! {
    first round;
    [Netns] => {
        a_narrower_policy_ends_what_is_open,
        a_policy_that_allows_as_much_ends_nothing,
        a_broken_policy_allows_nothing_new,
        a_grant_that_is_revoked_ends_its_runs,
    }
    [Netns, OtherUser, Program("systemd-socket-activate")] => {
        a_service_s_users_lose_what_is_taken_away,
        who_does_not_go_is_killed,
    }
}

/// The promise, and what a busy machine may add.
const SOON: Duration = Duration::from_millis(1000 + 1500);

fn site(allow: &str, rest: &str) -> String {
    format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\n{rest}\n")
}

const ECHO: &str = r#"{ cap = "icmp.echo" }, { cap = "dns.resolve" }"#;

/// A ping that goes on, and its log.
struct Going {
    etc: Etc,
    log: tempfile::TempDir,
    running: Running,
    _net: Topology,
}

impl Going {
    fn start(policy: &str) -> Self {
        let (net, etc, log) = (Topology::alone(), Etc::with_policy(policy), open_folder());
        let command = nethost(net.client())
            .arg("--audit")
            .arg(log.path().join("audit.jsonl"))
            .words("ping -n -i 0.05 127.0.0.1");
        let running = etc.seen_by(command).spawn();
        running.expect("icmp_seq=3");
        Self {
            etc,
            log,
            running,
            _net: net,
        }
    }

    fn log(&self) -> Log {
        Log::read(&self.log.path().join("audit.jsonl"))
    }
}

fn ended_soon(running: Running, what: &str) {
    let since = Instant::now();
    let output = running.finish();
    assert!(since.elapsed() < SOON, "{what}: {:?}", since.elapsed());
    assert_eq!(output.code, 2, "{what}: {output}");
    assert!(
        output.stderr.contains("revoked while it was open"),
        "{what}: {output}"
    );
    assert!(output.stderr.lines().count() == 1, "{what}: {output}");
}

fn on_record(log: &Log, what: &str) {
    let denied = log.of("denied");
    let revoked = |record: &&&serde_json::Value| {
        let rule = record["policy"]["rule"].as_str().unwrap_or_default();
        rule.starts_with("revoked while it was open: ") && record["cap"] == "icmp.echo"
    };
    assert_eq!(denied.iter().filter(revoked).count(), 1, "{what}: {log:#?}");
    assert_eq!(
        log.of("open").len(),
        log.of("close").len(),
        "{what}: {log:#?}"
    );
    let end = log.only("run-end");
    assert_eq!(end["exit"], 2, "{what}: {end}");
    let stopped = end["stopped"].as_str().unwrap_or_default();
    assert!(
        stopped.contains("revoked while it was open"),
        "{what}: {end}"
    );
}

fn a_narrower_policy_ends_what_is_open() {
    let quota = r#"{ cap = "icmp.echo", packets = 1000 }"#;
    for (allow, rest) in [
        (r#"{ cap = "dns.resolve" }"#, ""),
        ("", ""),
        (
            ECHO,
            r#"deny = [{ cap = "icmp.echo", to = ["127.0.0.0/8"] }]"#,
        ),
        (ECHO, r#"deny = [{ cap = "*" }]"#),
        (r#"{ cap = "icmp.echo", to = ["127.0.0.2"] }"#, ""),
        (r#"{ cap = "icmp.echo", users = ["nobody-here"] }"#, ""),
        (r#"{ cap = "icmp.echo", until = 2000-01-01T00:00:00Z }"#, ""),
        (r#"{ cap = "icmp.echo", until = 2100-01-01T00:00:00Z }"#, ""),
        (quota, ""),
    ] {
        let going = Going::start(&site(ECHO, ""));
        replace(&going.etc.policy(), &site(allow, rest));
        let what = format!("{allow} {rest}");
        let Going {
            log,
            running,
            etc: _etc,
            _net,
        } = going;
        ended_soon(running, &what);
        on_record(&Log::read(&log.path().join("audit.jsonl")), &what);
    }
}

fn a_policy_that_allows_as_much_ends_nothing() {
    let quota = r#"{ cap = "icmp.echo", packets = 1000, rate = "100/s" }, { cap = "dns.resolve" }"#;
    let wider = r#"{ cap = "icmp.echo", packets = 2000 }, { cap = "dns.resolve" }"#;
    let going = Going::start(&site(quota, ""));
    for text in [
        site(&format!("\n\n{quota}"), "# the same elsewhere"),
        site(wider, ""),
        site(
            ECHO,
            r#"deny = [{ cap = "icmp.echo", to = ["127.0.0.9"] }]"#,
        ),
        site(r#"{ cap = "*" }"#, ""),
    ] {
        replace(&going.etc.policy(), &text);
        std::thread::sleep(Duration::from_millis(600));
        let before = going.running.said().lines().count();
        std::thread::sleep(Duration::from_millis(300));
        assert!(going.running.said().lines().count() > before, "{text}");
    }
    assert_eq!(going.log().of("denied").len(), 0);
    going.running.signal(Signal::SIGINT);
    let output = going.running.finish();
    assert_eq!(output.code, 0, "{output}");
}

fn a_broken_policy_allows_nothing_new() {
    for broken in [
        None,
        Some(""),
        Some("version = 1\n[[plugin"),
        Some("version = 1\n# others may write"),
    ] {
        let going = Going::start(&site(ECHO, ""));
        match broken {
            None => std::fs::remove_file(going.etc.policy()).unwrap(),
            Some(text) => replace(&going.etc.policy(), text),
        }
        if broken.is_some_and(|text| text.contains("others")) {
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
            std::fs::set_permissions(going.etc.policy(), open).unwrap();
        }
        // An editor that writes in two steps ends nothing.
        std::thread::sleep(Duration::from_millis(800));
        let before = going.running.said().lines().count();
        std::thread::sleep(Duration::from_millis(300));
        assert!(going.running.said().lines().count() > before, "{broken:?}");
        replace(&going.etc.policy(), &site(ECHO, ""));
        std::thread::sleep(Duration::from_millis(500));
        going.running.signal(Signal::SIGINT);
        assert_eq!(going.running.finish().code, 0, "{broken:?}");
    }
    // One that stays broken ends what is open too, after ten seconds.
    let going = Going::start(&site(ECHO, ""));
    std::fs::remove_file(going.etc.policy()).unwrap();
    let Going {
        log,
        running,
        etc: _etc,
        _net,
    } = going;
    let since = Instant::now();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        since.elapsed() > Duration::from_secs(8),
        "{:?}",
        since.elapsed()
    );
    on_record(&Log::read(&log.path().join("audit.jsonl")), "gone");
}

fn a_grant_that_is_revoked_ends_its_runs() {
    let (net, state) = (Topology::alone(), open_folder());
    // Not the bundled one any more, by its digest.
    let ping = std::fs::read(target_directory().join("plugins/ping.wasm")).unwrap();
    let plugin = File::new("acme.wasm", &[ping, custom("note", b"another")].concat());
    let nethost = |words: &str| {
        nethost(net.client())
            .words(words)
            .env("HOME", state.path())
            .env("XDG_STATE_HOME", state.path())
            .seen_by_everyone(state.path(), "/var/lib")
    };
    let log = state.path().join("audit.jsonl");
    let options = format!("run --audit {}", log.display());
    for answer in ["o\n", "a\n"] {
        let terminal = Terminal::new(100, 50);
        let command = nethost(&options).arg(plugin.path());
        let running = terminal.start(command.words("-n -i 0.05 127.0.0.1"));
        terminal.expect("no (n): ");
        terminal.press(answer);
        terminal.expect("icmp_seq=3");
        let _ = nethost("grants revoke acme").run();
        if answer.starts_with('o') {
            // Granted once, it is not in the file, and nothing takes it back.
            std::thread::sleep(Duration::from_millis(800));
            running.signal(Signal::SIGINT);
            assert_eq!(running.finish().code, 0);
            continue;
        }
        let since = Instant::now();
        let output = running.finish();
        assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
        let shown = terminal.settled();
        assert_eq!(output.code, 2, "{shown}");
        assert!(shown.contains("revoked while it was open"), "{shown}");
    }
    let text = std::fs::read_to_string(state.path().join("audit.jsonl")).unwrap();
    assert_eq!(
        text.matches("revoked while it was open: ").count(),
        2,
        "{text}"
    );
}

fn going_in(service: &Shipped, node: &Namespace) -> Running {
    let running = service.command(node, "ping -n -i 0.05 127.0.0.1").spawn();
    running.expect("icmp_seq=3");
    running
}

fn a_service_s_users_lose_what_is_taken_away() {
    let net = Topology::alone();
    let node = net.client();
    let without = |file: &str, service: &Shipped| {
        let path = service.etc.folder().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let rest = text.lines().filter(|line| !line.starts_with("nobody:"));
        replace(&path, &(rest.collect::<Vec<_>>().join("\n") + "\n"));
    };
    type Change<'a> = &'a dyn Fn(&Shipped);
    let changes: [(&str, Change<'_>); 4] = [
        ("another user", &|service| {
            service.set_policy(&site(r#"{ cap = "icmp.echo", users = ["root"] }"#, ""));
        }),
        ("a denial", &|service| {
            service.set_policy(&site(ECHO, r#"deny = [{ cap = "*", users = ["nobody"] }]"#));
        }),
        ("another digest", &|service| {
            let digest = "0".repeat(64);
            service.set_policy(&format!(
                "version = 1\n[[plugin]]\ndigest = \"sha256:{digest}\"\nallow = [{ECHO}]\n"
            ));
        }),
        ("no user", &|service| without("passwd", service)),
    ];
    for (what, change) in changes {
        let service = Shipped::start(node, &site(ECHO, ""));
        let running = going_in(&service, node);
        change(&service);
        ended_soon(running, what);
        // The record follows what the user sees.
        std::thread::sleep(Duration::from_millis(500));
        on_record(&Log::read(&service.log()), what);
    }
}

fn who_does_not_go_is_killed() {
    let net = Topology::alone();
    let node = net.client();
    let service = Shipped::start(node, &site(ECHO, ""));
    let running = going_in(&service, node);
    running.signal(Signal::SIGSTOP);
    service.set_policy(&site("", ""));
    let since = Instant::now();
    let output = running.finish();
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    assert_eq!(output.code, 128 + 9, "{output}");
    on_record(&Log::read(&service.log()), "stopped");
}
