//! What a page says, apart from how it looks.

use crate::bar::Bar;
use crate::chart::Chart;

/// So many rows of a table are shown.
const MOST_ROWS: usize = 2000;
/// So many sections has a page.
const MOST_SECTIONS: usize = 500;

/// A page.
#[derive(Debug)]
pub struct Page {
    pub(crate) title: String,
    pub(crate) sections: Vec<Section>,
    /// Sections beyond those that are shown.
    pub(crate) more_sections: usize,
}

/// A part of a page: one run of a tool.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// Names and values.
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) charts: Vec<Chart>,
    pub(crate) tables: Vec<Table>,
}

/// Rows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Rows beyond those that are shown.
    pub(crate) more: usize,
}

/// What stands in a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(String),
    Bar(Bar),
}

impl Page {
    pub(crate) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            sections: Vec::new(),
            more_sections: 0,
        }
    }

    pub(crate) fn push(&mut self, section: Section) {
        match self.sections.len() < MOST_SECTIONS {
            true => self.sections.push(section),
            false => self.more_sections += 1,
        }
    }

    /// As one self-contained file.
    pub fn html(&self) -> String {
        crate::html::page(self)
    }
}

impl Section {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    pub(crate) fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.push((name.to_owned(), value.into()));
    }
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        match self.rows.len() < MOST_ROWS {
            true => self.rows.push(row),
            false => self.more += 1,
        }
    }
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// A number with three digits behind the point; nothing where there is none.
    pub(crate) fn decimal(number: Option<f64>) -> Self {
        Self::Number(number.map_or_else(String::new, |number| format!("{number:.3}")))
    }
}
