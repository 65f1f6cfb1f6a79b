//! Lists the denied parts of a permitted set.

use crate::link::Failure;
use crate::link::Link;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Exception;
use nethost_gate::Ticket;

/// The maximum number of ranges in one reply.
const AT_ONCE: usize = 256;

/// The act.
pub(crate) struct ListExceptions;

/// One denied part of a set, as a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Narrowing {
    /// Ranges of addresses, as numbers.
    pub(crate) ranges: Vec<(u128, u128)>,
    /// Ranges of ports. Empty if all ports are meant.
    pub(crate) ports: Vec<(u16, u16)>,
    /// The rule that denies it.
    pub(crate) rule: String,
}

impl From<Narrowing> for (Exception, String) {
    fn from(narrowing: Narrowing) -> Self {
        let exception = Exception {
            ranges: narrowing.ranges,
            ports: narrowing.ports,
            refusal: 0,
        };
        (exception, narrowing.rule)
    }
}

impl Operation for ListExceptions {
    const NAME: &'static str = "list-exceptions";
    const LENDS: bool = false;
    /// The number of parts that are known already.
    type Args = u32;
    /// Some of the parts. Empty if there are no more.
    type Reply = Vec<Narrowing>;

    fn perform(
        permit: &Ticket,
        skip: u32,
        _: &mut Context<'_>,
    ) -> Result<(Vec<Narrowing>, Option<OwnedFd>), Error> {
        if permit.set().is_none() {
            return Err(refused("no permit for a set"));
        }
        let exceptions = permit.exceptions().into_iter();
        let narrowings = exceptions.flat_map(|(exception, refusal)| {
            let chunks = exception.ranges.chunks(AT_ONCE);
            let chunks: Vec<Vec<_>> = chunks.map(Into::into).collect();
            chunks.into_iter().map(move |ranges| Narrowing {
                ranges,
                ports: exception.ports.clone(),
                rule: refusal.rule.clone(),
            })
        });
        let mut room = AT_ONCE;
        let some = narrowings.skip(skip as usize).take_while(|narrowing| {
            let fits = room > 0;
            let takes = 1 + narrowing.ranges.len() + narrowing.ports.len() / 8;
            room = room.saturating_sub(takes + narrowing.rule.len() / 32);
            fits
        });
        Ok((some.collect(), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        0
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        matches!(request.target, nethost_core::Target::Set(_))
    }
}

impl Link {
    /// The parts of a permitted set that the broker denies, with their rules.
    pub(crate) fn exceptions(&self, handle: u64) -> Result<Vec<(Exception, String)>, Failure> {
        let mut all = Vec::new();
        loop {
            let skip = all.len() as u32;
            let told = self.perform::<ListExceptions>(handle, &skip);
            let (some, _) = told.map_err(Failure::System)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some.into_iter().map(Into::into));
        }
    }
}
