//! Asks the hosts of a local link for their hardware addresses, by ARP (RFC 826): what has an IPv4 address there must
//! answer, whatever its firewall drops.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use nethost_sdk::packet::{ARP, Receiver, Sender};
use nethost_sdk::{Error, Exit, Timestamp, clock};

use crate::engine::Watch;
use crate::link::Attachment;
use crate::timing::Limits;

/// What a host answered: its hardware address, and after how many microseconds.
pub(crate) type Answers = HashMap<IpAddr, ([u8; 6], f64)>;

/// Requests that are sent before answers are looked for.
const BURST: usize = 50;
/// The pause after them.
const PAUSE: Duration = Duration::from_millis(2);
/// The longest wait for an answer to the first request, and to the second.
const FIRST: Duration = Duration::from_millis(1000);
const SECOND: Duration = Duration::from_millis(250);
/// The most answers of one call.
const AT_ONCE: u32 = 64;
/// An ARP packet for IPv4 over Ethernet.
const LENGTH: usize = 28;

/// A request, which every host of the link gets.
fn request(from: &Attachment, hardware: [u8; 6], to: Ipv4Addr) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    let parts: [&[u8]; 5] = [
        &[0, 1, 8, 0, 6, 4, 0, 1],
        &hardware,
        &from.own.octets(),
        &[0; 6],
        &to.octets(),
    ];
    for (place, byte) in packet.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    packet
}

/// Who says that it has an address, and its hardware address. None if a packet is no such answer.
fn answer(packet: &[u8]) -> Option<(Ipv4Addr, [u8; 6])> {
    let (head, rest) = packet.split_first_chunk::<8>()?;
    let (hardware, rest) = rest.split_first_chunk::<6>()?;
    let (address, _) = rest.split_first_chunk::<4>()?;
    (*head == [0, 1, 8, 0, 6, 4, 0, 2]).then(|| (Ipv4Addr::from(*address), *hardware))
}

/// The hosts of one link.
struct Asking<'a> {
    link: &'a Attachment,
    sender: Sender,
    receiver: Receiver,
    hardware: [u8; 6],
    sent: HashMap<IpAddr, Timestamp>,
    answers: Answers,
}

/// Asks hosts that are attached to one link. None if that may not be done.
pub(crate) async fn ask(
    hosts: &[Ipv4Addr],
    link: &Attachment,
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Result<Option<Answers>, Exit> {
    // What answers at once must be received.
    let opened = Receiver::open(&link.name, ARP)
        .and_then(|receiver| Ok((receiver, Sender::open(&link.name, ARP)?)));
    let Ok((receiver, sender)) = opened else {
        return Ok(None);
    };
    let Ok(hardware) = <[u8; 6]>::try_from(sender.link().address.as_slice()) else {
        return Ok(None);
    };
    let mut asking = Asking {
        link,
        sender,
        receiver,
        hardware,
        sent: HashMap::new(),
        answers: HashMap::new(),
    };
    let again = limits.max_retries > 0;
    for (wait, wanted) in [(limits.initial_rtt.min(FIRST), true), (SECOND, again)] {
        if wanted && !asking.round(hosts, wait, limits, watch).await? {
            return Ok(None);
        }
    }
    Ok(Some(asking.answers))
}

impl Asking<'_> {
    /// Asks all that have not answered, and waits for them. Returns false if nothing can be sent.
    async fn round(
        &mut self,
        hosts: &[Ipv4Addr],
        wait: Duration,
        limits: &Limits,
        watch: &mut Watch<'_>,
    ) -> Result<bool, Exit> {
        let (burst, pause) = match (limits.scan_delay, limits.max_rate) {
            (delay, _) if !delay.is_zero() => (1, delay),
            (_, Some(rate)) => (1, Duration::from_secs_f64(1.0 / rate)),
            _ => (BURST, PAUSE),
        };
        let open: Vec<Ipv4Addr> = hosts
            .iter()
            .copied()
            .filter(|host| !self.answers.contains_key(&IpAddr::V4(*host)))
            .collect();
        if open.is_empty() {
            return Ok(true);
        }
        for (at, some) in open.chunks(burst).enumerate() {
            if at > 0 {
                self.receive_until(clock::now().plus(pause), &[], watch)
                    .await?;
            }
            for host in some {
                let packet = request(self.link, self.hardware, *host);
                match self.sender.send(&packet, &[0xff; 6]) {
                    Ok(stamp) => {
                        self.sent.insert(IpAddr::V4(*host), stamp);
                        watch.arp_sent(*host, self.link.own, LENGTH)?;
                    }
                    // The queue of the link is full: the second request has another chance.
                    Err(Error::OutOfMemory) => {}
                    Err(_) => return Ok(false),
                }
            }
        }
        self.receive_until(clock::now().plus(wait), &open, watch)
            .await?;
        Ok(true)
    }

    /// Takes answers until then, or until all of these hosts have answered.
    async fn receive_until(
        &mut self,
        until: clock::Mark,
        hosts: &[Ipv4Addr],
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        loop {
            let open = |host: &Ipv4Addr| !self.answers.contains_key(&IpAddr::V4(*host));
            let left = until.since(clock::now());
            if left.is_zero() || (!hosts.is_empty() && !hosts.iter().any(open)) {
                return Ok(());
            }
            let received = self.receiver.receive(AT_ONCE, left).await;
            let received = received.map_err(|error| crate::failed(&error))?;
            for (packet, bytes) in received.packets() {
                let Some((address, hardware)) = answer(bytes) else {
                    continue;
                };
                let host = IpAddr::V4(address);
                let Some(sent) = self.sent.get(&host) else {
                    continue;
                };
                watch.arp_received(address, hardware, LENGTH)?;
                let came = Timestamp::from_nanos(packet.timestamp);
                let took = came.since(*sent).unwrap_or_default();
                let took = took.as_nanos() as f64 / 1e3;
                self.answers.entry(host).or_insert((hardware, took));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_nothing_else_is() {
        let link = Attachment {
            name: "eth0".into(),
            own: Ipv4Addr::new(192, 0, 2, 1),
        };
        let asked = request(&link, [2; 6], Ipv4Addr::new(192, 0, 2, 9));
        assert_eq!(answer(&asked), None);
        let mut reply = asked;
        reply[7] = 2;
        assert_eq!(answer(&reply), Some((link.own, [2; 6])));
        for length in 0..18 {
            assert_eq!(answer(&reply[..length]), None, "{length}");
        }
    }
}
