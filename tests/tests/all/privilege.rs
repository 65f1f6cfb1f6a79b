//! The two processes of a run: the one with the plugin holds no privilege, and neither outlives the other.

use crate::case::cases;
use crate::probes::{BUSY_LOOP, WAITS};
use nethost_tests::audit::Log;
use nethost_tests::command::{Running, copy_program};
use nethost_tests::host::{executable, nethost, nethost_here};
use nethost_tests::need::OTHER_USER;
use nethost_tests::topology::{SERVER, Topology};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

cases! {
    first round;
    [Netns] => {
        the_plugin_s_process_has_none,
        no_process_of_a_run_has_what_the_shell_left_open,
        a_killed_plugin_leaves_no_broker,
        a_killed_broker_ends_the_plugin,
        a_killed_broker_ends_a_plugin_that_never_waits,
    }
    [Netns, Program("strace")] => {
        nothing_happens_before_its_record,
        what_the_kernel_lacks_is_on_record,
    }
    [Netns, OtherUser, Program("setcap")] => { file_capabilities_suffice }
    [OtherUser, Program("unshare"), Program("ip")] => { a_network_of_one_s_own_needs_nothing }
}

fn waiting(net: &Topology, log: &Path) -> (Running, i32) {
    let command = nethost(net.client())
        .words("run --audit")
        .arg(log)
        .arg(WAITS.path());
    let running = command.patience(Duration::from_secs(20)).spawn();
    running.expect("ready");
    let broker = broker_of(&running);
    (running, broker)
}

fn broker_of(running: &Running) -> i32 {
    let pid = running.pid();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.trim().parse().expect("one child, the broker")
}

fn status(pid: i32, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{field}:")));
    line.unwrap_or_default().trim().to_owned()
}

fn the_plugin_s_process_has_none() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    let own = running.pid();
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status(own, set), "0".repeat(16), "{set}");
    }
    assert_eq!(status(own, "NoNewPrivs"), "1");
    assert_eq!(status(own, "Seccomp"), "2");
    // 512 MiB of the plugin, 256 MiB of its host.
    let limits = std::fs::read_to_string(format!("/proc/{own}/limits")).unwrap();
    let data = limits
        .lines()
        .find(|line| line.starts_with("Max data size"));
    assert!(
        data.is_some_and(|line| line.split_whitespace().nth(3) == Some("805306368")),
        "{limits}"
    );
    assert_ne!(
        status(broker, "CapEff"),
        "0".repeat(16),
        "the privileges are nowhere"
    );
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().code, 7);
}

fn no_process_of_a_run_has_what_the_shell_left_open() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "").unwrap();
    let command = net
        .client()
        .command("bash")
        .arg("-c")
        .arg("exec \"$1\" run --audit /dev/null \"$2\" 3<\"$3\" 7>>\"$3\" 42<\"$3\"")
        .arg("bash")
        .arg(executable())
        .arg(WAITS.path())
        .arg(&secret);
    let running = command.patience(Duration::from_secs(20)).spawn();
    running.expect("ready");
    for pid in [running.pid(), broker_of(&running)] {
        let held = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        let held = held.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        let held: Vec<_> = held.filter(|path| *path == secret).collect();
        assert!(held.is_empty(), "{pid}: {held:?}");
    }
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().code, 7);
}

fn a_killed_plugin_leaves_no_broker() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    for _ in 0..1000 {
        // A broker that has ended may still wait to be reaped by whoever adopted it.
        let gone = std::fs::read_to_string(format!("/proc/{broker}/stat"))
            .map_or(true, |stat| stat.contains(") Z "));
        if gone {
            let log = Log::read(log.path());
            let end = log.only("run-end");
            assert_eq!(end["exit"], 137, "{end}");
            assert!(
                end["stopped"]
                    .as_str()
                    .is_some_and(|why| why.contains("gone")),
                "{end}"
            );
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the broker lives on");
}

fn a_killed_broker_ends_the_plugin() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    kill(Pid::from_raw(broker), Signal::SIGKILL).unwrap();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("privileges is gone"), "{output}");
}

/// A plugin that never waits and never asks ends with its broker too.
fn a_killed_broker_ends_a_plugin_that_never_waits() {
    let net = Topology::alone();
    let running = nethost(net.client())
        .words("run --audit /dev/null")
        .arg(BUSY_LOOP.path())
        .spawn();
    running.expect("looping");
    let broker = broker_of(&running);
    kill(Pid::from_raw(broker), Signal::SIGKILL).unwrap();
    let killed = std::time::Instant::now();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("privileges is gone"), "{output}");
    assert!(killed.elapsed() < Duration::from_secs(5));
}

fn nothing_happens_before_its_record() {
    let net = Topology::line();
    let node = net.client();
    for (words, capability, effects) in [
        (
            format!("ping -n -c 1 {SERVER}"),
            "icmp.echo",
            &["socket(AF_INET", "sin_addr"][..],
        ),
        (
            format!("traceroute -n -q 1 -T -p 9 {SERVER}"),
            "raw.send",
            &["socket(AF_INET", "sin_addr"],
        ),
        (
            "--allow route.write ip address add 192.0.2.1/32 dev lo".into(),
            "route.write",
            &["RTM_NEWADDR"],
        ),
    ] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let calls = tempfile::NamedTempFile::new().unwrap();
        let what = "trace=write,socket,connect,bind,sendto,sendmsg,sendmmsg";
        let strace: [&OsStr; 8] = [
            "-f".as_ref(),
            "-qq".as_ref(),
            "-s4096".as_ref(),
            "-e".as_ref(),
            what.as_ref(),
            "-o".as_ref(),
            calls.path().as_ref(),
            "--".as_ref(),
        ];
        let output = nethost(node)
            .words("--audit")
            .arg(log.path())
            .words(&words)
            .under("strace", &strace)
            .patience(Duration::from_secs(60))
            .run();
        let calls = std::fs::read_to_string(calls.path()).unwrap();
        let first = |is: &dyn Fn(&str) -> bool| calls.lines().position(is);
        let recorded = first(&|line| {
            let open = line.contains(r#"\"event\":\"open\""#);
            line.contains("write(") && open && line.contains(capability)
        });
        let effect = first(&|line| {
            let has = |part: &&str| line.contains(*part);
            !line.contains("write(") && effects.iter().any(has)
        });
        let (Some(recorded), Some(effect)) = (recorded, effect) else {
            panic!("{words}: recorded {recorded:?}, done {effect:?}: {output}\n{calls}");
        };
        assert!(recorded < effect, "{words}: {output}\n{calls}");
    }
}

/// As on a kernel without Landlock: on record, and under a policy that requires its log, no run.
fn what_the_kernel_lacks_is_on_record() {
    let net = Topology::alone();
    let inject = "inject=landlock_create_ruleset:error=EOPNOTSUPP";
    let strace = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=landlock_create_ruleset",
        "-e",
        inject,
    ];
    let strace = strace.map(OsStr::new);
    for (required, code) in [(false, 0), (true, 2)] {
        let policy = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "version = 1\n[audit]\nrequired = {required}\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"*\" }}]\n"
        );
        std::fs::write(policy.path(), text).unwrap();
        let log = tempfile::NamedTempFile::new().unwrap();
        let output = nethost(net.client())
            .words("--audit")
            .arg(log.path())
            .words("--policy")
            .arg(policy.path())
            .words("ping -V")
            .under("strace", &strace)
            .run();
        assert_eq!(output.code, code, "{output}");
        let log = Log::read(log.path());
        let start = log.only("run-start");
        assert_eq!(start["unconfined"][0], "files", "{start}");
        let end = log.only("run-end");
        assert_eq!(end["exit"], code, "{end}");
        assert_eq!(end["stopped"].is_string(), required, "{end}");
        assert_eq!(output.stderr.contains("Landlock"), required, "{output}");
    }
}

fn file_capabilities_suffice() {
    let net = Topology::line();
    let node = net.client();
    node.sysctl("net.ipv4.ping_group_range", "1 0");
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for name in ["nethost", "nethost-compile", "nethost-broker"] {
        let beside = executable().with_file_name(name);
        copy_program(&beside, &folder.path().join(name));
    }
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    let copy = folder.path().join("nethost");
    let ping = || {
        node.command(&copy)
            .env("HOME", &home)
            .words(&format!("ping -n -c 1 {SERVER}"))
            .user(OTHER_USER)
            .patience(Duration::from_secs(60))
            .run()
    };
    let output = ping();
    assert_eq!(output.code, 2, "without: {output}");
    for name in ["nethost-broker", "nethost"] {
        let program = folder.path().join(name);
        let setcap = |what: &str| node.command("setcap").words(what).arg(&program).succeed();
        setcap("cap_net_raw+ep");
        let output = ping();
        assert_eq!(output.code, 0, "{name}: {output}");
        setcap("-r");
    }
}

fn a_network_of_one_s_own_needs_nothing() {
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(home.path(), Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    let script = "ip link set lo up && exec \"$0\" \"$@\"";
    let inside: [&OsStr; 4] = [
        "-Urn".as_ref(),
        "sh".as_ref(),
        "-c".as_ref(),
        script.as_ref(),
    ];
    let output = nethost_here()
        .env("HOME", home.path())
        .env("NETHOST_CACHE_DIR", home.path().join("cache"))
        .env("NETHOST_STATE_DIR", home.path().join("state"))
        .words("--audit")
        .arg(home.path().join("audit.jsonl"))
        .words("ping -n -c 1 127.0.0.1")
        .seen_by_everyone(executable().parent().unwrap(), "/mnt")
        .under("unshare", &inside)
        .user(OTHER_USER)
        .patience(Duration::from_secs(60))
        .run();
    assert_eq!(output.code, 0, "{output}");
}
