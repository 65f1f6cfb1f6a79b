//! The search list: which domains complete a name, one after the other, and when the name stands alone.

use crate::lookup::Lookup;
use crate::name::{self, Name, NameError};

/// Where a search is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    list: Vec<String>,
    ndots: u32,
    wanted: bool,
    /// The domain in use.
    origin: Option<usize>,
    /// The list is to be tried after the name as it is.
    pending: bool,
    done_as_is: bool,
    /// Names are converted from U-labels.
    idn: bool,
}

impl Search {
    /// A search for this name: as it is first where it has enough dots.
    pub(crate) fn new(list: Vec<String>, ndots: u32, wanted: bool, name: &str, idn: bool) -> Self {
        let dots = name.bytes().filter(|byte| *byte == b'.').count();
        let as_is = dots >= ndots as usize || !wanted;
        Self {
            origin: (!as_is && !list.is_empty()).then_some(0),
            pending: as_is && wanted,
            done_as_is: as_is,
            list,
            ndots,
            wanted,
            idn,
        }
    }

    /// The name to ask for now.
    pub(crate) fn name(&self, lookup: &Lookup) -> Result<Name, NameError> {
        let typed = crate::idn::to_ascii(&lookup.name, self.idn)?;
        let origin = match self.origin.and_then(|place| self.list.get(place)) {
            Some(domain) => Some(name::parse(&crate::idn::to_ascii(domain, self.idn)?, None)?.name),
            None => None,
        };
        Ok(name::parse(&typed, origin.as_ref())?.name)
    }

    /// Whether NXDOMAIN may lead on.
    pub(crate) fn is_searching(&self) -> bool {
        self.origin.is_some() || self.pending
    }

    /// Whether a domain completes the name now.
    pub(crate) fn has_origin(&self) -> bool {
        self.origin.is_some()
    }

    /// Moves on to the next domain; false when there is none.
    pub(crate) fn next(&mut self, typed: &str) -> bool {
        if !self.wanted {
            return false;
        }
        if let Ok(parsed) = name::parse(typed, None)
            && (parsed.absolute || parsed.name.iter().count() > self.ndots as usize)
        {
            return false;
        }
        match self.origin {
            None if !self.pending => false,
            None => {
                self.pending = false;
                self.origin = (!self.list.is_empty()).then_some(0);
                self.origin.is_some()
            }
            Some(place) => {
                let next = Some(place + 1).filter(|next| *next < self.list.len());
                if next.is_none() && self.done_as_is {
                    return false;
                }
                self.origin = next;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str, ndots: u32) -> Vec<String> {
        let list = vec!["a.example".to_owned(), "b.example".to_owned()];
        let mut search = Search::new(list, ndots, true, typed, false);
        let lookup = Lookup {
            name: typed.to_owned(),
            ..Lookup::default()
        };
        let mut seen = Vec::new();
        loop {
            seen.extend(search.name(&lookup).map(|name| name::text(&name)));
            if !search.next(typed) {
                return seen;
            }
        }
    }

    #[test]
    fn a_short_name_is_completed_first_and_a_dotted_one_last() {
        assert_eq!(
            names("www", 1),
            ["www.a.example.", "www.b.example.", "www."]
        );
        assert_eq!(names("www.x", 1), ["www.x."]);
        assert_eq!(
            names("www.x", 2),
            ["www.x.a.example.", "www.x.b.example.", "www.x."]
        );
        assert_eq!(names("www.", 1), ["www."]);
    }
}
