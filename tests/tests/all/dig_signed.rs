//! dig with keys from files, beside the native one: shared ones (TSIG) and private ones (SIG(0)).

use crate::case::cases;
use crate::dig::{masked, native, ours};
use nethost_tests::command::Command;
use nethost_tests::dns_lab::{AUTHORITATIVE, DnsLab};
use nethost_tests::host::invoke;
use std::path::Path;

cases! {
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] => {
        reads_only_the_half_that_was_named,
        signs_with_private_keys_as_the_native_one,
        signs_with_shared_keys_as_the_native_one,
    }
}

const ALGORITHMS: [&str; 5] = [
    "RSASHA1",
    "RSASHA256",
    "ECDSAP256SHA256",
    "ECDSAP384SHA384",
    "ED25519",
];

/// A pair of key files; the path that both have before their ends.
fn pair(directory: &Path, algorithm: &str) -> String {
    let made = Command::new("dnssec-keygen")
        .directory(directory)
        .words(&format!(
            "-q -T KEY -n HOST -a {algorithm} who.example.test"
        ))
        .succeed();
    directory.join(made.stdout.trim()).display().to_string()
}

/// Times and signatures are others each time.
fn without_signatures(text: &str) -> String {
    let mut out = String::new();
    for line in masked(text, false).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.iter().position(|word| *word == "SIG") {
            Some(place) => {
                let front = words[..=place].join(" ");
                let fields = &words[place + 1..];
                let (numbers, key) = (fields[..4].join(" "), fields[6..8].join(" "));
                out += &format!("{front} {numbers} {key}");
            }
            None => out += line,
        }
        out.push('\n');
    }
    out
}

fn reads_only_the_half_that_was_named() {
    let lab = DnsLab::start();
    let directory = tempfile::tempdir().unwrap();
    let stem = pair(directory.path(), "ED25519");
    let private = format!("{stem}.private");
    for typed in [stem.clone(), format!("{stem}.key")] {
        let args = format!("@{AUTHORITATIVE} -k {typed} example.test +qr");
        let run = invoke(lab.client(), "", "dig", &args).run();
        assert_eq!(run.output.code, 10, "{}", run.output);
        let remedy = format!("or name that file: -k {private}\n");
        assert!(run.output.stderr.ends_with(&remedy), "{}", run.output);
        assert_eq!(run.log.only("denied")["cap"], "file.read");
        // Nothing is asked without the signature that was wanted.
        assert!(
            run.log
                .of("open")
                .iter()
                .all(|record| record["cap"] != "udp.exchange")
        );
        let allowed = format!("--allow file.read={private}");
        let run = invoke(lab.client(), &allowed, "dig", &args).run();
        assert!(
            run.output.stdout.contains("SIG0 PSEUDOSECTION"),
            "{}",
            run.output
        );
    }
}

fn signs_with_private_keys_as_the_native_one() {
    let lab = DnsLab::start();
    let directory = tempfile::tempdir().unwrap();
    for algorithm in ALGORITHMS {
        let key = format!("{}.private", pair(directory.path(), algorithm));
        for options in ["+qr", "+qr +tcp", "+qr +yaml"] {
            let args = format!("@{AUTHORITATIVE} -k {key} example.test {options}");
            let (theirs, ours) = (native(lab.client(), &args), ours(lab.client(), &args));
            assert_eq!(
                without_signatures(&theirs.stdout),
                without_signatures(&ours.stdout),
                "{algorithm}"
            );
            assert_eq!(theirs.code, ours.code, "{algorithm}: {ours}");
        }
    }
    // What is no key is told, and the question asked all the same.
    let nothing = directory
        .path()
        .join("Kwho.example.test.+013+00001.private");
    std::fs::write(&nothing, "Private-key-format: v1.3\n").unwrap();
    let args = format!(
        "@{AUTHORITATIVE} -k {} example.test +short",
        nothing.display()
    );
    let output = ours(lab.client(), &args);
    assert_eq!(output.stdout, "192.0.2.1\n", "{output}");
    let said = format!(
        "Couldn't read key from {}: not a private key file\n",
        nothing.display()
    );
    assert_eq!(output.stderr, said);
}

fn signs_with_shared_keys_as_the_native_one() {
    const SECRET: &str = "c2VjcmV0IG9mIHRoZSBsYWI=";
    let lab = DnsLab::start();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    write(
        "transfer.conf",
        &format!("key \"transfer\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{SECRET}\";\n}};\n"),
    );
    // As BIND had them before tsig-keygen(8).
    write(
        "Ktransfer.+163+00001.key",
        &format!("transfer. IN KEY 512 3 163 {SECRET}\n"),
    );
    write(
        "Ktransfer.+163+00001.private",
        &format!(
            "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: {SECRET}\nBits: AAA=\n"
        ),
    );
    for file in ["transfer.conf", "Ktransfer.+163+00001.private"] {
        let key = path(file).display().to_string();
        for question in ["secret.test axfr", "a.secret.test", "a.secret.test +yaml"] {
            let args = format!("@{AUTHORITATIVE} -k {key} {question}");
            let (theirs, ours) = (native(lab.client(), &args), ours(lab.client(), &args));
            assert_eq!(masked(&theirs.stdout, false), masked(&ours.stdout, false));
            assert!(ours.stdout.contains("TSIG"), "{ours}");
            assert_eq!((ours.code, ours.stderr.as_str()), (theirs.code, ""));
        }
    }
}
