//! Changes of the installed plugins, one at a time. A change is in force when its list is on the disk; whatever comes
//! before that is not.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;

use super::store::{self, Stored, system};
use super::{Error, Installed, LIST, Plugin, list};
use nethost_core::owned_path::{self, Owner};

/// The right to change the installed plugins: nobody else has it as long as this exists.
#[derive(Debug)]
pub struct Change<'a> {
    of: &'a Installed,
    folder: File,
    plugins: Vec<Plugin>,
}

impl Installed {
    /// Waits until nobody else changes the plugins.
    pub fn change(&self) -> Result<Change<'_>, Error> {
        let failed = |source| system(&self.folder, source);
        let judge = || {
            owned_path::judge(&self.folder, Owner::RootOrSelf)
                .map_err(|error| system(&self.folder, error.into()))
        };
        judge()?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed)?;
        let folder = File::open(&self.folder).map_err(failed)?;
        judge()?;
        folder.lock().map_err(failed)?;
        let plugins = self.all()?;
        Ok(Change {
            of: self,
            folder,
            plugins,
        })
    }
}

impl Change<'_> {
    /// The plugin with this name, as it is now.
    pub fn now(&self, name: &str) -> Option<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.name == name)
    }

    /// All of them, as they are now.
    pub fn all(&self) -> &[Plugin] {
        &self.plugins
    }

    /// Puts a plugin in place of the one with its name. A component that is not there yet is written first.
    pub fn put(mut self, plugin: Plugin, stored: Option<&Stored>) -> Result<(), Error> {
        if let Some(stored) = stored {
            self.of.put(&plugin.current.component.digest, stored)?;
        }
        self.plugins.retain(|known| known.name != plugin.name);
        self.plugins.push(plugin);
        self.commit()
    }

    /// Removes the plugin with this name.
    pub fn remove(mut self, name: &str) -> Result<(), Error> {
        self.plugins.retain(|known| known.name != name);
        self.commit()
    }

    fn commit(self) -> Result<(), Error> {
        let path = self.of.folder.join(LIST);
        let wrong = |problem: String| Error::List {
            path: path.clone(),
            problem,
        };
        let text = list::print(self.plugins.clone()).map_err(|error| wrong(error.to_string()))?;
        if text.len() as u64 > list::LONGEST {
            return Err(wrong("there are too many plugins".into()));
        }
        store::write(&path, text.as_bytes())?;
        self.folder
            .sync_all()
            .map_err(|source| system(&self.of.folder, source))?;
        let releases = self
            .plugins
            .iter()
            .flat_map(|plugin| [Some(&plugin.current), plugin.previous.as_ref()]);
        let digests: Vec<&str> = releases
            .flatten()
            .map(|release| &release.component.digest[..])
            .collect();
        self.of.keep_only(&digests)
    }
}
