//! tcpdump beside the native one: files, and what is written. Started by root, the native tool becomes another user.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{executable, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;
use std::path::Path;

cases! {
    first round;
    [Netns, OtherUser, Program("tcpdump")] => {
        files_read_the_same,
        programs_are_the_same,
        misuse_is_the_same,
        what_is_written_is_the_same,
        files_take_turns,
        a_full_disk_is_told,
    }
    [Netns] in each way => { each_request_can_be_denied }
    [Netns] => { objects_and_conversations }
}

/// A file of Ethernet frames: TCP, UDP, ICMP in a VLAN, ARP, IPv6; each of them several times.
pub(crate) fn packets() -> Vec<Vec<u8>> {
    let ethernet = |kind: u16, rest: &[u8]| {
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        frame.extend_from_slice(&kind.to_be_bytes());
        frame.extend_from_slice(rest);
        frame
    };
    let ip = |protocol: u8, rest: &[u8]| {
        let mut packet = vec![
            0x45,
            0,
            0,
            20 + rest.len() as u8,
            0,
            1,
            0,
            0,
            64,
            protocol,
            0,
            0,
        ];
        packet.extend_from_slice(&[192, 0, 2, 1, 192, 0, 2, 2]);
        packet.extend_from_slice(rest);
        packet
    };
    let mut all = Vec::new();
    for turn in 0..20_u8 {
        let mut tcp = vec![
            3,
            232 + turn % 20,
            0,
            80,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            0x50,
            turn,
            3,
            232,
        ];
        tcp.extend_from_slice(&[0; 4]);
        all.push(ethernet(0x800, &ip(6, &tcp)));
        all.push(ethernet(
            0x800,
            &ip(17, &[0, 53, 7, 208 + turn, 0, 12, 0, 0, 97, 98, 99, 100]),
        ));
        let mut tagged = vec![0, 5 + turn % 3, 8, 0];
        tagged.extend(ip(1, &[8, 0, 0xf7, 0xfd, 0, 1, 0, turn]));
        all.push(ethernet(0x8100, &tagged));
        let arp = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1];
        all.push(ethernet(
            0x806,
            &[&arp[..], &[0; 6], &[192, 0, 2, 2]].concat(),
        ));
        let mut ip6 = vec![0x60, 0, 0, 0, 0, 8, 17, 64, 0x20, 1, 0xd, 0xb8];
        ip6.extend_from_slice(&[0; 11]);
        ip6.extend_from_slice(&[1, 0x20, 1, 0xd, 0xb8]);
        ip6.extend_from_slice(&[0; 11]);
        ip6.extend_from_slice(&[2, 0, 9, 4, turn, 0, 8, 0, 0]);
        all.push(ethernet(0x86dd, &ip6));
    }
    all
}

/// Writes them as pcap.
fn write(path: &Path) {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for (number, packet) in (0_u32..).zip(packets()) {
        let length = packet.len() as u32;
        for number in [1_700_000_000 + number, number * 1000, length, length] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend(packet);
    }
    std::fs::write(path, file).unwrap();
}

/// A folder with the file, which everybody may read and write.
pub(crate) fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    write(&folder.path().join("a.pcap"));
    folder
}

fn native(node: &Namespace, folder: &Path, args: &[&str]) -> Output {
    // As root it takes on another identity, which may write nothing here.
    let command = node.command("tcpdump").directory(folder);
    command.args(["-Z", "root"]).args(args).run()
}

fn ours(node: &Namespace, folder: &Path, args: &[&str]) -> Output {
    let run = invoke(node, "", "tcpdump", "").with(|command| command.directory(folder).args(args));
    run.run().output
}

pub(crate) fn compare(node: &Namespace, folder: &Path, args: &[&str]) {
    let (native, ours) = (native(node, folder, args), ours(node, folder, args));
    assert_eq!(
        (ours.code, &ours.stdout, &ours.stderr),
        (native.code, &native.stdout, &native.stderr),
        "tcpdump {args:?}\n{ours}{native}"
    );
}

fn files_read_the_same() {
    let (net, folder) = (Topology::alone(), folder());
    for args in [
        "-n",
        "-nn -c 3",
        "-n -e",
        "-n -q",
        "-n -t",
        "-n -tt",
        "-n -ttt",
        "-n -tttt",
        "-n -ttttt",
        "-n -#",
        "-n -X arp",
        "-n -xx -c 2",
        "-n -A -c 2",
        "--count",
        "--count udp",
        "-n --nano -c 2",
        "-n -c 2 -S tcp",
    ] {
        let words: Vec<_> = ["-r", "a.pcap"]
            .into_iter()
            .chain(args.split(' '))
            .collect();
        compare(net.client(), folder.path(), &words);
    }
}

fn programs_are_the_same() {
    let (net, folder) = (Topology::alone(), folder());
    for expression in [
        "",
        "tcp",
        "vlan 5",
        "ip broadcast",
        "tcp[13] & 2 != 0 and len / 3 % 2 = 1",
        "ip[ip[0] & 3] = 1 or arp",
        "inbound",
        "ifindex 1",
        "ip protochain 6",
        "len > 5 and -tcp[0] < 3",
    ] {
        for form in [
            vec!["-d"],
            vec!["-dd"],
            vec!["-ddd"],
            vec!["-O", "-d"],
            vec!["-s", "100", "-d"],
            vec!["-y", "RAW", "-d"],
            vec!["-i", "lo", "-d"],
            vec!["-i", "any", "-d"],
            vec!["-r", "a.pcap", "-d"],
        ] {
            let words: Vec<_> = form.into_iter().chain([expression]).collect();
            compare(net.client(), folder.path(), &words);
        }
    }
}

fn misuse_is_the_same() {
    let (net, folder) = (Topology::alone(), folder());
    for args in [
        "-i nosuch",
        "-i 77",
        "-i 0",
        "-L -i lo",
        "-L -i any",
        "-J -i lo",
        "-i lo -y DOCSIS",
        "-y FOO",
        "-c 0",
        "-C 0",
        "-C 5x",
        "-W 0",
        "-B x",
        "-B 0",
        "-s -1",
        "-s 300000 -d",
        "-Q foo",
        "-r /dev/null",
        "-j foo",
        "-r nosuch",
        "-w /nosuch/x -c 1 -i lo",
        "-I -i lo",
        "-T foo",
        "-d -j adapter -i lo",
        "--time-stamp-precision=foo",
        "-r a.pcap -w /nosuch/x",
    ] {
        let words: Vec<_> = args.split(' ').collect();
        compare(net.client(), folder.path(), &words);
    }
}

fn what_is_written_is_the_same() {
    let (net, folder) = (Topology::alone(), folder());
    for (number, args) in [
        "",
        "tcp",
        "-c 7",
        "-s 20",
        "--nano",
        "-U vlan",
        "--print -n -c 2",
        "--count",
    ]
    .into_iter()
    .enumerate()
    {
        let (theirs, our) = (format!("n{number}"), format!("o{number}"));
        let words = |to| -> Vec<&str> {
            let words = ["-r", "a.pcap", "-w", to].into_iter();
            words
                .chain(args.split(' ').filter(|word| !word.is_empty()))
                .collect()
        };
        let native = native(net.client(), folder.path(), &words(&theirs));
        let run = ours(net.client(), folder.path(), &words(&our));
        assert_eq!(
            (run.code, &run.stdout),
            (native.code, &native.stdout),
            "{args}: {run}"
        );
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        assert!(read(&our) == read(&theirs), "-w {args}");
    }
    // pcapng, read by the native tool and by ours.
    let run = ours(
        net.client(),
        folder.path(),
        &["-r", "a.pcap", "-w", "x.pcapng", "--pcapng"],
    );
    assert_eq!(run.code, 0, "{run}");
    let expected = native(net.client(), folder.path(), &["-nr", "a.pcap"]).stdout;
    for read in [native, ours] {
        let run = read(net.client(), folder.path(), &["-nr", "x.pcapng"]);
        assert_eq!((run.code, &run.stdout), (0, &expected), "{run}");
    }
}

fn files_take_turns() {
    let (net, folder) = (Topology::alone(), folder());
    // More than a million octets: the file again and again.
    let one = std::fs::read(folder.path().join("a.pcap")).unwrap();
    let many = [&one[..24], &one[24..].repeat(500)].concat();
    std::fs::write(folder.path().join("many.pcap"), many).unwrap();
    let sizes = |prefix: &str| {
        let mut sizes = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if let Some(rest) = name.strip_prefix(prefix) {
                sizes.push((rest.to_owned(), entry.metadata().unwrap().len()));
            }
        }
        sizes.sort();
        sizes
    };
    for (number, args) in ["-C 1", "-C 1 -W 2", "-C 1 -W 11"].into_iter().enumerate() {
        let names = [format!("n{number}-"), format!("o{number}-")];
        for (name, run) in names.iter().zip([native, ours]) {
            let words = ["-r", "many.pcap", "-w", name]
                .into_iter()
                .chain(args.split(' '));
            let words: Vec<_> = words.collect();
            let run = run(net.client(), folder.path(), &words);
            assert_eq!(run.code, 0, "{args}: {run}");
        }
        assert_eq!(sizes(&names[1]), sizes(&names[0]), "{args}");
        assert!(sizes(&names[1]).len() > 1, "{args}");
    }
    let run = ours(
        net.client(),
        folder.path(),
        &["-r", "a.pcap", "-w", "t%Y.pcap", "-G", "1000"],
    );
    assert_eq!(run.code, 0, "{run}");
    assert!(sizes("t20").len() == 1, "the year is in the name");
    // What has another name is not covered.
    let run = ours(
        net.client(),
        folder.path(),
        &["-r", "a.pcap", "-w", "../outside/x"],
    );
    assert_eq!(run.code, 1, "{run}");
}

fn a_full_disk_is_told() {
    let (net, folder) = (Topology::alone(), folder());
    let script = "mount -t tmpfs -o size=16k none /mnt && for i in 1 2 3 4; do cat a.pcap; done > /mnt/x; \
                  exec \"$0\" tcpdump -r a.pcap -w /mnt/y";
    let command = net.client().command("unshare").directory(folder.path());
    let run = command
        .args(["-m", "sh", "-c", script])
        .arg(executable())
        .run();
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("No space left on device"), "{run}");
    let piped = ours(net.client(), folder.path(), &["-r", "a.pcap", "-w", "-"]);
    assert_eq!(piped.code, 0, "{piped}");
}

fn each_request_can_be_denied() {
    let (net, folder) = (Topology::alone(), folder());
    for (capability, args) in [
        ("capture.live", "-c 1 -i lo"),
        ("capture.filter", "-r a.pcap tcp"),
        ("dns.resolve", "-r a.pcap host localhost"),
        ("route.read", "-D"),
        ("file.read", "-r a.pcap"),
        ("file.write", "-r a.pcap -w a.pcap"),
    ] {
        let run = invoke(
            net.client(),
            &format!("--deny {capability}"),
            "tcpdump",
            args,
        );
        let run = run
            .with(|command| command.directory(folder.path()))
            .run()
            .output;
        assert_eq!(run.code, 1, "{run}");
        assert!(
            run.stderr.contains(&format!("denied: {capability}")),
            "{run}"
        );
    }
}

fn objects_and_conversations() {
    let (net, folder) = (Topology::alone(), folder());
    let text = ours(net.client(), folder.path(), &["-ntr", "a.pcap"]).stdout;
    let run = ours(net.client(), folder.path(), &["-nr", "a.pcap", "--json"]);
    assert_eq!(run.code, 0, "{run}");
    for (object, line) in run.stdout.lines().zip(text.lines()) {
        let object: serde_json::Value = serde_json::from_str(object).expect("an object");
        assert_eq!(object["text"], line);
        assert_eq!(object["layers"][0]["protocol"], "ethernet");
    }
    assert_eq!(run.stdout.lines().count(), packets().len());
    let flows = ours(
        net.client(),
        folder.path(),
        &["-nr", "a.pcap", "--flows", "--json", "tcp"],
    );
    let first: serde_json::Value =
        serde_json::from_str(flows.stdout.lines().next().expect("a flow")).expect("an object");
    assert_eq!(first["protocol"], "tcp", "{flows}");
    assert_eq!(first["sent"]["packets"], 1, "{flows}");
}
