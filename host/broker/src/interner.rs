//! Converts requests from the channel to requests for the gate.

use std::sync::Arc;

use super::serve::declared;
use super::wire::{RequestFields, Target};
use nethost_core::set::address_of;
use nethost_core::{self as core, Declared, Request, TargetSet};

/// The maximum length of a name, which exceeds all names in the code, and the maximum number of names.
const LONGEST_WORD: usize = 64;
const WORDS: usize = 1024;

/// Names that are constants in the code, such as `links` or `next-hop`, are text on the channel. Each is stored
/// permanently once; their number is limited.
#[derive(Default)]
pub(super) struct Interner(Vec<&'static str>);

impl Interner {
    fn word(&mut self, text: &str) -> Option<&'static str> {
        if let Some(known) = self.0.iter().find(|known| **known == text) {
            return Some(known);
        }
        // The name goes into records, so it must be one word that cannot be mistaken for more.
        let is_word = !text
            .bytes()
            .any(|byte| byte == b' ' || !byte.is_ascii_graphic());
        if !is_word || text.len() > LONGEST_WORD || self.0.len() >= WORDS {
            return None;
        }
        let word: &'static str = Box::leak(text.into());
        self.0.push(word);
        Some(word)
    }

    /// The request and its capability. None if there is no such capability, or if it does not have such requests.
    pub(super) fn request(
        &mut self,
        capabilities: &[Declared],
        fields: RequestFields<'_>,
    ) -> Option<(Declared, Request)> {
        let declared = declared(capabilities, &fields.capability)?;
        let target = match fields.target {
            Target::Address { address, port } => core::Target::Address { address, port },
            Target::Network(network) => core::Target::Network(network),
            Target::Set {
                ipv6,
                ranges,
                ports,
            } => {
                let ranges: Vec<_> = ranges
                    .into_iter()
                    .map(|(first, last)| (address_of(ipv6, first), address_of(ipv6, last)))
                    .collect();
                core::Target::Set(Arc::new(TargetSet::new(&ranges, &ports).ok()?))
            }
            Target::Listen { address, port } => core::Target::Listen { address, port },
            Target::Name(name) => core::Target::Name(name),
            Target::Link(interface) => core::Target::Link(interface),
            Target::Object(name) => core::Target::Object(name),
            Target::Path(path) => core::Target::Path(path),
            Target::Local(fact) => core::Target::Local(self.word(&fact)?),
        };
        let mut changes = Vec::new();
        for (field, value) in fields.changes {
            changes.push((self.word(&field)?, value.into_owned()));
        }
        let mut request = Request::new(declared.op(&fields.op)?, target)
            .on_interface(fields.interface)
            .in_namespace(fields.namespace.as_deref())
            .changing(changes);
        request.socket = fields.socket;
        declared
            .uses_all_of(&request)
            .then_some((declared, request))
    }
}
