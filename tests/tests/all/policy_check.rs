//! `nethost policy`: what it finds in a file, and how it explains a decision.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::nethost_here;

cases! {
    first round;
    [] => {
        finds_mistakes_and_rules_without_effect,
        answers_as_a_run_that_listens_would_be,
        explains_a_decision,
        explains_a_decision_in_json,
        gives_one_verdict_on_all_spellings_of_a_target,
        prints_the_schema,
    }
}

const POLICY: &str = r#"version = 1
[[plugin]]
name = "ping"
allow = [
    { cap = "icmp.echo", to = ["10.0.0.0/8", "$args", "*.test"], rate = "10/s" },
    { cap = "dns.resolve" },
]
deny = [{ cap = "icmp.echo", to = ["10.9.0.0/16"] }]
"#;

fn check(text: &str, words: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.toml"), text).unwrap();
    let (options, args) = words.split_once(" -- ").unwrap_or((words, ""));
    let mut command = nethost_here()
        .directory(folder.path())
        .words("policy check p.toml")
        .words(options);
    if !args.is_empty() {
        command = command.arg("--").words(args);
    }
    command.run()
}

fn answers_as_a_run_that_listens_would_be() {
    let policy = |allow: &str, deny: &str| {
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\ndeny = [{deny}]\n")
    };
    let any = "{ cap = \"tcp.listen\" }";
    let local = "{ cap = \"tcp.listen\", to = [\"127.0.0.1\"] }";
    let privileged = "{ cap = \"tcp.listen\", options = [\"local-port\", \"privileged-port\"] }";
    for (allow, deny, at, code) in [
        (any, "", "0.0.0.0:8080", 0),
        (local, "", "127.0.0.1:8080", 0),
        (local, "", "0.0.0.0:8080", 1),
        // Who listens at every address listens at this one.
        (any, local, "0.0.0.0:8080", 1),
        (any, local, "[::]:8080", 0),
        (any, local, "127.0.0.2:8080", 0),
        (any, "", "0.0.0.0:443", 1),
        (privileged, "", "0.0.0.0:443", 0),
        (any, privileged, "0.0.0.0:8080", 1),
    ] {
        let output = check(&policy(allow, deny), &format!("--cap tcp.listen --to {at}"));
        assert_eq!(output.code, code, "{allow} {deny} {at}: {output}");
    }
}

fn finds_mistakes_and_rules_without_effect() {
    let clean = check(POLICY, "");
    assert_eq!(
        (clean.code, &*clean.stdout),
        (0, "no mistakes, no rules without effect\n"),
        "{clean}"
    );
    let dead = POLICY.replace(
        "10.9.0.0/16\"] }",
        "10.9.0.0/16\"] }, { cap = \"dns.resolve\" }",
    );
    let warned = check(&dead, "");
    let expected = "p.toml:6:5: warning: has no effect: the denial at p.toml:8:54 covers all of it";
    assert!(
        warned.code == 0 && warned.stdout.starts_with(expected),
        "{warned}"
    );
    let wrong = check(
        &POLICY
            .replace("rate", "raet")
            .replace("version = 1", "version = 3"),
        "",
    );
    assert_eq!(wrong.code, 2, "{wrong}");
    assert!(wrong.stdout.contains("p.toml:5:"), "{wrong}");
    assert!(wrong.stdout.contains("did you mean `rate`?"), "{wrong}");
    let two = check(
        &POLICY
            .replace("10/s", "10")
            .replace("10.9.0.0/16", "10.9.0.0/99"),
        "--json",
    );
    let json: serde_json::Value = serde_json::from_str(&two.stdout).unwrap();
    let lines: Vec<_> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    assert_eq!((two.code, lines), (2, vec![5, 8]), "{two}");
}

fn explains_a_decision() {
    for (words, code, lines) in [
        (
            "--plugin ping --cap icmp.echo --to 10.1.2.3",
            0,
            vec![
                "allowed by p.toml:5:5",
                "rate = \"10/s\"",
                "deny  p.toml:8:9: its `to` names other targets",
                "allow p.toml:5:5: covers it",
            ],
        ),
        (
            "--plugin ping --cap icmp.echo --to 10.9.2.3",
            1,
            vec![
                "denied: p.toml:8:9",
                "to allow it: remove or narrow",
                "deny  p.toml:8:9: covers it",
            ],
        ),
        (
            "--plugin ping --cap icmp.echo --to 192.0.2.1",
            1,
            vec![
                "denied: no rule allows it",
                "to allow it: --allow icmp.echo=192.0.2.1",
            ],
        ),
        (
            "--plugin ping --cap icmp.echo --to 192.0.2.1 -- -c 3 192.0.2.1",
            0,
            vec!["allowed by p.toml:5:5"],
        ),
        (
            "--plugin ping --cap icmp.echo --to 192.0.2.1 --name web.test",
            0,
            vec!["allowed by p.toml:5:5"],
        ),
        (
            "--plugin ping --cap icmp.echo --to 127.0.0.1 --name web.test",
            1,
            vec!["a loopback address that web.test led to"],
        ),
        (
            "--plugin ping --cap icmp.echo --to 10.0.0.0/16",
            0,
            vec!["10.0.0.0/16: allowed by p.toml:5:5"],
        ),
        (
            "--plugin ping --cap icmp.echo --to 10.8.0.0/15",
            1,
            vec![
                "10.8.0.0/16: allowed by p.toml:5:5",
                "10.9.0.0/16: denied: p.toml:8:9",
            ],
        ),
        (
            "--cap icmp.echo --to 10.1.2.3",
            1,
            vec!["denied: no rule allows it"],
        ),
        (
            "--plugin ping --cap dns.resolve --to web.test",
            0,
            vec!["allowed by p.toml:6:5"],
        ),
    ] {
        let output = check(POLICY, words);
        assert_eq!(output.code, code, "{words}: {output}");
        for line in lines {
            assert!(
                output.stdout.contains(line),
                "{words}: no {line:?} in {output}"
            );
        }
    }
    let output = check(POLICY, "--plugin ping --cap icmp.ehco --to 10.1.2.3");
    assert!(
        output.code == 2 && output.stderr.contains("did you mean `icmp.echo`?"),
        "{output}"
    );
    let users = POLICY.replace("rate = \"10/s\"", "users = [\"root\"]");
    for (user, code) in [("root", 0), ("0", 0), ("12345", 1)] {
        let words = format!("--plugin ping --cap icmp.echo --to 10.1.2.3 --user {user}");
        assert_eq!(check(&users, &words).code, code, "{user}");
    }
}

/// Each was a way past a denial, or a rule that said nothing.
fn gives_one_verdict_on_all_spellings_of_a_target() {
    let policy = r#"version = 1
[[plugin]]
name = "ping"
allow = [
    { cap = "tcp.connect", to = ["127.0.0.0/8", "10.7.0.0/16", "64:ff9b::/96", "$args"] },
    { cap = "file.read" },
    { cap = "dns.resolve" },
]
deny = [
    { cap = "tcp.connect", to = ["127.0.0.1", "::ffff:10.7.0.0/120", "10.9.0.0/16"] },
    { cap = "file.read", to = ["/etc/shadow"] },
    { cap = "dns.resolve", to = ["xn--bcher-kva.example"] },
]
"#;
    let clean = check(policy, "");
    assert_eq!(
        clean.stdout, "no mistakes, no rules without effect\n",
        "{clean}"
    );
    let code = |cap: &str, to: &str, args: &str| {
        let words = format!("--plugin ping --cap {cap} --to {to} -- {args}");
        check(policy, &words).code
    };
    for (cap, to) in [
        ("tcp.connect", "127.0.0.1"),
        ("tcp.connect", "0.0.0.0"),
        ("tcp.connect", "::ffff:127.0.0.1"),
        ("tcp.connect", "127.1"),
        ("tcp.connect", "10.7.0.9"),
        ("tcp.connect", "64:ff9b::10.9.0.1"),
        ("tcp.connect", "1.0.0.5"),
        ("file.read", "/etc/shadow"),
        ("file.read", "/etc/../etc/shadow"),
        ("file.read", "/etc//./shadow"),
        ("dns.resolve", "bücher.example"),
        ("dns.resolve", "XN--BCHER-KVA.example."),
    ] {
        assert_eq!(code(cap, to, "-i 1.5 192.0.2.1"), 1, "{cap} {to}");
    }
    for (cap, to) in [
        ("tcp.connect", "127.0.0.2"),
        ("tcp.connect", "10.7.1.9"),
        ("tcp.connect", "64:ff9b::10.7.1.9"),
        ("tcp.connect", "192.0.2.1"),
        ("file.read", "/etc/../etc/hosts"),
        ("dns.resolve", "bucher.example"),
    ] {
        assert_eq!(code(cap, to, "-i 1.5 192.0.2.1"), 0, "{cap} {to}");
    }
    assert_eq!(code("file.read", "/proc/self/root/etc/shadow", "x"), 2);
    assert_eq!(code("dns.resolve", "web\\046test", "x"), 2);
    let futile = policy.replace("\"/etc/shadow\"", "\"/proc/self/root/etc/shadow\"");
    let warned = check(&futile, "");
    assert!(warned.stdout.contains("matches nothing"), "{warned}");
}

fn explains_a_decision_in_json() {
    let output = check(POLICY, "--json --plugin ping --cap icmp.echo --to 10.9.2.3");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let answer = &json["answer"];
    assert_eq!(answer["decision"], "denied", "{json:#}");
    assert_eq!(answer["rule"], "p.toml:8:9", "{json:#}");
    assert_eq!(answer["missing"], false, "{json:#}");
    assert_eq!(
        answer["considered"].as_array().unwrap().len(),
        3,
        "{json:#}"
    );
    let output = check(POLICY, "--json --plugin ping --cap icmp.echo --to 10.1.2.3");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["answer"]["quotas"][0]["rate"], "10/s", "{json:#}");
}

fn prints_the_schema() {
    let output = nethost_here().words("policy schema").succeed();
    let schema: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let grant = &schema["$defs"]["Grant"]["properties"];
    for field in [
        "cap",
        "to",
        "ports",
        "interfaces",
        "rate",
        "packets",
        "bytes",
        "until",
        "users",
    ] {
        assert!(grant[field].is_object(), "{field}");
    }
    assert!(grant["cap"]["enum"].to_string().contains("icmp.echo"));
}
