//! What comes from a user narrows what the system's policy allows, and never widens it: each field of the policy
//! language, each flag and each variable, through the service as it is shipped.

use crate::case::cases;
use nethost_tests::audit::Log;
use nethost_tests::host::sources;
use nethost_tests::shipped::Shipped;
use nethost_tests::topology::Topology;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

cases! {
    first round;
    [Netns, OtherUser, Program("systemd-socket-activate")] => {
        no_field_of_a_users_policy_widens,
        no_flag_and_no_variable_moves_the_services_log,
        a_device_is_no_log_that_is_required,
    }
}

const SITE: &str = r#"version = 1
[audit]
required = true
sync = "checkpoint"
rotate = "1 MiB"
[[plugin]]
name = "*"
allow = [
    { cap = "icmp.echo", to = ["127.0.0.0/8"], packets = 2 },
    { cap = "dns.resolve" },
]
deny = [{ cap = "icmp.echo", to = ["127.0.0.9"] }]
"#;

/// Values of each field, at least one of which says more than the site does.
fn values() -> BTreeMap<&'static str, Vec<&'static str>> {
    let grants = [
        ("cap", vec![r#""*""#, r#""icmp.echo""#, r#""file.read""#]),
        (
            "to",
            vec![
                r#"["0.0.0.0/0", "::/0"]"#,
                r#"["127.0.0.9"]"#,
                r#"["$args"]"#,
            ],
        ),
        ("ports", vec![r#"["1-65535"]"#, "[7]"]),
        ("interfaces", vec![r#"["*"]"#, r#"["lo"]"#]),
        (
            "options",
            vec![
                r#"["mark", "privileged-port", "broadcast"]"#,
                r#"["source"]"#,
            ],
        ),
        ("rate", vec![r#""1000000/s""#]),
        ("packets", vec!["1000000", "1"]),
        ("bytes", vec![r#""1 GiB""#]),
        (
            "until",
            vec!["2100-01-01T00:00:00Z", "2000-01-01T00:00:00Z"],
        ),
        ("users", vec![r#"["root"]"#, "[65534]"]),
        ("filter", vec![r#""ip or ip6""#]),
        ("snapshot", vec!["262144"]),
        ("mode", vec![r#""report""#, r#""enforce""#]),
    ];
    let limits = [
        ("memory", r#""64 GiB""#),
        ("cpu", r#""10h""#),
        ("busy", r#""10h""#),
        ("time", r#""10h""#),
        ("handles", "1000000"),
        ("descriptors", "1000000"),
        ("output", r#""1 GiB""#),
        ("opens", "1000000000"),
    ];
    let mut all = BTreeMap::from([
        ("version", vec!["1"]),
        ("defaults.on-missing", vec![r#""ask""#, r#""deny""#]),
        ("audit.required", vec!["false", "true"]),
        (
            "audit.sync",
            vec![r#""never""#, r#""checkpoint""#, r#""always""#],
        ),
        (
            "audit.file",
            vec![
                r#""/dev/null""#,
                r#""/dev/zero""#,
                r#""/var/log/theirs.jsonl""#,
                r#""/etc/nethost/theirs.jsonl""#,
                r#""/var/lib/nethost/theirs.jsonl""#,
            ],
        ),
        ("audit.rotate", vec![r#""64 KiB""#, r#""1 GiB""#]),
        ("audit.keep", vec!["0", "1"]),
        ("audit.keep-for", vec![r#""1 s""#, r#""3650 d""#]),
        ("plugin.name", vec![r#""*""#, r#""ping""#]),
        ("plugin.digest", vec![DIGEST]),
        ("plugin.signer", vec![KEY]),
        ("signers.required", vec!["[]", SIGNERS]),
    ]);
    for (field, values) in grants {
        for of in ["plugin.allow", "plugin.deny"] {
            all.insert(format!("{of}.{field}").leak(), values.clone());
        }
    }
    for (field, value) in limits {
        for of in ["limits", "plugin.limits"] {
            all.insert(format!("{of}.{field}").leak(), vec![value]);
        }
    }
    all
}

const KEY: &str = r#""ed25519:0000000000000000000000000000000000000000000000000000000000000000""#;
const SIGNERS: &str =
    r#"["ed25519:0000000000000000000000000000000000000000000000000000000000000000"]"#;
const DIGEST: &str = r#""sha256:0000000000000000000000000000000000000000000000000000000000000000""#;

/// A user's policy that allows everything, but for this field.
fn policy(field: &str, value: &str) -> String {
    let (table, name) = field.rsplit_once('.').unwrap_or(("", field));
    let set = format!("{name} = {value}");
    let all = "allow = [{ cap = \"*\" }]";
    let anybody = "[[plugin]]\nname = \"*\"";
    match table {
        "" => format!("version = 1\n{anybody}\n{all}\n"),
        "plugin" => format!("version = 1\n[[plugin]]\n{set}\n{all}\n{anybody}\n{all}\n"),
        "plugin.allow" if name == "cap" => {
            format!("version = 1\n{anybody}\nallow = [{{ {set} }}]\n")
        }
        "plugin.allow" => format!("version = 1\n{anybody}\nallow = [{{ cap = \"*\", {set} }}]\n"),
        "plugin.deny" => {
            let cap = if name == "cap" {
                ""
            } else {
                "cap = \"file.read\", "
            };
            format!("version = 1\n{anybody}\n{all}\ndeny = [{{ {cap}{set} }}]\n")
        }
        "plugin.limits" => format!("version = 1\n{anybody}\n{all}\nlimits = {{ {set} }}\n"),
        table => format!("version = 1\n[{table}]\n{set}\n{anybody}\n{all}\n"),
    }
}

/// The fields of the language, as its schema has them.
fn fields() -> BTreeSet<String> {
    let schema = std::fs::read_to_string(sources().join("../docs/policy.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut found = BTreeSet::new();
    walk(&schema, &schema, "", &mut found);
    found
}

fn walk(schema: &Value, node: &Value, path: &str, found: &mut BTreeSet<String>) {
    let mut node = node;
    while let Some(name) = node["$ref"].as_str() {
        node = &schema["$defs"][name.rsplit('/').next().unwrap()];
    }
    for other in node["anyOf"].as_array().into_iter().flatten() {
        if other["$ref"].is_string() {
            return walk(schema, other, path, found);
        }
    }
    if let Some(properties) = node["properties"].as_object() {
        for (name, below) in properties {
            let path = format!("{path}.{name}");
            walk(schema, below, path.trim_start_matches('.'), found);
        }
        return;
    }
    let items = &node["items"];
    if items["$ref"].is_string() {
        let before = found.len();
        walk(schema, items, path, found);
        let scalar = found.contains(path);
        if found.len() > before && !scalar {
            return;
        }
    }
    found.insert(path.to_owned());
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string());
        }
    }
    found
}

fn no_field_of_a_users_policy_widens() {
    let values = values();
    let named: BTreeSet<String> = values.keys().map(|field| (*field).to_owned()).collect();
    assert_eq!(named, fields(), "each field of the language has a case");
    let net = Topology::alone();
    let node = net.client();
    let service = Shipped::start(node, SITE);
    // What the service makes when it is used at all.
    let _ = service.run(node, "ping -n -c 1 127.0.0.1");
    let all = || {
        let folders = [
            &service.log_folder(),
            &service.state_folder(),
            service.etc.folder(),
        ];
        folders.map(files)
    };
    let before = all();
    let own = service.home().join("own.toml");
    let mut runs = Log::read(&service.log()).of("run-start").len();
    for (field, value) in values
        .iter()
        .flat_map(|(field, values)| values.iter().map(move |value| (field, value)))
    {
        let text = policy(field, value);
        std::fs::write(&own, &text).unwrap();
        let run = |words: &str| service.run(node, &format!("--policy {} {words}", own.display()));
        let denied = run("ping -n -c 1 127.0.0.9");
        let counted = run("ping -n -c 4 -i 0.01 -W 0.1 127.0.0.1");
        assert_ne!(denied.code, 0, "{text}\n{denied}");
        let log = Log::read(&service.log());
        // It may be a mistake, such as a quota on a denial; then nothing runs.
        let mistaken = denied.stderr.contains("own.toml:") && !denied.stderr.contains("denied");
        if !mistaken {
            runs += 2;
        }
        assert_eq!(
            log.of("run-start").len(),
            runs,
            "{text}\n{denied}\n{counted}"
        );
        for open in log.of("open") {
            assert_ne!(open["target"]["asked"], "127.0.0.9", "{text}\n{open}");
        }
        for close in log.of("close") {
            let sent = close["counters"]["packets_sent"]
                .as_u64()
                .unwrap_or_default();
            assert!(close["cap"] != "icmp.echo" || sent <= 2, "{text}\n{close}");
        }
        assert_eq!(all(), before, "{text}");
    }
}

fn no_flag_and_no_variable_moves_the_services_log() {
    let net = Topology::alone();
    let node = net.client();
    let service = Shipped::start(node, SITE);
    let ping = "ping -n -c 1 127.0.0.1";
    let refused = service.run(node, &format!("--audit /var/log/theirs.jsonl {ping}"));
    assert_eq!(refused.code, 2, "{refused}");
    let mut runs = 0;
    for variable in [
        "NETHOST_STATE_DIR",
        "XDG_STATE_HOME",
        "HOME",
        "LOGS_DIRECTORY",
    ] {
        let place = service.home().join("place");
        let command = service.command(node, ping).env(variable, &place);
        assert_eq!(command.run().code, 0, "{variable}");
        runs += 1;
        assert_eq!(Log::read(&service.log()).of("run-start").len(), runs);
        assert!(!place.join("audit").exists(), "{variable}");
    }
    for flags in [
        "--allow *",
        "--allow icmp.echo=127.0.0.9",
        "--allow icmp.echo=0.0.0.0/0",
    ] {
        let output = service.run(node, &format!("{flags} ping -n -c 1 127.0.0.9"));
        assert_ne!(output.code, 0, "{flags}: {output}");
    }
}

fn a_device_is_no_log_that_is_required() {
    let net = Topology::alone();
    let node = net.client();
    for device in ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"] {
        let site = SITE.replace(
            "required = true",
            &format!("required = true\nfile = \"{device}\""),
        );
        let service = Shipped::start(node, &site);
        let output = service.run(node, "ping -n -c 1 127.0.0.1");
        assert_eq!(output.code, 2, "{device}: {output}");
        assert!(!output.stdout.contains("1 received"), "{device}: {output}");
        assert!(output.stderr.contains(device), "{device}: {output}");
    }
}
