//! A runner that a plugin has taken over, at its end of the channel: whatever it sends, it gets nothing that the
//! policy does not grant.
#![allow(clippy::unwrap_used, clippy::expect_used)]

include!(concat!(env!("OUT_DIR"), "/tests.rs"));

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::net::{RecvFlags, SendFlags};

use nethost_test_bed::TestBed;

use super::capabilities::CAPABILITIES;
use super::channel::Channel;
use super::inquiry::{Inquiry, InquiryReply};
use super::operation::Operation;
use super::operations;
use super::serve::{self, Session};
use super::sockets::OutgoingPacket;
use super::watched::Runner;
use super::wire::{Answer, Message, RequestFields, Target};
use nethost_core::{AbsolutePath, CanonicalAddr, HostName, ObjectName};
use nethost_core::{SocketKind, SocketRequest};
use nethost_net::datagram::Options;
use nethost_netlink::{IpAddress, RouteLookup};

struct Escaped {
    channel: Channel,
    broker: JoinHandle<()>,
    bed: TestBed,
}

/// Their names.
fn request_names() -> Vec<&'static str> {
    CAPABILITIES.iter().map(|declared| declared.name).collect()
}

fn serving(channel: Channel, session: Session) -> JoinHandle<()> {
    let open = || Ok::<_, String>(session);
    std::thread::spawn(move || serve::run(channel, None, &Runner::unknown(), open))
}

impl Escaped {
    /// A run that is allowed what these flags say.
    fn allowed(flags: &[&str]) -> Self {
        Self::with_args(flags, &[])
    }

    /// The same with arguments that the operator typed.
    fn with_args(flags: &[&str], args: &[&str]) -> Self {
        let bed = TestBed::allowing(flags);
        let (channel, theirs) = Channel::pair().unwrap();
        let gate = Arc::clone(&bed.gate);
        let session = Session {
            gate,
            capabilities: CAPABILITIES.into(),
            args: args.iter().map(|arg| (*arg).into()).collect(),
            watch: None,
            confined: false,
            unconfined: Vec::new(),
            journals: None,
        };
        let broker = serving(theirs, session);
        Self {
            channel,
            broker,
            bed,
        }
    }

    fn begun(flags: &[&str]) -> Self {
        let mut escaped = Self::allowed(flags);
        assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
        escaped
    }

    fn ask(&mut self, message: &Message<'_>) -> Answer<'static> {
        self.channel.send(message, None).unwrap();
        let (answer, following, descriptor) =
            self.channel.receive_with().unwrap().expect("an answer");
        assert!(following.is_empty() && descriptor.is_none());
        answer
    }

    /// Requests a permit. Returns whether it was granted.
    fn authorize(&mut self, handle: u64, request: RequestFields<'_>) -> bool {
        let answer = self.ask(&Message::Authorize { handle, request });
        matches!(answer, Answer::Done)
    }

    /// A permit for port 9 of an address, with a socket of the capability's kind.
    fn open(&mut self, handle: u64, capability: &str, address: &str) -> bool {
        self.authorize(handle, request(capability, address))
    }

    /// The result of an operation with these arguments.
    fn operate(
        &mut self,
        handle: u64,
        name: &str,
        args: &[u8],
    ) -> (Answer<'static>, Vec<u8>, Option<OwnedFd>) {
        let name = name.into();
        let message = Message::Operate { handle, name };
        assert!(self.channel.offer(&message, args, None).unwrap());
        let (answer, following, descriptor) =
            self.channel.receive_with().unwrap().expect("an answer");
        (answer, following.to_vec(), descriptor)
    }

    fn perform<O: Operation>(
        &mut self,
        handle: u64,
        args: &O::Args,
    ) -> Result<(O::Reply, Option<OwnedFd>), Answer<'static>> {
        let args = postcard::to_allocvec(args).unwrap();
        match self.operate(handle, O::NAME, &args) {
            (Answer::Done, reply, descriptor) => {
                Ok((postcard::from_bytes(&reply).unwrap(), descriptor))
            }
            (other, reply, descriptor) => {
                assert!(reply.is_empty() && descriptor.is_none());
                Err(other)
            }
        }
    }

    fn socket(&mut self, handle: u64) -> Option<OwnedFd> {
        let opened = self.perform::<operations::OpenSocket>(handle, &setup(None));
        opened.ok().and_then(|(_, socket)| socket)
    }

    /// The operation is refused.
    fn is_refused<O: Operation>(&mut self, handle: u64, args: &O::Args) {
        match self.perform::<O>(handle, args) {
            Err(answer) => assert!(is_refusal(&answer), "{}: {answer:?}", O::NAME),
            Ok(_) => panic!("{} was done under permit {handle}", O::NAME),
        }
    }

    fn inquire(&mut self, inquiry: Inquiry<'_>) -> (Answer<'static>, Option<OwnedFd>) {
        self.channel.send(&Message::Inquire(inquiry), None).unwrap();
        self.channel.receive().unwrap().expect("an answer")
    }

    /// Closes this end, and returns the names of all records.
    fn records(self) -> Vec<String> {
        drop(self.channel);
        self.broker.join().unwrap();
        self.bed.names()
    }
}

fn is_refusal(answer: &Answer<'_>) -> bool {
    matches!(answer, Answer::Refused(_) | Answer::Failed(libc::EACCES))
}

fn setup(receive: Option<u64>) -> operations::SocketSetup {
    operations::SocketSetup {
        options: Options::default(),
        receive,
    }
}

/// Packets of two octets, each under a permit.
fn packets(permits: &[u64]) -> operations::Packets {
    let packet = |handle: &u64| OutgoingPacket {
        handle: *handle,
        hop_limit: None,
        length: 2,
    };
    operations::Packets {
        packets: permits.iter().map(packet).collect(),
        bytes: vec![0x7e; 2 * permits.len()],
    }
}

/// The end of an access without traffic, as the runner reports it.
fn over(handle: u64) -> Message<'static> {
    let nothing = nethost_core::Totals {
        outcome: nethost_core::Outcome::Ok,
        packets_sent: 0,
        packets_received: 0,
        bytes_sent: 0,
        bytes_received: 0,
        duration: std::time::Duration::ZERO,
        claimed: &[],
    };
    Message::Close {
        handle,
        totals: (&nothing).into(),
    }
}

const RAW: SocketKind = SocketKind::Raw {
    protocol: 253,
    header_included: false,
    receive: true,
};

fn address(text: &str, port: Option<u16>) -> Target<'static> {
    Target::Address {
        address: CanonicalAddr::new(text.parse::<IpAddr>().unwrap()),
        port,
    }
}

fn name(text: &str) -> Target<'static> {
    Target::Name(HostName::new(text).unwrap())
}

fn object(text: &str) -> Target<'static> {
    Target::Object(ObjectName::new(text).unwrap())
}

fn path(text: &str) -> Target<'static> {
    Target::Path(AbsolutePath::absolute(Path::new(text)).unwrap())
}

fn fields(capability: &str, target: Target<'static>) -> RequestFields<'static> {
    let mut known = CAPABILITIES.iter();
    let declared = known.find(|declared| declared.name == capability);
    let op = declared.map_or("socket.open", |declared| declared.ops[0]);
    RequestFields {
        capability: capability.to_owned().into(),
        op: op.into(),
        target,
        interface: None,
        socket: None,
        namespace: None,
        changes: Vec::new(),
    }
}

/// A complete request for port 9 of an address, if the capability's sockets have ports.
fn request(capability: &str, to: &str) -> RequestFields<'static> {
    let kind = match capability {
        "icmp.echo" => Some(SocketKind::Echo),
        "udp.exchange" => Some(SocketKind::Udp),
        "tcp.connect" => Some(SocketKind::TcpProbe),
        _ if capability.starts_with("raw.") => Some(RAW),
        _ => None,
    };
    let ports = matches!(
        kind,
        None | Some(SocketKind::Udp | SocketKind::Tcp | SocketKind::TcpProbe)
    );
    let target = address(to, ports.then_some(9));
    RequestFields {
        socket: kind.map(SocketRequest::new),
        ..fields(capability, target)
    }
}

/// The same for an incremental socket: the permit opens none.
fn endpoint(capability: &str, at: SocketAddr) -> RequestFields<'static> {
    fields(capability, address(&at.ip().to_string(), Some(at.port())))
}

/// Held by tests that listen at [`HERE`], which only one can.
static LISTENING: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Where a user's own program could listen.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4009);

/// To listen there.
fn listen(capability: &str, at: SocketAddr) -> RequestFields<'static> {
    let target = Target::Listen {
        address: CanonicalAddr::new(at.ip()),
        port: Some(at.port()),
    };
    fields(capability, target)
}

#[test]
fn a_request_that_is_not_whole_is_malformed() {
    let all = [
        "icmp.echo",
        "udp.exchange",
        "tcp.connect",
        "raw.send",
        "raw.receive",
        "dns.resolve",
        "file.read",
        "route.read",
        "netns.read",
        "terminal.raw",
        "system.read",
        "tcp.listen",
        "udp.listen",
        "tls.client",
    ];
    let mut escaped = Escaped::begun(&all);
    let address = |port| address("127.0.0.1", port);
    let listen = |port| Target::Listen {
        address: CanonicalAddr::new([127, 0, 0, 1].into()),
        port,
    };
    let path = || path("/etc/shadow");
    let name = || name("a.test");
    let network = || Target::Network("127.0.0.0/8".parse::<ipnet::IpNet>().unwrap().into());
    for (capability, target) in [
        // A remote without a port would match any port.
        ("tcp.connect", address(None)),
        ("udp.exchange", address(None)),
        ("tcp.listen", address(None)),
        ("tls.client", address(None)),
        ("icmp.echo", address(Some(9))),
        ("raw.send", address(Some(9))),
        ("raw.receive", address(Some(9))),
        ("dns.resolve", path()),
        ("dns.resolve", address(Some(53))),
        ("udp.exchange", path()),
        ("udp.exchange", name()),
        ("icmp.echo", name()),
        ("tcp.connect", network()),
        ("tcp.connect", listen(Some(9))),
        ("udp.exchange", listen(Some(9))),
        ("udp.listen", listen(None)),
        ("tcp.listen", listen(None)),
        ("udp.listen", address(Some(9))),
        ("icmp.echo", network()),
        ("raw.receive", network()),
        ("netns.read", name()),
        ("file.read", object("shadow")),
        ("file.read", name()),
        ("file.read", address(None)),
        ("file.read", Target::Local("links".into())),
        ("route.read", path()),
        ("netns.read", path()),
        ("terminal.raw", path()),
        ("system.read", name()),
    ] {
        let shown = format!("{capability} {target:?}");
        assert!(!escaped.authorize(1, fields(capability, target)), "{shown}");
        escaped.is_refused::<operations::OpenFile>(1, &());
        assert!(escaped.socket(1).is_none());
    }
    assert!(escaped.records().iter().all(|record| record != "open"));
}

#[test]
fn what_is_denied_opens_nothing() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(!escaped.open(1, "udp.exchange", "127.0.0.2"));
    assert!(!escaped.open(2, "icmp.echo", "127.0.0.1"));
    assert!(!escaped.open(3, "no.such", "127.0.0.1"));
    for handle in 0..4 {
        assert!(escaped.socket(handle).is_none());
    }
    assert_eq!(
        escaped.records(),
        ["run-start", "denied", "denied", "run-end"]
    );
}

#[test]
fn a_permit_opens_only_the_socket_that_it_is_for() {
    let all = ["udp.exchange", "icmp.echo", "tcp.connect", "raw.send"];
    let mut escaped = Escaped::begun(&all);
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    assert!(
        !escaped.open(1, "udp.exchange", "127.0.0.1"),
        "one handle, one permit"
    );
    let kinds = [
        SocketKind::Echo,
        SocketKind::Udp,
        SocketKind::Tcp,
        SocketKind::TcpProbe,
        RAW,
    ];
    let mut handle = 10;
    for capability in all {
        for kind in kinds {
            handle += 1;
            let asked = RequestFields {
                socket: Some(SocketRequest::new(kind)),
                ..request(capability, "127.0.0.1")
            };
            assert!(escaped.authorize(handle, asked));
            let fits = matches!(
                (capability, kind),
                ("udp.exchange", SocketKind::Udp)
                    | ("icmp.echo", SocketKind::Echo)
                    | ("tcp.connect", SocketKind::Tcp | SocketKind::TcpProbe)
            );
            let opened = escaped.perform::<operations::OpenSocket>(handle, &setup(None));
            match opened {
                // This user may not be allowed to open a raw socket or an echo socket.
                Ok(_) => assert!(fits, "{capability} {kind:?}"),
                Err(answer) => assert!(
                    !fits || matches!(answer, Answer::Failed(_)),
                    "{capability} {kind:?}: {answer:?}"
                ),
            }
        }
    }
    let records = escaped.records();
    // What was open when the process ended is closed in the records.
    let count = |name| records.iter().filter(|record| *record == name).count();
    assert_eq!(count("open"), count("close"));
}

#[test]
fn nothing_is_done_before_the_run_is_on_record() {
    let mut escaped = Escaped::allowed(&["udp.exchange"]);
    let asked = request("udp.exchange", "127.0.0.1");
    let message = Message::Authorize {
        handle: 1,
        request: asked,
    };
    escaped.channel.send(&message, None).unwrap();
    assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
    assert!(escaped.records().is_empty());
}

#[test]
fn garbage_ends_it() {
    for garbage in [&[0xff_u8; 64][..], &[1], &[0; 4096]] {
        let mut escaped = Escaped::begun(&["udp.exchange"]);
        assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
        rustix::net::send(&escaped.channel, garbage, SendFlags::NOSIGNAL).unwrap();
        assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
        assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
    }
}

#[test]
fn a_name_stands_for_nothing_without_a_permit_to_look_it_up() {
    let mut escaped = Escaped::begun(&["udp.exchange=web.test", "dns.resolve=web.test"]);
    let at: IpAddr = "192.0.2.1".parse().unwrap();
    let resolved = |handle, name: &'static str| Message::Resolved {
        handle,
        name: HostName::new(name).unwrap(),
        addresses: vec![at],
    };
    let to_address = Some(at);
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(!escaped.open(2, "udp.exchange", "192.0.2.1"));
    assert!(escaped.authorize(1, fields("dns.resolve", name("web.test"))));
    escaped.is_refused::<operations::RouteSource>(1, &to_address);
    escaped
        .channel
        .send(&resolved(1, "other.test"), None)
        .unwrap();
    assert!(!escaped.open(3, "udp.exchange", "192.0.2.1"));
    escaped.is_refused::<operations::RouteSource>(1, &to_address);
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(escaped.open(4, "udp.exchange", "192.0.2.1"));
    // Which way there is, the machine says.
    let source = escaped.perform::<operations::RouteSource>(1, &to_address);
    assert!(!matches!(source, Err(Answer::Refused(_))));
    escaped.is_refused::<operations::RouteSource>(1, &Some([192, 0, 2, 2].into()));
}
