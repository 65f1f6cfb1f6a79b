//! IPsec associations and policies: NETLINK_XFRM (linux/xfrm.h). The broker overwrites the keys.

use crate::message::{HEADER, aligned, u16_at, u32_at};
use crate::message_builder::{DUMP, MessageBuilder};

/// XFRM_MSG_NEWSA.
pub const NEW_ASSOCIATION: u16 = 0x10;
/// XFRM_MSG_GETSA and XFRM_MSG_GETPOLICY.
const GET_ASSOCIATION: u16 = 0x12;
const GET_POLICY: u16 = 0x15;

/// struct xfrm_usersa_info.
pub const ASSOCIATION: usize = 224;
/// The length of the name in struct xfrm_algo and related structures.
pub const NAME: usize = 64;

/// XFRMA_ALG_AUTH.
pub const AUTHENTICATION: u16 = 1;
/// XFRMA_ALG_CRYPT.
pub const ENCRYPTION: u16 = 2;
/// XFRMA_ALG_COMP.
pub const COMPRESSION: u16 = 3;
/// XFRMA_ALG_AEAD.
pub const AEAD: u16 = 18;
/// XFRMA_ALG_AUTH_TRUNC.
pub const TRUNCATED: u16 = 20;

/// A message that asks for all associations, or for all policies.
pub fn dump(policies: bool) -> Option<Vec<u8>> {
    let builder = if policies {
        // struct xfrm_userpolicy_id.
        MessageBuilder::new(GET_POLICY, DUMP, &[0; 64])
    } else {
        // struct xfrm_usersa_id.
        MessageBuilder::new(GET_ASSOCIATION, DUMP, &[0; 24])
    };
    Some(builder.finish().ok()?.0)
}

/// Overwrites the keys in a listing of the kernel. A message that cannot be parsed to its end is overwritten
/// completely.
pub fn blank_keys(bytes: &mut [u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = u32_at(rest, 0).map_or(0, |length| length as usize);
        if length < HEADER || length > rest.len() {
            return rest.fill(0);
        }
        let next = aligned(length).min(rest.len());
        let (one, others) = rest.split_at_mut(next);
        if u16_at(one, 4) == Some(NEW_ASSOCIATION) {
            match one.get_mut(HEADER + ASSOCIATION..length) {
                Some(attributes) => blank_in(attributes),
                None => one.fill(0),
            }
        }
        rest = others;
    }
}

fn blank_in(attributes: &mut [u8]) {
    let mut rest = attributes;
    while !rest.is_empty() {
        let length = u16_at(rest, 0).map_or(0, usize::from);
        if length < 4 || length > rest.len() {
            return rest.fill(0);
        }
        let next = aligned(length).min(rest.len());
        let (one, others) = rest.split_at_mut(next);
        // After struct nlattr come the name and one length, or two.
        let key = match u16_at(one, 2) {
            Some(AUTHENTICATION | ENCRYPTION | COMPRESSION) => Some(4 + NAME + 4),
            Some(AEAD | TRUNCATED) => Some(4 + NAME + 8),
            _ => None,
        };
        if let Some(key) = key.and_then(|from| one.get_mut(from..)) {
            key.fill(0);
        }
        rest = others;
    }
}
