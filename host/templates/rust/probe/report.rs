//! What is said about a host.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// The result of probing a host.
pub struct Report {
    host: String,
    address: IpAddr,
    pub sent: u32,
    pub round_trips: Vec<Duration>,
}

impl Report {
    pub fn new(host: &str, address: IpAddr) -> Self {
        Self {
            host: host.into(),
            address,
            sent: 0,
            round_trips: Vec::new(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            address,
            sent,
            round_trips,
        } = self;
        write!(
            f,
            "{host} ({address}): {} of {sent} answered",
            round_trips.len()
        )?;
        let total: Duration = round_trips.iter().sum();
        match u32::try_from(round_trips.len()) {
            Ok(count) if count > 0 => {
                let mean = total / count;
                write!(f, ", {:.1} ms on average", mean.as_secs_f64() * 1000.0)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_host_has_no_average() {
        let mut report = Report::new("a", [192, 0, 2, 1].into());
        report.sent = 3;
        assert_eq!(report.to_string(), "a (192.0.2.1): 0 of 3 answered");
        report.round_trips = vec![Duration::from_millis(10), Duration::from_millis(30)];
        assert_eq!(
            report.to_string(),
            "a (192.0.2.1): 2 of 3 answered, 20.0 ms on average"
        );
    }
}
