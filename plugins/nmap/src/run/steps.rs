//! The steps of a group: discovery, names, port scans, and a closer look at each host.

use std::net::IpAddr;

use jiff::Timestamp;
use nethost_sdk::Exit;
use nethost_sdk::clock;
use nethost_sdk::names::{Names, Settings};

use super::Run;
use crate::engine::{Presence, Rtt};
use crate::model::{Host, Scanned};
use crate::options::{Resolve, Scan};
use crate::state::{Reason, State};
use crate::targets::Target;
use crate::{connect, discovery, route, scan, scripts, service, system};

impl Run {
    pub(super) async fn discover(
        &mut self,
        targets: &[Target],
    ) -> Result<Vec<discovery::Found>, Exit> {
        let division = discovery::divide(targets, &self.options, &self.links);
        let absent = Presence {
            up: false,
            reason: Reason::NoResponse,
            ttl: 0,
        };
        let mut found = vec![(absent, None); targets.len()];
        for (at, presence) in division.known {
            if let Some(place) = found.get_mut(at) {
                place.0 = presence;
            }
        }
        let options = self.options.clone();
        let arp = if options.ipv6 {
            "ND Ping Scan"
        } else {
            "ARP Ping Scan"
        };
        let probes: usize = discovery::pings(&options)
            .iter()
            .map(|ping| match ping {
                crate::options::Ping::Syn(ports)
                | crate::options::Ping::Ack(ports)
                | crate::options::Ping::Udp(ports)
                | crate::options::Ping::Sctp(ports)
                | crate::options::Ping::Protocols(ports) => ports.len(),
                _ => 1,
            })
            .sum();
        for (title, members, probes, attached) in [
            (arp, division.attached, 1, true),
            ("Ping Scan", division.remote, probes, false),
        ] {
            if members.is_empty() {
                continue;
            }
            let addresses: Vec<IpAddr> = members
                .iter()
                .filter_map(|at| Some(targets.get(*at)?.address))
                .collect();
            let each = if probes == 1 { "port" } else { "ports" };
            let whom = match (addresses.as_slice(), members.first()) {
                ([_], Some(at)) => {
                    let who = targets.get(*at).map(shown).unwrap_or_default();
                    format!("{who} [{probes} {each}]")
                }
                _ => format!("{} hosts [{probes} {each}/host]", addresses.len()),
            };
            self.initiating(title, &whom)?;
            let since = clock::now();
            let mut links = std::mem::take(&mut self.links);
            let result = match attached {
                true => {
                    discovery::attached(
                        &addresses,
                        &options,
                        &mut links,
                        &mut self.watch(title, addresses.len()),
                    )
                    .await
                }
                false => {
                    discovery::remote(
                        &addresses,
                        &options,
                        &mut self.watch(title, addresses.len()),
                    )
                    .await
                }
            };
            self.links = links;
            for (at, result) in members.iter().zip(result?) {
                if let (Some(place), Some(target)) = (found.get_mut(*at), targets.get(*at)) {
                    *place = result;
                    self.hint(target, result.0)?;
                }
            }
            self.completed(title, since, &format!(" ({} total hosts)", addresses.len()))?;
        }
        Ok(found)
    }

    /// Finds the names of addresses.
    pub(super) async fn find_names(
        &mut self,
        targets: &[Target],
        up: &[usize],
    ) -> Result<(), Exit> {
        let wanted: Vec<IpAddr> = match self.options.resolve {
            Resolve::Never => return Ok(()),
            Resolve::Always => targets.iter().map(|target| target.address).collect(),
            Resolve::Sometimes => up
                .iter()
                .filter_map(|at| Some(targets.get(*at)?.address))
                .collect(),
        };
        if wanted.is_empty() {
            return Ok(());
        }
        // Each group anew, so that the cache does not fill up.
        self.names = Names::new(Settings {
            remembered: wanted.len() + 1024,
            ..Settings::default()
        });
        let hosts = if wanted.len() == 1 { "host" } else { "hosts" };
        let what = format!("Parallel DNS resolution of {} {hosts}.", wanted.len());
        self.initiating(&what, "")?;
        let since = clock::now();
        self.names.find_all(wanted).await;
        self.completed(&what, since, "")
    }

    pub(super) async fn scan(
        &mut self,
        scan: Scan,
        targets: &[Target],
        up: &[usize],
        hosts: &[(IpAddr, Option<Rtt>)],
    ) -> Result<(Scanned, Vec<(Option<Rtt>, bool)>), Exit> {
        let options = self.options.clone();
        let ports = self.lists.of(scan.protocol()).to_vec();
        let each = if ports.len() == 1 { "port" } else { "ports" };
        let whom = match (up, hosts) {
            ([at], _) => {
                let name = |target: &Target| match target.typed.clone() {
                    Some(typed) => format!("{typed} ({})", target.address),
                    None => match self.names.get(target.address).known() {
                        Some(name) => format!("{name} ({})", target.address),
                        None => target.address.to_string(),
                    },
                };
                let who = targets.get(*at).map(name).unwrap_or_default();
                format!("{who} [{} {each}]", ports.len())
            }
            _ => format!("{} hosts [{} {each}/host]", hosts.len(), ports.len()),
        };
        self.initiating(scan.title(), &whom)?;
        let since = clock::now();
        let result = match scan {
            Scan::Connect => {
                connect::ports(
                    hosts,
                    &ports,
                    &options,
                    &mut self.watch(scan.title(), hosts.len()),
                )
                .await?
            }
            scan => {
                scan::ports(
                    scan,
                    hosts,
                    &ports,
                    &options,
                    &mut self.watch(scan.title(), hosts.len()),
                )
                .await?
            }
        };
        let total = ports.len() * hosts.len();
        self.completed(scan.title(), since, &format!(" ({total} total ports)"))?;
        Ok(result)
    }

    /// What follows the port scans of a host.
    pub(super) async fn look_closer(&mut self, host: &mut Host) -> Result<(), Exit> {
        if host.timed_out {
            return Ok(());
        }
        let open = host
            .ports
            .iter()
            .filter(|port| port.state == State::Open)
            .count();
        if let (Some(probes), true) = (
            &self.probes,
            open > 0 || self.options.scans.contains(&Scan::Udp),
        ) {
            let asking = service::Asking {
                probes,
                intensity: self.options.intensity,
                trace: self.options.version_trace,
                all_ports: self.options.all_ports,
            };
            service::find(host, asking).await;
        }
        if !self.options.scripts.is_empty() {
            let (kinds, verbose) = (&self.options.scripts, self.options.verbose);
            let patience = self.options.script_timeout;
            scripts::run(host, kinds, &self.services, verbose, patience).await;
        }
        if self.options.os && !(self.options.os_limit && open == 0) {
            host.system = Some(system::guess(host));
        }
        if self.options.traceroute {
            host.hops = route::trace(host, &self.options, &mut self.names).await?;
        }
        host.ended = Timestamp::now();
        Ok(())
    }
}

fn shown(target: &Target) -> String {
    match &target.typed {
        Some(typed) => format!("{typed} ({})", target.address),
        None => target.address.to_string(),
    }
}
