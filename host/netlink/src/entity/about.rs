//! What a change of such an object is about, for the request at the gate: its target, and the only link it touches.

use super::{Entity, EntityKind, family, route};
use crate::field::Field;
use crate::message::u32_at;
use crate::{AttributeValue, Error};
use nethost_core::Target;

/// Where a change says which link it is about.
pub(super) enum About {
    /// Nowhere: it may be about any.
    Any,
    /// These commands in an attribute with an index: the numbers of the attributes that it is nested in, then its own.
    /// Other commands change objects of any link.
    Attribute(&'static [u16], &'static [u16]),
    /// In the header, as an index.
    Header(usize),
    /// Where a route does.
    Route,
}

/// The index of the link that a change is about. 0 if it is about none or any: a policy with `interfaces` does not allow it
/// then.
pub(crate) fn link(entity: &Entity) -> u32 {
    let index = match family(entity.kind).about {
        About::Any => None,
        About::Header(at) => u32_at(&entity.header, at),
        About::Attribute(commands, way) if commands.contains(&entity.command) => {
            number(&entity.fields, way)
        }
        About::Attribute(..) => None,
        About::Route => route::link(entity),
    };
    let is_plain = !super::encapsulation::leads_elsewhere(entity);
    index.filter(|_| is_plain).unwrap_or_default()
}

/// The number in the attribute that is nested in these.
pub(super) fn number(fields: &[Field], way: &[u16]) -> Option<u32> {
    let mut outer = Vec::new();
    let mut found = fields.iter().filter(|field| {
        outer.truncate(field.depth.into());
        outer.push(field.id);
        outer == way
    });
    match found.next()?.value.as_ref()? {
        AttributeValue::Number(number) => u32::try_from(*number).ok(),
        AttributeValue::Signed(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

/// The target of the request.
pub(crate) fn target(entity: &Entity) -> Result<Target, Error> {
    match entity.kind {
        EntityKind::Routes => route::target(entity),
        kind => Ok(Target::Local(family(kind).name)),
    }
}
