//! The interfaces of this machine that can be configured.

use nethost_sdk::Exit;
use nethost_sdk::netlink::{LinkQuery, Namespace};

use crate::arguments::Options;
use crate::failed;

/// IFF_BROADCAST, IFF_LOOPBACK and IFF_POINTOPOINT.
const BROADCAST: u32 = 2;
const LOOPBACK: u32 = 8;
const POINT_TO_POINT: u32 = 16;

/// The interfaces to configure: those that were named, or else all that can broadcast.
pub(crate) fn chosen(options: &Options) -> Result<Vec<String>, Exit> {
    if !options.interfaces.is_empty() || options.no_interfaces {
        return Ok(options.interfaces.clone());
    }
    let links = Namespace::open(None)
        .map_err(|error| failed(1, format_args!("dhclient: {error}")))
        .and_then(|namespace| {
            let links = namespace.links(LinkQuery::default());
            let links = links.and_then(|listing| listing.all());
            links.map_err(|failure| failed(1, format_args!("dhclient: {failure}")))
        })?;
    let usable = |flags: u32| flags & BROADCAST != 0 && flags & (LOOPBACK | POINT_TO_POINT) == 0;
    let names: Vec<String> = links
        .into_iter()
        .filter(|link| usable(link.flags))
        .map(|link| link.name)
        .collect();
    match names.is_empty() {
        true => Err(failed(1, "No broadcast interfaces found - exiting.")),
        false => Ok(names),
    }
}
