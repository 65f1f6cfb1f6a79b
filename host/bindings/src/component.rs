//! A component from the core module that a compiler for WASI 0.1 writes (`wasm32-wasi`, `GOOS=wasip1`).

use std::path::Path;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding};

use crate::{Error, line, world};

/// The component that has the imports and exports of the world, and whose calls of WASI 0.1 are those of 0.2.
pub fn component(core: &[u8], wit: &Path, world: Option<&str>) -> Result<Vec<u8>, Error> {
    let (resolve, world) = world::read(wit, world)?;
    let wrong = |error| Error::Component(line(&error));
    let mut core = core.to_vec();
    wit_component::embed_component_metadata(
        &mut core,
        &resolve,
        world,
        StringEncoding::UTF8,
        false,
    )
    .map_err(wrong)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&core).map_err(wrong)?;
    encoder
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )
        .and_then(ComponentEncoder::encode)
        .map_err(wrong)
}
