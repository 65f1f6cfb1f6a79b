//! What is read from the command line, and how an answer is printed.

/// Splits `host:port`, also `[address]:port`.
pub fn target(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Some((bare.unwrap_or(host), port.parse().ok()?))
}

/// Lines of an answer, with the line ends of this system.
pub fn printable(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_port() {
        assert_eq!(target("a.example:43"), Some(("a.example", 43)));
        assert_eq!(target("[2001:db8::1]:43"), Some(("2001:db8::1", 43)));
        assert_eq!(target("a.example"), None);
        assert_eq!(target("a.example:x"), None);
    }

    #[test]
    fn line_ends_become_ours() {
        assert_eq!(printable(b"a\r\nb\r\n"), "a\nb\n");
    }
}
