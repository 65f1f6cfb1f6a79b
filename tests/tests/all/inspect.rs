//! `nethost inspect`: what a plugin asks for beside what it can reach, of any component.

use crate::case::cases;
use crate::probes::{ICMP_FACTS, STD_NET};
use nethost_tests::command::Output;
use nethost_tests::component::{COMPONENT, File, custom, length, section, with_manifest};
use nethost_tests::host::{contract, nethost_here};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

cases! {
    first round;
    [] => {
        bundled_plugins_carry_their_manifests,
        imports_are_the_truth,
        a_plain_program_is_seen_through,
        versions_are_compared,
        the_policy_in_force_gives_its_verdict,
        a_manifest_cannot_draw,
        hostile_files_are_named,
        bombs_do_no_harm,
    }
}

fn inspect(path: &Path, options: &str) -> Value {
    let output = nethost_here()
        .words("inspect --json")
        .arg(path)
        .words(options)
        .succeed();
    serde_json::from_str(&output.stdout).expect("JSON")
}

/// The same facts in text.
fn shown(path: &Path, options: &str) -> String {
    let command = nethost_here().arg("inspect").arg(path).words(options);
    command.succeed().stdout
}

fn list(value: &Value) -> Vec<&str> {
    let items = value.as_array().expect("a list");
    items.iter().filter_map(Value::as_str).collect()
}

fn icmp_facts(manifest: &str) -> File {
    let component = std::fs::read(ICMP_FACTS.path()).unwrap();
    File::new("acme.wasm", &with_manifest(&component, manifest))
}

/// What is embedded is what `nethost list` tells from the file in the tree.
fn bundled_plugins_carry_their_manifests() {
    let listed = nethost_here().words("list --json").succeed();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    for plugin in listed.as_array().unwrap() {
        let name = plugin["name"].as_str().unwrap();
        let report = inspect(Path::new(name), "");
        assert_eq!(
            report["requests"].as_array().map(Vec::len),
            plugin["requests"].as_array().map(Vec::len),
            "{name}"
        );
        for (inside, outside) in report["requests"]
            .as_array()
            .unwrap()
            .iter()
            .zip(plugin["requests"].as_array().unwrap())
        {
            for field in ["cap", "to", "reason"] {
                assert_eq!(inside[field], outside[field], "{name}");
            }
        }
        assert_eq!(report["manifest"]["summary"], plugin["summary"], "{name}");
        assert_eq!(report["digest"], plugin["digest"], "{name}");
        assert_eq!(report["bytes"], plugin["bytes"], "{name}");
        assert_eq!(report["bundled"], true, "{name}");
        assert_eq!(report["contract"], contract(), "{name}");
        assert!(
            !report["producers"].as_array().unwrap().is_empty(),
            "{name}"
        );
        let idle = list(&report["contradictions"]);
        assert!(
            !idle.iter().any(|line| line.contains("asks for")),
            "{name} asks for what it cannot use: {idle:?}"
        );
    }
}

fn imports_are_the_truth() {
    let liar = icmp_facts(
        "name = \"acme\"\nsummary = \"Only looks at files\"\n\
         [[request]]\ncap = \"file.read\"\nto = [\"$args\"]\nreason = \"reads the list\"\n",
    );
    let report = inspect(&liar.path(), "");
    assert!(report["reachable"]["icmp.echo"].is_array(), "{report:#}");
    assert!(report["reachable"]["file.read"].is_null(), "{report:#}");
    let differences = list(&report["contradictions"]);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(differences[0].starts_with("it asks for file.read, but none of its imports"));
    assert!(differences[1].starts_with("it does not ask for icmp.echo, which nethost:cap/icmp@"));
    let text = shown(&liar.path(), "");
    for part in [
        "Only looks at files",
        "file.read to $args",
        "reads the list",
        "[static]echo-socket.open",
        "not part of this nethost",
        differences[0],
        differences[1],
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

fn a_plain_program_is_seen_through() {
    let report = inspect(&STD_NET.path(), "");
    assert!(report["contract"].is_null(), "{report:#}");
    for request in ["tcp.connect", "udp.exchange", "dns.resolve"] {
        assert!(
            report["reachable"][request].is_array(),
            "{request}: {report:#}"
        );
    }
}

fn versions_are_compared() {
    let manifest = |reason: &str, more: &str| {
        icmp_facts(&format!(
            "name = \"acme\"\nsummary = \"s\"\n[[request]]\ncap = \"icmp.echo\"\nreason = \"{reason}\"\n{more}"
        ))
    };
    let old = manifest("says hello", "");
    let new = manifest(
        "says hello, and more",
        "[[request]]\ncap = \"dns.resolve\"\nreason = \"finds hosts\"\n",
    );
    let options = format!("--against {}", old.path().display());
    let report = inspect(&new.path(), &options);
    let difference = &report["against"]["difference"];
    assert_eq!(
        difference["requests_added"][0]["cap"], "dns.resolve",
        "{report:#}"
    );
    assert_eq!(
        difference["reasons_changed"][0][0]["reason"], "says hello",
        "{report:#}"
    );
    assert_eq!(
        difference["imports_added"],
        Value::Array(Vec::new()),
        "{report:#}"
    );
    let text = shown(&new.path(), &options);
    assert!(
        text.contains("+ dns.resolve to anything: finds hosts"),
        "{text}"
    );
    assert!(text.contains("before: says hello\n"), "{text}");

    let other = inspect(
        &STD_NET.path(),
        &format!("--against {}", ICMP_FACTS.path().display()),
    );
    let difference = &other["against"]["difference"];
    assert!(
        list(&difference["imports_removed"])
            .contains(&"nethost:cap/icmp@0.1.1 [method]echo-socket.send")
    );
    assert!(
        list(&difference["imports_added"])
            .iter()
            .any(|import| import.starts_with("wasi:sockets/"))
    );
}

fn the_policy_in_force_gives_its_verdict() {
    let asks = icmp_facts(
        "name = \"acme\"\nsummary = \"s\"\n\
         [[request]]\ncap = \"icmp.echo\"\nto = [\"10.0.0.0/8\"]\nreason = \"r\"\n\
         [[request]]\ncap = \"dns.resolve\"\nreason = \"r\"\n\
         [[request]]\ncap = \"no.such\"\nreason = \"r\"\n",
    );
    let home = tempfile::tempdir().unwrap();
    let verdicts = |options: &str| {
        let output = nethost_here()
            .words("inspect --json")
            .arg(asks.path())
            .words(options)
            .env("HOME", home.path())
            .env("XDG_STATE_HOME", home.path())
            .succeed();
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let requests = report["requests"].as_array().unwrap().clone();
        requests
            .iter()
            .map(|request| request["verdict"]["decision"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(verdicts(""), ["asked", "asked", "meaningless"]);
    for (options, echo, resolve) in [
        ("--allow icmp.echo", "allowed", "missing"),
        ("--allow icmp.echo=10.0.0.0/8", "allowed", "missing"),
        ("--allow icmp.echo=10.1.0.0/16", "in-part", "missing"),
        (
            "--allow icmp.echo --deny icmp.echo=10.9.0.0/16",
            "in-part",
            "missing",
        ),
        (
            "--allow icmp.echo --deny icmp.echo=10.0.0.0/7",
            "denied",
            "missing",
        ),
        (
            "--allow icmp.echo --deny icmp.echo --allow dns.resolve",
            "denied",
            "allowed",
        ),
    ] {
        assert_eq!(
            verdicts(options),
            [echo, resolve, "meaningless"],
            "{options}"
        );
    }
    let policy = File::new(
        "policy.toml",
        b"version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\", packets = 9 }]\n",
    );
    let options = format!("--policy {}", policy.path().display());
    assert_eq!(verdicts(&options), ["in-part", "missing", "meaningless"]);
    let text = shown(&asks.path(), &options);
    assert!(
        text.contains("allowed in part: ") && text.contains("policy.toml:4:10"),
        "{text}"
    );
    assert!(text.contains("denied: no rule of "), "{text}");
    // A bundled plugin has what its manifest asks for.
    let text = shown(Path::new("ping"), "");
    assert!(text.contains("allowed: plugin.toml of ping"), "{text}");
}

fn a_manifest_cannot_draw() {
    for odd in [
        "\\u001b[2J\\u001b[H",
        "\\u009b2J",
        "\\nnethost: granted",
        "\\u202e",
    ] {
        let file = icmp_facts(&format!("name = \"acme\"\nsummary = \"x{odd}\"\n"));
        let text = shown(&file.path(), "");
        assert!(
            text.contains("its manifest cannot be used: summary: contains"),
            "{text}"
        );
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
    }
    let twice = with_manifest(&std::fs::read(icmp_facts("x").path()).unwrap(), "y");
    let text = shown(&File::new("twice.wasm", &twice).path(), "");
    assert!(text.contains("there are 2 of them"), "{text}");
}

/// One line that names the file, and nothing that a terminal would obey.
fn refused(name: &str, bytes: &[u8], says: &str) -> Output {
    let file = File::new(name, bytes);
    let command = nethost_here().arg("inspect").arg(file.path());
    let output = command.patience(Duration::from_secs(30)).run();
    assert_eq!(output.code, 2, "{name}: {output}");
    assert_eq!(
        output.stderr.trim_end().lines().count(),
        1,
        "{name}: {output}"
    );
    assert!(
        output.stderr.contains(name) && output.stderr.contains(says),
        "{says}: {output}"
    );
    assert!(!output.stderr.contains(['\u{1b}', '\u{9b}']), "{output:?}");
    assert_eq!(output.stdout, "");
    output
}

fn hostile_files_are_named() {
    let whole = std::fs::read(ICMP_FACTS.path()).unwrap();
    refused("empty.wasm", b"", "empty, not WebAssembly");
    refused("core.wasm", b"\0asm\x01\0\0\0", "a core module");
    refused("elf.wasm", b"\x7fELF", "not WebAssembly");
    refused("cut.wasm", &whole[..whole.len() / 2], "at offset");
    let mut broken = whole.clone();
    broken[40..60].fill(0xff);
    refused("broken.wasm", &broken, "at offset");
    // (type (func)) and an import whose name clears the screen.
    let types = section(7, b"\x01\x40\x00\x01\x00");
    let import = section(10, b"\x01\x00\x07\x1b[2J\x1b[H\x01\x00");
    refused(
        "draws.wasm",
        &[COMPONENT, &types, &import].concat(),
        "not a valid component",
    );
    let command = nethost_here().words("inspect /no/such/plugin.wasm").run();
    assert_eq!(command.code, 2, "{command}");
    let command = nethost_here().words("inspect ./").run();
    assert_eq!(command.code, 2, "{command}");
}

fn bombs_do_no_harm() {
    let mut nested = COMPONENT.to_vec();
    for _ in 0..2000 {
        nested = [COMPONENT, &section(4, &nested)].concat();
    }
    refused("nested.wasm", &nested, "components nested");
    let types = [&b"\x01"[..], &b"\x41\x01\x01".repeat(3_000_000)].concat();
    let deep = [COMPONENT, &section(7, &types)].concat();
    let output = refused("deep.wasm", &deep, "nested types");
    assert!(output.peak_kib < 200 << 10, "{} KiB", output.peak_kib);
    // Four billion of everything, and nothing behind it.
    for id in [1, 2, 4, 5, 7, 8, 10, 11] {
        let bytes = [COMPONENT, &section(id, b"\xff\xff\xff\xff\x0f")].concat();
        refused("counts.wasm", &bytes, "at offset");
    }
    // A section that claims to be longer than the file, and one that really is long.
    refused(
        "claims.wasm",
        &[COMPONENT, b"\x00\xff\xff\xff\x7f"].concat(),
        "at offset",
    );
    let long = [COMPONENT, &custom("padding", &vec![0; 65 << 20])].concat();
    refused("long.wasm", &long, "larger than 64 MiB");
    // A small module, and much of it: what it would take is known before anything takes it.
    let bomb = bomb(1_000_000, 1);
    let output = refused("globals.wasm", &bomb, "more than 65536 globals");
    assert!(output.peak_kib < 200 << 10, "{} KiB", output.peak_kib);
    refused(
        "again.wasm",
        &self::bomb(1000, 900),
        "more than 65536 globals",
    );
    refused(
        "instances.wasm",
        &self::bomb(0, 5000),
        "more than 1000 instances",
    );
    let bomb = File::new("globals.wasm", &bomb);
    let policy = File::new(
        "policy.toml",
        b"version = 1\n[limits]\nmemory = \"64 MiB\"\n",
    );
    let output = nethost_here()
        .words("run --audit /dev/null --allow icmp.echo --policy")
        .arg(policy.path())
        .arg(bomb.path())
        .run();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.contains("more than 65536 globals"),
        "{output}"
    );
    assert!(output.peak_kib < 200 << 10, "{} KiB", output.peak_kib);
    // The compiler meets the same files, with the same end.
    let deep = File::new("deep.wasm", &deep);
    let output = nethost_here()
        .words("run --audit /dev/null --allow icmp.echo")
        .arg(deep.path())
        .run();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("nested types"), "{output}");
}

/// A component with a module of so many globals, which it instantiates so often.
fn bomb(globals: usize, instances: usize) -> Vec<u8> {
    let many = |count: usize, entry: &[u8]| [&length(count)[..], &entry.repeat(count)].concat();
    let module = [
        b"\0asm\x01\0\0\0",
        &section(6, &many(globals, b"\x7e\x01\x42\x2a\x0b"))[..],
    ]
    .concat();
    let instantiate = section(2, &many(instances, b"\x00\x00\x00"));
    [COMPONENT, &section(1, &module), &instantiate].concat()
}
