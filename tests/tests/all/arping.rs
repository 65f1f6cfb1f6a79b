//! arping beside iputils': the same text, the same exit codes, the same packets.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use std::time::Duration;

cases! {
    [Netns, Program("arping")] in each way => {
        prints_what_the_native_one_prints,
        refuses_what_the_native_one_refuses,
        ends_when_it_is_interrupted,
    }
    [Netns, Program("arping")] => { is_denied, prints_json }
}

/// Two hosts on one cable, and an interface of the client that is down.
fn pair() -> (Namespace, Namespace) {
    let (client, server) = (Namespace::new("client"), Namespace::new("server"));
    client.cable("v0", &server, "v0");
    client.cable("w0", &server, "w0");
    client.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    server.hardware_address("v0", [2, 0, 0, 0, 0, 2]);
    client.addresses("v0", &["10.0.0.1/24"]);
    server.addresses("v0", &["10.0.0.2/24"]);
    client.up(&["v0"]);
    server.up(&["v0"]);
    // The first packet could be sent before the other end is ready.
    let first = client
        .command("arping")
        .words("-f -w 10 -I v0 10.0.0.2")
        .run();
    assert!(first.stdout.contains("reply"), "{first}");
    (client, server)
}

/// Times are not the same twice.
fn told(output: &Output) -> (i32, String, String) {
    let mask = |text: &str| {
        let words = text.split_inclusive([' ', '\n']);
        let masked = words.map(|word| match word.trim_end().strip_suffix("ms") {
            Some(number) if number.parse::<f64>().is_ok() => "T ms\n",
            _ => word,
        });
        masked.collect::<String>()
    };
    (output.code, mask(&output.stdout), mask(&output.stderr))
}

/// Some lines at the same time, as most of the time of each is spent waiting. Each has a network of its own: arping takes
/// every answer from the destination for its own.
fn same(lines: &[&str]) {
    for some in lines.chunks(12) {
        std::thread::scope(|scope| {
            for line in some {
                scope.spawn(move || {
                    let (client, _server) = pair();
                    let theirs = client.command("arping").words(line).run();
                    let ours = nethost(&client).arg("arping").words(line).run();
                    assert_eq!(told(&ours), told(&theirs), "arping {line}");
                });
            }
        });
    }
}

fn prints_what_the_native_one_prints() {
    same(&[
        "-c 1 -I v0 10.0.0.2",
        "-c 2 -I v0 10.0.0.2",
        "-c 1 10.0.0.2",
        "-c 1 10.0.0.2 -I v0",
        "-f -w 2 -I v0 10.0.0.2",
        "-bf -w 3 -I v0 10.0.0.2",
        "-b -c 2 -I v0 10.0.0.2",
        "-q -c 1 -I v0 10.0.0.2",
        "-c 1 -I v0 10.0.0.9",
        "-q -c 1 -I v0 10.0.0.9",
        "-c 2 -w 1 -I v0 10.0.0.2",
        "-c 2 -w 5 -I v0 10.0.0.2",
        "-w 1 -I v0 10.0.0.2",
        "-w 2 -I v0 10.0.0.9",
        "-i 2 -w 3 -I v0 10.0.0.2",
        "-D -c 1 -I v0 10.0.0.2",
        "-D -c 1 -I v0 10.0.0.9",
        "-D -w 1 -I v0 10.0.0.1",
        "-D -q -c 1 -I v0 10.0.0.2",
        "-D -s 10.0.0.1 -c 1 -I v0 10.0.0.2",
        "-U -c 1 -I v0 10.0.0.1",
        "-U -c 2 -I v0 10.0.0.1",
        "-A -c 1 -I v0 10.0.0.1",
        "-DU -c 1 -I v0 10.0.0.1",
        "-DA -c 1 -I v0 10.0.0.2",
        "-A -c 2 -i 1 -I v0 -s 10.0.0.1 10.0.0.2",
        "-U -s 10.0.0.1 -c 1 -I v0 10.0.0.77",
        "-s 10.0.0.1 -c 1 -I v0 10.0.0.2",
        "-s 10.1 -c 1 -I v0 10.0.0.2",
        "-c 1 -I v0 10.2",
        "-c 1 -I v0 0x0a000002",
        "-c 1 -I v0 192.0.2.1",
        "-c 01 -I v0 10.0.0.2",
        "-c +1 -I v0 10.0.0.2",
        "-w 0 -c 1 -I v0 10.0.0.2",
    ]);
}

fn refuses_what_the_native_one_refuses() {
    same(&[
        "",
        "-h",
        "-?",
        "-Q",
        "--help",
        "-c",
        "-I",
        "-c 0 -I v0 10.0.0.2",
        "-c x -I v0 10.0.0.2",
        "-c 1x -I v0 10.0.0.2",
        "-c 0x1 -I v0 10.0.0.2",
        "-c 99999999999 -I v0 10.0.0.2",
        "-w -1 10.0.0.2",
        "-i x 10.0.0.2",
        "-c 1 -I v0",
        "-c 1 -I v0 a b",
        "-c 1 -I lo 127.0.0.1",
        "-q -c 1 -I lo 127.0.0.1",
        "-D -c 1 -I lo 127.0.0.1",
        "-c 1 127.0.0.1",
        "-c 1 -I w0 10.0.0.2",
        "-c 1 -I nosuch 10.0.0.2",
        "-c 1 192.0.2.1",
        "-s 10.0.0.5 -c 1 -I v0 10.0.0.2",
        "-s abc -c 1 -I v0 10.0.0.2",
        "-U -c 1 -I v0 10.0.0.2",
        "-c 1 -I v0 ::1",
    ]);
}

fn ends_when_it_is_interrupted() {
    use nix::sys::signal::Signal;
    let (client, _server) = pair();
    // The first run compiles the tool, which takes longer than a test waits for a text.
    nethost(&client)
        .words("arping -V")
        .patience(Duration::from_secs(120))
        .succeed();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let run = |command: nethost_tests::command::Command| {
            let running = command.words("-i 60 -I v0 10.0.0.2").spawn();
            running.expect("Unicast reply");
            running.signal(signal);
            running.finish()
        };
        // iputils' standard output is a pipe here, and it flushes each line.
        let theirs = run(client.command("arping"));
        let ours = run(nethost(&client).arg("arping"));
        assert_eq!(told(&ours), told(&theirs), "{signal}");
    }
}

fn is_denied() {
    let (client, _server) = pair();
    for (rule, at) in [
        ("packet.send", "packet.send to arp"),
        ("packet.receive=arp", "packet.receive to arp"),
        ("udp.exchange=10.0.0.2", "udp.exchange to 10.0.0.2:1025"),
    ] {
        let run = invoke(
            &client,
            &format!("--deny {rule}"),
            "arping",
            "-c 1 -I v0 10.0.0.2",
        )
        .run();
        assert_eq!(run.output.code, 2, "{}", run.output);
        assert!(run.output.stderr.contains(at), "{}", run.output);
        assert_eq!(run.log.total("packets_sent"), 0);
    }
    // Without -I, the interface is looked up.
    let run = invoke(&client, "--deny route.read", "arping", "-c 1 10.0.0.2").run();
    assert!(run.output.stderr.contains("route.read"), "{}", run.output);
}

fn prints_json() {
    let (client, _server) = pair();
    let run = nethost(&client)
        .arg("arping")
        .words("--json -f -w 5 -I v0 10.0.0.2")
        .run();
    assert_eq!(run.code, 0, "{run}");
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["destination"], "10.0.0.2", "{run}");
    assert_eq!(lines[0]["source"], "10.0.0.1", "{run}");
    assert_eq!(lines[1]["hardware"], "02:00:00:00:00:02", "{run}");
    assert_eq!(lines[1]["operation"], "reply", "{run}");
    assert!(lines[1]["ms"].as_f64() < Some(1000.0), "{run}");
    assert_eq!(lines[2]["received"], 1, "{run}");
    assert!(run.elapsed < Duration::from_secs(5));
}
