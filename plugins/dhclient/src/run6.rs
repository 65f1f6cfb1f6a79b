//! The client of DHCPv6 on one interface: sends, waits and configures as the engine says.

use std::time::Duration;

use nethost_sdk::clock::{self, Mark};
use nethost_sdk::output::{complain, show};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, until_end};

use crate::arguments::Options;
use crate::configure6::{self, Configured, NotSet};
use crate::identity::Identifier;
use crate::link6::{Link, Sockets};
use crate::process_file::ProcessFile;
use crate::v4::value::quoted_octets;
use crate::v6::engine::{Act, Client, Settings, State};
use crate::v6::lease::Lease;
use crate::v6::message::Message;
use crate::v6::option;
use crate::{failed, identity, links, process_file, store};

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
    if options.stop {
        session.unset();
        return Ok(0);
    }
    if options.release {
        return session.give_back().await;
    }
    let file = ProcessFile::write(options);
    let work = until_end(process_file::until_asked(file.as_ref(), session.live())).await;
    if let Some(file) = file {
        file.remove();
    }
    match work {
        Ok(Some(code)) => code,
        // Another run does with the lease what it wants.
        Ok(None) => Ok(0),
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
    sockets: Sockets,
    client: Client,
    began: Mark,
    /// The identifier of the client was made in this run.
    is_new: bool,
    configured: Option<Configured>,
    denied: bool,
}

impl<'a> Session<'a> {
    fn open(options: &'a Options, name: &str) -> Result<Self, Exit> {
        let shown = printable(name).into_owned();
        let link = Link::open(name)?;
        let sockets = Sockets::open(&link);
        let sockets = sockets.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
        let hardware = &link.hardware;
        let Identifier {
            octets: identifier,
            is_new,
        } = Identifier::of(options, hardware);
        let lease = store::last6(options, name);
        let conf = store::conf(options, name)?;
        let settings = Settings {
            interface: shown,
            identifier,
            id: identity::association(hardware),
            kinds: options.kinds(),
            all: options.require_all,
            prefix_hint: options.prefix_hint,
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
            sockets,
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
            let received = self.sockets.receive(wait).await;
            let received =
                received.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
            let Some((bytes, source)) = received else {
                continue;
            };
            if let Some(message) = Message::parse(&bytes) {
                let from = source.to_string();
                let (now, clock) = (self.now(), crate::clock());
                self.client.receive(&message, &from, now, clock);
            }
        }
    }

    fn act(&mut self) -> Result<Option<u8>, Exit> {
        while let Some(act) = self.client.act() {
            match act {
                Act::Say(line) => self.options.say(line),
                Act::Send(message) => match self.sockets.send(&message) {
                    Ok(()) => {}
                    Err(error @ Error::Denied(_)) => {
                        return Err(failed(1, format_args!("dhclient: {error}")));
                    }
                    Err(error) => self.options.say(format_args!("send_packet6: {error}")),
                },
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
                for setting in configure6::settings(lease, self.options.address_length) {
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

    /// -x: the addresses that an earlier run has set are removed, and the lease is kept.
    fn unset(&self) {
        if let Some(lease) = self.client.any_lease() {
            let name = printable(&self.interface).into_owned();
            configure6::remove(self.index, &name, lease, self.options);
        }
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
