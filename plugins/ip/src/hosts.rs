//! Names in place of addresses: -r. Where hosts' addresses stand in the output is noted while it is made,
//! and they are looked up before it is handed over.

use std::net::IpAddr;

use nethost_sdk::names::{Names, Settings};

use crate::color::Mark;

/// Where an address stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// Blanks fill it up to this width.
    pub(crate) width: usize,
}

/// The names of all of them.
pub(crate) async fn names(places: &[Place]) -> Names {
    let mut names = Names::new(Settings {
        at_once: 32,
        // The places are in memory as well.
        remembered: places.len(),
        // What would need an escape in JSON is no host's name.
        accept: |name| !name.contains(['"', '\\']),
        ..Settings::default()
    });
    names
        .find_all(places.iter().map(|place| place.address))
        .await;
    names
}

/// The text with these names in their places; the marks move along.
pub(crate) fn put<'n>(
    text: &[u8],
    marks: &mut [Mark],
    places: &[Place],
    name_of: impl Fn(IpAddr) -> Option<&'n str>,
) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len());
    let mut at = 0;
    // Where each name ends: in the old text, and in the new one.
    let mut ends = Vec::new();
    for place in places {
        let Some(name) = name_of(place.address) else {
            continue;
        };
        all.extend_from_slice(&text[at..place.begin]);
        let begin = all.len();
        all.extend_from_slice(name.as_bytes());
        all.resize(all.len().max(begin + place.width), b' ');
        at = place.end;
        ends.push((place.end, all.len()));
    }
    all.extend_from_slice(&text[at..]);
    let moved = |old: usize| match ends[..ends.partition_point(|(end, _)| *end <= old)].last() {
        Some((end, new)) => new + (old - end),
        None => old,
    };
    for mark in marks {
        (mark.begin, mark.end) = (moved(mark.begin), moved(mark.end));
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use nethost_sdk::console::Color;

    #[test]
    fn names_take_the_places_of_addresses_and_colors_stay_with_them() {
        let text = b"via 10.0.0.9 dev v0 10.0.0.8 ";
        let (nine, eight): (IpAddr, IpAddr) =
            ("10.0.0.9".parse().unwrap(), "10.0.0.8".parse().unwrap());
        let place = |address, begin, width| Place {
            address,
            begin,
            end: begin + 8,
            width,
        };
        let mut marks = [(4, 13), (17, 20), (20, 29)].map(|(begin, end)| Mark {
            begin,
            end,
            color: Color::Cyan,
        });
        let name_of = |address| match address {
            _ if address == nine => Some("gateway.example"),
            _ if address == eight => Some("h"),
            _ => None,
        };
        let places = [place(nine, 4, 0), place(eight, 20, 4)];
        let all = String::from_utf8(put(text, &mut marks, &places, name_of)).unwrap();
        assert_eq!(all, "via gateway.example dev v0 h    ");
        let marked = marks.map(|mark| &all[mark.begin..mark.end]);
        assert_eq!(marked, ["gateway.example ", "v0 ", "h    "]);
    }
}
