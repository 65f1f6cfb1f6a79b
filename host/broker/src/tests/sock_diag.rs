//! Ending sockets: the one that was permitted, and never the one that the kernel would find instead.

use super::*;
use nethost_netlink::sock_diag::{SocketId, SocketProtocol, destroy};
use socket2::{Domain, Socket, Type};

fn cookie(socket: &Socket) -> u64 {
    rustix::net::sockopt::socket_cookie(socket).unwrap()
}

fn listener(at: &str) -> (Socket, SocketAddr) {
    let at: SocketAddr = at.parse().unwrap();
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, None).unwrap();
    socket.bind(&at.into()).unwrap();
    socket.listen(8).unwrap();
    let local = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, local)
}

/// In a network namespace of its own. Skipped by users who cannot have one.
pub(super) fn alone(test: impl FnOnce() + Send + 'static) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let thread = std::thread::spawn(|| {
        crate::sys::enter_new_namespace().unwrap();
        test();
    });
    thread.join().unwrap();
}

fn ends(escaped: &mut Escaped, handle: u64, socket: &SocketId) -> Result<(), String> {
    let request = destroy(socket).map_err(|error| error.to_string())?.request;
    let fields = RequestFields::of(&nethost_core::Access {
        handle,
        capability: "sockets.destroy",
        request: &request,
        asked: None,
        rule: "",
        grant: None,
        parts: &[],
        reports: &[],
    });
    if !escaped.authorize(handle, fields) {
        return Err("denied".into());
    }
    escaped
        .perform::<operations::DestroySocket>(handle, socket)
        .map(drop)
        .map_err(|answer| format!("{answer:?}"))
}

#[test]
fn a_socket_that_listens_is_not_ended_in_the_name_of_a_connection() {
    alone(|| {
        // Remotes are permitted, and what listens is denied.
        let mut escaped = Escaped::begun(&["sockets.destroy=203.0.113.0/24"]);
        let (listening, local) = listener("0.0.0.0:0");
        let named = |remote: &str, cookie| SocketId {
            protocol: SocketProtocol::Tcp,
            local,
            remote: remote.parse().unwrap(),
            interface: 0,
            cookie,
        };
        let own = cookie(&listening);
        let mut handle = 0;
        for (remote, cookie) in [
            ("203.0.113.1:9", own),
            ("203.0.113.1:9", u64::MAX),
            ("203.0.113.1:0", own),
            ("0.0.0.0:0", own),
        ] {
            handle += 1;
            let ended = ends(&mut escaped, handle, &named(remote, cookie));
            assert!(ended.is_err(), "{remote} {cookie:x}");
            assert!(
                listening.is_listener().unwrap(),
                "{remote} {cookie:x}: {ended:?}"
            );
        }
    });
}

#[test]
fn a_socket_that_listens_everywhere_is_not_ended_as_one_that_listens_at_an_address() {
    alone(|| {
        let mut escaped = Escaped::begun(&["sockets.destroy=192.0.2.1"]);
        let (listening, local) = listener("0.0.0.0:0");
        let at = |local| SocketId {
            protocol: SocketProtocol::Tcp,
            local,
            remote: "0.0.0.0:0".parse().unwrap(),
            interface: 0,
            cookie: cookie(&listening),
        };
        let one = SocketAddr::new([192, 0, 2, 1].into(), local.port());
        assert!(ends(&mut escaped, 1, &at(one)).is_err());
        assert!(listening.is_listener().unwrap());
        // The very same socket is ended, where this kernel can.
        let mut escaped = Escaped::begun(&["sockets.destroy=0.0.0.0/0"]);
        let ended = ends(&mut escaped, 1, &at(local));
        let unsupported = format!("{:?}", Answer::Failed(libc::EOPNOTSUPP));
        match ended {
            Err(answer) if answer == unsupported => {}
            ended => {
                ended.unwrap();
                assert!(!listening.is_listener().unwrap());
            }
        }
    });
}

#[test]
fn a_user_of_a_service_ends_others_sockets_only_by_a_rule_that_names_them() {
    alone(|| {
        let (listening, local) = listener("0.0.0.0:0");
        let of_root = SocketId {
            protocol: SocketProtocol::Tcp,
            local,
            remote: "0.0.0.0:0".parse().unwrap(),
            interface: 0,
            cookie: cookie(&listening),
        };
        let user = crate::peer::Peer {
            pid: 1,
            uid: 65_533,
            gid: 65_533,
            groups: Vec::new(),
        };
        let names = nethost_policy::Names {
            capabilities: &request_names(),
            plugins: &[],
        };
        for (to, is_refused) in [("", true), (r#", to = ["0.0.0.0/0"]"#, false)] {
            let text = format!(
                "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"sockets.destroy\"{to} }}]\n"
            );
            let policies = nethost_policy::Policies {
                ceiling: Some(nethost_policy::parse("p.toml", &text, names).unwrap()),
                ..nethost_policy::Policies::default()
            };
            let mut escaped = each_operation::under_for(&policies, Some(user.clone()));
            let ended = ends(&mut escaped, 1, &of_root);
            let refused = format!("{:?}", Answer::Failed(libc::EACCES));
            assert_eq!(ended == Err(refused), is_refused, "{to}: {ended:?}");
            if is_refused {
                assert!(listening.is_listener().unwrap());
            }
        }
    });
}
