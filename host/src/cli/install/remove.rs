//! `nethost rollback` and `nethost uninstall`.

use std::io::{self, Write};

use super::super::{Options, question};
use super::change::told;
use super::record::{Record, of_release};
use super::{Named, show};
use nethost_core::{User, output, text};
use nethost_policy::Subject;
use nethost_service::grants::Grants;
use nethost_service::installed::{self, Change, Installed, Plugin};

/// Goes back to the version before the last update. A second time, forward again.
pub(in super::super) fn rollback(options: &Options, named: &Named) -> io::Result<u8> {
    let name = &named.name;
    let words = ["rollback".to_owned(), name.clone()];
    let record = Record::new(options, &words)?;
    let place = place()?;
    let change = match place.change() {
        Ok(change) => change,
        Err(error) => return record.unread(None, io::Error::other(error)),
    };
    let plugin = known(&change, name)?;
    let Some(previous) = plugin.previous.clone() else {
        let why = format!("{name} was not updated, so there is no version to go back to");
        return Err(io::Error::other(why));
    };
    let about = of_release(name, &previous);
    let subject = Subject {
        name: name.clone(),
        digest: previous.component.digest.clone(),
        signer: previous.signer.clone(),
        user: User::current(),
        ..Subject::default()
    };
    let back = Plugin {
        name: name.clone(),
        current: previous,
        previous: Some(plugin.current.clone()),
    };
    if let Some(why) = record.policies.unsigned(&subject) {
        return Err(record.refused(about, &format!("{name}: {why}"))?);
    }
    if let Err(error) = place.component(&back) {
        return Err(record.refused(about, &error.to_string())?);
    }
    let mut shown = String::new();
    show::difference(
        &mut shown,
        &plugin.current,
        &back.current,
        question::columns(),
    );
    record.allowed(about)?;
    let title = show::titled(name, &back.current);
    change.put(back, None).map_err(io::Error::other)?;
    output::error().write_all(shown.as_bytes())?;
    told(&format!("{title} is installed"))?;
    Ok(0)
}

/// Removes a plugin, and revokes what was granted to it.
pub(in super::super) fn uninstall(options: &Options, named: &Named) -> io::Result<u8> {
    let name = &named.name;
    let words = ["uninstall".to_owned(), name.clone()];
    let record = Record::new(options, &words)?;
    let place = place()?;
    let change = match place.change() {
        Ok(change) => change,
        Err(error) => return record.unread(None, io::Error::other(error)),
    };
    let plugin = known(&change, name)?.clone();
    record.allowed(of_release(name, &plugin.current))?;
    let title = show::titled(name, &plugin.current);
    change.remove(name).map_err(io::Error::other)?;
    let mut said = format!("{title} is removed");
    if let Some(grants) = Grants::of_user() {
        let releases = std::iter::once(&plugin.current).chain(&plugin.previous);
        let mut revoked = 0;
        for release in releases {
            let digest = &release.component.digest;
            revoked += grants.revoke(digest).map_err(io::Error::other)?.len();
        }
        if revoked > 0 {
            said += ", and what was granted to it is revoked";
        }
    }
    told(&said)?;
    Ok(0)
}

fn place() -> io::Result<Installed> {
    Installed::of_user().ok_or_else(|| io::Error::other(installed::Error::NoPlace))
}

fn known<'a>(change: &'a Change<'_>, name: &str) -> io::Result<&'a Plugin> {
    change.now(name).ok_or_else(|| unknown(name))
}

/// No installed plugin has this name.
pub(super) fn unknown(name: &str) -> io::Error {
    let name = text::line(name);
    io::Error::other(format!(
        "no plugin {name} is installed; `nethost list` shows which are"
    ))
}
