//! `{one,two}` in the host of a URL.

/// Of more hosts than this, none is covered.
const MOST: usize = 256;

/// Each of the hosts; none where the braces do not match, or where there are too many.
pub(super) fn expand(text: &str) -> Vec<String> {
    let mut expanded = vec![String::new()];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((set, behind)) = after.split_once('}') else {
            return Vec::new();
        };
        let words: Vec<_> = set.split(',').collect();
        if expanded.len().saturating_mul(words.len()) > MOST {
            return Vec::new();
        }
        expanded = expanded
            .iter()
            .flat_map(|start| {
                words
                    .iter()
                    .map(move |word| format!("{start}{before}{word}"))
            })
            .collect();
        rest = behind;
    }
    for text in &mut expanded {
        text.push_str(rest);
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_each_of_their_words() {
        assert_eq!(expand("a.{b,c}.d"), ["a.b.d", "a.c.d"]);
        assert_eq!(expand("{a,b}{c,d}"), ["ac", "ad", "bc", "bd"]);
        assert!(expand("{a").is_empty());
        assert!(expand(&"{a,b}".repeat(9)).is_empty());
    }
}
