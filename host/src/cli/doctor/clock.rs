//! The clock: records have its time, certificates and signatures are judged by it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::finding::Finding;

/// No nethost is older, so no clock that is right shows an earlier time: 2026-01-01.
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
/// Signatures of DNSSEC and the clocks of the kernel are sound up to here: 2106-02-07.
const LATEST: Duration = Duration::from_secs(u32::MAX as u64);

pub(super) fn findings() -> Vec<Finding> {
    vec![time(SystemTime::now()), synchronised()]
}

fn time(now: SystemTime) -> Finding {
    const NAME: &str = "time";
    const SET: &str = "set it: `timedatectl set-ntp true`, or `date --set='YYYY-MM-DD hh:mm:ss'`";
    let shown = jiff::Timestamp::try_from(now)
        .ok()
        .and_then(|now| now.round(jiff::Unit::Second).ok())
        .map_or_else(|| "beyond all years".to_owned(), |now| now.to_string());
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) if (EARLIEST..LATEST).contains(&since) => Finding::ok(NAME, shown),
        _ => Finding::wrong(
            NAME,
            format!("{shown} cannot be right: certificates and signatures are judged by it"),
            SET,
        ),
    }
}

/// The kernel knows whether something disciplines its clock (adjtimex(2)); /run has what systemd says.
fn synchronised() -> Finding {
    const NAME: &str = "synchronised";
    match nethost_service::clock_is_synchronised() {
        Some(true) => return Finding::ok(NAME, "yes, says the kernel"),
        None => return Finding::fact(NAME, "the kernel does not say"),
        Some(false) => {}
    }
    Finding::note(
        NAME,
        "no: nothing tells the kernel the time, so the times of records can be wrong",
        "`timedatectl set-ntp true`, or install chrony; in a virtual machine, the host may do it without the kernel's knowing",
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_year_that_cannot_be_is_wrong() {
        let at = |seconds| time(UNIX_EPOCH + Duration::from_secs(seconds)).state;
        assert_eq!(at(0), State::Wrong);
        assert_eq!(at(1_767_225_599), State::Wrong);
        assert_eq!(at(1_800_000_000), State::Ok);
        assert_eq!(at(5_000_000_000), State::Wrong);
        assert_eq!(
            time(UNIX_EPOCH - Duration::from_secs(1)).state,
            State::Wrong
        );
    }
}
