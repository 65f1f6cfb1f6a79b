//! Where a transfer's body goes: which file, and how it is named.

use nethost_sdk::files;

use crate::failure::Result;
use crate::glob;
use crate::settings::{Getting, Operation, Resume};
use crate::sink::{Sink, Waiting};
use crate::url::{Url, decoded_bytes};

/// A file that is named when the head of the response is known.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    /// The name that the URL has.
    from_url: String,
    folder: Option<String>,
    silent: bool,
}

/// Where a body goes.
pub(crate) struct Output {
    pub(crate) sink: Sink,
    pub(crate) waiting: Option<Waiting>,
    pub(crate) naming: Option<Naming>,
    /// Where the transfer goes on.
    pub(crate) resume: u64,
    /// The file is there, and stays as it is.
    pub(crate) skips: bool,
}

impl Output {
    /// As the options say.
    pub(crate) fn of(
        op: &Operation,
        get: &Getting,
        url: &Url,
        values: &[String],
        silent: bool,
    ) -> Result<Self> {
        let mut output = Self {
            sink: Sink::stdout(),
            waiting: None,
            naming: None,
            resume: 0,
            skips: false,
        };
        if let Resume::At(from) = op.resume {
            output.resume = from;
        }
        if get.no_output {
            output.sink = Sink::nowhere();
            return Ok(output);
        }
        let name = match (&get.output, get.remote_name) {
            (Some(name), _) if name == "-" => return Ok(output),
            (Some(name), _) => glob::matched(name, values),
            (None, true) if op.remote_header_name => {
                output.naming = Some(Naming {
                    from_url: remote_name(url),
                    folder: op.output_dir.clone(),
                    silent,
                });
                return Ok(output);
            }
            (None, true) => {
                let name = remote_name(url);
                match name.is_empty() {
                    true => nameless(silent),
                    false => name,
                }
            }
            (None, false) => return Ok(output),
        };
        if name == "/dev/null" {
            output.sink = Sink::nowhere();
            return Ok(output);
        }
        if name == "/dev/stdout" || name == "/dev/fd/1" {
            return Ok(output);
        }
        let path = within(op.output_dir.as_deref(), &name);
        if op.skip_existing
            && let Ok(facts) = files::facts(&path)
            && facts.size > 0
        {
            nethost_sdk::output::complain(format_args!(
                "Note: skips transfer, \"{path}\" exists locally"
            ));
            output.skips = true;
            return Ok(output);
        }
        if op.resume == Resume::Auto && get.upload.is_none() {
            output.resume = files::facts(&path).map_or(0, |facts| facts.size);
        }
        let waiting = Waiting {
            path,
            mode: op.create_mode,
            appends: output.resume > 0 || matches!(op.resume, Resume::At(_)),
            no_clobber: op.no_clobber,
            exclusive: false,
            create_dirs: op.create_dirs,
        };
        output.sink = Sink::file(waiting.clone());
        output.waiting = Some(waiting);
        Ok(output)
    }
}

/// The name for a URL whose path has none.
fn nameless(silent: bool) -> String {
    const NAME: &str = "curl_response";
    if !silent {
        crate::cli::warning(&format!("No remote file name, uses \"{NAME}\""));
    }
    NAME.to_owned()
}

fn within(folder: Option<&str>, name: &str) -> String {
    match folder {
        Some(folder) => format!("{}/{name}", folder.trim_end_matches('/')),
        None => name.to_owned(),
    }
}

/// The last part of the URL's path.
fn remote_name(url: &Url) -> String {
    url.file_name().to_owned()
}

impl Naming {
    /// The file's name: what the server says, without any folder, or what the URL says.
    pub(crate) fn name(&self, disposition: Option<&str>) -> Option<String> {
        let said = disposition.and_then(file_name);
        let name = said.unwrap_or_else(|| self.from_url.clone());
        (!name.is_empty()).then(|| within(self.folder.as_deref(), &name))
    }

    /// A file that must not be there yet.
    pub(crate) fn sink(&self, disposition: Option<&str>, op: &Operation) -> Result<Sink> {
        let path = self
            .name(disposition)
            .unwrap_or_else(|| within(self.folder.as_deref(), &nameless(self.silent)));
        Ok(Sink::file(Waiting {
            path,
            mode: op.create_mode,
            appends: false,
            no_clobber: op.no_clobber,
            exclusive: disposition.and_then(file_name).is_some(),
            create_dirs: op.create_dirs,
        }))
    }
}

/// `filename=` of Content-Disposition, without folders.
fn file_name(disposition: &str) -> Option<String> {
    let lower = disposition.to_ascii_lowercase();
    let (start, _) = lower.match_indices("filename").find(|(at, _)| {
        let before = lower[..*at].trim_end();
        let after = lower[at + 8..].trim_start();
        (before.is_empty() || before.ends_with(';')) && after.starts_with('=')
    })?;
    let (_, value) = disposition[start..].split_once('=')?;
    let value = value.trim_start();
    let value = match value.chars().next()? {
        // A quote that nothing ends goes up to the end.
        mark @ ('"' | '\'') => value[1..].split(mark).next(),
        _ => value.split(';').next(),
    };
    let value = value.unwrap_or_default().trim_end();
    let name = value.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

/// The URL of an upload: a path that ends with a slash gets the file's name.
pub(crate) fn upload_target(url: &mut Url, path: &str) {
    if url.path.ends_with('/') && url.query.is_none() && path != "-" && path != "." {
        let name = path.rsplit('/').next().unwrap_or_default();
        url.path += &crate::cli::data::percent_encoded(name.as_bytes(), false);
    }
}

/// The path of a `file://` URL.
pub(crate) fn local_path(url: &Url) -> String {
    String::from_utf8_lossy(&decoded_bytes(&url.path)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers_have_no_folders() {
        let name = |text| file_name(text);
        assert_eq!(
            name("attachment; filename=\"a b.txt\"").as_deref(),
            Some("a b.txt")
        );
        assert_eq!(
            name("attachment; filename=../../etc/passwd").as_deref(),
            Some("passwd")
        );
        assert_eq!(name("attachment; filename=\"..\""), None);
        assert_eq!(name("inline"), None);
    }
}
