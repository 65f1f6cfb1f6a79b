//! tcpdump beside the native one, on a capture file.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke, nethost};
use nethost_tests::namespace::Namespace;

cases! {
    [Netns, Program("tcpdump")] => { prints_the_same }
    [Netns, Program("tcpdump")] in each way => { misuse_is_the_same }
    [Netns] in each way => { reads_standard_input, reading_is_denied }
}

/// A file with ICMP, ICMPv6, TCP and UDP over Ethernet.
fn capture() -> tempfile::TempDir {
    let ethernet = |kind: &[u8]| [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1][..], kind].concat();
    let over_4 = |protocol: u8, payload: &[u8]| {
        let length = 20 + payload.len() as u8;
        let head = [
            0x45, 0, 0, length, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ];
        [&ethernet(&[0x08, 0x00]), &head[..], payload].concat()
    };
    let over_6 = |next: u8, payload: &[u8]| {
        let mut head = vec![0x60, 0, 0, 0, 0, payload.len() as u8, next, 64];
        head.extend(std::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1).octets());
        head.extend(std::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2).octets());
        [&ethernet(&[0x86, 0xdd]), &head[..], payload].concat()
    };
    let tcp = |flags: u8, seq: u8, ack: u8, data: &[u8]| {
        let acked = if flags & 0x10 == 0 { 0 } else { 2 };
        let head = [
            0x9c, 0x40, 0, 80, 0, 0, 1, seq, 0, 0, acked, ack, 0x50, flags, 0x20, 0, 0, 0, 0, 0,
        ];
        over_4(6, &[&head, data].concat())
    };
    let udp = [&[0x9c, 0x41, 0x0f, 0xa0, 0, 13, 0x12, 0x34][..], b"hello"].concat();
    let packets = [
        over_4(1, &[8, 0, 0xf7, 0xfd, 0, 1, 0, 1, 1, 2, 3, 4]),
        over_4(
            1,
            &[
                3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10,
                0, 0, 1, 0x0f, 0xa0, 0x9c, 0x41, 0, 8, 0, 0,
            ],
        ),
        over_6(58, &[128, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4]),
        tcp(0x02, 0, 0, b""),
        tcp(0x12, 0, 1, b""),
        tcp(0x18, 1, 1, b"GET / HTTP/1.0\r\n\r\n"),
        tcp(0x11, 19, 1, b""),
        tcp(0x04, 20, 0, b""),
        over_4(17, &udp),
        over_6(17, &udp),
        [
            &ethernet(&[0x08, 0x06])[..],
            &[
                0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0,
                2,
            ],
        ]
        .concat(),
    ];
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(word.to_le_bytes());
    }
    for (index, packet) in packets.iter().enumerate() {
        for word in [
            1_700_000_000 + index as u32,
            123_456,
            packet.len() as u32,
            packet.len() as u32,
        ] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    let folder = tempfile::tempdir().unwrap();
    // A user without privilege reads it too.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), everybody).unwrap();
    std::fs::write(folder.path().join("dump.pcap"), file).unwrap();
    folder
}

fn ours(node: &Namespace, folder: &tempfile::TempDir, args: &str) -> Recorded {
    invoke(node, "", "tcpdump", args)
        .with(|command| command.directory(folder.path()))
        .run()
}

fn native(node: &Namespace, folder: &tempfile::TempDir, args: &str) -> Output {
    node.command("tcpdump")
        .words(args)
        .directory(folder.path())
        .run()
}

fn prints_the_same() {
    let node = Namespace::new("tcpdump");
    let folder = capture();
    let mut differ = Vec::new();
    for form in [
        "-n",
        "-nn",
        "-nN",
        "-nv",
        "-nvv",
        "-nvvv",
        "-ne",
        "-nX",
        "-nXX",
        "-nx",
        "-nxx",
        "-nA",
        "-nq",
        "-nt",
        "-ntt",
        "-nttt",
        "-nttttt",
        "-nS",
        "-n#",
        "-nK",
        "-nveX",
        "-nqt",
        "-n -c 3",
        "-n --count",
        "-ntu",
    ] {
        let line = format!("-r dump.pcap {form}");
        let theirs = native(&node, &folder, &line);
        let own = ours(&node, &folder, &line).output;
        // The words of tcpdump's development branch.
        let text = theirs
            .stdout
            .replace(") payload length: ", "), payload length ");
        if (own.code, &own.stdout, &own.stderr) != (theirs.code, &text, &theirs.stderr) {
            differ.push(format!("tcpdump {line}\n{own}{theirs}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

fn misuse_is_the_same() {
    let node = Namespace::new("tcpdump");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("text"),
        "no capture file, but long enough for a head\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    for line in [
        "-r nosuch",
        "-r text",
        "-r empty",
        "-r text -c x",
        "-r text -c 0",
        "-r text -T nosuch",
    ] {
        let theirs = native(&node, &folder, line);
        let own = ours(&node, &folder, line).output;
        let told = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        assert_eq!(told(&own), told(&theirs), "tcpdump {line}");
    }
}

fn reads_standard_input() {
    let node = Namespace::new("tcpdump");
    let folder = capture();
    let file = std::fs::read(folder.path().join("dump.pcap")).unwrap();
    let from_file = ours(&node, &folder, "-nr dump.pcap").output;
    let run = nethost(&node)
        .words("--audit /dev/null tcpdump -nr -")
        .stdin(file)
        .run();
    assert_eq!((run.code, &run.stdout), (0, &from_file.stdout), "{run}");
    assert_eq!(run.stdout.lines().count(), 11, "{run}");
}

fn reading_is_denied() {
    let node = Namespace::new("tcpdump");
    let folder = capture();
    let run = invoke(&node, "--deny file.read", "tcpdump", "-nr dump.pcap")
        .with(|command| command.directory(folder.path()))
        .run();
    assert_eq!(run.output.code, 1, "{}", run.output);
    assert_eq!(run.output.stdout, "", "{}", run.output);
    assert!(
        run.output.stderr.contains("denied: file.read"),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "file.read");
}
