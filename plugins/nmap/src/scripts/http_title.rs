//! The built-in script http-title: the title of the page at `/`.

use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::clock;

use super::Asked;
use crate::service::Stream;

/// The most of a page that is read.
const LONGEST: usize = 128 << 10;
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest title that is shown.
const LONGEST_TITLE: usize = 65;

/// Asks for the page, and says what its title is. None if nothing answers in HTTP.
pub(super) async fn run(asked: Asked<'_>) -> Option<String> {
    let Asked { to, name, tls, .. } = asked;
    let mut stream = Stream::open(to, tls).await.ok()?;
    let host = name.map_or_else(|| to.ip().to_string(), str::to_owned);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (compatible; nethost nmap)\r\nConnection: close\r\n\r\n"
    );
    stream.write(request.as_bytes()).await.ok()?;
    let until = clock::now().plus(PATIENCE);
    let mut page = Vec::new();
    while page.len() < LONGEST {
        match stream.read(until).await {
            Ok(Some(bytes)) if !bytes.is_empty() => page.extend(bytes),
            _ => break,
        }
    }
    title(&String::from_utf8_lossy(&page), to, tls)
}

/// What the script says of an answer.
fn title(answer: &str, to: SocketAddr, tls: bool) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    if let (true, Some(location)) = (status.starts_with('3'), header("location")) {
        let target = match location.strip_prefix('/') {
            Some(path) => {
                let scheme = if tls { "https" } else { "http" };
                format!("{scheme}://{}/{path}", to.ip())
            }
            None => location,
        };
        return Some(format!("Did not follow redirect to {target}"));
    }
    let lower = body.to_ascii_lowercase();
    let found = lower.find("<title").and_then(|at| {
        let begin = at + lower.get(at..)?.find('>')? + 1;
        let end = begin + lower.get(begin..)?.find("</title")?;
        body.get(begin..end)
    });
    let words = found.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(match words.filter(|title| !title.is_empty()) {
        Some(title) if title.chars().count() > LONGEST_TITLE => {
            let cut: String = title.chars().take(LONGEST_TITLE - 3).collect();
            format!("{cut}...")
        }
        Some(title) => title,
        None => match header("content-type") {
            Some(kind) => format!("Site doesn't have a title ({kind})."),
            None => "Site doesn't have a title.".to_owned(),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_found() {
        let to = "192.0.2.1:80".parse().unwrap();
        let of = |answer: &str| title(answer, to, false);
        assert_eq!(
            of("HTTP/1.1 200 OK\r\n\r\n<html><TITLE>Welcome\n to nginx!</Title>").as_deref(),
            Some("Welcome to nginx!")
        );
        assert_eq!(
            of("HTTP/1.1 301 M\r\nLocation: /x\r\n\r\n").as_deref(),
            Some("Did not follow redirect to http://192.0.2.1/x")
        );
        assert_eq!(
            of("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhi").as_deref(),
            Some("Site doesn't have a title (text/plain).")
        );
        assert_eq!(of("SSH-2.0-x"), None);
        assert_eq!(
            of("HTTP/1.1 200 OK\r\n\r\n<title>\u{130}<title"),
            of("HTTP/1.1 200 OK\r\n\r\n")
        );
    }
}
