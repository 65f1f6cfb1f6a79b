//! Objects that have no record of their own: questions, changes, and attributes by their numbers.

use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Entity, EntityKind, Failure, Field, How,
};

use nethost_sdk::Exit;

use crate::ip::{Ip, answer, warn};
use crate::words::{Done, failed};

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

/// What is nested in the first attribute with this number, as if it were an object of its own.
pub(crate) fn children(fields: &[Field], id: u16) -> Vec<Field> {
    let mut rest = fields.iter();
    let Some(outer) = rest.find(|field| field.depth == 0 && field.id == id) else {
        return Vec::new();
    };
    let inside = rest.take_while(|field| field.depth > outer.depth);
    inside
        .map(|field| Field {
            depth: field.depth - 1,
            id: field.id,
            value: field.value.clone(),
        })
        .collect()
}

/// An attribute of the object itself.
pub(crate) fn value(fields: &[Field], id: u16) -> Option<&Value> {
    let mut fields = fields.iter();
    let found = fields.find(|field| field.depth == 0 && field.id == id)?;
    found.value.as_ref()
}

/// One that is an unsigned number.
pub(crate) fn unsigned(fields: &[Field], id: u16) -> Option<u64> {
    match value(fields, id)? {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// One that is a structure.
pub(crate) fn octets(fields: &[Field], id: u16) -> Option<&[u8]> {
    match value(fields, id)? {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// One that is an address.
pub(crate) fn address(fields: &[Field], id: u16) -> Option<std::net::IpAddr> {
    match value(fields, id)? {
        Value::Address(address) => Some(nethost_sdk::netlink::ip(*address)),
        _ => None,
    }
}

/// ENOENT: for generic netlink, the kernel lacks the family.
const NOT_THERE: u32 = 2;

/// What iproute2 says where the kernel lacks a family of generic netlink.
fn no_family() -> Exit {
    failed(
        1,
        "RTNETLINK answers: No such file or directory\nError talking to the kernel",
    )
}

impl Ip {
    /// Lists all objects of a family of generic netlink.
    pub(crate) fn of_family(&mut self, query: &Entity) -> Done<Vec<Entity>> {
        self.entities(query, true)?.map_err(|error| match error {
            Failure::Kernel {
                errno: NOT_THERE, ..
            } => no_family(),
            error => answer(&error),
        })
    }

    /// Changes one of them. If the kernel knows no such object, the command that lists them tells whether it lacks all.
    pub(crate) fn change_of_family(&mut self, change: &Entity, list: u16) -> Done {
        let done = self.change_entity(change, How::empty());
        let Err(error) = &done else {
            return done;
        };
        if !error.stderr.ends_with("No such file or directory") {
            return done;
        }
        self.of_family(&entity(change.kind, list, &[])).map(drop)?;
        done
    }

    /// Changes an object whose failure ends with exit code 1, as iproute2 has it for some.
    pub(crate) fn change_with_one(&mut self, change: &Entity) -> Done {
        let done = self.change_entity(change, How::empty());
        done.map_err(|mut error| {
            if error.stderr.starts_with("RTNETLINK answers:") || error.stderr.starts_with("Error:")
            {
                error.code = 1;
            }
            error
        })
    }

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
