//! Links by index and name: asked of the kernel once, because routes and neighbours name them a million times.

use std::collections::HashMap;

use nethost_sdk::netlink::{Failure, Link, LinkQuery, Listing, Namespace};

/// What is remembered of a link.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) flags: u32,
    pub(crate) link_type: u16,
}

/// The links of a namespace.
#[derive(Debug, Default)]
pub(crate) struct Links {
    known: Option<HashMap<u32, Known>>,
    /// The one asked for last, since neighbours in a listing often share theirs.
    last: Option<(u32, String)>,
}

impl Links {
    fn known(&mut self, namespace: &Namespace) -> &HashMap<u32, Known> {
        self.known.get_or_insert_with(|| {
            let links = namespace
                .links(LinkQuery::default())
                .and_then(nethost_sdk::netlink::Listing::all)
                .unwrap_or_default();
            links
                .into_iter()
                .map(|link| (link.index, known(link)))
                .collect()
        })
    }

    /// What is known of a link.
    pub(crate) fn get(&mut self, namespace: &Namespace, index: u32) -> Option<&Known> {
        self.known(namespace).get(&index)
    }

    /// The name of a link; `if7` for one that is not there.
    pub(crate) fn name(&mut self, namespace: &Namespace, index: u32) -> &str {
        if self.last.as_ref().is_none_or(|(last, _)| *last != index) {
            let name = match self.known(namespace).get(&index) {
                Some(link) => link.name.clone(),
                None if index == 0 => "*".to_owned(),
                None => self
                    .ask(namespace, index)
                    .unwrap_or_else(|| format!("if{index}")),
            };
            self.last = Some((index, name));
        }
        self.last.as_ref().map_or("", |(_, name)| name)
    }

    /// The name of a link that has come since the others were listed.
    fn ask(&mut self, namespace: &Namespace, index: u32) -> Option<String> {
        let query = LinkQuery {
            index: Some(index),
            ..LinkQuery::default()
        };
        let found = namespace
            .links(query)
            .and_then(nethost_sdk::netlink::Listing::all);
        let link = found.ok()?.into_iter().next()?;
        self.note(&link);
        Some(link.name)
    }

    /// The name of the link that was asked for last, if it is this one.
    pub(crate) fn remembered(&self, index: u32) -> Option<&str> {
        let (_, name) = self.last.as_ref().filter(|(last, _)| *last == index)?;
        Some(name)
    }

    /// The index of a link, by any of its names, or by the label of an alias of it (`eth0:1`).
    pub(crate) fn index(&mut self, namespace: &Namespace, name: &str) -> Result<u32, Failure> {
        let known = self.known(namespace).iter();
        if let Some((index, _)) = known.into_iter().find(|(_, link)| link.name == name) {
            return Ok(*index);
        }
        let query = LinkQuery {
            name: Some(name.to_owned()),
            ..LinkQuery::default()
        };
        let found = namespace.links(query).and_then(Listing::all);
        match (found, unlabelled(name)) {
            (Ok(found), _) => Ok(found.first().map_or(0, |link| link.index)),
            (Err(Failure::Kernel { .. }), Some(name)) => self.index(namespace, name),
            (Err(error), _) => Err(error),
        }
    }

    /// Takes note of one link that is new or has changed.
    pub(crate) fn note(&mut self, link: &Link) {
        self.last = None;
        if let Some(all) = &mut self.known {
            all.insert(link.index, known(link.clone()));
        }
    }

    /// Links have changed.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes note of links that were listed anyway.
    pub(crate) fn learn(&mut self, links: &[Link]) {
        let known = links.iter().map(|link| (link.index, known(link.clone())));
        self.known = Some(known.collect());
    }
}

/// What stands before the colon of the label of an alias.
pub(crate) fn unlabelled(name: &str) -> Option<&str> {
    let (name, _) = name.split_once(':')?;
    (!name.is_empty()).then_some(name)
}

fn known(link: Link) -> Known {
    Known {
        name: link.name,
        flags: link.flags,
        link_type: link.link_type,
    }
}
