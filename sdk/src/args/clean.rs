//! Repairs text that was pasted from slides and documents before a command line is parsed.

use super::UsageError;

/// Replaces leading dashes of each word by hyphens, up to `--`.
///
/// # Errors
/// [`UsageError::CurlyQuote`].
pub fn clean(args: &[String]) -> Result<Vec<String>, UsageError> {
    let mut operands_only = false;
    let mut cleaned = Vec::with_capacity(args.len());
    for argument in args {
        if let Some(quote) = argument
            .chars()
            .find(|c| ('\u{2018}'..='\u{201f}').contains(c))
        {
            let argument = crate::text::printable(argument).into_owned();
            return Err(UsageError::CurlyQuote { quote, argument });
        }
        let argument = match operands_only {
            true => argument.clone(),
            false => with_hyphens(argument),
        };
        operands_only |= argument == "--";
        cleaned.push(argument);
    }
    Ok(cleaned)
}

/// One or two leading en dashes (U+2013) or minus signs (U+2212), replaced by the hyphens from which a word processor
/// made them.
pub fn with_hyphens(argument: &str) -> String {
    let is_dash = |c: char| matches!(c, '-' | '\u{2013}' | '\u{2212}');
    let dashes = argument.chars().take(2).take_while(|c| is_dash(*c)).count();
    let rest: String = argument.chars().skip(dashes).collect();
    format!("{}{rest}", &"--"[..dashes])
}
