//! What is asked of the kernel: links, addresses of IPv4, changes.

use nethost_sdk::Exit;
use nethost_sdk::netlink::{
    Address, AddressQuery, Change, Failure, How, Link, LinkQuery, Namespace,
};
use nethost_sdk::output::complain;

const INET: u8 = 2;

/// The configuration of this network namespace.
pub(crate) struct Kernel(Namespace);

/// A denial ends the run: what a policy refuses for one word, it refuses for the others.
pub(crate) fn refused(error: &Failure) -> Exit {
    Exit::failed(2, format!("ifconfig: {error}"))
}

/// The error of one request, in the words of perror(3), or the end of the run.
pub(crate) fn report(what: &str, failure: &Failure) -> Result<(), Exit> {
    match failure {
        Failure::Refused(_) => Err(refused(failure)),
        Failure::Kernel { text, .. } => {
            complain(format_args!("{what}: {text}"));
            Ok(())
        }
    }
}

impl Kernel {
    pub(crate) fn open() -> Result<Self, Exit> {
        let opened = Namespace::open(None);
        opened
            .map(Self)
            .map_err(|error| Exit::failed(2, format!("ifconfig: {error}")))
    }

    /// All links with their counters.
    pub(crate) fn links(&self) -> Result<Vec<Link>, Exit> {
        let query = LinkQuery {
            statistics: true,
            ..LinkQuery::default()
        };
        let all = self.0.links(query).and_then(|listing| listing.all());
        all.map_err(|error| refused(&error))
    }

    /// The link with this name, if there is one.
    pub(crate) fn link(&self, name: &str) -> Result<Option<Link>, Exit> {
        let query = LinkQuery {
            name: Some(name.to_owned()),
            statistics: true,
            ..LinkQuery::default()
        };
        match self.0.links(query).and_then(|listing| listing.all()) {
            // An alternative name is none to net-tools.
            Ok(links) => Ok(links.into_iter().find(|link| link.name == name)),
            Err(Failure::Kernel { .. }) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    /// The addresses of IPv4, in the kernel's order.
    pub(crate) fn addresses(&self) -> Result<Vec<Address>, Exit> {
        let query = AddressQuery {
            family: INET,
            ..AddressQuery::default()
        };
        let all = self.0.addresses(query).and_then(|listing| listing.all());
        all.map_err(|error| refused(&error))
    }

    pub(crate) fn put(&self, change: &Change, how: How) -> Result<(), Failure> {
        self.0.put(change, how).map(|_| ())
    }

    pub(crate) fn remove(&self, change: &Change) -> Result<(), Failure> {
        self.0.remove(change).map(|_| ())
    }
}
