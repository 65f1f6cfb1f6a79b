//! Removes legal notices and remarks from an answer.

/// The first words of paragraphs to remove, in lower case.
const BEGINNINGS: [&str; 12] = [
    "notice:",
    "notice and terms",
    "terms of use",
    "terms and conditions",
    "disclaimer",
    "copyright",
    "the registry database",
    "the data in",
    "the information in this whois",
    "this whois",
    "access to",
    "by submitting",
];

/// The answer without them.
pub(crate) fn hide(answer: &str) -> String {
    let mut shown = String::with_capacity(answer.len());
    let (mut begins, mut hidden) = (true, false);
    for line in answer.lines() {
        if line.trim().is_empty() {
            (begins, hidden) = (true, false);
            // Removed paragraphs leave no empty lines.
            if !shown.is_empty() && !shown.ends_with("\n\n") {
                shown.push('\n');
            }
            continue;
        }
        if line.starts_with(['%', '#']) {
            continue;
        }
        if begins {
            let start = line.trim_start().to_lowercase();
            hidden = BEGINNINGS.iter().any(|small| start.starts_with(small));
            begins = false;
        }
        if hidden {
            continue;
        }
        shown.push_str(line);
        shown.push('\n');
        // Registries end their data with its age. Everything after that is a notice.
        if line.trim_start().starts_with(">>> Last update of") {
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stay() {
        let answer = "% Terms apply.\n\nDomain Name: A.COM\nNotice: none of ours\n\nNOTICE: The expiration\n\
                      date is small print.\n\nStatus: ok\n>>> Last update of whois database: now <<<\n\nMore.\n";
        assert_eq!(
            hide(answer),
            "Domain Name: A.COM\nNotice: none of ours\n\nStatus: ok\n>>> Last update of whois database: now <<<\n"
        );
    }
}
