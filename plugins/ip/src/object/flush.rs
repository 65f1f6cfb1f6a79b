//! Flushing: what a filter lets through is removed, round by round, until nothing is left.

use nethost_sdk::netlink::Change;

use crate::ip::Ip;
use crate::words::{Done, failed};

/// Ends a flush that never empties, because something keeps adding.
const ROUNDS: u32 = 10;

/// What is flushed.
pub(super) struct Flushed {
    /// Many of it.
    pub(super) plural: &'static str,
    /// What the kernel says of one that went by itself, with another one.
    pub(super) gone: &'static [&'static str],
}

impl Flushed {
    /// Lists and removes until the list is empty.
    pub(super) fn flush(
        &self,
        ip: &mut Ip,
        mut list: impl FnMut(&mut Ip) -> Done<Vec<Change>>,
    ) -> Done {
        let told = ip.options.statistics > 0;
        for round in 0..ROUNDS {
            let found = list(ip)?;
            if told {
                match (found.len(), round) {
                    (0, 0) => ip.out.text(format_args!("Nothing to flush.\n")),
                    (0, _) => ip.out.text(format_args!(
                        "*** Flush is complete after {round} round{} ***\n",
                        if round == 1 { "" } else { "s" }
                    )),
                    (count, _) => ip.out.text(format_args!(
                        "\n*** Round {}, deleting {count} {} ***\n",
                        round + 1,
                        self.plural
                    )),
                }
            }
            if found.is_empty() {
                return Ok(());
            }
            for change in found {
                match ip.remove(&change) {
                    Err(error) if self.gone.iter().any(|gone| error.stderr.contains(gone)) => {}
                    other => other?,
                }
            }
        }
        Err(failed(
            1,
            format!("*** Flush remains incomplete after {ROUNDS} rounds. ***"),
        ))
    }
}
