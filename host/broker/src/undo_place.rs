//! Where changes were made: in which start of the kernel, and in which network namespace.

use std::io;

use serde::{Deserialize, Serialize};

use super::netlink::NetNamespace;

/// The kernel's identifier of its start.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// A start of the kernel, and a network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) boot: String,
    pub(super) namespace: Namespace,
}

/// A network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Namespace {
    /// Its inode in proc(5). It can be that of another one later.
    pub(super) inode: u64,
    /// SO_NETNS_COOKIE, which is never that of another one.
    pub(super) cookie: Option<u64>,
    /// Its name (ip-netns(8)), if it was entered by that.
    pub(super) name: Option<String>,
}

impl Place {
    /// The place of this namespace.
    pub(super) fn of(namespace: &NetNamespace, name: Option<String>) -> io::Result<Self> {
        let (inode, cookie) = namespace.identity()?;
        Ok(Self {
            boot: boot()?,
            namespace: Namespace {
                inode,
                cookie,
                name,
            },
        })
    }

    /// Whether the kernel has not been started again since.
    pub(super) fn is_of_this_boot(&self) -> io::Result<bool> {
        Ok(boot()? == self.boot)
    }

    /// Whether this is the namespace.
    pub(super) fn is(&self, namespace: &NetNamespace) -> io::Result<bool> {
        Ok(namespace.identity()? == (self.namespace.inode, self.namespace.cookie))
    }
}

fn boot() -> io::Result<String> {
    Ok(std::fs::read_to_string(BOOT)?.trim().to_owned())
}
