//! A page without scripts, or metrics, of what tools print with `--json`.
//!
//! Everything in the input is text of strangers: it is escaped where it stands in a page, and bounded. Nothing here
//! needs a privilege or opens a connection.

mod bar;
mod chart;
mod html;
mod input;
mod metrics;
mod page;
mod redact;
mod streams;

pub use input::{BadInput, Input, LONGEST};
pub use metrics::Metrics;
pub use page::Page;
pub use redact::Redaction;

/// The page and the metrics of some inputs.
pub struct Report {
    /// The page.
    pub page: Page,
    /// The metrics.
    pub metrics: Metrics,
}

impl Report {
    /// Of these inputs. Names and addresses become pseudonyms if that is wanted.
    pub fn of(title: &str, mut inputs: Vec<Input>, redact: bool) -> Self {
        let mut title = title.to_owned();
        if redact {
            let mut redaction = Redaction::default();
            inputs.iter().for_each(|input| redaction.learn(input));
            inputs.iter_mut().for_each(|input| redaction.apply(input));
            title = redaction.text(&title);
        }
        let mut report = Self {
            page: Page::new(&title),
            metrics: Metrics::default(),
        };
        for input in &inputs {
            streams::add(input, &mut report);
        }
        report
    }
}

#[cfg(test)]
mod tests;
