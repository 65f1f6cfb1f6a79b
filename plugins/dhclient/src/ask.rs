//! What each server of DHCP over IPv4 would hand out. Nothing is taken, and nothing is configured.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::clock;
use nethost_sdk::{Exit, system};

use crate::arguments::{Family, Options};
use crate::offer::Offer;
use crate::v4::message::{Kind, Message};
use crate::wire::{Wire, is_host};
use crate::{failed, store};

/// Seconds to wait for offers: dnsmasq and dhcpd wait for up to three for an answer to their own ping.
pub(crate) const WAIT: u64 = 5;
/// The question is repeated once a second.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// The name of this machine, if the configuration sends it and it may be read.
pub(crate) fn host_name(wanted: bool) -> Option<String> {
    wanted
        .then(|| system::uname().ok().map(|uname| uname.nodename))
        .flatten()
}

/// The offers on an interface, one for each server.
pub(crate) async fn ask(interface: &str, options: &Options) -> Result<Vec<Offer>, Exit> {
    let conf = store::conf(options, interface)?;
    let wire = Wire::open(interface, options)?;
    let shown = nethost_sdk::text::printable(interface).into_owned();
    let xid = u32::try_from(crate::random() & u64::from(u32::MAX)).unwrap_or(1);
    let mut message = Message::of_client(Kind::DISCOVER, 1, wire.hardware(), xid);
    let expect = options.expected(Family::Four);
    if let Some(name) = host_name(conf.send_host_name) {
        message.options.set(12, name.into_bytes());
    }
    // All that a server is willing to say, beside what the configuration asks for.
    let mut request = conf.request.clone();
    for code in [
        43, 51, 58, 59, 60, 66, 67, 93, 108, 114, 119, 120, 121, 138, 150, 252,
    ] {
        if !request.contains(&code) {
            request.push(code);
        }
    }
    message.options.set(55, request);
    for (code, value) in &conf.send {
        message.options.set(*code, value.clone());
    }
    let began = clock::now();
    let end = began.plus(Duration::from_secs(options.timeout.unwrap_or(WAIT)));
    let (mut again, mut offers) = (began, Vec::<Offer>::new());
    loop {
        let now = clock::now();
        if now >= end {
            return Ok(offers);
        }
        if now >= again {
            message.seconds = u16::try_from(now.since(began).as_secs()).unwrap_or(u16::MAX);
            wire.send(&message)
                .map_err(|error| failed(1, format_args!("{shown}: {error}")))?;
            again = now.plus(AGAIN);
        }
        let until = if again < end { again } else { end };
        for (from, answer) in wire.receive(until.since(clock::now())).await? {
            let ours = answer.operation == 2
                && answer.xid == xid
                && answer.hardware == message.hardware
                && answer.kind() == Some(Kind::OFFER);
            let server = answer.server().unwrap_or(from);
            let known = offers
                .iter()
                .any(|offer| offer.server == server && offer.source == from);
            if ours && !known && is_host(answer.yours.into()) && offers.len() < 256 {
                let ms = clock::now().since(began).as_secs_f64() * 1e3;
                let expected = expect
                    .as_ref()
                    .map(|expect| expect.contains(&IpAddr::V4(server)));
                offers.push(Offer::new(&shown, &answer, from, ms, expected));
            }
        }
    }
}
