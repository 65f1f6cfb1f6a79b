//! The manual page of a tool: its help text, what it asks the policy for, and where it differs from the native tool.

use roff::{Roff, bold, roman};

use super::document::{part, verbatim};
use super::help::{Block, parse};
use super::title;

/// What is known of a tool.
#[derive(Debug, Clone)]
pub struct Tool<'a> {
    /// The name that it is called by.
    pub name: &'a str,
    /// Its summary.
    pub summary: &'a str,
    /// The plugin that it is a name of, if that is named otherwise.
    pub plugin: &'a str,
    /// Its help text.
    pub help: &'a str,
    /// Its page in the documentation.
    pub page: Option<&'a str>,
    /// Each request with its targets, and its reason.
    pub requests: Vec<(String, &'a str)>,
}

/// The page, as `nethost-NAME(1)`.
pub fn tool(tool: &Tool<'_>) -> String {
    let mut page = Roff::new();
    let name = format!("nethost-{}", tool.name);
    page.control("SH", ["NAME"]);
    page.text([roman(format!(
        "{name} - {}",
        tool.summary.trim_end_matches('.')
    ))]);

    let blocks = parse(tool.help);
    let (usage, blocks) = split_usage(&blocks);
    page.control("SH", ["SYNOPSIS"]);
    if usage.is_empty() {
        page.text([
            bold(format!("nethost {}", tool.name)),
            roman(" [OPTIONS] [ARGUMENTS]"),
        ]);
    } else {
        page.control("nf", []);
        for line in usage {
            page.text([roman(line)]);
        }
        page.control("fi", []);
    }
    page.control("SH", ["DESCRIPTION"]);
    page.text([
        roman("The same as "),
        bold(tool.name),
        roman(", as a plugin of "),
        bold("nethost(1)"),
        roman(": it reaches only what the policy allows, and what it does is recorded. Also called by a link named "),
        bold(tool.name),
        roman(" (see "),
        bold("nethost-links(1)"),
        roman(")."),
    ]);
    options(&mut page, &blocks);
    page.control("SH", ["REQUESTS"]);
    page.text([roman(
        "Without a policy it gets this, and nothing else. A policy can narrow or deny each (nethost-policy(5)).",
    )]);
    for (request, reason) in &tool.requests {
        page.control("TP", []);
        page.text([bold(request.as_str())]);
        page.text([roman(*reason)]);
    }
    if let Some(text) = tool.page {
        page.control("SH", ["NOTES"]);
        part(&mut page, text);
    }
    page.control("SH", ["EXIT STATUS"]);
    page.text([roman(
        "Those of the native tool. 2 if the plugin is stopped, or a policy has a mistake; a line on standard error says why.",
    )]);
    page.control("SH", ["SEE ALSO"]);
    let plugin = (tool.plugin != tool.name).then(|| format!("nethost-{}(1), ", tool.plugin));
    page.text([roman(format!(
        "{}nethost(1), nethost-policy(5), nethost-audit(5)",
        plugin.unwrap_or_default()
    ))]);
    title(&name, 1) + &page.to_roff()
}

/// The lines of usage, and the rest.
fn split_usage(blocks: &[Block]) -> (Vec<String>, Vec<Block>) {
    let is_usage = |text: &str| text.trim_start().to_lowercase().starts_with("usage");
    let at = blocks.iter().position(|block| match block {
        Block::Heading(words) => is_usage(words),
        Block::Text(lines) => lines.iter().any(|line| is_usage(line)),
        Block::Option(_) => false,
    });
    let Some(at) = at else {
        return (Vec::new(), blocks.to_vec());
    };
    let mut rest = blocks.to_vec();
    // A heading has its lines in the next block.
    if matches!(rest[at], Block::Heading(_)) {
        rest.remove(at);
    }
    let Some(Block::Text(lines)) = rest.get_mut(at) else {
        return (Vec::new(), rest);
    };
    let start = lines.iter().position(|line| is_usage(line)).unwrap_or(0);
    let end = lines[start..]
        .iter()
        .position(|line| line.trim().is_empty());
    let end = end.map_or(lines.len(), |end| start + end);
    let usage = lines.drain(start..end).map(|line| {
        let line = line.trim();
        let word = line
            .get(..6)
            .filter(|word| word.eq_ignore_ascii_case("usage:"));
        line.get(word.map_or(0, str::len)..)
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    let usage = usage.filter(|line| !line.is_empty()).collect();
    (usage, rest)
}

fn options(page: &mut Roff, blocks: &[Block]) {
    let mut begun = false;
    let mut begin = |page: &mut Roff| {
        if !std::mem::replace(&mut begun, true) {
            page.control("SH", ["OPTIONS"]);
        }
    };
    for block in blocks {
        match block {
            Block::Heading(words) if words.eq_ignore_ascii_case("options") => begin(page),
            Block::Heading(words) => {
                begin(page);
                page.control("SS", [words.as_str()]);
            }
            Block::Option(entry) => {
                begin(page);
                page.control("TP", []);
                page.text([bold(entry.left.as_str())]);
                let text = if entry.text.is_empty() {
                    "-"
                } else {
                    &entry.text
                };
                page.text([roman(text)]);
            }
            Block::Text(lines) => {
                let first = lines.iter().position(|line| !line.trim().is_empty());
                if let Some(first) = first {
                    verbatim(page, lines[first..].iter().map(String::as_str));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_usage_options_requests_and_notes() {
        let page = tool(&Tool {
            name: "mtr",
            summary: "Trace a route",
            plugin: "traceroute",
            help: "Usage:\n mtr [options] hostname\n\n  -4                use IPv4 only\n\nSee also:\n  more\n",
            page: Some("# mtr\n\nIt differs.\n"),
            requests: vec![("icmp.echo to $args".into(), "sends probes")],
        });
        for text in [
            ".TH nethost\\-mtr 1 ",
            ".SH SYNOPSIS\n.nf\nmtr [options] hostname\n.fi\n",
            ".SH OPTIONS\n.TP\n\\fB\\-4\\fR\nuse IPv4 only\n",
            ".SS \"See also\"",
            ".TP\n\\fBicmp.echo to $args\\fR\nsends probes\n",
            "It differs.",
            "nethost\\-traceroute(1), nethost(1)",
        ] {
            assert!(page.contains(text), "no {text:?} in\n{page}");
        }
    }
}
