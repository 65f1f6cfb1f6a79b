//! Objects that have no record of their own: questions, changes, and attributes by their numbers.

use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Entity, EntityKind, Failure, Field, How,
};

use crate::ip::{Ip, warn};
use crate::words::Done;

/// An object of that kind, with a header and without attributes.
pub(crate) fn entity(kind: EntityKind, command: u16, header: &[u8]) -> Entity {
    Entity {
        kind,
        command,
        header: header.to_vec(),
        fields: Vec::new(),
    }
}

/// An attribute of the object itself.
pub(crate) fn field(id: u16, value: Value) -> Field {
    nested(0, id, value)
}

/// A number of the object itself.
pub(crate) fn number(id: u16, number: impl Into<u64>) -> Field {
    field(id, Value::Number(number.into()))
}

/// An attribute nested in the one before it of a smaller depth.
pub(crate) fn nested(depth: u8, id: u16, value: Value) -> Field {
    let value = Some(value);
    Field { depth, id, value }
}

/// What others are nested in.
pub(crate) fn nest(depth: u8, id: u16) -> Field {
    let value = None;
    Field { depth, id, value }
}

/// The attributes of the object, and those that are nested in them: the number of the outer one × 65536 + their own.
pub(crate) fn attributes(entity: &Entity) -> Vec<Attribute> {
    let (mut outer, mut found) = (0, Vec::new());
    for Field { depth, id, value } in &entity.fields {
        let id = u32::from(*id);
        match (depth, value) {
            (0, None) => outer = id << 16,
            (0, Some(value)) => found.push((id, value)),
            (1, Some(value)) => found.push((outer | id, value)),
            _ => {}
        }
    }
    let found = found.into_iter();
    found
        .map(|(id, value)| Attribute {
            id,
            value: value.clone(),
        })
        .collect()
}

impl Ip {
    /// Lists objects.
    pub(crate) fn entities(
        &mut self,
        query: &Entity,
        all: bool,
    ) -> Done<Result<Vec<Entity>, Failure>> {
        Ok(self.kernel()?.entities(query, all))
    }

    /// Changes, adds or removes one.
    pub(crate) fn change_entity(&mut self, change: &Entity, how: How) -> Done {
        let done = self.kernel()?.change_entity(change, how);
        warn(done)
    }
}
