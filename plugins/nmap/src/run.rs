//! A run: group by group, discovery, port scans, and then the report of each host.

use std::net::IpAddr;

use jiff::Timestamp;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::names::{Names, Settings};
use nethost_sdk::output::complain;
use nethost_sdk::Exit;

use crate::engine::{Counts, Presence, Rtt, Trace, Watch};
use crate::help::FOLLOWED;
use crate::link::Links;
use crate::model::{Host, Scanned};
use crate::options::{Options, Resolve, Scan};
use crate::outputs::{OutputKind, Outputs};
use crate::ports::PortLists;
use crate::report::{self, Summary};
use crate::services::{Protocol, Services};
use crate::state::Reason;
use crate::targets::{Target, Targets};
use crate::service::Probes;
use crate::state::State;
use crate::{connect, discovery, iflist, route, scan, service, system};

/// So many probes of one group are kept in memory at most.
const CELLS: usize = 1 << 22;
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
    total: u64,
    up: u64,
    denied: bool,
}

/// A clock time as `-v` shows it.
fn minute() -> String {
    crate::time::now().strftime("%H:%M").to_string()
}

/// Does all that the command line asks for.
pub(crate) async fn run(mut options: Options) -> Result<u8, Exit> {
    let began = clock::now();
    let started = Timestamp::now();
    if options.scans.is_empty() && !options.no_ports && !options.list {
        options.scans.push(match options.privileged {
            Some(false) => Scan::Connect,
            _ => Scan::Syn,
        });
    }
    let mut outputs = Outputs::open(&options.outputs, options.json, options.append)?;
    let when = crate::time::at(started).strftime("%Y-%m-%d %H:%M").to_string();
    let zone = crate::time::zone_name(started);
    outputs.screen(format_args!("Starting Nmap {FOLLOWED} ( https://nmap.org ) at {when} {zone}\n"))?;
    let links = Links::read();
    if options.iflist {
        outputs.normal(format_args!("{}", iflist::text(&links)))?;
        outputs.flush()?;
        return Ok(0);
    }
    options.check_ports()?;
    let services = Services::load(options.service_names.as_deref())?;
    let lists = PortLists::chosen(&options, &services)?;
    if lists.repeated {
        complain("WARNING: Duplicate port number(s) specified.  Are you alert enough to be using Nmap?  Have some coffee or grab a RedBull(tm).");
    }
    let names = match options.resolve {
        Resolve::Never => Names::none(),
        _ => Names::new(Settings::default()),
    };
    let probes = match options.version {
        true => Some(Probes::load(options.service_probes.as_deref())?),
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
        run.group(group).await?;
    }
    run.tail()?;
    Ok(u8::from(run.denied))
}

impl Run {
    /// What files of each form begin with.
    fn head(&mut self, started: Timestamp) -> Result<(), Exit> {
        let when = crate::time::asctime(started);
        let command = self.options.command.clone();
        let line = format!("# Nmap {FOLLOWED} scan initiated {when} as: {command}\n");
        self.outputs.to_files(OutputKind::Normal, format_args!("{line}"))?;
        self.outputs.write(OutputKind::Grepable, format_args!("{line}"))?;
        if self.options.verbose > 0 && !self.options.no_ports && !self.options.list {
            let text = report::grepable::ports(&self.lists);
            self.outputs.write(OutputKind::Grepable, format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Xml) {
            let text = report::xml::begin(&self.options, &self.lists, started);
            self.outputs.write(OutputKind::Xml, format_args!("{text}"))?;
        }
        let value = report::json::begin(&self.options, started);
        self.outputs.write(OutputKind::Json, format_args!("{value}\n"))?;
        if self.options.debug > 0 {
            let limits = self.options.timing.limits();
            self.outputs.normal(format_args!(
                "--------------- Timing report ---------------\n  hostgroups: min {}, max {}\n  rtt-timeouts: init {}, min {}, max {}\n  max-scan-delay: TCP {}, UDP {}, SCTP {}\n  parallelism: min {}, max {}\n  max-retries: {}, host-timeout: {}\n  min-rate: {}, max-rate: {}\n---------------------------------------------\n",
                self.options.min_group.max(1),
                self.options.max_group.unwrap_or(100_000),
                limits.initial_rtt.as_millis(),
                limits.min_rtt.as_millis(),
                limits.max_rtt.as_millis(),
                limits.max_tcp_delay.as_millis(),
                limits.max_udp_delay.as_millis(),
                limits.max_udp_delay.as_millis(),
                limits.min_parallel,
                if limits.max_parallel == u32::MAX { 0 } else { limits.max_parallel },
                limits.max_retries,
                limits.host_timeout.map_or(0, |timeout| timeout.as_millis()),
                limits.min_rate.unwrap_or(0.0),
                limits.max_rate.unwrap_or(0.0),
            ))?;
        }
        Ok(())
    }

    /// Scans whose protocol has no ports.
    fn skip_empty_scans(&mut self) {
        let lists = &self.lists;
        self.options.scans.retain(|scan| {
            let (name, protocol) = match scan {
                Scan::Udp => ("UDP", Protocol::Udp),
                Scan::SctpInit => ("SCTP", Protocol::Sctp),
                _ => ("TCP", Protocol::Tcp),
            };
            let any = !lists.of(protocol).is_empty();
            if !any {
                let lower = name.to_lowercase();
                let what = match name {
                    "TCP" => "a TCP scan type was requested, but no tcp".to_owned(),
                    name => format!("{name} scan was requested, but no {lower}"),
                };
                complain(format_args!(
                    "WARNING: {what} ports were specified.  Skipping this scan type."
                ));
            }
            any
        });
    }

    fn group_size(&self) -> usize {
        let most = match self.options.no_ports || self.options.list {
            true => HOSTS_WITHOUT_PORTS,
            false => {
                let widest = Protocol::ALL.map(|protocol| self.lists.of(protocol).len());
                let widest = widest.into_iter().max().unwrap_or(1).max(1);
                (CELLS / widest).clamp(1, HOSTS)
            }
        };
        let most = most.max(self.options.min_group as usize);
        self.options.max_group.map_or(most, |group| most.min(group as usize))
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

    fn watch(&mut self) -> Watch<'_> {
        Watch {
            counts: &mut self.counts,
            outputs: &mut self.outputs,
            trace: self.options.packet_trace.then_some(Trace {
                began: self.began,
                ttl: self.options.ttl.unwrap_or(64),
            }),
            verbose: self.options.verbose > 0,
        }
    }

    /// `Initiating Ping Scan at 21:29`, if that is told.
    fn initiating(&mut self, what: &str, whom: &str) -> Result<(), Exit> {
        if self.options.verbose == 0 {
            return Ok(());
        }
        let (at, now) = (minute(), Timestamp::now().as_second());
        let task = what.trim_end_matches('.');
        self.outputs.write(
            OutputKind::Xml,
            format_args!("<taskbegin task=\"{task}\" time=\"{now}\"/>\n"),
        )?;
        self.outputs.normal(format_args!("Initiating {what} at {at}\n"))?;
        if !whom.is_empty() {
            self.outputs.normal(format_args!("Scanning {whom}\n"))?;
        }
        Ok(())
    }

    fn completed(&mut self, what: &str, since: Mark, total: &str) -> Result<(), Exit> {
        if self.options.verbose == 0 {
            return Ok(());
        }
        let (at, took) = (minute(), clock::now().since(since).as_secs_f64());
        let (task, now) = (what.trim_end_matches('.'), Timestamp::now().as_second());
        let extra = total.trim_start_matches(" (").trim_end_matches(')');
        let extra = match extra {
            "" => String::new(),
            extra => format!(" extrainfo=\"{extra}\""),
        };
        self.outputs.write(
            OutputKind::Xml,
            format_args!("<taskend task=\"{task}\" time=\"{now}\"{extra}/>\n"),
        )?;
        self.outputs.normal(format_args!(
            "Completed {what} at {at}, {took:.2}s elapsed{total}\n"
        ))
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
            let Some((presence, rtt)) = found.get(at).copied() else { continue };
            if down_first && !presence.up {
                continue;
            }
            self.denied |= presence.reason == Reason::Denied;
            let name = self.names.get(target.address).known().map(str::to_owned);
            let mut host = Host::unseen(target, name, presence, began);
            host.rtt = rtt;
            host.hardware = hardware.get(&host.target.address).copied().filter(|_| presence.up);
            host.ended = Timestamp::now();
            if presence.up {
                self.up += 1;
                host.rtt = rtts.get(row).copied().flatten().or(rtt);
                host.timed_out = timed_out.get(row).copied().unwrap_or(false);
                host.ports = results.iter().flat_map(|scanned| scanned.row(row)).collect();
                self.denied |= host.ports.iter().any(|port| port.reason == Reason::Denied);
                row += 1;
                self.look_closer(&mut host).await?;
            }
            self.report(&host)?;
        }
        self.outputs.flush()
    }

    /// XML tells at once which hosts are going to be scanned.
    fn hint(&mut self, target: &Target, presence: Presence) -> Result<(), Exit> {
        let scans = !self.options.no_ports && self.outputs.wants(OutputKind::Xml);
        if !scans || !presence.up {
            return Ok(());
        }
        let mut host = Host::unseen(target.clone(), None, presence, Timestamp::now());
        if self.options.arp && self.links.is_attached(target.address) {
            let hardware = discovery::hardware(&self.links);
            host.hardware = hardware.get(&target.address).copied();
        }
        let text = report::xml::hint(&host);
        self.outputs.write(OutputKind::Xml, format_args!("{text}"))
    }

    /// What follows the port scans of a host.
    async fn look_closer(&mut self, host: &mut Host) -> Result<(), Exit> {
        if host.timed_out {
            return Ok(());
        }
        let open = host.ports.iter().filter(|port| port.state == State::Open).count();
        if let (Some(probes), true) = (&self.probes, open > 0 || self.options.scans.contains(&Scan::Udp)) {
            let asking = service::Asking {
                probes,
                intensity: self.options.intensity,
                trace: self.options.version_trace,
            };
            service::find(host, asking).await;
        }
        if self.options.script {
            self.run_scripts(host).await;
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

    /// The built-in scripts.
    async fn run_scripts(&self, host: &mut Host) {
        let (address, name) = (host.target.address, host.target.typed.clone());
        for port in host.ports.iter_mut().filter(|port| port.state == State::Open) {
            let found = port.service.as_deref();
            let known = self.services.name(port.protocol, port.number).unwrap_or_default();
            let is_http = found.map_or(known.starts_with("http"), |service| service.name == "http");
            if port.protocol == Protocol::Tcp && is_http {
                let tls = found.map_or(known == "https", |service| service.tls);
                let to = (address, port.number).into();
                let script = service::http_title::run(to, name.as_deref(), tls).await;
                port.scripts.extend(script);
            }
        }
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

    async fn discover(&mut self, targets: &[Target]) -> Result<Vec<discovery::Found>, Exit> {
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
        let arp = if options.ipv6 { "ND Ping Scan" } else { "ARP Ping Scan" };
        let probes: usize = discovery::pings(&options)
            .iter()
            .map(|ping| match ping {
                crate::options::Ping::Syn(ports)
                | crate::options::Ping::Ack(ports)
                | crate::options::Ping::Udp(ports)
                | crate::options::Ping::Sctp(ports) => ports.len(),
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
            let links = std::mem::take(&mut self.links);
            let result = match attached {
                true => discovery::attached(&addresses, &options, &links, &mut self.watch()).await,
                false => discovery::remote(&addresses, &options, &mut self.watch()).await,
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
    async fn find_names(&mut self, targets: &[Target], up: &[usize]) -> Result<(), Exit> {
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
        let hosts = if wanted.len() == 1 { "host" } else { "hosts" };
        let what = format!("Parallel DNS resolution of {} {hosts}.", wanted.len());
        self.initiating(&what, "")?;
        let since = clock::now();
        self.names.find_all(wanted).await;
        self.completed(&what, since, "")
    }

    async fn scan(
        &mut self,
        scan: Scan,
        targets: &[Target],
        up: &[usize],
        hosts: &[(IpAddr, Option<Rtt>)],
    ) -> Result<(Scanned, Vec<(Option<Rtt>, bool)>), Exit> {
        let options = self.options.clone();
        let protocol = match scan {
            Scan::Udp => Protocol::Udp,
            Scan::SctpInit => Protocol::Sctp,
            _ => Protocol::Tcp,
        };
        let ports = self.lists.of(protocol).to_vec();
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
            Scan::Connect => connect::ports(hosts, &ports, &options, &mut self.watch()).await?,
            scan => scan::ports(scan, hosts, &ports, &options, &mut self.watch()).await?,
        };
        let total = ports.len() * hosts.len();
        self.completed(scan.title(), since, &format!(" ({total} total ports)"))?;
        Ok(result)
    }

    /// Writes the report of a host in each form.
    fn report(&mut self, host: &Host) -> Result<(), Exit> {
        let (options, services) = (&self.options, &self.services);
        // Hosts that are down are shown if more is to be told, or if it was asked who is there.
        if host.presence.up || options.verbose > 0 || options.list {
            let text = report::normal::host(host, options, services);
            self.outputs.normal(format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Grepable) {
            let text = report::grepable::host(host, options, services);
            self.outputs.write(OutputKind::Grepable, format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Xml) {
            let text = report::xml::host(host, options, services);
            self.outputs.write(OutputKind::Xml, format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Json) {
            let value = report::json::host(host, options, services);
            self.outputs.write(OutputKind::Json, format_args!("{value}\n"))?;
        }
        Ok(())
    }

    /// What the run and its files end with.
    fn tail(&mut self) -> Result<(), Exit> {
        let summary = Summary {
            total: self.total,
            up: self.up,
            took: clock::now().since(self.began),
            ended: Timestamp::now(),
        };
        if self.total == 0 {
            self.outputs.flush()?;
            complain("WARNING: No targets were specified, so 0 hosts scanned.");
        }
        let only_one_down = self.total == 1 && self.up == 0 && !self.options.list;
        if only_one_down && !self.options.no_ping && self.total > 0 {
            self.outputs.screen(format_args!(
                "Note: Host seems down. If it is really up, but blocking our ping probes, try -Pn\n"
            ))?;
        }
        let performed = match (self.options.version, self.options.os) {
            (true, true) => "OS and Service detection performed.",
            (true, false) => "Service detection performed.",
            (false, true) => "OS detection performed.",
            (false, false) => "",
        };
        if !performed.is_empty() && self.up > 0 {
            self.outputs.normal(format_args!("{performed}\n"))?;
        }
        let text = summary.text();
        self.outputs.screen(format_args!("Nmap done: {text}\n"))?;
        let when = crate::time::asctime(summary.ended);
        let line = format!("# Nmap done at {when} -- {text}\n");
        self.outputs.to_files(OutputKind::Normal, format_args!("{line}"))?;
        self.outputs.write(OutputKind::Grepable, format_args!("{line}"))?;
        let end = report::xml::end(&summary);
        self.outputs.write(OutputKind::Xml, format_args!("{end}"))?;
        let value = report::json::end(&summary, self.counts);
        self.outputs.write(OutputKind::Json, format_args!("{value}\n"))?;
        if self.options.verbose > 0 && self.counts.sent > 0 {
            self.outputs.screen(format_args!(
                "           Raw packets sent: {} ({}) | Rcvd: {} ({})\n",
                self.counts.sent,
                octets(self.counts.sent_octets),
                self.counts.received,
                octets(self.counts.received_octets)
            ))?;
        }
        self.outputs.flush()
    }
}

fn shown(target: &Target) -> String {
    match &target.typed {
        Some(typed) => format!("{typed} ({})", target.address),
        None => target.address.to_string(),
    }
}

/// `600B`, `44.152KB`, `3.1MB`.
fn octets(octets: u64) -> String {
    match octets {
        0..1_000 => format!("{octets}B"),
        1_000..1_000_000 => format!("{:.3}KB", octets as f64 / 1e3),
        _ => format!("{:.3}MB", octets as f64 / 1e6),
    }
}
