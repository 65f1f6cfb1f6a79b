//! The sections of a component (component-model `design/mvp/Binary.md`), as far as removing some of them needs it.

/// The first bytes of a core module, and of a component.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// The numbers of sections.
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
const NESTED_COMPONENT: u8 = 4;
/// How deep components are nested at most.
const DEPTH: usize = 32;

/// A file that is not a component, or is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It begins with something else.
    #[error("it is not a WebAssembly component")]
    NoComponent,
    /// It is a core module.
    #[error(
        "it is a core module, not a component: build it for wasm32-wasip2, or name the folder of its world with --wit"
    )]
    CoreModule,
    /// A section is longer than the file, or nested too deeply.
    #[error("it is damaged at byte {0}")]
    Damaged(usize),
}

/// Copies a component without the custom sections for which `keep` says no. `keep` gets the name of each, and whether it
/// belongs to the outermost component.
pub(crate) fn without(
    bytes: &[u8],
    keep: &dyn Fn(&str, bool) -> bool,
) -> Result<Vec<u8>, Malformed> {
    if bytes.starts_with(MODULE) {
        return Err(Malformed::CoreModule);
    }
    if !bytes.starts_with(COMPONENT) {
        return Err(Malformed::NoComponent);
    }
    copied(bytes, 0, 0, keep)
}

fn copied(
    bytes: &[u8],
    base: usize,
    depth: usize,
    keep: &dyn Fn(&str, bool) -> bool,
) -> Result<Vec<u8>, Malformed> {
    let is_component = bytes.starts_with(COMPONENT);
    if (!is_component && !bytes.starts_with(MODULE)) || depth > DEPTH {
        return Err(Malformed::Damaged(base));
    }
    let mut out = bytes.get(..8).unwrap_or_default().to_vec();
    let mut at = 8;
    while let Some(id) = bytes.get(at) {
        let damaged = Malformed::Damaged(base + at);
        let (length, begin) = number(bytes, at + 1).ok_or(damaged)?;
        let end = begin.checked_add(length).ok_or(damaged)?;
        let content = bytes.get(begin..end).ok_or(damaged)?;
        match *id {
            CUSTOM => {
                let (length, begin) = number(content, 0).ok_or(damaged)?;
                let name = begin
                    .checked_add(length)
                    .and_then(|end| content.get(begin..end))
                    .ok_or(damaged)?;
                let name = std::str::from_utf8(name).map_err(|_| damaged)?;
                if keep(name, depth == 0) {
                    push(&mut out, CUSTOM, content);
                }
            }
            // In a core module, these numbers mean other sections.
            CORE_MODULE | NESTED_COMPONENT if is_component => {
                let inner = copied(content, base + begin, depth + 1, keep)?;
                push(&mut out, *id, &inner);
            }
            id => push(&mut out, id, content),
        }
        at = end;
    }
    Ok(out)
}

/// A custom section.
pub(crate) fn custom(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::new();
    push_number(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    push(out, CUSTOM, &content);
}

fn push(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    push_number(out, content.len());
    out.extend_from_slice(content);
}

/// An unsigned number of 32 bits in LEB128, and where it ends.
fn number(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, at));
        }
    }
    None
}

fn push_number(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let digit = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(digit);
            return;
        }
        out.push(digit | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn component(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = COMPONENT.to_vec();
        for (id, content) in sections {
            push(&mut bytes, *id, content);
        }
        bytes
    }

    fn named(name: &str, data: &[u8]) -> Vec<u8> {
        let mut section = Vec::new();
        custom(&mut section, name, data);
        // Without its number and length, which are both of one byte here.
        section.split_off(2)
    }

    #[test]
    fn sections_are_left_out_at_every_depth() {
        let mut module = MODULE.to_vec();
        push(&mut module, 0, &named("name", b"x"));
        push(&mut module, 4, &vec![7; 300]);
        let inner = component(&[(0, named("name", b"y")), (1, module)]);
        let whole = component(&[(4, inner), (0, named("other", b"z"))]);
        let stripped = without(&whole, &|name, _| name != "name").unwrap();
        let mut module = MODULE.to_vec();
        push(&mut module, 4, &vec![7; 300]);
        let inner = component(&[(1, module)]);
        assert_eq!(
            stripped,
            component(&[(4, inner), (0, named("other", b"z"))])
        );
        assert_eq!(without(&whole, &|_, _| true).unwrap(), whole);
    }

    #[test]
    fn every_cut_is_refused_or_harmless() {
        let module = [MODULE, &[1, 3, 1, 2, 3]].concat();
        let whole = component(&[(1, module), (0, named("n", b"abc")), (7, vec![0; 200])]);
        for length in 0..whole.len() {
            let _ = without(&whole[..length], &|_, _| false);
        }
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] = 0xff;
            let _ = without(&bytes, &|_, _| false);
        }
        assert_eq!(without(MODULE, &|_, _| true), Err(Malformed::CoreModule));
        assert_eq!(without(b"PK", &|_, _| true), Err(Malformed::NoComponent));
        let long = [COMPONENT, &[1, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
        assert_eq!(without(&long, &|_, _| true), Err(Malformed::Damaged(8)));
    }
}
