//! Parts that a request must not have, and facts that a request must not reveal.

use std::collections::BTreeSet;

use super::*;
use nethost_core::Interface;

/// A grant of everything, so that a request is refused for its form only.
const ALL: &[&str] = &[
    "icmp.echo",
    "udp.exchange",
    "tcp.connect",
    "raw.send",
    "dns.resolve",
    "netns.read",
    "route.read",
];

#[test]
fn a_destination_is_never_the_unspecified_address() {
    let mut escaped = Escaped::begun(ALL);
    for (at, to) in ["0.0.0.0", "::", "::ffff:0.0.0.0"].into_iter().enumerate() {
        for (of, capability) in ["icmp.echo", "raw.send"].into_iter().enumerate() {
            let handle = 10 * at as u64 + of as u64;
            assert!(!escaped.authorize(handle, fields(capability, address(to, None))));
        }
        for capability in ["udp.exchange", "tcp.connect"] {
            assert!(!escaped.open(99, capability, to), "{capability} {to}");
        }
    }
    // The subject of a reverse lookup, and the destination of a route, are facts.
    assert!(escaped.authorize(100, fields("dns.resolve", address("0.0.0.0", None))));
    assert!(escaped.authorize(101, fields("route.read", address("::", None))));
}

#[test]
fn a_request_has_no_part_that_its_capability_does_not_heed() {
    let mut escaped = Escaped::begun(ALL);
    let elsewhere = || Interface::named("elsewhere", Vec::new()).unwrap();
    let plain = || request("udp.exchange", "127.0.0.1");
    let source = |text: &str| {
        let mut socket = plain().socket.unwrap();
        socket.source = Some(text.parse().unwrap());
        Some(socket)
    };
    let bad = [
        RequestFields {
            namespace: Some("lab".into()),
            ..plain()
        },
        RequestFields {
            changes: vec![("mtu".into(), "9000".into())],
            ..plain()
        },
        RequestFields {
            interface: Some(elsewhere()),
            ..plain()
        },
        RequestFields {
            socket: source("[fe80::1%7]:0"),
            ..request("udp.exchange", "::1")
        },
        RequestFields {
            interface: Some(elsewhere()),
            ..fields("dns.resolve", name("example.test"))
        },
        RequestFields {
            interface: Some(Interface::found(1, "lo", Vec::new()).unwrap()),
            ..fields("dns.resolve", name("example.test"))
        },
        RequestFields {
            socket: plain().socket,
            ..fields("dns.resolve", name("example.test"))
        },
    ];
    for request in bad {
        let told = format!("{request:?}");
        assert!(!escaped.authorize(1, request), "{told}");
    }
    assert!(escaped.authorize(1, plain()));
}

#[test]
fn a_real_path_is_told_to_who_may_read_files() {
    let mut escaped = Escaped::begun(&["icmp.echo"]);
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
    for capability in ["icmp.echo", "file.read", "none"] {
        let (answer, _) = escaped.inquire(Inquiry::RealPath {
            capability: capability.into(),
            path: std::os::unix::ffi::OsStrExt::as_bytes(link.as_os_str())
                .to_vec()
                .into(),
        });
        let Answer::Inquiry(InquiryReply::Path(path)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(path.as_path(), link, "{capability}");
    }
}

#[test]
fn handles_are_the_runner_s_numbers_throughout() {
    let mut escaped = Escaped::begun(&["udp.exchange"]);
    let own = || -> BTreeSet<String> {
        let fds = std::fs::read_dir("/proc/self/fd").unwrap();
        let targets = fds.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
        targets
            .map(|target| target.display().to_string())
            .filter(|target| target.starts_with("socket:"))
            .collect()
    };
    // Sockets of other tests come and go. What remains was opened here.
    let mut opened = Vec::new();
    for handle in 1000..1020 {
        assert!(escaped.open(handle, "udp.exchange", "127.0.0.1"));
        let socket = escaped.socket(handle).expect("a socket");
        let link = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&socket));
        opened.push(std::fs::read_link(link).unwrap().display().to_string());
        drop(socket);
        escaped.channel.send(&over(handle), None).unwrap();
    }
    // An answer means that all earlier messages were processed.
    let _ = escaped.inquire(Inquiry::InterfaceName {
        namespace: None,
        index: 1,
    });
    let left = own();
    let held: Vec<_> = opened
        .iter()
        .filter(|inode| left.contains(*inode))
        .collect();
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn too_much_at_once_is_refused() {
    let mut escaped = Escaped::begun(&["tls.client"]);
    let long = "a".repeat(60 << 10);
    let asked = || RequestFields {
        changes: vec![("server-name".into(), long.clone().into())],
        ..fields("tls.client", address("127.0.0.1", Some(443)))
    };
    let mut granted = 0_u64;
    for handle in 0..1500 {
        granted += u64::from(escaped.authorize(handle, asked()));
    }
    assert!(
        (900..1200).contains(&granted),
        "{granted} permits of 60 KiB each"
    );
    // A closed permit is not counted.
    escaped.channel.send(&over(0), None).unwrap();
    assert!(escaped.authorize(5000, asked()));
}
