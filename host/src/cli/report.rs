//! `nethost report`: a page or metrics of what tools printed with `--json`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use nethost_core::{output, replace};
use nethost_report::{Input, LONGEST, Report};

/// What to read and what to write.
#[derive(Args)]
pub(super) struct Options {
    /// What tools printed with --json; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the page here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The title of the page
    #[arg(long, value_name = "TEXT", default_value = "nethost report")]
    title: String,
    /// Give names and addresses as pseudonyms, the same one for the same name
    #[arg(long)]
    redact: bool,
    /// Write metrics here, for node_exporter's textfile collector; then the page is written only with --output
    #[arg(long, value_name = "FILE")]
    openmetrics: Option<PathBuf>,
}

/// Writes the page, the metrics or both.
pub(super) fn report(options: &Options) -> io::Result<u8> {
    let mut inputs = Vec::new();
    for file in &options.files {
        inputs.push(input(file).map_err(|error| named(file, &error))?);
    }
    let report = Report::of(&options.title, inputs, options.redact);
    if let Some(file) = &options.openmetrics {
        let text = report.metrics.text();
        // The collector reads *.prom alone, so it does not read the draft.
        replace(file, text.as_bytes()).map_err(|error| named(file, &error))?;
    }
    match &options.output {
        Some(file) => {
            replace(file, report.page.html().as_bytes()).map_err(|error| named(file, &error))?;
        }
        None if options.openmetrics.is_none() => {
            output::output().write_all(report.page.html().as_bytes())?;
        }
        None => {}
    }
    Ok(0)
}

fn named(file: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", file.display()))
}

fn input(file: &Path) -> io::Result<Input> {
    let is_standard = file == Path::new("-");
    let mut text = Vec::new();
    // One byte more tells that there is more.
    let most = LONGEST as u64 + 1;
    match is_standard {
        true => io::stdin().lock().take(most).read_to_end(&mut text)?,
        false => File::open(file)?.take(most).read_to_end(&mut text)?,
    };
    let name = match file.file_name() {
        Some(name) if !is_standard => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    Input::read(&name, &text).map_err(io::Error::other)
}
