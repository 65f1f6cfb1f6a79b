//! What the command line means, validated, with iputils' words for what it refuses.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::output::Format;
use nethost_sdk::socket::PathMtuDiscovery;
use nethost_sdk::{Exit, Family};

use crate::flags::{COMMAND_LINE, refuse};

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) family: Option<Family>,
    pub(crate) count: Option<u64>,
    pub(crate) interval: Option<Duration>,
    pub(crate) size: usize,
    pub(crate) linger: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) hop_limit: Option<u8>,
    pub(crate) device: Option<String>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) sticky: bool,
    pub(crate) quiet: bool,
    pub(crate) numeric: bool,
    pub(crate) timestamps: bool,
    pub(crate) outstanding: bool,
    pub(crate) flood: bool,
    pub(crate) adaptive: bool,
    pub(crate) audible: bool,
    pub(crate) verbose: bool,
    pub(crate) broadcast: bool,
    pub(crate) dont_route: bool,
    pub(crate) preload: u32,
    pub(crate) pattern: Vec<u8>,
    pub(crate) traffic_class: Option<u8>,
    pub(crate) path_mtu_discovery: Option<PathMtuDiscovery>,
    pub(crate) mark: Option<u32>,
    pub(crate) buffer_size: Option<u32>,
    pub(crate) format: Format,
    /// Round trips on the whole window.
    pub(crate) plot: bool,
    pub(crate) files: Vec<String>,
    pub(crate) targets: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            family: None,
            count: None,
            interval: None,
            size: 56,
            linger: None,
            deadline: None,
            hop_limit: None,
            device: None,
            source: None,
            sticky: false,
            quiet: false,
            numeric: false,
            timestamps: false,
            outstanding: false,
            flood: false,
            adaptive: false,
            audible: false,
            verbose: false,
            broadcast: false,
            dont_route: false,
            preload: 1,
            pattern: Vec::new(),
            traffic_class: None,
            path_mtu_discovery: None,
            mark: None,
            buffer_size: None,
            format: Format::Text,
            plot: false,
            files: Vec::new(),
            targets: Vec::new(),
        }
    }
}

impl Options {
    /// Seconds between packets: one, or as fast as replies return.
    pub(crate) fn interval(&self) -> Duration {
        self.interval.unwrap_or(if self.flood {
            Duration::ZERO
        } else {
            Duration::from_secs(1)
        })
    }

    /// Reads a command line.
    pub(crate) fn parse(args: &[String]) -> Result<Self, Exit> {
        let mut options = Self::default();
        COMMAND_LINE.parse(args, &mut options)?;
        if options.targets.is_empty() && options.files.is_empty() {
            return Err(refuse(1, "usage error: Destination address required"));
        }
        Ok(options)
    }

    pub(crate) fn set_family(&mut self, family: Family) -> Result<(), Exit> {
        if self.family.is_some_and(|other| other != family) {
            return Err(refuse(2, "only one -4 or -6 option may be specified"));
        }
        self.family = Some(family);
        Ok(())
    }

    pub(crate) fn set_interface(&mut self, value: &str) -> Result<(), Exit> {
        let (address, zone) = value
            .split_once('%')
            .map_or((value, None), |(a, zone)| (a, Some(zone)));
        match address.parse() {
            Ok(address) => {
                self.source = Some(address);
                self.device = zone.map(str::to_owned).or(self.device.take());
            }
            Err(_) if value.contains(':') => {
                let shown = nethost_sdk::text::printable(value);
                return Err(refuse(2, format!("invalid source address: {shown}")));
            }
            Err(_) => self.device = Some(value.to_owned()),
        }
        Ok(())
    }
}

pub(crate) fn traffic_class(value: &str) -> Result<u8, Exit> {
    let parsed = match value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
    {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => value.parse(),
    };
    let shown = nethost_sdk::text::printable(value);
    let class = parsed.map_err(|_| refuse(2, format!("bad TOS value: {shown}")))?;
    u8::try_from(class).map_err(|_| {
        refuse(
            2,
            format!("the decimal value of TOS bits must be in range 0-255: {class}"),
        )
    })
}

/// Up to sixteen bytes in hexadecimal; a single last digit is a byte of its own.
pub(crate) fn pattern(value: &str) -> Result<Vec<u8>, Exit> {
    let digits: Option<Vec<u8>> = value
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty()).ok_or_else(|| {
        let shown = nethost_sdk::text::printable(value);
        refuse(
            2,
            format!("patterns must be specified as hex digits: {shown}"),
        )
    })?;
    let byte = |pair: &[u8]| pair.iter().fold(0, |byte, digit| (byte << 4) | digit);
    Ok(digits.chunks(2).take(16).map(byte).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_mean_what_iputils_means() {
        let options =
            parsed("-nqc3 -i .2 host -W 2 -w 5 -s100 -t 7 -l 3 -p abc -Q 0x10 -M do").unwrap();
        let expected = Options {
            numeric: true,
            quiet: true,
            count: Some(3),
            interval: Some(Duration::from_millis(200)),
            linger: Some(Duration::from_secs(2)),
            deadline: Some(Duration::from_secs(5)),
            size: 100,
            hop_limit: Some(7),
            preload: 3,
            pattern: vec![0xab, 0x0c],
            traffic_class: Some(16),
            path_mtu_discovery: Some(PathMtuDiscovery::Do),
            targets: vec!["host".into()],
            ..Options::default()
        };
        assert_eq!(options, expected);
        assert_eq!(parsed("-f h").unwrap().interval(), Duration::ZERO);
        assert_eq!(parsed("--json --targets list").unwrap().files, ["list"]);
        assert_eq!(
            parsed("-I fe80::1%eth0 h").unwrap().device.as_deref(),
            Some("eth0")
        );
        assert_eq!(parsed("–c 3 h").unwrap().count, Some(3));
    }

    /// Seen from iputils 20221126.
    #[test]
    fn refusals_are_those_of_iputils() {
        for (line, code, message) in [
            ("", 1, "usage error: Destination address required"),
            ("-c a h", 1, "invalid argument: 'a'"),
            (
                "-c 0 h",
                1,
                "invalid argument: '0': out of range: 1 <= value <= 9223372036854775807",
            ),
            ("-c", 2, "option requires an argument -- 'c'"),
            ("-Z", 2, "invalid option -- 'Z'"),
            (
                "-s -1 h",
                1,
                "invalid argument: '-1': out of range: 0 <= value <= 2147483647",
            ),
            (
                "-t 300 h",
                1,
                "invalid argument: '300': out of range: 0 <= value <= 255",
            ),
            (
                "-t 0 h",
                2,
                "cannot set unicast time-to-live: Invalid argument",
            ),
            (
                "-l 100000 h",
                1,
                "invalid argument: '100000': out of range: 1 <= value <= 65536",
            ),
            ("-W -1 h", 2, "bad linger time: -1"),
            ("-W 9999999999 h", 2, "bad linger time: 9999999999"),
            ("-p zz h", 2, "patterns must be specified as hex digits: zz"),
            (
                "-Q 300 h",
                2,
                "the decimal value of TOS bits must be in range 0-255: 300",
            ),
            ("-Q x h", 2, "bad TOS value: x"),
            ("-M foo h", 2, "invalid -M argument: foo"),
            ("-4 -6 h", 2, "only one -4 or -6 option may be specified"),
            ("-R h", 2, "-R is not supported"),
            ("-T tsonly h", 2, "-T is not supported"),
            ("-n=1 h", 2, "invalid option -- '='"),
            ("-c=1 h", 1, "invalid argument: '=1'"),
            ("-c a -Z h", 1, "invalid argument: 'a'"),
        ] {
            let refusal = parsed(line).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.stderr),
                (code, format!("ping: {message}")),
                "{line}"
            );
        }
    }
}
