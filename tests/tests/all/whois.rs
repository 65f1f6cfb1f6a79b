//! whois: beside the native one, along referrals, and with strangers' text.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::whois::WhoisServer;
use std::os::unix::fs::PermissionsExt;

cases! {
    [Netns, Program("whois")] in each way => { says_what_the_native_one_says }
    [Netns, Program("whois")] => {
        passes_every_option_on_as_the_native_one_does,
        fails_as_the_native_one_does,
        asks_on_the_port_that_was_typed,
    }
    [Netns] in each way => { is_denied, finds_who_knows }
    [Netns] => { follows_no_loops, makes_strangers_text_safe, listens_only_so_long, waits_only_so_long }
}

/// A node on which names are what this hosts file says.
fn node(hosts: &str) -> (Namespace, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), hosts).unwrap();
    // Another user reads it too.
    std::fs::set_permissions(file.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let mut node = Namespace::new("client");
    node.overlay(file.path(), "/etc/hosts");
    (node, file)
}

const HOSTS: &str = "127.0.0.2 whois.iana.org\n127.0.0.3 whois.arin.net\n127.0.0.4 whois.verisign-grs.com\n\
    127.0.0.5 whois.registrar.example\n127.0.0.6 whois.nowhere.example\n\
    127.0.0.1 whois.denic.de whois.jprs.jp whois.nic.ad.jp whois.ripe.net rr.arin.net\n";

fn ours(node: &Namespace, args: &str) -> Recorded {
    invoke(node, "", "whois", args).run()
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("whois").words(args).run()
}

fn is_denied() {
    let (node, _hosts) = node(HOSTS);
    let server = WhoisServer::start(&node, "127.0.0.4", |_| b"secret\n".to_vec());
    let deny = "--deny tcp.connect=127.0.0.4";
    let run = invoke(&node, deny, "whois", "-h whois.verisign-grs.com x.com").run();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert_eq!(run.output.stdout, "");
    let told = "whois: denied: tcp.connect to 127.0.0.4:43 ";
    assert!(run.output.stderr.starts_with(told), "{}", run.output);
    assert!(server.queries().is_empty());
    assert_eq!(
        run.log.only("denied")["target"]["asked"],
        "whois.verisign-grs.com"
    );
}

fn says_what_the_native_one_says() {
    let (node, _hosts) = node(HOSTS);
    let server = WhoisServer::start(&node, "127.0.0.1", |_| {
        "% remark\r\n\r\ninetnum:\t192.0.2.0\r\nrefer: 127.0.0.9\nnot\tended".into()
    });
    for args in [
        "-h 127.0.0.1 foo",
        "-h 127.0.0.1 foo bar",
        "-h 127.0.0.1 12.107.136.0",
        "-h 127.0.0.1 FOO",
        "-h 127.0.0.1 AS7",
        "-h 127.0.0.1 10.1.2.3/8",
        "-h whois.denic.de a.de",
        "-h whois.jprs.jp a.jp",
        "-h whois.nic.ad.jp AS7",
        "-h 127.0.0.1 EXAMPLE.com.",
        "-h 127.0.0.1 münchen.de",
        "-h 127.0.0.1 -r -T person foo bar",
        "-h 127.0.0.1 -i admin-c,tech-c -aR x",
        "-h 127.0.0.1 -q sources",
        "-h 127.0.0.1 -t person",
        "-h 127.0.0.1 --verbose foo",
        "-h 127.0.0.1 -p whois foo",
        "--host 127.0.0.1 --port 43 foo",
        "-h 127.0.0.1:43 foo",
    ] {
        let native = native(&node, args);
        let native_asked = server.queries();
        let ours = ours(&node, args).output;
        assert_eq!(native_asked, server.queries(), "whois {args}");
        assert_eq!(
            ours.stdout.trim_end(),
            native.stdout.trim_end(),
            "whois {args}"
        );
        assert_eq!(ours.code, native.code, "whois {args}\n{ours}");
    }
}

/// The server of RIPE's kind and another one. Native whois tells the former its name and version unless `-V` says
/// something else; ours says nothing unless told to.
fn passes_every_option_on_as_the_native_one_does() {
    let (node, _hosts) = node(HOSTS);
    let server = WhoisServer::start(&node, "127.0.0.1", |_| b"said\n".to_vec());
    let lines = native(&node, "--help").stdout;
    let documented = lines.lines().filter_map(|line| {
        let letter = line.strip_prefix('-')?.chars().next()?;
        (!"hpIH-".contains(letter)).then_some(letter)
    });
    let mut letters: Vec<char> = documented.collect();
    assert!(letters.len() > 15, "{lines}");
    // Two that its help does not name.
    letters.extend(['F', 'V']);
    for letter in letters {
        for host in ["127.0.0.1", "whois.ripe.net", "rr.arin.net"] {
            let client = if letter == 'V' { "" } else { "-V masked " };
            let args = format!("-h {host} -{letter} x foo bar");
            let (native, asked) = (
                native(&node, &args.replacen("-h", &format!("{client}-h"), 1)),
                server.queries(),
            );
            let ours = ours(&node, &args).output;
            let asked: Vec<String> = asked
                .iter()
                .map(|query| query.replacen("-V masked ", "", 1))
                .collect();
            assert_eq!(asked, server.queries(), "whois {args}");
            assert_eq!(ours.stdout, native.stdout, "whois {args}");
            assert_eq!(ours.code, native.code, "whois {args}\n{ours}");
        }
    }
}

/// `-p` without `-h` is the port of the server that IANA names, and not of those that this one names.
fn asks_on_the_port_that_was_typed() {
    let (node, _hosts) = node(HOSTS);
    let iana = WhoisServer::start(&node, "127.0.0.2", |_| {
        b"refer: whois.verisign-grs.com\n".to_vec()
    });
    let registry = WhoisServer::on_port(&node, "127.0.0.4", 4343, |_| {
        b"Registrar WHOIS Server: whois.registrar.example\n".to_vec()
    });
    let registrar = WhoisServer::start(&node, "127.0.0.5", |_| b"known\n".to_vec());
    let theirs = native(&node, "-I -p 4343 a.com");
    assert_eq!(theirs.code, 0, "{theirs}");
    let asked = || {
        let servers = [&iana, &registry, &registrar];
        servers.map(|server| server.queries().len())
    };
    let by_native = asked();
    // What a plugin may ask for on its own ends at the ports of whois and RDAP; the operator may allow more.
    let run = ours(&node, "-I -p 4343 a.com");
    assert_eq!(run.output.code, 2, "{}", run.output);
    let told = "whois: denied: tcp.connect to 127.0.0.4:4343 ";
    assert!(run.output.stderr.contains(told), "{}", run.output);
    assert_eq!(asked(), [1, 0, 0]);
    let allow = "--allow tcp.connect=127.0.0.4:4343";
    let run = invoke(&node, allow, "whois", "-I -p 4343 a.com").run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert!(run.output.stdout.contains("known\n"), "{}", run.output);
    assert_eq!(asked(), [1, 1, 1]);
    assert_eq!(by_native[..2], [1, 1]);
    // Typed with `-h`, no more is needed.
    let run = ours(&node, "-h 127.0.0.4 -p 4343 a.com");
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert_eq!(asked(), [0, 1, 0]);
}

fn fails_as_the_native_one_does() {
    let (node, _hosts) = node(HOSTS);
    for args in [
        "-h 127.0.0.1 foo",
        "-h 127.0.0.1 -p nonsense foo",
        "",
        "-Z foo",
        "-h",
        "-r",
    ] {
        let (ours, native) = (ours(&node, args).output, native(&node, args));
        assert_eq!(ours.code, native.code, "whois {args}\n{ours}");
        let first = |output: &Output| output.stderr.lines().next().map(ToOwned::to_owned);
        assert_eq!(first(&ours), first(&native), "whois {args}");
    }
}

/// IANA, ARIN, a registry and a registrar.
fn registries(node: &Namespace) -> [WhoisServer; 4] {
    let iana = WhoisServer::start(node, "127.0.0.2", |query| match query {
        "a.com" => {
            b"% IANA\n\nrefer:        whois.verisign-grs.com\n\ndomain:       COM\n".to_vec()
        }
        // A top-level domain that is newer than this program.
        "shop.newtld" => b"refer: whois.registrar.example\n".to_vec(),
        "12.107.136.0" | "2001:db8::1" | "as64496" => b"% IANA\n\nrefer: whois.arin.net\n".to_vec(),
        "microsoft" => b"% IANA\n\ndomain:       MICROSOFT\n\nsource:       IANA\n".to_vec(),
        _ => b"% This query returned 0 objects.\n".to_vec(),
    });
    let arin = WhoisServer::start(node, "127.0.0.3", |query| {
        format!("# ARIN\n\nanswer to {query}\n").into()
    });
    let registry = WhoisServer::start(node, "127.0.0.4", |_| {
        b"   Domain Name: A.COM\r\n   Registrar WHOIS Server: whois.registrar.example\r\n".to_vec()
    });
    let registrar = WhoisServer::start(node, "127.0.0.5", |_| {
        // It refers to itself, and back.
        b"Domain Name: a.com\nRegistrar WHOIS Server: whois.registrar.example\nwhois: whois.verisign-grs.com\n\
          Registrant: Somebody\n"
            .to_vec()
    });
    [iana, arin, registry, registrar]
}

fn finds_who_knows() {
    let (node, _hosts) = node(HOSTS);
    let [iana, arin, registry, registrar] = registries(&node);
    let said = |args: &str| {
        let run = ours(&node, args);
        assert!(run.output.stderr.is_empty(), "{}", run.output);
        (run.output.stdout, run.output.code)
    };
    let (text, code) = said("a.com");
    assert_eq!(code, 0);
    assert!(
        text.starts_with("[whois.verisign-grs.com]\n   Domain Name: A.COM\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "\nFound a referral to whois.registrar.example.\n\n[whois.registrar.example]\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("Registrant: Somebody\n"), "{text}");
    assert_eq!(iana.queries(), ["a.com"]);
    assert_eq!(registry.queries(), ["domain a.com"]);
    assert_eq!(registrar.queries(), ["a.com"]);

    let (text, _) = said("-I --no-recursion A.com");
    assert!(text.starts_with("[whois.iana.org]\n% IANA\n"), "{text}");
    assert_eq!(
        (registry.queries().len(), registrar.queries().len()),
        (1, 0)
    );

    assert_eq!(
        said("12.107.136.0").0,
        "[whois.arin.net]\n# ARIN\n\nanswer to n + 12.107.136.0\n"
    );
    assert_eq!(
        said("-H as64496").0,
        "[whois.arin.net]\nanswer to a 64496\n"
    );
    assert_eq!(
        said("98052").0,
        "[whois.arin.net]\n# ARIN\n\nanswer to 98052\n"
    );
    assert_eq!(
        said("2001:DB8::1").0,
        "[whois.arin.net]\n# ARIN\n\nanswer to n + 2001:db8::1\n"
    );
    let (text, _) = said("shop.newtld");
    assert!(text.starts_with("[whois.registrar.example]\n"), "{text}");
    assert_eq!(registrar.queries(), ["shop.newtld"]);
    drop(registry.queries());
    let (text, _) = said("Microsoft");
    assert!(text.contains("domain:       MICROSOFT\n"), "{text}");
    assert!(
        text.ends_with("[whois.arin.net]\n# ARIN\n\nanswer to microsoft\n"),
        "{text}"
    );
    drop((iana.queries(), arin.queries()));

    let (text, code) = said("a.unknown");
    assert!(
        text.starts_with("No whois server is known for this kind of object."),
        "{text}"
    );
    assert_eq!(code, 1);

    let (text, _) = said("--json a.com");
    let facts: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(facts.len(), 2);
    assert_eq!(facts[0]["server"], "whois.verisign-grs.com");
    assert_eq!(facts[0]["address"], "127.0.0.4");
    assert_eq!(facts[0]["query"], "domain a.com");
    assert_eq!(facts[0]["referral"], "whois.registrar.example");
    assert!(facts[1]["referral"].is_null());
}

fn follows_no_loops() {
    let (node, _hosts) = node(HOSTS);
    let _iana = WhoisServer::start(&node, "127.0.0.2", |_| b"refer: 127.0.1.1\n".to_vec());
    // Each knows another one, for ever.
    let chain: Vec<_> = (1..=9)
        .map(|number| {
            let next = format!("Whois Server: 127.0.1.{}\n", number + 1);
            WhoisServer::start(&node, &format!("127.0.1.{number}"), move |_| {
                next.clone().into()
            })
        })
        .collect();
    let output = ours(&node, "a.com").output;
    assert_eq!(output.stderr, "whois: 4 servers asked; 127.0.1.4 was not\n");
    assert_eq!(output.code, 2);
    let asked: Vec<usize> = chain.iter().map(|server| server.queries().len()).collect();
    assert_eq!(asked, [1, 1, 1, 0, 0, 0, 0, 0, 0]);
    // The one referred to is silent: what was said before stands.
    let _registry = WhoisServer::start(&node, "127.0.0.4", |_| {
        b"Domain Name: A.COM\nRegistrar WHOIS Server: whois.nowhere.example\n".to_vec()
    });
    drop(chain);
    let _first = WhoisServer::start(&node, "127.0.1.1", |_| {
        b"Domain Name: A.COM\nRegistrar WHOIS Server: whois.nowhere.example\n".to_vec()
    });
    let output = ours(&node, "a.com").output;
    assert!(output.stdout.contains("Domain Name: A.COM\n"), "{output}");
    assert_eq!(
        (output.stderr.as_str(), output.code),
        ("connect: Connection refused\n", 2)
    );
}

fn makes_strangers_text_safe() {
    let (node, _hosts) = node(HOSTS);
    let koi8 = [
        0xcf, 0xd2, 0xc7, 0xc1, 0xce, 0xc9, 0xda, 0xc1, 0xc3, 0xc9, 0xd1,
    ];
    for (answer, text) in [
        (
            b"name: \x1b]0;owned\x07\x1b[2J\x9b31mx\r\n".to_vec(),
            "name: ?]0;owned??[2J",
        ),
        ("name: Straße\u{202e}evil\n".into(), "name: Straße?evil\n"),
        (
            b"name: Stra\xdfe, K\xf6nigsallee, D\xfcsseldorf\n".to_vec(),
            "name: Straße, Königsallee, Düsseldorf\n",
        ),
        (
            [&b"name: "[..], &koi8, b" ", &koi8, b"\n"].concat(),
            "name: организация организация\n",
        ),
        (b"name: \x1b$BF|K\\\x1b(B\n".to_vec(), "name: 日本\n"),
    ] {
        let _server = WhoisServer::start(&node, "127.0.0.1", move |_| answer.clone());
        let run = ours(&node, "-h 127.0.0.1 x.ru");
        assert_eq!(run.output.code, 0, "{}", run.output);
        assert!(
            run.output.stdout.starts_with(text),
            "no {text:?} in {}",
            run.output
        );
        assert!(!run.output.stdout.contains('\u{1b}'), "{}", run.output);
    }
}

fn listens_only_so_long() {
    let (node, _hosts) = node(HOSTS);
    let _server = WhoisServer::start(&node, "127.0.0.1", |_| b"name: value\n".repeat(1 << 20));
    let output = ours(&node, "-h 127.0.0.1 x").output;
    // The line that was cut off gets its end.
    assert_eq!(output.stdout.len(), (8 << 20) + 1);
    assert!(output.stdout.ends_with('\n'));
    assert_eq!(
        output.stderr,
        "whois: 127.0.0.1: cut off after 8388608 bytes\n"
    );
    assert_eq!(output.code, 2);
}

/// A server that drips, a byte at a time, for ever; and one that says nothing at all.
fn waits_only_so_long() {
    let (node, _hosts) = node(HOSTS);
    let _drips = WhoisServer::dripping(&node, "127.0.0.1");
    for form in ["", "--json"] {
        let output = ours(&node, &format!("--timeout 2 {form} -h 127.0.0.1 x")).output;
        assert_eq!(output.code, 2, "{output}");
        // What it said so far is shown, and that it is not all.
        assert!(output.stdout.contains("d"), "{output}");
        assert_eq!(
            output.stderr, "whois: 127.0.0.1: cut off after 2 seconds\n",
            "{output}"
        );
        if form == "--json" {
            let fact: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
            assert_eq!(fact["complete"], false);
        }
    }
    let _silent = WhoisServer::start(&node, "127.0.0.4", |_| {
        std::thread::sleep(std::time::Duration::from_secs(4));
        Vec::new()
    });
    let output = ours(&node, "--timeout 1 -h whois.verisign-grs.com x").output;
    assert_eq!((output.stderr.as_str(), output.code), ("Timeout.\n", 2));
}
