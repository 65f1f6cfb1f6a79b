//! dig beside the native one, over a signed world of names.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::dns_lab::{AUTHORITATIVE, AUTHORITATIVE6, DnsLab, STRICT};
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nix::sys::signal::Signal;

cases! {
    [Netns] in each way => { is_denied_what_the_policy_forbids }
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] in each way => {
        falls_back_to_tcp,
        options_of_a_user_come_first,
    }
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] => {
        answers_as_the_native_one,
        traces_from_the_root,
        traces_as_the_native_one,
        asks_many_from_a_file_in_order,
        compares_servers,
        says_the_same_in_json,
        says_all_of_it_in_json,
        watches_until_it_is_told_to_stop,
    }
}

const QUERIES: &str = include_str!("../../dns/queries.txt");
const ZONES: [(&str, &str); 2] = [
    ("types.test", include_str!("../../dns/types.zone")),
    ("example.test", include_str!("../../dns/example.zone")),
];
const FORMS: [&str; 5] = [
    "",
    "+multiline",
    "+short",
    "+dnssec +nocrypto +ttlunits",
    "+yaml",
];

/// A few hundred queries, many on one command line.
fn every_record_in_every_form() -> Vec<String> {
    let mut questions = Vec::new();
    for (zone, text) in ZONES {
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [owner, "IN", kind, ..] = words.as_slice() else {
                continue;
            };
            let owner = match *owner {
                "@" => zone.to_owned(),
                owner => format!("{owner}.{zone}"),
            };
            questions.push(format!("-t {kind} -q {owner}"));
        }
    }
    questions.sort();
    questions.dedup();
    let lines = questions
        .chunks(16)
        .flat_map(|some| FORMS.map(|form| format!("@A +norecurse {form} {}", some.join(" "))));
    lines.collect()
}

pub(crate) fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "dig", args).run().output
}

pub(crate) fn native(node: &Namespace, args: &str) -> Output {
    node.command("dig").words(&format!("-r {args}")).run()
}

/// What changes from one run to the next, masked.
pub(crate) fn masked(text: &str, cached: bool) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let cut = |at: &str| {
            line.split_once(at)
                .map(|(front, _)| format!("{front}{at}…"))
        };
        let line = match line {
            _ if line.starts_with("; <<>> DiG") => {
                let rest = line.rsplit_once("<<>>").map_or("", |(_, rest)| rest);
                format!(
                    "; <<>> DiG <<>>{}",
                    rest.strip_prefix(" -r").unwrap_or(rest)
                )
            }
            _ if line.starts_with(";; ->>HEADER") => cut(", id: ").unwrap_or_default(),
            _ if line.starts_with(";; Query time:") => ";; Query time: …".to_owned(),
            _ if line.starts_with(";; WHEN:") => ";; WHEN: …".to_owned(),
            _ if line.contains("COOKIE: ") => {
                let end = line.rsplit_once(" (").map_or("", |(_, end)| end);
                format!("{} ({end}", cut("COOKIE: ").unwrap_or_default())
            }
            _ if line.contains("_time: !!timestamp") => cut("timestamp ").unwrap_or_default(),
            _ if line.trim_start().starts_with("id: ") => "id: …".to_owned(),
            // An address that the kernel would choose is 0.0.0.0 to the native one.
            _ if line.contains("query_port: ") || line.contains("query_address: ") => continue,
            _ if line.contains("; Received ") || line.contains(" from server ") => {
                cut(" in ").unwrap_or_default()
            }
            _ if line.contains("hmac-sha") && line.contains("TSIG") => {
                cut("hmac-sha").unwrap_or_default()
            }
            // Times to live run down in a resolver's cache.
            _ if cached && !line.starts_with(';') => {
                let words = line.split_whitespace().enumerate();
                let kept: Vec<&str> = words
                    .filter(|(at, _)| *at != 1)
                    .map(|(_, word)| word)
                    .collect();
                kept.join(" ")
            }
            _ => line.to_owned(),
        };
        out += &line;
        out.push('\n');
    }
    out
}

fn is_denied_what_the_policy_forbids() {
    let net = nethost_tests::topology::Topology::alone();
    let run = invoke(
        net.client(),
        "--deny udp.exchange=127.0.0.0/8",
        "dig",
        "@127.0.0.1 example.test",
    )
    .run();
    assert_eq!(run.output.code, 10, "{}", run.output);
    assert!(run.output.stderr.contains("udp.exchange"), "{}", run.output);
    let denied = run.log.only("denied")["target"].to_string();
    assert!(denied.contains("127.0.0.1"), "{denied}");
}

fn answers_as_the_native_one() {
    let lab = DnsLab::start();
    let lines = QUERIES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(str::to_owned);
    let lines: Vec<String> = lines.chain(every_record_in_every_form()).collect();
    let client = lab.client();
    let differences = Mutex::new(Vec::new());
    let next = Mutex::new(lines.iter());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(line) = next.lock().unwrap().next() else {
                        return;
                    };
                    let args = line
                        .replace("@A", &format!("@{AUTHORITATIVE}"))
                        .replace("@6", &format!("@{AUTHORITATIVE6}"))
                        .replace("@S", &format!("@{STRICT}"));
                    let (theirs, ours) = (native(client, &args), ours(client, &args));
                    let cached = !args.contains('@');
                    let same = masked(&theirs.stdout, cached) == masked(&ours.stdout, cached)
                        && theirs.code == ours.code
                        && theirs.stderr.trim_end() == ours.stderr.trim_end();
                    if !same {
                        let mut found = differences.lock().unwrap();
                        found.push(format!("=== {args}\nnative {theirs}\nours {ours}"));
                    }
                }
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        lines.len(),
        differences.join("\n")
    );
}

fn traces_from_the_root() {
    let lab = DnsLab::start();
    let output = ours(lab.client(), "+trace www.example.test");
    assert_eq!(output.code, 0, "{output}");
    for step in [
        // Out of the resolver's cache, where it may have counted down already.
        "\tIN\tNS\ta.root.test.",
        "test.\t\t\t86400\tIN\tNS\tns1.nic.test.",
        "example.test.\t\t3600\tIN\tNS\tns1.example.test.",
        "www.example.test.\t300\tIN\tA\t192.0.2.80",
        "DS",
    ] {
        assert!(output.stdout.contains(step), "no {step:?} in {output}");
    }
    let output = ours(lab.client(), "+trace a.lame.test");
    assert!(
        output.stdout.contains("LAME SERVER 127.0.1.2#53"),
        "{output}"
    );
    let output = ours(lab.client(), "+nssearch example.test");
    assert_eq!(
        output.stdout.matches("SOA ns1.example.test.").count(),
        2,
        "{output}"
    );
    assert!(output.stdout.contains("from server fd53::3 in"), "{output}");
}

/// Lines in order of their text, without what is a matter of chance: which server of a zone was asked, and how
/// long a cache has had a record. That a server has no address comes at another place of the output.
fn steps(output: &Output) -> Vec<String> {
    let text = masked(&output.stdout, true);
    let lines = text.lines().map(|line| match line.split_once(" from ") {
        Some((front, _)) => front.to_owned(),
        None => line.to_owned(),
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

fn traces_as_the_native_one() {
    let lab = DnsLab::start();
    for args in [
        "+trace www.example.test",
        "+trace +nodnssec www.example.test",
        "+trace +additional +multiline example.test mx",
        "+trace +short www.example.test",
        "+trace nosuch.example.test",
        "-4 +trace www.example.test",
        "-6 +trace @fd53::1 www.example.test",
    ] {
        let (theirs, ours) = (native(lab.client(), args), ours(lab.client(), args));
        assert_eq!(steps(&theirs), steps(&ours), "{args}");
        assert_eq!(theirs.code, ours.code, "{args}: {ours}");
    }
}

fn falls_back_to_tcp() {
    let lab = DnsLab::start();
    let output = ours(
        lab.client(),
        &format!("@{AUTHORITATIVE} large.example.test txt"),
    );
    assert!(
        output
            .stdout
            .starts_with(";; Truncated, retrying in TCP mode.\n"),
        "{output}"
    );
    assert_eq!(
        output.stdout.matches("\"string\" \"number\"").count(),
        90,
        "{output}"
    );
    assert!(output.stdout.contains("(TCP)"), "{output}");
}

fn asks_many_from_a_file_in_order() {
    let lab = DnsLab::start();
    let list = tempfile::NamedTempFile::new().unwrap();
    let names: Vec<String> = (0..2000)
        .map(|number| format!("host{}.example.test", number % 9 + 1))
        .collect();
    let text = format!("# a comment\n\n{}\n", names.join("\n"));
    std::fs::write(list.path(), text).unwrap();
    let args = format!(
        "@{AUTHORITATIVE} +noall +answer -f {}",
        list.path().display()
    );
    let output = ours(lab.client(), &args);
    assert_eq!(output.code, 0, "{output}");
    let owners: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| !line.starts_with(';') && !line.is_empty())
        .filter_map(|line| line.split('\t').next())
        .map(|owner| owner.trim_end_matches('.'))
        .collect();
    assert_eq!(owners, names);
    // Lines have options of their own, and one may be wrong.
    let text = format!(
        "example.test mx +short\n# no\n; no\n\n  @{AUTHORITATIVE6} example.test aaaa +nocmd\n\
         -x 127.0.0.1 example.test +noall +answer +question\nexample.test +tcp -t txt\n"
    );
    std::fs::write(list.path(), text).unwrap();
    for options in ["", "+nocmd +ttlunits", "+short"] {
        let args = format!("@{AUTHORITATIVE} {options} -f {}", list.path().display());
        let (theirs, ours) = (native(lab.client(), &args), ours(lab.client(), &args));
        assert_eq!(masked(&theirs.stdout, false), masked(&ours.stdout, false));
        assert_eq!(theirs.code, ours.code, "{ours}");
    }
    let output = ours(lab.client(), "-f /no/such/file");
    assert_eq!(output.code, 8, "{output}");
}

fn compares_servers() {
    let lab = DnsLab::start();
    let output = ours(
        lab.client(),
        &format!("+compare @{AUTHORITATIVE} @127.0.0.1 www.example.test"),
    );
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains(";; all the same"), "{output}");
    let output = ours(
        lab.client(),
        &format!("+compare @{AUTHORITATIVE} @127.0.1.2 www.example.test"),
    );
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output
            .stdout
            .contains("[1]\twww.example.test. IN A 192.0.2.80"),
        "{output}"
    );
}

fn says_the_same_in_json() {
    let lab = DnsLab::start();
    let output = ours(
        lab.client(),
        &format!("@{AUTHORITATIVE} --json example.test mx"),
    );
    let reply: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(reply["status"], "NOERROR", "{output}");
    assert_eq!(reply["answer"][0]["fields"]["preference"], 10, "{output}");
    assert_eq!(
        reply["answer"][0]["data"], "10 mail.example.test.",
        "{output}"
    );
    assert_eq!(reply["edns"]["cookie"], "good", "{output}");
}

/// Each line of output as JSON.
pub(crate) fn objects(output: &Output) -> Vec<serde_json::Value> {
    let lines = output.stdout.lines();
    lines
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{output}"))
        })
        .collect()
}

fn says_all_of_it_in_json() {
    let lab = DnsLab::start();
    let asked = |args: &str| {
        let output = ours(lab.client(), args);
        (objects(&output), output)
    };
    // A zone, record by record.
    let zone = format!("@{AUTHORITATIVE} types.test axfr");
    let text = ours(lab.client(), &format!("{zone} +noall +answer +nomultiline"));
    let (facts, output) = asked(&format!("{zone} --json"));
    let records: usize = facts
        .iter()
        .filter_map(|fact| fact["answer"].as_array())
        .map(Vec::len)
        .sum();
    let lines = text.stdout.lines();
    let shown = lines.filter(|line| !line.is_empty() && !line.starts_with(';'));
    assert_eq!(records, shown.count(), "{output}");
    let last = facts.last().expect("an end");
    assert_eq!(last["records"], records, "{output}");

    // Nobody answers.
    let (facts, output) = asked("@127.0.0.77 --json +tries=1 example.test");
    assert_eq!(output.code, 9, "{output}");
    let events: Vec<&str> = facts
        .iter()
        .filter_map(|fact| fact["event"].as_str())
        .collect();
    assert_eq!(events, ["warning", "error"], "{output}");
    assert_eq!(facts[1]["message"], "no servers could be reached");

    // Each delegation, where the addresses of its servers come from, and who does not know the zone.
    let (facts, output) = asked("+trace --json a.lame.test");
    let delegations: Vec<&serde_json::Value> = facts
        .iter()
        .filter(|fact| fact["event"] == "delegation")
        .collect();
    let zones: Vec<&str> = delegations
        .iter()
        .filter_map(|fact| fact["zone"].as_str())
        .collect();
    assert_eq!(zones, [".", "test.", "lame.test."], "{output}");
    assert_eq!(delegations[1]["servers"][0]["glue"], true, "{output}");
    let lame = facts.iter().any(|fact| {
        fact["event"] == "warning"
            && fact["message"]
                .as_str()
                .is_some_and(|words| words.starts_with("LAME SERVER"))
    });
    assert!(lame, "{output}");
    for fact in facts.iter().filter(|fact| fact["event"] == "reply") {
        assert!(fact["time"].is_string(), "{output}");
    }

    let (facts, output) = asked("+nssearch --json example.test");
    assert_eq!(facts.len(), 2, "{output}");
    // In YAML too, since JSON is YAML.
    let both = format!("+compare @{AUTHORITATIVE} @127.0.0.1 www.example.test +yaml");
    let output = ours(lab.client(), &both);
    let (dash, fact) = output.stdout.split_at(2);
    let fact: serde_json::Value = serde_json::from_str(fact).expect("JSON");
    assert_eq!((dash, &fact["same"]), ("- ", &true.into()), "{output}");
}

fn watches_until_it_is_told_to_stop() {
    let lab = DnsLab::start();
    for (transport, form) in [("", ""), ("+tls", ""), ("+https", "--json")] {
        let words = format!("dig @{AUTHORITATIVE} --watch=1 {transport} {form} www.example.test");
        let running = nethost(lab.client()).words(&words).spawn();
        let give_up = Instant::now() + Duration::from_secs(60);
        while running.said().matches("192.0.2.81").count() < 2 {
            assert!(Instant::now() < give_up, "{words}: {}", running.said());
            std::thread::sleep(Duration::from_millis(50));
        }
        running.signal(Signal::SIGINT);
        let output = running.finish();
        assert_eq!(output.code, 0, "{words}: {output}");
        match form {
            "" => assert!(
                output
                    .stdout
                    .contains("      300 www.example.test. IN A 192.0.2.80"),
                "{output}"
            ),
            _ => assert_eq!(objects(&output)[0]["event"], "look", "{output}"),
        }
    }
}

fn options_of_a_user_come_first() {
    let lab = DnsLab::start();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join(".digrc"),
        "+noall +answer\nignored.test -t mx\n",
    )
    .unwrap();
    for args in [
        "example.test",
        "example.test a",
        "-r example.test",
        "-u example.test +stats",
    ] {
        let args = format!("@{AUTHORITATIVE} {args}");
        let theirs = lab
            .client()
            .command("dig")
            .words(&args)
            .env("HOME", home.path())
            .run();
        let ours = invoke(lab.client(), "", "dig", &args)
            .with(|command| command.env("HOME", home.path()))
            .run()
            .output;
        assert_eq!(
            masked(&theirs.stdout, false),
            masked(&ours.stdout, false),
            "{args}"
        );
    }
    // Who forbids it does not forbid dig.
    let rule = format!("--deny file.read={}/.digrc", home.path().display());
    let run = invoke(
        lab.client(),
        &rule,
        "dig",
        &format!("@{AUTHORITATIVE} example.test"),
    )
    .with(|command| command.env("HOME", home.path()))
    .run();
    assert!(
        run.output.stdout.contains(";; ANSWER SECTION"),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "file.read");
}
