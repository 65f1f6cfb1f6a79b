//! `-g`: who listens to which multicast groups, from /proc/net/igmp and igmp6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::{Error, Exit, procfs};
use serde::Serialize;

/// What is above them.
pub(crate) const HEAD: &str = "IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n--------------- ------ ---------------------";

/// A membership.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Membership {
    pub(crate) interface: String,
    pub(crate) users: u32,
    pub(crate) group: IpAddr,
}

fn read(name: &str) -> Result<String, Exit> {
    match procfs::counters(name) {
        Err(Error::NotFound) => Ok(String::new()),
        read => read.map_err(|error| Exit::failed(1, format!("netstat: {error}"))),
    }
}

/// All memberships.
pub(crate) fn all(inet: bool, inet6: bool) -> Result<Vec<Membership>, Exit> {
    let mut all = Vec::new();
    if inet {
        of_igmp(&read("net.igmp")?, &mut all);
    }
    if inet6 {
        all.extend(read("net.igmp6")?.lines().filter_map(of_igmp6));
    }
    Ok(all)
}

/// An interface in a line, and its groups in those below, behind tabs.
fn of_igmp(text: &str, all: &mut Vec<Membership>) {
    let mut interface = String::new();
    for line in text.lines().skip(1) {
        let mut words = line.split_whitespace();
        if line.starts_with('\t') {
            let address = words
                .next()
                .and_then(|word| u32::from_str_radix(word, 16).ok());
            let users = words.next().and_then(|word| word.parse().ok());
            if let (Some(address), Some(users)) = (address, users) {
                all.push(Membership {
                    interface: interface.clone(),
                    users,
                    group: Ipv4Addr::from(address.to_ne_bytes()).into(),
                });
            }
        } else if let Some(name) = words.nth(1) {
            interface = nethost_sdk::text::printable(name).into_owned();
        }
    }
}

/// Index, name, group, users, ….
fn of_igmp6(line: &str) -> Option<Membership> {
    let mut words = line.split_whitespace().skip(1);
    let interface = nethost_sdk::text::printable(words.next()?).into_owned();
    let group = u128::from_str_radix(words.next()?, 16).ok()?;
    Some(Membership {
        interface,
        users: words.next()?.parse().ok()?,
        group: Ipv6Addr::from(group).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memberships_belong_to_the_interface_above() {
        let mut all = Vec::new();
        of_igmp(
            "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n",
            &mut all,
        );
        assert_eq!(all[0].interface, "lo");
        assert_eq!(all[0].group.to_string(), "224.0.0.1");
        let six =
            of_igmp6("1    lo              ff020000000000000000000000000001     1 0000000C 0");
        assert_eq!(
            six.map(|one| one.group.to_string()).as_deref(),
            Some("ff02::1")
        );
    }
}
