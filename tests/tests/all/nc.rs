//! nc beside OpenBSD's: what it says about command lines, over TCP, UDP and Unix sockets, with either at the other end.

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use std::path::Path;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("nc.openbsd")] in each way => {
        says_what_the_native_one_says,
        carries_bytes_with_either_at_the_other_end,
        is_denied,
    }
    [Netns, Program("nc.openbsd")] => {
        carries_datagrams,
        carries_over_unix_sockets,
        goes_through_proxies,
        tells_the_port_that_the_kernel_chose,
        accepts_one_after_the_other,
        ends_when_the_native_one_ends,
        scans_as_json,
    }
}

fn node() -> Namespace {
    Namespace::new("nc")
}

fn native(node: &Namespace) -> Command {
    // Its messages begin with the name that it was called by.
    node.command("nc.openbsd").called("nc")
}

fn ours(node: &Namespace) -> Command {
    nethost(node).arg("nc")
}

type End = fn(&Namespace) -> Command;

/// Who listens and who connects.
const PAIRS: [[End; 2]; 3] = [[ours, native], [native, ours], [ours, ours]];

/// Waits until somebody listens at a port.
fn until_open(node: &Namespace, port: u16, table: &str) {
    let wanted = format!(":{port:04X} ");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !node.inside(|| {
        let text = std::fs::read_to_string(format!("/proc/thread-self/net/{table}"));
        text.unwrap_or_default().contains(&wanted)
    }) {
        assert!(Instant::now() < deadline, "nobody listens at {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn until_there(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} is not there", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

const LINES: &[&str] = &[
    "",
    "-l",
    "-z",
    "-p",
    "-w",
    "-X",
    "-x",
    "-Q",
    "--foo",
    "-e x",
    "-c",
    "-z 127.0.0.1",
    "127.0.0.1",
    "-lz 80",
    "-zl 80",
    "127.0.0.1 0",
    "127.0.0.1 99999",
    "127.0.0.1 65536",
    "127.0.0.1 -- -1",
    "127.0.0.1 5-x",
    "127.0.0.1 x-5",
    "127.0.0.1 nosuch",
    "127.0.0.1 1-70000",
    "-p x -l",
    "-l 22x",
    "-l a b c",
    "-l 127.0.0.1 80 90",
    "-lk -p 1 2",
    "-l -s 127.0.0.1",
    "-X 9 127.0.0.1 1",
    "-X 6 h 1",
    "-w x h 1",
    "-w -1 h 1",
    "-w 9999999999 h 1",
    "-i x h 1",
    "-i -1 h 1",
    "-T foo h 1",
    "-T 300 h 1",
    "-T -1 h 1",
    "-M 300 h 1",
    "-M x h 1",
    "-M -1 h 1",
    "-m 300 h 1",
    "-I x h 1",
    "-I 0 h 1",
    "-O -1 h 1",
    "-O 0 h 1",
    "-O x h 1",
    "-V 1 h 1",
    "-W 0 h 1",
    "-W x h 1",
    "-q x h 1",
    "-k 127.0.0.1 1",
    "-U",
    "-U a b",
    "-lU",
    "-U -p 1 x",
    "-l -x 127.0.0.1:1 80",
    "-u -x 127.0.0.1:1 127.0.0.1 1",
    "-n localhost 80",
    "-4 ::1 80",
    "-6 127.0.0.1 80",
    "-U /nonexistent",
    "-v -U /nonexistent",
    "-lU /nonexistent/x",
    "-s 192.0.2.7 127.0.0.1 1",
    "-s ::1 127.0.0.1 1",
    "127.0.0.1 1",
    "-v 127.0.0.1 1",
    "-vn 127.0.0.1 1",
    "-v ::1 1",
    "-v localhost 1",
    "-4v localhost 1",
    "-zv 127.0.0.1 1-3",
    "-zv 127.0.0.1 3-1",
    "-zv 127.0.0.1 1 2 3",
    "-zv -p 3333 127.0.0.1 1",
    "-zv -s 127.0.0.9 127.0.0.1 1",
    "-z 127.0.0.1 1",
    "-zvn -w 1 127.0.0.1 1-2",
    "-vuz 127.0.0.1 1",
    "-uz 127.0.0.1 1",
    "-v -T ef -M 3 -m 1 127.0.0.1 1",
    "-v -T 0x10 127.0.0.1 1",
    "-v -I 4096 -O 4096 127.0.0.1 1",
    "-x 127.0.0.1:1 -v 192.0.2.1 22",
    "-X 4 -x 127.0.0.1:1 -v 192.0.2.1 22",
    "-X connect -x 127.0.0.1:1 -v 192.0.2.1 22",
    "-v -r -z 127.0.0.1 1",
    "-v -b 127.0.0.1 1",
    "-v -C -d -N -t 127.0.0.1 1",
];

fn says_what_the_native_one_says() {
    let node = node();
    for line in LINES {
        let theirs = native(&node).words(line).stdin("").run();
        let ours = ours(&node).words(line).stdin("").run();
        let told = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        assert_eq!(told(&ours), told(&theirs), "nc {line}");
    }
}

fn bytes() -> Vec<u8> {
    // Every byte, in all pairs, and more than any buffer holds.
    let pattern = (0u32..1 << 19).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    pattern.collect()
}

fn carries_bytes_with_either_at_the_other_end() {
    let node = node();
    let folder = tempfile::tempdir().unwrap();
    // A user without privilege writes there too.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), everybody).unwrap();
    std::fs::write(folder.path().join("sent"), bytes()).unwrap();
    for (index, ends) in PAIRS.into_iter().enumerate() {
        for (port, host, out) in [(5001, "127.0.0.1", true), (5002, "::1", false)] {
            let port = port + 10 * index as u16;
            let shell = |command: Command, from: &str, to: &str| {
                command.directory(folder.path()).under(
                    "sh",
                    &[
                        "-c".as_ref(),
                        format!("exec \"$@\" <{from} >{to}").as_ref(),
                        "sh".as_ref(),
                    ],
                )
            };
            let (listens, connects) = if out {
                ("/dev/null", "sent")
            } else {
                ("sent", "/dev/null")
            };
            let to = if out {
                ["got", "/dev/null"]
            } else {
                ["/dev/null", "got"]
            };
            let command = ends[0](&node).args(["-N", "-l", host, &port.to_string()]);
            let running = shell(command, listens, to[0]).spawn();
            until_open(&node, port, if out { "tcp" } else { "tcp6" });
            // A native one that still sends ends when the other side has closed its half.
            let halves = if out { &["-N"][..] } else { &[] };
            let command = ends[1](&node).args(halves).args([host, &port.to_string()]);
            let sent = shell(command, connects, to[1]).run();
            assert_eq!(sent.code, 0, "{sent}");
            assert_eq!(running.finish().code, 0);
            let got = std::fs::read(folder.path().join("got")).unwrap();
            std::fs::remove_file(folder.path().join("got")).unwrap();
            assert!(got == bytes(), "{index} {host}: {} bytes", got.len());
        }
    }
}

fn is_denied() {
    let node = node();
    for (deny, line, told) in [
        (
            "tcp.connect=127.0.0.1",
            "-v 127.0.0.1 7",
            "nc: denied: tcp.connect to 127.0.0.1:7 ",
        ),
        (
            "tcp.listen",
            "-l 127.0.0.1 5100",
            "nc: denied: tcp.listen to 127.0.0.1:5100 ",
        ),
        (
            "udp.exchange",
            "-u 127.0.0.1 7",
            "nc: denied: udp.exchange to 127.0.0.1:7 ",
        ),
        (
            "udp.listen",
            "-ul 127.0.0.1 5100",
            "nc: denied: udp.listen to 127.0.0.1:5100 ",
        ),
        (
            "unix.connect",
            "-U /nonexistent",
            "nc: denied: unix.connect to /nonexistent ",
        ),
        (
            "unix.listen",
            "-lU /tmp/never",
            "nc: denied: unix.listen to /tmp/never ",
        ),
    ] {
        let run = nethost(&node)
            .args(["--deny", deny, "nc"])
            .words(line)
            .stdin("")
            .run();
        assert_eq!(run.code, 1, "{run}");
        assert!(run.stderr.starts_with(told), "{run}");
    }
}

fn carries_datagrams() {
    let node = node();
    for (index, [listener, client]) in PAIRS.into_iter().enumerate() {
        let port = 5200 + index as u16;
        let text = port.to_string();
        let running = listener(&node)
            .args(["-u", "-l", "-W", "1", "127.0.0.1", &text])
            .stdin("")
            .spawn();
        until_open(&node, port, "udp");
        client(&node)
            .args(["-u", "-w", "1", "127.0.0.1", &text])
            .stdin("hello\n")
            .succeed();
        assert_eq!(running.finish().stdout, "hello\n", "{index}");
    }
}

fn carries_over_unix_sockets() {
    let node = node();
    let folder = tempfile::tempdir().unwrap();
    for (index, [listener, client]) in PAIRS.into_iter().enumerate() {
        let path = folder.path().join(format!("{index}"));
        let text = path.to_str().unwrap();
        let running = listener(&node)
            .args(["-v", "-l", "-U", text])
            .stdin("")
            .spawn();
        until_there(&path);
        running.expect_complaint("Listening on ");
        client(&node)
            .args(["-N", "-U", text])
            .stdin("hello\n")
            .succeed();
        let output = running.finish();
        assert_eq!(output.stdout, "hello\n", "{index}");
        let told = format!("Bound on {text}\nListening on {text}\nConnection received on {text}\n");
        assert_eq!(output.stderr, told);
    }
}

fn goes_through_proxies() {
    let node = node();
    for (index, (kind, answer, code)) in [
        ("5", &b"\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0hi"[..], 0),
        ("5", b"\x05\x00\x05\x05\x00\x01\0\0\0\0\0\0", 1),
        ("5", b"\x05\xff", 1),
        ("4", b"\x00\x5a\0\0\0\0\0\0hi", 0),
        ("4", b"\x00\x5b\0\0\0\0\0\0", 1),
        ("connect", b"HTTP/1.0 200 yes\r\nX: y\r\n\r\nhi", 0),
        ("connect", b"HTTP/1.0 403 no\r\n\r\n", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let told: Vec<_> = [native(&node), ours(&node)]
            .into_iter()
            .enumerate()
            .map(|(which, client)| {
                let port = 5300 + 2 * index as u16 + which as u16;
                let text = port.to_string();
                let proxy = native(&node)
                    .args(["-N", "-l", "127.0.0.1", &text])
                    .stdin(answer)
                    .spawn();
                until_open(&node, port, "tcp");
                let client =
                    client.args(["-v", "-N", "-X", kind, "-x", &format!("127.0.0.1:{port}")]);
                let output = client.args(["192.0.2.1", "22"]).stdin("").run();
                assert_eq!(output.code, code, "{output}");
                // A proxy that refuses ends without having read all.
                let heard = proxy.finish().stdout;
                let heard = if code == 0 { heard } else { String::new() };
                (heard, output.stdout, output.stderr)
            })
            .collect();
        assert_eq!(told[1], told[0], "{kind}");
    }
}

fn tells_the_port_that_the_kernel_chose() {
    let node = node();
    let running = ours(&node).words("-n -l -v -p 0").stdin("").spawn();
    running.expect_complaint("Listening on 0.0.0.0 ");
    running.expect_complaint("\n");
    let port = running
        .complained()
        .trim()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(port, "0");
    native(&node)
        .args(["-N", "127.0.0.1", &port])
        .stdin("x")
        .succeed();
    assert_eq!(running.finish().stdout, "x");
}

fn accepts_one_after_the_other() {
    let node = node();
    let running = ours(&node).words("-k -l 127.0.0.1 5400").stdin("").spawn();
    until_open(&node, 5400, "tcp");
    for word in ["one\n", "two\n", "three\n"] {
        native(&node)
            .words("-N 127.0.0.1 5400")
            .stdin(word)
            .succeed();
        running.expect(word);
    }
}

fn ends_when_the_native_one_ends() {
    let node = node();
    // The end of input ends a client with -N or -q alone.
    for (index, (line, ends)) in [
        ("-N", true),
        ("-q 1", true),
        ("-q -1 -w 2", true),
        ("-d -w 1", true),
        ("", false),
    ]
    .into_iter()
    .enumerate()
    {
        for (which, client) in [native(&node), ours(&node)].into_iter().enumerate() {
            let port = 5500 + 2 * index as u16 + which as u16;
            let listener = node.command("sh").arg("-c");
            let listener = listener
                .arg(format!("sleep 30 | nc.openbsd -k -l 127.0.0.1 {port}"))
                .spawn();
            until_open(&node, port, "tcp");
            let running = client.words(line).args(["127.0.0.1", &port.to_string()]);
            let output = running.stdin("x").patience(Duration::from_secs(6));
            if ends {
                assert_eq!(output.run().code, 0, "{line}");
            } else {
                let running = output.spawn();
                std::thread::sleep(Duration::from_secs(2));
                assert!(Path::new(&format!("/proc/{}", running.pid())).exists());
            }
            drop(listener);
        }
    }
}

fn scans_as_json() {
    let node = node();
    let run = ours(&node)
        .words("--json -n -z 127.0.0.1 7-8")
        .stdin("")
        .run();
    let closed = |port| {
        format!(
            "{{\"event\":\"failed\",\"protocol\":\"tcp\",\"host\":\"127.0.0.1\",\"address\":\"127.0.0.1\",\
             \"port\":{port},\"state\":\"closed\",\"error\":\"Connection refused\"}}\n"
        )
    };
    assert_eq!((run.code, run.stdout), (1, closed(7) + &closed(8)));
}
