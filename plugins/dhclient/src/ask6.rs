//! What routers of a link advertise, and what each server of DHCPv6 would hand out. Nothing is taken, and nothing is
//! configured.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use futures::future::join;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::packet::Receiver;
use nethost_sdk::raw_ip::{self, RawOptions};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::text::printable;
use nethost_sdk::wire::IpNumber;
use nethost_sdk::wire::icmpv6::TYPE_ROUTER_SOLICITATION;
use nethost_sdk::{Error, Exit};

use crate::arguments::{Family, Options};
use crate::ask::{AGAIN, WAIT};
use crate::failed;
use crate::identity::{self, Identifier};
use crate::link6::{Link, Sockets};
use crate::offer6::{Offer, Router};
use crate::v6::advertisement::Advertisement;
use crate::v6::lease::{Association, Kind};
use crate::v6::message::{Message, code, kind};

/// All routers of the link.
const ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// Routers answer after up to half a second, and not again within three (RFC 4861 section 6.2.6).
const ROUTERS_AGAIN: Duration = Duration::from_secs(4);
/// As many as are told.
const MOST: usize = 256;

/// All that a server is willing to say.
const REQUEST: [u16; 24] = [
    7, 12, 17, 21, 22, 23, 24, 27, 28, 29, 30, 31, 32, 39, 41, 42, 56, 59, 60, 64, 82, 83, 103, 144,
];

/// What was said on an interface.
pub(crate) struct Said {
    pub(crate) routers: Vec<Router>,
    pub(crate) offers: Vec<Offer>,
    /// Whom it could not ask, and why.
    pub(crate) notes: Vec<String>,
}

/// The time of a run on one interface.
struct Run<'a> {
    link: &'a Link,
    shown: String,
    expect: Option<Vec<IpAddr>>,
    began: Mark,
    end: Mark,
}

impl Run<'_> {
    fn ms(&self) -> f64 {
        clock::now().since(self.began).as_secs_f64() * 1e3
    }

    fn expects(&self, source: Ipv6Addr) -> Option<bool> {
        let expect = self.expect.as_ref();
        expect.map(|expect| expect.contains(&IpAddr::V6(source)))
    }
}

/// Asks routers and servers at the same time.
pub(crate) async fn ask(interface: &str, options: &Options) -> Result<Said, Exit> {
    let link = Link::open(interface)?;
    let began = clock::now();
    let run = Run {
        shown: printable(interface).into_owned(),
        link: &link,
        expect: options.expected(Family::Six),
        began,
        end: began.plus(Duration::from_secs(options.timeout.unwrap_or(WAIT))),
    };
    let (mut routers, mut offers) = (Vec::new(), Vec::new());
    let asked = join(
        listen_to_routers(&run, &mut routers),
        ask_servers(&run, options, &mut offers),
    );
    let (of_routers, of_servers) = asked.await;
    let mut notes = Vec::new();
    if let (Err(error), Err(_)) = (&of_routers, &of_servers) {
        return Err(failed(1, format_args!("{}: {error}", run.shown)));
    }
    for (result, whom) in [(of_routers, "routers"), (of_servers, "servers of DHCPv6")] {
        if let Err(error) = result {
            notes.push(format!("{}: {whom} not asked: {error}", run.shown));
        }
    }
    Ok(Said {
        routers,
        offers,
        notes,
    })
}

/// Hears what routers advertise. They are asked to, so that they need not be waited for.
async fn listen_to_routers(run: &Run<'_>, routers: &mut Vec<Router>) -> Result<(), Error> {
    let receiver = Receiver::open_router_advertisements(&run.link.name)?;
    let mut again = run.began;
    loop {
        let now = clock::now();
        if now >= run.end {
            return Ok(());
        }
        if now >= again {
            solicit(run.link)?;
            again = now.plus(ROUTERS_AGAIN);
        }
        let until = again.min(run.end);
        let received = receiver.receive(64, until.since(clock::now())).await?;
        for (packet, bytes) in received.packets() {
            let said = Advertisement::parse(bytes, packet.checksum_pending);
            let Some(said) = said.filter(|_| routers.len() < MOST) else {
                continue;
            };
            // What it says again is the same, unless somebody else says it in its name.
            if routers.iter().any(|known| known.said == said) {
                continue;
            }
            routers.push(Router {
                interface: run.shown.clone(),
                ms: run.ms(),
                expected: run.expects(said.router),
                said,
            });
        }
    }
}

/// Sends a router solicitation (RFC 4861 section 4.1) with the hardware address. The kernel computes its checksum.
fn solicit(link: &Link) -> Result<(), Error> {
    let options = RawOptions {
        protocol: IpNumber::IPV6_ICMP.0,
        socket: SocketOptions {
            interface: Some(link.name.clone()),
            hop_limit: Some(255),
            ..SocketOptions::default()
        },
        ..RawOptions::default()
    };
    let remote = SocketAddrV6::new(ROUTERS, 0, 0, link.index);
    let socket = raw_ip::Socket::open_at(SocketAddr::V6(remote), &options)?;
    let head = [TYPE_ROUTER_SOLICITATION, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    let mut batch = Batch::new();
    batch.push_with(Remote::FIRST, None, |buffer| {
        buffer.extend_from_slice(&head);
        buffer.extend_from_slice(&link.hardware);
    });
    socket.send(&batch).map(drop)
}

/// The question for all servers.
fn question(link: &Link, options: &Options, transaction: u32) -> Message {
    let identifier = Identifier::of(options, &link.hardware).octets;
    let request = REQUEST.iter().flat_map(|code| code.to_be_bytes());
    let mut message = Message {
        kind: kind::SOLICIT,
        transaction,
        options: vec![
            (code::CLIENT, identifier),
            (code::REQUEST, request.collect()),
            (code::ELAPSED, vec![0, 0]),
        ],
    };
    for kind in [Kind::Addresses, Kind::Prefixes] {
        let none = Association {
            kind,
            id: identity::association(&link.hardware),
            starts: 0,
            renew: 0,
            rebind: 0,
            parts: Vec::new(),
        };
        message.options.push(none.emit((0, 0), (0, 0)));
    }
    message
}

async fn ask_servers(
    run: &Run<'_>,
    options: &Options,
    offers: &mut Vec<Offer>,
) -> Result<(), Error> {
    let sockets = Sockets::open(run.link)?;
    let transaction = u32::try_from(crate::random() & 0xff_ffff).unwrap_or(1);
    let message = question(run.link, options, transaction);
    let client = message.option(code::CLIENT);
    let mut again = run.began;
    loop {
        let now = clock::now();
        if now >= run.end {
            return Ok(());
        }
        if now >= again {
            sockets.send(&message)?;
            again = now.plus(AGAIN);
        }
        let until = again.min(run.end);
        let received = sockets.receive(until.since(clock::now())).await?;
        let Some((bytes, source)) = received.filter(|_| offers.len() < MOST) else {
            continue;
        };
        // A message that is cut off has at least its head.
        let [_, a, b, c] = transaction.to_be_bytes();
        if !bytes.starts_with(&[kind::ADVERTISE, a, b, c]) {
            continue;
        }
        let answer = Message::parse(&bytes);
        if answer
            .as_ref()
            .is_some_and(|answer| answer.option(code::CLIENT) != client)
        {
            continue;
        }
        let expected = run.expects(source);
        let offer = Offer::new(&run.shown, answer.as_ref(), source, run.ms(), expected);
        let is_known = |known: &Offer| known.source == source && known.server == offer.server;
        if !offers.iter().any(is_known) {
            offers.push(offer);
        }
    }
}
