//! Links between documents lead somewhere: to a file of the repository, and to a heading of it. And every page of docs/
//! is in the book.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::step::{self, Failure};

/// The folder of the book (mdBook), and its contents.
const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

/// What is wrong with the links of these documents.
pub(super) fn breaches(root: &Path, documents: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut texts = BTreeMap::new();
    for path in documents {
        texts.insert(path.clone(), step::read(super::STEP, &root.join(path))?);
    }
    let is_there = |path: &Path| root.join(path).exists();
    Ok(broken(&texts, is_there))
}

fn broken(texts: &BTreeMap<PathBuf, String>, is_there: impl Fn(&Path) -> bool) -> Vec<String> {
    let headings: BTreeMap<&PathBuf, BTreeSet<String>> = texts
        .iter()
        .map(|(path, text)| (path, anchors(text)))
        .collect();
    let mut breaches = Vec::new();
    let mut chapters = BTreeSet::new();
    for (path, text) in texts {
        for (line, link) in links(text) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = path.parent().unwrap_or(Path::new(""));
            let target = match file {
                "" => Some(path.clone()),
                file => resolved(&folder.join(file)),
            };
            let at = format!("{}:{line}", path.display());
            let Some(target) = target.filter(|target| is_there(target)) else {
                breaches.push(format!("{at}: `{link}` leads nowhere"));
                continue;
            };
            if !anchor.is_empty()
                && let Some(known) = headings.get(&target)
                && !known.contains(anchor)
            {
                breaches.push(format!(
                    "{at}: {} has no heading `#{anchor}`",
                    target.display()
                ));
            }
            if path.starts_with(BOOK) && !target.starts_with(BOOK) {
                breaches.push(format!(
                    "{at}: `{link}` leads out of the book; name the file instead"
                ));
            }
            if path == Path::new(SUMMARY) {
                chapters.insert(target);
            }
        }
    }
    let in_docs = |path: &&PathBuf| path.starts_with(BOOK) && **path != Path::new(SUMMARY);
    let left_out = texts
        .keys()
        .filter(in_docs)
        .filter(|path| !chapters.contains(*path));
    breaches.extend(left_out.map(|path| format!("{}: not in {SUMMARY}", path.display())));
    breaches
}

/// A path without `..`. None if it leaves the repository.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if !resolved.pop() => return None,
            Component::Normal(part) => resolved.push(part),
            _ => {}
        }
    }
    Some(resolved)
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// The links to other documents, with their lines. Other sites are not asked.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (event, range) in parser(text).into_offset_iter() {
        let dest_url = match event {
            // A version such as <id:> looks like one.
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            }) => continue,
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => dest_url,
            _ => continue,
        };
        let link = dest_url.into_string();
        if !link.contains("://") && !link.starts_with("mailto:") {
            let before = text.get(..range.start).unwrap_or_default();
            found.push((before.matches('\n').count() + 1, link));
        }
    }
    found
}

/// The anchors of the headings, as GitHub and mdBook make them: lower case, a hyphen for each space, no other signs; a
/// number behind those that are there twice.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = slug(&heading.take().unwrap_or_default());
                let free = (0..).map(|number| match number {
                    0 => anchor.clone(),
                    number => format!("{anchor}-{number}"),
                });
                let mut free = free.filter(|anchor| !anchors.contains(anchor));
                if let Some(anchor) = free.next() {
                    anchors.insert(anchor);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(files: &[(&str, &str)]) -> Vec<String> {
        let texts = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        broken(&texts, |path| {
            path == Path::new("wit/a.wit")
                || files.iter().any(|(known, _)| path == Path::new(known))
        })
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let found = breaches(&[
            (
                "README.md",
                "# A\n[b](docs/b.md#two-words) [c](#a) [d](https://example.org/x)\n```\n[e](no.md)\n```\n`[f](no.md)`\n",
            ),
            (
                "docs/b.md",
                "## Two words\n[s](SUMMARY.md)\n## `c-d`, e\n[s](#c-d-e)\n",
            ),
            ("docs/SUMMARY.md", "- [b](b.md)\n"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn each_way_to_lead_nowhere_is_found() {
        let found = breaches(&[
            (
                "README.md",
                "# A\n\n[b](docs/c.md)\n[c](../x.md)\n[d](docs/b.md#nothing)\n[e](#no)\n",
            ),
            ("docs/b.md", "# B\n[w](../wit/a.wit)\n"),
            ("docs/SUMMARY.md", ""),
        ]);
        assert_eq!(
            found,
            [
                "README.md:3: `docs/c.md` leads nowhere",
                "README.md:4: `../x.md` leads nowhere",
                "README.md:5: docs/b.md has no heading `#nothing`",
                "README.md:6: README.md has no heading `#no`",
                "docs/b.md:2: `../wit/a.wit` leads out of the book; name the file instead",
                "docs/b.md: not in docs/SUMMARY.md",
            ]
        );
    }

    #[test]
    fn headings_that_are_there_twice_are_numbered() {
        let all = anchors("# A b\n# A b\n");
        assert!(all.contains("a-b") && all.contains("a-b-1"), "{all:?}");
    }
}
