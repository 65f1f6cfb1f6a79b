//! Names in place of addresses: -r. Where hosts' addresses stand in the output is noted while it is made,
//! and they are looked up before it is handed over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use nethost_sdk::resolver;
use nethost_sdk::text::printable;

use crate::color::Mark;

/// How long a name may take to be found; the address stays where none is.
const PATIENCE: Duration = Duration::from_secs(5);
/// Lookups under way at once.
const AT_ONCE: usize = 32;

/// Where an address stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// Blanks fill it up to this width.
    pub(crate) width: usize,
}

/// The names of all of them that have one.
pub(crate) async fn names(places: &[Place]) -> HashMap<IpAddr, String> {
    let mut addresses: Vec<IpAddr> = places.iter().map(|place| place.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let look_up = |address: IpAddr| async move {
        let found = resolver::names(address, PATIENCE).await.ok()?;
        // What would need an escape in JSON is no host's name.
        let name = found.into_iter().find(|name| !name.contains(['"', '\\']))?;
        Some((address, printable(&name).into_owned()))
    };
    let mut names = HashMap::new();
    let mut left = addresses.into_iter();
    let mut under_way: FuturesUnordered<_> = left.by_ref().take(AT_ONCE).map(look_up).collect();
    while let Some(found) = under_way.next().await {
        names.extend(found);
        under_way.extend(left.next().map(look_up));
    }
    names
}

/// The text with these names in their places; the marks move along.
pub(crate) fn put(
    text: &[u8],
    marks: &mut [Mark],
    places: &[Place],
    names: &HashMap<IpAddr, String>,
) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len());
    let mut at = 0;
    // Where each name ends: in the old text, and in the new one.
    let mut ends = Vec::new();
    for place in places {
        let Some(name) = names.get(&place.address) else {
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
        let names = [
            (nine, "gateway.example".to_owned()),
            (eight, "h".to_owned()),
        ]
        .into();
        let places = [place(nine, 4, 0), place(eight, 20, 4)];
        let all = String::from_utf8(put(text, &mut marks, &places, &names)).unwrap();
        assert_eq!(all, "via gateway.example dev v0 h    ");
        let marked = marks.map(|mark| &all[mark.begin..mark.end]);
        assert_eq!(marked, ["gateway.example ", "v0 ", "h    "]);
    }
}
