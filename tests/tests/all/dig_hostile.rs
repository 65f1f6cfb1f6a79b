//! dig and name servers that misbehave: what the native one says, and an end in any case.

use crate::case::cases;
use crate::dig::{masked, native, objects, ours};
use nethost_tests::odd_name_server::{OddNameServer, Oddity};
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("dig")] => { misbehaving_servers_are_met_as_the_native_one_meets_them }
    [Netns] => {
        what_is_ignored_is_counted,
        lies_are_called_malformed,
        a_server_without_edns_is_asked_without,
        a_server_that_never_answers_the_question_is_left,
    }
}

/// Each on an address of its own, and the command lines that are for it.
const ODDITIES: &[(Oddity, &str)] = &[
    (Oddity::Honest, "x.test"),
    (Oddity::WrongId, "x.test"),
    (Oddity::WrongQuestion, "x.test"),
    (Oddity::WrongOpcode, "x.test"),
    (Oddity::Echo, "x.test +time=1 +tries=1"),
    (Oddity::Truncates, "x.test"),
    (Oddity::TruncatesAlways, "x.test"),
    (Oddity::Truncates, "x.test +ignore"),
    (Oddity::Slow, "x.test"),
    (Oddity::Silent, "x.test +time=1 +tries=2"),
    (Oddity::Silent, "x.test +time=1 +tries=1 @127.0.3.1"),
    (Oddity::Silent, "x.test +tcp +time=1 +tries=1"),
    (Oddity::Large, "x.test txt"),
    (Oddity::Huge, "x.test txt"),
    (Oddity::PointsToItself, "x.test"),
    (Oddity::PointsAhead, "x.test"),
    (Oddity::PointsToItself, "x.test +nobesteffort"),
    (Oddity::CountsTooMuch, "x.test"),
    (Oddity::CountsTooMuch, "x.test +nobesteffort"),
    (Oddity::LengthTooLong, "x.test"),
    (Oddity::AddressTooShort, "x.test"),
    (Oddity::Garbage, "x.test"),
    (Oddity::Short, "x.test +time=1 +tries=1"),
    (Oddity::Short, "x.test +tcp +time=1 +tries=1"),
    (Oddity::Refuses, "x.test"),
    (Oddity::Fails, "x.test"),
    (Oddity::Fails, "x.test +nofail @127.0.3.1"),
    (Oddity::FormErrToEdns, "x.test +noedns"),
    (Oddity::FormErrToEdns, "x.test"),
    (Oddity::FormErrToEdns, "x.test +noednsnegotiation"),
    (Oddity::BadVersion, "x.test"),
    (Oddity::BadVersion, "x.test +edns=3"),
    (Oddity::BadCookie, "x.test"),
    (Oddity::BadCookie, "x.test +nobadcookie"),
    (Oddity::HangsUp, "x.test +time=2"),
    (Oddity::HangsUp, "x.test +tcp +time=2"),
    (Oddity::HangsUpMidway, "x.test +tcp +time=2"),
];

fn misbehaving_servers_are_met_as_the_native_one_meets_them() {
    let net = Topology::alone();
    let node = net.client();
    let honest = OddNameServer::start(node, "127.0.3.1", Oddity::Honest);
    let mut servers = vec![honest];
    let differences: Vec<String> = std::thread::scope(|scope| {
        let mut comparing = Vec::new();
        for (number, (oddity, args)) in ODDITIES.iter().enumerate() {
            let address = format!("127.0.4.{}", number + 1);
            servers.push(OddNameServer::start(node, &address, *oddity));
            comparing.push(scope.spawn(move || {
                let args = format!("@{address} {args}");
                let (theirs, ours) = (native(node, &args), ours(node, &args));
                let same = without_ids(&theirs.stdout) == without_ids(&ours.stdout)
                    && theirs.code == ours.code
                    && theirs.stderr.trim_end() == ours.stderr.trim_end();
                (!same).then(|| format!("=== {oddity:?}: {args}\nnative {theirs}\nours {ours}"))
            }));
        }
        let all = comparing.into_iter();
        all.filter_map(|one| one.join().expect("a comparison"))
            .collect()
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Identifiers in warnings and at the start of a dump, masked too.
fn without_ids(text: &str) -> String {
    let mut dump = false;
    let mut out = String::new();
    for line in masked(text, false).lines() {
        // Whoever hangs up before it has read everything resets, at times.
        let line = &line.replace(": connection reset", ": end of file");
        let line = match line.split_once("ID mismatch: ") {
            Some((front, _)) => format!("{front}ID mismatch"),
            None if dump => line.get(6..56).unwrap_or_default().to_owned(),
            None => line.clone(),
        };
        dump = line.ends_with(" bytes") && !line.starts_with(';');
        out += &line;
        out.push('\n');
    }
    out
}

fn what_is_ignored_is_counted() {
    let net = Topology::alone();
    let mut servers = Vec::new();
    for (number, oddity, key) in [
        (1, Oddity::WrongId, "wrong_id"),
        (2, Oddity::WrongSource, "wrong_source"),
        (3, Oddity::WrongQuestion, "wrong_question"),
    ] {
        let address = format!("127.0.4.{number}");
        servers.push(OddNameServer::start(net.client(), &address, oddity));
        let output = ours(net.client(), &format!("@{address} x.test --json"));
        let last = output.stdout.lines().last().unwrap_or_default();
        let reply: serde_json::Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(reply["ignored"][key], 1, "{output}");
        assert_eq!(reply["answer"][0]["data"], "192.0.2.1", "{output}");
        let output = ours(net.client(), &format!("@{address} x.test +short"));
        assert!(output.stdout.ends_with("192.0.2.1\n"), "{output}");
    }
}

fn lies_are_called_malformed() {
    let net = Topology::alone();
    let mut servers = Vec::new();
    for (number, oddity) in [
        Oddity::PointsToItself,
        Oddity::PointsAhead,
        Oddity::CountsTooMuch,
        Oddity::LengthTooLong,
        Oddity::AddressTooShort,
    ]
    .into_iter()
    .enumerate()
    {
        let address = format!("127.0.4.{}", number + 1);
        servers.push(OddNameServer::start(net.client(), &address, oddity));
        let output = ours(net.client(), &format!("@{address} x.test --json"));
        let said = objects(&output).iter().any(|fact| {
            fact["malformed"] == true
                || fact["message"]
                    .as_str()
                    .is_some_and(|words| words.starts_with("malformed message: "))
        });
        assert!(said, "{oddity:?}: {output}");
    }
}

fn a_server_without_edns_is_asked_without() {
    let net = Topology::alone();
    let _server = OddNameServer::start(net.client(), "127.0.4.1", Oddity::FormErrToEdns);
    let output = ours(net.client(), "@127.0.4.1 x.test +dnssec +ednsfallback");
    assert!(
        output
            .stdout
            .starts_with(";; FORMERR to EDNS, retrying without EDNS.\n"),
        "{output}"
    );
    assert!(output.stdout.contains("IN\tA\t192.0.2.1"), "{output}");
    assert!(!output.stdout.contains("status: FORMERR"), "{output}");
}

/// However much it says instead.
fn a_server_that_never_answers_the_question_is_left() {
    let net = Topology::alone();
    let _ids = OddNameServer::start(net.client(), "127.0.4.1", Oddity::OnlyWrongIds);
    let _opcodes = OddNameServer::start(net.client(), "127.0.4.2", Oddity::OnlyWrongOpcodes);
    for (server, complaint) in [
        ("127.0.4.1", "ID mismatch"),
        ("127.0.4.2", "Opcode mismatch"),
    ] {
        let output = ours(net.client(), &format!("@{server} x.test +time=1 +tries=1"));
        assert_eq!(output.code, 9, "{output}");
        assert!(output.stdout.contains(complaint), "{output}");
        assert!(output.stdout.contains("timed out"), "{output}");
    }
}
