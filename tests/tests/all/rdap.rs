//! `whois --rdap` with a real HTTPS server: bootstrap files, redirects, referrals, and what goes wrong.

use crate::case::cases;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::nginx::Nginx;
use nethost_tests::tls::{Authority, Session, TlsServer, Validity};
use std::io::{Read, Write};
use std::path::Path;

cases! {
    [Netns, Program("nginx")] => { finds_and_shows, tells_what_went_wrong, believes_nobody_unknown }
    [Netns] => { speaks_the_older_http, bears_broken_http }
}

const HOSTS: &str = "127.0.0.1 rdap.iana.example rdap.registry.example rdap.registrar.example\n";

const ANSWERS: &str = r#"
location = /boot/dns.json { return 200 '{"services": [[["com"], ["https://rdap.registry.example/v1/"]]]}'; }
location = /boot/ipv4.json { return 200 '{"services": [[["192.0.2.0/24"], ["https://rdap.registry.example/v1"]]]}'; }
location = /boot/asn.json { return 200 '{"services": []}'; }
location = /v1/domain/a.com { return 200 '{"objectClassName": "domain", "ldhName": "A.COM",
    "links": [{"rel": "related", "type": "application/rdap+json", "href": "https://rdap.registrar.example/d/a.com"}]}'; }
location = /d/a.com { return 200 '{"objectClassName": "domain", "ldhName": "a.com", "status": ["active"],
    "links": [{"rel": "related", "type": "application/rdap+json", "href": "https://rdap.registrar.example/d/a.com"}]}'; }
location = /v1/domain/none.com { return 404 '{"errorCode": 404, "title": "no such domain"}'; }
location = /v1/domain/busy.com { add_header Retry-After 30 always; return 429; }
location = /v1/domain/html.com { return 200 '<html>'; }
location = /v1/domain/round.com { return 302 /v1/domain/round.com; }
location = /v1/domain/plain.com { return 302 http://rdap.registry.example/; }
location = /v1/ip/192.0.2.1 { return 302 https://rdap.registrar.example/ip/192.0.2.1; }
location = /ip/192.0.2.1 { return 200 '{"objectClassName": "ip network", "startAddress": "192.0.2.0"}'; }
"#;

struct Bed {
    node: Namespace,
    files: tempfile::TempDir,
    _server: Nginx,
}

fn bed(names: &[&str], authority: &Authority) -> Bed {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("hosts"), HOSTS).unwrap();
    std::fs::write(files.path().join("authority.pem"), &authority.pem).unwrap();
    let mut node = Namespace::new("client");
    node.overlay(files.path().join("hosts"), "/etc/hosts");
    let server = Nginx::start(&node, &authority.issue(names, Validity::Now), ANSWERS);
    Bed {
        node,
        files,
        _server: server,
    }
}

const NAMES: [&str; 3] = [
    "rdap.iana.example",
    "rdap.registry.example",
    "rdap.registrar.example",
];

fn asked(bed: &Bed, args: &str) -> Recorded {
    let authority = bed.files.path().join("authority.pem");
    asking(bed, &authority, args)
}

fn asking(bed: &Bed, authority: &Path, args: &str) -> Recorded {
    let bootstrap = "--rdap --bootstrap https://rdap.iana.example/boot/ --ca";
    let args = format!("{bootstrap} {} {args}", authority.display());
    invoke(&bed.node, "", "whois", &args).run()
}

fn finds_and_shows() {
    let bed = bed(&NAMES, &Authority::new());
    let run = asked(&bed, "A.com");
    assert_eq!(
        run.output.stdout,
        "[rdap.registry.example]\nDomain:             A.COM\n\n\
         Found a referral to https://rdap.registrar.example/d/a.com.\n\n\
         [rdap.registrar.example]\nDomain:             a.com\nStatus:             active\n",
        "{}",
        run.output
    );
    assert_eq!(run.output.code, 0, "{}", run.output);
    // Each server is asked of the gate, its name on record.
    let sessions: Vec<String> = run
        .log
        .of("open")
        .iter()
        .filter(|record| record["cap"] == "tls.client")
        .map(|record| {
            record["changes"]["server-name"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(sessions, NAMES);

    let run = asked(&bed, "--no-recursion --json a.com");
    let fact: serde_json::Value = serde_json::from_str(&run.output.stdout).unwrap();
    assert_eq!(fact["url"], "https://rdap.registry.example/v1/domain/a.com");
    assert_eq!(fact["answer"]["ldhName"], "A.COM");

    let run = asked(&bed, "192.0.2.1");
    assert_eq!(
        run.output.stdout, "[rdap.registrar.example]\nFirst address:      192.0.2.0\n",
        "{}",
        run.output
    );
    let run = asked(&bed, "-h rdap.registrar.example 192.0.2.1");
    assert!(run.output.stdout.contains("192.0.2.0"), "{}", run.output);
}

fn tells_what_went_wrong() {
    let bed = bed(&NAMES, &Authority::new());
    for (args, code, out, err) in [
        ("none.com", 1, "Reason:             no such domain\n", ""),
        ("other.com", 1, "Reason:             Not Found\n", ""),
        (
            "AS7",
            1,
            "No RDAP server is known for this kind of object.\n",
            "",
        ),
        (
            "two words",
            1,
            "No RDAP server is known for this kind of object.\n",
            "",
        ),
        ("busy.com", 2, "", "asked too often, try again after 30\n"),
        ("html.com", 2, "", "no JSON: "),
        ("round.com", 2, "", "more than 5 redirects\n"),
        ("plain.com", 2, "", "a redirect away from https\n"),
        (
            "-h nosuch.example a.com",
            2,
            "",
            "https://nosuch.example/domain/a.com: ",
        ),
        (
            "-h ftp://rdap.example a.com",
            2,
            "",
            "neither http nor https\n",
        ),
    ] {
        let output = asked(&bed, args).output;
        assert_eq!(output.code, code, "{args}: {output}");
        assert!(output.stdout.ends_with(out), "{args}: {output}");
        assert!(output.stderr.contains(err), "{args}: {output}");
        assert!(output.stderr.lines().count() <= 1, "{args}: {output}");
    }
}

fn believes_nobody_unknown() {
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), Authority::new().pem).unwrap();
    let known = bed(&NAMES, &Authority::new());
    let output = asking(&known, other.path(), "a.com").output;
    assert!(
        output
            .stderr
            .contains("is signed by nobody who is trusted here"),
        "{output}"
    );
    assert_eq!(output.code, 2, "{output}");
    let elsewhere = bed(&["rdap.iana.example"], &Authority::new());
    let output = asked(&elsewhere, "a.com").output;
    assert!(output.stderr.contains("is for another name"), "{output}");
    let run = invoke(
        &elsewhere.node,
        "--deny tls.client",
        "whois",
        "--rdap -h rdap.iana.example a.com",
    );
    let output = run.run().output;
    assert!(output.stderr.starts_with("whois: "), "{output}");
    assert!(
        output
            .stderr
            .contains("denied: tls.client to 127.0.0.1:443 "),
        "{output}"
    );
}

/// What the tool says when a server that knows no HTTP/2 answers with these bytes.
fn answered(options: &str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Recorded {
    let authority = Authority::new();
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("authority.pem");
    std::fs::write(&path, &authority.pem).unwrap();
    let node = Namespace::new("client");
    let credentials = authority.issue(&["127.0.0.1"], Validity::Now);
    let serve = move |session: &mut Session| {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && session.read_exact(&mut byte).is_ok() {
            request.push(byte[0]);
        }
        let _ = session.write_all(&answer(&String::from_utf8_lossy(&request)));
    };
    let _server = TlsServer::start(&node, 8443, &credentials, &["http/1.1"], serve);
    let ca = path.display();
    let args = format!("--rdap {options} --ca {ca} -h 127.0.0.1 -p 8443 a.com");
    invoke(&node, "", "whois", &args).run()
}

fn speaks_the_older_http() {
    let run = answered("", |request| {
        assert!(
            request.starts_with("GET /domain/a.com HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("\r\nhost: 127.0.0.1:8443\r\n"),
            "{request}"
        );
        assert!(
            request.contains("\r\naccept: application/rdap+json\r\n"),
            "{request}"
        );
        let body = r#"{"ldhName": "a.com"}"#;
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into()
    });
    assert_eq!(
        run.output.stdout, "[127.0.0.1]\nDomain:             a.com\n",
        "{}",
        run.output
    );
}

fn bears_broken_http() {
    for (answer, told) in [
        (&b"SSH-2.0-OpenSSH\r\n"[..], "HTTP: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "HTTP: "),
        (b"", "HTTP: "),
    ] {
        let output = answered("", move |_| answer.to_vec()).output;
        assert_eq!(output.code, 2, "{output}");
        assert!(
            output
                .stderr
                .starts_with("whois: https://127.0.0.1:8443/domain/a.com: "),
            "{output}"
        );
        assert!(output.stderr.contains(told), "{output}");
        assert_eq!(output.stderr.lines().count(), 1, "{output}");
    }
    // More than anybody has to say, and no end to it.
    let endless = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &b" ".repeat(17 << 20)].concat();
    let output = answered("", move |_| endless.clone()).output;
    assert!(
        output.stderr.contains("longer than 16777216 bytes"),
        "{output}"
    );
    // Silence.
    let output = answered("--timeout 1", |_| {
        std::thread::sleep(std::time::Duration::from_secs(4));
        Vec::new()
    })
    .output;
    assert!(
        output.stderr.ends_with(": Connection timed out\n"),
        "{output}"
    );
    assert_eq!(output.code, 2, "{output}");
}
