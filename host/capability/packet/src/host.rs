//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::{Handle, Receiver, Sender};
use crate::bindings::nethost::cap::packet::{
    Host, HostReceiver, HostReceiverWithStore, HostSender, IncomingProtocol, Link, OutgoingPacket,
    OutgoingProtocol, ReceivedPackets,
};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {}

impl HostSender for Context {
    fn open(&mut self, interface: String, protocol: OutgoingProtocol) -> Answer<Resource<Sender>> {
        match Sender::open(&self.gate, &self.broker, &interface, protocol) {
            Ok(sender) => self.keep(sender).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn link(&mut self, sender: Resource<Sender>) -> wasmtime::Result<Link> {
        Ok(self.table.get(&sender)?.link())
    }

    fn send(
        &mut self,
        sender: Resource<Sender>,
        bytes: Vec<u8>,
        packets: Vec<OutgoingPacket>,
    ) -> Answer<Vec<u64>> {
        Ok(self.table.get(&sender)?.send(&bytes, packets))
    }

    fn drop(&mut self, sender: Resource<Sender>) -> wasmtime::Result<()> {
        self.discard(sender)
    }
}

impl HostReceiver for Context {
    fn open(&mut self, interface: String, protocol: IncomingProtocol) -> Answer<Resource<Handle>> {
        match Receiver::open(&self.gate, &self.broker, &interface, protocol) {
            Ok(receiver) => self.keep(Arc::new(receiver)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn drop(&mut self, receiver: Resource<Handle>) -> wasmtime::Result<()> {
        self.discard(receiver)
    }
}

impl<T: Send + 'static> HostReceiverWithStore<T> for Access {
    async fn receive(
        accessor: &Accessor<T, Self>,
        receiver: Resource<Handle>,
        max: u32,
        timeout: u64,
    ) -> Answer<ReceivedPackets> {
        let receiver = accessor.with(|mut access| access.get().table.get(&receiver).cloned())?;
        Ok(receiver.receive(max, timeout).await)
    }
}
