//! Parses a line of a log as a record. Every version has the same numbers, chain, keys and seal, so these are checked
//! for any version. This distinguishes records of a newer nethost from forged ones.

use serde_json::{Map, Value};

use super::chain::{self, Seal};
use super::position::Fault;
use super::record::{LAST_NUMBER, LONGEST_LINE, Record, VERSION};

/// What every version has, and in one form.
const ENVELOPE: [&str; 9] = [
    "v", "seq", "event", "log", "key", "prev", "mac", "hash", "sig",
];

/// Parses one line, without its newline, and checks its hash. A record of another version with a correct hash is a
/// separate error.
pub(super) fn read(line: &[u8]) -> Result<(Record<'static>, Seal), Fault> {
    let (record, seal) = read_any_version(line)?;
    match record.v {
        VERSION => Ok((record, seal)),
        other => Err(Fault::Version(other)),
    }
}

/// The same, but accepts a record of another version. It must not be longer than what every version can have.
pub(super) fn read_any_version(line: &[u8]) -> Result<(Record<'static>, Seal), Fault> {
    if line.len() > LONGEST_LINE {
        return Err(Fault::NotARecord(format!("more than {LONGEST_LINE} bytes")));
    }
    let record: Record<'static> = serde_json::from_slice(line)
        .or_else(|error| envelope(line).ok_or(error))
        .map_err(|error| Fault::NotARecord(error.to_string()))?;
    if record.seq > LAST_NUMBER {
        let why = format!("its number {} is beyond any that a log has", record.seq);
        return Err(Fault::NotARecord(why));
    }
    let seal = chain::unseal(line).ok_or_else(|| Fault::NotARecord("it is not sealed".into()))?;
    // The JSON fields `mac`, `hash` and `sig` must be those at the end of the line.
    if record.hash != seal.claimed
        || record.sig.is_some() != seal.signature.is_some()
        || record.mac.is_some() != seal.mac.is_some()
    {
        return Err(Fault::NotARecord("its seal is misplaced".into()));
    }
    if seal.hash != seal.claimed {
        return Err(Fault::Changed);
    }
    Ok((record, seal))
}

/// A record of another version whose other fields may be of any form.
fn envelope(line: &[u8]) -> Option<Record<'static>> {
    let Value::Object(mut all) = serde_json::from_slice(line).ok()? else {
        return None;
    };
    if all.get("v")?.as_u64()? == u64::from(VERSION) {
        return None;
    }
    let kept = |name: &str| Some((name.to_owned(), all.remove(name)?));
    let mut fields: Map<String, Value> = ENVELOPE.into_iter().filter_map(kept).collect();
    let nobody = serde_json::json!({"uid": 0, "user": null, "session": null});
    for (name, value) in [
        ("ts", "1970-01-01T00:00:00Z".into()),
        ("mono", 0.into()),
        ("host", "".into()),
        ("boot", "".into()),
        ("run", "".into()),
        ("actor", nobody),
    ] {
        fields.insert(name.to_owned(), value);
    }
    serde_json::from_value(fields.into()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chain::Hash;

    fn sealed(json: &str) -> Vec<u8> {
        let (mut line, _) = chain::seal(json.into(), |_| Some([7; 16]), |_| None);
        line.pop();
        line
    }

    #[test]
    fn another_version_is_one_only_where_its_seal_is_whole() {
        let prev = Hash::of(b"before");
        let own = format!(
            r#"{{"v":1,"seq":3,"ts":"2026-01-01T00:00:00Z","mono":1,"event":"run-start","host":"h","boot":"b","run":"r","actor":{{"uid":1,"user":null,"session":null}},"prev":"{prev}"}}"#
        );
        let fields = own.replacen("\"v\":1", "\"v\":2", 1);
        let shape = format!(r#"{{"v":2,"seq":3,"event":"novel","who":[1],"prev":"{prev}"}}"#);
        assert!(read(&sealed(&own)).is_ok());
        for other in [fields, shape.clone()] {
            let line = sealed(&other);
            assert_eq!(read(&line).unwrap_err(), Fault::Version(2));
            let (record, seal) = read_any_version(&line).unwrap();
            assert_eq!((record.v, record.seq, record.prev), (2, 3, prev));
            assert!(seal.mac.is_some());
            // Any byte that changes.
            for at in 0..line.len() {
                let mut changed = line.clone();
                changed[at] ^= 1;
                let fault = read(&changed).unwrap_err();
                assert!(!matches!(fault, Fault::Version(_)), "{at}: {fault:?}");
            }
        }
        // A record with another shape is not of this version, nor is one without the common fields.
        assert!(read_any_version(&sealed(&shape.replacen("2", "1", 1))).is_err());
        assert!(read_any_version(&sealed(r#"{"v":2,"seq":3,"event":"novel"}"#)).is_err());
    }
}
