//! Flags of an interface: set, cleared, and told about if they stay.

use nethost_sdk::Exit;
use nethost_sdk::interface_block::{BROADCAST, POINT_TO_POINT, UP, labelled};
use nethost_sdk::netlink::{Change, Failure, How, LinkChange};
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;

use super::{Changes, NO_DEVICE};
use crate::edit::NOT_AVAILABLE;
use crate::kernel::report;

/// IFF_….
pub(super) const NOTRAILERS: u32 = 0x20;
pub(super) const NOARP: u32 = 0x80;
const PROMISC: u32 = 0x100;
const ALLMULTI: u32 = 0x200;
const MULTICAST: u32 = 0x1000;
const DYNAMIC: u32 = 0x8000;

/// What a flag of an interface is, by the word that sets it, and what is said if the kernel keeps it.
pub(super) const FLAGS: [(&str, u32, Option<&str>); 9] = [
    ("-arp", NOARP, None),
    ("-trailers", NOTRAILERS, None),
    (
        "promisc",
        PROMISC,
        Some("promisc mode... maybe other application is running?"),
    ),
    ("multicast", MULTICAST, Some("MULTICAST mode.")),
    ("allmulti", ALLMULTI, Some("ALLMULTI mode.")),
    ("dynamic", DYNAMIC, Some("DYNAMIC mode.")),
    ("broadcast", BROADCAST, Some("BROADCAST mode.")),
    ("pointopoint", POINT_TO_POINT, Some("POINTOPOINT mode.")),
    ("up", UP, None),
];

impl Changes<'_> {
    /// The interface is there; what the kernel alone may set is as it is.
    pub(super) fn check(&mut self) -> Result<(), Exit> {
        self.set_flags(0, 0)
    }

    /// Sets flags to values. An alias is brought down by removing its address.
    pub(super) fn set_flags(&mut self, flags: u32, which: u32) -> Result<(), Exit> {
        self.flush()?;
        let Some(link) = self.link()? else {
            complain(format_args!(
                "{}: ERROR while getting interface flags: {NO_DEVICE}",
                printable(self.name)
            ));
            self.fail(255);
            return Ok(());
        };
        if self.name.contains(':') {
            let addresses = self.kernel.addresses()?;
            let Some(address) = labelled(&addresses, link.index, self.name) else {
                complain(format_args!("SIOCSIFFLAGS: {NOT_AVAILABLE}"));
                self.fail(255);
                return Ok(());
            };
            if which & UP != 0 && flags & UP == 0 {
                let gone = self.kernel.remove(&Change::Address(address.clone()));
                return self.flags_done(gone);
            }
        }
        // These two are the driver's, and the kernel leaves them as they are.
        let which = which & !(BROADCAST | POINT_TO_POINT);
        if link.flags & which == flags & which {
            return Ok(());
        }
        let change = LinkChange {
            index: link.index,
            flags: flags & which,
            flags_mask: which,
            ..LinkChange::default()
        };
        let done = self.kernel.put(&Change::Link(change), How::empty());
        self.flags_done(done)
    }

    pub(super) fn flags_done(&mut self, done: Result<(), Failure>) -> Result<(), Exit> {
        if let Err(failure) = done {
            self.fail(255);
            report("SIOCSIFFLAGS", &failure)?;
        }
        Ok(())
    }

    /// Clears the flag of this word, and tells if it stays.
    pub(super) fn clear(&mut self, word: &str) -> Result<(), Exit> {
        let Some((_, flag, stays)) = FLAGS.iter().find(|(name, ..)| *name == word) else {
            return Ok(());
        };
        self.set_flags(0, *flag)?;
        let Some(how) = stays else {
            return Ok(());
        };
        let name = printable(self.name);
        match self.link()? {
            Some(link) if link.flags & flag != 0 => {
                complain(format_args!("Warning: Interface {name} still in {how}"));
            }
            Some(_) => {}
            None => complain(format_args!(
                "{name}: ERROR while testing interface flags: {NO_DEVICE}"
            )),
        }
        Ok(())
    }
}
