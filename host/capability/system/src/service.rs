//! Reads one fact for each request.

use std::io;
use std::sync::Arc;

use super::{SystemRead, sys};
use crate::bindings::nethost::cap::system::{ReleaseFile, UnameFacts};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::ErrorCode;

fn fact<T>(
    gate: &Arc<Gate>,
    name: &'static str,
    read: impl FnOnce(&Permit<SystemRead>) -> io::Result<T>,
) -> Result<T, ErrorCode> {
    let permit = gate.authorize(Request::new(name, Target::Local(name)))?;
    read(&permit).map_err(|error| {
        permit.failed(&error);
        error.into()
    })
}

pub(super) fn uname(gate: &Arc<Gate>) -> Result<UnameFacts, ErrorCode> {
    fact(gate, "uname", |permit| Ok(sys::uname(permit)))
}

pub(super) fn os_release(gate: &Arc<Gate>) -> Result<Vec<(String, String)>, ErrorCode> {
    fact(gate, "os-release", |permit| {
        sys::os_release(permit).map(|text| parse_os_release(&text))
    })
}

pub(super) fn uptime(gate: &Arc<Gate>) -> Result<u64, ErrorCode> {
    fact(gate, "uptime", |permit| Ok(sys::uptime(permit)))
}

pub(super) fn installed_kernels(gate: &Arc<Gate>) -> Result<Vec<String>, ErrorCode> {
    fact(gate, "installed-kernels", |permit| {
        let mut releases = sys::installed_kernels(permit)?;
        releases.sort();
        Ok(releases)
    })
}

pub(super) fn release_files(gate: &Arc<Gate>) -> Result<Vec<ReleaseFile>, ErrorCode> {
    fact(gate, "release-files", |permit| {
        Ok(sys::release_files(permit))
    })
}

pub(super) fn kernel_version(gate: &Arc<Gate>) -> Result<String, ErrorCode> {
    fact(gate, "kernel-version", sys::kernel_version)
}

pub(super) fn process(gate: &Arc<Gate>) -> Result<u32, ErrorCode> {
    fact(gate, "process", |permit| Ok(sys::process(permit)))
}

/// Parses os-release(5): assignments as a shell reads them, without expansion.
pub(super) fn parse_os_release(text: &str) -> Vec<(String, String)> {
    let assignments = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='));
    assignments
        .map(|(key, value)| (key.to_owned(), unquote(value)))
        .collect()
}

fn unquote(value: &str) -> String {
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    if value.starts_with('\'') {
        return inner.to_owned();
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' {
            characters.next().unwrap_or('\\')
        } else {
            character
        });
    }
    plain
}
