//! Sends packets on a socket for sets, each to a member that the permit of its set allows.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::add_remote::is_for_same_socket;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::{Member, Ticket};

/// The operation, under the permit with which the socket was opened.
pub(crate) struct SendToMembers;

/// Packets with consecutive payloads.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MemberPackets {
    /// The member, length and hop limit of each packet: see [`crate::Head`].
    #[serde(with = "serde_bytes")]
    pub heads: Vec<u8>,
    /// All of them.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// The tolerance between two processes that count the same packets.
const LATE: Duration = Duration::from_millis(10);

impl Operation for SendToMembers {
    const NAME: &'static str = "send-to-members";
    const LENDS: bool = false;
    type Args = MemberPackets;
    /// The times of the sent packets. There are fewer than packets if one failed.
    type Reply = Vec<u64>;

    fn perform(
        permit: &Ticket,
        MemberPackets { heads, bytes }: MemberPackets,
        context: &mut Context<'_>,
    ) -> Result<(Vec<u64>, Option<OwnedFd>), Error> {
        let (permits, accounts) = (context.permits, context.accounts);
        let socket = context.state.sockets.sets.get(context.handle)?;
        let opened = context.handle;
        let of = |handle: u64| match handle == opened {
            true => Some(permit),
            false => {
                let more = permits.permit(handle);
                more.filter(|more| is_for_same_socket(more, permit))
            }
        };
        let may = |handle, number, carried| -> Result<Member, Error> {
            let permit = of(handle).ok_or_else(|| refused("no permit for this set"))?;
            Ok(match accounts {
                true => permit.may_send_member(number, carried, LATE)?,
                false => permit.member(number)?,
            })
        };
        let count = |handle, sent: &[(Member, usize)]| {
            if let Some(permit) = of(handle).filter(|_| accounts) {
                permit.count_sent_members(sent.iter().copied());
            }
        };
        Ok((socket.send(&heads, &bytes, may, count)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        let head = crate::Head {
            member: 1,
            length: 2,
            hop_limit: Some(9),
        };
        MemberPackets {
            heads: head.to_bytes().into(),
            bytes: b"xx".to_vec(),
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "udp.exchange" && matches!(request.target, nethost_core::Target::Set(_))
    }
}

impl Broker {
    /// Sends packets on the socket for sets that was opened under a permit, under the permits of its sets. Returns
    /// the times of the sent packets, as `send` does.
    pub fn send_to_members<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut MemberPackets,
    ) -> io::Result<Vec<u64>> {
        let taken = std::mem::take(packets);
        let (moments, _) = self.perform::<SendToMembers, C>(socket, permits, taken)?;
        Ok(moments)
    }
}
