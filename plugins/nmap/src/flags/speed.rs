//! Options that change how fast probes are sent, and how they look.

use nethost_sdk::Exit;
use nethost_sdk::args::{Effect, Given, Value};

use super::{Flag, not_built, set, text, val};
use crate::options::Options;
use crate::timing::{duration, template};
use crate::{kinds, quit};

/// How fast.
pub(crate) static TIMING: &[Flag] = &[
    Flag::value('T', "0-5", "timing template; higher is faster", |o, g| {
        o.timing.template(template(g.value)?);
        Ok(())
    }),
    val("min-hostgroup", "COUNT", "hosts in one group", |o, g| {
        o.min_group = number(g, "--min-hostgroup")?;
        Ok(())
    }),
    val("max-hostgroup", "COUNT", "hosts in one group", |o, g| {
        o.max_group = Some(number(g, "--max-hostgroup")?);
        Ok(())
    }),
    val("min-parallelism", "COUNT", "probes under way", |o, g| {
        o.timing.min_parallel =
            at_least_one(g, "Argument to --min-parallelism must be at least 1!")?;
        Ok(())
    }),
    val("max-parallelism", "COUNT", "probes under way", parallel),
    Flag::value('M', "COUNT", "the same as --max-parallelism", parallel),
    val(
        "min-rtt-timeout",
        "TIME",
        "shortest wait for an answer",
        |o, g| {
            o.timing.min_rtt = Some(duration(g.value, "min-rtt-timeout")?);
            Ok(())
        },
    ),
    val(
        "max-rtt-timeout",
        "TIME",
        "longest wait for an answer",
        |o, g| {
            o.timing.max_rtt = Some(duration(g.value, "max-rtt-timeout")?);
            Ok(())
        },
    ),
    val(
        "initial-rtt-timeout",
        "TIME",
        "first wait for an answer",
        |o, g| {
            o.timing.initial_rtt = Some(duration(g.value, "initial-rtt-timeout")?);
            Ok(())
        },
    ),
    val(
        "max-retries",
        "COUNT",
        "retransmissions of a probe",
        |o, g| {
            match g.value.parse::<i64>() {
                Ok(count @ 0..) => o.timing.max_retries = Some(count.min(254) as u8),
                _ => return Err(quit("max-retries must be positive".into())),
            }
            Ok(())
        },
    ),
    val(
        "host-timeout",
        "TIME",
        "give up on a host after this",
        |o, g| {
            o.timing.host_timeout = Some(duration(g.value, "host-timeout")?);
            Ok(())
        },
    ),
    val(
        "scan-delay",
        "TIME",
        "time between probes to a host",
        |o, g| {
            o.timing.scan_delay = Some(duration(g.value, "scan-delay")?);
            Ok(())
        },
    ),
    val(
        "max-scan-delay",
        "TIME",
        "longest time between probes to a host",
        |o, g| {
            o.timing.max_scan_delay = Some(duration(g.value, "max-scan-delay")?);
            Ok(())
        },
    ),
    val("min-rate", "PACKETS", "no fewer in a second", |o, g| {
        o.timing.min_rate = Some(rate(g, "--min-rate")?);
        Ok(())
    }),
    val("max-rate", "PACKETS", "no more in a second", |o, g| {
        o.timing.max_rate = Some(rate(g, "--max-rate")?);
        Ok(())
    }),
    set(
        "defeat-rst-ratelimit",
        "ignore that resets are limited, which is always so",
        |_| {},
    ),
    set(
        "defeat-icmp-ratelimit",
        "do not slow down for limited ICMP errors",
        |o| {
            o.timing.defeat_icmp = true;
        },
    ),
    Flag::new(
        None,
        Some("nogcc"),
        Value::None,
        "not built: no common congestion control",
        Effect::Read(not_built),
    ),
];

/// How probes look.
pub(crate) static EVASION: &[Flag] = &[
    Flag::checked(
        'f',
        "probes in fragments of 8 octets; twice, of 16",
        |o, _| {
            o.fragment = Some(o.fragment.unwrap_or(0) + 8);
            Ok(())
        },
    ),
    set("ff", "the same as -f -f", |o| {
        o.fragment = Some(o.fragment.unwrap_or(0) + 16);
    }),
    val("mtu", "SIZE", "probes in fragments of this size", |o, g| {
        match g.value.parse::<usize>() {
            Ok(size @ 8..=65528) if size % 8 == 0 => o.fragment = Some(size),
            _ => {
                return Err(quit("Data payload MTU must be >0 and multiple of 8".into()));
            }
        }
        Ok(())
    }),
    Flag::value(
        'D',
        "DECOYS",
        "addresses that seem to scan too; ME is this machine's place among them",
        |o, g| {
            o.decoy_list = Some(text(g));
            Ok(())
        },
    ),
    Flag::value(
        'S',
        "ADDRESS",
        "send from this address of this machine",
        |o, g| {
            let source = g.value.parse();
            let wrong = |_| {
                quit(format!(
                    "Failed to resolve/decode supposed {} source address \"{}\": Name or service not known",
                    if o.ipv6 { "IPv6" } else { "IPv4" },
                    g.value
                ))
            };
            o.source = Some(source.map_err(wrong)?);
            Ok(())
        },
    ),
    Flag::value('e', "INTERFACE", "send through this interface", |o, g| {
        o.interface = Some(text(g));
        Ok(())
    }),
    Flag::value('g', "PORT", "send from this port", source_port).long("source-port"),
    val("proxies", "URLS", "through proxies: not built", not_built),
    val("proxy", "URLS", "through proxies: not built", not_built),
    val("data", "HEX", "append this to probes", |o, g| {
        o.data = kinds::hex(g.value)?;
        Ok(())
    }),
    val("data-string", "TEXT", "append this to probes", |o, g| {
        o.data = g.value.as_bytes().to_vec();
        Ok(())
    }),
    val(
        "data-length",
        "COUNT",
        "append so many random bytes to probes",
        |o, g| {
            match g.value.parse::<usize>() {
                Ok(count @ 0..=65435) => o.data = kinds::random(count),
                _ => return Err(quit("data-length must be between 0 and 65435".into())),
            }
            Ok(())
        },
    ),
    val(
        "ip-options",
        "OPTIONS",
        "options of IP: not built",
        not_built,
    ),
    val("ttl", "COUNT", "hop limit of probes", |o, g| {
        match g.value.parse::<i64>() {
            Ok(ttl @ 0..=255) => o.ttl = Some(ttl as u8),
            _ => {
                return Err(quit(
                    "ttl option must be a number between 0 and 255 (inclusive)".into(),
                ));
            }
        }
        Ok(())
    }),
    val(
        "spoof-mac",
        "ADDRESS",
        "another Ethernet address: refused",
        |_, _| {
            Err(quit(
                "--spoof-mac is not supported: probes are IP packets, and the kernel writes the header of the link.".into(),
            ))
        },
    ),
    set("badsum", "send wrong checksums", |o| o.badsum = true),
    set(
        "adler32",
        "SCTP probes with the old checksum, Adler-32",
        |o| o.adler = true,
    ),
];

fn parallel(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    let why = "Argument to -M must be at least 1!";
    options.timing.max_parallel = Some(at_least_one(given, why)?);
    Ok(())
}

fn source_port(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    match given.value.parse::<i64>() {
        Ok(port @ 0..=65535) => options.source_port = port as u16,
        _ => return Err(quit("Bogus source port number specified.".into())),
    }
    Ok(())
}

fn number(given: &Given<'_>, name: &str) -> Result<u32, Exit> {
    let number = given.value.parse();
    number.map_err(|_| quit(format!("Argument to {name} must be a positive number")))
}

fn at_least_one(given: &Given<'_>, why: &str) -> Result<u32, Exit> {
    match given.value.parse::<u32>() {
        Ok(number @ 1..) => Ok(number),
        _ => Err(quit(why.to_owned())),
    }
}

fn rate(given: &Given<'_>, name: &str) -> Result<f64, Exit> {
    match given.value.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(quit(format!(
            "Argument to {name} must be a positive floating-point number"
        ))),
    }
}
