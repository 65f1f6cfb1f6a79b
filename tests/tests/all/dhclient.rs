//! dhclient with real servers, beside ISC's: the same words, the same lease, each other's lease file.

use crate::case::cases;
use nethost_tests::command::{Command, Output, Running};
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nix::sys::signal::Signal;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("dnsmasq")] in each way => {
        shows_what_it_would_set_and_gives_back,
        configures_and_gives_back,
        probes_and_compares,
        asks_over_ipv6,
    }
    [Netns, Program("dnsmasq"), Program("dhclient")] => {
        is_as_the_native_one,
        is_as_the_native_one_over_ipv6,
    }
    [Netns, Program("dhcpd")] => { works_with_dhcpd }
    [Netns, Program("dhclient")] => { refuses_what_the_native_one_refuses }
    [Netns] => { is_denied, no_server_ends_it, hostile_servers_are_borne }
}

/// A client and a server on one cable, and a folder that everybody may use.
struct Bed {
    client: Namespace,
    server: Namespace,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Bed {
    fn new() -> Self {
        let (client, server) = (Namespace::new("client"), Namespace::new("server"));
        client.cable("v0", &server, "v0");
        client.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
        server.addresses("v0", &["10.0.0.2/24"]);
        client.up(&["v0"]);
        server.up(&["v0"]);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777))
            .expect("its mode");
        let path = folder.path().canonicalize().expect("its path");
        Self {
            client,
            server,
            _folder: folder,
            path,
        }
    }

    fn file(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// dnsmasq with leases of so many seconds.
    fn dnsmasq(&self, seconds: u32) -> Server {
        let leases = self.file("dnsmasq.leases");
        let running = self
            .server
            .command("dnsmasq")
            .words("--no-daemon --conf-file=/dev/null --port=0 --interface=v0 --bind-interfaces --no-ping")
            .words("--user=root --group=root --dhcp-authoritative")
            .arg(format!("--dhcp-range=10.0.0.50,10.0.0.50,255.255.255.0,{seconds}"))
            .words("--dhcp-option=3,10.0.0.2 --dhcp-option=6,10.0.0.2 --dhcp-option=15,example.test")
            .words("--dhcp-option=26,1400 --dhcp-option=121,10.5.0.0/16,10.0.0.2,0.0.0.0/0,10.0.0.2")
            .arg(format!("--dhcp-leasefile={leases}"))
            .patience(Duration::from_secs(120))
            .spawn();
        self.until_bound(67);
        Server(Some(running), leases)
    }

    /// dnsmasq for DHCPv6, with the addresses from fd00::50.
    fn dnsmasq6(&self, last: &str) -> Server {
        self.server.addresses("v0", &["fd00::2/64"]);
        let leases = self.file("dnsmasq6.leases");
        let running = self
            .server
            .command("dnsmasq")
            .words("--no-daemon --conf-file=/dev/null --port=0 --interface=v0 --bind-interfaces --no-ping")
            .words("--user=root --group=root")
            .arg(format!("--dhcp-range=fd00::50,{last},64,200"))
            .words("--dhcp-option=option6:dns-server,[fd00::2]")
            .words("--dhcp-option=option6:domain-search,example.test")
            .arg(format!("--dhcp-leasefile={leases}"))
            .patience(Duration::from_secs(120))
            .spawn();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.server.inside(|| {
            let table = std::fs::read_to_string("/proc/thread-self/net/udp6");
            table.unwrap_or_default().contains(":0223 ")
        }) {
            assert!(Instant::now() < deadline, "no server of DHCPv6");
            std::thread::sleep(Duration::from_millis(20));
        }
        Server(Some(running), leases)
    }

    fn addresses6(&self) -> Vec<String> {
        let all = state::addresses(&self.client);
        let all = all.iter().map(|address| state::local(address).to_string());
        all.filter(|address| address.starts_with("fd00:")).collect()
    }

    /// Waits until a server has its port.
    fn until_bound(&self, port: u16) {
        let wanted = format!(":{port:04X} ");
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.server.inside(|| {
            let table = std::fs::read_to_string("/proc/thread-self/net/udp");
            table.unwrap_or_default().contains(&wanted)
        }) {
            assert!(Instant::now() < deadline, "no server at {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ours(&self, options: &str, args: &str) -> Command {
        nethost(&self.client)
            .words(options)
            .arg("dhclient")
            .words(args)
            .patience(Duration::from_secs(90))
    }

    fn addresses(&self) -> Vec<String> {
        let all = state::addresses(&self.client);
        let all = all.iter().map(|address| state::local(address).to_string());
        all.filter(|address| address.starts_with("10.")).collect()
    }
}

/// A server that ends with the test.
struct Server(Option<Running>, String);

impl Server {
    /// The leases that it has given.
    fn leases(&self) -> usize {
        let text = std::fs::read_to_string(&self.1).unwrap_or_default();
        text.lines().count()
    }

    fn until_leases(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.leases() != count {
            assert!(Instant::now() < deadline, "{} leases", self.leases());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.signal(Signal::SIGTERM);
            let _ = running.finish();
        }
    }
}

/// The lines of a client, without what is random: intervals and times of renewal.
fn words(text: &str) -> Vec<String> {
    let shown = |line: &str| {
        let line = line.split(" interval ").next().unwrap_or_default();
        let line = line.split(" -- renewal in").next().unwrap_or_default();
        line.to_owned()
    };
    let dhcp = |line: &&str| {
        [
            "DHCP",
            "bound",
            "Listening",
            "Sending on   LPF",
            "No ",
            "Unable",
        ]
        .iter()
        .any(|begin| line.starts_with(begin))
    };
    let mut lines: Vec<String> = text.lines().filter(dhcp).map(shown).collect();
    // On a busy machine a question may be repeated.
    lines.dedup();
    lines
}

const OBTAINED: [&str; 7] = [
    "Listening on LPF/v0/02:00:00:00:00:01",
    "Sending on   LPF/v0/02:00:00:00:00:01",
    "DHCPDISCOVER on v0 to 255.255.255.255 port 67",
    "DHCPOFFER of 10.0.0.50 from 10.0.0.2",
    "DHCPREQUEST for 10.0.0.50 on v0 to 255.255.255.255 port 67",
    "DHCPACK of 10.0.0.50 from 10.0.0.2",
    "bound to 10.0.0.50",
];

fn shows_what_it_would_set_and_gives_back() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let running = bed.ours("", "-v v0").spawn();
    running.expect("given back");
    server.until_leases(1);
    assert!(bed.addresses().is_empty());
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    for line in [
        "v0: would set address 10.0.0.50/24 broadcast 10.0.0.255 for 1",
        "v0: would set mtu 1400",
        "v0: would set route 10.5.0.0/16 via 10.0.0.2",
        "v0: would set route default via 10.0.0.2",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
    assert!(output.stdout.contains("--allow route.write"), "{output}");
    let said = words(&output.stderr);
    assert_eq!(said[..7], OBTAINED, "{output}");
    assert_eq!(
        said[7],
        "DHCPRELEASE of 10.0.0.50 on v0 to 10.0.0.2 port 67"
    );
    server.until_leases(0);
}

fn configures_and_gives_back() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let leases = bed.file("ours");
    let running = bed
        .ours("--allow route.write", &format!("-v -lf {leases} v0"))
        .spawn();
    running.expect("nameserver 10.0.0.2");
    server.until_leases(1);
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    let routes = || {
        let all = state::routes(&bed.client, rtnetlink::packet_route::AddressFamily::Inet);
        let main = all.iter().filter(|route| state::table(route) == 254);
        main.map(state::destination).collect::<Vec<_>>()
    };
    assert!(
        routes().iter().any(|route| route.contains("10.5.0.0")),
        "{:?}",
        routes()
    );
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 130, "{output}");
    assert_eq!(
        bed.addresses(),
        ["10.0.0.50"],
        "as the native one leaves it"
    );
    assert_eq!(server.leases(), 1);
    let text = std::fs::read_to_string(&leases).expect("the lease");
    assert!(text.contains("  fixed-address 10.0.0.50;\n"), "{text}");
    let output = bed
        .ours("--allow route.write", &format!("-v -r -lf {leases} v0"))
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(
        words(&output.stderr)[2],
        "DHCPRELEASE of 10.0.0.50 on v0 to 10.0.0.2 port 67"
    );
    assert!(bed.addresses().is_empty());
    server.until_leases(0);
}

fn probes_and_compares() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let output = bed
        .ours("", "--probe --timeout 2 --expect 10.0.0.2,10.0.0.3 v0")
        .run();
    assert_eq!(output.code, 3, "one is missing: {output}");
    for line in [
        "v0: offer of 10.0.0.50 from 10.0.0.2",
        "  domain-name \"example.test\" (15)",
        "  rfc3442-classless-static-routes 10.5.0.0/16 via 10.0.0.2, 0.0.0.0/0 via 10.0.0.2 (121)",
        "v0: 1 server(s) answered",
        "v0: missing: 10.0.0.3",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
    let output = bed.ours("", "--probe --json --timeout 1 v0").run();
    assert_eq!(output.code, 0, "{output}");
    let lines: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["server"], "10.0.0.2");
    assert_eq!(lines[1]["servers"][0], "10.0.0.2");
    assert_eq!(server.leases(), 0, "nothing is taken");
    bed.client.addresses("v0", &["10.0.0.9/24"]);
    let output = bed.ours("", "--compare --timeout 1 v0").run();
    assert_eq!(output.code, 3, "{output}");
    assert!(
        output
            .stdout
            .contains("v0: network: same: 10.0.0.2 offers 10.0.0.0/24; configured 10.0.0.0/24"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("v0: mtu: DIFFERS: 10.0.0.2 offers 1400; configured 1500")
    );
}

/// The same server gives both the same lease; each asks for the lease in the other's file.
fn is_as_the_native_one() {
    let bed = Bed::new();
    let server = bed.dnsmasq(120);
    let script = bed.file("script");
    std::fs::write(&script, "#!/bin/sh\nexit 0\n").expect("a script");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("its mode");
    let (theirs, ours) = (bed.file("theirs"), bed.file("ours"));
    let native = |leases: &str| -> Output {
        let process = bed.file("process");
        let running = bed
            .client
            .command("dhclient")
            .words(&format!(
                "-v -1 -d -cf /dev/null -sf {script} -pf {process} -lf {leases} v0"
            ))
            .patience(Duration::from_secs(60))
            .spawn();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !std::fs::read_to_string(leases)
            .unwrap_or_default()
            .ends_with("}\n")
        {
            assert!(Instant::now() < deadline, "no lease");
            std::thread::sleep(Duration::from_millis(20));
        }
        // Its last line follows the file.
        std::thread::sleep(Duration::from_millis(300));
        running.signal(Signal::SIGTERM);
        running.finish()
    };
    let mine = |leases: &str| -> Output {
        let running = bed
            .ours("", &format!("-v -1 -d -cf /dev/null -lf {leases} v0"))
            .spawn();
        running.expect("given back");
        // Killed, so that the lease is not given back.
        running.signal(Signal::SIGKILL);
        running.finish()
    };
    let seen = words(&native(&theirs).stderr);
    assert_eq!(seen, OBTAINED);
    let output = mine(&ours);
    assert_eq!(words(&output.stderr)[..6], OBTAINED[..6], "{output}");
    let options = |path: &str| {
        let text = std::fs::read_to_string(path).expect("a lease");
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| {
                !["renew", "rebind", "expire"]
                    .iter()
                    .any(|word| line.trim().starts_with(word))
            })
            .map(str::to_owned)
            .collect();
        lines.sort_unstable();
        lines
    };
    // The native one knows option 121 by a definition in Debian's file only.
    let known = |line: &String| !line.contains("121") && !line.contains("classless");
    let known = |path: &str| options(path).into_iter().filter(known).collect::<Vec<_>>();
    assert_eq!(known(&ours), known(&theirs));
    assert_eq!(server.leases(), 1);
    // Each reads the other's: it asks for that address at once.
    let reboot = [&OBTAINED[..2], &OBTAINED[4..6]].concat();
    let output = mine(&theirs);
    assert_eq!(words(&output.stderr)[..4], reboot, "{output}");
    let seen = words(&native(&ours).stderr);
    assert_eq!(seen[..4], reboot);
}

/// The lines of a client of DHCPv6, without what differs from run to run.
fn words6(text: &str) -> Vec<String> {
    let ours = |line: &&str| {
        ["PRC:", "XMT:", "RCV:", "Listening", "Sending", "message"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let mask = |line: &str| {
        let line = line.split(", interval").next().unwrap_or_default();
        let begin = [
            "RCV:  | X-- starts",
            "RCV: Advertise message",
            "RCV: Reply message",
            "PRC: Bound to lease",
        ];
        let begin = begin.iter().find(|begin| line.starts_with(**begin));
        let line = begin.map_or(line, |begin| *begin);
        match line.split_once(" seconds, to run") {
            Some(_) => "PRC: Renewal".to_owned(),
            None => line
                .split(" scheduled in")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    };
    text.lines().filter(ours).map(mask).collect()
}

fn asks_over_ipv6() {
    let bed = Bed::new();
    let _server = bed.dnsmasq6("fd00::50");
    let output = bed.ours("", "-6 -S -v v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("v0: dhcp6.name-servers fd00::2\n"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("v0: dhcp6.domain-search \"example.test.\"\n"),
        "{output}"
    );
    // Nothing is set without a grant.
    let running = bed.ours("", "-6 -v v0").spawn();
    running.expect("name-servers");
    assert!(bed.addresses6().is_empty());
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.contains("v0: would set address fd00::50/128"),
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains("XMT:  | X-- Release Address fd00::50"),
        "{output}"
    );
    // It is set, and given back.
    let leases = bed.file("ours6");
    let running = bed
        .ours("--allow route.write", &format!("-6 -v -lf {leases} v0"))
        .spawn();
    running.expect("name-servers");
    assert_eq!(bed.addresses6(), ["fd00::50"]);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, 143);
    let output = bed
        .ours("--allow route.write", &format!("-6 -r -v -lf {leases} v0"))
        .run();
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output
            .stderr
            .contains("XMT:  | X-- Release Address fd00::50"),
        "{output}"
    );
    assert!(bed.addresses6().is_empty());
}

fn is_as_the_native_one_over_ipv6() {
    let bed = Bed::new();
    let _server = bed.dnsmasq6("fd00::5f");
    let script = bed.file("script");
    std::fs::write(&script, "#!/bin/sh\nexit 0\n").expect("a script");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("its mode");
    let (theirs, process) = (bed.file("theirs"), bed.file("process"));
    let running = bed
        .client
        .command("dhclient")
        .words(&format!(
            "-6 -v -1 -d -cf /dev/null -sf {script} -pf {process} -lf {theirs} v0"
        ))
        .patience(Duration::from_secs(60))
        .spawn();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !std::fs::read_to_string(&theirs)
        .unwrap_or_default()
        .contains("lease6")
    {
        assert!(Instant::now() < deadline, "no lease");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGTERM);
    let native = words6(&running.finish().stderr);
    // Its identifier and its lease are in its file: the same address is confirmed.
    let running = bed.ours("", &format!("-6 -v -lf {theirs} v0")).spawn();
    running.expect("given back");
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    let said = words6(&output.stderr);
    assert_eq!(
        said[2], "PRC: Confirming active lease (INIT-REBOOT).",
        "{output}"
    );
    assert!(
        said.iter()
            .any(|line| line.starts_with("XMT:  | X-- Confirm Address fd00::")),
        "{output}"
    );
    // Without a file of its own, all is as it was with the native one, but for the identifier.
    let running = bed.ours("", "-6 -v v0").spawn();
    running.expect("given back");
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    let said = words6(&output.stderr);
    let until = |lines: &[String]| {
        lines
            .iter()
            .position(|line| line.starts_with("RCV: Advertise"))
            .expect("an offer")
    };
    assert_eq!(said[..until(&said)], native[..until(&native)], "{output}");
}

fn works_with_dhcpd() {
    let bed = Bed::new();
    let (conf, leases) = (bed.file("dhcpd.conf"), bed.file("dhcpd.leases"));
    std::fs::write(
        &conf,
        "ping-check false;\ndefault-lease-time 8;\nmax-lease-time 8;\nauthoritative;\n\
         subnet 10.0.0.0 netmask 255.255.255.0 {\n range 10.0.0.50 10.0.0.50;\n option routers 10.0.0.2;\n\
         option domain-name \"isc.test\";\n}\n",
    )
    .expect("a file");
    std::fs::write(&leases, "").expect("a file");
    let process = bed.file("dhcpd.pid");
    let running = bed
        .server
        .command("dhcpd")
        .words(&format!(
            "-4 -f -d -cf {conf} -lf {leases} -pf {process} v0"
        ))
        .patience(Duration::from_secs(120))
        .spawn();
    let _server = Server(Some(running), leases);
    bed.until_bound(67);
    let running = bed
        .ours(
            "--allow route.write",
            &format!("-v -lf {} v0", bed.file("ours")),
        )
        .spawn();
    running.expect("search isc.test");
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    // Longer than a lease: it was prolonged.
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!(bed.addresses(), ["10.0.0.50"]);
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    assert!(
        output
            .stderr
            .contains("DHCPREQUEST for 10.0.0.50 on v0 to 10.0.0.2 port 67\nDHCPACK of 10.0.0.50"),
        "{output}"
    );
}

fn refuses_what_the_native_one_refuses() {
    let bed = Bed::new();
    for line in ["-Q", "-p x", "-cf", "-lf", "-n v0", "nosuch"] {
        let theirs = bed.client.command("dhclient").words(line).run();
        let ours = bed.ours("", line).run();
        assert_eq!(ours.code, theirs.code, "dhclient {line}\n{ours}{theirs}");
        // The banner and the last words of the native one are its own.
        let first = ours.stderr.lines().next().unwrap_or_default();
        assert!(
            theirs.stderr.contains(first),
            "dhclient {line}\n{ours}{theirs}"
        );
    }
    for line in [
        "-x v0",
        "-nw v0",
        "-i v0",
        "--mac v0",
        "-6 --prefix-len-hint v0",
    ] {
        let ours = bed.ours("", line).run();
        let option = line
            .trim_start_matches("-6 ")
            .split(' ')
            .next()
            .unwrap_or_default();
        assert_eq!(ours.code, 1, "{ours}");
        assert!(
            ours.stderr.contains(option) && ours.stderr.contains("not"),
            "{ours}"
        );
    }
}

fn is_denied() {
    let bed = Bed::new();
    for rule in ["packet.send=255.255.255.255", "packet.receive=0.0.0.0"] {
        let output = bed.ours(&format!("--deny {rule}"), "-v -1 v0").run();
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stderr.contains("denied: packet."), "{output}");
    }
}

fn no_server_ends_it() {
    let bed = Bed::new();
    let output = bed.ours("", "-v -1 --timeout 2 v0").run();
    assert_eq!(output.code, 2, "{output}");
    assert!(
        output.stderr.ends_with(
            "No DHCPOFFERS received.\nUnable to obtain a lease on first try.  Exiting.\n"
        ),
        "{output}"
    );
    let output = bed.ours("", "--probe --timeout 1 v0").run();
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (1, "v0: 0 server(s) answered\n"),
        "{output}"
    );
}

/// A server that answers each question with all of these.
fn answering(bed: &Bed, answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) {
    let socket = bed
        .server
        .inside(|| UdpSocket::bind("0.0.0.0:67").expect("a socket"));
    socket.set_broadcast(true).expect("broadcasts");
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout");
    std::thread::spawn(move || {
        let mut buffer = [0; 2000];
        while let Ok((length, _)) = socket.recv_from(&mut buffer) {
            for answer in answers(&buffer[..length]) {
                if socket.send_to(&answer, "10.0.0.255:68").is_err() {
                    return;
                }
            }
        }
    });
}

/// The answer to a question: these options, for 10.0.0.50.
fn answer(question: &[u8], options: &[u8]) -> Vec<u8> {
    let mut answer = question[..240].to_vec();
    answer[0] = 2;
    answer[16..20].copy_from_slice(&[10, 0, 0, 50]);
    answer.extend(options);
    answer
}

fn hostile_servers_are_borne() {
    let bed = Bed::new();
    answering(&bed, |question| {
        let offer = |options: &[u8]| {
            answer(
                question,
                &[&[53, 1, 2, 54, 4, 10, 0, 0, 2][..], options].concat(),
            )
        };
        let changed = |at: usize| {
            let mut answer = offer(&[255]);
            answer[at] ^= 1;
            answer
        };
        vec![
            Vec::new(),
            vec![2; 240],
            question.to_vec(),
            changed(4),
            changed(28),
            changed(236),
            // Cut in the middle of an option, with control characters, and with a name without an end.
            offer(&[
                12, 5, 27, b'[', b'2', b'J', 7, 119, 2, 0xc0, 0, 15, 200, b'x',
            ]),
        ]
    });
    let output = bed.ours("", "--probe --timeout 1 v0").run();
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("1 server(s) answered"), "{output}");
    assert!(output.stdout.contains("MALFORMED"), "{output}");
    assert!(
        output.stdout.contains("host-name \"\\033[2J\\007\""),
        "{output}"
    );
    assert!(!output.stdout.contains('\u{1b}'), "{output}");
}
