//! What a new link needs besides its words, and what cannot be together.

use nethost_sdk::netlink::{Attribute, AttributeValue as Value};
use nethost_sdk::output::complain;

use super::super::show::{number, value};
use crate::words::{Done, failed, usage, wrong};

/// Checks the attributes of a new link, and adds what iproute2 adds on its own account.
pub(in super::super) fn complete(kind: &str, data: &mut Vec<Attribute>) -> Done {
    match kind {
        "vxlan" => vxlan(data),
        "geneve" => geneve(data),
        "macvlan" | "macvtap" => macvlan(kind, data),
        "bareudp" => {
            for (id, name) in [(1, "dstport"), (2, "ethertype")] {
                if value(data, id).is_none() {
                    return Err(required(name));
                }
            }
            Ok(())
        }
        "gtp" => gtp(data),
        "xfrm" => xfrm(data),
        _ => Ok(()),
    }
}

/// What iproute2 refuses itself, with this exit code.
fn refused(text: impl Into<String>) -> nethost_sdk::Exit {
    failed(1, text)
}

/// A word that must be there.
fn required(name: &str) -> nethost_sdk::Exit {
    usage(format!("Error: argument \"{name}\" is required"))
}

fn push(data: &mut Vec<Attribute>, id: u32, number: u64) {
    let value = Value::Number(number);
    data.push(Attribute { id, value });
}

fn macvlan(kind: &str, data: &[Attribute]) -> Done {
    const PASSTHRU: u64 = 8;
    if number(data, 2).is_some_and(|flags| flags & 1 != 0) && number(data, 1) != Some(PASSTHRU) {
        return Err(refused(format!(
            "{kind}: nopromisc flag only valid in passthru mode"
        )));
    }
    Ok(())
}

fn geneve(data: &mut [Attribute]) -> Done {
    let (external, has_id) = (value(data, 6).is_some(), value(data, 1).is_some());
    if external && has_id {
        return Err(refused(
            "geneve: both 'external' and vni cannot be specified",
        ));
    }
    if !external && !has_id {
        return Err(refused("geneve: missing virtual network identifier"));
    }
    if !external && value(data, 2).is_none() && value(data, 7).is_none() {
        return Err(refused("geneve: remote link partner not specified"));
    }
    Ok(())
}

fn gtp(data: &mut Vec<Attribute>) -> Done {
    if value(data, 4).is_none() {
        return Err(refused("gtp: role of the gtp device was not specified"));
    }
    // The kernel makes the sockets, since there is no program that has any.
    push(data, 5, 1);
    if value(data, 3).is_none() {
        push(data, 3, 1024);
    }
    Ok(())
}

fn xfrm(data: &[Attribute]) -> Done {
    let has = |id| value(data, id).is_some();
    if has(3) {
        if has(1) || has(2) {
            return Err(refused(
                "xfrmi: both 'external' and if_id/link cannot be specified",
            ));
        }
        return Ok(());
    }
    match number(data, 2) {
        None => Err(required("IF_ID")),
        Some(0) => Err(wrong("0", "if_id value is invalid")),
        Some(_) => Ok(()),
    }
}

fn vxlan(data: &mut Vec<Attribute>) -> Done {
    if let Some(id) = number(data, 1)
        && id >= 1 << 24
    {
        return Err(wrong(&id.to_string(), "invalid id"));
    }
    let external = number(data, 25) == Some(1);
    if external && value(data, 1).is_some() {
        return Err(failed(
            1,
            "vxlan: both 'external' and vni cannot be specified",
        ));
    }
    if external && value(data, 7).is_none() {
        push(data, 7, 0);
    }
    if value(data, 15).is_none() && !external {
        complain(format_args!(
            "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)"
        ));
        complain(format_args!(
            "Use 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message"
        ));
    }
    Ok(())
}
