//! Whether another host has an address: an ARP probe (RFC 5227 section 2.1.1).

use std::net::Ipv4Addr;
use std::time::Duration;

use nethost_sdk::Error;
use nethost_sdk::clock;
use nethost_sdk::packet::{ARP, Receiver, Sender};
use nethost_sdk::wire::arp::{View, request};
use nethost_sdk::wire::ethernet::Address;

/// Asks who has the address. Returns the hardware address of another host that has it.
pub(crate) async fn owner(
    interface: &str,
    address: Ipv4Addr,
    wait: Duration,
) -> Result<Option<Address>, Error> {
    let receiver = Receiver::open(interface, ARP)?;
    let sender = Sender::open(interface, ARP)?;
    let own = sender.link().address;
    let Ok(own) = <[u8; 6]>::try_from(own) else {
        return Ok(None);
    };
    let probe = request(Address(own), Ipv4Addr::UNSPECIFIED, address);
    let until = clock::now().plus(wait);
    sender.send(&probe.to_bytes(), &[0xff; 6])?;
    loop {
        let left = until.since(clock::now());
        if left.is_zero() {
            return Ok(None);
        }
        let received = receiver.receive(64, left).await?;
        for (_, packet) in received.packets() {
            let Ok(view) = View::from_slice(packet) else {
                continue;
            };
            let sender: Option<[u8; 6]> = view.sender_hw_addr().try_into().ok();
            if view.sender_protocol_addr() == address.octets()
                && let Some(sender) = sender.filter(|sender| *sender != own)
            {
                return Ok(Some(Address(sender)));
            }
        }
    }
}
