//! What the probes share: reading an address, the options that ask for nothing, calls that are given up, and
//! the tally of malformed calls. The probes use the generated bindings, because the contract is what they test.

use nethost_sdk::bindings::nethost::cap::clock;
use nethost_sdk::bindings::nethost::cap::types::{
    Endpoint, ErrorCode, IpAddress, Outgoing, SocketOptions,
};
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::task::Poll;

/// One second, as the contract counts time.
pub const SECOND: u64 = 1_000_000_000;

/// The endpoint of an address written as text.
///
/// # Errors
/// Says what is not an address.
pub fn endpoint(text: &str, port: u16) -> Result<Endpoint, String> {
    let address = match text.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            IpAddress::Ipv4((a, b, c, d))
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            IpAddress::Ipv6((a, b, c, d, e, f, g, h))
        }
        Err(error) => return Err(format!("{text}: {error}")),
    };
    Ok(Endpoint {
        address,
        port,
        scope_id: 0,
    })
}

/// An address as text.
#[must_use]
pub fn address(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}

/// An address of the other family than this one's, in the ranges kept for documentation.
#[must_use]
pub fn other_family(remote: &Endpoint) -> Endpoint {
    let address = match remote.address {
        IpAddress::Ipv4(_) => IpAddress::Ipv6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
        IpAddress::Ipv6(_) => IpAddress::Ipv4((192, 0, 2, 1)),
    };
    Endpoint { address, ..*remote }
}

/// Socket options that leave everything to the kernel.
#[must_use]
pub fn no_options() -> SocketOptions {
    SocketOptions {
        interface: None,
        source: None,
        hop_limit: None,
        traffic_class: None,
        path_mtu_discovery: None,
        broadcast: false,
        dont_route: false,
        mark: None,
        buffer_size: None,
    }
}

/// A datagram to remote 0 out of these bytes.
#[must_use]
pub fn outgoing(offset: u32, length: u32) -> Outgoing {
    Outgoing {
        remote: 0,
        offset,
        length,
        hop_limit: None,
    }
}

/// Begins something that does not end by itself, and drops it.
pub async fn abandon<T>(begun: impl Future<Output = T>) {
    let mut begun = pin!(begun);
    let mut patience = pin!(clock::wait_for(SECOND / 20));
    std::future::poll_fn(|context| {
        if begun.as_mut().poll(context).is_ready() {
            println!("ended before it was dropped");
            return Poll::Ready(());
        }
        patience.as_mut().poll(context)
    })
    .await;
}

/// Prints an error as one `error NAME` line that tests can read, a denial with all its parts.
#[must_use]
pub fn told(error: &ErrorCode) -> String {
    match error {
        ErrorCode::Denied(denial) => format!(
            "denied capability={:?} target={:?} rule={:?} remedy={:?}",
            denial.capability, denial.target, denial.rule, denial.remedy
        ),
        other => format!("{other:?}"),
    }
}

/// Counts malformed calls: each must be answered with an error, not a trap and not success.
#[derive(Default)]
pub struct Malformed {
    accepted: u8,
}

impl Malformed {
    /// Prints how a call ended; success counts against the host.
    pub fn refused<T>(&mut self, what: &str, result: Result<T, ErrorCode>) {
        match result {
            Ok(_) => {
                self.accepted = self.accepted.saturating_add(1);
                println!("{what}: ACCEPTED");
            }
            Err(error) => println!("{what}: {}", told(&error)),
        }
    }

    /// Prints how a call ended where either answer is right, as long as there is one.
    pub fn answered<T>(&mut self, what: &str, result: Result<T, ErrorCode>) {
        match result {
            Ok(_) => println!("{what}: ok"),
            Err(error) => println!("{what}: {}", told(&error)),
        }
    }

    /// The exit code: how many malformed calls were accepted.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        println!("accepted {}", self.accepted);
        self.accepted
    }
}
