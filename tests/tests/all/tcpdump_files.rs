//! tcpdump beside the native one, on a capture file of real traffic.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nix::sys::signal::Signal;

cases! {
    [Netns, Program("tcpdump")] in each way => {
        prints_the_same,
        misuse_is_the_same,
        reading_is_denied,
    }
}

/// A file with ICMP, ICMPv6, TCP and UDP of the loopback interface.
fn capture(node: &Namespace) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.pcap");
    let running = node
        .command("tcpdump")
        .words("-i lo -U --immediate-mode -Z root -w")
        .arg(&file)
        .spawn();
    running.expect_complaint("listening on");
    node.command("ping")
        .words("-c 2 -i 0.2 127.0.0.1")
        .succeed();
    node.command("ping").words("-c 1 -s 100 ::1").succeed();
    node.inside(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut client, b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut heard = [0; 18];
        std::io::Read::read_exact(&mut server, &mut heard).unwrap();
        drop(server);
        drop(client);
        let socket = std::net::UdpSocket::bind("[::1]:0").unwrap();
        socket.send_to(b"hello", "[::1]:4000").unwrap();
    });
    // The last packets are on their way to the file.
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
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
    let folder = capture(&node);
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

fn reading_is_denied() {
    let node = Namespace::new("tcpdump");
    let folder = capture(&node);
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
