//! The text of packets: one file for each protocol, each over slices of what was captured.
//!
//! A protocol's `print` writes its text to the [`Printer`] and ends with [`Cut`] where the packet was not captured so far.
//! `length` is what the packet says, `b` what there is of it: `b` may be shorter than `length`, and never reaches beyond what
//! belongs to the protocol. To add a protocol takes its file, its name in the list below, and its line where the protocol
//! below it chooses: [`ethertype`], [`transport`], [`udp`], [`tcp`] or [`link`].

pub(crate) mod checksum;
pub(crate) mod dump;
pub(crate) mod fields;
pub(crate) mod link;
pub(crate) mod names;
pub(crate) mod octets;
pub(crate) mod prelude;
pub(crate) mod printer;
pub(crate) mod settings;
pub(crate) mod stamp;
pub(crate) mod time;

mod address_family;
mod ah;
mod ahcp;
mod aodv;
mod aoe;
mod appletalk;
mod arcnet;
mod arista;
mod arp;
mod asn1;
mod atm;
mod babel;
mod babel_part;
mod bcm_li;
mod bfd;
mod bgp;
mod bgp_attribute;
mod bgp_community;
mod bgp_names;
mod bgp_nlri;
mod bgp_open;
mod bgp_security;
mod bluetooth;
mod bootp;
mod bootp_option;
mod broadcom_tag;
mod calls;
mod carp;
mod cdp;
mod cfm;
mod chdlc;
mod clnp;
mod cooked;
mod dccp;
mod dccp_option;
mod dhcp6;
mod dhcp6_option;
mod domain;
mod domain_option;
mod domain_record;
mod dsa;
mod dtp;
mod dvmrp;
mod eap;
mod egp;
mod eigrp;
mod enc;
mod enterprise;
mod erspan;
mod esp;
mod ethernet;
mod ethertype;
mod frame_relay;
mod geneve;
mod geonet;
mod gmpls_names;
mod gre;
mod hncp;
mod hncp_dhcp;
mod hsrp;
mod icmp;
mod icmp6;
mod icmp6_node;
mod icmp6_option;
mod ieee80211;
mod ieee80211_management;
mod ieee80211_names;
mod igmp;
mod ip;
mod ip6;
mod ip6_extension;
mod ipcomp;
mod ipnet;
mod ipoib;
mod ipx;
mod ipx_names;
mod isakmp;
mod isakmp1;
mod isakmp2;
mod isakmp_names;
mod isis;
mod isis_bridging;
mod isis_neighbor;
mod isis_reach;
mod isis_tlv;
mod isoclns;
mod juniper;
mod juniper_header;
mod juniper_names;
mod kerberos;
mod l2tp;
mod lane;
mod ldp;
mod ldp_element;
mod lisp;
mod llc;
mod lldp;
mod lldp_dcbx;
mod lldp_ieee;
mod lldp_med;
mod lmp;
mod lmp_names;
mod loopback;
mod lspping;
mod lwres;
mod m3ua;
mod macsec;
mod mobile;
mod mobility;
mod mpls;
mod mptcp;
mod msdp;
mod msnlb;
mod nflog;
mod nfs;
mod nfs_handle;
mod nfs_reply;
mod nhrp;
mod nsh;
mod ntp;
mod olsr;
mod openflow;
mod openflow10;
mod openflow10_flow;
mod openflow10_names;
mod openflow10_vendor;
mod openflow13;
mod openflow13_names;
mod osi;
mod ospf;
mod ospf6;
mod ospf_lsa;
mod ospf_opaque;
mod ospf_te;
mod oui;
mod pgm;
mod pgm_option;
mod pim;
mod pim2;
mod pktap;
mod ppi;
mod ppp;
mod ppp_control;
mod pppoe;
mod pptp;
mod pseudowire;
mod ptp;
mod q933;
mod quic;
mod radiotap;
mod radius;
mod radius_attribute;
mod raw;
mod resp;
mod rip;
mod ripng;
mod rpki;
mod rpl;
mod rsvp;
mod rsvp_interface;
mod rsvp_names;
mod rsvp_object;
mod rsvp_route;
mod rsvp_service;
mod rtp;
mod rx;
mod rx_form;
mod rx_names;
mod sctp;
mod sflow;
mod significant;
mod sip;
mod slip;
mod slow;
mod snmp;
mod snmp_object;
mod someip;
mod ssh;
mod stp;
mod sunrpc;
mod syslog;
mod tcp;
mod tcp_option;
mod telnet;
mod textual;
mod tftp;
mod timed;
mod tipc;
mod transport;
mod udld;
mod udp;
mod usb;
mod vqp;
mod vrrp;
mod vsock;
mod vtp;
mod vxlan;
mod wb;
mod zephyr;
mod zmtp;

pub(crate) use octets::Cut;
pub(crate) use printer::Printer;
pub(crate) use settings::{Payload, Settings, Time};

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    /// Parts of the second, in the unit of the settings.
    pub(crate) fraction: u32,
    /// How long it was.
    pub(crate) length: usize,
    /// Its link (LINKTYPE_ number).
    pub(crate) link: u32,
    /// What was captured.
    pub(crate) octets: &'a [u8],
}

/// The largest packet that is taken for one.
const LARGEST: usize = 262_144;

impl Printer {
    /// Prints a packet, the manieth of its capture from 1 on, into `out`.
    pub(crate) fn packet(&mut self, packet: &Packet<'_>, number: u64, times: &mut stamp::Times) {
        if self.set.number {
            write!(self, "{number:5}  ");
        }
        let (captured, length) = (packet.octets.len(), packet.length);
        if self.set.lengths {
            write!(self, "caplen {captured} len {length} ");
        }
        let mut faults = Vec::new();
        if captured == 0 {
            faults.push(" caplen==0".to_owned());
        }
        if length == 0 {
            faults.push(" len==0".to_owned());
        } else if length < captured {
            faults.push(format!(" len({length}) < caplen({captured})"));
        }
        for (name, is) in [("caplen", captured), ("len", length)] {
            if is > LARGEST {
                faults.push(format!(" {name}({is}) > {LARGEST}"));
            }
        }
        if !faults.is_empty() {
            return writeln!(self, "[Invalid header:{}]", faults.join(","));
        }
        times.print(self, packet.seconds, packet.fraction);
        self.protocol = "";
        self.link_header = 0;
        if let Err(Cut) = link::print(self, packet.link, packet.octets, length) {
            self.truncated();
            self.link_header = 0;
        }
        self.end_packet();
        self.dump(packet.octets);
        self.out.push('\n');
    }

    /// -X, -x and -A.
    fn dump(&mut self, octets: &[u8]) {
        let shown = |times: u8, header: usize| {
            let from = if times > 1 { 0 } else { header };
            octets.get(from..).unwrap_or_default()
        };
        let header = self.link_header;
        let set = &self.set;
        match (set.hex_ascii, set.hex, set.ascii) {
            (0, 0, 0) => {}
            (0, 0, times) => {
                let octets = shown(times, header);
                if !octets.is_empty() {
                    dump::ascii(self, octets);
                }
            }
            (0, times, _) => dump::hex(self, "\n\t", shown(times, header)),
            (times, ..) => dump::hex_and_ascii(self, "\n\t", shown(times, header)),
        }
    }
}
