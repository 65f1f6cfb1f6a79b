//! Whom dig asks when nobody is named: resolv.conf, beside the native one.

use crate::case::cases;
use crate::dig::{masked, native, ours};
use nethost_tests::odd_name_server::{OddNameServer, Oddity};
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("dig")] in each way => { asks_as_resolv_conf_says, says_why_a_server_has_no_address }
    [Netns] => { begins_at_the_roots_that_are_built_in }
}

/// 127.0.3.1 is silent, 127.0.3.2 answers, 127.0.3.3 fails, and nobody is at 127.0.3.9.
const CASES: &[(&str, &str)] = &[
    ("nameserver 127.0.3.2\n", "x.test"),
    (
        "nameserver 127.0.3.1\nnameserver 127.0.3.2\noptions timeout:1 attempts:1\n",
        "x.test",
    ),
    (
        "nameserver 127.0.3.1\nnameserver 127.0.3.2\noptions timeout:9 attempts:9\n",
        "x.test +time=1 +tries=2",
    ),
    (
        "nameserver 127.0.3.9\nnameserver 127.0.3.2\noptions attempts:2\n",
        "x.test",
    ),
    ("nameserver 127.0.3.3\nnameserver 127.0.3.2\n", "x.test"),
    (
        "nameserver 127.0.3.3\nnameserver 127.0.3.2\n",
        "x.test +nofail",
    ),
    (
        "nameserver 127.0.3.2\nsearch a.test b.test\noptions ndots:3\n",
        "+search +showsearch x.y",
    ),
    (
        "nameserver 127.0.3.2\ndomain d.test\n",
        "+search x +noall +question",
    ),
    (
        "nameserver 127.0.3.2\nsearch a.test\n",
        "+search x.y +noall +question",
    ),
    ("nameserver 127.0.3.2\n", "-6 x.test +tries=1"),
    ("", "-4 x.test +tries=1"),
    (
        "# nameserver 127.0.3.1\n; nameserver 127.0.3.1\nnameserver 127.0.3.2\noptions rotate edns0\n",
        "x.test",
    ),
];

fn asks_as_resolv_conf_says() {
    std::thread::scope(|scope| {
        for (conf, args) in CASES {
            scope.spawn(move || {
                let mut net = Topology::alone();
                net.file("resolv.conf", conf, "/etc/resolv.conf");
                let node = net.client();
                let _servers = [
                    OddNameServer::start(node, "127.0.3.1", Oddity::Silent),
                    OddNameServer::start(node, "127.0.3.2", Oddity::Honest),
                    OddNameServer::start(node, "127.0.3.3", Oddity::Fails),
                ];
                let (theirs, ours) = (native(node, args), ours(node, args));
                let context = format!("{conf}{args}\nnative {theirs}\nours {ours}");
                assert_eq!(
                    masked(&theirs.stdout, false),
                    masked(&ours.stdout, false),
                    "{context}"
                );
                assert_eq!(theirs.code, ours.code, "{context}");
            });
        }
    });
}

/// The first of the root's servers, in a network that has nothing else; with `+hints`, and where the resolver names
/// none.
fn begins_at_the_roots_that_are_built_in() {
    let net = Topology::alone();
    let node = net.client();
    let roots = ["198.41.0.4", "2001:503:ba3e::2:30"];
    node.addresses("lo", &["198.41.0.4/32", "2001:503:ba3e::2:30/128"]);
    let _servers = roots.map(|root| OddNameServer::start(node, root, Oddity::Honest));
    let _resolver = OddNameServer::start(node, "127.0.0.1", Oddity::Refuses);
    for (family, root) in ["-4", "-6"].into_iter().zip(roots) {
        for args in ["+hints", "@127.0.0.1"] {
            // Whom -6 could ask on IPv4 is nobody.
            if (family, args) == ("-6", "@127.0.0.1") {
                continue;
            }
            let output = ours(node, &format!("{family} +trace {args} x.test"));
            let from = format!("from {root}#53(a.root-servers.net) in ");
            assert!(output.stdout.contains(&from), "{output}");
            assert!(output.stdout.contains("192.0.2.1"), "{output}");
            assert_eq!(output.code, 0, "{output}");
        }
    }
}

/// Nothing listens: what is asked of the system's resolver fails, and each server refuses.
fn says_why_a_server_has_no_address() {
    let mut net = Topology::alone();
    net.file("resolv.conf", "nameserver 127.0.0.1\n", "/etc/resolv.conf");
    let batch = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        batch.path(),
        "@nosuch.test a.test\n@::ffff:127.0.0.1 b.test\n",
    )
    .unwrap();
    let batch = format!("-f {}", batch.path().display());
    for args in [
        "@nosuch.test a.test",
        "@;; a.test",
        "@fe80::1%nosuch a.test",
        "-4 @::1 a.test",
        "-6 @127.0.0.1 a.test",
        "-4 @::ffff:127.0.0.1 a.test",
        "@::ffff:127.0.0.1 a.test",
        "+ednsopt=: a.test",
        &batch,
    ] {
        let (mine, theirs) = (ours(net.client(), args), native(net.client(), args));
        assert_eq!(
            (mine.code, &mine.stdout, &mine.stderr),
            (theirs.code, &theirs.stdout, &theirs.stderr),
            "dig {args}\n{mine}{theirs}"
        );
    }
}
