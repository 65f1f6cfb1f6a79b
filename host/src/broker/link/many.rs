//! Sockets with many remotes, asked for.

use std::io;

use super::{Failure, Link, unexpected};
use crate::broker::many::Act;
use crate::broker::wire::{Answer, Message};
use crate::broker::{OpenedSocket, SocketSpec};
use crate::policy::Exception;

impl Link {
    pub(in crate::broker) fn open_many(
        &self,
        handle: u64,
        receive: Option<u64>,
        spec: &SocketSpec,
    ) -> io::Result<OpenedSocket> {
        let spec = spec.clone();
        self.opened(&Message::Many(Act::Open {
            handle,
            receive,
            spec,
        }))
    }

    pub(in crate::broker) fn join(
        &self,
        socket: u64,
        handle: u64,
        receive: Option<u64>,
    ) -> io::Result<u32> {
        let act = Act::Join {
            socket,
            handle,
            receive,
        };
        self.told(&Message::Many(act), |answer| match answer {
            Answer::Index(first) => Some(first),
            _ => None,
        })
    }

    pub(in crate::broker) fn send_many(
        &self,
        socket: u64,
        heads: &[u8],
        bytes: &[u8],
    ) -> io::Result<Vec<u64>> {
        self.sent(&Message::Many(Act::Send {
            socket,
            heads: heads.into(),
            bytes: bytes.into(),
        }))
    }

    /// What of a permitted set the broker denies, with the rules that do.
    pub(crate) fn exceptions(&self, handle: u64) -> Result<Vec<(Exception, String)>, Failure> {
        let mut all = Vec::new();
        loop {
            let skip = all.len() as u32;
            let act = Act::Exceptions { handle, skip };
            match self.exchange(&Message::Many(act))? {
                (Answer::Exceptions(some), _) if some.is_empty() => return Ok(all),
                (Answer::Exceptions(some), _) => all.extend(some.into_iter().map(Into::into)),
                _ => return Err(Failure::System(unexpected())),
            }
        }
    }
}
