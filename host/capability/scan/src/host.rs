//! The generated traits.

use std::sync::Arc;

use super::Prober;
use crate::bindings::nethost::cap::scan::{
    GrantedSet, Host, HostProber, HostProberWithStore, IpAddress, NetworkSet, Outgoing, Protocol,
    Received, SocketOptions,
};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};
use wasmtime::component::{Accessor, Resource};

type Shared = Resource<Arc<Prober>>;

impl Host for Context {}

impl HostProber for Context {
    fn open(
        &mut self,
        remotes: NetworkSet,
        protocol: Protocol,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<(Shared, GrantedSet), ErrorCode>> {
        match Prober::open(&self.gate, &self.broker, remotes, protocol, options) {
            Ok((prober, granted)) => {
                let prober = self.keep(Arc::new(prober))?;
                Ok(Ok((prober, granted)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn add(
        &mut self,
        prober: Shared,
        remotes: NetworkSet,
    ) -> wasmtime::Result<Result<GrantedSet, ErrorCode>> {
        Ok(self.table.get(&prober)?.add(remotes))
    }

    fn identifier(&mut self, prober: Shared) -> wasmtime::Result<u16> {
        Ok(self.table.get(&prober)?.identifier())
    }

    fn sources(
        &mut self,
        prober: Shared,
        remotes: Vec<u32>,
    ) -> wasmtime::Result<Result<Vec<Option<IpAddress>>, ErrorCode>> {
        Ok(self.table.get(&prober)?.sources(remotes))
    }

    fn send(
        &mut self,
        prober: Shared,
        bytes: Vec<u8>,
        packets: Vec<Outgoing>,
    ) -> wasmtime::Result<Result<Vec<u64>, ErrorCode>> {
        Ok(self.table.get(&prober)?.send(&bytes, &packets))
    }

    fn drop(&mut self, prober: Shared) -> wasmtime::Result<()> {
        self.discard(prober)
    }
}

impl<T: Send + 'static> HostProberWithStore<T> for Access {
    async fn receive(
        accessor: &Accessor<T, Self>,
        prober: Shared,
        max: u32,
        timeout: u64,
    ) -> wasmtime::Result<Result<Received, ErrorCode>> {
        let prober = accessor.with(|mut access| access.get().table.get(&prober).cloned())?;
        Ok(prober.receive(max, timeout).await)
    }
}
