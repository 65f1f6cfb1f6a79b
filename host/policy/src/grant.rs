//! The fields of a grant and of limits, from TOML's values to what they mean.

use std::ops::RangeInclusive;
use std::time::Duration;

use nethost_manifest::Ports;
use toml::{Spanned, Value};

use super::Limits;
use super::document::{self, Grant};
use super::pattern::Pattern;
use super::quantity;
use super::rule::Effect;
use super::scope::{Quota, Scope};
use nethost_core::UserPattern;
use nethost_core::text::is_plain;
use nethost_core::{FORCED, SocketOption};

/// A value that means nothing, and where it stands.
pub(super) struct Bad {
    pub(super) at: usize,
    pub(super) message: String,
}

pub(super) fn bad<T>(value: &Spanned<T>, message: impl Into<String>) -> Bad {
    Bad {
        at: value.span().start,
        message: message.into(),
    }
}

/// Each item of a list, which has at least one.
fn items<T, R>(
    list: &Option<Spanned<Vec<Spanned<T>>>>,
    field: &str,
    read: impl Fn(&T) -> Result<R, String>,
) -> Result<Vec<R>, Bad> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    if list.get_ref().is_empty() {
        return Err(bad(
            list,
            format!("an empty `{field}` matches nothing; leave it out to mean any"),
        ));
    }
    let read = |item: &Spanned<T>| read(item.get_ref()).map_err(|message| bad(item, message));
    list.get_ref().iter().map(read).collect()
}

/// What a grant's `to` names.
pub(super) fn targets(grant: &Grant) -> Result<Vec<Pattern>, Bad> {
    items(&grant.to, "to", |text| {
        text.parse()
            .map_err(|bad: super::BadPattern| bad.to_string())
    })
}

/// What else narrows a grant.
pub(super) fn scope(grant: &Grant, effect: Effect) -> Result<Scope, Bad> {
    if effect != Effect::Allow {
        let quotas = [
            grant.rate.as_ref().map(Spanned::span),
            grant.packets.as_ref().map(Spanned::span),
            grant.bytes.as_ref().map(Spanned::span),
            grant.filter.as_ref().map(Spanned::span),
            grant.snapshot.as_ref().map(Spanned::span),
        ];
        if let Some(at) = quotas.into_iter().flatten().map(|span| span.start).min() {
            return Err(Bad {
                at,
                message: "a denial has no quota and forces nothing; put it on the rule that allows"
                    .into(),
            });
        }
    }
    let rate = grant.rate.as_ref().map(|rate| {
        let parsed = rate.get_ref().parse();
        parsed.map_err(|message: String| bad(rate, message))
    });
    let quota = Quota {
        rate: rate.transpose()?,
        packets: number(&grant.packets)?,
        bytes: bytes(&grant.bytes)?,
    };
    let until = grant.until.as_ref().map(|until| {
        let text = match until.get_ref() {
            Value::Datetime(moment) => moment.to_string(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        quantity::moment(&text).map_err(|message| bad(until, message))
    });
    Ok(Scope {
        ports: items(&grant.ports, "ports", ports)?,
        interfaces: items(&grant.interfaces, "interfaces", |text| interface(text))?,
        options: items(&grant.options, "options", |text| option(text))?,
        users: items(&grant.users, "users", user)?,
        until: until.transpose()?,
        quota,
        forced: forced(grant)?,
    })
}

/// What a grant adds to requests.
fn forced(grant: &Grant) -> Result<Vec<(&'static str, String)>, Bad> {
    let [filter, snapshot] = FORCED;
    let mut forced = Vec::new();
    if let Some(expression) = &grant.filter {
        let text = expression.get_ref().trim();
        if text.is_empty() || !text.chars().all(is_plain) {
            return Err(bad(
                expression,
                "an expression of pcap-filter(7) on one line",
            ));
        }
        forced.push((filter, text.to_owned()));
    }
    if let Some(bytes) = number(&grant.snapshot)? {
        forced.push((snapshot, bytes.min(u32::MAX.into()).to_string()));
    }
    Ok(forced)
}

fn ports(value: &Value) -> Result<RangeInclusive<u16>, String> {
    let ports = match value {
        Value::Integer(number) => Ports::try_from(*number),
        Value::String(text) => text.parse(),
        other => other.to_string().parse(),
    };
    ports.map(|ports| ports.0)
}

fn interface(text: &str) -> Result<String, String> {
    nethost_manifest::interface(text).map(|()| text.into())
}

/// What may be special about a socket, by its name.
pub(crate) fn option(text: &str) -> Result<SocketOption, String> {
    SocketOption::named(text).ok_or_else(|| {
        let names = SocketOption::ALL.map(SocketOption::name).join(", ");
        format!("no option of a socket: {text:?}; they are {names}")
    })
}

fn user(value: &Value) -> Result<UserPattern, String> {
    match value {
        Value::String(text) => text.parse(),
        other => other.to_string().parse(),
    }
}

fn number(value: &Option<Spanned<u64>>) -> Result<Option<u64>, Bad> {
    match value {
        Some(value) if *value.get_ref() == 0 => Err(bad(
            value,
            "0 allows nothing; leave it out to mean no limit",
        )),
        value => Ok(value.as_ref().map(|value| *value.get_ref())),
    }
}

pub(super) fn bytes(value: &Option<Spanned<Value>>) -> Result<Option<u64>, Bad> {
    let Some(value) = value else { return Ok(None) };
    let read = match value.get_ref() {
        Value::Integer(number) => u64::try_from(*number).map_err(|error| error.to_string()),
        Value::String(text) => quantity::bytes(text),
        other => quantity::bytes(&other.to_string()),
    };
    match read {
        Ok(0) => Err(bad(
            value,
            "0 allows nothing; leave it out to mean no limit",
        )),
        Ok(bytes) => Ok(Some(bytes)),
        Err(message) => Err(bad(value, message)),
    }
}

fn duration(value: &Option<Spanned<Value>>) -> Result<Option<Duration>, Bad> {
    let Some(value) = value else { return Ok(None) };
    let text = match value.get_ref() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    quantity::duration(&text)
        .map(Some)
        .map_err(|message| bad(value, message))
}

/// Limits, where a policy has any.
pub(super) fn limits(limits: &document::Limits) -> Result<Limits, Bad> {
    Ok(Limits {
        memory: bytes(&limits.memory)?,
        cpu: duration(&limits.cpu)?,
        busy: duration(&limits.busy)?,
        time: duration(&limits.time)?,
        handles: number(&limits.handles)?,
        descriptors: number(&limits.descriptors)?,
        output: bytes(&limits.output)?,
        opens: number(&limits.opens)?,
    })
}
