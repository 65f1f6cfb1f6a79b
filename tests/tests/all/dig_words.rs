//! Command lines of dig that are refused, or taken in odd ways, beside the native one.

use crate::case::cases;
use crate::dig::{masked, native, ours};
use nethost_tests::dns_lab::{AUTHORITATIVE, DnsLab};

cases! {
    [Netns, Program("named"), Program("unbound"), Program("dig"), Program("dnssec-signzone")] => {
        odd_words_are_taken_the_same,
    }
}

const LINES: &str = "\
+ednsopt=: @A www.example.test
+ednsopt @A www.example.test
+ednsopt=65536 @A www.example.test
+ednsopt=10:zz @A www.example.test
+ednsopt=foo @A www.example.test
-4 @::1 www.example.test
-6 @A www.example.test
-4 @::ffff:127.0.0.1 www.example.test
@::ffff:127.0.0.1 www.example.test
-6 @::ffff:127.0.0.1 www.example.test
-4 -6 www.example.test
-b ::1 @A www.example.test
-b 127.0.0.1 @::1 www.example.test
+noidnin +idnout @A xn--a.example.test
+noidnin +idnout @A xn--zckzah.example.test
+noidnin +idnout @A xn--0.example.test
@fe80::1%nosuch www.example.test
@127.0.0.1%lo www.example.test
@::1%lo www.example.test
-t KEYDATA @A www.example.test
-t RESERVED0 @A www.example.test
-t TYPE0 @A www.example.test
-t TYPE65536 @A www.example.test
-t NXNAME @A www.example.test
-t UNSPEC @A www.example.test
+search @A nosuch.example.test
+search +ndots=3 @A nosuch.example.test";

fn odd_words_are_taken_the_same() {
    let lab = DnsLab::start();
    let mut lines: Vec<String> = LINES
        .lines()
        .map(|line| line.replace("@A", &format!("@{AUTHORITATIVE}")))
        .collect();
    // As many labels as BIND's buffer holds, and one more.
    for labels in [505, 506, 6401] {
        let address = vec!["1"; labels].join(".");
        lines.push(format!("-x {address} @{AUTHORITATIVE}"));
    }
    let mut differences = Vec::new();
    for args in &lines {
        let (mine, theirs) = (ours(lab.client(), args), native(lab.client(), args));
        let told = |run: &nethost_tests::command::Output| {
            (run.code, masked(&run.stdout, false), run.stderr.clone())
        };
        if told(&mine) != told(&theirs) {
            let args: String = args.chars().take(80).collect();
            differences.push(format!("dig {args}\nours: {mine}\nnative: {theirs}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
