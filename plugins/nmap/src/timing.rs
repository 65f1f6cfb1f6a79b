//! How fast: the timing templates, and the options that change single values of them.

use std::time::Duration;

use nethost_sdk::Exit;

use crate::quit;

/// Times and rates as the command line gave them.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) level: u8,
    pub(crate) min_rtt: Option<Duration>,
    pub(crate) max_rtt: Option<Duration>,
    pub(crate) initial_rtt: Option<Duration>,
    pub(crate) max_retries: Option<u8>,
    pub(crate) host_timeout: Option<Duration>,
    pub(crate) scan_delay: Option<Duration>,
    pub(crate) max_scan_delay: Option<Duration>,
    pub(crate) min_rate: Option<f64>,
    pub(crate) max_rate: Option<f64>,
    pub(crate) min_parallel: u32,
    pub(crate) max_parallel: Option<u32>,
    pub(crate) defeat_icmp: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            level: 3,
            min_rtt: None,
            max_rtt: None,
            initial_rtt: None,
            max_retries: None,
            host_timeout: None,
            scan_delay: None,
            max_scan_delay: None,
            min_rate: None,
            max_rate: None,
            min_parallel: 0,
            max_parallel: None,
            defeat_icmp: false,
        }
    }
}

/// The values in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) min_rtt: Duration,
    pub(crate) max_rtt: Duration,
    pub(crate) initial_rtt: Duration,
    pub(crate) max_retries: u8,
    pub(crate) host_timeout: Option<Duration>,
    pub(crate) scan_delay: Duration,
    /// For TCP; UDP and SCTP may slow down to a second.
    pub(crate) max_tcp_delay: Duration,
    pub(crate) max_udp_delay: Duration,
    pub(crate) min_rate: Option<f64>,
    pub(crate) max_rate: Option<f64>,
    pub(crate) min_parallel: u32,
    pub(crate) max_parallel: u32,
    pub(crate) first_window: f64,
    pub(crate) largest_window: f64,
    pub(crate) defeat_icmp: bool,
}

impl Timing {
    pub(crate) fn template(&mut self, level: u8) {
        self.level = level;
    }

    /// The template with the single values on top.
    pub(crate) fn limits(&self) -> Limits {
        let ms = Duration::from_millis;
        let (mut min, mut max, mut initial, mut retries) = (ms(100), ms(10_000), ms(1000), 10);
        let (mut delay, mut tcp_delay, mut parallel) = (ms(0), ms(1000), u32::MAX);
        let mut host_timeout = None;
        match self.level {
            0 => (delay, initial, parallel) = (ms(300_000), ms(300_000), 1),
            1 => (delay, initial, parallel) = (ms(15_000), ms(15_000), 1),
            2 => (delay, parallel) = (ms(400), 1),
            4 => (min, max, initial, retries, tcp_delay) = (ms(100), ms(1250), ms(500), 6, ms(10)),
            5 => {
                (min, max, initial, retries, tcp_delay) = (ms(50), ms(300), ms(250), 2, ms(5));
                host_timeout = Some(ms(900_000));
            }
            _ => {}
        }
        max = max.max(initial);
        min = self.min_rtt.unwrap_or(min);
        if let Some(given) = self.max_rtt {
            max = given;
            min = min.min(given);
            initial = initial.min(given);
        }
        if let Some(given) = self.initial_rtt {
            initial = given;
            max = max.max(given);
        }
        let mut udp_delay = ms(1000);
        if let Some(given) = self.scan_delay {
            delay = given;
            tcp_delay = tcp_delay.max(given);
            udp_delay = udp_delay.max(given);
            parallel = 1;
        }
        if let Some(given) = self.max_scan_delay {
            (tcp_delay, udp_delay) = (given, given);
        }
        Limits {
            min_rtt: min,
            max_rtt: max.max(min),
            initial_rtt: initial.max(min),
            max_retries: self.max_retries.unwrap_or(retries),
            host_timeout: self.host_timeout.or(host_timeout).filter(|t| !t.is_zero()),
            scan_delay: delay,
            max_tcp_delay: tcp_delay,
            max_udp_delay: udp_delay,
            min_rate: self.min_rate,
            max_rate: self.max_rate,
            min_parallel: self.min_parallel,
            max_parallel: self.max_parallel.unwrap_or(parallel).max(1),
            first_window: match self.level {
                4 => 100.0,
                5 => 150.0,
                _ => 50.0,
            },
            largest_window: match self.level {
                4 | 5 => 1024.0,
                _ => 512.0,
            },
            defeat_icmp: self.defeat_icmp,
        }
    }
}

/// `4` or `aggressive`.
pub(crate) fn template(text: &str) -> Result<u8, Exit> {
    const NAMES: [&str; 6] = [
        "paranoid",
        "sneaky",
        "polite",
        "normal",
        "aggressive",
        "insane",
    ];
    let lower = text.to_ascii_lowercase();
    let named = NAMES.iter().position(|name| *name == lower);
    let digit = text.parse::<usize>().ok().filter(|level| *level < 6);
    let level = named.or(digit);
    level.map(|level| level as u8).ok_or_else(|| {
        quit("Unknown timing mode (-T argument).  Use either \"Paranoid\", \"Sneaky\", \"Polite\", \"Normal\", \"Aggressive\", \"Insane\" or a number from 0 (Paranoid) to 5 (Insane)".into())
    })
}

/// Seconds, or with a unit: `30`, `500ms`, `2m`, `1h`.
pub(crate) fn duration(text: &str, option: &str) -> Result<Duration, Exit> {
    let more = match option {
        "max-rtt-timeout" => ", must be at least 5ms",
        "initial-rtt-timeout" => ".  Must be positive",
        "scan-delay" | "max-scan-delay" => ".",
        _ => "",
    };
    let wrong = || quit(format!("Bogus --{option} argument specified{more}"));
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let duration = Duration::try_from_secs_f64(number * factor).map_err(|_| wrong())?;
    // Once, times without a unit were milliseconds.
    let long = match option {
        "min-rtt-timeout" | "max-rtt-timeout" | "initial-rtt-timeout" => 50,
        "scan-delay" | "max-scan-delay" => 100,
        "host-timeout" => 10_000,
        _ => u64::MAX,
    };
    if unit.is_empty() && duration.as_secs() >= long {
        let (time, instead) = match option {
            "host-timeout" => (
                format!("{:.1} hours", number / 3600.0),
                format!("If this is what you want, use \"{text}s\"."),
            ),
            "scan-delay" | "max-scan-delay" => (
                format!("{:.1} minutes", number / 60.0),
                format!("Use \"{text}ms\" for {number} milliseconds."),
            ),
            _ => (
                format!("{number} seconds"),
                format!("Use \"{text}ms\" for {number} milliseconds."),
            ),
        };
        return Err(quit(format!(
            "Since April 2010, the default unit for --{option} is seconds, so your time of \"{text}\" is {time}. {instead}"
        )));
    }
    let least = match option {
        "max-rtt-timeout" => Duration::from_millis(5),
        "initial-rtt-timeout" => Duration::from_nanos(1),
        _ => Duration::ZERO,
    };
    match duration < least {
        true => Err(wrong()),
        false => Ok(duration),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let of = |text| duration(text, "host-timeout").unwrap();
        assert_eq!(of("30"), Duration::from_secs(30));
        assert_eq!(of("1.5s"), Duration::from_millis(1500));
        assert_eq!(of("250ms"), Duration::from_millis(250));
        assert_eq!(of("2m"), Duration::from_secs(120));
        assert_eq!(of("1h"), Duration::from_secs(3600));
        for wrong in ["", "x", "-1", "5d", "1e999"] {
            assert!(duration(wrong, "host-timeout").is_err(), "{wrong}");
        }
    }

    #[test]
    fn templates_have_names_and_numbers() {
        assert_eq!(template("4"), Ok(4));
        assert_eq!(template("Insane"), Ok(5));
        assert!(template("9").is_err() && template("").is_err());
    }

    #[test]
    fn single_values_are_on_top_of_the_template() {
        let mut timing = Timing::default();
        timing.template(5);
        timing.max_rtt = Some(Duration::from_millis(40));
        let limits = timing.limits();
        assert_eq!(limits.max_rtt, Duration::from_millis(40));
        assert_eq!(limits.initial_rtt, Duration::from_millis(40));
        assert_eq!(limits.max_retries, 2);
        timing.scan_delay = Some(Duration::from_millis(7));
        assert_eq!(timing.limits().max_parallel, 1);
    }
}
