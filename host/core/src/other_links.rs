//! The links that a change of one link names beside it: what it is put on or under, and the other end of its cable. They are
//! fields of the change, where each is written with all names that it has.

use crate::{Interface, Request, Target};

/// The fields with names that the link gets.
const NEW_NAMES: [&str; 2] = ["altname", "name"];
/// The fields with other links.
const OTHER_LINKS: [&str; 7] = [
    "active-slave",
    "backup-port",
    "link",
    "master",
    "parent",
    "peer-name",
    "primary",
];
/// The function that changes links. Elsewhere a field of such a name is something else.
const CHANGES_LINKS: &str = "namespace.put";
/// What stands for no link, as where a link leaves its master.
const NONE: &str = "";

/// The field of a change with this name, if it names links.
pub fn link_field(name: &str) -> Option<&'static str> {
    let mut known = NEW_NAMES.into_iter().chain(OTHER_LINKS);
    known.find(|known| *known == name)
}

/// Whether the field with this name has a link other than that of the change.
pub fn is_other_link(name: &str) -> bool {
    OTHER_LINKS.contains(&name)
}

/// A link as a field of a change has it.
pub fn shown_link(link: Option<&Interface>) -> String {
    link.map_or_else(
        || NONE.to_owned(),
        // No name has a blank in it.
        |link| link.names().collect::<Vec<_>>().join(" "),
    )
}

impl Request {
    /// The fields of a change of a link.
    fn link_fields(&self) -> impl Iterator<Item = &(&'static str, String)> {
        let fields = match self.target {
            Target::Link(_) | Target::Object(_) if self.op == CHANGES_LINKS => &*self.changes,
            _ => &[],
        };
        fields.iter()
    }

    /// The other links that it names.
    pub fn other_links(&self) -> impl Iterator<Item = Interface> {
        let links = self.link_fields().filter(|(field, _)| is_other_link(field));
        links.filter_map(|(_, names)| {
            let mut names = names.split(' ').map(str::to_owned);
            Interface::named(&names.next()?, names.collect()).ok()
        })
    }

    /// The request as a denial sees it, if it gives names to a link or names other links: each of them may be what the denial
    /// is about.
    pub fn with_other_links(&self) -> Option<Self> {
        let of_link = matches!(self.target, Target::Link(_));
        let new = self
            .link_fields()
            .filter(|(field, _)| of_link && NEW_NAMES.contains(field));
        let mut names: Vec<String> = new.map(|(_, name)| name.clone()).collect();
        for link in self.other_links() {
            names.extend(link.names().map(str::to_owned));
        }
        let all = || names.iter().map(String::as_str);
        let target = match &self.target {
            _ if names.is_empty() => return None,
            Target::Link(link) => link.clone().also_called(all()),
            // The kernel chooses the name of the link itself.
            _ => self.other_links().next()?.also_called(all()),
        };
        let interface = self.interface.clone();
        Some(Self {
            target: Target::Link(target),
            interface: interface.map(|link| link.also_called(all())),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_is_read_as_it_is_shown() {
        let master = Interface::named("br0", vec!["uplink0".into()]).unwrap();
        let of = |field, link| {
            let link = Target::Link(Interface::named(link, Vec::new()).unwrap());
            let shown = shown_link(Some(&master));
            Request::new(CHANGES_LINKS, link)
                .changing(vec![(field, shown), ("parent", shown_link(None))])
        };
        let found: Vec<_> = of("master", "v0").other_links().collect();
        assert_eq!(found, std::slice::from_ref(&master));
        assert_eq!(of("mtu", "v0").other_links().count(), 0);
        let Some(Target::Link(seen)) = of("master", "v0").with_other_links().map(|it| it.target)
        else {
            panic!("it names another link");
        };
        assert_eq!(seen.names().collect::<Vec<_>>(), ["v0", "br0", "uplink0"]);
        // A capture has a field `link` too: the kind of its packets.
        let capture = Request {
            op: "session.open",
            ..of("link", "v0")
        };
        assert_eq!(capture.other_links().count(), 0);
        assert_eq!(capture.with_other_links(), None);
    }
}
