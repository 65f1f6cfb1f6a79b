//! What is asked of the kernel: the index of an interface, own addresses, changes.

use nethost_sdk::Exit;
use nethost_sdk::netlink::{
    Address, AddressQuery, Change, Failure, How, LinkQuery, Namespace, Route,
};

use crate::Action;

const INET: u8 = 2;
/// E_SOCK of net-tools.
const FAILED: u8 = 7;

/// The configuration of this network namespace.
pub(crate) struct Kernel(Namespace);

fn refused(error: &Failure) -> Exit {
    Exit::failed(2, format!("route: {error}"))
}

impl Kernel {
    pub(crate) fn open() -> Result<Self, Exit> {
        let opened = Namespace::open(None);
        opened
            .map(Self)
            .map_err(|error| Exit::failed(2, format!("route: {error}")))
    }

    /// The index of an interface, or the error under this name.
    pub(crate) fn index(&self, name: &str, what: &str) -> Result<u32, Exit> {
        let query = LinkQuery {
            name: Some(name.to_owned()),
            ..LinkQuery::default()
        };
        let found = match self.0.links(query).and_then(|listing| listing.all()) {
            Ok(links) => links.into_iter().find(|link| link.name == name),
            Err(Failure::Kernel { .. }) => None,
            Err(error) => return Err(refused(&error)),
        };
        let missing = || Exit::failed(FAILED, format!("{what}: No such device"));
        found.map(|link| link.index).ok_or_else(missing)
    }

    /// The addresses of IPv4.
    pub(crate) fn addresses(&self) -> Result<Vec<Address>, Exit> {
        let query = AddressQuery {
            family: INET,
            ..AddressQuery::default()
        };
        let all = self.0.addresses(query).and_then(|listing| listing.all());
        all.map_err(|error| refused(&error))
    }

    /// Makes the change. Its error has the name of the request of ioctl(2).
    pub(crate) fn change(&self, action: Action, route: Route) -> Result<u8, Exit> {
        let change = Change::Route(route);
        let (what, done) = match action {
            Action::Add => (ADD, self.0.put(&change, How::CREATE)),
            _ => (DELETE, self.0.remove(&change)),
        };
        match done {
            Ok(_) => Ok(0),
            Err(Failure::Kernel { text, .. }) => {
                Err(Exit::failed(FAILED, format!("{what}: {text}")))
            }
            Err(error) => Err(refused(&error)),
        }
    }
}

const ADD: &str = "SIOCADDRT";
const DELETE: &str = "SIOCDELRT";

/// The name of the request.
pub(crate) fn request(action: Action) -> &'static str {
    match action {
        Action::Add => ADD,
        _ => DELETE,
    }
}
