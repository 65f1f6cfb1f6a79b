//! What the number of a link says about the first octets of a packet.

use super::prelude::*;
use super::{
    appletalk, arcnet, atm, bluetooth, broadcom_tag, chdlc, cooked, dsa, enc, ethernet,
    frame_relay, ieee80211, ipnet, ipoib, juniper, nflog, pktap, ppi, ppp, pppoe, radiotap, raw,
    slip, usb, vsock,
};

/// Prints a packet of a link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, link: u32, b: &[u8], length: usize) -> Done {
    match link {
        1 => {
            p.link_header += ethernet::print(p, b, length)?;
            Ok(())
        }
        12 | 14 | 101 => raw::print(p, b, length),
        228 => raw::v4(p, b, length),
        229 => raw::v6(p, b, length),
        0 | 108 => raw::null(p, b, length),
        113 => cooked::print(p, b, length),
        276 => cooked::print2(p, b, length),
        114 => {
            p.link_header += appletalk::local(p, b, length)?;
            Ok(())
        }
        8 => slip::print(p, b, length),
        15 => slip::bsdos(p, b, length),
        18 | 19 | 106 => slip::classical(p, b, length),
        7 => arcnet::print(p, b, length),
        129 => arcnet::linux(p, b, length),
        105 => ieee80211::link(p, b, length),
        119 => ieee80211::prism(p, b, length),
        127 => radiotap::link(p, b, length),
        163 => ieee80211::avs(p, b, length),
        189 => usb::print(p, b, 48),
        220 => usb::print(p, b, 64),
        201 => bluetooth::print(p, b, length),
        192 => ppi::print(p, b, length),
        109 => enc::print(p, b, length),
        226 => ipnet::print(p, b, length),
        239 => nflog::print(p, b, length),
        240 => netanalyzer(p, b, length, "netanalyzer", 4),
        241 => netanalyzer(p, b, length, "netanalyzer_transparent", 12),
        281 => broadcom_tag::print(p, b, length),
        282 => broadcom_tag::prepended(p, b, length),
        284 => dsa::print(p, b, length),
        285 => dsa::extended(p, b, length),
        242 => ipoib::print(p, b, length),
        149 | 258 => pktap::print(p, b, length),
        107 => frame_relay::link(p, b, length),
        182 => frame_relay::multilink(p, b, length),
        11 | 100 => atm::print(p, b, length),
        123 => atm::sun(p, b, length),
        130..=137 | 164 | 167 | 168 | 178..=181 => juniper::print(p, link, b, length),
        104 | 112 => chdlc::link(p, b, length),
        9 => ppp::link(p, b, length),
        50 => ppp::hdlc_link(p, b, length),
        51 => pppoe::link(p, b, length),
        166 => ppp::link(p, b, length),
        271 => vsock::print(p, b, length),
        _ => unsupported(p, b),
    }
}

/// Whether packets of a link are printed.
#[must_use]
pub(crate) fn known(link: u32) -> bool {
    matches!(
        link,
        0 | 1 | 105 | 109 | 189 | 192 | 201 | 220 | 119 | 127 | 163 | 7 | 8 | 15 | 18 | 19 | 106 | 129 | 226 | 239 | 9 | 11 | 114 | 100 | 123 | 130..=137 | 164 | 167 | 168 | 178..=182 | 12 | 14 | 50 | 51 | 101 | 104 | 107 | 108 | 112 | 113 | 166 | 228 | 229 | 240
            ..=242 | 258 | 271 | 276 | 281 | 282 | 284 | 285
    )
}

/// What is not printed: its octets.
fn unsupported(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "unsupported";
    p.protocol_caps();
    super::dump::hex_and_ascii(p, "\n\t", b);
    Ok(())
}

/// Hilscher's analyzer: a header of its own before Ethernet's.
fn netanalyzer(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    name: &'static str,
    header: usize,
) -> Done {
    p.protocol = name;
    b.octets(0, header)?;
    p.link_header += header;
    p.link_header += ethernet::print(p, b.tail(header), length.saturating_sub(header))?;
    Ok(())
}
