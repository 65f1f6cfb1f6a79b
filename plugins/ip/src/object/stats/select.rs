//! Which statistics: `group GROUP subgroup SUBGROUP suite SUITE`.

use crate::words::{Done, Words, failed};

/// What the levels are called.
pub(super) const LEVELS: [&str; 3] = ["group", "subgroup", "suite"];

/// Statistics that are shown together.
pub(super) struct Leaf {
    pub(super) path: &'static [&'static str],
    /// IFLA_STATS_….
    pub(super) attribute: u16,
}

const fn leaf(path: &'static [&'static str], attribute: u16) -> Leaf {
    Leaf { path, attribute }
}

/// In the order in which iproute2 6.1 shows them.
const LEAVES: &[Leaf] = &[
    leaf(&["afstats", "mpls"], 5),
    leaf(&["link"], 1),
    leaf(&["offload", "l3_stats"], 4),
    leaf(&["offload", "hw_stats_info"], 4),
    leaf(&["offload", "cpu_hit"], 4),
    leaf(&["xstats_slave", "bond", "802.3ad"], 3),
    leaf(&["xstats", "bond", "802.3ad"], 2),
    leaf(&["xstats_slave", "bridge", "mcast"], 3),
    leaf(&["xstats_slave", "bridge", "stp"], 3),
    leaf(&["xstats", "bridge", "mcast"], 2),
    leaf(&["xstats", "bridge", "stp"], 2),
];

/// LINK_XSTATS_TYPE_….
pub(super) fn of_kind(kind: &str) -> u16 {
    if kind == "bridge" { 1 } else { 2 }
}

/// What has been selected.
#[derive(Default)]
pub(super) struct Selection {
    whole: Vec<Vec<String>>,
    current: Vec<String>,
}

impl Selection {
    /// Takes the word if it is a level.
    pub(super) fn take(&mut self, words: &mut Words, word: &str) -> Done<bool> {
        let Some(level) = LEVELS.iter().position(|known| *known == word) else {
            return Ok(false);
        };
        let name = words.need()?;
        if self.current.len() < level {
            let missing = LEVELS[self.current.len()];
            return Err(failed(
                22,
                format!("Error: {word} {name} requested without selecting a {missing} first"),
            ));
        }
        if self.current.len() > level {
            let before = self.current.clone();
            chosen(&before)?;
            self.whole.push(before);
        }
        self.current.truncate(level);
        self.current.push(name);
        Ok(true)
    }

    pub(super) fn leaves(mut self) -> Done<Vec<&'static Leaf>> {
        self.whole.push(self.current);
        let mut wanted = Vec::new();
        for path in &self.whole {
            wanted.extend(chosen(path)?);
        }
        let leaves = LEAVES
            .iter()
            .filter(|leaf| wanted.iter().any(|wanted| std::ptr::eq(*wanted, *leaf)));
        Ok(leaves.collect())
    }
}

/// The leaves below a path.
fn chosen(path: &[String]) -> Done<Vec<&'static Leaf>> {
    for (level, name) in path.iter().enumerate() {
        let above = &path[..level];
        let mut under = LEAVES.iter().filter(|leaf| begins(leaf.path, above));
        let name = nethost_sdk::text::printable(name);
        let what = LEVELS[level];
        if under.clone().all(|leaf| leaf.path.len() <= level) {
            let inside = above.last().map_or("", String::as_str);
            let outer = LEVELS[level.saturating_sub(1)];
            return Err(failed(
                22,
                format!("Error: {what} {name} requested inside leaf {outer} {inside}"),
            ));
        }
        if !under.any(|leaf| {
            leaf.path
                .get(level)
                .is_some_and(|known| *known == path[level])
        }) {
            let inside = above.last().map_or("top-level", String::as_str);
            return Err(failed(
                22,
                format!("Error: no {what} named {name} found inside {inside}"),
            ));
        }
    }
    let leaves = LEAVES.iter().filter(|leaf| begins(leaf.path, path));
    Ok(leaves.collect())
}

fn begins(path: &[&str], with: &[String]) -> bool {
    path.len() >= with.len() && path.iter().zip(with).all(|(a, b)| a == b)
}
