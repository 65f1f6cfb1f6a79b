//! `nethost update`: asks the sources of installed plugins for other versions.

use std::io;

use super::super::Options;
use super::change::told;
use super::record::{Record, of_release};
use super::source::Source;
use super::{Update, candidate, change};
use nethost_core::{output, system_error};
use nethost_service::installed::{self, Installed, Plugin};

/// The exit code if one of the plugins could not be updated.
const FAILED: u8 = 2;

/// Updates one plugin, or each. That one cannot be updated does not keep the others from it.
pub(in super::super) fn update(options: &Options, update: &Update) -> io::Result<u8> {
    let place = Installed::of_user().ok_or_else(|| io::Error::other(installed::Error::NoPlace))?;
    let all = match place.all() {
        Ok(all) => all,
        Err(error) => {
            let words = ["update".to_owned()];
            return Record::new(options, &words)?.unread(None, io::Error::other(error));
        }
    };
    let chosen: Vec<&Plugin> = all
        .iter()
        .filter(|plugin| update.name.as_ref().is_none_or(|name| *name == plugin.name))
        .collect();
    if let (Some(name), []) = (&update.name, chosen.as_slice()) {
        return Err(super::remove::unknown(name));
    }
    let mut code = 0;
    for plugin in chosen {
        if let Err(error) = one(options, update, plugin) {
            output::say("nethost", &system_error::words(&error));
            code = FAILED;
        }
    }
    Ok(code)
}

fn one(options: &Options, update: &Update, plugin: &Plugin) -> io::Result<()> {
    let (name, current) = (&plugin.name, &plugin.current);
    let words = ["update".to_owned(), current.source.clone()];
    let record = Record::new(options, &words)?;
    let about = of_release(name, current);
    let source = match Source::parse(&current.source) {
        Ok(source) => source,
        Err(error) => return record.unread(Some(about), error),
    };
    if let Source::Registry(place) = &source
        && place.digest().is_some()
    {
        return told(&format!(
            "{name} is pinned to {place}, which does not change"
        ));
    }
    let candidate = match candidate::read(options, &update.registry, &source) {
        Ok(candidate) => candidate,
        Err(error) => return record.unread(Some(about), error),
    };
    change::change(&record, candidate, Some(name), update.yes).map(|_| ())
}
