//! `nethost policy learn`: what ran under no policy runs under the learned one, and nothing else does.

use crate::case::cases;
use crate::probes::{ICMP_FACTS, UDP_FACTS};
use nethost_tests::command::Output;
use nethost_tests::component::File;
use nethost_tests::host::{nethost, nethost_here};
use nethost_tests::server::Echo;
use nethost_tests::topology::{SERVER, Topology};
use std::path::Path;

cases! {
    first round;
    [Netns] => {
        the_same_command_succeeds_and_others_do_not,
        ports_are_learned,
        what_was_denied_is_not_learned,
        widening_is_asked_for_and_marked,
        quotas_are_those_that_a_run_needs,
    }
    [] => { what_is_no_log_is_an_error }
}

/// The router's address on the client's side.
const ROUTER: &str = "10.0.1.2";

/// A site with a log, from which policies are learned.
struct Site {
    net: Topology,
    log: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            net: Topology::line(),
            log: tempfile::tempdir().unwrap(),
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.log.path().join("audit.jsonl")
    }

    fn run(&self, options: &str, plugin: impl AsRef<Path>, args: &str) -> Output {
        let command = nethost(self.net.client()).arg("run").words(options);
        let command = command.arg("--audit").arg(self.log());
        command.arg(plugin.as_ref()).words(args).run()
    }

    /// A run under a policy; its records go nowhere.
    fn under(&self, policy: &File, plugin: impl AsRef<Path>, args: &str) -> Output {
        let command = nethost(self.net.client()).words("run --audit /dev/null --policy");
        let command = command.arg(policy.path()).arg(plugin.as_ref());
        command.words(args).run()
    }

    fn learned(&self, options: &str) -> (File, String) {
        let command = nethost_here().words("policy learn").arg(self.log());
        let text = command.words(options).succeed().stdout;
        let policy = File::new("learned.toml", text.as_bytes());
        let check = nethost_here()
            .words("policy check")
            .arg(policy.path())
            .run();
        assert_eq!((check.code, &check.stderr[..]), (0, ""), "{check}\n{text}");
        (policy, text)
    }
}

fn the_same_command_succeeds_and_others_do_not() {
    let site = Site::new();
    let command = "-c 1 server.test";
    assert_eq!(site.run("", "ping", command).code, 0);
    let (policy, text) = site.learned("");
    assert!(
        text.contains("cap = \"icmp.echo\", to = [\"server.test\"]"),
        "{text}"
    );
    assert!(!text.contains("$args"), "{text}");
    assert!(text.contains("# 1 time in 1 run, at 20"), "{text}");
    let same = site.under(&policy, "ping", command);
    assert_eq!(same.code, 0, "{same}\n{text}");
    for (plugin, args) in [
        ("ping", format!("-n -c 1 {ROUTER}")),
        ("ping", "-c 1 r1.test".to_owned()),
        ("ping", "-n -c 1 127.0.0.1".to_owned()),
        ("traceroute", "-n -q 1 server.test".to_owned()),
    ] {
        let other = site.under(&policy, plugin, &args);
        assert_ne!(other.code, 0, "{plugin} {args}: {other}\n{text}");
        assert!(other.stderr.contains("denied"), "{plugin} {args}: {other}");
    }
}

fn ports_are_learned() {
    let site = Site::new();
    let _echo = Echo::start(site.net.node("server"), 4242);
    let _other = Echo::start(site.net.node("server"), 4243);
    let args = |port: u16| format!("{SERVER} {port}");
    let run = site.run("--allow udp.exchange", UDP_FACTS.path(), &args(4242));
    assert_eq!(run.code, 0, "{run}");
    let (policy, text) = site.learned("");
    assert!(text.contains("ports = [4242]"), "{text}");
    let same = site.under(&policy, UDP_FACTS.path(), &args(4242));
    assert!(!same.stdout.contains("denied"), "{same}\n{text}");
    let other = site.under(&policy, UDP_FACTS.path(), &args(4243));
    assert!(
        other.stdout.contains("denied capability=\"udp.exchange\""),
        "{other}\n{text}"
    );
    // Another component with the same name is another.
    let bytes = std::fs::read(UDP_FACTS.path()).unwrap();
    let bytes = [bytes, nethost_tests::component::custom("changed", b"")].concat();
    let changed = File::new("udp_facts.wasm", &bytes);
    let other = site.under(&policy, changed.path(), &args(4242));
    assert!(other.stdout.contains("denied capability"), "{other}");
}

fn what_was_denied_is_not_learned() {
    let site = Site::new();
    let options = format!("--allow icmp.echo={SERVER}");
    let args = format!("1 {SERVER} {ROUTER}");
    let _ = site.run(&options, ICMP_FACTS.path(), &args);
    let (policy, text) = site.learned("");
    assert!(
        text.contains(&format!(
            "# denied 1 time, and not in here: icmp.echo to {ROUTER}"
        )),
        "{text}"
    );
    let again = site.under(&policy, ICMP_FACTS.path(), &args);
    assert!(
        again.stdout.contains(&format!("target={ROUTER:?}")),
        "{again}"
    );
    assert!(again.stdout.contains("sent 1"), "{again}");
}

fn widening_is_asked_for_and_marked() {
    let site = Site::new();
    let args = format!("1 {ROUTER} 10.0.1.1");
    let _ = site.run("--allow icmp.echo", ICMP_FACTS.path(), &args);
    let (_, text) = site.learned("");
    assert!(text.contains("to = [\"10.0.1.1\", \"10.0.1.2\"]"), "{text}");
    let (_, text) = site.learned("--aggregate /24");
    assert!(
        text.contains("# widened: 10.0.1.0/24 stands for 10.0.1.1, 10.0.1.2"),
        "{text}"
    );
    assert!(text.contains("to = [\"10.0.1.0/24\"]"), "{text}");
    let (policy, text) = site.learned("--generalize-args");
    assert!(
        text.contains("to = [\"$args\"]") && text.contains("# widened: $args"),
        "{text}"
    );
    let typed = site.under(&policy, ICMP_FACTS.path(), &format!("1 {SERVER}"));
    assert!(typed.stdout.contains("sent 1"), "{typed}");
}

fn quotas_are_those_that_a_run_needs() {
    let site = Site::new();
    let args = |count: u8| format!("-n -i 0.01 -c {count} {SERVER}");
    assert_eq!(site.run("", "ping", &args(3)).code, 0);
    assert_eq!(site.run("", "ping", &args(9)).code, 0);
    let (policy, text) = site.learned("--quotas");
    assert!(text.contains("# at most 9 packets and "), "{text}");
    assert!(text.contains("packets = 10, bytes = "), "{text}");
    let same = site.under(&policy, "ping", &args(9));
    assert_eq!(same.code, 0, "{same}\n{text}");
    let more = site.under(&policy, "ping", &args(30));
    assert!(more.stderr.contains("is used up"), "{more}\n{text}");
    let (_, text) = site.learned("");
    assert!(!text.contains("packets"), "{text}");
}

fn what_is_no_log_is_an_error() {
    let notes = File::new("notes.txt", b"\x1b[2Jthese are my notes\n");
    let output = nethost_here().words("policy learn").arg(notes.path()).run();
    assert_eq!((output.code, &output.stdout[..]), (2, ""), "{output}");
    assert!(output.stderr.contains("notes.txt:1"), "{output}");
    assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
    let output = nethost_here().words("policy learn /no/such/log").run();
    assert_eq!(output.code, 2, "{output}");
}
