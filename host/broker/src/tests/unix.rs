//! UNIX domain sockets: only what was permitted, whatever the runner sends.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};

use super::*;
use crate::capabilities::unix::{SocketFile, UnixCredentials, UnixKind};
use operations::{AcceptUnix, ConnectUnix, ListenUnix, TakeUnix};

type Said = Vec<(&'static str, String)>;

fn asking(capability: &str, at: &Path, said: Said) -> RequestFields<'static> {
    RequestFields {
        changes: said
            .into_iter()
            .map(|(field, value)| (field.into(), value.into()))
            .collect(),
        ..fields(capability, path(at.to_str().unwrap()))
    }
}

fn file(keep: bool) -> Option<SocketFile> {
    Some(SocketFile {
        mode: 0o640,
        keep,
        replace: false,
    })
}

/// A folder, as the kernel knows it.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    (folder, base)
}

#[test]
fn a_denial_holds_for_every_way_to_the_socket() {
    let (_folder, base) = folder();
    let secret = base.join("secret");
    let _listens = UnixListener::bind(&secret).unwrap();
    symlink("secret", base.join("link")).unwrap();
    symlink(&base, base.join("folder")).unwrap();
    let mut escaped = Escaped::begun(&[&format!("unix.connect={}/open", base.display())]);
    for (handle, way) in (1..).zip(["secret", "link", "folder/secret", "folder/link"]) {
        let request = asking(
            "unix.connect",
            &base.join(way),
            UnixKind::Stream.to_connect(),
        );
        assert!(!escaped.authorize(handle, request), "{way}");
        escaped.is_refused::<ConnectUnix>(handle, &None);
    }
    let records = escaped.bed.events();
    let denied = records.iter().filter(|record| record["event"] == "denied");
    for record in denied {
        assert_eq!(record["target"]["resolved"], secret.to_str().unwrap());
        assert_eq!(record["changes"]["kind"], "stream");
    }
}

#[test]
fn what_a_link_that_came_later_leads_to_is_not_connected() {
    let (_folder, base) = folder();
    let (open, secret) = (base.join("open"), base.join("secret"));
    let listens = UnixListener::bind(&open).unwrap();
    let _listens = UnixListener::bind(&secret).unwrap();
    let mut escaped = Escaped::begun(&[&format!("unix.connect={}", open.display())]);
    let request = asking("unix.connect", &open, UnixKind::Stream.to_connect());
    assert!(escaped.authorize(1, request));
    let (facts, socket) = escaped.perform::<ConnectUnix>(1, &None).unwrap();
    let own = rustix::process::geteuid().as_raw();
    assert_eq!(facts.peer.map(|peer| peer.user), Some(own));
    drop((socket, listens));
    std::fs::remove_file(&open).unwrap();
    symlink(&secret, &open).unwrap();
    let refused = escaped.perform::<ConnectUnix>(1, &None).unwrap_err();
    assert!(
        matches!(refused, Answer::Failed(libc::ELOOP)),
        "{refused:?}"
    );
    // The same for the folder in which a socket is to be created.
    let inner = base.join("inner");
    std::fs::create_dir(&inner).unwrap();
    let mut escaped = Escaped::begun(&[&format!("unix.listen={}/", inner.display())]);
    let request = asking(
        "unix.listen",
        &inner.join("made"),
        UnixKind::Stream.to_listen(file(false)),
    );
    assert!(escaped.authorize(1, request));
    std::fs::remove_dir(&inner).unwrap();
    symlink(&base, &inner).unwrap();
    let refused = escaped.perform::<ListenUnix>(1, &1).unwrap_err();
    assert!(
        matches!(refused, Answer::Failed(libc::ELOOP)),
        "{refused:?}"
    );
    assert!(!base.join("made").exists());
}

#[test]
fn a_permit_names_its_kind_and_its_file_in_one_way() {
    let (_folder, base) = folder();
    let mut escaped = Escaped::begun(&["unix.listen", "unix.connect"]);
    let whole = UnixKind::Stream.to_listen(file(false));
    let odd = |at: usize, value: &str| {
        let mut odd = whole.clone();
        odd[at].1 = value.into();
        odd
    };
    let mut handle = 0;
    for said in [
        Vec::new(),
        odd(0, "STREAM"),
        odd(1, "640"),
        odd(1, "4777"),
        odd(1, "+640"),
        odd(2, "no"),
        odd(3, "yes"),
        whole[..3].to_vec(),
        whole.iter().chain(&whole).cloned().collect(),
    ] {
        handle += 1;
        assert!(escaped.authorize(handle, asking("unix.listen", &base.join("x"), said)));
        escaped.is_refused::<ListenUnix>(handle, &1);
    }
    handle += 1;
    let request = asking("unix.connect", &base.join("x"), whole.clone());
    assert!(escaped.authorize(handle, request));
    escaped.is_refused::<ConnectUnix>(handle, &None);
    escaped.is_refused::<ListenUnix>(handle, &1);
    assert!(!base.join("x").exists());
}

#[test]
fn who_came_is_on_record_before_the_connection_is_handed_over() {
    let (_folder, base) = folder();
    let at = base.join("made");
    let mut escaped = Escaped::begun(&["unix.listen"]);
    let said = UnixKind::Stream.to_listen(file(false));
    assert!(escaped.authorize(1, asking("unix.listen", &at, said.clone())));
    escaped.is_refused::<AcceptUnix>(1, &());
    escaped.perform::<ListenUnix>(1, &4).unwrap();
    escaped.is_refused::<ListenUnix>(1, &4);
    let found = std::fs::metadata(&at).unwrap();
    assert!(found.file_type().is_socket());
    let none = escaped.perform::<AcceptUnix>(1, &()).unwrap_err();
    assert!(matches!(none, Answer::Failed(libc::EAGAIN)), "{none:?}");
    let _client = UnixStream::connect(&at).unwrap();
    let ((_, peer), handed) = escaped.perform::<AcceptUnix>(1, &()).unwrap();
    assert!(handed.is_none());
    assert_eq!(peer.process, std::process::id());
    let somebody = UnixCredentials { user: 7, ..peer };
    let other = base.join("other");
    for (handle, request) in (2..).zip([
        asking("unix.listen", &at, said),
        asking("unix.listen", &at, UnixKind::Stream.to_accept(somebody)),
        asking("unix.listen", &at, UnixKind::Sequenced.to_accept(peer)),
        asking("unix.listen", &other, UnixKind::Stream.to_accept(peer)),
    ]) {
        assert!(escaped.authorize(handle, request));
        escaped.is_refused::<TakeUnix>(handle, &1);
    }
    let taken = asking("unix.listen", &at, UnixKind::Stream.to_accept(peer));
    assert!(escaped.authorize(6, taken));
    escaped.is_refused::<TakeUnix>(6, &6);
    let ((), connection) = escaped.perform::<TakeUnix>(6, &1).unwrap();
    assert!(connection.is_some());
    escaped.is_refused::<TakeUnix>(6, &1);
    // Under a permit that has ended nothing is taken, and its file is removed.
    escaped.channel.send(&over(1), None).unwrap();
    escaped.is_refused::<TakeUnix>(6, &1);
    assert!(!at.exists());
}

#[test]
fn a_socket_s_file_goes_with_the_run_unless_it_is_to_stay() {
    let (_folder, base) = folder();
    let mut escaped = Escaped::begun(&["unix.listen"]);
    for (handle, (name, kind, keep)) in (1..).zip([
        ("kept", UnixKind::Stream, true),
        ("stream", UnixKind::Stream, false),
        ("datagrams", UnixKind::Datagram, false),
        ("replaced", UnixKind::Datagram, false),
    ]) {
        let request = asking("unix.listen", &base.join(name), kind.to_listen(file(keep)));
        assert!(escaped.authorize(handle, request));
        escaped.perform::<ListenUnix>(handle, &1).unwrap();
        let mode = std::fs::metadata(base.join(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777 & !0o640, 0, "{name}");
    }
    std::fs::remove_file(base.join("replaced")).unwrap();
    std::fs::write(base.join("replaced"), "").unwrap();
    // The runner ends without a message.
    escaped.records();
    let left = |name: &str| base.join(name).exists();
    assert!(left("kept") && left("replaced"));
    assert!(!left("stream") && !left("datagrams"));
}

#[test]
fn only_a_socket_is_replaced_and_only_if_that_was_asked_for() {
    let (_folder, base) = folder();
    drop(UnixListener::bind(base.join("socket")).unwrap());
    std::fs::write(base.join("file"), "x").unwrap();
    symlink("socket", base.join("link")).unwrap();
    let bind = |name: &str, replace: bool| {
        let place = AbsolutePath::absolute(&base.join(name)).unwrap();
        let place = crate::capabilities::unix::Place::Path(place);
        let file = file(true).map(|file| SocketFile { replace, ..file });
        crate::capabilities::unix::bind(&place, UnixKind::Stream, file, None, 1)
    };
    for (name, replace) in [("socket", false), ("file", true), ("link", true)] {
        let error = bind(name, replace).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE), "{name}");
    }
    bind("socket", true).unwrap();
    assert_eq!(std::fs::read(base.join("file")).unwrap(), b"x");
    assert!(base.join("link").is_symlink());
}

#[test]
fn datagrams_are_connected_under_a_permit_of_their_own() {
    let (_folder, base) = folder();
    let mut escaped = Escaped::begun(&["unix.listen", "unix.connect"]);
    for (handle, name) in (1..).zip(["one", "two"]) {
        let said = UnixKind::Datagram.to_listen(file(false));
        assert!(escaped.authorize(handle, asking("unix.listen", &base.join(name), said)));
        escaped.perform::<ListenUnix>(handle, &0).unwrap();
    }
    let to = |kind: UnixKind| asking("unix.connect", &base.join("two"), kind.to_connect());
    assert!(escaped.authorize(3, to(UnixKind::Stream)));
    escaped.is_refused::<ConnectUnix>(3, &Some(1));
    assert!(escaped.authorize(4, to(UnixKind::Datagram)));
    for bound in [3, 4, 9] {
        escaped.is_refused::<ConnectUnix>(4, &Some(bound));
    }
    let (facts, socket) = escaped.perform::<ConnectUnix>(4, &Some(1)).unwrap();
    assert!(socket.is_none() && facts.peer.is_none());
    let bytes = base.join("one").to_str().unwrap().as_bytes().to_vec();
    assert_eq!(
        facts.local,
        crate::capabilities::unix::UnixAddress::Path(bytes)
    );
    escaped.is_refused::<AcceptUnix>(1, &());
}

#[test]
fn another_user_s_rights_are_the_kernel_s_to_judge() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (folder, base) = folder();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let (closed, open) = (base.join("closed"), base.join("open"));
    let _closed = UnixListener::bind(&closed).unwrap();
    let listens = UnixListener::bind(&open).unwrap();
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o660)).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o666)).unwrap();
    let peer = crate::Peer {
        pid: 1,
        uid: 65_533,
        gid: 65_532,
        groups: Vec::new(),
    };
    let rights = crate::user_process::Rights::of(Some(&peer));
    let connect = |at: &Path| {
        let place = crate::capabilities::unix::Place::Path(AbsolutePath::absolute(at).unwrap());
        let kind = UnixKind::Stream;
        rights.act(None, || {
            crate::capabilities::unix::connect(&place, kind, None)
        })
    };
    let refused = connect(&closed).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EACCES));
    let (_, socket) = connect(&open).unwrap();
    let (accepted, _) = listens.accept().unwrap();
    let seen = crate::sys::peer_credentials(accepted.as_fd()).unwrap();
    assert_eq!((seen.user, seen.group), (65_533, 65_532));
    drop(socket);
    let place =
        crate::capabilities::unix::Place::Path(AbsolutePath::absolute(&base.join("made")).unwrap());
    let bound = rights.act(None, || {
        crate::capabilities::unix::bind(&place, UnixKind::Stream, file(false), None, 1)
    });
    assert_eq!(bound.unwrap_err().raw_os_error(), Some(libc::EACCES));
    assert!(!base.join("made").exists());
}

#[test]
fn descriptors_are_not_taken_from_a_peer() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    let (_folder, base) = folder();
    let at = base.join("socket");
    let listens = UnixListener::bind(&at).unwrap();
    let place = crate::capabilities::unix::Place::Path(AbsolutePath::absolute(&at).unwrap());
    let (_, socket) = crate::capabilities::unix::connect(&place, UnixKind::Stream, None).unwrap();
    let socket = socket.unwrap();
    // A kernel without this option cannot be tested.
    if nethost_net::datagram::set_option(socket.as_fd(), libc::SOL_SOCKET, 83, 0).is_err() {
        return;
    }
    let (accepted, _) = listens.accept().unwrap();
    let passed = [listens.as_fd()];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    assert!(beside.push(SendAncillaryMessage::ScmRights(&passed)));
    let bytes = [std::io::IoSlice::new(b"x")];
    let sent = sendmsg(&accepted, &bytes, &mut beside, SendFlags::empty());
    assert_eq!(sent.unwrap_err(), rustix::io::Errno::PERM);
}
