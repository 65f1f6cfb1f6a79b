//! Names of users: /etc/passwd, read when it is first needed. Where it may not be read, numbers stand for themselves.

use std::collections::HashMap;

use nethost_sdk::files;

/// Users by id.
#[derive(Debug, Default)]
pub(crate) struct Users {
    names: Option<HashMap<u32, String>>,
}

impl Users {
    fn names(&mut self) -> &HashMap<u32, String> {
        self.names.get_or_insert_with(|| {
            let text = files::read("/etc/passwd").unwrap_or_default();
            let mut names = HashMap::new();
            for line in String::from_utf8_lossy(&text).lines() {
                let fields: Vec<_> = line.split(':').collect();
                if let (Some(name), Some(Ok(id))) =
                    (fields.first(), fields.get(2).map(|id| id.parse()))
                {
                    // The first that has an id is whom it names.
                    names.entry(id).or_insert_with(|| (*name).to_owned());
                }
            }
            names
        })
    }

    /// Their name.
    pub(crate) fn name(&mut self, id: u32) -> Option<&str> {
        self.names().get(&id).map(String::as_str)
    }

    /// Their id.
    pub(crate) fn id(&mut self, name: &str) -> Option<u32> {
        let mut names = self.names().iter();
        names.find(|(_, known)| *known == name).map(|(id, _)| *id)
    }
}
