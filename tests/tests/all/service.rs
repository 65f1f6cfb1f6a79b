//! The broker as a service: users who hold no privilege at all, and what the policy makes of them.

use crate::case::cases;
use crate::probes::{FILES_FACTS, WAITS};
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Output, Running};
use nethost_tests::etc::Etc;
use nethost_tests::host::{executable, nethost, sources, target_directory};
use nethost_tests::namespace::Namespace;
use nethost_tests::need::OTHER_USER;
use nethost_tests::netlink::state;
use nethost_tests::topology::{SERVER, Topology};
use nix::sys::signal::Signal;
use socket2::{Domain, SockAddr, Socket, Type};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

cases! {
    first round;
    [Netns, OtherUser] => {
        tools_work_for_who_has_no_privilege,
        the_policy_says_who_may_what,
        the_network_is_changed_by_who_may,
        only_the_group_may_come,
        files_are_read_with_the_user_s_rights,
        no_privilege_of_the_service_s_reads_a_file,
        others_processes_are_shown_to_whom_a_rule_names_them,
        many_come_at_once_and_each_has_a_limit,
        a_killed_client_leaves_nothing,
        an_escaped_client_gets_nothing,
        a_service_needs_a_policy,
    }
    [Program("systemd-analyze")] => { the_unit_files_are_sound }
}

/// Whatever has no `users` is for everybody.
fn policy(allow: &str) -> Etc {
    Etc::with_policy(&format!(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\n"
    ))
}

pub(crate) struct Service {
    pub(crate) running: Running,
    etc: Etc,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(node: &Namespace, allow: &str, options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let etc = policy(allow);
        let command = nethost(node)
            .words("broker --audit")
            .arg(folder.path().join("audit.jsonl"))
            .arg("--listen")
            .arg(folder.path().join("socket"))
            .words(options);
        let running = etc
            .seen_by(command)
            .patience(Duration::from_secs(120))
            .spawn();
        let service = Self {
            running,
            etc,
            folder,
        };
        for _ in 0..1000 {
            if service.is_there() {
                return service;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the service does not listen");
    }

    pub(crate) fn open(node: &Namespace, allow: &str) -> Self {
        Self::start(node, allow, &format!("--group {OTHER_USER}"))
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Its permissions are the last that is set before it listens.
    fn is_there(&self) -> bool {
        channel(&self.socket()).is_some()
    }

    /// A run of somebody without privilege.
    fn run(&self, node: &Namespace, words: &str) -> Output {
        self.command(node, words).run()
    }

    pub(crate) fn command(&self, node: &Namespace, words: &str) -> Command {
        let home = self.folder.path().join("home");
        if !home.exists() {
            std::fs::create_dir(&home).unwrap();
            chown(&home, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
        }
        let command = nethost(node)
            .env("NETHOST_BROKER", self.socket())
            .env("NETHOST_CACHE_DIR", home.join("cache"))
            .env("NETHOST_STATE_DIR", home.join("state"))
            .env("HOME", &home)
            .words(words)
            .seen_by_everyone(executable().parent().unwrap(), "/mnt")
            .seen_by_everyone(
                &target_directory().join("probes/wasm32-wasip2/plugin/examples"),
                "/media",
            )
            .user(OTHER_USER)
            .patience(Duration::from_secs(60));
        self.etc.seen_by(command)
    }

    pub(crate) fn log(&self) -> Log {
        Log::read(&self.folder.path().join("audit.jsonl"))
    }
}

fn channel(path: &Path) -> Option<Socket> {
    let channel = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    channel.connect(&SockAddr::unix(path).unwrap()).ok()?;
    Some(channel)
}

const ALL: &str = r#"{ cap = "*" }"#;

fn tools_work_for_who_has_no_privilege() {
    let net = Topology::line();
    let node = net.client();
    node.sysctl("net.ipv4.ping_group_range", "1 0");
    let service = Service::open(node, ALL);
    for (words, expected) in [
        (format!("ping -n -c 1 {SERVER}"), "1 received"),
        (format!("traceroute -n -q 1 {SERVER}"), SERVER),
        (format!("traceroute -n -q 1 -I {SERVER}"), SERVER),
        (format!("traceroute -n -q 1 -T -p 9 {SERVER}"), SERVER),
        (format!("mtr -n -r -c 1 {SERVER}"), SERVER),
        ("ip -o link show lo".into(), "LOOPBACK"),
        (
            format!("ip route get {SERVER}"),
            &format!("uid {OTHER_USER}"),
        ),
        ("arp -n".into(), ""),
        ("dig +tries=1 +timeout=1 @127.0.0.1 x.test".into(), ""),
    ] {
        let output = service.run(node, &words);
        assert!(output.stdout.contains(expected), "{words}: {output}");
        assert!(!output.stderr.contains("denied"), "{words}: {output}");
    }
    let log = service.log();
    let start = log.of("run-start")[0];
    assert_eq!(start["actor"]["uid"], OTHER_USER, "{start}");
    assert_eq!(start["actor"]["gid"], OTHER_USER, "{start}");
    assert!(
        start["actor"]["pid"].as_u64().is_some_and(|pid| pid > 1),
        "{start}"
    );
    assert_eq!(start["plugin"]["signer"], "bundled", "{start}");
}

fn the_policy_says_who_may_what() {
    let net = Topology::line();
    let node = net.client();
    let for_others = r#"{ cap = "icmp.echo", users = ["0", "@1"] }"#;
    let service = Service::open(node, for_others);
    let ping = format!("ping -n -c 1 {SERVER}");
    let output = service.run(node, &ping);
    assert_eq!(output.code, 2, "{output}");
    assert_eq!(service.log().of("open").len(), 0);
    drop(service);

    let service = Service::open(node, r#"{ cap = "icmp.echo", to = ["10.0.0.0/8"] }"#);
    assert_eq!(service.run(node, &ping).code, 0);
    // What the operator says narrows it, and widens nothing.
    let narrowed = service.run(node, &format!("--deny icmp.echo={SERVER} {ping}"));
    assert_eq!(narrowed.code, 2, "{narrowed}");
    let beyond = service.run(node, "--allow icmp.echo=127.0.0.1 ping -n -c 1 127.0.0.1");
    assert_eq!(beyond.code, 2, "{beyond}");
    let own_log = service.run(node, &format!("--audit /dev/null {ping}"));
    assert!(own_log.stderr.contains("--audit"), "{own_log}");
}

fn the_network_is_changed_by_who_may() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::open(node, r#"{ cap = "route.read" }"#);
    let add = "ip address add 192.0.2.1/32 dev lo";
    let denied = service.run(node, add);
    assert_ne!(denied.code, 0, "{denied}");
    drop(service);
    let service = Service::open(node, ALL);
    let done = service.run(node, add);
    assert_eq!(done.code, 0, "{done}");
    let addresses: Vec<_> = state::addresses(node).iter().map(state::local).collect();
    assert!(
        addresses.contains(&"192.0.2.1".parse().unwrap()),
        "{addresses:?}"
    );
}

fn only_the_group_may_come() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::start(node, ALL, "");
    let output = service.run(node, "ping -n -c 1 127.0.0.1");
    assert_eq!(
        (output.code, output.stderr.lines().count()),
        (2, 1),
        "{output}"
    );
    assert!(output.stderr.contains("Permission denied"), "{output}");
    // Nobody ran anything, so there is no log yet.
    assert!(!service.folder.path().join("audit.jsonl").exists());
}

fn files_are_read_with_the_user_s_rights() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::open(node, ALL);
    let names = service.folder.path().join("names");
    std::fs::write(&names, "secret.test\n").unwrap();
    std::fs::set_permissions(&names, PermissionsExt::from_mode(0o600)).unwrap();
    let words = format!("dig +tries=1 +timeout=1 @127.0.0.1 -f {}", names.display());
    let output = service.run(node, &words);
    assert!(!output.stdout.contains("secret.test"), "{output}");
    assert!(output.stderr.contains("couldn't open"), "{output}");
    chown(&names, Some(OTHER_USER), None).unwrap();
    let output = service.run(node, &words);
    assert!(!output.stderr.contains("couldn't open"), "{output}");
}

/// Whatever root may read, and what the kernel tells only who has CAP_SYSLOG, CAP_SYS_PTRACE or CAP_SYS_ADMIN.
fn no_privilege_of_the_service_s_reads_a_file() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::open(node, ALL);
    let file = |name: &str, group: u32, mode: u32| {
        let path = service.folder.path().join(name);
        std::fs::write(&path, "twelve bytes").unwrap();
        chown(&path, Some(0), Some(group)).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let group_s = file("group", OTHER_USER, 0o640);
    let root_s = file("root", 0, 0o600);
    let read = |path: &str| {
        let probe = Path::new("/media").join(FILES_FACTS.path().file_name().unwrap());
        service.command(node, "run").arg(probe).arg(path).run()
    };
    let output = read(&group_s);
    assert!(
        output.stdout.contains(&format!("read {group_s} 12")),
        "{output}"
    );
    for path in [
        &root_s,
        "/etc/shadow",
        "/proc/1/maps",
        "/proc/1/environ",
        "/proc/1/auxv",
        "/proc/kcore",
        "/dev/kmsg",
        "/proc/1/root/etc/hostname",
    ] {
        let output = read(path);
        assert!(output.stdout.contains(&format!("read {path} ")), "{output}");
        let bytes = output
            .stdout
            .rsplit(' ')
            .next()
            .map(|last| last.trim().parse::<u64>());
        assert!(matches!(bytes, Some(Err(_))), "{output}");
    }
}

fn others_processes_are_shown_to_whom_a_rule_names_them() {
    let net = Topology::alone();
    let node = net.client();
    // Process 1 is root's.
    for (to, shown) in [
        ("", false),
        (r#", to = ["own"]"#, false),
        (r#", to = ["all", "own"]"#, true),
    ] {
        let allow = format!(r#"{{ cap = "process.read"{to} }}, {{ cap = "counters.read" }}"#);
        let service = Service::open(node, &allow);
        let output = service.run(node, "lsof -n -p 1");
        assert_eq!(output.stdout.contains(" 1 "), shown, "{to}: {output}");
        let told = output.stderr.contains("only your own processes");
        assert_eq!(told, !shown, "{to}: {output}");
    }
}

fn many_come_at_once_and_each_has_a_limit() {
    let net = Topology::alone();
    let node = net.client();
    let options = format!("--group {OTHER_USER} --most-of-each 12");
    let service = Service::start(node, ALL, &options);
    let ping = "ping -n -c 2 -i 0.2 127.0.0.1";
    let all: Vec<_> = (0..8)
        .map(|_| service.command(node, ping).spawn())
        .collect();
    for running in all {
        let output = running.finish();
        assert_eq!(output.code, 0, "{output}");
    }
    assert_eq!(service.log().of("run-end").len(), 8);
    drop(service);
    let options = format!("--group {OTHER_USER} --most-of-each 1");
    let service = Service::start(node, ALL, &options);
    let waiting = service
        .command(node, "run")
        .arg(Path::new("/media").join(WAITS.path().file_name().unwrap()))
        .spawn();
    waiting.expect("ready");
    let refused = service.run(node, ping);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(
        refused.stderr.contains("the maximum for one user"),
        "{refused}"
    );
    waiting.signal(Signal::SIGINT);
    assert_eq!(waiting.finish().code, 7);
}

fn a_killed_client_leaves_nothing() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::open(node, ALL);
    let waiting = service
        .command(node, "run")
        .arg(Path::new("/media").join(WAITS.path().file_name().unwrap()))
        .spawn();
    waiting.expect("ready");
    waiting.signal(Signal::SIGKILL);
    let _ = waiting.finish();
    for _ in 0..1000 {
        if let [end] = service.log().of("run-end")[..] {
            assert_eq!(end["exit"], 137, "{end}");
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("its end is not on record");
}

/// Messages as the wire has them: postcard, whose lengths and numbers below 128 are one byte.
struct Escaped(Socket);

impl Escaped {
    fn come(service: &Service) -> Self {
        let escaped = Self(channel(&service.socket()).unwrap());
        assert_eq!(escaped.hear()[0], 5, "a greeting");
        let mut hello = Vec::new();
        for text in ["escaped", "sha256:0"] {
            hello.push(text.len() as u8);
            hello.extend_from_slice(text.as_bytes());
        }
        // No signature, no arguments, no flags, no policy, no log, nothing granted.
        hello.extend_from_slice(&[0; 7]);
        escaped.say(&hello);
        escaped.say(&[0]);
        assert_eq!(escaped.hear(), [0], "the run is on record");
        escaped
    }

    fn say(&self, bytes: &[u8]) {
        // Whoever was refused for good is not there to hear more.
        let _ = self.0.send(bytes);
    }

    /// Empty when the service is gone.
    fn hear(&self) -> Vec<u8> {
        let mut buffer = vec![0; 1 << 17];
        let length = (&self.0).read(&mut buffer).unwrap_or(0);
        buffer.truncate(length);
        buffer
    }

    /// May this be done with that host, by the function that asks for it?
    fn asks(&self, handle: u8, capability: &str, host: [u8; 4]) -> Vec<u8> {
        let op = match capability {
            "raw.send" => "socket.open",
            _ => "echo-socket.open",
        };
        self.asks_by(op, handle, capability, host)
    }

    fn asks_by(&self, op: &str, handle: u8, capability: &str, host: [u8; 4]) -> Vec<u8> {
        let mut message = vec![1, handle];
        for text in [capability, op] {
            message.push(text.len() as u8);
            message.extend_from_slice(text.as_bytes());
        }
        // An IPv4 address without a port, no interface, socket, namespace nor changes.
        message.extend_from_slice(&[0, 0]);
        message.extend_from_slice(&host);
        message.extend_from_slice(&[0; 5]);
        self.say(&message);
        self.hear()
    }
}

fn an_escaped_client_gets_nothing() {
    let net = Topology::alone();
    let node = net.client();
    let service = Service::open(node, r#"{ cap = "icmp.echo", to = ["127.0.0.1"] }"#);
    let escaped = Escaped::come(&service);
    let granted = escaped.asks(1, "icmp.echo", [127, 0, 0, 1]);
    assert_eq!(granted, [0]);
    for (capability, host) in [
        ("icmp.echo", [127, 0, 0, 2]),
        ("raw.send", [127, 0, 0, 1]),
        ("no.such", [127, 0, 0, 1]),
    ] {
        let refused = escaped.asks(2, capability, host);
        assert!(refused.len() > 2, "{capability} {host:?}: {refused:?}");
    }
    for op in ["socket.open", "escape"] {
        let refused = escaped.asks_by(op, 2, "icmp.echo", [127, 0, 0, 1]);
        assert!(refused.len() > 2, "{op}: {refused:?}");
    }
    drop(escaped);

    for garbage in [&[0xff; 64][..], &[1], &[0; 4096], &[0x80; 1 << 16]] {
        let escaped = Escaped::come(&service);
        escaped.say(garbage);
        // An answer that refuses, or the end.
        let heard = escaped.hear();
        assert!(heard.is_empty() || heard.len() > 2, "{heard:?}");
        // The service goes on for others.
        let output = service.run(node, "ping -n -c 1 127.0.0.1");
        assert_eq!(output.code, 0, "{output}");
    }
}

fn a_service_needs_a_policy() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let etc = Etc::with_policy("");
    std::fs::remove_file(etc.policy()).unwrap();
    let command = nethost(net.client())
        .words("broker --listen")
        .arg(folder.path().join("socket"));
    let output = etc.seen_by(command).run();
    assert_eq!(
        (output.code, output.stderr.lines().count()),
        (2, 1),
        "{output}"
    );
    assert!(output.stderr.contains("policy.toml"), "{output}");
    let neither = nethost(net.client()).words("broker");
    let etc = policy(ALL);
    let output = etc.seen_by(neither).run();
    assert!(output.stderr.contains("--listen"), "{output}");
}

fn the_unit_files_are_sound() {
    let units = sources().join("../dist/systemd");
    let place = tempfile::tempdir().unwrap();
    let verify = |change: &dyn Fn(&str) -> String| {
        let mut paths = Vec::new();
        for name in ["nethost-broker.service", "nethost-broker.socket"] {
            let unit = std::fs::read_to_string(units.join(name)).unwrap();
            // What it starts need not be installed here.
            let unit = unit.replace("=/usr/bin/nethost-broker", "=/bin/true");
            let path = place.path().join(name);
            std::fs::write(&path, change(&unit)).unwrap();
            paths.push(path);
        }
        Command::new("systemd-analyze")
            .words("verify --man=no")
            .args(&paths)
            .run()
    };
    let output = verify(&str::to_owned);
    assert!(output.code == 0 && output.stderr.is_empty(), "{output}");
    // It would have said so.
    let output = verify(&|unit| unit.replace("NoNewPrivileges=", "NoNewPrivilege="));
    assert!(output.stderr.contains("NoNewPrivilege"), "{output}");
}
