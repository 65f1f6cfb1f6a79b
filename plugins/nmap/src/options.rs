//! What the command line means, and what must hold between its options.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::output::complain;

use crate::flags::{COMMAND_LINE, spelled};
use crate::outputs::{OutputKind, Wanted};
use crate::quit;
use crate::services::Protocol;
use crate::timing::Timing;

/// A kind of port scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    Syn,
    Connect,
    Ack,
    Udp,
    Null,
    Fin,
    Xmas,
    Window,
    Maimon,
    SctpInit,
    SctpCookieEcho,
    /// Which protocols above IP a host speaks.
    Protocols,
}

impl Scan {
    /// As `-v` names it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Syn => "SYN Stealth Scan",
            Self::Connect => "Connect Scan",
            Self::Ack => "ACK Scan",
            Self::Udp => "UDP Scan",
            Self::Null => "NULL Scan",
            Self::Fin => "FIN Scan",
            Self::Xmas => "XMAS Scan",
            Self::Window => "Window Scan",
            Self::Maimon => "Maimon Scan",
            Self::SctpInit => "SCTP INIT Scan",
            Self::SctpCookieEcho => "SCTP COOKIE-ECHO Scan",
            Self::Protocols => "IPProto Scan",
        }
    }

    /// As XML names it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Syn => "syn",
            Self::Connect => "connect",
            Self::Ack => "ack",
            Self::Udp => "udp",
            Self::Null => "null",
            Self::Fin => "fin",
            Self::Xmas => "xmas",
            Self::Window => "window",
            Self::Maimon => "maimon",
            Self::SctpInit => "sctpinit",
            Self::SctpCookieEcho => "sctpcookieecho",
            Self::Protocols => "ipproto",
        }
    }

    pub(crate) fn is_tcp(self) -> bool {
        self.protocol() == Protocol::Tcp
    }

    /// The protocol whose ports it scans.
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Udp => Protocol::Udp,
            Self::SctpInit | Self::SctpCookieEcho => Protocol::Sctp,
            Self::Protocols => Protocol::Ip,
            _ => Protocol::Tcp,
        }
    }
}

/// A kind of discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ping {
    Echo,
    Timestamp,
    Mask,
    Syn(Vec<u16>),
    Ack(Vec<u16>),
    Udp(Vec<u16>),
    Sctp(Vec<u16>),
    /// Packets of these IP protocols.
    Protocols(Vec<u16>),
}

/// Which addresses get names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolve {
    Never,
    /// Those of hosts that are up, and of a list scan.
    Sometimes,
    Always,
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The command line in the order in which getopt(3) leaves it: options, then operands.
    pub(crate) command: String,
    pub(crate) targets: Vec<String>,
    pub(crate) input: Option<String>,
    /// The targets of that file.
    pub(crate) inputs: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) exclude_file: Option<String>,
    pub(crate) ipv6: bool,
    pub(crate) list: bool,
    pub(crate) no_ports: bool,
    pub(crate) no_ping: bool,
    pub(crate) arp: bool,
    pub(crate) ignore_rst: bool,
    pub(crate) pings: Vec<Ping>,
    pub(crate) scans: Vec<Scan>,
    pub(crate) scanflags: Option<u8>,
    pub(crate) resolve: Resolve,
    pub(crate) resolve_all: bool,
    pub(crate) unique: bool,
    pub(crate) traceroute: bool,
    pub(crate) ports: Option<String>,
    pub(crate) exclude_ports: Option<String>,
    pub(crate) fast: bool,
    pub(crate) in_order: bool,
    pub(crate) top_ports: Option<u32>,
    pub(crate) port_ratio: Option<f64>,
    pub(crate) version: bool,
    pub(crate) intensity: u8,
    pub(crate) all_ports: bool,
    pub(crate) version_trace: bool,
    pub(crate) os: bool,
    pub(crate) os_limit: bool,
    pub(crate) os_guess: bool,
    pub(crate) scripts: Vec<crate::scripts::Kind>,
    pub(crate) all: bool,
    /// Nothing on standard output.
    pub(crate) quiet: bool,
    pub(crate) script_timeout: Option<Duration>,
    pub(crate) data_folder: Option<String>,
    pub(crate) service_names: Option<String>,
    pub(crate) service_probes: Option<String>,
    pub(crate) timing: Timing,
    pub(crate) min_group: u32,
    pub(crate) max_group: Option<u32>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) source_port: u16,
    pub(crate) interface: Option<String>,
    pub(crate) decoy_list: Option<String>,
    /// Who seems to send each probe; none for this machine.
    pub(crate) decoys: Vec<Option<IpAddr>>,
    /// A source that is no address of this machine.
    pub(crate) spoofed: Option<IpAddr>,
    /// The most octets behind the IP header of a fragment.
    pub(crate) fragment: Option<usize>,
    pub(crate) data: Vec<u8>,
    pub(crate) ttl: Option<u8>,
    pub(crate) badsum: bool,
    pub(crate) adler: bool,
    pub(crate) verbose: u8,
    pub(crate) debug: u8,
    pub(crate) reason: bool,
    pub(crate) open: bool,
    pub(crate) packet_trace: bool,
    pub(crate) iflist: bool,
    pub(crate) append: bool,
    pub(crate) stats_every: Option<Duration>,
    pub(crate) stylesheet: Option<String>,
    pub(crate) outputs: Vec<Wanted>,
    pub(crate) privileged: Option<bool>,
    pub(crate) json: bool,
    pub(crate) stateless: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            command: String::new(),
            targets: Vec::new(),
            input: None,
            inputs: Vec::new(),
            exclude: Vec::new(),
            exclude_file: None,
            ipv6: false,
            list: false,
            no_ports: false,
            no_ping: false,
            arp: true,
            ignore_rst: false,
            pings: Vec::new(),
            scans: Vec::new(),
            scanflags: None,
            resolve: Resolve::Sometimes,
            resolve_all: false,
            unique: false,
            traceroute: false,
            ports: None,
            exclude_ports: None,
            fast: false,
            in_order: false,
            top_ports: None,
            port_ratio: None,
            version: false,
            intensity: 7,
            all_ports: false,
            version_trace: false,
            os: false,
            os_limit: false,
            os_guess: false,
            scripts: Vec::new(),
            all: false,
            quiet: false,
            script_timeout: None,
            data_folder: None,
            service_names: None,
            service_probes: None,
            timing: Timing::default(),
            min_group: 0,
            max_group: None,
            source: None,
            source_port: 0,
            interface: None,
            decoy_list: None,
            decoys: Vec::new(),
            spoofed: None,
            fragment: None,
            data: Vec::new(),
            ttl: None,
            badsum: false,
            adler: false,
            verbose: 0,
            debug: 0,
            reason: false,
            open: false,
            packet_trace: false,
            iflist: false,
            append: false,
            stats_every: None,
            stylesheet: None,
            outputs: Vec::new(),
            privileged: None,
            json: false,
            stateless: false,
        }
    }
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut options = Self::default();
        let words = spelled(args);
        COMMAND_LINE.parse(&words, &mut options)?;
        options.command = command(args, &options.targets);
        if options.all {
            options.version = true;
            options.scripts.extend(crate::scripts::defaults());
            options.os = true;
            options.traceroute = true;
        }
        options.scripts.sort_unstable();
        options.scripts.dedup();
        options.scans.sort_by_key(|scan| match scan {
            Scan::Udp => 1,
            Scan::SctpInit => 2,
            Scan::SctpCookieEcho => 3,
            _ => 0,
        });
        options.check()?;
        if let Some(file) = &options.input {
            options.inputs = crate::targets::words(file, "input")?;
        }
        if options.source.is_some() {
            complain(
                "WARNING: If -S is being used to fake your source address, you may also have to use -e <interface> and -Pn .  If you are using it to specify your real source address, you can ignore this warning.",
            );
        }
        Ok(options)
    }

    /// What excludes each other.
    fn check(&mut self) -> Result<(), Exit> {
        let fail = |message: &str| Err(quit(message.to_owned()));
        if self.scans.iter().filter(|scan| scan.is_tcp()).count() > 1 {
            return fail(
                "You specified more than one type of TCP scan.  Please choose only one of -sA, -b, -sT, -sF, -sI, -sM, -sN, -sS, -sW, and -sX",
            );
        }
        if self.scans.len() > 1 && self.scans.contains(&Scan::Protocols) {
            return fail(
                "Sorry, the IPProtoscan (-sO) must currently be used alone rather than combined with other scan types.",
            );
        }
        if self.scans.contains(&Scan::Protocols) {
            for (given, what) in [
                (&mut self.os, "OS Scan (-O)"),
                (&mut self.version, "Service Scan (-sV)"),
            ] {
                if std::mem::take(given) {
                    complain(format_args!(
                        "WARNING: Disabling {what} as it is incompatible with the IPProto Scan (-sO)"
                    ));
                }
            }
        }
        if self.privileged == Some(false) && self.pings.contains(&Ping::Echo) {
            complain("Warning:  You are not root -- using TCP pingscan rather than ICMP");
        }
        if (self.no_ports || self.list) && !self.scans.is_empty() {
            return fail("-sL and -sn (skip port scan) are not valid with any other scan types");
        }
        if (self.no_ports || self.list) && self.os {
            return fail(
                "WARNING: OS Scan is unreliable without a port scan.  You need to use a scan type along with it, such as -sS, -sT, -sF, etc instead of -sn",
            );
        }
        if self.privileged == Some(false) {
            if self.scans.iter().any(|scan| *scan != Scan::Connect) {
                return fail("You requested a scan type which requires root privileges.");
            }
            if self.os {
                return fail("TCP/IP fingerprinting (for OS scan) requires root privileges.");
            }
        }
        if self.no_ping && !self.pings.is_empty() {
            self.pings.clear();
        }
        if self.ipv6 && self.fragment.is_some() {
            return fail(
                "Random targets, FTP bounce scan, and fragmentation are not supported with IPv6.",
            );
        }
        if let Some(source) = self.source.filter(|source| source.is_ipv6() != self.ipv6) {
            return Err(quit(format!(
                "Failed to resolve/decode supposed {} source address \"{source}\": Address family for hostname not supported",
                if self.ipv6 { "IPv6" } else { "IPv4" }
            )));
        }
        let raw_tcp = |scan: &Scan| scan.is_tcp() && *scan != Scan::Connect;
        let tcp_ping = |ping: &Ping| matches!(ping, Ping::Syn(_) | Ping::Ack(_));
        let default_ping = self.pings.is_empty() && !self.no_ping && !self.list;
        let fragments_help = self.scans.iter().any(raw_tcp)
            || (self.scans.is_empty() && !self.no_ports && !self.list)
            || self.pings.iter().any(tcp_ping)
            || default_ping;
        if self.fragment.is_some() && self.privileged == Some(false) {
            return fail("Sorry, but fragscan requires root privileges.");
        }
        if self.fragment.is_some() && !fragments_help {
            return fail(
                "Fragscan only works with TCP, ICMP Timestamp or ICMP Mask (mtu=8) ping types or ACK, FIN, Maimon, NULL, SYN, Window, and XMAS scan types",
            );
        }
        if self.ipv6
            && self
                .pings
                .iter()
                .any(|p| matches!(p, Ping::Timestamp | Ping::Mask))
        {
            return fail("ICMP Timestamp and Address Mask pings are only valid for IPv4.");
        }
        let (least, most) = (self.timing.min_rate, self.timing.max_rate);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            return Err(quit(format!(
                "--min-rate={least} must be less than or equal to --max-rate={most}"
            )));
        }
        let (least, most) = (self.timing.min_parallel, self.timing.max_parallel);
        if let Some(most) = most.filter(|most| least > *most) {
            return Err(quit(format!(
                "--min-parallelism={least} must be less than or equal to --max-parallelism={most}"
            )));
        }
        self.drop_raw_options();
        if self.stateless {
            return fail("--stateless is not built yet; --min-rate sends at a rate.");
        }
        let least_group = self.min_group.max(1);
        if self.max_group.is_some_and(|most| most < least_group) {
            return Err(quit(format!(
                "Maximum host group size may not be set to less than the minimum size (currently {least_group})\n"
            )));
        }
        let on_stdout = self
            .outputs
            .iter()
            .filter(|output| output.file == "-")
            .count();
        if on_stdout + usize::from(self.json) > 1 {
            return fail("Only one output file may be -, for standard output.");
        }
        Ok(())
    }

    /// Connections are made by the kernel: options that shape packets do not count for them.
    fn drop_raw_options(&mut self) {
        let connects = self.scans.contains(&Scan::Connect) || self.privileged == Some(false);
        if !connects {
            return;
        }
        let raw = self.fragment.is_some()
            || self.decoy_list.is_some()
            || self.ttl.is_some()
            || self.source_port != 0;
        if self.source_port != 0 {
            complain(
                "WARNING: -g is incompatible with the default connect() scan (-sT).  Use a raw scan such as -sS if you want to set the source port.",
            );
        }
        if raw {
            let why = match self.privileged {
                Some(false) => "without the necessary privileges",
                _ => "for TCP Connect scan",
            };
            complain(format_args!(
                "You have specified some options that require raw socket access.\nThese options will not be honored {why}."
            ));
        }
        self.fragment = None;
        self.decoy_list = None;
        self.ttl = None;
        self.source_port = 0;
    }

    /// What must hold after the first line was printed.
    pub(crate) fn check_ports(&self) -> Result<(), Exit> {
        let fail = |message: &str| Err(quit(message.to_owned()));
        if (self.no_ports || self.list) && (self.fast || self.ports.is_some()) {
            return fail(
                "You cannot use -F (fast scan) or -p (explicit port selection) when not doing a port scan",
            );
        }
        if self.fast && self.ports.is_some() {
            return fail(
                "You cannot use -F (fast scan) with -p (explicit port selection) but see --top-ports and --port-ratio to fast scan a range of ports",
            );
        }
        Ok(())
    }

    /// Adds an output to a file.
    pub(crate) fn output(&mut self, kind: OutputKind, file: &str) -> Result<(), Exit> {
        if file.starts_with('-') && file != "-" {
            let option = match kind {
                OutputKind::Normal => "-oN",
                OutputKind::Xml => "-oX",
                OutputKind::Grepable => "-oG",
                OutputKind::Json | OutputKind::None => "-oJ",
            };
            return Err(quit(format!(
                "Output filename begins with '-'. Try '{option} ./{file}' if you really want it to be named as such."
            )));
        }
        let file = crate::outputs::file_name(file);
        // The last one of a form counts.
        self.outputs.retain(|output| output.kind != kind);
        self.outputs.push(Wanted { kind, file });
        Ok(())
    }

    /// Whether reasons are shown.
    pub(crate) fn shows_reasons(&self) -> bool {
        self.reason || self.verbose > 1 || self.debug > 0
    }
}

/// The command line as reports quote it.
fn command(args: &[String], targets: &[String]) -> String {
    let mut operands = targets.to_vec();
    let mut words = vec!["nmap".to_owned()];
    // From the end, as a word that is a value may be spelled as a target is.
    let mut options: Vec<&String> = Vec::new();
    for word in args.iter().rev() {
        match operands.last() == Some(word) {
            true => drop(operands.pop()),
            false => options.push(word),
        }
    }
    options.reverse();
    words.extend(options.into_iter().cloned());
    words.extend(targets.iter().cloned());
    words.join(" ")
}
