//! Bad input: one line that names the thing and the remedy, an exit code that is not zero, no panic.

use crate::case::cases;
use crate::probes::{SYSTEM_FACTS, UNKNOWN_IMPORT};
use nethost_tests::command::{Command, Output};
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::{contract, nethost, nethost_here};
use nethost_tests::topology::Topology;
use std::path::Path;

cases! {
    [Netns] => { a_host_that_is_not_there, a_malformed_address }
    [] => {
        a_file_that_is_not_a_component,
        a_core_module,
        an_unknown_import,
        a_newer_contract,
        a_policy_with_a_typo,
        an_unknown_capability,
        a_name_that_is_nothing,
        what_is_no_file_is_not_waited_for,
    }
}

/// One line on standard error, and an exit code for errors.
fn refused(command: Command, names: &[&str]) -> Output {
    let output = command.run();
    assert_eq!(output.code, 2, "{output}");
    says_in_one_line(&output, names);
    output
}

fn says_in_one_line(output: &Output, names: &[&str]) {
    assert_eq!(
        output.stderr.trim_end().lines().count(),
        1,
        "not one line: {output}"
    );
    for name in names {
        assert!(output.stderr.contains(name), "no {name:?} in {output}");
    }
    assert!(!output.stderr.contains("panicked"), "{output}");
}

fn run(plugin: &Path) -> Command {
    nethost_here().words("run --audit /dev/null").arg(plugin)
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn a_host_that_is_not_there() {
    let net = Topology::alone();
    let _server = NameServer::start(net.client(), Zone::default());
    let start = |tool: &str| {
        nethost(net.client())
            .words("--audit /dev/null")
            .arg(tool)
            .arg("nowhere.example")
    };
    refused(start("ping"), &["ping", "nowhere.example"]);
    // The native mtr ends with 1, and the native traceroute has two lines: so have ours.
    let output = start("mtr").run();
    assert_eq!(output.code, 1, "{output}");
    says_in_one_line(&output, &["mtr", "nowhere.example"]);
    let output = start("traceroute").run();
    let lines: Vec<_> = output.stderr.lines().collect();
    assert_eq!((output.code, lines.len()), (2, 2), "{output}");
    assert!(
        lines.iter().all(|line| line.contains("nowhere.example")),
        "{output}"
    );
}

fn a_malformed_address() {
    let net = Topology::alone();
    let _server = NameServer::start(net.client(), Zone::default());
    for address in ["10.0.0.256", "1.2.3.4.5", "fe80::1%none", "::1::2"] {
        refused(
            nethost(net.client())
                .words("--audit /dev/null ping -c 1")
                .arg(address),
            &["ping", address],
        );
    }
}

fn a_file_that_is_not_a_component() {
    let (_folder, path) = file("notes.wasm", b"these are my notes\n");
    refused(
        run(&path),
        &["notes.wasm", "not WebAssembly", "wasm32-wasip2"],
    );
    let (_folder, path) = file("empty.wasm", b"");
    refused(run(&path), &["empty.wasm"]);
    let (_folder, path) = file(
        "short.wasm",
        &std::fs::read(SYSTEM_FACTS.path()).unwrap()[..5000],
    );
    refused(run(&path), &["short.wasm"]);
}

fn a_core_module() {
    let (_folder, path) = file("core.wasm", b"\0asm\x01\0\0\0");
    refused(run(&path), &["core.wasm", "core module", "wasm32-wasip2"]);
}

fn an_unknown_import() {
    refused(
        run(&UNKNOWN_IMPORT.path()),
        &["unknown_import", "acme:gadget/flux@1.2.3"],
    );
}

fn a_newer_contract() {
    // The same component with another version wherever the contract is named; both are of one length.
    let mut bytes = std::fs::read(SYSTEM_FACTS.path()).unwrap();
    let mut named = 0;
    for at in 0..bytes.len() {
        if !bytes[at..].starts_with(b"nethost:cap/") {
            continue;
        }
        let Some(version) = bytes[at..].iter().take(40).position(|&byte| byte == b'@') else {
            continue;
        };
        let version = &mut bytes[at + version + 1..][..5];
        assert_eq!(version, contract().as_bytes());
        version.copy_from_slice(b"0.2.0");
        named += 1;
    }
    assert!(named > 0, "the probe names the contract");
    let (_folder, path) = file("newer.wasm", &bytes);
    refused(run(&path), &["newer.wasm", "0.2.0", contract()]);
}

fn a_policy_with_a_typo() {
    for (text, place, suggestion) in [
        (
            "version = 1\n[[plugin]]\nname = \"ping\"\nalow = []\n",
            ":4:1",
            "allow",
        ),
        (
            "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.ehco\" }]\n",
            ":4:",
            "icmp.echo",
        ),
        (
            "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.0/99\"] }]\n",
            ":4:",
            "10.0.0.0/99",
        ),
        ("version = 2\n", ":1:", "version"),
        ("version = \n", ":1:", "policy.toml"),
    ] {
        let (_folder, path) = file("policy.toml", text.as_bytes());
        let command = nethost_here()
            .words("run --audit /dev/null --policy")
            .arg(&path)
            .words("ping -c 1 127.0.0.1");
        refused(command, &["policy.toml", place, suggestion]);
    }
    let command =
        nethost_here().words("run --audit /dev/null --policy /no/such/policy.toml ping 127.0.0.1");
    refused(command, &["/no/such/policy.toml"]);
}

fn an_unknown_capability() {
    refused(
        nethost_here().words("run --allow icmp.ehco ping 127.0.0.1"),
        &["icmp.ehco", "icmp.echo"],
    );
}

fn a_name_that_is_nothing() {
    refused(
        nethost_here().words("run pong 127.0.0.1"),
        &["pong", "ping"],
    );
    refused(
        run(Path::new("/no/such/plugin.wasm")),
        &["/no/such/plugin.wasm"],
    );
}

/// Wherever a file is named: a FIFO that nobody writes to, a device without end, a folder.
/// Somebody's public key.
const SIGNER: &str = "ed25519:3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";

fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo.wasm");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).unwrap();
    let log = folder.path().join("audit.jsonl");
    std::fs::write(&log, "").unwrap();
    let log = log.display();
    for file in [&fifo, Path::new("/dev/zero"), folder.path()] {
        for words in [
            "--audit /dev/null --policy FILE ping -V".to_owned(),
            "run --audit /dev/null FILE".to_owned(),
            "inspect FILE".to_owned(),
            "policy check FILE".to_owned(),
            "audit show FILE".to_owned(),
            "audit verify FILE".to_owned(),
            "policy learn FILE".to_owned(),
            "pack FILE".to_owned(),
            format!("verify FILE --signer {SIGNER}"),
            format!("verify {log} --signature FILE --signer {SIGNER}"),
            format!("sign {log} --key FILE"),
            format!("test {log} FILE"),
            format!("audit verify --key FILE {log}"),
            format!("audit verify --head FILE {log}"),
        ] {
            let words = words.replace("FILE", &file.display().to_string());
            let output = nethost_here()
                .words(&words)
                .patience(std::time::Duration::from_secs(20))
                .run();
            assert_ne!(output.code, 0, "{words}: {output}");
            // `policy check` says what it finds on standard output.
            let said = format!("{}{}", output.stdout, output.stderr);
            assert_eq!(said.trim_end().lines().count(), 1, "{words}: {output}");
            assert!(said.contains("file"), "{words}: {output}");
        }
    }
}
