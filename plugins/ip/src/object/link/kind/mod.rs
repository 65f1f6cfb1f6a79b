//! What a kind of link adds to -d, and what being a port adds.

pub(super) mod bond;
mod bridge;
mod field;
mod other;
mod tun;
pub(in super::super) mod tunnel;
mod vlan;
mod vxlan;

use nethost_sdk::netlink::{Attribute, Link};

use crate::ip::Ip;
use crate::words::Done;

/// The lines of the link's kind and of the kind that it is a port of.
pub(super) fn show(ip: &mut Ip, link: &Link) -> Done {
    if link.kind.is_none() && link.port_kind.is_none() {
        return Ok(());
    }
    ip.out.open_object_at("linkinfo");
    if let Some(kind) = &link.kind {
        ip.out.line();
        ip.out.any("info_kind", kind, format_args!("    {kind} "));
        if let Some(data) = &link.kind_data
            && has_data(kind)
        {
            ip.out.open_object_at("info_data");
            show_data(ip, kind, data)?;
            ip.out.close_object();
        }
    }
    if let Some(kind) = &link.port_kind {
        ip.out.line();
        ip.out
            .any("info_slave_kind", kind, format_args!("    {kind}_slave "));
        if let Some(data) = &link.port_data {
            ip.out.open_object_at("info_slave_data");
            match kind.as_str() {
                "bond" => field::show(ip, bond::PORT, data)?,
                "bridge" => field::show(ip, bridge::PORT, data)?,
                "vrf" => vlan::table(ip, data),
                _ => {}
            }
            ip.out.close_object();
        }
    }
    ip.out.close_object();
    Ok(())
}

/// Whether iproute2 knows what the kind adds.
fn has_data(kind: &str) -> bool {
    !matches!(
        kind,
        "batadv" | "veth" | "ifb" | "dummy" | "wireguard" | "nlmon" | "vcan"
    )
}

fn show_data(ip: &mut Ip, kind: &str, data: &[Attribute]) -> Done {
    match kind {
        "bond" => field::show(ip, bond::LINK, data),
        "bridge" => field::show(ip, bridge::LINK, data),
        "geneve" => {
            tunnel::geneve(ip, data);
            Ok(())
        }
        "gre" | "gretap" | "erspan" | "ip6gre" | "ip6gretap" | "ip6erspan" => {
            tunnel::gre(ip, kind, data)
        }
        "ip6tnl" => tunnel::ip6(ip, data),
        "ipip" | "sit" => tunnel::ip(ip, kind, data),
        "ipvlan" | "ipvtap" => vlan::ipvlan(ip, data),
        "macvlan" | "macvtap" => vlan::macvlan(ip, data),
        "tun" => tun::show(ip, data),
        "vlan" => vlan::vlan(ip, data),
        "vrf" => {
            vlan::table(ip, data);
            Ok(())
        }
        "vti" | "vti6" => tunnel::vti(ip, data),
        "vxlan" => vxlan::show(ip, data),
        "xfrm" => {
            tunnel::xfrm(ip, data);
            Ok(())
        }
        "amt" => other::amt(ip, data),
        "bareudp" => {
            other::bareudp(ip, data);
            Ok(())
        }
        "gtp" => field::show(ip, other::GTP, data),
        "hsr" => other::hsr(ip, data),
        "ipoib" => {
            other::ipoib(ip, data);
            Ok(())
        }
        "macsec" => other::macsec(ip, data),
        "rmnet" => field::show(ip, other::RMNET, data),
        _ => Ok(()),
    }
}
