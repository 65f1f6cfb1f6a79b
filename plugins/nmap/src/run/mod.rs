//! A run: group by group, discovery, port scans, and then the report of each host.

mod steps;
mod told;

use std::net::IpAddr;

use jiff::Timestamp;
use nethost_sdk::Exit;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::names::{Names, Settings};
use nethost_sdk::output::complain;

use crate::engine::{Counts, Presence, Rtt, Stats, Trace, Watch};
use crate::help::FOLLOWED;
use crate::link::Links;
use crate::model::{Host, Scanned};
use crate::options::{Options, Resolve, Scan};
use crate::outputs::Outputs;
use crate::ports::PortLists;
use crate::service::Probes;
use crate::services::{Protocol, Services};
use crate::state::Reason;
use crate::targets::{Target, Targets};
use crate::{discovery, iflist, scan};

/// So many probes of one group are kept in memory at most.
const CELLS: usize = 1 << 22;
/// Each protocol of each host takes a socket of its own for -sO; so many are open at once.
const SOCKETS: usize = 512;
/// So many hosts are in one group at most.
const HOSTS: usize = 512;
const HOSTS_WITHOUT_PORTS: usize = 4096;

/// What the parts of a run share.
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) services: Services,
    pub(crate) lists: PortLists,
    pub(crate) links: Links,
    pub(crate) outputs: Outputs,
    pub(crate) counts: Counts,
    pub(crate) names: Names,
    probes: Option<Probes>,
    began: Mark,
    started: Timestamp,
    xml_begun: bool,
    total: u64,
    up: u64,
    denied: bool,
}

/// Does all that the command line asks for.
pub(crate) async fn run(mut options: Options) -> Result<u8, Exit> {
    let began = clock::now();
    let started = Timestamp::now();
    let own_choice = options.scans.is_empty();
    if options.scans.is_empty() && !options.no_ports && !options.list {
        options.scans.push(match options.privileged {
            Some(false) => Scan::Connect,
            _ => Scan::Syn,
        });
    }
    let own_choice = own_choice && options.pings.is_empty() && options.privileged.is_none();
    let mut outputs = Outputs::open(&options)?;
    let when = crate::time::at(started)
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    let zone = crate::time::zone_name(started);
    outputs.screen(format_args!(
        "Starting Nmap {FOLLOWED} ( https://nmap.org ) at {when} {zone}\n"
    ))?;
    let links = Links::read();
    if options.iflist {
        outputs.normal(format_args!("{}", iflist::text(&links)))?;
        outputs.flush()?;
        return Ok(0);
    }
    spoof(&mut options, &links)?;
    options.check_ports()?;
    let folder = options.data_folder.clone();
    let (names, patterns) = (options.service_names.take(), options.service_probes.take());
    let (names, patterns) = (
        in_folder(names, folder.as_deref(), "nmap-services"),
        in_folder(patterns, folder.as_deref(), "nmap-service-probes"),
    );
    let services = Services::load(names.as_deref())?;
    let lists = PortLists::chosen(&options, &services)?;
    if lists.repeated {
        complain(
            "WARNING: Duplicate port number(s) specified.  Are you alert enough to be using Nmap?  Have some coffee or grab a RedBull(tm).",
        );
    }
    let names = match options.resolve {
        Resolve::Never => Names::none(),
        _ => Names::new(Settings::default()),
    };
    let probes = match options.version {
        true => Some(Probes::load(patterns.as_deref())?),
        false => None,
    };
    let mut run = Run {
        options,
        services,
        lists,
        links,
        outputs,
        counts: Counts::default(),
        names,
        probes,
        began,
        started,
        xml_begun: false,
        total: 0,
        up: 0,
        denied: false,
    };
    run.head(started)?;
    run.skip_empty_scans();
    let mut targets = Targets::of(&run.options).await?;
    loop {
        let mut group = targets.group(run.group_size()).await;
        if group.is_empty() {
            break;
        }
        run.in_order_of_kinds(&mut group);
        run.total += group.len() as u64;
        match run.group(group.clone()).await {
            // Nobody asked for raw packets, and they are not allowed: connections do too.
            Err(exit) if own_choice && exit == scan::needs_root() => {
                run.options.privileged = Some(false);
                run.options.arp = false;
                if !run.options.no_ports {
                    run.options.scans = vec![Scan::Connect];
                }
                run.group(group).await?;
            }
            done => done?,
        }
    }
    run.tail()?;
    Ok(u8::from(run.denied))
}

/// The file that was named, or that of the data folder if it is there.
fn in_folder(named: Option<String>, folder: Option<&str>, file: &str) -> Option<String> {
    named.or_else(|| {
        let path = format!("{}/{file}", folder?);
        nethost_sdk::files::read(&path).is_ok().then_some(path)
    })
}

/// A source that is no address of this machine is written into the packets, as nobody can bind to it.
fn spoof(options: &mut Options, links: &Links) -> Result<(), Exit> {
    if let Some(list) = &options.decoy_list {
        options.decoys = crate::kinds::decoys(list, options.ipv6)?;
    }
    let Some(source) = options.source.filter(|source| !links.is_own(*source)) else {
        return Ok(());
    };
    if options.interface.is_none() {
        return Err(crate::quit(
            "Could not figure out what device to send the packet out on with the source address you gave me!  If you are trying to sp00f your scan, this is normal, just give the -e eth0 or -e ppp0 or whatever.  Otherwise you can still use -e, but I find it kind of fishy.".into(),
        ));
    }
    options.source = None;
    options.spoofed = Some(source);
    Ok(())
}

impl Run {
    fn group_size(&self) -> usize {
        let most = match self.options.no_ports || self.options.list {
            true => HOSTS_WITHOUT_PORTS,
            false => {
                let widest = Protocol::ALL.map(|protocol| self.lists.of(protocol).len());
                let widest = widest.into_iter().max().unwrap_or(1).max(1);
                match self.options.scans.contains(&Scan::Protocols) {
                    true => (SOCKETS / widest).max(1),
                    false => (CELLS / widest).clamp(1, HOSTS),
                }
            }
        };
        let most = most.max(self.options.min_group as usize);
        self.options
            .max_group
            .map_or(most, |group| most.min(group as usize))
    }

    /// Hosts that are found in one way come together: first those that are like the first one.
    fn in_order_of_kinds(&self, group: &mut [Target]) {
        if self.options.list {
            return;
        }
        let kind = |target: &Target| {
            (
                target.address.is_loopback(),
                self.links.is_own(target.address),
                self.options.arp && self.links.is_attached(target.address),
            )
        };
        let mut kinds = Vec::new();
        for target in group.iter() {
            let kind = kind(target);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        group.sort_by_cached_key(|target| {
            let kind = kind(target);
            kinds.iter().position(|known| *known == kind)
        });
    }

    fn watch(&mut self, title: &'static str, up: usize) -> Watch<'_> {
        let now = clock::now();
        Watch {
            stats: self.options.stats_every.map(|every| Stats {
                every,
                next: now.plus(every),
                began: self.began,
                since: now,
                title,
                completed: self.total.saturating_sub(up as u64),
                up,
            }),
            counts: &mut self.counts,
            outputs: &mut self.outputs,
            trace: self.options.packet_trace.then_some(Trace {
                began: self.began,
                ttl: self.options.ttl.unwrap_or(64),
            }),
            verbose: self.options.verbose > 0,
        }
    }

    /// A group of hosts, from discovery to the reports.
    async fn group(&mut self, targets: Vec<Target>) -> Result<(), Exit> {
        let began = Timestamp::now();
        if self.options.list {
            return self.list(targets, began).await;
        }
        let found = self.discover(&targets).await?;
        let up: Vec<usize> = (0..targets.len())
            .filter(|at| found.get(*at).is_some_and(|(presence, _)| presence.up))
            .collect();
        self.find_names(&targets, &up).await?;
        // Hosts that are down are told of before ports are scanned.
        let down_first = !self.options.no_ports;
        if down_first {
            for (at, target) in targets.iter().enumerate() {
                if let Some((presence, _)) = found.get(at).filter(|(presence, _)| !presence.up) {
                    let name = self.names.get(target.address).known().map(str::to_owned);
                    let host = Host::unseen(target.clone(), name, *presence, began);
                    self.denied |= presence.reason == Reason::Denied;
                    self.report(&host)?;
                }
            }
        }
        let hosts: Vec<(IpAddr, Option<Rtt>)> = up
            .iter()
            .filter_map(|at| Some((targets.get(*at)?.address, found.get(*at)?.1)))
            .collect();
        let mut rtts: Vec<Option<Rtt>> = hosts.iter().map(|(_, rtt)| *rtt).collect();
        let mut timed_out = vec![false; hosts.len()];
        let mut results: Vec<Scanned> = Vec::new();
        if !hosts.is_empty() {
            for scan in self.options.scans.clone() {
                let (scanned, learned) = self.scan(scan, &targets, &up, &hosts).await?;
                for (at, (rtt, over)) in learned.into_iter().enumerate() {
                    if let (Some(known), Some(timed)) = (rtts.get_mut(at), timed_out.get_mut(at)) {
                        *known = rtt.or(*known);
                        *timed |= over;
                    }
                }
                results.push(scanned);
            }
        }
        let hardware = match found.iter().any(|(presence, _)| presence.up) {
            true => discovery::hardware(&self.links),
            false => std::collections::HashMap::new(),
        };
        let mut row = 0;
        for (at, target) in targets.into_iter().enumerate() {
            let Some((presence, rtt)) = found.get(at).copied() else {
                continue;
            };
            if down_first && !presence.up {
                continue;
            }
            self.denied |= presence.reason == Reason::Denied;
            let name = self.names.get(target.address).known().map(str::to_owned);
            let mut host = Host::unseen(target, name, presence, began);
            host.rtt = rtt;
            let shown = presence.up
                && self.options.privileged != Some(false)
                && self.links.is_attached(host.target.address);
            let known = hardware.get(&host.target.address).copied();
            host.hardware = known.filter(|_| shown);
            host.ended = Timestamp::now();
            if presence.up {
                self.up += 1;
                host.rtt = rtts.get(row).copied().flatten().or(rtt);
                host.timed_out = timed_out.get(row).copied().unwrap_or(false);
                host.ports = results
                    .iter()
                    .flat_map(|scanned| scanned.row(row))
                    .collect();
                // Of two scans of one port, the later counts.
                host.ports.reverse();
                host.ports.sort_by_key(|port| (port.protocol, port.number));
                host.ports.dedup_by_key(|port| (port.protocol, port.number));
                self.denied |= host.ports.iter().any(|port| port.reason == Reason::Denied);
                row += 1;
                self.look_closer(&mut host).await?;
            }
            self.report(&host)?;
        }
        self.outputs.flush()
    }

    /// A list scan names the targets and asks nobody but name servers.
    async fn list(&mut self, targets: Vec<Target>, began: Timestamp) -> Result<(), Exit> {
        let all: Vec<usize> = (0..targets.len()).collect();
        self.find_names(&targets, &all).await?;
        for target in targets {
            let name = self.names.get(target.address).known().map(str::to_owned);
            let presence = Presence {
                up: false,
                reason: Reason::UserSet,
                ttl: 0,
            };
            let host = Host::unseen(target, name, presence, began);
            self.report(&host)?;
        }
        self.outputs.flush()
    }
}
