//! nmap against hosts that mean it ill, and over a network that loses packets: it ends, its text is clean, and nothing is
//! open that is not.

use crate::case::cases;
use crate::nmap::{Lab, ours};
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::{SERVER, Topology};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

cases! {
    [Netns] => {
        hostile_services_are_bounded_and_clean,
        answers_from_another_address_count_for_nothing,
        losses_open_no_port,
    }
}

/// Each connection to a port of the server is handled in a thread of its own, which ends with the process of the tests.
fn serve(server: &Namespace, port: u16, each: fn(TcpStream)) {
    let listener = server.inside(|| TcpListener::bind((SERVER, port)).unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || each(stream));
        }
    });
}

/// Says nothing until the other end goes away.
fn tarpit(mut stream: TcpStream) {
    let mut bytes = [0; 512];
    while matches!(stream.read(&mut bytes), Ok(1..)) {}
}

/// Never stops to talk, to the terminal.
fn endless(mut stream: TcpStream) {
    let text = "SSH-9.9-\x1b[2J\x1b]0;title\x07\u{9b}31m\0\u{202e}".repeat(200);
    while stream.write_all(text.as_bytes()).is_ok() {}
}

/// A page with control characters wherever text is taken from.
fn page(mut stream: TcpStream) {
    let mut bytes = [0; 2048];
    if matches!(stream.read(&mut bytes), Ok(1..)) {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nServer: \x1b[31mevil\x07\r\nContent-Length: 40\r\n\r\n<title>\x1b]0;owned\x07\x9b31m\x00</title>",
        );
    }
}

/// A host key that never ends.
fn ssh(mut stream: TcpStream) {
    let _ = stream.write_all(b"SSH-2.0-\x1b[31mx\r\n\x00\x00\x88\xff\x04\x14");
    while stream.write_all(&[0xff; 4096]).is_ok() {}
}

fn hostile_services_are_bounded_and_clean() {
    let net = Topology::line();
    let server = net.node("server");
    for (port, each) in [
        (22, ssh as fn(TcpStream)),
        (80, page),
        (7101, tarpit),
        (7102, endless),
        (443, endless),
    ] {
        serve(server, port, each);
    }
    let scripts = "banner,http-title,ssh-hostkey,ssl-cert";
    let begun = Instant::now();
    let args = format!(
        "-n -Pn -sV --script {scripts} --script-timeout 5s -oX - -p 22,80,443,7101,7102 {SERVER}"
    );
    let xml = ours(net.client(), &args);
    let normal = ours(net.client(), &args.replace("-oX -", "-v"));
    // Two runs, each with several waits for services that say nothing.
    assert!(begun.elapsed() < Duration::from_secs(240), "{normal}");
    for output in [&xml, &normal] {
        assert_eq!(output.code, 0, "{output}");
        for text in [&output.stdout, &output.stderr] {
            let dirty = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
            assert_eq!(text.chars().find(dirty), None, "{output}");
        }
    }
    let lines = normal.stdout.lines();
    let ports = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(
        ports.filter(|line| line.contains(" open ")).count(),
        5,
        "{normal}"
    );
    assert!(
        normal.stdout.contains("\\x1B"),
        "the banner is shown: {normal}"
    );
}

fn answers_from_another_address_count_for_nothing() {
    let lab = Lab::new();
    // What port 90 says comes from an address that was not asked.
    let script = "add table ip lies\n\
         add chain ip lies out { type filter hook output priority 0; }\n\
         add rule ip lies out tcp sport 90 ip saddr set 192.0.2.99\n";
    let server = lab.server();
    server.command("nft").words("-f -").stdin(script).succeed();
    let output = ours(
        lab.client(),
        &format!("-n -Pn --max-retries 1 -p 22,90 {SERVER}"),
    );
    assert!(output.stdout.contains("22/tcp open"), "{output}");
    assert!(output.stdout.contains("90/tcp filtered"), "{output}");
    assert!(!output.stdout.contains("192.0.2.99"), "{output}");
}

fn losses_open_no_port() {
    let lab = Lab::new();
    let script = "add table ip lossy\n\
         add chain ip lossy in { type filter hook input priority -10; }\n\
         add chain ip lossy out { type filter hook output priority -10; }\n\
         add rule ip lossy in numgen random mod 50 == 0 drop\n\
         add rule ip lossy out numgen random mod 50 == 0 drop\n";
    let server = lab.server();
    server.command("nft").words("-f -").stdin(script).succeed();
    let output = ours(lab.client(), &format!("-n -Pn -T4 -p 1-3000 {SERVER}"));
    let open: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| line.contains("/tcp ") && line.contains(" open "))
        .filter_map(|line| line.split('/').next())
        .collect();
    assert_eq!(open, ["22", "80", "90"], "{output}");
    // Of 3,000 ports, six do not answer or say that they are filtered; at most three others seem so.
    let hidden = output.stdout.split(" closed tcp ports").next();
    let closed = hidden.and_then(|text| text.rsplit(' ').next()?.parse::<u32>().ok());
    assert!(closed.is_some_and(|closed| closed >= 2988), "{output}");
}
