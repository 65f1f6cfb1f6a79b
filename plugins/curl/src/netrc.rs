//! Logins from `~/.netrc`, where it may be read.

use crate::conn::proxy::variable;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::settings::{Netrc, Operation};
use crate::url::Url;

/// The login of a host, if the options ask for it and the file has one.
pub(crate) fn login(
    session: &Session,
    op: &Operation,
    url: &Url,
) -> Result<Option<(String, String)>> {
    if op.netrc == Netrc::No {
        return Ok(None);
    }
    let named = match &op.netrc_file {
        Some(path) => Some(path.clone()),
        None => variable(session, "NETRC"),
    };
    let path = named.as_deref().unwrap_or("~/.netrc");
    let Ok(bytes) = nethost_sdk::files::read(path) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&bytes);
    match find(&text, &url.host, url.user.as_deref()) {
        Ok(found) => Ok(found),
        Err(Broken) if op.netrc == Netrc::Optional => Ok(None),
        Err(Broken) => Err(Failure::new(26, ".netrc parser error: syntax error")),
    }
}

/// A file that ends within a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

/// What is known of an entry so far.
#[derive(Default)]
struct Entry {
    login: Option<String>,
    password: Option<String>,
}

fn find(
    text: &str,
    host: &str,
    user: Option<&str>,
) -> std::result::Result<Option<(String, String)>, Broken> {
    // Nobody knows what stands behind a NUL.
    let text = text.split('\0').next().unwrap_or_default();
    let mut entry: Option<Entry> = None;
    let mut lines = text.lines();
    let done = |entry: Option<Entry>| {
        let Entry { login, password } = entry?;
        match (user, login) {
            (None, Some(login)) => Some((login, password.unwrap_or_default())),
            (None, None) => password.map(|password| (String::new(), password)),
            (Some(user), None) => password.map(|password| (user.to_owned(), password)),
            (Some(user), Some(login)) if login == user => {
                Some((login, password.unwrap_or_default()))
            }
            _ => None,
        }
    };
    // A login without a password is the last resort.
    let mut bare = None;
    let mut complete = |entry: Option<Entry>| {
        let lacks = entry.as_ref().is_some_and(|entry| entry.password.is_none());
        let found = done(entry)?;
        if lacks {
            bare.get_or_insert(found);
            return None;
        }
        Some(found)
    };
    let mut key = String::new();
    while let Some(line) = lines.next() {
        for word in words(line)? {
            match std::mem::take(&mut key).as_str() {
                "machine" => {
                    entry = word.eq_ignore_ascii_case(host).then(Entry::default);
                    continue;
                }
                "login" => {
                    if let Some(entry) = &mut entry {
                        // Another login of the same host begins another entry.
                        if entry.login.is_some() {
                            *entry = Entry::default();
                        }
                        entry.login = Some(word);
                    }
                    continue;
                }
                "password" => {
                    if let Some(entry) = &mut entry {
                        entry.password = Some(word);
                    }
                    continue;
                }
                "account" => continue,
                _ => {}
            }
            match word.to_ascii_lowercase().as_str() {
                "machine" | "default" => {
                    if let Some(found) = complete(entry.take()) {
                        return Ok(Some(found));
                    }
                    if word.eq_ignore_ascii_case("default") {
                        entry = Some(Entry::default());
                    } else {
                        key = "machine".into();
                    }
                }
                "macdef" => {
                    // A macro goes on up to an empty line.
                    lines.by_ref().find(|line| line.trim().is_empty());
                    break;
                }
                word @ ("login" | "password" | "account") => {
                    // An entry is complete where another login begins.
                    let whole = entry
                        .as_ref()
                        .is_some_and(|entry| entry.login.is_some() && entry.password.is_some());
                    if word == "login" && whole {
                        if let Some(found) = complete(entry.take()) {
                            return Ok(Some(found));
                        }
                        entry = Some(Entry::default());
                    }
                    key = word.to_owned();
                }
                _ => {}
            }
        }
    }
    let last = complete(entry);
    Ok(last.or(bare))
}

/// The words of a line; quotes hold blanks and escapes.
fn words(line: &str) -> std::result::Result<Vec<String>, Broken> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let Some(inner) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(word.to_owned());
            rest = after.trim_start();
            continue;
        };
        let mut word = String::new();
        let mut letters = inner.char_indices();
        let end = loop {
            match letters.next() {
                None => return Err(Broken),
                Some((at, '"')) => break at + 1,
                Some((_, '\\')) => word.push(match letters.next() {
                    None => return Err(Broken),
                    Some((_, 'n')) => '\n',
                    Some((_, 'r')) => '\r',
                    Some((_, 't')) => '\t',
                    Some((_, letter)) => letter,
                }),
                Some((_, letter)) => word.push(letter),
            }
        };
        words.push(word);
        rest = inner.get(end..).unwrap_or_default().trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_logins() {
        let text = "machine a login u password \"p q\"\nmachine b\nlogin v\npassword w\n\
                    macdef m\nmachine c login m\n\nmachine d login 1 password x login 2 password y\n\
                    machine e password z\ndefault login x password y";
        let login = |host, user| find(text, host, user).ok().flatten();
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(login("a", None), pair("u", "p q"));
        assert_eq!(login("b", None), pair("v", "w"));
        assert_eq!(login("c", None), pair("x", "y"));
        assert_eq!(login("d", None), pair("1", "x"));
        assert_eq!(login("d", Some("2")), pair("2", "y"));
        assert_eq!(login("e", Some("any")), pair("any", "z"));
        assert_eq!(login("a", Some("z")), None);
        assert_eq!(find("machine a password \"x", "a", None), Err(Broken));
    }
}
