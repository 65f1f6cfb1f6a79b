//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::Connector;
use crate::bindings::nethost::cap::tcp::{
    AttemptReport, Endpoint, Host, HostConnector, HostConnectorWithStore, SocketOptions,
};
use crate::capability::Access;
use crate::capability::types::{ErrorCode, endpoint_from};
use crate::store::Run;

type Shared = Resource<Arc<Connector>>;

impl Host for Run {}

impl HostConnector for Run {
    fn open(
        &mut self,
        remote: Endpoint,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<Shared, ErrorCode>> {
        let opened = Connector::open(&self.gate, &self.broker, endpoint_from(remote), options);
        opened
            .map(|connector| self.keep(Arc::new(connector)))
            .map_or_else(|error| Ok(Err(error)), |kept| kept.map(Ok))
    }

    fn drop(&mut self, connector: Shared) -> wasmtime::Result<()> {
        self.discard(connector)
    }
}

impl<T: Send + 'static> HostConnectorWithStore<T> for Access {
    async fn attempt(
        accessor: &Accessor<T, Self>,
        connector: Shared,
        hop_limit: Option<u8>,
        timeout: u64,
    ) -> wasmtime::Result<Result<AttemptReport, ErrorCode>> {
        let connector = accessor.with(|mut access| access.get().table.get(&connector).cloned())?;
        Ok(connector.attempt(hop_limit, timeout).await)
    }
}
