//! Kinds of scans and probes of nmap beyond ports: IP protocols, COOKIE ECHO, and packets with headers of its own, which
//! nobody may send by default.

use crate::case::cases;
use crate::nmap::{Lab, native, ours, same, steady};
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::{SERVER, SERVER6};

cases! {
    [Netns, Program("nmap")] => {
        finds_the_same_protocols,
        asks_hosts_of_a_link_by_arp,
    }
    [Netns] in each way => { headers_of_its_own_are_denied }
    [Netns] => { sends_fragments, sends_decoys, sends_from_a_foreign_source }
}

/// An address that nobody has.
const DECOY: &str = "192.0.2.77";

fn finds_the_same_protocols() {
    let lab = Lab::new();
    let mut lines = Vec::new();
    for rest in [
        format!("-sO --reason -p 2,6,17,47,50-52 {SERVER}"),
        format!("-sO -p 1,6,17,50 {SERVER}"),
        format!("-sO -p 6,50 --open {SERVER}"),
        format!("-sO -p P:6,50 -v {SERVER}"),
        format!("-6 -sO -p 6,17,50,58,132 --reason {SERVER6}"),
        format!("-sO -sV -O -p 6 {SERVER}"),
        format!("-sO -p 300 {SERVER}"),
        format!("-sO -p T:6 {SERVER}"),
        format!("-sS -p P:6 {SERVER}"),
        format!("-sO -sU {SERVER}"),
        format!("-sn -PO6,17 --reason {SERVER}"),
        format!("-sn -PO --reason {SERVER}"),
        format!("-sn -PO300 {SERVER}"),
        format!("-sZ --reason -p 22,80 {SERVER}"),
        format!("-sY -sZ -p 22 {SERVER}"),
        format!("-sY --adler32 -p 22 {SERVER}"),
    ] {
        lines.push(format!("-n {rest}"));
    }
    same(lab.client(), &lines);
}

fn asks_hosts_of_a_link_by_arp() {
    let (here, there) = (Namespace::new("here"), Namespace::new("there"));
    here.cable("a", &there, "b");
    here.up(&["lo", "a"]);
    there.up(&["lo", "b"]);
    here.addresses("a", &["10.7.0.1/29"]);
    there.addresses("b", &["10.7.0.2/29", "10.7.0.4/29"]);
    let addresses = |text: &str| -> Vec<String> {
        let arp = text.lines().filter(|line| line.contains(" ARP "));
        let mut lines: Vec<String> = arp
            .filter_map(|line| Some(line.split_once(" ARP ")?.1.to_owned()))
            .collect();
        lines.sort();
        lines
    };
    let args = "-n -sn --packet-trace 10.7.0.2-4";
    let (mine, theirs) = (ours(&here, args), native(&here, args));
    assert_eq!(
        addresses(&mine.stdout),
        addresses(&theirs.stdout),
        "ours: {mine}\nnative: {theirs}"
    );
    let plain = "-n -sn 10.7.0.2-4";
    assert_eq!(
        steady(&ours(&here, plain).stdout),
        steady(&native(&here, plain).stdout)
    );
    // Where ARP is denied, what the kernel finds out is enough.
    let denied = "--deny packet.send --deny packet.receive";
    let run = invoke(&here, denied, "nmap", plain).run();
    assert_eq!(
        steady(&run.output.stdout),
        steady(&mine_without_trace(&mine.stdout)),
        "{}",
        run.output
    );
}

fn mine_without_trace(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains(" ARP "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn headers_of_its_own_are_denied() {
    let lab = Lab::new();
    for option in ["-f", "--mtu 16", &format!("-D {DECOY},ME")] {
        let args = format!("-n -Pn {option} -p 22 {SERVER}");
        let run = invoke(lab.client(), "", "nmap", &args).run();
        assert_eq!(run.output.code, 1, "{}", run.output);
        let expected = format!("nmap: denied: raw.send to {SERVER}");
        assert!(run.output.stderr.contains(&expected), "{}", run.output);
        assert!(!run.output.stdout.contains("22/tcp"), "{}", run.output);
    }
    let args = "-n --spoof-mac 0 -p 22 192.0.2.1";
    let run = invoke(lab.client(), "", "nmap", args).run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert!(run.output.stderr.contains("--spoof-mac"), "{}", run.output);
}

/// What nmap needs beside packets with headers of its own.
const PLAIN: &str = "--allow scan.probe --allow route.read";

/// Counts packets before they are put together again.
fn count(node: &Namespace, matching: &str) {
    let script = format!(
        "add table ip counted\n\
         add chain ip counted early {{ type filter hook prerouting priority -450; }}\n\
         add rule ip counted early {matching} counter\n"
    );
    node.command("nft").words("-f -").stdin(script).succeed();
}

fn counted(node: &Namespace) -> u64 {
    let listed = node.command("nft").words("list table ip counted").run();
    let after = listed.stdout.split("packets ").nth(1);
    let number = after.and_then(|text| text.split(' ').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no counter: {listed}"))
}

fn sends_fragments() {
    let lab = Lab::new();
    let server = lab.server();
    count(server, "ip frag-off & 0x3fff != 0");
    let options = format!("{PLAIN} --allow raw.send:own-header={SERVER}");
    let args = format!("-n -Pn -f -p 22,88 {SERVER}");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert!(run.output.stdout.contains("22/tcp open"), "{}", run.output);
    assert!(
        run.output.stdout.contains("88/tcp closed"),
        "{}",
        run.output
    );
    // 24 octets are three fragments, for each of two ports.
    assert!(counted(server) >= 6, "{}", run.output);
}

fn sends_decoys() {
    let lab = Lab::new();
    let server = lab.server();
    count(server, &format!("ip saddr {DECOY} tcp flags syn"));
    let args = format!("-n -Pn -D {DECOY},ME -p 22,88 {SERVER}");
    let half = format!("{PLAIN} --allow raw.send:own-header={SERVER}");
    let run = invoke(lab.client(), &half, "nmap", &args).run();
    let expected = format!("nmap: denied: raw.spoof to {SERVER}");
    assert!(run.output.stderr.contains(&expected), "{}", run.output);
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert_eq!(counted(server), 0, "{}", run.output);
    let options = format!("{half} --allow raw.spoof={SERVER}");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert!(run.output.stdout.contains("22/tcp open"), "{}", run.output);
    assert!(
        run.output.stdout.contains("88/tcp closed"),
        "{}",
        run.output
    );
    assert!(counted(server) >= 2, "{}", run.output);
}

fn sends_from_a_foreign_source() {
    let lab = Lab::new();
    let server = lab.server();
    count(server, &format!("ip saddr {DECOY} tcp flags syn"));
    let args = format!("-n -Pn -S {DECOY} -p 22 --max-retries 1 {SERVER}");
    let options = format!("{PLAIN} --allow raw.send:own-header --allow raw.spoof={SERVER}");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert!(
        run.output.stderr.contains("just give the -e"),
        "{}",
        run.output
    );
    let args = format!("{args} -e link0");
    let run = invoke(lab.client(), &options, "nmap", &args).run();
    // What answers goes to somebody else.
    assert!(
        run.output.stdout.contains("22/tcp filtered"),
        "{}",
        run.output
    );
    assert!(counted(server) >= 1, "{}", run.output);
}
