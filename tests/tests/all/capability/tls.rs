//! TLS sessions: with whom, and with whom not.

use super::{closed, malformed};
use crate::case::cases;
use crate::probes::{TLS_FACTS, TLS_MALFORMED};
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::server::Echo;
use nethost_tests::tls::{Authority, Credentials, Session, TlsServer, Validity};
use std::io::{Read, Write};
use std::net::TcpListener;

cases! {
    [Netns] in each way => { is_denied, is_allowed }
    [Netns] => {
        nobody_is_believed_without_reason,
        unverified_is_another_request,
        tells_what_is_no_tls,
        tells_an_end_that_was_cut_off,
        is_malformed,
    }
    [Netns, Program("openssl")] => { refuses_old_versions }
}

const NAME: &str = "server.example";
const ALLOW: &str = "--allow tcp.connect=127.0.0.1 --allow tls.client=127.0.0.1";

fn echo(session: &mut Session) {
    let mut said = [0; 5];
    let _ = session
        .read_exact(&mut said)
        .and_then(|()| session.write_all(&said));
}

/// A server, and what the probe says about it when it trusts this authority.
fn asked(options: &str, credentials: &Credentials, trust: &str) -> Recorded {
    let node = Namespace::new("client");
    let _server = TlsServer::start(&node, 853, credentials, &["h2", "dot"], echo);
    asking(&node, options, trust, &["dot"])
}

fn asking(node: &Namespace, options: &str, trust: &str, protocols: &[&str]) -> Recorded {
    invoke(
        node,
        options,
        TLS_FACTS.path(),
        &format!("127.0.0.1 853 {NAME}"),
    )
    .with(|command| command.arg(trust).args(protocols))
    .run()
}

fn is_denied() {
    let authority = Authority::new();
    let credentials = authority.issue(&[NAME], Validity::Now);
    let run = asked(
        "--allow tcp.connect=127.0.0.1",
        &credentials,
        &authority.pem,
    );
    assert!(
        run.output.stdout.starts_with("Connection(Denied("),
        "{}",
        run.output
    );
    let record = run.log.only("denied");
    assert_eq!(record["cap"], "tls.client", "{record}");
    assert_eq!(record["target"]["resolved"], "127.0.0.1:853", "{record}");
    let connection = run.log.only("close");
    assert_eq!(connection["cap"], "tcp.connect", "{connection}");
    assert_eq!(
        connection["counters"]["bytes_sent"], 0,
        "not even a hello: {connection}"
    );
}

fn is_allowed() {
    let authority = Authority::new();
    let credentials = authority.issue(&[NAME], Validity::Now);
    let run = asked(ALLOW, &credentials, &authority.pem);
    closed(&run);
    for line in [
        "Version::Tls13 TLS_AES_",
        "protocol Some(\"dot\") verified true",
        // An uncompressed point of P-256 in its SubjectPublicKeyInfo (RFC 5480).
        "certificates 1 key 91",
        "answer \"hello\"",
    ] {
        assert!(
            run.output.stdout.contains(line),
            "no {line:?} in {}",
            run.output
        );
    }
    assert!(!run.output.stdout.contains("failed"), "{}", run.output);
    let closes = run.log.of("close");
    let session = closes
        .iter()
        .find(|record| record["cap"] == "tls.client")
        .unwrap();
    assert_eq!(session["changes"]["server-name"], NAME, "{session}");
    assert_eq!(session["counters"]["bytes_sent"], 5, "{session}");
    assert_eq!(session["counters"]["bytes_received"], 5, "{session}");
}

fn nobody_is_believed_without_reason() {
    let (authority, other) = (Authority::new(), Authority::new());
    let good = authority.issue(&[NAME], Validity::Now);
    for (credentials, trust, problem) in [
        (
            &authority.issue(&[NAME], Validity::Expired),
            &authority.pem,
            "has expired",
        ),
        (
            &authority.issue(&[NAME], Validity::Future),
            &authority.pem,
            "is not valid yet",
        ),
        (
            &authority.issue(&["other.example"], Validity::Now),
            &authority.pem,
            "is for another name",
        ),
        (&good, &other.pem, "is signed by nobody who is trusted here"),
        (
            &good,
            &"system".to_owned(),
            "is signed by nobody who is trusted here",
        ),
    ] {
        let run = asked(ALLOW, credentials, trust);
        closed(&run);
        let expected = format!("\nthe server's certificate {problem}: ");
        assert!(
            run.output.stdout.contains(&expected),
            "no {expected:?} in {}",
            run.output
        );
    }
    // The names that it is for are told.
    let run = asked(
        ALLOW,
        &authority.issue(&["other.example"], Validity::Now),
        &authority.pem,
    );
    assert!(
        run.output.stdout.contains("other.example"),
        "{}",
        run.output
    );
}

fn unverified_is_another_request() {
    let credentials = Authority::new().issue(&["other.example"], Validity::Expired);
    let run = asked(ALLOW, &credentials, "unverified");
    assert_eq!(run.log.only("denied")["cap"], "tls.unverified");
    let allow = "--allow tcp.connect=127.0.0.1 --allow tls.unverified=127.0.0.1";
    let run = asked(allow, &credentials, "unverified");
    assert!(
        run.output.stdout.contains("verified false"),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.contains("answer \"hello\""),
        "{}",
        run.output
    );
}

fn tells_what_is_no_tls() {
    let node = Namespace::new("client");
    let _echo = Echo::start(&node, 853);
    let run = asking(&node, ALLOW, "system", &[]);
    assert!(
        run.output.stdout.contains("\nTLS handshake failed: "),
        "{}",
        run.output
    );

    let credentials = Authority::new().issue(&[NAME], Validity::Now);
    let node = Namespace::new("client");
    let _server = TlsServer::start(&node, 853, &credentials, &["h2"], echo);
    let run = asking(&node, ALLOW, "system", &["dot"]);
    assert!(
        run.output
            .stdout
            .contains("\nTLS handshake failed: received fatal alert: "),
        "{}",
        run.output
    );
}

fn refuses_old_versions() {
    let credentials = Authority::new().issue(&[NAME], Validity::Now);
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (files.path().join("certificate"), files.path().join("key"));
    std::fs::write(&certificate, &credentials.certificate).unwrap();
    std::fs::write(&key, &credentials.key).unwrap();
    let node = Namespace::new("client");
    let server = node
        .command("openssl")
        .words("s_server -quiet -tls1 -cipher ALL:@SECLEVEL=0 -accept 853 -cert")
        .arg(&certificate)
        .arg("-key")
        .arg(&key)
        .spawn();
    wait_for(&node, 853);
    let run = asking(&node, ALLOW, "system", &[]);
    assert!(
        run.output.stdout.contains("\nTLS handshake failed: "),
        "{}",
        run.output
    );
    drop(server);
}

/// Waits until something listens.
fn wait_for(node: &Namespace, port: u16) {
    for _ in 0..500 {
        if node
            .inside(|| std::net::TcpStream::connect(("127.0.0.1", port)))
            .is_ok()
        {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing listens on port {port}");
}

fn tells_an_end_that_was_cut_off() {
    let authority = Authority::new();
    let credentials = authority.issue(&[NAME], Validity::Now);
    let node = Namespace::new("client");
    let _server = TlsServer::start(&node, 853, &credentials, &[], |session| {
        echo(session);
        let _ = session.flush();
        // The connection ends and the session does not.
        let _ = session.sock.shutdown(std::net::Shutdown::Both);
    });
    let run = asking(&node, ALLOW, &authority.pem, &[]);
    assert!(
        run.output
            .stdout
            .ends_with("answer \"hello\"\nfailed Software caused connection abort\n"),
        "{}",
        run.output
    );
}

fn is_malformed() {
    let node = Namespace::new("client");
    // Takes connections and says nothing.
    let listener = node.inside(|| TcpListener::bind("127.0.0.1:853").unwrap());
    malformed(
        &node,
        "--allow tcp.connect --allow tls.unverified --allow tls.client",
        TLS_MALFORMED,
        "127.0.0.1 853",
    );
    drop(listener);
}
