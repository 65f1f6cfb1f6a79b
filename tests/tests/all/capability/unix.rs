//! Sockets of this machine.

use super::{allowed, closed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::UNIX;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::privilege::user;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => {
        is_allowed, no_other_name_passes_a_denial, a_file_goes_when_the_run_is_killed,
        root_s_sockets_are_root_s,
    }
    [Netns] => {
        an_abstract_name_is_of_its_namespace, arguments_are_a_scope, others_connect,
        datagrams_are_answered, packets_keep_their_bounds, is_malformed, is_dropped,
    }
    [Netns, OtherUser] => { the_user_s_rights_are_what_counts }
}

/// A folder that everybody may use, by its real path.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let base = folder.path().canonicalize().unwrap();
    (folder, base)
}

/// A socket that everybody may connect to, where each connection is sent back what it sends.
fn echo(path: &Path) -> std::thread::JoinHandle<()> {
    let listens = UnixListener::bind(path).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o666)).unwrap();
    answering(listens)
}

/// Ends when somebody sends `quit`.
fn answering(listens: UnixListener) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for stream in listens.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 64];
            while let Ok(length @ 1..) = stream.read(&mut bytes) {
                if &bytes[..length] == b"quit" {
                    return;
                }
                // One that is gone hears nothing.
                let _ = stream.write_all(&bytes[..length]);
            }
        }
    })
}

fn end(mut stream: UnixStream, server: std::thread::JoinHandle<()>) {
    stream.write_all(b"quit").unwrap();
    server.join().unwrap();
}

fn is_denied() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let path = base.join("socket");
    // Nobody listens there any more.
    drop(UnixListener::bind(&path).unwrap());
    for target in [path.to_str().unwrap(), "/no/such/socket", "@nobody"] {
        let args = format!("connect {target}");
        denied(net.client(), UNIX, &args, "unix.connect", target);
        let args = format!("datagrams {target}");
        let _ = std::fs::remove_file(&path);
        denied(net.client(), UNIX, &args, "unix.listen", target);
    }
}

fn is_allowed() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let path = base.join("socket");
    let server = echo(&path);
    let shown = path.display();
    for grant in [format!("{shown}"), format!("{}/", base.display())] {
        let run = allowed(
            net.client(),
            &format!("--allow unix.connect={grant}"),
            UNIX,
            &format!(
                "connect {shown} {}/absent",
                base.parent().unwrap().display()
            ),
        );
        let own = own_user();
        let told = format!("connected - to {shown} of user {own}\nreceived \"hello\\n\"\n");
        assert!(run.output.stdout.starts_with(&told), "{}", run.output);
        let record = run.log.only("close");
        assert_eq!(record["counters"]["bytes_sent"], 6, "{record}");
        assert_eq!(record["counters"]["bytes_received"], 6, "{record}");
        assert_eq!(run.log.only("open")["changes"]["kind"], "stream");
        assert_eq!(run.log.only("denied")["cap"], "unix.connect");
    }
    end(UnixStream::connect(&path).unwrap(), server);
}

fn an_abstract_name_is_of_its_namespace() {
    let net = Topology::alone();
    let name = "nethost/test";
    let bind = || {
        let address = SocketAddr::from_abstract_name(name).unwrap();
        UnixListener::bind_addr(&address).unwrap()
    };
    let outside = bind();
    let run = |node: &Namespace| {
        let run = allowed(
            node,
            &format!("--allow unix.connect=@{name}"),
            UNIX,
            &format!("connect @{name} @nethost"),
        );
        run.output.stdout
    };
    let said = run(net.client());
    assert!(said.contains("ConnectionRefused"), "{said}");
    let server = answering(net.client().inside(bind));
    let said = run(net.client());
    assert!(said.contains("received \"hello\\n\""), "{said}");
    assert!(said.contains("@nethost denied"), "{said}");
    let address = SocketAddr::from_abstract_name(name).unwrap();
    let stream = net
        .client()
        .inside(|| UnixStream::connect_addr(&address).unwrap());
    end(stream, server);
    drop(outside);
}

fn no_other_name_passes_a_denial() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let secret = base.join("secret");
    let server = echo(&secret);
    std::fs::create_dir(base.join("inner")).unwrap();
    symlink("../secret", base.join("inner/link")).unwrap();
    symlink(&base, base.join("inner/folder")).unwrap();
    let shown = base.display();
    let ways = format!(
        "{shown}/secret {shown}/inner/link {shown}/inner/folder/secret {shown}/./inner/..//secret \
         /proc/self/root{shown}/secret /proc/self/cwd/{shown}/secret"
    );
    let options = format!("--allow unix.connect --deny unix.connect={shown}/secret");
    let run = allowed(net.client(), &options, UNIX, &format!("connect {ways}"));
    let said = &run.output.stdout;
    assert_eq!(said.matches(" denied ").count(), 6, "{}", run.output);
    assert!(run.log.of("open").is_empty(), "{:#?}", run.log);
    // What a rule names is what it leads to.
    let options = format!("--allow unix.connect={shown}/inner/link");
    let args = format!("connect {shown}/secret");
    let run = allowed(net.client(), &options, UNIX, &args);
    assert!(run.output.stdout.contains("received"), "{}", run.output);
    // A hard link is a name of its own, as it is for files (docs/policy.md).
    std::fs::hard_link(&secret, base.join("hard")).unwrap();
    let options = format!("--allow unix.connect={shown}/hard");
    let args = format!("connect {shown}/hard {shown}/secret");
    let run = allowed(net.client(), &options, UNIX, &args);
    assert!(
        run.output.stdout.contains("secret denied"),
        "{}",
        run.output
    );
    end(UnixStream::connect(&secret).unwrap(), server);
}

fn arguments_are_a_scope() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let path = base.join("socket");
    let server = echo(&path);
    let options = "--allow unix.connect=$args";
    let args = format!("connect {} @nobody", path.display());
    let run = allowed(net.client(), options, UNIX, &args);
    assert!(run.output.stdout.contains("received"), "{}", run.output);
    assert!(
        run.output
            .stdout
            .contains("@nobody ErrorCode::ConnectionRefused"),
        "{}",
        run.output
    );
    end(UnixStream::connect(&path).unwrap(), server);
}

/// Waits for a socket's file.
fn wait_for(path: &Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while !path.exists() {
        assert!(Instant::now() < end, "no {}", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn connect_when_it_listens(path: &Path) -> UnixStream {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return stream,
            // The file is there before the socket listens, and one may be from an earlier time.
            Err(error) => assert!(Instant::now() < end, "{}: {error}", path.display()),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn others_connect() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    for (mode, keep) in [("600", false), ("666", true)] {
        let path = base.join(mode);
        if keep {
            // As an earlier run has left it.
            drop(UnixListener::bind(&path).unwrap());
        }
        let at = path.clone();
        let client = std::thread::spawn(move || {
            let mut stream = connect_when_it_listens(&at);
            let found = std::fs::metadata(&at).unwrap();
            let mut said = String::new();
            stream.write_all(b"thanks").unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            stream.read_to_string(&mut said).unwrap();
            (found, said)
        });
        let options = format!("--allow unix.listen={}", path.display());
        let kept = if keep { " keep" } else { "" };
        let args = format!("listen {} {mode}{kept}", path.display());
        let run = allowed(net.client(), &options, UNIX, &args);
        let (found, said) = client.join().unwrap();
        assert!(found.file_type().is_socket());
        let wanted = u32::from_str_radix(mode, 8).unwrap();
        assert_eq!(found.mode() & 0o777 & !wanted, 0, "{:o}", found.mode());
        assert_eq!(found.mode() & 0o700, 0o600, "{:o}", found.mode());
        assert_eq!(said, "welcome\n");
        let told = &run.output.stdout;
        let own = own_user();
        assert!(
            told.contains(&format!("accepted - of user {own} "))
                && told.contains("received \"thanks\""),
            "{}",
            run.output
        );
        assert_eq!(path.exists(), keep);
        let opened = run.log.of("open");
        assert_eq!(opened.len(), 2, "{opened:#?}");
        let changes = &opened[0]["changes"];
        assert_eq!(changes["mode"], format!("0{mode}"), "{changes}");
        assert_eq!(changes["keep"], keep.to_string(), "{changes}");
        assert_eq!(opened[1]["changes"]["peer-user"], own.to_string());
        let process = opened[1]["changes"]["peer-process"].as_str().unwrap();
        assert!(told.contains(&format!("process {process}\n")), "{told}");
    }
}

/// Of this process, which the sockets are other programs' to.
fn own_user() -> u32 {
    std::fs::metadata("/proc/self").unwrap().uid()
}

fn datagrams_are_answered() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let (local, remote) = (base.join("client"), base.join("server"));
    let server = UnixDatagram::bind(&remote).unwrap();
    std::fs::set_permissions(&remote, PermissionsExt::from_mode(0o666)).unwrap();
    let answers = std::thread::spawn(move || {
        let mut bytes = [0; 16];
        let (length, from) = server.recv_from(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"ping");
        let from = from.as_pathname().unwrap();
        server.send_to(b"pong", from).unwrap();
    });
    let (shown, to) = (local.display(), remote.display());
    let options = format!("--allow unix.listen={shown} --allow unix.connect={to}");
    let args = format!("datagrams {shown} {to}");
    let run = allowed(net.client(), &options, UNIX, &args);
    answers.join().unwrap();
    let told = format!("bound {shown}\nmessage \"po\" truncated true\n");
    assert_eq!(run.output.stdout, told, "{}", run.output);
    assert!(!local.exists());
    // Another way round: it answers whoever sends, if it may.
    for (grant, answered) in [
        (format!("--allow unix.connect={to}"), true),
        (String::new(), false),
    ] {
        let _ = std::fs::remove_file(&remote);
        let client = UnixDatagram::bind(&remote).unwrap();
        std::fs::set_permissions(&remote, PermissionsExt::from_mode(0o666)).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        let at = local.clone();
        let asks = std::thread::spawn(move || {
            wait_for(&at);
            client.send_to(b"question", &at).unwrap();
            let mut bytes = [0; 16];
            client.recv(&mut bytes).ok()
        });
        let options = format!("--allow unix.listen={shown} {grant}");
        let args = format!("datagrams {shown}");
        let run = invoke(net.client(), &options, UNIX.path(), &args).run();
        closed(&run);
        let said = &run.output.stdout;
        assert!(said.contains(&format!("from {to}\n")), "{}", run.output);
        assert_eq!(asks.join().unwrap(), answered.then_some(8));
        assert_eq!(said.contains("denied"), !answered, "{}", run.output);
    }
}

fn packets_keep_their_bounds() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let shown = base.join("packets").display().to_string();
    let options = format!("--allow unix.listen={shown} --allow unix.connect={shown}");
    let args = format!("packets {shown}");
    let run = allowed(net.client(), &options, UNIX, &args);
    let told = format!(
        "listening {shown}\nmessage \"one\" truncated false\nmessage \"three\" truncated false\n\
         message \"\" truncated false\n"
    );
    assert_eq!(run.output.stdout, told, "{}", run.output);
    for record in run.log.of("open") {
        assert_eq!(record["changes"]["kind"], "seqpacket", "{record}");
    }
    let closes = run.log.of("close");
    let ends = closes
        .iter()
        .filter(|record| record["counters"]["packets_sent"] == 2);
    assert_eq!(ends.count(), 2, "{closes:#?}");
}

fn a_file_goes_when_the_run_is_killed() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let path = base.join("socket");
    let running = nethost(net.client())
        .words(&format!("run --allow unix.listen={}", path.display()))
        .arg(UNIX.path())
        .words(&format!("listen {}", path.display()))
        .spawn();
    running.expect("listening");
    assert!(path.exists());
    running.signal(Signal::SIGKILL);
    let output = running.finish();
    let end = Instant::now() + Duration::from_secs(5);
    while path.exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!path.exists(), "{output}");
}

/// Whatever rights the broker has.
fn root_s_sockets_are_root_s() {
    let net = Topology::alone();
    // Not where what a test names becomes the user's.
    let place = match user() {
        0 => std::env::temp_dir(),
        _ => "/run".into(),
    };
    let folder = tempfile::tempdir_in(place).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let (closed, open) = (folder.path().join("closed"), folder.path().join("open"));
    let server = echo(&closed);
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o660)).unwrap();
    let listens = UnixListener::bind(&open).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o666)).unwrap();
    let seen = std::thread::spawn(move || peer(&listens.accept().unwrap().0));
    let made = folder.path().join("made");
    let options = "--allow unix.connect --allow unix.listen";
    let args = format!("connect {} {}", closed.display(), open.display());
    let run = invoke(net.client(), options, UNIX.path(), &args).run();
    let is_let_in = run.output.stdout.contains("received \"hello\\n\"");
    assert_eq!(is_let_in, user() == 0, "{}", run.output);
    let is_refused = format!("{} ErrorCode::AccessDenied", closed.display());
    assert_eq!(
        run.output.stdout.contains(&is_refused),
        user() != 0,
        "{}",
        run.output
    );
    assert_eq!(seen.join().unwrap().uid, user());
    end(UnixStream::connect(&closed).unwrap(), server);
    if user() != 0 {
        let args = format!("datagrams {}", made.display());
        let run = invoke(net.client(), options, UNIX.path(), &args).run();
        assert!(run.output.stdout.contains("AccessDenied"), "{}", run.output);
    }
    assert!(!made.exists());
}

fn is_malformed() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let server = echo(&base.join("stream"));
    let run = malformed(
        net.client(),
        "--allow unix.connect --allow unix.listen",
        UNIX,
        &format!("malformed {}", base.display()),
    );
    assert!(!run.output.stdout.contains('\u{1b}'), "{}", run.output);
    let names = std::fs::read_dir(&base).unwrap();
    let left: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
    assert_eq!(left, ["stream"]);
    end(UnixStream::connect(base.join("stream")).unwrap(), server);
}

fn is_dropped() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let server = echo(&base.join("stream"));
    let run = dropped(
        net.client(),
        "--allow unix.connect --allow unix.listen",
        UNIX,
        &format!("drops {}", base.display()),
    );
    for line in [
        "dropped during an accept",
        "dropped with one that waits",
        "dropped during a receive",
        "dropped during a read",
        "streams outlive it: still here",
    ] {
        assert!(run.output.stdout.contains(line), "{}", run.output);
    }
    let names = std::fs::read_dir(&base).unwrap();
    assert_eq!(names.count(), 1);
    end(UnixStream::connect(base.join("stream")).unwrap(), server);
}

/// SO_PEERCRED.
fn peer(stream: &UnixStream) -> libc::ucred {
    let mut found = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut length = size_of::<libc::ucred>() as u32;
    // SAFETY: pointer and length describe `found`; the kernel writes at most that much.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut found).cast(),
            &raw mut length,
        )
    };
    assert_eq!(result, 0);
    found
}

/// The same of a user who has no broker of root's.
fn the_user_s_rights_are_what_counts() {
    let net = Topology::alone();
    let (_folder, base) = folder();
    let (closed, open) = (base.join("closed"), base.join("open"));
    let _closed = UnixListener::bind(&closed).unwrap();
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o660)).unwrap();
    let server = echo(&open);
    let run = |args: &str| {
        let options = "--allow unix.connect --allow unix.listen";
        invoke(net.client(), options, UNIX.path(), args).run_as_other_user()
    };
    let (shut, shown) = (closed.display(), open.display());
    let told = run(&format!("connect {shut} {shown}")).output;
    assert!(
        told.stdout
            .contains(&format!("{shut} ErrorCode::AccessDenied")),
        "{told}"
    );
    assert!(told.stdout.contains("received \"hello\\n\""), "{told}");
    end(UnixStream::connect(&open).unwrap(), server);
    std::fs::set_permissions(&base, PermissionsExt::from_mode(0o755)).unwrap();
    let told = run(&format!("datagrams {}/made", base.display())).output;
    assert!(told.stdout.contains("AccessDenied"), "{told}");
    assert!(!base.join("made").exists());
}
