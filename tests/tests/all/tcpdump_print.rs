//! tcpdump prints packets of many protocols as the native one does, and stays sound on those that were cut short.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::packets::{IPV6, LINKS, Packet};
use nethost_tests::topology::Topology;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use tempfile::NamedTempFile;

cases! {
    [Netns, Program("tcpdump")] => {
        prints_packets_as_the_native_one_does,
        prints_ipv6_as_the_native_one_does,
    }
    [Netns] in each way => { prints_what_only_the_newer_one_knows, prints_what_was_cut_short }
    [Netns] => { prints_what_is_wrong }
}

/// In how many ways each packet is printed.
const WAYS: [&str; 10] = [
    "-tn", "-tnv", "-tnvv", "-tne", "-tnX", "-tnq", "-tt -n", "-tnve", "-tnx", "-tnA",
];

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).expect("a digit") as u8;
    let pairs = hexadecimal.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

/// A capture file of packets of a link, each with how much of it was captured.
fn capture<'a>(link: u32, packets: impl IntoIterator<Item = (&'a [u8], usize)>) -> NamedTempFile {
    let mut file = Vec::new();
    let mut words = |words: &[u32], octets: &[u8]| {
        for word in words {
            file.extend(word.to_le_bytes());
        }
        file.extend(octets);
    };
    words(&[0xa1b2_c3d4, 4 << 16 | 2, 0, 0, 262_144, link], &[]);
    for (number, (packet, captured)) in (0..).zip(packets) {
        let captured = captured.min(packet.len());
        let lengths = [captured as u32, packet.len() as u32];
        words(
            &[1_700_000_000, number, lengths[0], lengths[1]],
            &packet[..captured],
        );
    }
    let saved = NamedTempFile::new().unwrap();
    std::fs::write(saved.path(), file).unwrap();
    // Another user reads it too.
    std::fs::set_permissions(saved.path(), PermissionsExt::from_mode(0o644)).unwrap();
    saved
}

fn whole(link: u32, packets: &[Packet]) -> NamedTempFile {
    let packets: Vec<Vec<u8>> = packets.iter().map(|(_, packet)| octets(packet)).collect();
    capture(link, packets.iter().map(|packet| (&**packet, usize::MAX)))
}

fn ours(net: &Topology, file: &NamedTempFile, way: &str) -> Output {
    let args = format!("{way} -r {}", file.path().display());
    invoke(net.client(), "", "tcpdump", &args).run().output
}

fn native(net: &Topology, file: &NamedTempFile, way: &str) -> Output {
    let args = format!("{way} -r {}", file.path().display());
    net.client().command("tcpdump").words(&args).run()
}

/// The first line that is not the same.
fn difference(ours: &str, native: &str) -> Option<String> {
    let mut lines = ours.lines().zip(native.lines());
    let (ours_line, native_line) = lines.find(|(ours, native)| ours != native).or_else(|| {
        let longer = ours.lines().count() != native.lines().count();
        longer.then_some(("one has more lines", ""))
    })?;
    Some(format!("ours:   {ours_line}\nnative: {native_line}"))
}

fn compare(link: u32, packets: &[Packet], newer: impl Fn(String) -> String) {
    let net = Topology::alone();
    let file = whole(link, packets);
    let mut wrong = String::new();
    for way in WAYS {
        let (ours, native) = (ours(&net, &file, way), native(&net, &file, way));
        assert_eq!(
            (ours.code, native.code),
            (0, 0),
            "{way}, link {link}: {ours}{native}"
        );
        if let Some(difference) = difference(&ours.stdout, &newer(native.stdout)) {
            writeln!(wrong, "{way}, link {link}:\n{difference}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn prints_packets_as_the_native_one_does() {
    for (link, packets) in LINKS {
        compare(link, packets, |native| native);
    }
}

/// The development branch writes a comma that the native one of today does not.
fn prints_ipv6_as_the_native_one_does() {
    compare(1, IPV6, |native| {
        native.replace(") payload length: ", "), payload length ")
    });
}

fn prints_what_only_the_newer_one_knows() {
    let net = Topology::alone();
    for (packet, line) in [
        (
            "0200000000020200000000010800450000360007000040118e79c0000201c63364029c400714002263e00101001a30313233343536373839616263646566010675736572",
            "IP 192.0.2.1.40000 > 198.51.100.2.1812: RADIUS, Access-Request (1), id: 0x01, length: 26",
        ),
        (
            "0200000000020200000000010800450000480007000040118e67c0000201c6336402013f013f0034fe9a1002002c00000000000000000000000000000000020000000001000100050001000000000000000000000000",
            "IP 192.0.2.1.319 > 198.51.100.2.319: PTPv2, majorSdoId: 0x1, msg type: sync msg, length: 44, domain: 0, reserved1: 0, Flags [none], NS correction: 0, sub NS correction: 0, reserved2: 0, clock identity: 0x200000000010001, port id: 5, seq id: 1, control: 0 (Sync), log message interval: 0, originTimeStamp: 0.000000000 seconds",
        ),
        (
            "0200000000020200000000010800450000340007000040118e7bc0000201c6336402c0000ec800209c2c20c803180000000100000002000f4240000f424000000000",
            "IP 192.0.2.1.49152 > 198.51.100.2.3784: BFDv1, Control, State Up, Flags: [Control Plane Independent], length: 24",
        ),
    ] {
        let output = ours(&net, &whole(1, &[("", packet)]), "-tn");
        assert_eq!(
            (output.code, output.stdout.trim_end()),
            (0, line),
            "{output}"
        );
    }
}

/// Each packet after each octet.
fn prints_what_was_cut_short() {
    let net = Topology::alone();
    for (link, packets) in LINKS.into_iter().chain([(1, IPV6)]) {
        let packets: Vec<Vec<u8>> = packets.iter().map(|(_, packet)| octets(packet)).collect();
        let each = |packet| (0..=<[u8]>::len(packet)).map(move |captured| (packet, captured));
        let file = capture(link, packets.iter().flat_map(|packet| each(packet)));
        let count = packets.iter().map(|packet| packet.len() + 1).sum::<usize>();
        let output = ours(&net, &file, "-tnvv --number");
        assert_eq!(output.code, 0, "link {link}: {output}");
        let last = format!("{count:5} ");
        assert!(
            output.stdout.contains(&last),
            "link {link}: {count} packets"
        );
    }
}

/// Each packet with some of its octets changed.
fn prints_what_is_wrong() {
    let net = Topology::alone();
    let mut seed = 1u32;
    let mut next = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 8
    };
    for (link, packets) in LINKS.into_iter().chain([(1, IPV6)]) {
        let mut changed = Vec::new();
        for (_, packet) in packets {
            for _ in 0..64 {
                let mut packet = octets(packet);
                for _ in 0..4 {
                    let place = next() as usize % packet.len();
                    packet[place] = next() as u8;
                }
                changed.push(packet);
            }
        }
        let file = capture(link, changed.iter().map(|packet| (&**packet, usize::MAX)));
        for way in ["-tnvvv --number", "-tneX --number"] {
            let output = ours(&net, &file, way);
            assert_eq!(output.code, 0, "link {link}: {output}");
            let last = format!("{:5} ", changed.len());
            assert!(output.stdout.contains(&last), "link {link}: all packets");
        }
    }
}
