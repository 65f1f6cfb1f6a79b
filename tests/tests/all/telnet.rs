//! telnet beside inetutils': what it says, and what goes over the wire.

use crate::case::{cases, sampled};
use nethost_tests::command::{Command, Output};
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

cases! {
    [Netns, Program("inetutils-telnet")] in each way => {
        says_what_the_native_one_says,
        negotiates_as_the_native_one_does,
        ends_with_its_input,
        is_denied,
    }
    [Netns] => { sends_no_variable_that_looks_like_an_option }
}

fn native(node: &Namespace) -> Command {
    node.command("inetutils-telnet").called("telnet")
}

fn ours(node: &Namespace) -> Command {
    nethost(node).words("--audit /dev/null telnet")
}

fn says_what_the_native_one_says() {
    let node = Namespace::new("telnet");
    for line in [
        "127.0.0.1 1",
        "::1 1",
        "-4 ::1 1",
        "127.0.0.1 nosuch",
        "-Z",
        "--foo",
        "-l",
        "a b c",
    ] {
        let theirs = native(&node).words(line).stdin("").run();
        let ours = ours(&node).words(line).stdin("").run();
        let told = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        assert_eq!(told(&ours), told(&theirs), "telnet {line}");
    }
}

/// What a client sends to a server that says this and closes after a while; and what the client says. Its input goes on
/// for longer than that.
fn dialogue(node: &Namespace, client: Command, says: &[u8], typed: &str) -> (Vec<u8>, Output) {
    let listener = node.inside(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::scope(|scope| {
        let server = scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(says).unwrap();
            let mut heard = Vec::new();
            let mut chunk = [0; 4096];
            stream
                .set_read_timeout(Some(Duration::from_millis(700)))
                .unwrap();
            while let Ok(length @ 1..) = stream.read(&mut chunk) {
                heard.extend_from_slice(&chunk[..length]);
            }
            heard
        });
        let line = format!("(sleep 0.3; printf '{typed}'; sleep 2) | \"$@\"");
        let shell = ["-c".as_ref(), line.as_ref(), "sh".as_ref()];
        let output = client
            .args(["127.0.0.1", &port.to_string()])
            .under("sh", &shell)
            .run();
        (server.join().unwrap(), output)
    })
}

fn negotiates_as_the_native_one_does() {
    let node = Namespace::new("telnet");
    for says in sampled([
        &b"hello\r\n"[..],
        b"one\r\ntwo\r\0three\rfour\n",
        b"\xff\xfb\x01one\r\ntwo\r\n",
        b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f\xff\xfd\x18",
        b"\xff\xfd\x27\xff\xfd\x00",
        b"\xff\xfd\x63\xff\xfb\x63a\xff\xffb",
    ]) {
        let theirs = dialogue(&node, native(&node), says, "typed\\n");
        let ours = dialogue(&node, ours(&node), says, "typed\\n");
        // What is typed and what is answered come in either order.
        let sorted = |(mut heard, output): (Vec<u8>, Output)| {
            heard.sort_unstable();
            (heard, output.code, output.stdout, output.stderr)
        };
        assert_eq!(sorted(ours), sorted(theirs), "{says:?}");
    }
}

fn ends_with_its_input() {
    let node = Namespace::new("telnet");
    let listener = node.inside(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port().to_string();
    // A server that says nothing and does not close.
    for client in [native(&node), ours(&node)] {
        let output = client.args(["127.0.0.1", &port]).stdin("").run();
        assert_eq!(output.code, 0, "{output}");
        assert_eq!(output.stderr, "Connection closed by foreign host.\n");
    }
    let output = ours(&node)
        .args(["127.0.0.1", &port])
        .stdin("hello\n")
        .run();
    assert_eq!(output.code, 0, "{output}");
}

fn is_denied() {
    let node = Namespace::new("telnet");
    let run = nethost(&node)
        .args(["--deny", "tcp.connect", "telnet", "127.0.0.1", "7"])
        .stdin("")
        .run();
    assert_eq!(run.code, 1, "{run}");
    assert!(
        run.stderr
            .starts_with("telnet: denied: tcp.connect to 127.0.0.1:7 "),
        "{run}"
    );
}

fn sends_no_variable_that_looks_like_an_option() {
    let node = Namespace::new("telnet");
    let run = ours(&node)
        .args(["-l", "-froot", "127.0.0.1", "7"])
        .stdin("")
        .run();
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run}");
}
