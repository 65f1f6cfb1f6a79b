//! The sections of a component (component-model `design/mvp/Binary.md`).

use wasmparser::{BinaryReader, Result};

/// A section with its content.
pub(super) struct Section<'a> {
    pub(super) id: u8,
    pub(super) content: &'a [u8],
}

impl Section<'_> {
    /// Writes the section, with other content if there is some.
    pub(super) fn write(&self, content: Option<&[u8]>, out: &mut Vec<u8>) {
        let content = content.unwrap_or(self.content);
        out.push(self.id);
        number(u32::try_from(content.len()).unwrap_or(u32::MAX), out);
        out.extend_from_slice(content);
    }
}

/// The sections behind the header.
pub(super) fn split(component: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut reader = BinaryReader::new(component, 0);
    reader.read_bytes(8)?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()?;
        let content = reader.read_bytes(length as usize)?;
        sections.push(Section { id, content });
    }
    Ok(sections)
}

/// Writes an unsigned number (LEB128).
pub(super) fn number(mut value: u32, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
