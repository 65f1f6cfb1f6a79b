//! Changes that are no rtnetlink message: devices made by ioctl(2), multicast addresses, names of network
//! namespaces, and what generic netlink does.

use std::io;

use super::draft::{ACKNOWLEDGE, Changes, link_octets};
use super::service::{Namespace, check_name, told};
use super::{RouteWrite, sys, tcp_metrics, tun};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, invalid};
use crate::gate::{Permit, Request, Target};

impl Namespace {
    pub(super) fn change_tun(
        &self,
        op: &'static str,
        device: &wit::TunDevice,
        put: bool,
    ) -> Result<Option<String>, wit::Failure> {
        let request = Request::new(op, Target::Name(device.name.clone()))
            .on_interface(Some(&device.name))
            .changing(tun::changes(device, put)?);
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let done = sys::change_tun(&permit, &self.broker, self.place(), device, put);
        done.inspect_err(|error| permit.failed(error))?;
        Ok(None)
    }

    pub(super) fn change_multicast(
        &self,
        op: &'static str,
        address: &wit::MulticastAddress,
        put: bool,
    ) -> Result<Option<String>, wit::Failure> {
        let (name, octets) = multicast(address)?;
        let shown = octets.map(|octet| format!("{octet:02x}")).join(":");
        let request = Request::new(op, Target::Name(name.to_owned()))
            .on_interface(Some(name))
            .changing(vec![("multicast-address", shown)]);
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let done = sys::change_multicast(&permit, &self.broker, self.place(), name, octets, put);
        done.inspect_err(|error| permit.failed(error))?;
        Ok(None)
    }

    pub(super) fn change_name(
        &self,
        op: &'static str,
        name: &wit::NamespaceName,
        put: bool,
    ) -> Result<Option<String>, wit::Failure> {
        check_name(&name.name)?;
        let request =
            Request::new(op, Target::Name(name.name.clone())).changing(name_changes(name, put)?);
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let done = sys::change_name(&permit, &self.broker, name, put);
        done.inspect_err(|error| permit.failed(error))?;
        Ok(None)
    }

    pub(super) fn forget_tcp_metrics(
        &self,
        op: &'static str,
        of: Option<wit::IpAddress>,
        put: bool,
    ) -> Result<Option<String>, wit::Failure> {
        if put {
            return Err(invalid("TCP metrics are the kernel's to make").into());
        }
        let (_, changes) = tcp_metrics::forget(0, 0, of).finish()?;
        let request = Request::new(op, tcp_metrics::target(of)?).changing(changes);
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let answer = sys::forget_tcp_metrics(&permit, &self.broker, self.place(), |family| {
            tcp_metrics::forget(family, ACKNOWLEDGE, of)
        });
        let answer = answer.inspect_err(|error| permit.failed(error))?;
        Ok(told(&answer).inspect_err(|error| {
            permit.failed(&io::Error::from_raw_os_error(error.errno));
        })?)
    }
}

/// What is on record about a namespace's name.
fn name_changes(name: &wit::NamespaceName, put: bool) -> Result<Changes, ErrorCode> {
    if !put && name.process.is_some() {
        return Err(invalid("a name is removed whoever's namespace it is"));
    }
    let mut changes = vec![("name", name.name.clone())];
    changes.extend(name.process.map(|process| ("process", process.to_string())));
    Ok(changes)
}

/// The link and the address that SIOCADDMULTI and SIOCDELMULTI take.
fn multicast(address: &wit::MulticastAddress) -> Result<(&str, [u8; 6]), ErrorCode> {
    let name = address.name.as_str();
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/']) {
        return Err(invalid(format!("{name:?} is not a name for a device")));
    }
    let octets = match &address.address {
        wit::AttributeValue::LinkAddress(address) => link_octets(address)?,
        _ => return Err(invalid("only a link address is added by hand")),
    };
    let octets = <[u8; 6]>::try_from(octets).map_err(|octets| {
        invalid(format!(
            "Invalid address length {} - must be 6 bytes",
            octets.len()
        ))
    })?;
    Ok((name, octets))
}
