//! The ways to start a plugin, and the list of them.

use crate::case::cases;
use nethost_tests::audit::Log;
use nethost_tests::host::{executable, invoke, nethost, nethost_here, set_apart};
use nethost_tests::topology::Topology;

cases! {
    [] => { lists_plugins, helps }
    [Netns] in each way => { every_way_in_is_the_same, options_narrow_what_a_bundled_plugin_may }
}

fn lists_plugins() {
    let output = nethost_here().arg("list").succeed();
    for name in ["ping", "traceroute", "mtr"] {
        assert!(
            output
                .stdout
                .lines()
                .any(|line| line.split_whitespace().next() == Some(name)),
            "{output}"
        );
    }
    let output = nethost_here().words("list --json").succeed();
    let list: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(list.to_string().contains("\"ping\""), "{list}");
}

fn helps() {
    let run = |words: &str| nethost_here().words(words).succeed();
    let (help, long) = (run("help"), run("--help"));
    assert_eq!(help.stdout, long.stdout);
    for line in ["  ping ", "  traceroute ", "  whois ", "  audit "] {
        assert!(help.stdout.contains(line), "no {line} in {help}");
    }
    assert_eq!(run("version").stdout, run("--version").stdout);
    assert_eq!(run("help audit").stdout, run("audit --help").stdout);
    for tool in ["ping", "arp", "mtr", "dig", "whois"] {
        let help = run(&format!("help {tool}"));
        assert!(help.stdout.contains(tool), "{help}");
    }
    assert_ne!(nethost_here().words("help nosuch").run().code, 0);
}

fn every_way_in_is_the_same() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ping");
    std::os::unix::fs::symlink(executable(), &link).unwrap();
    let args = "-n -q -c 1 127.0.0.1";
    let mut ways = vec![
        nethost(net.client())
            .words("run --audit /dev/null ping")
            .words(args),
        nethost(net.client())
            .words("--audit /dev/null ping")
            .words(args),
    ];
    let plugin = nethost_tests::host::target_directory().join("plugins/ping.wasm");
    let plugin = match std::env::var_os("NETHOST_BIN") {
        Some(binary) => std::path::Path::new(&binary)
            .parent()
            .unwrap()
            .join("../plugins/ping.wasm"),
        None => plugin,
    };
    assert!(
        plugin.is_file(),
        "{} is missing: run `cargo xtask build`",
        plugin.display()
    );
    ways.push(
        nethost(net.client())
            .words("run --audit /dev/null --allow icmp.echo --allow dns.resolve")
            .arg(plugin)
            .words(args),
    );
    // A link takes no options of the host, so its log is laid over the machine's.
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    ways.push(
        set_apart(net.client().command(&link))
            .words(args)
            .env("XDG_STATE_HOME", &logs)
            .seen_by_everyone(&logs, "/var/log"),
    );
    for way in ways {
        let output = way.run();
        assert_eq!(output.code, 0, "{output}");
        assert!(
            output
                .stdout
                .contains("1 packets transmitted, 1 received, 0% packet loss"),
            "{output}"
        );
    }
    let log = Log::read(&logs.join("nethost/audit.jsonl"));
    assert_eq!(log.only("run-end")["exit"], 0);
}

fn options_narrow_what_a_bundled_plugin_may() {
    let net = Topology::alone();
    let run = invoke(
        net.client(),
        "--deny icmp.echo=127.0.0.0/8",
        "ping",
        "-c 1 127.0.0.1",
    )
    .run();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert!(run.output.stderr.contains("icmp.echo"), "{}", run.output);
    assert_eq!(run.log.only("denied")["target"]["resolved"], "127.0.0.1");
    let run = invoke(
        net.client(),
        "--deny icmp.echo=10.0.0.0/8",
        "ping",
        "-c 1 127.0.0.1",
    )
    .run();
    assert_eq!(run.output.code, 0, "{}", run.output);
}
