//! Where queries leave from: `-b`.

use std::net::{IpAddr, SocketAddr};

use nethost_sdk::Exit;

use crate::plus;
use crate::refusal::fatal;

/// `address[#port]`.
pub(super) fn source(value: &str) -> Result<SocketAddr, Exit> {
    let (address, port) = match value.split_once('#') {
        Some((address, port)) => {
            let failed = "Couldn't parse port number";
            let port = plus::number(port, 0xffff, "port number", failed)
                .map_err(|refusal| Exit { code: 1, ..refusal })?;
            (address, port as u16)
        }
        None => (value, 0),
    };
    let address: IpAddr = address.parse().map_err(|_| {
        let shown = nethost_sdk::text::printable(value);
        fatal(format!("invalid address {shown}"), 1)
    })?;
    Ok(SocketAddr::new(address, port))
}
