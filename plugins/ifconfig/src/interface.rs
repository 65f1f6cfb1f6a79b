//! The interfaces that are shown.

use nethost_sdk::interface_block::{Interface, interface, interfaces};
use nethost_sdk::{Exit, procfs};

use crate::kernel::Kernel;

/// The file of addresses of IPv6, empty where the kernel has no IPv6.
fn file() -> Result<String, Exit> {
    match procfs::counters("net.if_inet6") {
        Ok(text) => Ok(text),
        Err(nethost_sdk::Error::NotFound) => Ok(String::new()),
        Err(error) => Err(Exit::failed(2, format!("ifconfig: {error}"))),
    }
}

/// All links and labels, in the order of their names.
pub(crate) fn all(kernel: &Kernel) -> Result<Vec<Interface>, Exit> {
    let (links, addresses, file) = (kernel.links()?, kernel.addresses()?, file()?);
    Ok(interfaces(&links, &addresses, &file))
}

/// One, by its name or a label.
pub(crate) fn one(kernel: &Kernel, name: &str) -> Result<Option<Interface>, Exit> {
    let base = name.split(':').next().unwrap_or(name);
    let Some(link) = kernel.link(base)? else {
        return Ok(None);
    };
    Ok(Some(interface(name, &link, &kernel.addresses()?, &file()?)))
}
