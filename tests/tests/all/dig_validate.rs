//! `dig +validate` beside delv, down a hierarchy of signed zones, sound and broken ones.

use crate::case::cases;
use crate::dig::ours;
use nethost_tests::dns_lab::DnsLab;
use nethost_tests::host::invoke;

cases! {
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] => {
        is_denied_what_the_policy_forbids,
        without_an_anchor_for_it_nothing_is_believed,
        judges_by_the_letter_of_the_standards,
    }
    [Netns, Program("named"), Program("unbound"), Program("delv"), Program("dnssec-signzone")] => {
        judges_as_delv_and_says_why,
    }
}

const SECURE: &str = "; fully validated";
const NEGATIVE: &str = "; negative response, fully validated";
const UNSIGNED: &str = "; unsigned answer";
const FAILED: &str = ";; resolution failed: ";

/// What is asked, what delv says of it, and what ours says beside that.
const QUESTIONS: &[(&str, &str, &str)] = &[
    (
        "www.example.test a",
        SECURE,
        "; www.example.test. A: signed by example.test. key ",
    ),
    ("example.test mx", SECURE, "; test. DS: signed by . key "),
    (". ns", SECURE, "(ECDSAP256SHA256) until 2"),
    ("test ds", SECURE, "; test. DS: signed by . key "),
    ("example.test dnskey", SECURE, ", which the DS record names"),
    (
        "chain.example.test a",
        SECURE,
        "; chain.example.test. CNAME: ",
    ),
    ("x.wild.example.test txt", SECURE, ", from a wildcard"),
    (
        "a.delegated.example.test a",
        SECURE,
        "; delegated.example.test. DNAME: ",
    ),
    ("www.example.test mx", NEGATIVE, "proven not to exist\n"),
    (
        "nosuch.example.test a",
        NEGATIVE,
        "proven not to exist, nor the name",
    ),
    (
        "nosuch.test a",
        NEGATIVE,
        "proven not to exist, nor the name",
    ),
    ("www.rsa.test a", SECURE, "(RSASHA256)"),
    ("www.wide.test a", SECURE, "(ECDSAP384SHA384)"),
    ("www.hashed.test a", SECURE, "(ED25519)"),
    (
        "alias.hashed.test a",
        SECURE,
        "; alias.hashed.test. CNAME: ",
    ),
    ("x.wild.hashed.test txt", SECURE, ", from a wildcard"),
    ("www.hashed.test mx", NEGATIVE, "proven not to exist\n"),
    (
        "nosuch.hashed.test a",
        NEGATIVE,
        "proven not to exist, nor the name",
    ),
    ("wild.hashed.test a", NEGATIVE, "proven not to exist\n"),
    (
        "www.plain.hashed.test a",
        UNSIGNED,
        "; plain.hashed.test. DS: proven not to exist",
    ),
    (
        "www.plain.rsa.test a",
        UNSIGNED,
        "; plain.rsa.test. DS: proven not to exist",
    ),
    (
        "a.types.test a",
        UNSIGNED,
        "; types.test. DS: proven not to exist",
    ),
    (
        "alias.hashed.test cname",
        SECURE,
        "; alias.hashed.test. CNAME: ",
    ),
    (
        "alias.example.test cname",
        SECURE,
        "; alias.example.test. CNAME: ",
    ),
    ("www.opted-out.test a", SECURE, "; www.opted-out.test. A: "),
    ("www.lacking.test a", SECURE, "; www.lacking.test. A: "),
    ("www.aged.test a", SECURE, "; www.aged.test. A: "),
    (
        "www.broken.test a",
        FAILED,
        "; broken.test. DNSKEY: BROKEN: none matches a DS record",
    ),
    (
        "www.expired.test a",
        FAILED,
        "; expired.test. DNSKEY: BROKEN: the signature has expired at 20200201000000",
    ),
    (
        "www.stripped.test a",
        FAILED,
        "; www.stripped.test. A: BROKEN: not signed",
    ),
    (
        "www.altered.test a",
        FAILED,
        "; www.altered.test. A: BROKEN: the signature of key ",
    ),
];

fn is_denied_what_the_policy_forbids() {
    let lab = DnsLab::start();
    let args = format!("+validate -a {} www.example.test", lab.path("anchor"));
    let rule = format!("file.read={}", lab.path("anchor"));
    for rule in [rule.as_str(), "udp.exchange=127.0.0.0/8"] {
        let run = invoke(lab.client(), &format!("--deny {rule}"), "dig", &args).run();
        assert_eq!(run.output.code, 10, "{}", run.output);
        assert!(!run.output.stdout.contains("validated"), "{}", run.output);
    }
}

fn judges_as_delv_and_says_why() {
    let lab = DnsLab::with_small_zones();
    let mut differences = String::new();
    for (number, (question, verdict, reason)) in QUESTIONS.iter().enumerate() {
        let delv = lab
            .client()
            .command("delv")
            .words(&format!(
                "-a {} @127.0.0.1 {question}",
                lab.path("anchor.conf")
            ))
            .run();
        // Both kinds of files are read.
        let anchor = if number % 2 == 0 {
            "anchor"
        } else {
            "anchor.conf"
        };
        let args = format!("-a {} +validate {question}", lab.path(anchor));
        let output = ours(lab.client(), &args);
        let bogus = *verdict == FAILED;
        let said = |text: &str| match bogus {
            true => text.contains(FAILED) && !text.contains("validated"),
            false => text.lines().any(|line| line == *verdict),
        };
        if !said(&format!("{}{}", delv.stdout, delv.stderr))
            || !said(&output.stdout)
            || !output.stdout.contains(reason)
            || output.code != i32::from(bogus)
        {
            differences +=
                &format!("=== {question}: {verdict} {reason}\ndelv {delv}\nours {output}\n");
        }
    }
    assert!(differences.is_empty(), "{differences}");

    let args = format!(
        "-a {} +validate --json www.altered.test",
        lab.path("anchor")
    );
    let output = ours(lab.client(), &args);
    let last = output.stdout.lines().last().unwrap_or_default();
    let fact: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(fact["verdict"], "bogus", "{output}");
    let statuses: Vec<_> = fact["links"]
        .as_array()
        .expect("links")
        .iter()
        .map(|link| link["status"].as_str())
        .collect();
    let expected = [["secure"; 5].as_slice(), &["bogus"]].concat();
    assert_eq!(
        statuses,
        expected.into_iter().map(Some).collect::<Vec<_>>(),
        "{output}"
    );
}

/// What delv of 9.18 sees in another way, or has no option for.
fn judges_by_the_letter_of_the_standards() {
    let lab = DnsLab::with_small_zones();
    let both = lab.path("both");
    let read = |name: &str| std::fs::read_to_string(lab.path(name)).expect("a file");
    std::fs::write(&both, read("anchor") + &read("dsset-rsa.test.")).expect("anchors");
    for (question, anchor, code, reasons) in [
        // RFC 5155 section 9.2.
        (
            "x.wild.opted-out.test txt",
            "anchor",
            0,
            [UNSIGNED, "from a wildcard, in an opted-out span"],
        ),
        (
            "nosuch.aged.test a",
            "anchor",
            1,
            [FAILED, "; aged.test. SOA: BROKEN: the signature of key "],
        ),
        (
            "www.lacking.test a +harden",
            "anchor",
            1,
            [
                FAILED,
                "; lacking.test. DNSKEY: BROKEN: not signed with RSASHA256, which the zone above vouches for",
            ],
        ),
        (
            "www.example.test a +harden",
            "anchor",
            0,
            [SECURE, "; www.example.test. A: "],
        ),
        // The digest of a zone with an anchor of its own is in the zone above.
        (
            "rsa.test ds",
            "both",
            0,
            [SECURE, "; rsa.test. DS: signed by test. key "],
        ),
        (
            "www.rsa.test a",
            "both",
            0,
            [SECURE, "; rsa.test. DNSKEY: "],
        ),
        // Everything that a name has.
        (
            "@127.0.1.3 example.test any",
            "dsset-example.test.",
            0,
            [SECURE, "; example.test. MX: "],
        ),
        (
            "@127.0.1.3 example.test any",
            "dsset-example.test.",
            0,
            [SECURE, "; example.test. NSEC: "],
        ),
        (
            "www.altered.test any",
            "anchor",
            1,
            [FAILED, "; www.altered.test. A: BROKEN: "],
        ),
    ] {
        let args = format!("-a {} +validate {question}", lab.path(anchor));
        let output = ours(lab.client(), &args);
        let says = |words: &str| output.stdout.contains(words);
        assert!(
            output.code == code && reasons.into_iter().all(says),
            "{question}: {reasons:?}\n{output}"
        );
    }
    // A signature names the zone, so no digest is asked for below it.
    let args = format!("-a {} +validate www.example.test", lab.path("anchor"));
    let output = ours(lab.client(), &args);
    assert!(
        !output.stdout.contains("; www.example.test. DS:"),
        "{output}"
    );
}

fn without_an_anchor_for_it_nothing_is_believed() {
    let lab = DnsLab::start();
    // The world's own root has other keys.
    let output = ours(lab.client(), "+validate www.example.test +short");
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.contains("broken trust chain"), "{output}");
    let output = ours(lab.client(), "+validate www.example.test");
    assert!(
        output
            .stdout
            .contains("; . DNSKEY: BROKEN: none is a trust anchor"),
        "{output}"
    );
    let anchor = lab.path("elsewhere");
    let record =
        "other. IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000\n";
    std::fs::write(&anchor, record).expect("an anchor");
    let output = ours(
        lab.client(),
        &format!("-a {anchor} +validate www.example.test"),
    );
    assert_eq!(output.code, 9, "{output}");
    assert!(output.stdout.contains("no trust anchor"), "{output}");
    // Of several anchors, `+root` chooses.
    let root = std::fs::read_to_string(lab.path("anchor")).expect("the root's anchor");
    std::fs::write(&anchor, format!("{record}{root}")).expect("anchors");
    for (chosen, code, said) in [
        ("+root", 0, "; fully validated"),
        ("+root=.", 0, "; fully validated"),
        ("+root=other", 9, "no trust anchor"),
    ] {
        let args = format!("-a {anchor} +validate {chosen} www.example.test");
        let output = ours(lab.client(), &args);
        assert_eq!(output.code, code, "{output}");
        assert!(output.stdout.contains(said), "{output}");
    }
    let args = format!("-a {anchor} +validate +root=nowhere www.example.test");
    let output = ours(lab.client(), &args);
    assert_eq!(output.code, 10, "{output}");
    assert!(
        output.stderr.contains("no trust anchor for 'nowhere'"),
        "{output}"
    );
    std::fs::write(&anchor, "no anchor\n").expect("a file");
    let output = ours(
        lab.client(),
        &format!("-a {anchor} +validate www.example.test"),
    );
    assert_eq!(output.code, 10, "{output}");
    assert!(
        output.stderr.contains("not a trust anchor: no anchor"),
        "{output}"
    );
}
