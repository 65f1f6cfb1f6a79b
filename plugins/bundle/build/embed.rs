//! Compresses the components and writes the table that `src/lib.rs` includes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, write::DeflateEncoder};
use sha2::{Digest, Sha256};

use crate::cargo::Component;
use crate::manifest::Plugin;

pub(crate) fn write(
    out: &Path,
    plugins: &[Plugin],
    components: &[Component],
) -> Result<(), String> {
    let mut table = String::from(
        "/// Every embedded plugin, in the order of their names.\npub static PLUGINS: &[Plugin] = &[\n",
    );
    for (plugin, component) in plugins.iter().zip(components) {
        let wasm = std::fs::read(&component.wasm)
            .map_err(|error| format!("{}: {error}", component.wasm.display()))?;
        let packed = out.join(format!("{}.wasm.deflate", plugin.name));
        compress(&wasm, &packed).map_err(|error| format!("{}: {error}", packed.display()))?;
        let digest = Sha256::digest(&wasm)
            .iter()
            .fold(String::from("sha256:"), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        let _ = writeln!(
            table,
            "    Plugin {{ name: {:?}, aliases: &{:?}, digest: {digest:?}, manifest: include_str!({:?}), size: {}, packed: include_bytes!({packed:?}) }},",
            plugin.name,
            plugin.aliases().collect::<Vec<_>>(),
            plugin.toml,
            wasm.len(),
        );
    }
    table.push_str("];\n");
    let path = out.join("plugins.rs");
    std::fs::write(&path, table).map_err(|error| format!("{}: {error}", path.display()))
}

fn compress(bytes: &[u8], path: &Path) -> std::io::Result<()> {
    let mut encoder = DeflateEncoder::new(std::fs::File::create(path)?, Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()?.flush()
}
