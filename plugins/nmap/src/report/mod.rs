//! Reports: the normal one, one line for each host, XML and JSON.

pub(crate) mod grepable;
pub(crate) mod ignored;
pub(crate) mod json;
pub(crate) mod normal;
pub(crate) mod table;
pub(crate) mod xml;

use std::time::Duration;

use jiff::Timestamp;

/// The end of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) total: u64,
    pub(crate) up: u64,
    pub(crate) took: Duration,
    pub(crate) ended: Timestamp,
}

impl Summary {
    /// `2 IP addresses (1 host up) scanned in 0.26 seconds`.
    pub(crate) fn text(&self) -> String {
        let addresses = if self.total == 1 {
            "address"
        } else {
            "addresses"
        };
        let hosts = if self.up == 1 { "host" } else { "hosts" };
        format!(
            "{} IP {addresses} ({} {hosts} up) scanned in {:.2} seconds",
            self.total,
            self.up,
            self.took.as_secs_f64()
        )
    }
}

/// A number with two significant digits, as latencies have.
pub(crate) fn two_digits(value: f64) -> String {
    if value == 0.0 {
        return "0.0".into();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from(1 - magnitude).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// `9E:B6:07:E0:3E:1F`.
pub(crate) fn hardware(address: [u8; 6]) -> String {
    address.map(|octet| format!("{octet:02X}")).join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_have_two_digits() {
        for (value, shown) in [
            (0.000016, "0.000016"),
            (0.000008, "0.0000080"),
            (0.0041, "0.0041"),
            (0.12, "0.12"),
            (1.5, "1.5"),
            (12.3, "12"),
            (0.00099, "0.00099"),
        ] {
            assert_eq!(two_digits(value), shown);
        }
    }

    #[test]
    fn the_end_counts_addresses_and_hosts() {
        let summary = |total, up| {
            let took = Duration::from_millis(260);
            Summary {
                total,
                up,
                took,
                ended: Timestamp::UNIX_EPOCH,
            }
            .text()
        };
        assert_eq!(
            summary(1, 1),
            "1 IP address (1 host up) scanned in 0.26 seconds"
        );
        assert_eq!(
            summary(4, 0),
            "4 IP addresses (0 hosts up) scanned in 0.26 seconds"
        );
    }
}
