//! Describes in one line what is wrong with an input that is not a component.

/// The magic bytes of every WebAssembly binary (core specification, section 5.5.16).
const MAGIC: &[u8] = b"\0asm";
/// The version and layer of a core module, then of a component (component-model `design/mvp/Binary.md`).
const CORE_MODULE: &[u8] = &[0x01, 0x00, 0x00, 0x00];
const COMPONENT: &[u8] = &[0x0d, 0x00, 0x01, 0x00];

/// Refuses a file that is not a component, by its first eight bytes, and names what it is instead.
pub(crate) fn check_kind(bytes: &[u8]) -> Result<(), String> {
    let Some(version) = bytes.strip_prefix(MAGIC) else {
        return Err(if bytes.is_empty() {
            "empty, not WebAssembly; a plugin is a component built with `cargo build --target wasm32-wasip2`".to_owned()
        } else {
            "not WebAssembly; a plugin is a component built with `cargo build --target wasm32-wasip2`".to_owned()
        });
    };
    if version.starts_with(COMPONENT) {
        Ok(())
    } else if version.starts_with(CORE_MODULE) {
        Err(
            "a core module, not a component: build it with `cargo build --target wasm32-wasip2`"
                .to_owned(),
        )
    } else {
        Err(
            "WebAssembly of an unknown version: build it with `cargo build --target wasm32-wasip2`"
                .to_owned(),
        )
    }
}

/// The text on one line, without control characters, because it quotes names from an untrusted file.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_the_input_is_instead() {
        assert_eq!(check_kind(b"\0asm\x0d\0\x01\0rest"), Ok(()));
        let kind = |bytes: &[u8]| check_kind(bytes).err().unwrap_or_default();
        assert_eq!(
            kind(b"\x7fELF\x02"),
            "not WebAssembly; a plugin is a component built with `cargo build --target wasm32-wasip2`"
        );
        assert_eq!(
            kind(b""),
            "empty, not WebAssembly; a plugin is a component built with `cargo build --target wasm32-wasip2`"
        );
        assert!(kind(b"\0asm\x01\0\0\0").starts_with("a core module, not a component: "));
        assert!(kind(b"\0asm\x0d\0").starts_with("WebAssembly of an unknown version"));
        assert!(kind(b"\0asm").starts_with("WebAssembly of an unknown version"));
    }

    #[test]
    fn quoted_names_cannot_drive_the_terminal() {
        assert_eq!(
            one_line("bad name\n  \x1b[2Jx\u{9b}y \r\n at 0x1"),
            "bad name [2Jx y at 0x1"
        );
    }
}
