//! A runner and a service of different builds report that in one line.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use socket2::{Domain, SockAddr, Socket, Type};

use crate::wire::{Answer, Hello, PROTOCOL};
use crate::{ConnectError, Link};

/// The result for a runner that gets this greeting.
fn greeted_with(greeting: &[u8]) -> Result<Link, ConnectError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(1).unwrap();
    let hello = Hello {
        plugin: "p".into(),
        digest: "d".into(),
        signature: None,
        args: Vec::new(),
        allow: Vec::new(),
        deny: Vec::new(),
        policy: None,
        audit: None,
        granted: None,
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut client, _) = listener.accept().unwrap();
            client.write_all(greeting).unwrap();
            // The runner closes the connection, or sends its greeting.
            let _ = client.recv(&mut [std::mem::MaybeUninit::uninit(); 4096]);
        });
        Link::connect(&path, &hello)
    })
}

#[test]
fn other_versions_are_told_apart() {
    let encoded = |answer: &Answer<'_>| postcard::to_allocvec(answer).unwrap();
    assert!(greeted_with(&encoded(&Answer::greeting())).is_ok());
    let other = |version: &'static str| Answer::Greeting {
        protocol: PROTOCOL ^ 1,
        version: version.into(),
    };
    for (greeting, words) in [
        (
            encoded(&other("9.8.7")),
            "the service is of nethost 9.8.7, which this",
        ),
        (
            encoded(&other(env!("CARGO_PKG_VERSION"))),
            "the service is another build of nethost 0.",
        ),
        (encoded(&Answer::Done), "the service is of an older nethost"),
        (encoded(&Answer::Refused("busy".into())), "busy"),
        (encoded(&Answer::Failed(1)), "does not answer as a service"),
    ] {
        let why = greeted_with(&greeting).unwrap_err().to_string();
        assert!(why.contains(words) && !why.contains('\n'), "{why}");
    }
    for noise in [&b"HTTP/1.1 400 Bad Request"[..], &[0xff; 40]] {
        assert!(greeted_with(noise).is_err());
    }
}
