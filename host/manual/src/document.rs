//! A page of the documentation (Markdown) as a manual page, or as a part of one.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use roff::{Inline, Roff, bold, italic, roman};

use super::{reference, title};

/// A whole page: a title, a summary of one line, and the text.
pub fn document(name: &str, section: u8, summary: &str, markdown: &str) -> String {
    let mut page = Roff::new();
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - {summary}"))]);
    page.control("SH", ["DESCRIPTION"]);
    Writer::new(&mut page, "SH").write(markdown);
    title(name, section) + &page.to_roff()
}

/// The text of a page below its title, as a part of another page. Its headings are those below a section.
pub(super) fn part(page: &mut Roff, markdown: &str) {
    Writer::new(page, "SS").write(markdown);
}

struct Writer<'a> {
    page: &'a mut Roff,
    /// The macro of a heading of the second level.
    heading: &'static str,
    /// The text of the paragraph, the item or the cell.
    line: Vec<Inline>,
    font: Vec<Font>,
    /// The number of the next item of each list that is open; none where they are not numbered.
    lists: Vec<Option<u64>>,
    /// The heads of the columns, and the cells of the row.
    heads: Vec<String>,
    cells: Vec<Vec<Inline>>,
    in_head: bool,
    code: Option<String>,
    skips: usize,
    in_link: bool,
    /// An item has begun and its first paragraph has not.
    begun: bool,
    /// Nothing is below the last heading yet.
    fresh: bool,
}

#[derive(Clone, Copy)]
enum Font {
    Bold,
    Italic,
}

impl<'a> Writer<'a> {
    fn new(page: &'a mut Roff, heading: &'static str) -> Self {
        Self {
            page,
            heading,
            line: Vec::new(),
            font: Vec::new(),
            lists: Vec::new(),
            heads: Vec::new(),
            cells: Vec::new(),
            in_head: false,
            code: None,
            skips: 0,
            in_link: false,
            begun: false,
            fresh: true,
        }
    }

    fn write(mut self, markdown: &str) {
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            self.event(event);
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None if self.in_link => match reference(&text) {
                    Some(page) => self.line.push(bold(page)),
                    None => self.push(&text),
                },
                None => self.push(&text),
            },
            Event::Code(text) => self.line.push(bold(text.into_string())),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.skips > 0 {
            return;
        }
        self.line.push(match self.font.last() {
            None => roman(text),
            Some(Font::Bold) => bold(text),
            Some(Font::Italic) => italic(text),
        });
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            // Below a heading a paragraph begins by itself.
            Tag::Paragraph if std::mem::take(&mut self.fresh) => {}
            Tag::Paragraph if self.lists.is_empty() => self.control("PP"),
            Tag::Paragraph if !std::mem::take(&mut self.begun) => self.control("IP"),
            Tag::Strong => self.font.push(Font::Bold),
            Tag::Emphasis => self.font.push(Font::Italic),
            Tag::List(first) => {
                self.flush();
                if !self.lists.is_empty() {
                    self.control("RS");
                }
                self.lists.push(first);
            }
            Tag::Item => {
                (self.begun, self.fresh) = (true, false);
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}.");
                        *number += 1;
                        self.page.control("IP", [mark.as_str(), "4"]);
                    }
                    _ => {
                        self.page.control("IP", ["*", "2"]);
                    }
                }
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::BlockQuote(_) => self.control("RS"),
            Tag::TableHead => (self.in_head, self.fresh) = (true, false),
            Tag::TableRow => self.cells.clear(),
            Tag::HtmlBlock => self.skips += 1,
            Tag::Link { .. } => self.in_link = true,
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::Paragraph => self.flush(),
            TagEnd::Strong | TagEnd::Emphasis => {
                self.font.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.begun = false;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if !self.lists.is_empty() {
                    self.control("RE");
                }
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                if !std::mem::take(&mut self.fresh) {
                    self.control("PP");
                }
                verbatim(self.page, code.lines());
            }
            TagEnd::BlockQuote(_) => self.control("RE"),
            TagEnd::HtmlBlock => self.skips -= 1,
            TagEnd::Link => self.in_link = false,
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                if self.in_head {
                    self.heads.push(cell.iter().map(plain).collect());
                } else {
                    self.cells.push(cell);
                }
            }
            TagEnd::TableHead => self.in_head = false,
            TagEnd::TableRow => self.row(),
            TagEnd::Table => self.heads.clear(),
            _ => {}
        }
    }

    /// The first heading is the title of the page, which has one already.
    fn end_heading(&mut self, level: HeadingLevel) {
        self.fresh = true;
        let words: String = self.line.drain(..).map(|part| plain(&part)).collect();
        match level {
            HeadingLevel::H1 => {}
            HeadingLevel::H2 if self.heading == "SH" => {
                self.page.control("SH", [words.to_uppercase().as_str()]);
            }
            _ => {
                self.page.control("SS", [words.as_str()]);
            }
        }
    }

    /// A row is an entry of a list: the first cell names it. Of more than two columns each has its head.
    fn row(&mut self) {
        let mut cells = std::mem::take(&mut self.cells).into_iter();
        let Some(first) = cells.next() else { return };
        self.page.control("TP", []);
        self.page.text(if first.is_empty() {
            vec![roman("-")]
        } else {
            first
        });
        let many = self.heads.len() > 2;
        let mut text: Vec<Inline> = Vec::new();
        for (number, cell) in cells.enumerate() {
            if cell.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push(roman("; "));
            }
            if let Some(head) = self
                .heads
                .get(number + 1)
                .filter(|head| many && !head.is_empty())
            {
                text.push(roman(format!("{head}: ")));
            }
            text.extend(cell);
        }
        if !text.is_empty() {
            self.page.text(text);
        }
    }

    fn control(&mut self, name: &str) {
        self.flush();
        self.page.control(name, []);
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.page.text(line);
        }
    }
}

/// The text without its font.
fn plain(part: &Inline) -> String {
    match part {
        Inline::Roman(text) | Inline::Italic(text) | Inline::Bold(text) => text.clone(),
        Inline::LineBreak => " ".to_owned(),
    }
}

/// Lines as they are, indented.
pub(super) fn verbatim<'a>(page: &mut Roff, lines: impl IntoIterator<Item = &'a str>) {
    page.control("RS", ["4"]);
    page.control("nf", []);
    for line in lines {
        // An empty line in a page is a mistake to some readers.
        page.text([roman(if line.is_empty() { " " } else { line })]);
    }
    page.control("fi", []);
    page.control("RE", []);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_all_that_its_source_has() {
        let source = "# T\n\nOne *i* **b** `c-d`.\n\n## Part a\n\n[policy.md](policy.md#x) [it](x.md)\n\n- x\n- y\n\n1. one\n2. two\n\n```sh\n.code -x\n```\n\n\
                      | word | what | why |\n|---|---|---|\n| `a` | b | c |\n\n<!-- no -->\n";
        let page = document("t", 5, "about t", source);
        for line in [
            ".TH t 5 \"\" \"nethost ",
            "t \\- about t",
            "One \\fIi\\fR \\fBb\\fR \\fBc\\-d\\fR.",
            ".SH \"PART A\"",
            "\\fBnethost\\-policy(5)\\fR it",
            ".IP * 2\nx",
            ".IP 1. 4\none",
            ".IP 2. 4\ntwo",
            "\\&.code \\-x",
            ".TP\n\\fBa\\fR\nwhat: b; why: c",
        ] {
            assert!(page.contains(line), "no {line:?} in\n{page}");
        }
        assert!(!page.contains("no"), "{page}");
    }
}
