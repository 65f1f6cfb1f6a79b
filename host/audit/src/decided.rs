//! Reads the decisions of a log fast: of each line only what a decision is about, without a copy.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::chain;
use super::position::Fault;
use super::read::{ReadError, Reader};
use super::record::{Decision, Kind, LONGEST_LINE, Part, Reported, TargetKind, VERSION};

/// A text of a line, in place where it has no escapes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct InPlace<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// What a record says of a decision, as it stands in a line.
#[derive(Debug, Deserialize)]
pub struct Decided<'a> {
    v: u32,
    /// Position in the log.
    pub seq: u64,
    /// What happened.
    pub event: Kind,
    /// The run.
    #[serde(borrow)]
    pub run: Cow<'a, str>,
    /// Who started it.
    #[serde(borrow)]
    pub actor: Who<'a>,
    /// What was run.
    #[serde(borrow, default)]
    pub plugin: Option<What<'a>>,
    /// The policy, and the rule that decided.
    #[serde(borrow, default)]
    pub policy: Option<Ruled<'a>>,
    /// Number of the access within the run.
    #[serde(default)]
    pub handle: Option<u64>,
    /// Name of the request.
    #[serde(borrow, default)]
    pub cap: Option<InPlace<'a>>,
    /// The function that raised it.
    #[serde(borrow, default)]
    pub op: Option<InPlace<'a>>,
    /// Whom or what it touches.
    #[serde(borrow, default)]
    pub target: Option<Touched<'a>>,
    /// The network interface that it is bound to.
    #[serde(borrow, default)]
    pub interface: Option<InPlace<'a>>,
    /// What is special about the socket.
    #[serde(borrow, default)]
    pub options: Vec<InPlace<'a>>,
    /// What a write changes, field by field.
    #[serde(default)]
    pub changes: BTreeMap<String, String>,
    /// What of a set is denied.
    #[serde(default)]
    pub except: Vec<Part>,
    /// What report-only rules would deny.
    #[serde(default)]
    pub report: Vec<Reported<'static>>,
    /// The gate's decision.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The plugin's arguments.
    #[serde(default)]
    pub args: Option<Vec<String>>,
}

/// Who started a run.
#[derive(Debug, Deserialize)]
pub struct Who<'a> {
    /// Real user id.
    pub uid: u32,
    /// The login name.
    #[serde(borrow, default)]
    pub user: Option<InPlace<'a>>,
}

/// What was run.
#[derive(Debug, Deserialize)]
pub struct What<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// SHA-256 of the component.
    #[serde(borrow)]
    pub digest: Cow<'a, str>,
    /// Who signed it.
    #[serde(borrow, default)]
    pub signer: Option<InPlace<'a>>,
}

/// Which policy decided.
#[derive(Debug, Deserialize)]
pub struct Ruled<'a> {
    /// SHA-256 over all files and flags that had a say.
    #[serde(borrow, default)]
    pub digest: Option<InPlace<'a>>,
    /// The rule.
    #[serde(borrow, default)]
    pub rule: Option<InPlace<'a>>,
}

/// Whom or what an access touches.
#[derive(Debug, Deserialize)]
pub struct Touched<'a> {
    /// What kind of thing.
    pub kind: TargetKind,
    /// As the operator knows it.
    #[serde(borrow)]
    pub asked: Cow<'a, str>,
    /// What it became.
    #[serde(borrow)]
    pub resolved: Cow<'a, str>,
}

/// A line of a log.
#[derive(Debug)]
pub enum Line<'a> {
    /// A record.
    Record(Box<Decided<'a>>),
    /// A record of an event that decides nothing.
    Other,
    /// The last line, which is not finished: it is being written, or its writer was killed.
    Unfinished,
}

impl Reader {
    /// The next line of the log, as far as it tells of a decision. Its hash is checked.
    pub fn next_decided(&mut self) -> Option<Result<Line<'_>, ReadError>> {
        let (file, line) = match self.next_text()? {
            Ok(place) => place,
            Err(error) => return Some(Err(error)),
        };
        let fault = |fault| fault_at(&file, line, fault);
        Some(match self.text() {
            (text, true) if decides_nothing(text) => {
                sealed(text).map(|()| Line::Other).map_err(fault)
            }
            (text, true) => read(text)
                .map(|record| Line::Record(Box::new(record)))
                .map_err(fault),
            (text, false) if text.len() > LONGEST_LINE => Err(fault(too_long())),
            (_, false) => Ok(Line::Unfinished),
        })
    }
}

fn fault_at(file: &Arc<Path>, line: u64, fault: Fault) -> ReadError {
    ReadError::Line {
        file: Arc::clone(file),
        line,
        fault,
    }
}

fn too_long() -> Fault {
    Fault::NotARecord(format!("more than {LONGEST_LINE} bytes"))
}

fn read(line: &[u8]) -> Result<Decided<'_>, Fault> {
    if line.len() > LONGEST_LINE {
        return Err(too_long());
    }
    let decided: Decided<'_> =
        serde_json::from_slice(line).map_err(|error| Fault::NotARecord(error.to_string()))?;
    sealed(line)?;
    match decided.v {
        VERSION => Ok(decided),
        other => Err(Fault::Version(other)),
    }
}

fn sealed(line: &[u8]) -> Result<(), Fault> {
    if line.len() > LONGEST_LINE {
        return Err(too_long());
    }
    let seal = chain::unseal(line).ok_or_else(|| Fault::NotARecord("it is not sealed".into()))?;
    match seal.hash == seal.claimed {
        true => Ok(()),
        false => Err(Fault::Changed),
    }
}

/// Whether a line begins as this version writes a record of the end of an access, of what was used, or of the log. Half
/// of a log is that, and its hash says that it is as it was written.
fn decides_nothing(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"{\"v\":1,\"seq\":").map(without_digits);
    let rest = rest.and_then(|rest| rest.strip_prefix(b",\"ts\":\""));
    let time = |byte: &u8| byte.is_ascii_digit() || b"-:.TZ".contains(byte);
    let rest = rest.map(|rest| {
        let end = rest.iter().position(|byte| !time(byte));
        rest.split_at(end.unwrap_or(rest.len())).1
    });
    let rest = rest
        .and_then(|rest| rest.strip_prefix(b"\",\"mono\":"))
        .map(without_digits);
    let rest = rest.and_then(|rest| rest.strip_prefix(b",\"event\":\""));
    let events: [&[u8]; 3] = [b"close\",", b"used\",", b"checkpoint\","];
    rest.is_some_and(|rest| events.iter().any(|event| rest.starts_with(event)))
}

fn without_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len())).1
}
