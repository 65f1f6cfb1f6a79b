//! A runner that was taken over delays no end: not by taking no answers, by sending more and more, by closing the
//! channel, nor by what it passes along.

use super::*;
use nethost_policy::{PolicyWatch, Reloaded, Subject};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A run whose policy ends when a file is written, and a process that stands for its runner.
struct Watched {
    escaped: Escaped,
    file: tempfile::NamedTempFile,
    runner: Child,
}

impl Watched {
    fn begun() -> Self {
        let mut watched = Self::after(|_| {});
        let answer = watched.escaped.ask(&Message::Begin);
        assert!(matches!(answer, Answer::Done));
        watched
    }

    /// With messages that wait for the broker when it starts.
    fn after(waiting: impl FnOnce(&mut Channel)) -> Self {
        let bed = TestBed::allowing(&["udp.exchange", "file.read"]);
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let reload = move || match std::fs::read(&path) {
            Ok(text) if text.is_empty() => Err("not written".to_owned()),
            _ => Ok(Reloaded::Nobody("it was revoked".into())),
        };
        let policies = nethost_policy::Policies::default();
        let files = vec![file.path().to_owned()];
        let watch = PolicyWatch::new(files, &policies, &Subject::default(), reload);
        let (mut channel, theirs) = Channel::pair().unwrap();
        waiting(&mut channel);
        let session = Session {
            gate: Arc::clone(&bed.gate),
            capabilities: CAPABILITIES.into(),
            args: Vec::new(),
            watch: Some(watch),
            confined: false,
            unconfined: Vec::new(),
            journals: None,
        };
        let runner = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Runner::of(runner.id().cast_signed());
        let broker = std::thread::spawn(move || {
            serve::run(theirs, None, &process, || Ok::<_, String>(session));
        });
        Self {
            escaped: Escaped {
                channel,
                broker,
                bed,
            },
            file,
            runner,
        }
    }

    /// With a socket that the policy allows.
    fn with_socket() -> (Self, OwnedFd) {
        let mut watched = Self::begun();
        assert!(watched.escaped.open(1, "udp.exchange", "127.0.0.1"));
        let socket = watched.escaped.socket(1).unwrap();
        (watched, socket)
    }

    fn revoke(&self) {
        std::fs::write(self.file.path(), "revoked").unwrap();
    }

    /// Its process is killed within this time.
    fn expect_killed_within(mut self, time: Duration, what: &str) {
        let begin = Instant::now();
        let status = loop {
            match self.runner.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begin.elapsed() > time => break None,
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        if status.is_none() {
            let _ = self.runner.kill();
            let _ = self.runner.wait();
        }
        let signal = status.and_then(|status| status.signal());
        assert_eq!(signal, Some(libc::SIGKILL), "{what}");
    }
}

/// The promise is one second; a busy machine may add as much.
const SOON: Duration = Duration::from_secs(3);

fn inquiry() -> Message<'static> {
    Message::Inquire(Inquiry::InterfaceName {
        namespace: None,
        index: 1,
    })
}

#[test]
fn a_runner_that_takes_no_answers_is_killed_when_its_permits_are_revoked() {
    let (mut watched, _socket) = Watched::with_socket();
    // Until neither end takes more.
    let mut sent = 0;
    while watched
        .escaped
        .channel
        .offer(&inquiry(), &[], None)
        .unwrap()
        || watched
            .escaped
            .channel
            .takes_before(Instant::now() + Duration::from_millis(300))
            .unwrap()
    {
        sent += 1;
        assert!(sent < 1_000_000);
    }
    watched.revoke();
    watched.expect_killed_within(SOON, "takes no answers");
}

#[test]
fn a_runner_that_goes_on_sending_is_killed() {
    let (watched, _socket) = Watched::with_socket();
    let copy = watched
        .escaped
        .channel
        .as_fd()
        .try_clone_to_owned()
        .unwrap();
    let packet = postcard::to_allocvec(&Message::ReleaseTerminal).unwrap();
    let sender = std::thread::spawn(move || {
        let flags = SendFlags::NOSIGNAL;
        while rustix::net::send(&copy, &packet, flags).is_ok() {}
    });
    watched.revoke();
    watched.expect_killed_within(SOON, "goes on sending");
    sender.join().unwrap();
}

#[test]
fn a_runner_that_closes_the_channel_is_killed() {
    for last in ["when it is told", "before", "with garbage", "as its end"] {
        let (mut watched, _socket) = Watched::with_socket();
        let mut wait = SOON;
        match last {
            "when it is told" => {
                watched.revoke();
                let told = watched.escaped.channel.receive::<Answer<'_>>().unwrap();
                assert!(matches!(told, Some((Answer::Ended(_), None))));
            }
            "with garbage" => {
                rustix::net::send(&watched.escaped.channel, &[0xff; 64], SendFlags::NOSIGNAL)
                    .unwrap();
            }
            "as its end" => {
                let end = Message::End {
                    exit: 0,
                    stopped: None,
                    unrecorded_denials: 0,
                };
                assert!(matches!(watched.escaped.ask(&end), Answer::Done));
                watched.revoke();
            }
            _ => {}
        }
        // Another end of a pair, so that the channel closes.
        let (other, _) = Channel::pair().unwrap();
        drop(std::mem::replace(&mut watched.escaped.channel, other));
        wait += Duration::from_millis(500);
        watched.expect_killed_within(wait, last);
    }
}

#[test]
fn a_runner_without_a_socket_may_stay() {
    let mut watched = Watched::begun();
    let (other, _) = Channel::pair().unwrap();
    drop(std::mem::replace(&mut watched.escaped.channel, other));
    watched.escaped.broker.join().unwrap();
    assert!(watched.runner.try_wait().unwrap().is_none());
    watched.runner.kill().unwrap();
    watched.runner.wait().unwrap();
}

#[test]
fn what_a_runner_passes_along_does_not_delay_the_end() {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    // Closing it takes a minute: the peer reads nothing of what it has sent.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut lingers = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let _peer = listener.accept().unwrap();
    lingers.set_nonblocking(true).unwrap();
    while lingers.write(&[0; 1 << 16]).is_ok() {}
    let socket = socket2::Socket::from(lingers);
    socket.set_linger(Some(Duration::from_secs(60))).unwrap();
    let watched = Watched::after(|channel| {
        channel.send(&Message::Begin, None).unwrap();
        let authorize = Message::Authorize {
            handle: 1,
            request: request("udp.exchange", "127.0.0.1"),
        };
        channel.send(&authorize, None).unwrap();
        let open = Message::Operate {
            handle: 1,
            name: operations::OpenSocket::NAME.into(),
        };
        channel.send_with(&open, &setup(None), None).unwrap();
        channel.send(&inquiry(), Some(socket.as_fd())).unwrap();
        // The message has the last copy.
        drop(socket);
    });
    watched.revoke();
    watched.expect_killed_within(SOON, "passes a descriptor");
}
