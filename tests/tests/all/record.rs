//! Runs that are recorded and replayed: without network and privilege the same output and the same exit code, with
//! another build up to the first call that differs; and records that are hostile, redacted or cut off.

use crate::case::cases;
use crate::probes;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use nethost_tests::server::Echo;
use nix::sys::signal::Signal;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

cases! {
    [Netns, OtherUser] => {
        replays_tools_for_nobody_without_a_network,
        replays_what_signals_ended,
        shows_the_first_call_that_another_build_makes,
    }
    [Netns] => {
        names_what_is_wrong_with_a_record,
        shows_no_control_characters_of_a_record,
        writes_no_file_of_others,
        redacts_payloads_names_and_addresses,
        records_no_sockets_of_wasi,
        bundles_an_incident,
    }
}

/// Who has nothing: neither a home nor a right.
const NOBODY: u32 = 65534;

struct Scene {
    node: Namespace,
    /// Without any interface that is up.
    apart: Namespace,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let apart = Namespace::new("apart");
        apart.command("ip").words("link set lo down").succeed();
        let cache = folder.path().join("cache");
        std::fs::create_dir(&cache).unwrap();
        std::os::unix::fs::chown(&cache, Some(NOBODY), Some(NOBODY)).unwrap();
        Self {
            node: Namespace::new("node"),
            apart,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn record(&self, name: &str, words: &str) -> Command {
        let path = self.path(name);
        nethost(&self.node)
            .args(["record".as_ref(), "-o".as_ref(), path.as_os_str()])
            .words(words)
    }

    /// As somebody who may read the record, and nothing else.
    fn replay(&self, name: &str) -> Command {
        let path = self.path(name);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        nethost(&self.apart)
            .env("NETHOST_CACHE_DIR", self.path("cache"))
            .args(["replay".as_ref(), path.as_os_str()])
            .user(NOBODY)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The lines of `replay --list`.
    fn list(&self, name: &str) -> String {
        self.replay(name).arg("--list").succeed().stdout
    }
}

fn same(recorded: &Output, replayed: &Output) {
    assert_eq!(recorded.code, replayed.code, "{recorded}\n{replayed}");
    assert_eq!(recorded.stdout, replayed.stdout);
    assert_eq!(recorded.stderr, replayed.stderr);
}

fn replays_tools_for_nobody_without_a_network() {
    let scene = Scene::new();
    let _echo = Echo::start(&scene.node, 7000);
    let file = scene.path("numbers.json");
    std::fs::write(&file, "[1, 2, 3]").unwrap();
    let lines: &[(&str, &str)] = &[
        ("ping -c 3 -i 0.1 127.0.0.1", ""),
        ("ping -c 1 -W 1 192.0.2.1", ""),
        ("ping -c 1 no.such.name.invalid", ""),
        ("--deny icmp.echo=127.0.0.1 ping -c 1 127.0.0.1", ""),
        ("ip address", ""),
        ("ip -json -details link", ""),
        ("ip route show table all", ""),
        ("ip link set dev lo mtu 1400", ""),
        ("ss -a", ""),
        ("netstat -tln", ""),
        ("uname -a", ""),
        ("jq .[1]", "[1, 2, 3]"),
        ("jq --stream", "{\"a\": "),
        ("nc -N -w 5 127.0.0.1 7000", "carried there and back\n"),
        ("nc -z 127.0.0.1 1", ""),
        ("curl --max-time 5 http://127.0.0.1:7000/", ""),
        ("curl http://127.0.0.1:1/", ""),
        ("nmap -sT -p 1-300,7000 127.0.0.1", ""),
        ("traceroute -n 127.0.0.1", ""),
        ("mtr -n -r -c 2 -i 0.1 127.0.0.1", ""),
        ("dig @127.0.0.1 name.example +tries=1 +timeout=1", ""),
        ("sar 1 1", ""),
        ("arp -n", ""),
    ];
    for (number, (line, input)) in lines.iter().enumerate() {
        let name = format!("{number}.rec");
        let recorded = scene.record(&name, line).stdin(*input).run();
        // What it read is on record.
        let replayed = scene.replay(&name).run();
        same(&recorded, &replayed);
    }
    let recorded = scene.record("file.rec", "jq .").arg(&file).run();
    std::fs::remove_file(&file).unwrap();
    same(&recorded, &scene.replay("file.rec").run());
}

fn replays_what_signals_ended() {
    let scene = Scene::new();
    for (number, (line, ready, signal)) in [
        ("ping -i 0.2 127.0.0.1", "icmp_seq=2", Signal::SIGINT),
        ("ping -i 0.2 127.0.0.1", "icmp_seq=2", Signal::SIGTERM),
        ("nc -l 127.0.0.1 7001", "", Signal::SIGTERM),
        ("ip monitor", "", Signal::SIGINT),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("{number}.rec");
        let running = scene.record(&name, line).spawn();
        running.expect(ready);
        // The plugin is there when it has made a call.
        let path = scene.path(&name);
        until(|| std::fs::read_to_string(&path).is_ok_and(|text| text.lines().count() > 2));
        running.signal(signal);
        let recorded = running.finish();
        same(&recorded, &scene.replay(&name).run());
    }
}

fn until(mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "it never holds");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn probe(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn shows_the_first_call_that_another_build_makes() {
    let scene = Scene::new();
    // Everybody may read them.
    let copy = |from: PathBuf, name: &str| {
        let to = scene.path(name);
        std::fs::copy(from, &to).unwrap();
        std::fs::set_permissions(&to, PermissionsExt::from_mode(0o644)).unwrap();
        probe(&to)
    };
    let ours = copy(probes::RECORDED.path(), "ours.wasm");
    let other = copy(probes::RECORDED_OTHERWISE.path(), "other.wasm");
    let record = |name: &str, words: &str| {
        let line = format!("--allow system.read {ours} {words}");
        let run = scene.record(name, &line).stdin("a line\n").run();
        assert_eq!(run.code, 5, "{run}");
        run
    };
    let recorded = record("same.rec", "reads");
    assert!(recorded.stdout.contains("a line"), "{recorded}");
    same(&recorded, &scene.replay("same.rec").run());

    // It says something else, and asks for the same.
    let replayed = scene.replay("same.rec").arg(&other).run();
    assert_eq!(replayed.code, 6, "{replayed}");
    assert!(replayed.stdout.contains(" is over\nrelease "), "{replayed}");

    record("other.rec", "other");
    let replayed = scene.replay("other.rec").arg(&other).run();
    assert_eq!(replayed.code, 3, "{replayed}");
    let told = "+ 4: clock.local-zone-at(2000)\n  argument 1: 1000 on record, now 2000\n";
    assert!(replayed.stderr.contains(told), "{replayed}");
    assert!(
        replayed.stderr.contains("- 4: clock.local-zone-at(1000)\n"),
        "{replayed}"
    );
    assert!(
        replayed.stderr.contains("on record is sha256:"),
        "{replayed}"
    );

    record("waits.rec", "waits");
    let replayed = scene.replay("waits.rec").arg(&other).run();
    assert_eq!(replayed.code, 3, "{replayed}");
    assert!(
        replayed.stderr.contains("+ 5: interrupted()\n"),
        "{replayed}"
    );

    record("ends.rec", "ends");
    let replayed = scene.replay("ends.rec").arg(&other).run();
    assert_eq!(replayed.code, 3, "{replayed}");
    assert!(
        replayed
            .stderr
            .contains("+ the plugin ended with exit code 0\n"),
        "{replayed}"
    );
}

fn names_what_is_wrong_with_a_record() {
    let scene = Scene::new();
    scene.record("good.rec", "uname -a").succeed();
    let good = scene.text("good.rec");
    let lines: Vec<&str> = good.lines().collect();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let deep = "[".repeat(100_000);
    let bad: &[(&str, String, &str)] = &[
        ("empty", String::new(), "not a record of nethost"),
        ("text", "hello\n".into(), "not a record of nethost"),
        ("json", "{\"a\": 1}\n".into(), "not a record of nethost"),
        (
            "newer",
            first.replace("\"nethost-record\":1", "\"nethost-record\":9"),
            "format 9",
        ),
        (
            "fields",
            format!("{}\n", first.replace("\"args\"", "\"words\"")),
            "not a record",
        ),
        (
            "line",
            good.replacen("{\"call\"", "{\"cold\"", 1),
            "line 2 is damaged",
        ),
        (
            "number",
            good.replacen("\"number\":1", "\"number\":-1", 1),
            "line 2 is damaged",
        ),
        (
            "after",
            format!("{good}{last}\n"),
            "something follows the end",
        ),
        ("deep", format!("{first}\n{deep}\n"), "line 2 is damaged"),
        (
            "answer",
            good.replace("\"returned\":{\"ok\"", "\"returned\":{\"okay\""),
            "damaged at call",
        ),
        (
            "type",
            good.replace("\"sysname\":\"Linux\"", "\"sysname\":7"),
            "damaged at call",
        ),
        ("cut", format!("{first}\n"), "cut off"),
    ];
    for (name, text, told) in bad {
        std::fs::write(scene.path(name), text).unwrap();
        let run = scene.replay(name).run();
        assert_eq!(run.code, 2, "{name}: {run}");
        assert!(run.stderr.contains(told), "{name}: {run}");
        assert_eq!(run.stderr.lines().count(), 1, "{name}: {run}");
    }
    std::fs::write(scene.path("bytes"), b"\xff\xfe\n").unwrap();
    assert_eq!(scene.replay("bytes").run().code, 2);
    let missing = nethost(&scene.node).words("replay /nonexistent.rec").run();
    assert_eq!(missing.code, 2, "{missing}");
    let sent = nethost(&scene.node)
        .words("replay --allow icmp.echo")
        .arg(scene.path("good.rec"))
        .run();
    assert!(sent.stderr.contains("asks for nothing"), "{sent}");
}

fn shows_no_control_characters_of_a_record() {
    let scene = Scene::new();
    scene.record("good.rec", "uname -a").succeed();
    let escape = "\\u001b[2J\\u0007";
    let hostile = scene
        .text("good.rec")
        .replace("\"Linux\"", &format!("\"{escape}\""))
        .replace("\"-a\"", &format!("\"{escape}\""))
        .replace("\"typed\":\"uname\"", &format!("\"typed\":\"{escape}\""))
        .replace("system.", &format!("{escape}."));
    std::fs::write(scene.path("hostile.rec"), hostile).unwrap();
    let list = scene.list("hostile.rec");
    assert!(list.contains("\\u001b[2J\\u0007"), "{list}");
    let run = scene.replay("hostile.rec").run();
    assert_eq!(run.code, 2, "{run}");
    for text in [list, run.stdout, run.stderr] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    }
}

fn writes_no_file_of_others() {
    let scene = Scene::new();
    std::fs::write(scene.path("there"), "precious").unwrap();
    let refused = scene.record("there", "uname").run();
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("--force replaces it"), "{refused}");
    assert_eq!(scene.text("there"), "precious");
    std::os::unix::fs::symlink(scene.path("there"), scene.path("link")).unwrap();
    assert_eq!(scene.record("link", "uname").run().code, 2);
    assert_eq!(scene.text("there"), "precious");
    scene.record("there", "--force uname").succeed();
    let facts = std::fs::metadata(scene.path("there")).unwrap();
    assert_eq!(facts.mode() & 0o7777, 0o600);
    assert!(scene.text("there").ends_with("{\"end\":{\"exit\":0}}\n"));
    // What did not run left nothing.
    let missing = scene.record("none", "no-such-plugin").run();
    assert_eq!(missing.code, 2, "{missing}");
    assert!(!scene.path("none").exists());
    let nowhere = scene.record("no/such/folder", "uname").run();
    assert_eq!(nowhere.code, 2, "{nowhere}");
}

fn redacts_payloads_names_and_addresses() {
    let scene = Scene::new();
    let _echo = Echo::start(&scene.node, 7000);
    let secret = "a secret that was sent";
    let line = "nc -N -w 5 localhost 7000";
    scene.record("whole.rec", line).stdin(secret).succeed();
    scene
        .record("live.rec", &format!("--redact {line}"))
        .stdin(secret)
        .succeed();
    let later = nethost(&scene.node)
        .args(["record", "--redact", "--from"])
        .arg(scene.path("whole.rec"))
        .arg("-o")
        .arg(scene.path("later.rec"));
    later.succeed();
    // The same in Base64.
    let encoded = "YSBzZWNyZXQgdGhhdCB3YXMgc2VudA==";
    let whole = scene.text("whole.rec");
    assert!(
        whole.contains("localhost") && whole.contains(encoded),
        "{whole}"
    );
    for name in ["live.rec", "later.rec"] {
        let text = scene.text(name);
        for telling in ["localhost", encoded, "secret"] {
            assert!(!text.contains(telling), "{name}: {telling}: {text}");
        }
        let list = scene.list(name);
        assert!(list.contains("tcp.connection.connect("), "{list}");
        let refused = scene.replay(name).run();
        assert_eq!(refused.code, 2, "{refused}");
        assert!(refused.stderr.contains("redacted"), "{refused}");
    }
    assert_eq!(
        scene.list("later.rec").lines().count(),
        scene.list("whole.rec").lines().count()
    );
}

fn records_no_sockets_of_wasi() {
    let scene = Scene::new();
    let probe = probe(&probes::STD_NET.path());
    let run = scene.record("net.rec", &probe).run();
    assert_eq!(run.code, 2, "{run}");
    assert!(run.stderr.contains("which no record covers"), "{run}");
    assert!(!scene.path("net.rec").exists());
}

fn bundles_an_incident() {
    let scene = Scene::new();
    let log = scene.path("audit.jsonl");
    let audit = format!("--audit {}", log.display());
    for count in ["1", "2"] {
        let line = format!("{audit} ping -c {count} -i 0.1 127.0.0.1");
        scene.record(&format!("{count}.rec"), &line).succeed();
    }
    let create = |record: &str, bundle: &str| {
        nethost(&scene.node)
            .words(&format!("incident create {audit} -o"))
            .arg(scene.path(bundle))
            .arg(scene.path(record))
            .run()
    };
    let verify = |bundle: &str| {
        let verify = nethost(&scene.node).args(["incident", "verify"]);
        verify.arg(scene.path(bundle)).run()
    };
    let made = create("2.rec", "incident.tar");
    assert_eq!(made.code, 0, "{made}");
    let told = verify("incident.tar");
    assert_eq!(told.code, 0, "{told}");
    assert!(
        told.stdout.contains("ping -c 2 -i 0.1 127.0.0.1\n"),
        "{told}"
    );
    assert!(told.stdout.contains("end: exit code 0\nintact: "), "{told}");
    let open = scene.path("open");
    std::fs::create_dir(&open).unwrap();
    let tar = scene
        .node
        .command("tar")
        .arg("xf")
        .arg(scene.path("incident.tar"));
    tar.arg("-C").arg(&open).succeed();
    assert_eq!(scene.text("open/record.ndjson"), scene.text("2.rec"));
    let slice = scene.text("open/audit.jsonl");
    let runs: std::collections::BTreeSet<String> = slice
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|record| record["run"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(runs.len(), 1, "{slice}");
    assert!(
        slice.contains("run-start") && slice.contains("run-end"),
        "{slice}"
    );
    assert!(!slice.contains("\"1\""), "{slice}");

    let whole = std::fs::read(scene.path("incident.tar")).unwrap();
    let at = whole
        .windows(9)
        .position(|part| part == b"127.0.0.1")
        .unwrap();
    let mut changed = whole.clone();
    changed[at] = b'9';
    std::fs::write(scene.path("changed.tar"), &changed).unwrap();
    std::fs::write(scene.path("cut.tar"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(scene.path("text.tar"), "hello").unwrap();
    for (bundle, why) in [
        ("changed.tar", "record.ndjson has another digest"),
        ("cut.tar", ""),
        ("text.tar", "not a"),
    ] {
        let told = verify(bundle);
        assert_eq!(told.code, 2, "{told}");
        assert!(told.stderr.contains(why), "{told}");
    }
    let again = create("2.rec", "incident.tar");
    assert_eq!(again.code, 2, "{again}");
    std::fs::remove_file(&log).unwrap();
    let gone = create("1.rec", "other.tar");
    assert_eq!(gone.code, 2, "{gone}");
    assert!(!scene.path("other.tar").exists());
}
