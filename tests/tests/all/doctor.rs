//! `nethost doctor`: what it says of this machine in each way to install nethost, and of each thing that is broken.

use crate::case::cases;
use nethost_tests::command::{Command, Output, copy_program};
use nethost_tests::etc::Etc;
use nethost_tests::host::{executable, nethost, nethost_here};
use nethost_tests::need::OTHER_USER;
use nethost_tests::privilege::{InstallMode, install_mode, open_folder};
use nethost_tests::topology::Topology;
use serde_json::Value;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

cases! {
    first round;
    [] => {
        both_forms_say_the_same,
        a_missing_executable_is_named,
        an_executable_that_does_not_work_is_wrong,
        a_log_that_others_may_write_is_wrong_until_its_remedy_is_run,
        a_log_folder_that_others_may_write_is_wrong,
        a_log_that_is_shorter_than_its_head_is_wrong,
        a_log_without_its_head_is_wrong,
        a_cache_that_others_may_write_is_wrong,
        grants_that_others_may_write_are_wrong,
        a_service_that_is_not_there_is_wrong,
        the_clock_is_shown,
    }
    [Netns] => {
        a_policy_with_a_mistake_is_wrong,
        a_rule_without_effect_is_noted,
        a_machine_without_name_servers_is_noted,
    }
    [Netns, OtherUser] => {
        a_policy_of_another_user_is_wrong,
        a_user_without_privilege_hears_how_to_get_it,
        a_read_only_root_is_noted,
        a_container_works_or_says_what_is_missing,
    }
    [Netns] in each way => {
        the_source_of_the_privilege_is_named,
        it_opens_no_log_and_makes_no_file,
        nothing_is_wrong_with_this_machine,
    }
}

/// What it says as JSON, and how it ends.
fn examined(command: Command) -> (Value, Output) {
    let output = command.words("doctor --json").run();
    let value = serde_json::from_str(&output.stdout);
    (value.unwrap_or_else(|_| panic!("{output}")), output)
}

/// One check: its state, what was found, the remedy.
fn check<'a>(report: &'a Value, group: &str, name: &str) -> (&'a str, &'a str, &'a str) {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks
        .iter()
        .find(|check| check["group"] == group && check["check"] == name)
        .unwrap_or_else(|| panic!("no {group}/{name} in {report:#}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    (text("state"), text("finding"), text("remedy"))
}

/// Expects that a check is wrong, that its words contain these, and the exit code for it.
#[track_caller]
fn expect_wrong(command: Command, check_name: (&str, &str), found: &str, remedy: &str) -> String {
    let (report, output) = examined(command);
    let (state, words, way_out) = check(&report, check_name.0, check_name.1);
    assert_eq!(state, "wrong", "{words}\n{output}");
    assert!(words.contains(found), "{words}");
    assert!(way_out.contains(remedy), "{way_out}");
    assert_eq!((output.code, &report["state"]), (1, &"wrong".into()));
    way_out.to_owned()
}

fn both_forms_say_the_same() {
    let text = nethost_here().arg("doctor").run();
    let (report, json) = examined(nethost_here());
    assert_eq!(text.code, json.code);
    assert_eq!(report["version"], 1);
    assert_eq!(report["nethost"], env!("CARGO_PKG_VERSION"));
    for check in report["checks"].as_array().unwrap() {
        let word = |key: &str| check[key].as_str().unwrap_or_default();
        // What grows while other tests run.
        if word("group") != "audit" && word("check") != "time" && word("group") != "cache" {
            let line = format!(
                "{:<8} {}: {}",
                word("state"),
                word("check"),
                word("finding")
            );
            assert!(text.stdout.contains(&line), "no {line} in {text}");
            assert!(text.stdout.contains(word("remedy")), "{text}");
        }
        let states = ["ok", "note", "missing", "wrong"];
        assert!(states.contains(&word("state")), "{check}");
        let has_remedy = check["remedy"].is_string();
        assert!(
            has_remedy || ["ok", "note"].contains(&word("state")),
            "{check}"
        );
    }
}

/// A copy of the executable in a folder of its own, where nothing of the installation is.
fn alone(folder: &Path) -> Command {
    let copy = folder.join("nethost");
    copy_program(executable(), &copy);
    nethost_tests::host::set_apart(Command::new(copy))
}

fn a_missing_executable_is_named() {
    let folder = open_folder();
    let (report, output) = examined(alone(folder.path()));
    for (program, consequence) in [
        (
            "nethost-capture",
            "tcpdump and policies have no filter expressions",
        ),
        ("nethost-compile", "installed or cached"),
        ("nethost-broker", "no service"),
    ] {
        if Path::new("/usr/libexec/nethost").join(program).exists() {
            continue;
        }
        let (state, found, remedy) = check(&report, "programs", program);
        assert_eq!(state, "missing", "{output}");
        assert!(found.contains(consequence), "{found}");
        assert_eq!(remedy, format!("install {program} beside nethost"));
    }
}

fn an_executable_that_does_not_work_is_wrong() {
    let folder = open_folder();
    for program in ["nethost-capture", "nethost-compile"] {
        let path = folder.path().join(program);
        std::fs::write(
            &path,
            "#!/bin/sh\necho libpcap.so.0.8: not found >&2; exit 127\n",
        )
        .unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let found = "libpcap.so.0.8: not found";
    expect_wrong(
        alone(folder.path()),
        ("programs", "nethost-capture"),
        found,
        "libpcap",
    );
    expect_wrong(
        nethost_tests::host::set_apart(Command::new(folder.path().join("nethost"))),
        ("programs", "nethost-compile"),
        found,
        "of the same build",
    );
}

/// A log of one run, and a state of its own.
fn written_log(folder: &Path) -> impl Fn() -> Command {
    let (log, state) = (folder.join("audit.jsonl"), folder.join("state"));
    let command = move || {
        nethost_here()
            .env("NETHOST_STATE_DIR", &state)
            .arg("--audit")
            .arg(&log)
    };
    let run = command().words("uname").run();
    assert_eq!(run.code, 0, "{run}");
    command
}

fn a_log_that_others_may_write_is_wrong_until_its_remedy_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let command = written_log(folder.path());
    let (report, _) = examined(command());
    assert_eq!(check(&report, "audit", "log").0, "ok");
    let (state, found, _) = check(&report, "audit", "head and keys");
    assert!(
        state == "ok" && found.contains("signed up to record"),
        "{found}"
    );

    let log = folder.path().join("audit.jsonl");
    std::fs::set_permissions(&log, PermissionsExt::from_mode(0o666)).unwrap();
    let remedy = expect_wrong(
        command(),
        ("audit", "log"),
        "others can write",
        "chmod go-w",
    );
    let pasted = remedy.trim_matches('`');
    Command::new("sh").args(["-c", pasted]).succeed();
    assert_eq!(check(&examined(command()).0, "audit", "log").0, "ok");
}

fn a_log_folder_that_others_may_write_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let command = written_log(folder.path());
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let found = format!("others can write to {}", folder.path().display());
    expect_wrong(command(), ("audit", "log"), &found, "--audit FILE");
    // The state is in the same folder.
    expect_wrong(
        command(),
        ("audit", "head and keys"),
        &found,
        "NETHOST_STATE_DIR",
    );
}

fn a_log_that_is_shorter_than_its_head_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let command = written_log(folder.path());
    let log = std::fs::File::options()
        .write(true)
        .open(folder.path().join("audit.jsonl"));
    log.unwrap().set_len(100).unwrap();
    let found = "the log has 100 bytes, its head says";
    expect_wrong(
        command(),
        ("audit", "head and keys"),
        found,
        "nethost audit verify",
    );
}

fn a_log_without_its_head_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let command = written_log(folder.path());
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    expect_wrong(
        command(),
        ("audit", "head and keys"),
        "no head",
        "nethost audit verify",
    );
}

fn a_cache_that_others_may_write_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let command = nethost_here().env("NETHOST_CACHE_DIR", folder.path());
    expect_wrong(
        command,
        ("cache", "folder"),
        "others can write",
        "NETHOST_CACHE_DIR",
    );
}

fn grants_that_others_may_write_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("nethost");
    std::fs::create_dir(&own).unwrap();
    let grants = own.join("grants.toml");
    std::fs::write(&grants, "version = 1\n").unwrap();
    let command = || {
        let command = nethost_here().env("XDG_STATE_HOME", folder.path());
        command.seen_by_everyone(folder.path(), "/var/lib")
    };
    let (report, output) = examined(command());
    assert_eq!(check(&report, "policy", "grants").0, "ok", "{output}");
    std::fs::set_permissions(&grants, PermissionsExt::from_mode(0o666)).unwrap();
    let found = "other users can write to it";
    expect_wrong(command(), ("policy", "grants"), found, "remove ");
}

fn a_service_that_is_not_there_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let named = || nethost_here().env("NETHOST_BROKER", &socket);
    expect_wrong(
        named(),
        ("privilege", "source"),
        "cannot be used",
        "unset NETHOST_BROKER",
    );
    // A socket whose service has ended.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    expect_wrong(named(), ("privilege", "service"), "", "systemctl");
}

fn the_clock_is_shown() {
    // The clock of the machine is not a test's to set: which years are wrong is a unit test's.
    let (report, _) = examined(nethost_here());
    let (state, found, _) = check(&report, "clock", "time");
    assert_eq!(state, "ok");
    assert!(found.ends_with('Z') && found.starts_with("20"), "{found}");
}

fn a_policy_with_a_mistake_is_wrong() {
    let net = Topology::alone();
    let etc = Etc::with_policy("version = 1\n[[plugin]]\nname = \"ping\"\nalow = []\n");
    let command = etc.seen_by(nethost(net.client()));
    let found = "/etc/nethost/policy.toml:4:1: unknown key `alow`";
    expect_wrong(command, ("policy", "system"), found, "nethost policy check");
}

fn a_rule_without_effect_is_noted() {
    let net = Topology::alone();
    let etc = Etc::with_policy(
        "version = 1\n[[plugin]]\nname = \"pnig\"\nallow = [{ cap = \"icmp.echo\" }]\n",
    );
    let (report, output) = examined(etc.seen_by(nethost(net.client())));
    let (state, found, remedy) = check(&report, "policy", "system");
    assert_eq!(state, "note", "{output}");
    assert!(
        found.contains("1 rules") && found.contains("pnig"),
        "{found}"
    );
    assert_eq!(remedy, "`nethost policy check /etc/nethost/policy.toml`");
}

fn a_machine_without_name_servers_is_noted() {
    let net = Topology::alone();
    let etc = Etc::bare();
    let look = |etc: &Etc| {
        let (report, _) = examined(etc.seen_by(nethost(net.client())));
        let (state, found, _) = check(&report, "network", "name servers");
        (state.to_owned(), found.to_owned())
    };
    assert_eq!(look(&etc), ("ok".into(), "127.0.0.1".into()));
    etc.write("resolv.conf", "# nothing\n");
    let (state, found) = look(&etc);
    assert!(state == "note" && found.contains("names none"), "{found}");
}

fn a_policy_of_another_user_is_wrong() {
    let net = Topology::alone();
    let etc = Etc::with_policy("version = 1\n");
    chown(etc.policy(), Some(OTHER_USER), None).unwrap();
    let command = etc.seen_by(nethost(net.client()));
    let found = format!("/etc/nethost/policy.toml belongs to user {OTHER_USER}");
    expect_wrong(
        command,
        ("policy", "system"),
        &found,
        "nethost policy check",
    );
}

/// Somebody who owns nothing but a home.
fn stranger(command: Command, home: &Path) -> Command {
    chown(home, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    command
        .env("HOME", home)
        .env("NETHOST_CACHE_DIR", home.join("cache"))
        .env("NETHOST_STATE_DIR", home.join("state"))
        .without_env("XDG_STATE_HOME")
        .user(OTHER_USER)
}

fn a_user_without_privilege_hears_how_to_get_it() {
    let net = Topology::alone();
    net.client().ping_sockets(false);
    let folder = open_folder();
    let home = open_folder();
    copy_program(executable(), &folder.path().join("nethost"));
    let command = net.client().command(folder.path().join("nethost"));
    let (report, output) = examined(stranger(command, home.path()));
    let (state, found, remedy) = check(&report, "privilege", "source");
    assert_eq!(state, "missing", "{output}");
    assert!(found.contains("every user"), "{found}");
    assert!(
        remedy.contains("usermod") && remedy.contains("setcap"),
        "{remedy}"
    );
    let (state, _, remedy) = check(&report, "privilege", "ping sockets");
    assert_eq!(state, "note");
    assert!(
        remedy.contains("sysctl net.ipv4.ping_group_range"),
        "{remedy}"
    );
    // Their own log, in their home, which the first run would begin.
    let (state, found, _) = check(&report, "audit", "log");
    let log = home.path().join(".local/state/nethost/audit.jsonl");
    assert!(
        state == "ok" && found.contains(log.to_str().unwrap()),
        "{found}"
    );
    assert!(!log.exists() && !home.path().join("cache").exists());
}

fn a_read_only_root_is_noted() {
    let net = Topology::alone();
    let script = "mount --rbind / /mnt && mount -o remount,ro,bind /mnt && exec chroot /mnt \"$0\" doctor --json";
    let output = nethost_tests::host::set_apart(net.client().command("sh"))
        .args(["-c", script])
        .arg(executable())
        .run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    let (state, found, remedy) = check(&report, "network", "root file system");
    assert_eq!(state, "note", "{output}");
    assert!(found.starts_with("read-only") && remedy.contains("NETHOST_STATE_DIR"));
}

/// The Linux capabilities that container engines leave by default, a read-only root, and no /dev/net/tun.
fn a_container_works_or_says_what_is_missing() {
    const LEFT: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,\
                        +net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";
    let net = Topology::alone();
    let run = |words: &str| {
        let script = format!(
            "mount --rbind / /mnt && mount -o remount,ro,bind /mnt && mount -t tmpfs none /mnt/dev/net && \
             exec chroot /mnt setpriv --inh-caps=-all --bounding-set={LEFT} -- \"$0\" {words}"
        );
        let command = nethost_tests::host::set_apart(net.client().command("sh"));
        command.args(["-c", &script]).arg(executable()).run()
    };
    let output = run("doctor --json");
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    let (state, found, remedy) = check(&report, "privilege", "Linux capabilities");
    assert!(
        state == "note" && found.contains("lacks CAP_NET_ADMIN"),
        "{found}"
    );
    assert!(
        !found.contains("CAP_NET_RAW") && remedy.contains("--cap-add=NET_ADMIN"),
        "{remedy}"
    );
    let (state, found, remedy) = check(&report, "network", "TUN devices");
    assert!(state == "missing" && found.contains("ip tuntap"), "{found}");
    assert!(remedy.contains("--device /dev/net/tun"), "{remedy}");
    let output = run("ping -c 1 -q 127.0.0.1");
    assert!(output.stdout.contains("1 received"), "{output}");
    let output = run("--allow route.write=lo ip link set lo mtu 9000");
    assert!(
        output.code != 0 && output.stderr.contains("Operation not permitted"),
        "{output}"
    );
}

fn the_source_of_the_privilege_is_named() {
    let net = Topology::alone();
    let (report, output) = examined(nethost(net.client()));
    let (state, found, _) = check(&report, "privilege", "source");
    let (expected, words) = match install_mode() {
        InstallMode::Root => ("ok", "root"),
        InstallMode::Capabilities => ("ok", "the file capabilities of"),
        InstallMode::Service => ("ok", "the service at"),
        InstallMode::Namespace => ("note", "root of a user namespace"),
    };
    assert_eq!(state, expected, "{output}");
    assert!(found.contains(words), "{found}");
    if install_mode() == InstallMode::Service {
        let (state, found, _) = check(&report, "privilege", "service");
        assert!(
            state == "ok" && found.contains("answers, nethost"),
            "{found}"
        );
    }
}

fn it_opens_no_log_and_makes_no_file() {
    let net = Topology::alone();
    let place = open_folder();
    let (log, cache) = (
        place.path().join("log/audit.jsonl"),
        place.path().join("cache"),
    );
    let command = nethost(net.client()).env("NETHOST_CACHE_DIR", &cache);
    // A service keeps the log elsewhere.
    let command = match install_mode() {
        InstallMode::Service => command,
        _ => command.arg("--audit").arg(&log),
    };
    let (_, output) = examined(command);
    assert!([0, 1].contains(&output.code), "{output}");
    assert_eq!(
        std::fs::read_dir(place.path()).unwrap().count(),
        0,
        "{output}"
    );
}

fn nothing_is_wrong_with_this_machine() {
    let net = Topology::alone();
    let (report, output) = examined(nethost(net.client()));
    assert_eq!(output.code, 0, "{output}");
    assert_ne!(report["state"], "wrong", "{output}");
}
