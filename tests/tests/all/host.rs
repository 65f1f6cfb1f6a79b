//! host and nslookup beside BIND's, over a signed world of names.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::dns_lab::{AUTHORITATIVE, DnsLab};
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;

cases! {
    [Netns] in each way => { is_denied_what_the_policy_forbids }
    [Netns, Program("named"), Program("unbound"), Program("host"), Program("dnssec-signzone")] in each way => {
        hosts_are_looked_up_the_same,
        nslookup_looks_up_the_same,
    }
    [Netns, Program("named"), Program("unbound"), Program("host"), Program("dnssec-signzone")] => {
        nslookup_talks_the_same,
        says_all_of_it_in_json,
    }
}

fn ours(node: &Namespace, tool: &str, args: &str) -> Output {
    invoke(node, "", tool, args).run().output
}

/// Identifiers, times and the seconds that a cache still keeps a record are left out, and lines put in order:
/// servers give records in any.
fn steady(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(steady_line).collect();
    lines.sort();
    lines
}

fn steady_line(line: &str) -> String {
    if let Some((front, _)) = line.split_once(", id: ") {
        return front.to_owned();
    }
    if line.starts_with("Received")
        && let Some((front, _)) = line.rsplit_once(" in ")
    {
        return front.to_owned();
    }
    // A record: its name, how long it lasts, its class.
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if words.len() > 3 && words[1].parse::<u32>().is_ok() {
        words[1] = "-";
        return words.join(" ");
    }
    line.to_owned()
}

fn compare(lab: &DnsLab, tool: &str, lines: &str) {
    let mut differences = Vec::new();
    for args in lines.lines() {
        let args = &args.replace("@A", AUTHORITATIVE);
        let mine = ours(lab.client(), tool, args);
        let theirs = lab.client().command(tool).words(args).run();
        let told = |run: &Output| (run.code, steady(&run.stdout), run.stderr.clone());
        if told(&mine) != told(&theirs) {
            differences.push(format!("{tool} {args}\nours: {mine}\nnative: {theirs}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn is_denied_what_the_policy_forbids() {
    let net = nethost_tests::topology::Topology::alone();
    for tool in ["host", "nslookup"] {
        let run = invoke(
            net.client(),
            "--deny udp.exchange",
            tool,
            "example.test 192.0.2.1",
        )
        .run()
        .output;
        assert_eq!(run.code, 10, "{run}");
        let begin = format!("{tool}: denied: udp.exchange to 192.0.2.1:53");
        assert!(run.stderr.starts_with(&begin), "{run}");
    }
}

fn hosts_are_looked_up_the_same() {
    let lab = DnsLab::start();
    compare(
        &lab,
        "host",
        "\
www.example.test @A
www.example.test. @A
www @A
example.test @A
nosuch.example.test @A
-t A www.example.test @A
-t AAAA www.example.test @A
-t MX example.test @A
-t mx www.example.test @A
-t TXT example.test @A
-t SOA example.test @A
-t NS example.test @A
-t DNSKEY example.test @A
-t ANY example.test @A
-t SRV example.test @A
-t TYPE65280 example.test @A
-c IN www.example.test @A
-c CH -t TXT version.bind @A
-a www.example.test @A
-A www.example.test @A
-v www.example.test @A
-d www.example.test @A
-v nosuch.example.test @A
-v -t MX example.test @A
-l example.test @A
-l -t MX example.test @A
-l -t ANY example.test @A
-l -a example.test @A
-t AXFR example.test @A
-l nosuch.invalid @A
-t IXFR=1 example.test @A
-T www.example.test @A
-U -a www.example.test @A
-r www.example.test @A
-s www.example.test @A
-4 www.example.test @A
-N 3 www @A
-N 0 www @A
-p 5301 www.example.test @A
-R 1 -W 1 www.example.test 127.0.0.77
-w www.example.test @A
-m trace www.example.test @A
-i www.example.test @A
-n www.example.test @A
192.0.2.77 @A
2001:db8::77 @A
-t A 192.0.2.77 @A
-t foo www
-c foo www
-4 -6 www
-x
-t
-Z www
a..b
-tA www.example.test @A
-vtA www.example.test @A
www.example.test @A more words
www.example.test
-v www.example.test
-t MX example.test
nosuch.example.test",
    );
}

fn nslookup_looks_up_the_same() {
    let lab = DnsLab::start();
    compare(
        &lab,
        "nslookup",
        "\
www.example.test @A
www @A
example.test @A
nosuch.example.test @A
192.0.2.77 @A
-type=MX example.test @A
-type=mx www.example.test @A
-type=TXT example.test @A
-q=SOA example.test @A
-query=NS example.test @A
-querytype=DNSKEY example.test @A
-type=ANY example.test @A
-ty=AAAA www.example.test @A
-qu=A www.example.test @A
-debug www.example.test @A
-debug -type=SOA example.test @A
-debug nosuch.example.test @A
-type=foo www.example.test @A
-class=CH -type=TXT version.bind @A
-class=foo www.example.test @A
-port=5301 www.example.test @A
-port=x www.example.test @A
-port=70000 www.example.test @A
-timeout=x www.example.test @A
-retry=x www.example.test @A
-ndots=x www.example.test @A
-ndots=3 www @A
-retry=1 www.example.test 127.0.0.77
-vc www.example.test @A
-novc www.example.test @A
-norecurse www.example.test @A
-nosearch www @A
-domain=example.test www @A
-all www.example.test @A
-sil www.example.test @A
-fail www.example.test @A
-nofail www.example.test @A
-foo www.example.test @A
-rec www.example.test @A
a b c
a..b @A
www.example.test
-type=MX example.test
nosuch.example.test",
    );
}

/// A dialogue, line by line.
const DIALOGUE: &str = "\
www.example.test
set type=MX
example.test
set all
server 127.0.1.3
example.test
server
help
?
finger
ls example.test
set foo
set type=zz
set class=zz

   \t
set type=A
set debug
www.example.test
set nodebug
lserver 127.0.1.3
set port=x
set retry=2
set timeout=3
set domain=example.test
set norecurse
set vc
set all
www
EXIT
www.example.test
";

fn nslookup_talks_the_same() {
    let lab = DnsLab::start();
    for args in [
        vec![],
        vec!["-", AUTHORITATIVE],
        vec!["-type=TXT", "-", AUTHORITATIVE],
    ] {
        let mine = nethost(lab.client())
            .arg("nslookup")
            .args(&args)
            .stdin(DIALOGUE)
            .run();
        let theirs = lab
            .client()
            .command("nslookup")
            .args(&args)
            .stdin(DIALOGUE)
            .run();
        assert_eq!(
            (mine.code, steady(&mine.stdout), &mine.stderr),
            (theirs.code, steady(&theirs.stdout), &theirs.stderr),
            "nslookup {args:?}\nours: {mine}\nnative: {theirs}"
        );
    }
}

fn says_all_of_it_in_json() {
    let lab = DnsLab::start();
    for tool in ["host", "nslookup"] {
        let args = format!("--json www.example.test {AUTHORITATIVE}");
        let run = ours(lab.client(), tool, &args);
        let facts: Vec<serde_json::Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(facts.len() >= 2, "{run}");
        assert_eq!(run.code, 0, "{run}");
    }
}
