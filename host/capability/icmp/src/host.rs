//! The generated traits.

use std::sync::Arc;

use super::EchoSocket;
use crate::bindings::nethost::cap::icmp::{
    EchoRequest, GrantedSet, Host, HostEchoSocket, HostEchoSocketWithStore, NetworkSet, Received,
    SocketKind, SocketOptions,
};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Context, datagram_socket};

impl Host for Context {}

datagram_socket! {
    EchoSocket as HostEchoSocket, HostEchoSocketWithStore;
    options: SocketOptions;
    packet: EchoRequest;
    received: Received;
    {
        fn open_many(
            &mut self,
            remotes: NetworkSet,
            options: SocketOptions,
        ) -> wasmtime::Result<Result<(Shared, GrantedSet), ErrorCode>> {
            match EchoSocket::open_many(&self.gate, &self.broker, remotes, options) {
                Ok((socket, granted)) => {
                    let socket = self.keep(Arc::new(socket))?;
                    Ok(Ok((socket, granted)))
                }
                Err(error) => Ok(Err(error)),
            }
        }

        fn add_many(
            &mut self,
            socket: Shared,
            remotes: NetworkSet,
        ) -> wasmtime::Result<Result<GrantedSet, ErrorCode>> {
            Ok(self.table.get(&socket)?.add_many(remotes))
        }

        fn kind(&mut self, socket: Shared) -> wasmtime::Result<SocketKind> {
            Ok(self.table.get(&socket)?.kind())
        }

        fn identifier(&mut self, socket: Shared) -> wasmtime::Result<u16> {
            Ok(self.table.get(&socket)?.identifier())
        }
    }
}
