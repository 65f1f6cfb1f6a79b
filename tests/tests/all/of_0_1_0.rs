//! What 0.1.0 left behind works: plugins that were built with it, its policies, and its grants. (Its logs:
//! audit::tests.) The plugins are those of the release, but for the folders in the messages of their panics.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::{invoke, nethost, sources};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;
use nethost_tests::whois::WhoisServer;
use rtnetlink::packet_route::neighbour::NeighbourState;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

cases! {
    first round;
    [Netns] => {
        its_plugins_print_what_todays_do_under_its_policy,
        its_policy_denies_what_it_denied,
        its_grants_count,
    }
}

fn left(name: &str) -> PathBuf {
    sources().join("0.1.0").join(name)
}

/// A copy that is root's alone, as a policy has to be.
fn policy() -> tempfile::NamedTempFile {
    let copy = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(left("policy.toml"), copy.path()).unwrap();
    std::fs::set_permissions(copy.path(), PermissionsExt::from_mode(0o600)).unwrap();
    copy
}

/// Without numbers: times, and what of them is counted.
fn timeless(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn same(node: &Namespace, tool: &str, args: &str) {
    let policy = policy();
    let options = format!("--policy {}", policy.path().display());
    let kept = invoke(node, &options, left(&format!("{tool}.wasm")), args).run();
    let today = invoke(node, "", tool, args).run().output;
    let output = kept.output;
    assert_eq!(output.code, today.code, "{tool} {args}: {output}\n{today}");
    for (kept, today) in [
        (&output.stdout, &today.stdout),
        (&output.stderr, &today.stderr),
    ] {
        assert_eq!(timeless(kept), timeless(today), "{tool} {args}");
    }
    assert!(!kept.log.of("open").is_empty(), "{:#?}", kept.log);
    assert_eq!(kept.log.of("denied").len(), 0, "{:#?}", kept.log);
}

fn its_plugins_print_what_todays_do_under_its_policy() {
    let net = Topology::alone();
    let node = net.client();
    node.cable("v0", node, "v1");
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.0.0.1/24"]);
    let hardware = Some([2, 0, 0, 0, 0, 5]);
    node.neighbour("v0", "10.0.0.5", hardware, NeighbourState::Permanent);
    let _server = WhoisServer::start(node, "127.0.0.1", |_| b"inetnum: 192.0.2.0\n".to_vec());
    for (tool, args) in [
        ("ping", "-n -c 2 -i 0.01 127.0.0.1"),
        ("ping", "-n -c 1 ::1"),
        ("ping", "-n -q -c 1 -s 100 127.0.0.2"),
        ("arp", "-n"),
        ("arp", "-an"),
        ("traceroute", "-n 127.0.0.1"),
        ("traceroute", "-n -q 1 ::1"),
        ("whois", "-h 127.0.0.1 192.0.2.1"),
    ] {
        same(node, tool, args);
    }
}

fn its_policy_denies_what_it_denied() {
    let net = Topology::alone();
    let policy = policy();
    let options = format!("--policy {}", policy.path().display());
    for (tool, args, cap) in [
        ("ping", "-n -c 1 127.0.0.9", "icmp.echo"),
        ("ping", "-n -c 1 10.0.0.1", "icmp.echo"),
        ("whois", "-h 127.0.0.1 -p 44 x", "tcp.connect"),
    ] {
        let plugin = left(&format!("{tool}.wasm"));
        let run = invoke(net.client(), &options, plugin, args).run();
        assert_ne!(run.output.code, 0, "{tool} {args}: {}", run.output);
        assert_eq!(run.log.only("denied")["cap"], cap, "{:#?}", run.log);
    }
}

fn its_grants_count() {
    let net = Topology::alone();
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("nethost");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("grants.toml");
    std::fs::copy(left("grants.toml"), &file).unwrap();
    for (path, mode) in [(&folder, 0o700), (&file, 0o600)] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let command = |words: &str| -> Command {
        nethost(net.client())
            .words(words)
            .env("HOME", state.path())
            .env("XDG_STATE_HOME", state.path())
            .seen_by_everyone(state.path(), "/var/lib")
    };
    let listed = command("grants --json").succeed();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "ping", "{listed:#}");
    let run = || {
        let run = command("run --audit /dev/null").arg(left("ping.wasm"));
        run.words("-n -c 1 127.0.0.1").run()
    };
    // Nobody is asked where there is no terminal.
    assert_eq!(run().code, 0, "{}", run());
    command("grants revoke ping").succeed();
    assert_eq!(run().code, 2, "{}", run());
}
