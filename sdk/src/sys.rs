//! What the linker must be told: the manifest's place in the component.

/// Puts a file that lies beside Cargo.toml into the custom section `nethost:manifest`.
#[doc(hidden)]
#[macro_export]
macro_rules! manifest_section {
    ($file:literal) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            const TEXT: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file));

            // SAFETY: plain bytes without a relocation, as a custom section must be (wasm-ld); nothing
            // reads them as anything else.
            #[used]
            #[unsafe(link_section = "nethost:manifest")]
            static SECTION: [u8; TEXT.len()] = {
                let mut bytes = [0; TEXT.len()];
                bytes.copy_from_slice(TEXT);
                bytes
            };
        };
    };
}
