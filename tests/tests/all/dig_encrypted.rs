//! dig over TLS and HTTPS, beside the native one, against BIND's own listeners.

use crate::case::cases;
use crate::dig::{masked, native, ours};
use nethost_tests::dns_lab::{AUTHORITATIVE, AUTHORITATIVE6, DnsLab};
use nethost_tests::host::invoke;
use nethost_tests::tls::{Authority, Validity};

cases! {
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] in each way => {
        is_denied_what_the_policy_forbids,
    }
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] => {
        answers_as_the_native_one,
        believes_whom_it_is_told_to_believe,
        tells_why_https_fails,
        shows_who_asks,
        compares_servers_over_tls_and_https,
    }
}

/// @A is the authoritative server, @6 the same on IPv6, CA its certificate's issuer.
const QUERIES: &[&str] = &[
    "@A example.test +tls",
    "@A example.test +tls +tls-ca=CA",
    "@A example.test +tls +tls-ca=CA +tls-hostname=ns1.example.test",
    "@6 example.test +tls +tls-ca=CA",
    "@A example.test +https",
    "@A example.test +https +tls-ca=CA",
    "@A example.test +https=/other",
    "@6 example.test +https",
    "@A example.test +https-get",
    "@A example.test +https-post",
    "@A example.test +http-plain",
    "@A example.test +http-plain-get",
    "@A example.test +http-plain-post",
    "@A -p 443 example.test +https",
    "@A large.example.test txt +https +short",
    "@A example.test axfr +tls",
    "@A www.example.test +https a www.example.test aaaa",
    "@A www.example.test +tls +keepopen a www.example.test aaaa",
    "@A example.test +https +qr",
    "@A -p 53 example.test +http-plain +time=2 +tries=1",
    "@A -p 8853 example.test +tls +tls-ca=CA +tls-certfile=CLIENT +tls-keyfile=KEY",
    "@A -p 8443 example.test +https +tls-ca=CA +tls-certfile=CLIENT +tls-keyfile=KEY",
];

fn is_denied_what_the_policy_forbids() {
    let lab = DnsLab::start();
    for (rule, args) in [
        ("tcp.connect=127.0.0.0/8", "+https"),
        ("tls.unverified=127.0.0.0/8", "+https"),
        ("tcp.connect=127.0.0.0/8", "+http-plain"),
    ] {
        let args = format!("@{AUTHORITATIVE} example.test {args}");
        let run = invoke(lab.client(), &format!("--deny {rule}"), "dig", &args).run();
        assert_eq!(run.output.code, 10, "{}", run.output);
        let (cap, _) = rule.split_once('=').unwrap();
        assert!(run.output.stderr.contains(cap), "{}", run.output);
        assert_eq!(run.log.only("denied")["cap"], cap);
    }
}

fn believes_whom_it_is_told_to_believe() {
    let lab = DnsLab::start();
    let ca = lab.path("ca.pem");
    let ask = |options: &str| {
        ours(
            lab.client(),
            &format!("@{AUTHORITATIVE} example.test +short +time=2 +tries=1 {options}"),
        )
    };
    for transport in ["+tls", "+https"] {
        let output = ask(&format!(
            "{transport} +tls-ca={ca} +tls-hostname=ns1.example.test"
        ));
        assert_eq!(output.stdout, "192.0.2.1\n", "{output}");
        for wrong in [
            format!("+tls-ca={ca} +tls-hostname=other.test"),
            "+tls-ca".to_owned(),
            "+tls-pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        ] {
            let output = ask(&format!("{transport} {wrong}"));
            assert!(
                output
                    .stdout
                    .contains("TLS peer certificate verification for"),
                "{output}"
            );
            assert!(!output.stdout.contains("192.0.2.1"), "{output}");
        }
        // What is refused says which key it was.
        let output = ask(&format!("{transport} +tls-pin=none"));
        let (_, pin) = output.stdout.split_once("public key is ").expect("a pin");
        let (pin, _) = pin.split_once(',').expect("its end");
        let output = ask(&format!("{transport} +tls-pin={pin}"));
        assert_eq!(output.stdout, "192.0.2.1\n", "{output}");
    }
}

fn tells_why_https_fails() {
    let lab = DnsLab::start();
    let ask = |options: &str| {
        ours(
            lab.client(),
            &format!("@{AUTHORITATIVE} example.test +time=2 +tries=1 {options}"),
        )
    };
    for (options, why) in [
        ("+https=/nowhere", "HTTP status 404 Not Found"),
        ("-p 80 +https", "TLS handshake failed"),
        ("-p 53 +https", ""),
        ("-p 53 +http-plain", ""),
    ] {
        let output = ask(options);
        assert_eq!(output.code, 9, "{output}");
        assert!(output.stdout.contains(why), "{output}");
        assert!(
            output.stdout.contains("no servers could be reached"),
            "{output}"
        );
    }
}

/// The server wants a certificate, and not just any.
fn shows_who_asks() {
    let lab = DnsLab::start();
    let stranger = Authority::new().issue(&["client.example.test"], Validity::Now);
    std::fs::write(lab.path("stranger.pem"), stranger.certificate).expect("a file");
    std::fs::write(lab.path("stranger.key"), stranger.key).expect("a file");
    let ask = |transport: &str, certificate: &str, key: &str| {
        let show = |option: &str, file: &str| match file {
            "" => String::new(),
            file => format!("+tls-{option}={}", lab.path(file)),
        };
        let args = format!(
            "@{AUTHORITATIVE} example.test +short +time=2 +tries=1 {transport} +tls-ca={} {} {}",
            lab.path("ca.pem"),
            show("certfile", certificate),
            show("keyfile", key)
        );
        ours(lab.client(), &args)
    };
    for transport in ["-p 8853 +tls", "-p 8443 +https"] {
        for (certificate, key) in [("", ""), ("stranger.pem", "stranger.key")] {
            let output = ask(transport, certificate, key);
            assert_eq!(output.code, 9, "{output}");
            assert!(!output.stdout.contains("192.0.2.1"), "{output}");
        }
        let output = ask(transport, "client.pem", "client.key");
        assert_eq!(output.stdout, "192.0.2.1\n", "{output}");
        let output = ask(transport, "client.pem", "");
        assert!(output.stdout.contains("must be specified"), "{output}");
        // What is no file, and what is no certificate.
        let output = ask(transport, "nowhere.pem", "client.key");
        let said = format!(
            "dig: {}: No such file or directory\n",
            lab.path("nowhere.pem")
        );
        assert_eq!((output.code, output.stderr.as_str()), (10, said.as_str()));
        let output = ask(transport, "client.key", "client.key");
        assert_ne!(output.code, 0, "{output}");
        assert!(!output.stdout.contains("192.0.2.1"), "{output}");
    }
    let rule = format!("--deny file.read={}", lab.path("client.key"));
    let files = format!(
        "+tls-certfile={} +tls-keyfile={}",
        lab.path("client.pem"),
        lab.path("client.key")
    );
    let args = format!("@{AUTHORITATIVE} -p 8853 +tls {files} example.test");
    let run = invoke(lab.client(), &rule, "dig", &args).run();
    assert_eq!(run.output.code, 10, "{}", run.output);
    assert_eq!(run.log.only("denied")["cap"], "file.read");
}

fn compares_servers_over_tls_and_https() {
    let lab = DnsLab::start();
    for transport in ["+tls", "+https", "+http-plain"] {
        // Plain HTTP is spoken on IPv4 alone.
        let other = match transport {
            "+http-plain" => AUTHORITATIVE,
            _ => AUTHORITATIVE6,
        };
        let args = format!("+compare {transport} @{AUTHORITATIVE} @{other} www.example.test");
        let output = ours(lab.client(), &args);
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stdout.contains("NOERROR aa, 2 records"), "{output}");
        assert!(output.stdout.contains(";; all the same"), "{output}");
        let silent = format!("{args} @127.0.0.77 +tries=1");
        let output = ours(lab.client(), &silent);
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stdout.contains("no answer"), "{output}");
    }
}

fn answers_as_the_native_one() {
    let lab = DnsLab::start();
    let node = lab.client();
    let mut differences = Vec::new();
    for line in QUERIES {
        let args = line
            .replace("@A", &format!("@{AUTHORITATIVE}"))
            .replace("@6", &format!("@{AUTHORITATIVE6}"))
            .replace("CLIENT", &lab.path("client.pem"))
            .replace("KEY", &lab.path("client.key"))
            .replace("CA", &lab.path("ca.pem"));
        let (theirs, ours) = (native(node, &args), ours(node, &args));
        let same = masked(&theirs.stdout, false) == masked(&ours.stdout, false)
            && theirs.code == ours.code
            && theirs.stderr.trim_end() == ours.stderr.trim_end();
        if !same {
            differences.push(format!("=== {args}\nnative {theirs}\nours {ours}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
