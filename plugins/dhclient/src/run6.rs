//! The client of DHCPv6 on one interface: sends, waits and configures as the engine says.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nethost_sdk::clock::{self, Mark};
use nethost_sdk::netlink::{AddressQuery, LinkQuery, Namespace, ip};
use nethost_sdk::output::{complain, show};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, netlink, udp, until_end};

use crate::arguments::Options;
use crate::configure6::{self, Configured, NotSet};
use crate::v4::value::quoted_octets;
use crate::v6::engine::{Act, Client, Settings, State};
use crate::v6::lease::Lease;
use crate::v6::message::Message;
use crate::v6::option;
use crate::{failed, links, store};

/// All relay agents and servers of the link, and the ports (RFC 8415 section 7).
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
const SERVER_PORT: u16 = 547;
const CLIENT_PORT: u16 = 546;

/// AF_INET6, and RT_SCOPE_LINK.
const INET6: u8 = 10;
const LINK_SCOPE: u8 = 253;

/// name-servers, domain-search, fqdn, sntp-servers: what Debian's dhclient.conf asks for.
const REQUEST: [u16; 4] = [23, 24, 39, 31];

/// The longest wait.
const LONG: Duration = Duration::from_secs(3600);

/// Runs on the interface until the operator ends it.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let interfaces = links::chosen(options)?;
    let [interface] = interfaces.as_slice() else {
        return Err(match interfaces.len() {
            0 => Exit::silent(0),
            _ => failed(1, "dhclient: -6: name one interface"),
        });
    };
    let mut session = Session::open(options, interface)?;
    session.introduce();
    if options.release {
        return session.give_back().await;
    }
    match until_end(session.live()).await {
        Ok(code) => code,
        Err(end) => {
            if session.configured.is_some() {
                return Ok(128 + end.number());
            }
            session.give_back().await
        }
    }
}

struct Session<'a> {
    options: &'a Options,
    interface: String,
    index: u32,
    sender: udp::Socket,
    receiver: udp::BoundSocket,
    client: Client,
    began: Mark,
    /// The identifier of the client was made in this run.
    is_new: bool,
    configured: Option<Configured>,
    denied: bool,
}

/// The identifier of the client: DUID-LL or DUID-LLT (RFC 8415 section 11).
fn identifier(options: &Options, hardware: &[u8]) -> Vec<u8> {
    match options.with_time {
        true => {
            // Seconds since 2000 (section 11.2).
            let since = u32::try_from(crate::clock() - 946_684_800).unwrap_or(0);
            [&[0, 1, 0, 1][..], &since.to_be_bytes(), hardware].concat()
        }
        false => [&[0, 3, 0, 1][..], hardware].concat(),
    }
}

impl<'a> Session<'a> {
    fn open(options: &'a Options, name: &str) -> Result<Self, Exit> {
        let shown = printable(name).into_owned();
        let wrong = |error: &dyn std::fmt::Display| failed(1, format_args!("dhclient: {error}"));
        let namespace = Namespace::open(None).map_err(|error| wrong(&error))?;
        let query = LinkQuery {
            name: Some(name.to_owned()),
            ..LinkQuery::default()
        };
        let links = namespace.links(query).and_then(|listing| listing.all());
        let link = match links {
            Ok(links) => links.into_iter().next(),
            Err(netlink::Failure::Refused(error @ Error::Denied(_))) => return Err(wrong(&error)),
            Err(_) => None,
        };
        let link = link.ok_or_else(|| {
            failed(
                1,
                format_args!(
                    "Cannot find device \"{shown}\"\nFailed to get interface index: No such device"
                ),
            )
        })?;
        let hardware = link
            .address
            .as_ref()
            .map(netlink::octets)
            .unwrap_or_default();
        if link.link_type != 1 || hardware.len() != 6 {
            let kind = link.link_type;
            return Err(failed(
                1,
                format_args!("Unsupported device type {kind} for \"{shown}\""),
            ));
        }
        let query = AddressQuery {
            family: INET6,
            index: Some(link.index),
        };
        let addresses = namespace.addresses(query).and_then(|listing| listing.all());
        let addresses = addresses.map_err(|failure| wrong(&failure))?;
        let local = addresses.into_iter().filter(|one| one.scope == LINK_SCOPE);
        let mut local =
            local
                .filter_map(|one| one.local.or(one.peer))
                .filter_map(|address| match ip(address) {
                    IpAddr::V6(address) => Some(address),
                    IpAddr::V4(_) => None,
                });
        let source = local.next();
        let source = source
            .ok_or_else(|| failed(1, format_args!("no link-local IPv6 address for {shown}")))?;
        // Answers come to a port of their own, from servers that are not known before.
        let local = SocketAddrV6::new(source, CLIENT_PORT, 0, link.index);
        let receiver = udp::BoundSocket::bind(local.into()).map_err(|error| wrong(&error))?;
        let settings = SocketOptions {
            interface: Some(name.to_owned()),
            ..SocketOptions::default()
        };
        let remote = SocketAddrV6::new(SERVERS, SERVER_PORT, 0, link.index);
        let sender =
            udp::Socket::open(SocketAddr::V6(remote), &settings).map_err(|error| wrong(&error))?;
        let (known, lease) = store::last6(options, name);
        let is_new = known.is_none();
        let identifier = known.unwrap_or_else(|| identifier(options, &hardware));
        let id = hardware
            .last_chunk::<4>()
            .map_or(1, |end| u32::from_be_bytes(*end));
        let conf = store::conf(options, name)?;
        let settings = Settings {
            interface: shown,
            identifier,
            id,
            kinds: options.kinds(),
            information: options.information,
            rapid: conf.rapid_commit,
            request: REQUEST.into(),
            once: options.once,
            timeout: options.timeout.unwrap_or(conf.timeout),
        };
        Ok(Self {
            options,
            interface: name.to_owned(),
            index: link.index,
            sender,
            receiver,
            client: Client::new(settings, lease, crate::random()),
            began: clock::now(),
            is_new,
            configured: None,
            denied: false,
        })
    }

    fn introduce(&self) {
        let name = printable(&self.interface);
        self.options.say(format_args!("Listening on Socket/{name}"));
        self.options.say(format_args!("Sending on   Socket/{name}"));
        if self.is_new {
            let quoted = quoted_octets(self.client.identifier());
            self.options.say(format_args!("Created duid {quoted}."));
        }
    }

    fn now(&self) -> Duration {
        clock::now().since(self.began)
    }

    /// Obtains a lease and keeps it. Returns when nothing was to be had, or all was done.
    async fn live(&mut self) -> Result<u8, Exit> {
        self.client.start(self.now(), crate::clock());
        self.until_over().await
    }

    async fn until_over(&mut self) -> Result<u8, Exit> {
        loop {
            if let Some(code) = self.act()? {
                return Ok(code);
            }
            let now = self.now();
            let next = self.client.next();
            if next.is_some_and(|next| next <= now) {
                self.client.wake(now, crate::clock());
                continue;
            }
            let wait = next.map_or(LONG, |next| next.saturating_sub(now)).min(LONG);
            let received = self.receiver.receive(wait).await;
            let received =
                received.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
            let Some((bytes, source)) = received.filter(|(_, source)| source.port() == SERVER_PORT)
            else {
                continue;
            };
            if let Some(message) = Message::parse(&bytes) {
                let from = source.ip().to_string();
                let (now, clock) = (self.now(), crate::clock());
                self.client.receive(&message, &from, now, clock);
            }
        }
    }

    fn act(&mut self) -> Result<Option<u8>, Exit> {
        while let Some(act) = self.client.act() {
            match act {
                Act::Say(line) => self.options.say(line),
                Act::Send(message) => {
                    let mut batch = Batch::new();
                    let bytes = message.emit();
                    batch.push_with(Remote::FIRST, None, |buffer| {
                        buffer.extend_from_slice(&bytes)
                    });
                    match self.sender.send(&batch) {
                        Ok(_) => {}
                        Err(error @ Error::Denied(_)) => {
                            return Err(failed(1, format_args!("dhclient: {error}")));
                        }
                        Err(error) => self.options.say(format_args!("send_packet6: {error}")),
                    }
                }
                Act::Bound(lease) => self.bound(&lease)?,
                Act::Lost(_) => {
                    if let Some(mut configured) = self.configured.take() {
                        configured.undo(self.options);
                    }
                }
                Act::Informed(options) => self.informed(&options)?,
                Act::End(code) => return Ok(Some(code)),
            }
        }
        Ok(None)
    }

    fn bound(&mut self, lease: &Lease) -> Result<(), Exit> {
        let name = printable(&self.interface).into_owned();
        if let Some(configured) = &mut self.configured {
            configured.prolong(lease, self.options);
            store::remember6(self.options, lease, self.client.identifier());
            return Ok(());
        }
        if self.denied {
            return Ok(());
        }
        match Configured::set(self.index, &name, lease, self.options) {
            Ok(configured) => {
                self.configured = Some(configured);
                store::remember6(self.options, lease, self.client.identifier());
            }
            Err(NotSet::Denied(error)) => {
                self.denied = true;
                let mut text = String::new();
                for setting in configure6::settings(lease) {
                    text.push_str(&format!("{name}: would set {setting}\n"));
                }
                text.push_str(&format!(
                    "{name}: not set: {error}\n\
                     {name}: the lease is kept until the end of this run, and then given back\n"
                ));
                if self.options.leases.1 {
                    store::remember6(self.options, lease, self.client.identifier());
                }
                show(text)?;
            }
            Err(NotSet::Failed(exit)) => return Err(exit),
        }
        for (_, part, _) in lease.parts().filter(|(_, part, _)| part.length.is_some()) {
            show(format_args!(
                "{name}: prefix {part} for networks behind this host\n"
            ))?;
        }
        self.informed(&lease.options)
    }

    /// The options for resolv.conf(5), which is left alone, and the others.
    fn informed(&self, options: &[(u16, Vec<u8>)]) -> Result<(), Exit> {
        let name = printable(&self.interface);
        for (code, value) in options.iter().filter(|(code, _)| *code > 14) {
            let shown = option::text(*code, value);
            show(format_args!(
                "{name}: dhcp6.{} {shown}\n",
                option::name(*code)
            ))?;
        }
        Ok(())
    }

    /// Gives the lease back, and waits until a server has confirmed that.
    async fn give_back(&mut self) -> Result<u8, Exit> {
        let lease = self.client.any_lease().cloned();
        if !self.client.release(self.now(), crate::clock()) {
            return Ok(0);
        }
        let code = self.until_over().await?;
        if let Some(lease) = lease {
            let name = printable(&self.interface).into_owned();
            if self.options.release {
                configure6::remove(self.index, &name, &lease, self.options);
            }
            if self.options.release || self.options.leases.1 {
                store::forget6(self.options, &lease);
            }
        }
        if self.client.state() != State::Ended {
            complain("the lease was not given back");
        }
        Ok(code)
    }
}
