//! What was decided of many targets at once.

mod decide;
mod exception;
mod narrow;
mod parts;

pub use parts::SetPart;

use super::{Refusal, Terms};
use nethost_core::Exception;

/// What may be done to the members of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetDecision {
    /// On what terms the allowed ones are.
    pub grounds: Vec<Terms>,
    /// Why the denied ones are.
    pub refusals: Vec<Refusal>,
    /// Ranges of addresses in their order, each with its column of ports.
    bands: Vec<Band>,
    columns: Vec<Vec<Cell>>,
}

/// Addresses whose ports get the same verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Band {
    first: u128,
    last: u128,
    column: u32,
}

/// Ports that get the same verdict; 0 to 0 where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cell {
    first: u16,
    last: u16,
    verdict: MemberVerdict,
}

/// Which of the grounds, or which of the refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberVerdict {
    /// It is allowed on this ground.
    Allowed(u32),
    /// It is denied for this reason.
    Denied(u32),
}

/// Members that are allowed, as whom packets may come from: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderGroup {
    /// First and last address, as numbers.
    pub ranges: Vec<(u128, u128)>,
    /// First and last port; 0 to 0 where there are none.
    pub ports: Vec<(u16, u16)>,
}

impl SetDecision {
    /// What was decided of a member; nothing of what is none.
    #[inline]
    pub fn verdict(&self, address: u128, port: u16) -> Option<MemberVerdict> {
        let band = match &self.bands[..] {
            [band] => band,
            bands => bands.get(bands.partition_point(|band| band.last < address))?,
        };
        if !(band.first..=band.last).contains(&address) {
            return None;
        }
        let column = &self.columns.get(band.column as usize)?[..];
        let cell = match column {
            [cell] => cell,
            cells => cells.get(cells.partition_point(|cell| cell.last < port))?,
        };
        (cell.first..=cell.last)
            .contains(&port)
            .then_some(cell.verdict)
    }

    /// True when nothing is allowed.
    pub fn denies_all(&self) -> bool {
        let mut cells = self.columns.iter().flatten();
        !cells.any(|cell| matches!(cell.verdict, MemberVerdict::Allowed(_)))
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let cells = self.columns.iter().map(|cells| size_of_val(&**cells) + 32);
        let refusals = self.refusals.iter();
        let refusals = refusals.map(|refusal| 64 + refusal.rule.len() + refusal.remedy.len());
        size_of_val(&*self.bands)
            + cells.sum::<usize>()
            + refusals.sum::<usize>()
            + size_of_val(&*self.grounds)
    }

    /// What is allowed: ranges of addresses, each with the same ports.
    pub fn allowed(&self) -> Vec<SenderGroup> {
        self.allowed_on(|_| true)
    }

    /// The same on some of its grounds.
    pub fn allowed_on(&self, counts: impl Fn(u32) -> bool) -> Vec<SenderGroup> {
        let groups = self.columns.iter().enumerate().map(|(index, cells)| {
            let allowed =
                |cell: &&Cell| matches!(cell.verdict, MemberVerdict::Allowed(ground) if counts(ground));
            let ports = cells
                .iter()
                .filter(allowed)
                .map(|cell| (cell.first, cell.last));
            let bands = self
                .bands
                .iter()
                .filter(|band| band.column as usize == index);
            SenderGroup {
                ranges: merged(bands.map(|band| (band.first, band.last))),
                ports: merged(ports),
            }
        });
        groups
            .filter(|group| !group.ranges.is_empty() && !group.ports.is_empty())
            .collect()
    }

    /// Ranges of addresses of which at least one port is allowed, with their last.
    pub fn allowed_ranges(&self) -> Vec<(u128, u128)> {
        let allowed = |cell: &Cell| matches!(cell.verdict, MemberVerdict::Allowed(_));
        let bands = self.bands.iter().filter(|band| {
            let column = self.columns.get(band.column as usize);
            column.is_some_and(|column| column.iter().any(allowed))
        });
        merged(bands.map(|band| (band.first, band.last)))
    }
}

/// Ascending ranges, those that touch as one.
fn merged<T: Copy + Into<u128>>(ranges: impl Iterator<Item = (T, T)>) -> Vec<(T, T)> {
    let mut merged: Vec<(T, T)> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if (*end).into().checked_add(1) == Some(first.into()) => *end = last,
            _ => merged.push((first, last)),
        }
    }
    merged
}

#[cfg(test)]
pub(super) mod tests;
