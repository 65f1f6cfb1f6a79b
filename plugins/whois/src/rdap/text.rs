//! Formats an answer in JSON (RFC 9083) as lines of text. Missing values and values of another type are omitted,
//! because the answer is untrusted.

use std::fmt::Write;

use nethost_sdk::text::printable;
use serde_json::Value;

/// The maximum depth of nested entities that are shown.
const DEEPEST: usize = 4;
/// The column of values.
const COLUMN: usize = 20;

/// The answer, with or without the server's remarks.
pub(super) fn render(answer: &Value, remarks: bool) -> String {
    let mut page = Page {
        text: String::new(),
        remarks,
    };
    page.object(answer, 0);
    page.text
}

struct Page {
    text: String,
    remarks: bool,
}

/// The fields of objects that have one value, in the order in which they are shown.
const SIMPLE: [(&str, &str); 13] = [
    ("Error", "errorCode"),
    ("Reason", "title"),
    ("Domain", "ldhName"),
    ("Unicode name", "unicodeName"),
    ("Handle", "handle"),
    ("Name", "name"),
    ("Type", "type"),
    ("First address", "startAddress"),
    ("Last address", "endAddress"),
    ("First AS", "startAutnum"),
    ("Last AS", "endAutnum"),
    ("Part of", "parentHandle"),
    ("Country", "country"),
];

impl Page {
    fn object(&mut self, object: &Value, depth: usize) {
        for (label, field) in SIMPLE {
            self.line(depth, label, object.get(field));
        }
        for network in list(object, "cidr0_cidrs") {
            let prefix = network.get("v4prefix").or(network.get("v6prefix"));
            if let (Some(prefix), Some(length)) =
                (prefix.and_then(Value::as_str), network.get("length"))
            {
                self.put(depth, "Network", &format!("{prefix}/{length}"));
            }
        }
        for status in list(object, "status") {
            self.line(depth, "Status", Some(status));
        }
        for event in list(object, "events") {
            if let Some(action) = event.get("eventAction").and_then(Value::as_str) {
                self.line(depth, &capitalized(action), event.get("eventDate"));
            }
        }
        for server in list(object, "nameservers") {
            let addresses = server.get("ipAddresses");
            let addresses = ["v4", "v6"]
                .into_iter()
                .flat_map(|family| addresses.map(|all| list(all, family)).into_iter().flatten());
            let words = server.get("ldhName").into_iter().chain(addresses);
            let words: Vec<&str> = words.filter_map(Value::as_str).collect();
            self.put(depth, "Name server", &words.join(" "));
        }
        if let Some(dnssec) = object.get("secureDNS") {
            let signed = dnssec.get("delegationSigned").and_then(Value::as_bool);
            if let Some(signed) = signed {
                self.put(depth, "DNSSEC", if signed { "signed" } else { "unsigned" });
            }
            for key in list(dnssec, "dsData") {
                let fields = ["keyTag", "algorithm", "digestType", "digest"];
                let words: Vec<String> = fields
                    .iter()
                    .filter_map(|field| word(key.get(*field)?))
                    .collect();
                self.put(depth, "DS", &words.join(" "));
            }
        }
        if depth < DEEPEST {
            for entity in list(object, "entities") {
                self.entity(entity, depth);
            }
        }
        if self.remarks {
            self.remark(object, depth);
        } else if object.get("errorCode").is_some() {
            self.lines(depth, "Explanation", object);
        }
    }

    fn entity(&mut self, entity: &Value, depth: usize) {
        let roles: Vec<&str> = list(entity, "roles").filter_map(Value::as_str).collect();
        let roles = if roles.is_empty() {
            "entity".into()
        } else {
            roles.join(", ")
        };
        self.put(depth, &capitalized(&roles), "");
        self.card(entity, depth + 1);
        for id in list(entity, "publicIds") {
            if let Some(kind) = id.get("type").and_then(Value::as_str) {
                self.line(depth + 1, kind, id.get("identifier"));
            }
        }
        self.object(entity, depth + 1);
    }

    /// A contact: jCard (RFC 7095), a list of properties `[name, parameters, type, value…]`.
    fn card(&mut self, entity: &Value, depth: usize) {
        let properties = entity.get("vcardArray").and_then(|card| card.get(1));
        for property in properties.and_then(Value::as_array).into_iter().flatten() {
            let (name, value) = (property.get(0).and_then(Value::as_str), property.get(3));
            let label = match name {
                Some("fn") => "Name",
                Some("org") => "Organisation",
                Some("email") => "Email",
                Some("tel") => "Telephone",
                Some("adr") => "Address",
                Some("url" | "contact-uri") => "Contact",
                _ => continue,
            };
            let unstructured = property
                .get(1)
                .and_then(|parameters| parameters.get("label"));
            let words = match unstructured.or(value) {
                Some(Value::Array(parts)) => parts.iter().flat_map(flat).collect(),
                Some(value) => word(value).into_iter().collect::<Vec<_>>(),
                None => continue,
            };
            let words: Vec<String> = words
                .iter()
                .flat_map(|word| word.lines())
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect();
            let text = words.join(", ");
            let text = text.strip_prefix("tel:").unwrap_or(&text);
            // An address may be empty on purpose.
            if !text.is_empty() {
                self.put(depth, label, text);
            }
        }
    }

    /// Notices are about the server, remarks about the object.
    fn remark(&mut self, object: &Value, depth: usize) {
        self.lines(depth, "Explanation", object);
        for (label, field) in [("Remark", "remarks"), ("Notice", "notices")] {
            for remark in list(object, field) {
                self.line(depth, label, remark.get("title"));
                self.lines(depth, "", remark);
            }
        }
    }

    fn lines(&mut self, depth: usize, label: &str, object: &Value) {
        for line in list(object, "description").filter_map(Value::as_str) {
            for line in line.lines().filter(|line| !line.trim().is_empty()) {
                self.put(depth, label, line);
            }
        }
    }

    fn line(&mut self, depth: usize, label: &str, value: Option<&Value>) {
        if let Some(text) = value.and_then(word) {
            self.put(depth, label, &text);
        }
    }

    fn put(&mut self, depth: usize, label: &str, text: &str) {
        let label = match label {
            "" => String::new(),
            label => format!("{}:", printable(label)),
        };
        let line = format!(
            "{:indent$}{label:COLUMN$}{}",
            "",
            printable(text),
            indent = depth * 2
        );
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}

fn list<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object
        .get(field)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A part of an address may be several lines.
fn flat(value: &Value) -> Vec<String> {
    match value {
        Value::Array(parts) => parts.iter().filter_map(word).collect(),
        value => word(value).into_iter().collect(),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_becomes_lines() {
        let answer = json!({
            "objectClassName": "domain", "ldhName": "a.example", "handle": "A-1",
            "status": ["active"], "secureDNS": {"delegationSigned": false},
            "events": [{"eventAction": "expiration", "eventDate": "2030-01-01T00:00:00Z"}],
            "nameservers": [{"ldhName": "ns.a.example", "ipAddresses": {"v4": ["192.0.2.1"]}}],
            "entities": [{"roles": ["registrar"],
                "publicIds": [{"type": "IANA Registrar ID", "identifier": "7"}],
                "vcardArray": ["vcard", [["fn", {}, "text", "Reg \u{1b}[2J Inc"],
                    ["adr", {}, "text", ["", "", ["1 Road", "Suite 2"], "Town", "", "", ""]],
                    ["tel", {}, "uri", "tel:+1.555"]]]}],
            "notices": [{"title": "Terms", "description": ["Be nice."]}]
        });
        let text = "Domain:             a.example\nHandle:             A-1\nStatus:             active\n\
            Expiration:         2030-01-01T00:00:00Z\nName server:        ns.a.example 192.0.2.1\n\
            DNSSEC:             unsigned\nRegistrar:\n  Name:               Reg ?[2J Inc\n  \
            Address:            1 Road, Suite 2, Town\n  Telephone:          +1.555\n  IANA Registrar ID:  7\n";
        assert_eq!(render(&answer, false), text);
        let notice = "Notice:             Terms\n                    Be nice.\n";
        assert_eq!(render(&answer, true), format!("{text}{notice}"));
    }

    #[test]
    fn nonsense_is_left_out() {
        let mut deep =
            json!({"roles": [1], "vcardArray": ["vcard", [[], [1], ["fn"], ["adr", 1, 2, {}]]]});
        for _ in 0..50 {
            deep =
                json!({"entities": [deep], "events": [1], "nameservers": 7, "cidr0_cidrs": [{}]});
        }
        assert!(render(&deep, true).lines().count() <= DEEPEST);
        assert_eq!(render(&json!([]), true), "");
    }
}
