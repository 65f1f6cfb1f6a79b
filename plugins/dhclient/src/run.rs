//! The life of the client on its interfaces: sends, waits and configures as the engine says.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::future::join_all;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::netlink::Undoable;
use nethost_sdk::output::{complain, show};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, until_end};

use crate::arguments::Options;
use crate::configure::{self, Configured, NotSet};
use crate::identity::Identifier;
use crate::process_file::ProcessFile;
use crate::v4::engine::{Act, Client, Settings};
use crate::v4::lease::Lease;
use crate::v4::message::Message;
use crate::wire::Wire;
use crate::{ask, conflict, failed, identity, links, process_file, resolv_conf, store};

/// The longest wait.
const LONG: Duration = Duration::from_secs(3600);

/// Runs on all interfaces until the operator ends it.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let mut sessions = Vec::new();
    for interface in links::chosen(options)? {
        sessions.push(Session::open(options, interface)?);
    }
    if sessions.is_empty() {
        return Ok(0);
    }
    for session in &sessions {
        session.wire.introduce(options);
    }
    if options.release || options.stop {
        for session in &mut sessions {
            match options.release {
                true => session.give_back(),
                false => session.unset(),
            }
        }
        return Ok(0);
    }
    let file = ProcessFile::write(options);
    let work = join_all(sessions.iter_mut().map(Session::live));
    let ended = until_end(process_file::until_asked(file.as_ref(), work)).await;
    if let Some(file) = file {
        file.remove();
    }
    let mut code = 0;
    match ended {
        Ok(Some(results)) => {
            for result in results {
                code = code.max(result?);
            }
        }
        // Another run does with the lease what it wants.
        Ok(None) => return Ok(0),
        Err(end) => {
            let configured = sessions.iter().any(|session| session.configured.is_some());
            if configured {
                // As ISC's dhclient, which leaves all as it is when a signal ends it.
                code = 128 + end.number();
            }
        }
    }
    for session in &mut sessions {
        session.leave();
    }
    Ok(code)
}

/// The client on one interface.
struct Session<'a> {
    options: &'a Options,
    interface: String,
    wire: Wire,
    client: Client,
    /// An earlier lease from the file.
    earlier: Option<Lease>,
    began: Mark,
    configured: Option<Configured>,
    /// What was set before there is a lease.
    begun: Option<Undoable>,
    /// Why nothing is configured.
    denied: bool,
    /// -i: to be kept with the leases.
    identifier: Option<Vec<u8>>,
}

impl<'a> Session<'a> {
    fn open(options: &'a Options, interface: String) -> Result<Self, Exit> {
        let mut conf = store::conf(options, &interface)?;
        let wire = Wire::open(&interface, options)?;
        let earlier = store::last(options, &interface);
        let host_name = ask::host_name(conf.send_host_name);
        // What is sent as an option is not sent twice.
        if conf.send.iter().any(|(code, _)| *code == 12) {
            conf.send_host_name = false;
        }
        let identifier = options
            .by_duid
            .then(|| Identifier::of(options, wire.hardware()).octets);
        if let Some(identifier) = &identifier
            && conf.send.iter().all(|(code, _)| *code != 61)
        {
            let value = identity::of_four(wire.hardware(), identifier);
            conf.send.push((61, value));
        }
        let settings = Settings {
            conf,
            interface: printable(&interface).into_owned(),
            hardware_type: 1,
            hardware: wire.hardware().to_vec(),
            host_name,
            port: options.ports().1,
            destination: options.server,
            once: options.once,
            decline_wait: options.decline_wait,
            unicast: false,
        };
        Ok(Self {
            options,
            interface,
            wire,
            client: Client::new(settings, earlier.clone(), crate::random()),
            earlier,
            began: clock::now(),
            configured: None,
            begun: None,
            denied: false,
            identifier,
        })
    }

    fn now(&self) -> Duration {
        clock::now().since(self.began)
    }

    /// Obtains a lease and keeps it. Returns when nothing was to be had.
    async fn live(&mut self) -> Result<u8, Exit> {
        self.begun = configure::set_up(self.wire.link());
        self.client.start(self.now(), crate::clock());
        loop {
            if let Some(code) = self.act().await? {
                return Ok(code);
            }
            let now = self.now();
            let next = self.client.next();
            if next.is_some_and(|next| next <= now) {
                self.client.wake(now, crate::clock());
                continue;
            }
            let wait = next.map_or(LONG, |next| next.saturating_sub(now)).min(LONG);
            for (from, message) in self.wire.receive(wait).await? {
                let (now, clock) = (self.now(), crate::clock());
                self.client.receive(&message, from, now, clock);
                if let Some(code) = self.act().await? {
                    return Ok(code);
                }
            }
        }
    }

    /// Does what the engine says. Returns the exit code at the end.
    async fn act(&mut self) -> Result<Option<u8>, Exit> {
        while let Some(act) = self.client.act() {
            match act {
                Act::Say(line) => self.options.say(line),
                Act::Send(message, to) => self.send(&message, to)?,
                Act::Check(address) => {
                    let taken = self.is_taken(address).await;
                    self.client.checked(taken, self.now(), crate::clock());
                }
                Act::Bound(lease) => self.bound(&lease)?,
                Act::Lost(lease) => self.lost(&lease),
                Act::End(code) => return Ok(Some(code)),
            }
        }
        Ok(None)
    }

    fn send(&mut self, message: &Message, to: Option<Ipv4Addr>) -> Result<(), Exit> {
        let sent = match to {
            Some(server) => self.wire.send_to(message, server),
            None => self.wire.send(message),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(error @ Error::Denied(_)) if to.is_none() => {
                Err(failed(1, format_args!("dhclient: {error}")))
            }
            // As ISC's dhclient, which goes on.
            Err(error) => {
                self.options.say(format_args!("send_packet: {error}"));
                Ok(())
            }
        }
    }

    async fn is_taken(&self, address: Ipv4Addr) -> bool {
        let wait = self.options.conflict_wait;
        match conflict::owner(&self.interface, address, wait).await {
            Ok(Some(owner)) => {
                self.options
                    .say(format_args!("{address} is in use by {owner}"));
                true
            }
            Ok(None) => false,
            Err(error) => {
                self.options.say(format_args!(
                    "{address}: not checked for conflicts: {error}"
                ));
                false
            }
        }
    }

    fn bound(&mut self, lease: &Lease) -> Result<(), Exit> {
        if let Some(configured) = &mut self.configured {
            configured.prolong(lease, self.options);
            self.remember(lease);
            return resolv_conf::renew(self.options, &self.interface, lease);
        }
        if self.denied {
            return Ok(());
        }
        match Configured::set(self.wire.link(), lease, self.options, self.begun.take()) {
            Ok(configured) => self.complete(configured, lease),
            Err(NotSet::Denied(error, begun)) => {
                self.denied = true;
                self.begun = begun;
                self.tell(lease, &error)?;
                self.show_resolver(lease)
            }
            Err(NotSet::Failed(exit)) => {
                self.give_up();
                Err(exit)
            }
        }
    }

    /// The resolver's file comes last: when it is written, or was not granted, the configuration is complete.
    fn complete(&mut self, mut configured: Configured, lease: &Lease) -> Result<(), Exit> {
        let written = resolv_conf::write(self.options, &self.interface, lease);
        let completed = written.and_then(|written| configured.complete().map(|()| written));
        let written = match completed {
            Ok(written) => written,
            Err(exit) => {
                resolv_conf::put_back(self.options, &self.interface);
                configured.undo(self.options);
                self.give_up();
                return Err(exit);
            }
        };
        self.configured = Some(configured);
        self.client.set_unicast(true);
        self.remember(lease);
        match written {
            true => Ok(()),
            false => self.show_resolver(lease),
        }
    }

    /// Gives the lease back.
    fn give_up(&mut self) {
        self.client.release(self.now());
        self.last_acts();
    }

    /// What would be set, if it were granted.
    fn tell(&self, lease: &Lease, error: &Error) -> Result<(), Exit> {
        let name = printable(&self.interface);
        let mut text = String::new();
        for setting in configure::settings(lease) {
            text.push_str(&format!("{name}: would set {setting}\n"));
        }
        text.push_str(&format!("{name}: not set: {error}\n"));
        text.push_str(&format!(
            "{name}: the lease is kept until the end of this run, and then given back\n"
        ));
        if self.options.leases.1 {
            self.remember(lease);
        }
        show(text)
    }

    fn remember(&self, lease: &Lease) {
        store::remember(self.options, lease, self.identifier.as_deref());
    }

    /// Lines for resolv.conf(5), which is left alone.
    fn show_resolver(&self, lease: &Lease) -> Result<(), Exit> {
        let name = printable(&self.interface);
        let file = printable(&self.options.resolver);
        for line in configure::resolver(lease) {
            show(format_args!("{name}: not written to {file}: {line}\n"))?;
        }
        Ok(())
    }

    fn lost(&mut self, lease: &Lease) {
        if let Some(mut configured) = self.configured.take() {
            resolv_conf::put_back(self.options, &self.interface);
            configured.undo(self.options);
        }
        self.client.set_unicast(false);
        let name = printable(&self.interface);
        self.options.say(format_args!(
            "{name}: the lease of {} is over",
            lease.address
        ));
    }

    /// At the end: without a configuration, the lease is of no use.
    fn leave(&mut self) {
        if self.configured.is_none() {
            let lease = self.client.lease().cloned();
            if self.client.release(self.now()) && lease.is_some() {
                self.last_acts();
                if let Some(lease) = lease.filter(|_| self.options.leases.1) {
                    store::forget(self.options, &lease);
                }
            }
        }
    }

    /// -r: gives back the lease of an earlier run.
    fn give_back(&mut self) {
        let Some(lease) = self
            .earlier
            .clone()
            .filter(|lease| lease.expire > crate::clock())
        else {
            return;
        };
        self.give_up();
        resolv_conf::put_back(self.options, &self.interface);
        configure::remove(self.wire.link(), &lease, self.options);
        store::forget(self.options, &lease);
    }

    /// -x: what an earlier run has set is removed, and the lease is kept.
    fn unset(&self) {
        if let Some(lease) = &self.earlier {
            configure::remove(self.wire.link(), lease, self.options);
        }
    }

    fn last_acts(&mut self) {
        while let Some(act) = self.client.act() {
            match act {
                Act::Say(line) => self.options.say(line),
                Act::Send(message, _) => {
                    if let Err(error) = self.wire.send(&message) {
                        complain(format_args!("send_packet: {error}"));
                    }
                }
                Act::Check(_) | Act::Bound(_) | Act::Lost(_) | Act::End(_) => {}
            }
        }
    }
}
