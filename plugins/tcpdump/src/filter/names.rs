//! Names of hosts in expressions. The compiler knows no host; what it says is unknown is looked up here, and the name is
//! replaced by all of its addresses.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::{Denial, Error, resolver};

/// How long a name may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Names that are looked up for one expression.
pub(super) const MOST: usize = 64;

/// The expression with addresses in place of the name that the compiler does not know; none if it complains about
/// something else, or the name has no address.
///
/// # Errors
/// When the name may not be looked up.
pub(super) async fn replace(
    text: &str,
    complaint: &str,
    compiles: impl Fn(&str) -> bool,
) -> Result<Option<String>, Box<Denial>> {
    let (_, name) = complaint.split_once("unknown host '").unwrap_or_default();
    let (name, _) = name.split_once('\'').unwrap_or_default();
    if name.is_empty() {
        return Ok(None);
    }
    let addresses = match resolver::addresses(name, None, PATIENCE).await {
        Ok(addresses) => addresses,
        Err(Error::Denied(denial)) => return Err(denial),
        Err(_) => return Ok(None),
    };
    let only = |ipv6: bool| -> Vec<IpAddr> {
        let same = addresses.iter().filter(|address| address.is_ipv6() == ipv6);
        same.copied().collect()
    };
    // `ip host NAME` is about the addresses of one family.
    let choices = [addresses.clone(), only(false), only(true)];
    let mut texts = choices
        .iter()
        .filter(|addresses| !addresses.is_empty())
        .map(|addresses| substitute(text, name, addresses));
    let first = texts.clone().next();
    let fits = texts.find(|text| compiles(text));
    Ok(fits.or(first))
}

/// Replaces each word that is the name.
fn substitute(text: &str, name: &str, addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    let all = match all.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", all.join(" or ")),
    };
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_of_word) {
        let (before, word) = rest.split_at(at);
        let end = word.find(|c| !is_of_word(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        result += before;
        result += if word == name { &all } else { word };
        rest = behind;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_its_addresses() {
        let two: Vec<IpAddr> = vec![[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        assert_eq!(
            substitute("src host a.test and not b-a.test", "a.test", &two),
            "src host (192.0.2.1 or 192.0.2.2) and not b-a.test"
        );
        assert_eq!(substitute("host a", "a", &two[..1]), "host 192.0.2.1");
    }
}
