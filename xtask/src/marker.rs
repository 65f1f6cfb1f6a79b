//! Text that a program writes into a document that people write: between
//! `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

/// The document with everything between the markers replaced; none when it has no such markers.
pub(crate) fn replace(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- {name}: begin -->"),
        format!("<!-- {name}: end -->"),
    );
    let from = document.find(&begin)? + begin.len();
    let to = from + document[from..].find(&end)?;
    Some(format!(
        "{}\n{}\n{}",
        &document[..from],
        text.trim_end(),
        &document[to..]
    ))
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn replaces_between_its_own_markers_only() {
        let document =
            "a\n<!-- x: begin -->\nold\n<!-- x: end -->\n<!-- y: begin --><!-- y: end -->\n";
        let new = "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\n<!-- y: begin --><!-- y: end -->\n";
        assert_eq!(replace(document, "x", "new\n").as_deref(), Some(new));
        assert_eq!(
            replace(new, "x", "new\n").as_deref(),
            Some(new),
            "twice is once"
        );
        assert_eq!(replace(document, "z", "new"), None);
        assert_eq!(
            replace("<!-- x: end --> <!-- x: begin -->", "x", "new"),
            None
        );
    }
}
