//! Filter expressions: the words of the command line, compiled by the host, and run here on packets of files.

mod listing;
mod machine;
mod names;

use nethost_sdk::capture::{self, CompileOptions, Instruction, Origin};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, files};

pub(crate) use listing::print;
pub(crate) use machine::Machine;

use crate::failed;
use crate::options::Options;

/// Octets that a packet has at most, and that are captured unless -s says otherwise.
pub(crate) const LARGEST: u32 = 262_144;

/// The words of the expression, joined as native tcpdump joins them; or the contents of the file of -F.
pub(crate) fn expression(options: &Options) -> Result<String, Exit> {
    let Some(file) = &options.expression_file else {
        return Ok(options.expression.join(" "));
    };
    let reason = |error: Error| match error {
        Error::NotFound => "No such file or directory".to_owned(),
        Error::AccessDenied => "Permission denied".to_owned(),
        error => error.to_string(),
    };
    let text = match file.as_str() {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(failed)?,
        file => {
            let read = files::read(file).map_err(|error| {
                failed(format_args!(
                    "can't open {}: {}",
                    printable(file),
                    reason(error)
                ))
            })?;
            String::from_utf8_lossy(&read).into_owned()
        }
    };
    Ok(without_comments(&text))
}

/// From `#` to the end of the line is not part of an expression.
fn without_comments(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| match line.find('#') {
        Some(at) => line.split_at(at).0.to_owned() + &"\n".repeat(line.ends_with('\n').into()),
        None => line.to_owned(),
    });
    lines.collect()
}

/// Compiles an expression for packets of a link.
pub(crate) async fn compile(
    expression: &str,
    link: u32,
    snapshot: u32,
    netmask: u32,
    origin: Origin,
    optimize: bool,
) -> Result<Vec<Instruction>, Exit> {
    let options = CompileOptions {
        link,
        snapshot,
        optimize,
        netmask,
        origin,
    };
    let mut text = expression.to_owned();
    // Each turn finds the addresses of one more name.
    for _ in 0..names::MOST {
        let words = match capture::compile(&text, options) {
            Err(Error::InvalidArgument(words)) => words,
            Err(Error::NotSupported) => {
                return Err(failed(
                    "nethost-capture, which compiles filters, is not installed beside nethost or in /usr/libexec/nethost",
                ));
            }
            compiled => return compiled.map_err(failed),
        };
        let Some(replaced) = names::replace(&text, &words, |text| {
            capture::compile(text, options).is_ok()
        })
        .await
        .map_err(failed)?
        else {
            return Err(failed(words));
        };
        text = replaced;
    }
    Err(failed("more names of hosts than can be looked up"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_part_of_an_expression() {
        assert_eq!(without_comments("tcp # all\nport 80"), "tcp \nport 80");
    }
}
