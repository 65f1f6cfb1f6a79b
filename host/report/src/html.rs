//! The file: HTML with inline SVG, without scripts, links or anything else that a browser would load.

use std::fmt::Write;

use nethost_core::text;

use crate::page::{Cell, Page, Section, Table};

/// The longest text of a cell or a fact.
const LONGEST_TEXT: usize = 400;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2530;--soft:#5b6774;--line:#d5dbe1;--back:#eef1f4;--bar:#2f6fb3;--bad:#c0392b}\
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ed;--soft:#9aa6b2;--line:#3a444e;--back:#2a323a;--bar:#6aa7e6;--bad:#ef7869}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{color:var(--soft)}dd{margin:0}\
table{border-collapse:collapse;width:100%;margin-top:1rem;font-size:.85rem}th,td{min-width:3rem;text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
th{color:var(--soft);font-weight:600}td.n{font-variant-numeric:tabular-nums}\
figure{margin:1rem 0}figcaption{font-weight:600}.axis{color:var(--soft);font-size:.8rem;margin:0}\
svg.chart{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}\
.start{text-anchor:start}.middle{text-anchor:middle}.end{text-anchor:end}\
.grid{stroke:var(--line)}.line{fill:none;stroke:var(--bar);stroke-width:1.5}.dot{fill:var(--bar)}.stem{stroke:var(--bar);stroke-width:2}\
.lost{stroke:var(--bad);stroke-width:2}.back{fill:var(--back)}.bar{fill:var(--bar)}.bad{fill:var(--bad)}.mark{fill:var(--ink)}\
@media print{body{margin:0;max-width:none}figure,tr{break-inside:avoid-page}}";

/// The page as a file.
pub(crate) fn page(page: &Page) -> String {
    let title = escape(&page.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for one in &page.sections {
        section(one, &mut out);
    }
    if page.more_sections > 0 {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<p>{} more runs are not shown.</p>",
            page.more_sections
        );
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn section(section: &Section, out: &mut String) {
    let _ = writeln!(out, "<section>\n<h2>{}</h2>", escape(&section.title));
    if !section.facts.is_empty() {
        out.push_str("<dl>");
        for (name, value) in &section.facts {
            let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
        }
        out.push_str("</dl>\n");
    }
    for chart in &section.charts {
        chart.svg(escape, out);
        out.push('\n');
    }
    for one in &section.tables {
        table(one, out);
    }
    out.push_str("</section>\n");
}

fn table(table: &Table, out: &mut String) {
    if table.rows.is_empty() {
        return;
    }
    out.push_str("<table>\n<thead><tr>");
    for column in &table.columns {
        let _ = write!(out, "<th>{}</th>", escape(column));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for cell in row {
            match cell {
                Cell::Text(text) => {
                    let _ = write!(out, "<td>{}</td>", escape(text));
                }
                Cell::Number(number) => {
                    let _ = write!(out, "<td class=\"n\">{}</td>", escape(number));
                }
                Cell::Bar(bar) => {
                    out.push_str("<td>");
                    bar.svg(out);
                    out.push_str("</td>");
                }
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    if table.more > 0 {
        let _ = writeln!(
            out,
            "<p class=\"axis\">{} more rows are not shown.</p>",
            table.more
        );
    }
}

/// A text that is text wherever it stands in the file, without characters that reorder or control, and not too long.
pub(crate) fn escape(text: &str) -> String {
    let kept = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    let mut escaped = String::with_capacity(kept.len());
    for character in text::line(kept).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    if kept.len() < text.len() {
        let _ = write!(escaped, "… ({} more bytes)", text.len() - kept.len());
    }
    escaped
}
