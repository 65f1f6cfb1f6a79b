//! A table with columns as wide as their widest cells; nothing follows the last cell of a line.

/// Lines of cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
enum Line {
    Cells(Vec<String>),
    /// Text over the whole width.
    Whole(String),
}

impl Table {
    pub(crate) fn add<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter().map(Into::into).collect();
        self.lines.push(Line::Cells(cells));
    }

    pub(crate) fn whole(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Whole(text.into()));
    }

    pub(crate) fn text(&self) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for line in &self.lines {
            let Line::Cells(cells) = line else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Whole(whole) => text.push_str(whole),
                Line::Cells(cells) => {
                    let filled = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
                    for (at, (cell, width)) in
                        cells.iter().zip(&widths).enumerate().take(filled + 1)
                    {
                        text.push_str(cell);
                        if at < filled {
                            let gap = width + 1 - cell.chars().count();
                            text.extend(std::iter::repeat_n(' ', gap));
                        }
                    }
                }
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_needed() {
        let mut table = Table::default();
        table.add(["PORT", "STATE", "SERVICE"]);
        table.add(["22/tcp", "open", "ssh"]);
        table.whole("| note");
        table.add(["8/tcp", "closed", ""]);
        assert_eq!(
            table.text(),
            "PORT   STATE  SERVICE\n22/tcp open   ssh\n| note\n8/tcp  closed\n"
        );
    }
}
