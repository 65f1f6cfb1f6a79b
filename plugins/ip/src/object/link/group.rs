//! Groups of links: each link is changed by a request of its own, because a policy is about links.

use nethost_sdk::netlink::{Change, Failure, Link, LinkChange};

use super::ENODEV;
use crate::ip::{Ip, answer, warn};
use crate::words::Done;

/// The group that each link is in at first.
const DEFAULT: u32 = 0;
const EPERM: u32 = 1;
const EOPNOTSUPP: u32 = 95;

/// The links of a group. Each is changed by a request of its own, not all at once by the kernel: a policy is about links.
pub(super) fn members(ip: &mut Ip, group: u32) -> Done<Vec<Link>> {
    let filter = super::Filter {
        group: Some(group),
        ..super::Filter::default()
    };
    filter.links(ip, false)
}

/// As the kernel does it: all of the group, or none if one of them cannot be deleted.
pub(super) fn delete(ip: &mut Ip, group: u32) -> Done {
    let members = members(ip, group)?;
    let refused = |errno, text: &str| {
        answer(&Failure::Kernel {
            errno,
            text: text.into(),
            message: None,
        })
    };
    if group == DEFAULT {
        return Err(refused(EPERM, "Operation not permitted"));
    }
    if members.is_empty() {
        return Err(refused(ENODEV, "No such device"));
    }
    if members.iter().any(|link| link.kind.is_none()) {
        return Err(refused(EOPNOTSUPP, "Operation not supported"));
    }
    ip.links.forget();
    for link in members {
        let change = Change::Link(LinkChange {
            index: link.index,
            ..LinkChange::default()
        });
        match ip.kernel()?.remove(&change) {
            // It went with the other end of its cable.
            Err(Failure::Kernel { errno: ENODEV, .. }) => {}
            done => warn(done)?,
        }
    }
    Ok(())
}
