//! Manual pages in the language of man(7), and the options of tools for shells. Nothing is written twice: the options
//! of a tool are those of its help text, which its parser's own table makes; what it does differently is its page in
//! docs/; the formats of files are described by theirs.

mod document;
mod help;
mod tool;

pub use document::document;
pub use help::{Block, Entry, objects, parse};
pub use tool::{Tool, tool};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Documents that are pages: the name, the section, the page in docs/, and the summary.
pub const PAGES: &[(&str, u8, &str, &str)] = &[
    (
        "nethost-policy",
        5,
        "policy",
        "policies of nethost: what a plugin may do",
    ),
    (
        "nethost-audit",
        5,
        "audit",
        "the audit log of nethost: records, signatures, verification",
    ),
    (
        "nethost-privilege",
        7,
        "privilege",
        "privileges of nethost's processes, and ways to install it",
    ),
    (
        "nethost-security",
        7,
        "security",
        "what nethost protects, against whom, and how",
    ),
    (
        "nethost-capabilities",
        7,
        "capabilities",
        "requests that plugins can make",
    ),
    (
        "nethost-operations",
        7,
        "operations",
        "running nethost on many machines",
    ),
];

/// The help text of a tool under this name.
pub fn help_of(name: &str) -> Option<&'static str> {
    find(HELP, name)
}

/// The page of the documentation with this name.
pub fn page_of(name: &str) -> Option<&'static str> {
    find(DOCS, name)
}

/// A document as a reader of manual pages knows it: `policy.md` is nethost-policy(5). None if it is no page.
fn reference(document: &str) -> Option<String> {
    let stem = document.strip_suffix(".md")?;
    let page = PAGES.iter().find(|(_, _, known, _)| *known == stem);
    let tool = || help_of(stem).map(|_| format!("nethost-{stem}(1)"));
    page.map(|(name, section, ..)| format!("{name}({section})"))
        .or_else(tool)
}

fn find(texts: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = texts.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

/// The first line of a page. It has no date: pages of one build are the same whenever they are made.
pub fn title(name: &str, section: u8) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let name = name.replace('-', "\\-");
    format!(".TH {name} {section} \"\" \"nethost {version}\" \"nethost\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_help_text_has_its_options() {
        for (name, text) in HELP {
            let blocks = parse(text);
            let options = blocks
                .iter()
                .filter(|block| matches!(block, Block::Option(_)));
            // Some native tools have none, or print only a line of usage.
            let few = ["ifconfig", "netstat", "nslookup", "route", "sar"];
            assert!(
                options.count() >= 3 || few.contains(name) || text.lines().count() < 15,
                "{name}: {blocks:#?}"
            );
        }
    }

    #[test]
    fn each_page_of_the_documentation_can_be_a_manual_page() {
        for (name, text) in DOCS {
            let page = document(name, 7, "a page", text);
            assert!(page.starts_with(".TH "), "{page}");
            assert!(page.contains("\n.SH NAME\n"), "{page}");
        }
    }
}
