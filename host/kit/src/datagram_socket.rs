//! The methods that the resources of all datagram sockets have in the contract: ICMP echo, UDP and raw IP. Their
//! generated traits are different types with the same methods, so a macro implements them.

/// Implements the generated traits of a resource that is an `Arc` of a datagram socket. Further methods of the resource
/// follow in braces.
#[macro_export]
macro_rules! datagram_socket {
    (
        $socket:ty as $host:ident, $waiting:ident;
        options: $options:ty;
        packet: $packet:ty;
        received: $received:ty;
        { $($more:tt)* }
    ) => {
        type Shared = ::wasmtime::component::Resource<::std::sync::Arc<$socket>>;

        impl $host for $crate::Context {
            fn open(
                &mut self,
                remote: $crate::wit::Endpoint,
                options: $options,
            ) -> ::wasmtime::Result<Result<Shared, $crate::types::ErrorCode>> {
                let remote = $crate::types::remote_from(remote);
                match <$socket>::open(&self.gate, &self.broker, remote, options) {
                    Ok(socket) => self.keep(::std::sync::Arc::new(socket)).map(Ok),
                    Err(error) => Ok(Err(error)),
                }
            }

            fn add_remote(
                &mut self,
                socket: Shared,
                remote: $crate::wit::Endpoint,
            ) -> ::wasmtime::Result<Result<u32, $crate::types::ErrorCode>> {
                let remote = $crate::types::remote_from(remote);
                Ok(self.table.get(&socket)?.add_remote(remote))
            }

            fn local_endpoint(
                &mut self,
                socket: Shared,
            ) -> ::wasmtime::Result<Result<$crate::wit::Endpoint, $crate::types::ErrorCode>> {
                Ok(self.table.get(&socket)?.local_endpoint())
            }

            fn send(
                &mut self,
                socket: Shared,
                bytes: Vec<u8>,
                packets: Vec<$packet>,
            ) -> ::wasmtime::Result<Result<Vec<u64>, $crate::types::ErrorCode>> {
                Ok(self.table.get(&socket)?.send(&bytes, &packets))
            }

            fn drop(&mut self, socket: Shared) -> ::wasmtime::Result<()> {
                self.discard(socket)
            }

            $($more)*
        }

        impl<T: Send + 'static> $waiting<T> for $crate::Access {
            async fn receive(
                accessor: &::wasmtime::component::Accessor<T, Self>,
                socket: Shared,
                max: u32,
                timeout: u64,
            ) -> ::wasmtime::Result<Result<$received, $crate::types::ErrorCode>> {
                let socket =
                    accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
                Ok(socket.receive(max, timeout).await)
            }
        }
    };
}
