//! Finds and loads a component for what the operator typed.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use nethost_inspect::Facts;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::{CACHE_DIR, Cache};
use super::compile::Target;
use super::compiled::Compiled;
use super::{compile, digest};
use nethost_package::{LONGEST_SIGNATURE, beside};
use nethost_policy::Rule;
use nethost_service::catalog;
use nethost_service::installed::{self, Installed, LARGEST, Stored};

/// A plugin that was found.
#[derive(Debug)]
pub struct Found {
    /// Its name: that of the bundled or installed plugin, or of the file without its extension.
    pub name: String,
    /// What the operator typed, for messages about the file.
    pub typed: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// It is part of this build.
    pub bundled: bool,
    /// Its signature: the text of the file beside it, if there is one.
    pub signature: Option<String>,
    /// The exit code if its standard output cannot be written.
    pub unwritten: u8,
    /// Arguments that its alias stands for.
    pub args: Vec<String>,
    /// The requests of its manifest, if it is bundled.
    pub rules: Vec<Rule>,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Bundled(&'static nethost_bundle::Plugin),
    Read(Vec<u8>),
}

impl Found {
    /// A component that is not bundled, with the text of its signature.
    pub fn of_bytes(name: String, component: Vec<u8>, signature: Option<String>) -> Self {
        Self {
            typed: name.clone(),
            name,
            digest: digest(&component),
            bundled: false,
            signature,
            unwritten: UNWRITTEN,
            args: Vec::new(),
            rules: Vec::new(),
            bytes: Bytes::Read(component),
        }
    }

    /// The key that has signed it, or why nobody has. A bundled plugin needs no signature.
    pub fn signer(&self) -> Result<Option<String>, nethost_package::Refusal> {
        let signature = self.signature.as_deref();
        let signer = signature.map(|text| nethost_package::signer(&self.digest, text));
        Ok(signer.transpose()?.map(|signer| signer.to_string()))
    }

    /// Its bytes and its signature, to be kept.
    pub fn stored(&self) -> Result<Stored, Error> {
        Ok(Stored {
            component: self.wasm()?.into_owned(),
            signature: self.signature.clone(),
        })
    }

    /// What it calls itself in messages.
    pub fn called(&self) -> &str {
        if self.bundled {
            &self.typed
        } else {
            &self.name
        }
    }
}

/// The exit code of the GNU tools if their output cannot be written.
const UNWRITTEN: u8 = 1;

/// Why there is no plugin to run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a bundled or installed plugin nor a file.
    #[error(
        "no plugin `{name}`: neither a file nor a bundled or installed plugin{hint}; `nethost list` shows them"
    )]
    Unknown {
        /// What the operator typed.
        name: String,
        /// A similar name.
        hint: String,
    },
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The file does not compile to a component.
    #[error("{plugin}: {source}")]
    Compile {
        /// The plugin.
        plugin: String,
        /// The reason.
        source: compile::Error,
    },
    /// The output of the compiler does not load, because it comes from another version.
    #[error(
        "{plugin}: nethost-compile and this nethost have different versions; install both from one build, and run `nethost cache clear` ({reason})"
    )]
    Load {
        /// The plugin.
        plugin: String,
        /// The message of wasmtime.
        reason: String,
    },
    /// An installed plugin cannot be used.
    #[error(transparent)]
    Installed(#[from] installed::Error),
    /// A bundled plugin is damaged.
    #[error("the bundled plugin {plugin} is damaged ({reason}); install nethost again")]
    Bundle {
        /// The plugin.
        plugin: String,
        /// What is wrong.
        reason: String,
    },
}

/// Finds a plugin by path or name. If a name with `.wasm` is not a file here, it means the bundled or installed plugin. A
/// bundled plugin comes before an installed one of its name, and both before a file without an extension.
pub fn find(typed: &str) -> Result<Found, Error> {
    let path = Path::new(typed);
    let is_path = typed.contains('/')
        || path
            .extension()
            .is_some_and(|extension| extension == "wasm");
    if is_path && path.exists() {
        return from_file(typed, path);
    }
    let name = typed.strip_suffix(".wasm").unwrap_or(typed);
    if !typed.contains('/')
        && let Some(entry) = catalog::find(name)
    {
        return from_bundle(name, &entry);
    }
    if !typed.contains('/')
        && let Some(installed) = Installed::of_user()
        && let Some((plugin, args)) = installed.find(name)?
    {
        let stored = installed.component(&plugin)?;
        let found = Found::of_bytes(plugin.name, stored.component, stored.signature);
        return Ok(Found { args, ..found });
    }
    if path.is_file() {
        return from_file(typed, path);
    }
    if is_path {
        return Err(Error::Read {
            path: typed.into(),
            source: io::Error::from_raw_os_error(libc::ENOENT),
        });
    }
    let near = catalog::names()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near
        .filter(|(score, _)| *score > 0.8)
        .map_or_else(String::new, |(_, known)| {
            format!("; did you mean `{known}`?")
        });
    Err(Error::Unknown {
        name: typed.escape_default().to_string(),
        hint,
    })
}

fn from_bundle(typed: &str, entry: &catalog::Entry) -> Result<Found, Error> {
    let plugin = entry.plugin;
    let damaged = |reason: String| Error::Bundle {
        plugin: plugin.name.into(),
        reason,
    };
    let manifest = catalog::manifest(plugin).map_err(|error| damaged(error.to_string()))?;
    let rules = catalog::rules(
        &manifest.request,
        &format!("plugin.toml of {}", plugin.name),
    )
    .map_err(|error| damaged(error.to_string()))?;
    Ok(Found {
        name: plugin.name.into(),
        typed: typed.into(),
        digest: plugin.digest.into(),
        bundled: true,
        signature: None,
        unwritten: manifest.unwritten.unwrap_or(UNWRITTEN),
        args: entry.args.clone(),
        rules,
        bytes: Bytes::Bundled(plugin),
    })
}

fn from_file(typed: &str, path: &Path) -> Result<Found, Error> {
    let read = || {
        let file = nethost_core::regular::open(path)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            Err(io::Error::other(format!(
                "larger than {} MiB",
                LARGEST >> 20
            )))
        } else {
            Ok(bytes)
        }
    };
    let bytes = read().map_err(|source| Error::Read {
        path: typed.into(),
        source,
    })?;
    let digest = digest(&bytes);
    // A copy of a bundled plugin counts as that plugin.
    if let Some(plugin) = catalog::by_digest(&digest) {
        return from_bundle(
            plugin.name,
            &catalog::Entry {
                plugin,
                args: Vec::new(),
            },
        );
    }
    let name = path
        .file_stem()
        .map_or_else(|| typed.into(), |stem| stem.to_string_lossy().into_owned());
    let signature = signature_of(path).map_err(|source| Error::Read {
        path: beside(path).display().to_string(),
        source,
    })?;
    let found = Found::of_bytes(name, bytes, signature);
    Ok(Found {
        typed: typed.into(),
        ..found
    })
}

fn signature_of(component: &Path) -> io::Result<Option<String>> {
    match nethost_core::regular::text(beside(component), LONGEST_SIGNATURE as u64) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

impl Found {
    /// Its compiled form: from the cache, from the installation, or compiled now and stored in the cache.
    pub fn compiled(&self, cache: &Cache) -> Result<Compiled, Error> {
        let installed = Cache::installed();
        let caches = std::iter::once(cache).chain(&installed);
        if let Some(compiled) = caches.filter_map(|cache| cache.get(&self.digest)).next() {
            return Ok(compiled);
        }
        let wasm = self.wasm()?;
        // Inspected first: a component that exceeds the limits is not given to the compiler.
        let facts = compile::inspect(&wasm).map_err(|error| self.refused(error))?;
        let imports: Vec<_> = facts.imports.into_iter().map(|item| item.name).collect();
        let compiled =
            compile::compile(&wasm, Target::ThisProcessor).map_err(|error| self.refused(error))?;
        if let Err(error) = cache.write(&self.digest, &compiled, &imports) {
            // If it cannot be stored, later starts are slow. That is reported only if the operator has named the
            // folder.
            if std::env::var_os(CACHE_DIR).is_some() {
                let folder = cache.folder().display();
                let message =
                    format!("warning: compile cache {folder}: {error}; every start compiles again");
                nethost_core::output::say("nethost", &message);
            }
        }
        Ok(Compiled::made(compiled, imports))
    }

    /// Loads the compiled form as code. Call it after the process has given up its privileges.
    pub fn component(&self, engine: &Engine, compiled: &Compiled) -> Result<Component, Error> {
        compiled.load(engine).map_err(|error| Error::Load {
            plugin: self.typed.clone(),
            reason: error.root_cause().to_string().replace('\n', " "),
        })
    }

    /// The facts about it that can be found without running it.
    pub fn facts(&self) -> Result<Facts, Error> {
        compile::inspect(&self.wasm()?).map_err(|error| self.refused(error))
    }

    /// The component's length in bytes.
    pub fn size(&self) -> usize {
        match &self.bytes {
            Bytes::Bundled(bundled) => bundled.size,
            Bytes::Read(bytes) => bytes.len(),
        }
    }

    fn wasm(&self) -> Result<Cow<'_, [u8]>, Error> {
        match &self.bytes {
            Bytes::Read(bytes) => Ok(Cow::Borrowed(bytes)),
            Bytes::Bundled(bundled) => {
                bundled
                    .component()
                    .map(Cow::Owned)
                    .map_err(|error| Error::Bundle {
                        plugin: self.typed.clone(),
                        reason: error.to_string(),
                    })
            }
        }
    }

    fn refused(&self, source: compile::Error) -> Error {
        Error::Compile {
            plugin: self.typed.clone(),
            source,
        }
    }
}
