//! Logins from `~/.netrc`, where it may be read.

use crate::settings::{Netrc, Operation};
use crate::url::Url;

/// The login of a host, if the options ask for it and the file has one.
pub(crate) fn login(op: &Operation, url: &Url) -> Option<(String, String)> {
    if op.netrc == Netrc::No {
        return None;
    }
    let path = op.netrc_file.as_deref().unwrap_or("~/.netrc");
    let bytes = nethost_sdk::files::read(path).ok()?;
    find(
        &String::from_utf8_lossy(&bytes),
        &url.host,
        url.user.as_deref(),
    )
}

fn find(text: &str, host: &str, user: Option<&str>) -> Option<(String, String)> {
    let mut words = words(text).into_iter();
    let mut fits = false;
    let (mut login, mut password) = (None, None);
    let mut found = None;
    loop {
        let word = words.next();
        let ends = matches!(word.as_deref(), None | Some("machine" | "default"));
        if ends && fits && found.is_none() {
            let own: Option<String> = login.take();
            if user.is_none() || own.is_none() || own.as_deref() == user {
                let name = user.map(str::to_owned).or(own).unwrap_or_default();
                found = Some((name, password.take().unwrap_or_default()));
            }
        }
        match word.as_deref() {
            None => return found,
            Some("machine") => {
                (login, password) = (None, None);
                fits = words
                    .next()
                    .is_some_and(|name| name.eq_ignore_ascii_case(host));
            }
            Some("default") => {
                (login, password) = (None, None);
                fits = true;
            }
            Some("login") => login = words.next(),
            Some("password") => password = words.next(),
            Some(_) => {}
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            if let Some(inner) = rest.strip_prefix('"') {
                let mut word = String::new();
                let mut letters = inner.char_indices();
                let mut end = inner.len();
                while let Some((at, letter)) = letters.next() {
                    match letter {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
                        other => word.push(other),
                    }
                }
                words.push(word);
                rest = inner.get(end..).unwrap_or_default().trim_start();
            } else {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                words.push(word.to_owned());
                rest = after.trim_start();
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_logins() {
        let text = "machine a login u password \"p q\"\nmachine b\nlogin v\npassword w\ndefault login x password y";
        let login = |host| find(text, host, None);
        assert_eq!(login("a"), Some(("u".into(), "p q".into())));
        assert_eq!(login("b"), Some(("v".into(), "w".into())));
        assert_eq!(login("c"), Some(("x".into(), "y".into())));
        assert_eq!(find("machine a login u password p", "a", Some("z")), None);
    }
}
