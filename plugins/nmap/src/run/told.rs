//! What a run tells besides the reports of hosts: its start, its steps and its end.

use jiff::Timestamp;
use nethost_sdk::Exit;
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::output::complain;

use super::Run;
use crate::discovery;
use crate::engine::Presence;
use crate::help::FOLLOWED;
use crate::model::Host;
use crate::outputs::OutputKind;
use crate::report::{self, Summary};
use crate::services::Protocol;
use crate::targets::Target;

/// A clock time as `-v` shows it.
fn minute() -> String {
    crate::time::now().strftime("%H:%M").to_string()
}

impl Run {
    /// Writes a part of the XML report, after its head: that says which scans are made, which is known when something
    /// was sent.
    fn xml(&mut self, text: &str) -> Result<(), Exit> {
        if !self.outputs.wants(OutputKind::Xml) {
            return Ok(());
        }
        if !std::mem::replace(&mut self.xml_begun, true) {
            let head = report::xml::begin(&self.options, &self.lists, self.started);
            self.outputs
                .write(OutputKind::Xml, format_args!("{head}"))?;
        }
        self.outputs.write(OutputKind::Xml, format_args!("{text}"))
    }

    /// What files of each form begin with.
    pub(super) fn head(&mut self, started: Timestamp) -> Result<(), Exit> {
        let when = crate::time::asctime(started);
        let command = self.options.command.clone();
        let line = format!("# Nmap {FOLLOWED} scan initiated {when} as: {command}\n");
        self.outputs
            .write_files(OutputKind::Normal, format_args!("{line}"))?;
        self.outputs
            .write(OutputKind::Grepable, format_args!("{line}"))?;
        if self.options.verbose > 0 {
            let text = report::grepable::ports(&self.lists);
            self.outputs
                .write(OutputKind::Grepable, format_args!("{text}"))?;
        }
        self.started = started;
        let value = report::json::begin(&self.options, started);
        self.outputs
            .write(OutputKind::Json, format_args!("{value}\n"))?;
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
    pub(super) fn skip_empty_scans(&mut self) {
        let lists = &self.lists;
        self.options.scans.retain(|scan| {
            let protocol = scan.protocol();
            let any = !lists.of(protocol).is_empty();
            if !any {
                let what = match protocol {
                    Protocol::Tcp => {
                        "a TCP scan type was requested, but no tcp ports were specified"
                    }
                    Protocol::Udp => "UDP scan was requested, but no udp ports were specified",
                    Protocol::Sctp => "SCTP scan was requested, but no sctp ports were specified",
                    Protocol::Ip => {
                        "protocol scan was requested, but no protocols were specified to be scanned"
                    }
                };
                complain(format_args!("WARNING: {what}.  Skipping this scan type."));
            }
            any
        });
    }

    /// `Initiating Ping Scan at 21:29`, if that is told.
    pub(super) fn initiating(&mut self, what: &str, whom: &str) -> Result<(), Exit> {
        if self.options.verbose == 0 {
            return Ok(());
        }
        let (at, now) = (minute(), Timestamp::now().as_second());
        let task = what.trim_end_matches('.');
        self.xml(&format!("<taskbegin task=\"{task}\" time=\"{now}\"/>\n"))?;
        self.outputs
            .screen(format_args!("Initiating {what} at {at}\n"))?;
        if !whom.is_empty() {
            self.outputs.screen(format_args!("Scanning {whom}\n"))?;
        }
        Ok(())
    }

    pub(super) fn completed(&mut self, what: &str, since: Mark, total: &str) -> Result<(), Exit> {
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
        self.xml(&format!(
            "<taskend task=\"{task}\" time=\"{now}\"{extra}/>\n"
        ))?;
        self.outputs.screen(format_args!(
            "Completed {what} at {at}, {took:.2}s elapsed{total}\n"
        ))
    }

    /// XML tells at once which hosts are going to be scanned.
    pub(super) fn hint(&mut self, target: &Target, presence: Presence) -> Result<(), Exit> {
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
        self.xml(&text)
    }

    /// Writes the report of a host in each form.
    pub(super) fn report(&mut self, host: &Host) -> Result<(), Exit> {
        let (options, services) = (&self.options, &self.services);
        // Hosts that are down are shown if more is to be told, or if it was asked who is there.
        if host.presence.up || options.verbose > 0 || options.list {
            let text = report::normal::host(host, options, services);
            self.outputs.normal(format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Grepable) {
            let text = report::grepable::host(host, options, services);
            self.outputs
                .write(OutputKind::Grepable, format_args!("{text}"))?;
        }
        if self.outputs.wants(OutputKind::Json) {
            let value = report::json::host(host, options, services);
            self.outputs
                .write(OutputKind::Json, format_args!("{value}\n"))?;
        }
        if self.outputs.wants(OutputKind::Xml) {
            let text = report::xml::host(host, options, services);
            self.xml(&text)?;
        }
        Ok(())
    }

    /// What the run and its files end with.
    pub(super) fn tail(&mut self) -> Result<(), Exit> {
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
        let looked = !self.options.no_ports && !self.options.list;
        let performed = match (self.options.version && looked, self.options.os && looked) {
            (true, true) => "OS and Service",
            (true, false) => "Service",
            (false, true) => "OS",
            (false, false) => "",
        };
        if !performed.is_empty() && self.up > 0 {
            self.outputs
                .normal(format_args!("{performed} detection performed.\n"))?;
        }
        let text = summary.text();
        self.outputs.screen(format_args!("Nmap done: {text}\n"))?;
        let when = crate::time::asctime(summary.ended);
        let line = format!("# Nmap done at {when} -- {text}\n");
        self.outputs
            .write_files(OutputKind::Normal, format_args!("{line}"))?;
        self.outputs
            .write(OutputKind::Grepable, format_args!("{line}"))?;
        let end = report::xml::end(&summary);
        self.xml(&end)?;
        let value = report::json::end(&summary, self.counts);
        self.outputs
            .write(OutputKind::Json, format_args!("{value}\n"))?;
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

/// `600B`, `44.152KB`, `3.1MB`.
fn octets(octets: u64) -> String {
    match octets {
        0..1_000 => format!("{octets}B"),
        1_000..1_000_000 => format!("{:.3}KB", octets as f64 / 1e3),
        _ => format!("{:.3}MB", octets as f64 / 1e6),
    }
}
