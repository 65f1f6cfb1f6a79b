//! Compiles an expression of pcap-filter(7).

use std::io;
use std::os::fd::OwnedFd;

use crate::capabilities::capture::EXPRESSION;
use crate::client::Broker;
use crate::filter_compiler::{self, FilterSource};
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::{Capability, Target};
use nethost_gate::{Permit, Ticket};
use nethost_net::datagram::FilterInstruction;

/// The act.
pub(crate) struct CompileFilter;

impl Operation for CompileFilter {
    const NAME: &'static str = "compile-filter";
    const LENDS: bool = false;
    type Args = FilterSource;
    /// The program, or what libpcap says is wrong.
    type Reply = filter_compiler::Encoded;

    fn perform(
        permit: &Ticket,
        source: FilterSource,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error> {
        let is_of_expressions = permit.capability() == "capture.filter"
            && permit.request().target == Target::Local(EXPRESSION);
        if !is_of_expressions {
            return Err(refused("no permit to compile filters"));
        }
        context.charge(permit)?;
        Ok((filter_compiler::run(&source)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        FilterSource {
            expression: "ip".into(),
            link: 1,
            snapshot: 96,
            optimize: true,
            netmask: 0,
            origin: filter_compiler::PacketOrigin::File,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "capture.filter"
    }
}

impl Broker {
    /// Compiles an expression; the inner error is in libpcap's words.
    pub fn compile_filter<C: Capability>(
        &self,
        permit: &Permit<C>,
        source: FilterSource,
    ) -> io::Result<Result<Vec<FilterInstruction>, String>> {
        let (compiled, _) = self.perform::<CompileFilter, C>(permit, &[], source)?;
        Ok(compiled.map(|program| filter_compiler::decode(&program)))
    }
}
