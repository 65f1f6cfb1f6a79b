//! A name server that answers from the records of a scenario (RFC 1034 section 4.3.2, for one zone without delegations).

use std::net::IpAddr;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record as Resource, RecordType};

use super::canonical;
use crate::scenario::Record;

/// The longest answer over UDP without EDNS (RFC 1035 section 4.2.1).
const SHORT: usize = 512;
/// How many aliases are followed.
const ALIASES: usize = 8;

/// The records of a scenario.
pub(crate) struct Zone(Vec<Resource>);

impl Zone {
    pub(crate) fn new(records: &[Record]) -> Result<Self, String> {
        let of = |record: &Record| {
            resource(record)
                .map_err(|problem| format!("record {} {}: {problem}", record.name, record.kind))
        };
        records.iter().map(of).collect::<Result<_, _>>().map(Self)
    }

    /// The addresses of a name, for the resolver of the system.
    pub(crate) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let Ok(name) = absolute(name) else {
            return Vec::new();
        };
        let both = [RecordType::A, RecordType::AAAA];
        let found = both.iter().flat_map(|kind| self.find(&name, *kind));
        found
            .filter_map(|record| match record.data {
                RData::A(A(address)) => Some(address.into()),
                RData::AAAA(AAAA(address)) => Some(address.into()),
                _ => None,
            })
            .collect()
    }

    /// The records of this name and type, behind the aliases that lead to them.
    fn find(&self, name: &Name, kind: RecordType) -> Vec<Resource> {
        let mut found = Vec::new();
        let mut name = name.clone();
        for _ in 0..ALIASES {
            let own = self.0.iter().filter(|record| record.name == name);
            let fits = |record: &&Resource| kind == RecordType::ANY || record.record_type() == kind;
            let before = found.len();
            found.extend(own.clone().filter(fits).cloned());
            if found.len() > before {
                break;
            }
            let alias = own.clone().find_map(|record| match &record.data {
                RData::CNAME(CNAME(target)) => Some((record.clone(), target.clone())),
                _ => None,
            });
            let Some((record, target)) = alias else {
                break;
            };
            found.push(record);
            name = target;
        }
        found
    }

    /// The answer to a query. None for what is no query.
    pub(crate) fn answer(&self, query: &[u8], over_udp: bool) -> Option<Vec<u8>> {
        let query = Message::from_vec(query).ok()?;
        if query.metadata.message_type != MessageType::Query {
            return None;
        }
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        answer.metadata.recursion_desired = query.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.metadata.authoritative = true;
        for question in &query.queries {
            answer.add_query(question.clone());
            let found = self.find(question.name(), question.query_type());
            if found.is_empty() {
                let exists = self.0.iter().any(|record| {
                    record.name == *question.name() || question.name().zone_of(&record.name)
                });
                if !exists {
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
                let mut above = self.0.iter().filter(|record| {
                    record.record_type() == RecordType::SOA && record.name.zone_of(question.name())
                });
                answer.add_authorities(above.next().cloned());
            }
            answer.add_answers(found);
        }
        let most = match &query.edns {
            Some(edns) => {
                let mut own = hickory_proto::op::Edns::new();
                own.set_max_payload(1232);
                answer.set_edns(own);
                usize::from(edns.max_payload()).max(SHORT)
            }
            None => SHORT,
        };
        let bytes = answer.to_vec().ok()?;
        match over_udp && bytes.len() > most {
            true => answer.truncate().to_vec().ok(),
            false => Some(bytes),
        }
    }
}

fn absolute(name: &str) -> Result<Name, String> {
    let name = canonical(name);
    Name::from_ascii(format!("{name}.")).map_err(|_| format!("`{name}` is no domain name"))
}

fn resource(record: &Record) -> Result<Resource, String> {
    let words: Vec<&str> = record.data.split_whitespace().collect();
    let kind = record.kind.to_ascii_uppercase();
    let number = |word: &str| {
        word.parse::<u32>()
            .map_err(|_| format!("`{word}` is no number"))
    };
    let data = match (kind.as_str(), words.as_slice()) {
        ("A", [address]) => RData::A(A(address
            .parse()
            .map_err(|_| format!("`{address}` is no IPv4 address"))?)),
        ("AAAA", [address]) => RData::AAAA(AAAA(
            address
                .parse()
                .map_err(|_| format!("`{address}` is no IPv6 address"))?,
        )),
        ("CNAME", [target]) => RData::CNAME(CNAME(absolute(target)?)),
        ("NS", [target]) => RData::NS(NS(absolute(target)?)),
        ("PTR", [target]) => RData::PTR(PTR(absolute(target)?)),
        ("MX", [preference, target]) => {
            let preference = u16::try_from(number(preference)?).map_err(|e| e.to_string())?;
            RData::MX(MX::new(preference, absolute(target)?))
        }
        ("SOA", [first, mail, serial, refresh, retry, expire, minimum]) => {
            let seconds = |word: &str| i32::try_from(number(word)?).map_err(|e| e.to_string());
            RData::SOA(SOA::new(
                absolute(first)?,
                absolute(mail)?,
                number(serial)?,
                seconds(refresh)?,
                seconds(retry)?,
                seconds(expire)?,
                number(minimum)?,
            ))
        }
        ("TXT", _) => {
            let text = record.data.as_bytes().chunks(255);
            let text = text.map(|part| String::from_utf8_lossy(part).into_owned());
            RData::TXT(TXT::new(text.collect()))
        }
        ("A" | "AAAA" | "CNAME" | "NS" | "PTR" | "MX" | "SOA", _) => {
            return Err(format!("`{}` is not the data of this type", record.data));
        }
        _ => {
            return Err(
                "the mock host has no such type yet; it has A, AAAA, CNAME, MX, NS, PTR, SOA, TXT"
                    .into(),
            );
        }
    };
    let name = absolute(&record.name)?;
    Ok(Resource::from_rdata(name, record.ttl, data))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hickory_proto::op::Query;

    use super::*;

    fn zone(rows: &[(&str, &str, &str)]) -> Result<Zone, String> {
        let of = |(name, kind, data): &(&str, &str, &str)| Record {
            name: (*name).into(),
            kind: (*kind).into(),
            ttl: 60,
            data: (*data).into(),
        };
        Zone::new(&rows.iter().map(of).collect::<Vec<_>>())
    }

    fn ask(zone: &Zone, name: &str, kind: RecordType) -> Message {
        let mut query = Message::query();
        query.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        let answer = zone.answer(&query.to_vec().unwrap(), true).unwrap();
        Message::from_vec(&answer).unwrap()
    }

    #[test]
    fn aliases_are_followed_and_names_that_do_not_exist_are_told() {
        let zone = zone(&[
            (
                "example.org",
                "SOA",
                "ns.example.org root.example.org 1 2 3 4 5",
            ),
            ("www.example.org", "CNAME", "host.example.org"),
            ("host.example.org", "A", "192.0.2.1"),
        ])
        .unwrap();
        let answer = ask(&zone, "WWW.example.org.", RecordType::A);
        assert_eq!(answer.answers.len(), 2);
        let none = ask(&zone, "host.example.org.", RecordType::AAAA);
        assert_eq!(none.metadata.response_code, ResponseCode::NoError);
        assert_eq!((none.answers.len(), none.authorities.len()), (0, 1));
        let none = ask(&zone, "gone.example.org.", RecordType::A);
        assert_eq!(none.metadata.response_code, ResponseCode::NXDomain);
        assert_eq!(zone.addresses("www.example.org").len(), 1);
        assert_eq!(zone.answer(b"no message", true), None);
    }

    #[test]
    fn long_answers_are_cut_over_udp() {
        let text = "x".repeat(600);
        let zone = zone(&[("example.org", "TXT", &text)]).unwrap();
        let answer = ask(&zone, "example.org.", RecordType::TXT);
        assert!(answer.metadata.truncation);
    }

    #[test]
    fn wrong_records_are_named() {
        for (row, said) in [
            (
                ("a", "A", "2001:db8::1"),
                "record a A: `2001:db8::1` is no IPv4 address",
            ),
            (("a", "SRV", "x"), "no such type yet"),
            (("a", "MX", "10"), "not the data of this type"),
        ] {
            let error = zone(&[row]).err().unwrap();
            assert!(error.contains(said), "{error}");
        }
    }
}
