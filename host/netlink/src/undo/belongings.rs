//! What belongs to a link and goes when the link is set down or loses an address: other addresses, and routes. They are
//! noted before, and put back if they are missing afterwards.

use crate::Error;
use crate::address::{FLAGS, NEW as ADDRESS};
use crate::message::{aligned, u8_at, u16_at, u32_at};
use crate::message_builder::{INET, INET6};
use crate::route::{GATEWAY, MULTIPATH, NEW as ROUTE, OUTPUT, TABLE, VIA};
use crate::undo::{CREATE, EXCLUSIVE, Snapshot, address, route};

/// RTPROT_KERNEL and RTPROT_RA: the kernel makes these routes itself.
const BY_KERNEL: [u8; 2] = [2, 9];
/// RT_TABLE_LOCAL.
const LOCAL_TABLE: u32 = 255;
/// IFA_F_PERMANENT: somebody has set it, or it is the link-local address.
const PERMANENT: u32 = 0x80;
/// RT_SCOPE_LINK.
const LINK_SCOPE: u8 = 253;

/// The belongings of a link.
#[derive(Debug, Clone, Copy)]
pub struct Belongings {
    link: u32,
}

impl Belongings {
    pub(super) fn of(link: u32) -> Self {
        Self { link }
    }

    /// The messages that ask for them. The answers can contain other objects, too.
    pub fn questions(&self) -> Result<Vec<Vec<u8>>, Error> {
        Ok(vec![
            address::question(0, self.link)?,
            route::through(INET, self.link)?,
            route::through(INET6, self.link)?,
        ])
    }

    /// Whether this object is one that has to be put back.
    pub fn has(&self, found: &Snapshot) -> bool {
        if let Some(payload) = found.payload(ADDRESS) {
            return u32_at(payload, 4) == Some(self.link);
        }
        let Some(payload) = found.payload(ROUTE) else {
            return false;
        };
        let number = |id| {
            found
                .attribute(ROUTE, id)
                .and_then(|value| u32_at(value, 0))
        };
        let table = number(TABLE).or(u8_at(payload, 4).map(u32::from));
        let hops = found.attribute(ROUTE, MULTIPATH).unwrap_or_default();
        (number(OUTPUT) == Some(self.link) || interfaces(hops).any(|link| link == self.link))
            && table != Some(LOCAL_TABLE)
            && u8_at(payload, 5).is_some_and(|protocol| !BY_KERNEL.contains(&protocol))
    }

    /// Whether this object shows that somebody uses the link. Addresses that the kernel makes itself do not.
    pub fn shows_use(&self, found: &Snapshot) -> bool {
        let Some(payload) = found.payload(ADDRESS) else {
            return self.has(found);
        };
        let flags = found.attribute(ADDRESS, FLAGS);
        let flags = flags.and_then(|value| u32_at(value, 0)).unwrap_or_default();
        self.has(found) && flags & PERMANENT != 0 && u8_at(payload, 3) != Some(LINK_SCOPE)
    }
}

/// The links of next hops: struct rtnexthop.
fn interfaces(mut hops: &[u8]) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let length = u16_at(hops, 0).map(usize::from)?;
        let link = u32_at(hops, 4)?;
        // A length of nothing does not hold the reader.
        hops = hops.get(aligned(length.max(1))..).unwrap_or_default();
        Some(link)
    })
}

/// The messages that put back those of `earlier` that are not in `now`: addresses, then routes on the link, then routes
/// that need these.
pub fn missing(earlier: &[Snapshot], now: &[Snapshot]) -> Result<Vec<Vec<u8>>, Error> {
    let mut gone: Vec<&Snapshot> = earlier
        .iter()
        .filter(|one| !now.iter().any(|other| one.is_alike(other)))
        .collect();
    gone.sort_by_key(|one| {
        let is_route = one.payload(ROUTE).is_some();
        let via = |id| one.attribute(ROUTE, id).is_some();
        (is_route, via(GATEWAY) || via(VIA) || via(MULTIPATH))
    });
    let messages = gone.into_iter().map(|one| {
        let builder = one.restoring(CREATE | EXCLUSIVE)?;
        Ok(builder.finish()?.0)
    });
    messages.collect()
}
