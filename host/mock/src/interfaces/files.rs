//! The files of a scenario. They are in memory; no file of this machine is read or written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::Resource;

use super::bindings::nethost::cap::files::{
    FileFacts, FileIdentity, FileKind, Host, HostReader, HostWriter, Walk, WriteMode,
};
use crate::context::Context;
use crate::files::Files;
use nethost_broker::LARGEST_REPLACED;
use nethost_broker::capabilities::files::{FileCreate, FileRead, FileWrite};
use nethost_broker::file_change::Opening;
use nethost_core::{AbsolutePath, Capability, Request, Target, home};
use nethost_gate::Permit;
use nethost_kit::types::{ErrorCode, from_errno, invalid};

/// The maximum size of a file that is read whole.
const LARGEST: usize = 64 << 20;
/// The maximum size of one part.
const PART: u32 = 1 << 20;

impl Context {
    fn path(&self, path: &str) -> Result<AbsolutePath, ErrorCode> {
        AbsolutePath::new(&self.files.folder, &home::expand(path))
            .filter(|_| !path.is_empty())
            .ok_or_else(|| invalid("not a path"))
    }

    /// Asks the gate to do something with a file.
    fn file_permit<C: Capability>(
        &self,
        op: &'static str,
        path: &str,
    ) -> Result<(Permit<C>, AbsolutePath), ErrorCode> {
        let path = self.path(path)?;
        let request = Request::new(op, Target::Path(path.clone()));
        Ok((self.gate.authorize(request)?, path))
    }

    fn seconds(&self) -> i64 {
        i64::try_from(self.time.wall() / 1_000_000_000).unwrap_or(i64::MAX)
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, ErrorCode> {
        let (permit, path) = self.file_permit::<FileRead>("read", path)?;
        let state = self.files.state();
        let file = state.file(&path)?;
        if file.bytes.len() > LARGEST {
            return Err(ErrorCode::TooLarge);
        }
        permit.may_receive(file.bytes.len())?;
        permit.count_received(file.bytes.len());
        Ok(file.bytes.to_vec())
    }

    fn names_in(&self, path: &str) -> Result<Vec<String>, ErrorCode> {
        let (_permit, path) = self.file_permit::<FileRead>("names", path)?;
        let state = self.files.state();
        if state.files.contains_key(path.as_path()) {
            return Err(invalid(format!("{path} is not a folder")));
        }
        if !state.is_folder(path.as_path()) {
            return Err(ErrorCode::NotFound);
        }
        let all = state.files.keys().chain(&state.folders);
        let below = all.filter_map(|known| known.strip_prefix(path.as_path()).ok());
        let first = below.filter_map(|rest| rest.components().next());
        let names: BTreeSet<String> = first
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        Ok(names.into_iter().collect())
    }

    fn facts_of(&self, path: &str) -> Result<FileFacts, ErrorCode> {
        let (_permit, path) = self.file_permit::<FileRead>("facts", path)?;
        let state = self.files.state();
        if let Some(file) = state.files.get(path.as_path()) {
            return Ok(FileFacts {
                kind: FileKind::Regular,
                size: file.bytes.len() as u64,
                modified: file.modified,
            });
        }
        match state.is_folder(path.as_path()) {
            true => Ok(FileFacts {
                kind: FileKind::Folder,
                size: 0,
                modified: self.seconds(),
            }),
            false => Err(ErrorCode::NotFound),
        }
    }

    /// Their places among all files are their inodes, from 1 on, and all are on one device.
    fn identities(&self, path: &str, walk: Walk) -> Result<Vec<FileIdentity>, ErrorCode> {
        let (_permit, path) = self.file_permit::<FileRead>("identify", path)?;
        let state = self.files.state();
        let files: BTreeSet<&std::path::Path> = state
            .files
            .keys()
            .chain(&state.folders)
            .flat_map(|known| known.ancestors())
            .collect();
        let of = |(place, at): (usize, &&std::path::Path)| {
            let below = at.strip_prefix(path.as_path()).ok()?.components().count();
            let told = match below {
                0 => true,
                1 => walk.contains(Walk::ENTRIES),
                _ => walk.contains(Walk::ENTRIES | Walk::TREE),
            };
            told.then(|| FileIdentity {
                path: at.display().to_string(),
                folder: !state.files.contains_key(*at),
                device: (0, 1),
                inode: place as u64 + 1,
                special: None,
                problem: None,
            })
        };
        let found: Vec<_> = files.iter().enumerate().filter_map(of).collect();
        match found.is_empty() {
            true => Err(ErrorCode::NotFound),
            false => Ok(found),
        }
    }

    fn make_folders_above(&self, path: &str) -> Result<(), ErrorCode> {
        let (_permit, path) = self.file_permit::<FileWrite>("make-folders", path)?;
        let Some(folder) = path.parent() else {
            return Ok(());
        };
        let mut state = self.files.state();
        let mut above = folder.ancestors();
        if above.any(|part| state.files.contains_key(part)) {
            return Err(from_errno(libc::ENOTDIR));
        }
        state.folders.insert(folder.to_owned());
        Ok(())
    }

    fn remove_file(&self, path: &str) -> Result<(), ErrorCode> {
        let (_permit, path) = self.file_permit::<FileWrite>("remove", path)?;
        let mut state = self.files.state();
        state.file(&path)?;
        state.files.remove(path.as_path());
        Ok(())
    }

    fn replace_file(&self, path: &str, contents: Vec<u8>) -> Result<(), ErrorCode> {
        if contents.len() > LARGEST_REPLACED {
            return Err(ErrorCode::TooLarge);
        }
        let (permit, path) = self.file_permit::<FileWrite>("replace", path)?;
        charge(&permit, contents.len())?;
        let mut state = self.files.state();
        if !state.files.contains_key(path.as_path()) {
            state.has_place(&path)?;
        }
        state.put(&path, contents, self.seconds());
        Ok(())
    }

    fn date_file(&self, path: &str, seconds: i64) -> Result<(), ErrorCode> {
        let (_permit, path) = self.file_permit::<FileWrite>("set-modified", path)?;
        let mut state = self.files.state();
        state.file(&path)?;
        if let Some(file) = state.files.get_mut(path.as_path()) {
            file.modified = seconds;
        }
        Ok(())
    }
}

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {
    fn read(&mut self, path: String) -> Answer<Vec<u8>> {
        Ok(self.read_file(&path))
    }

    fn names(&mut self, path: String) -> Answer<Vec<String>> {
        Ok(self.names_in(&path))
    }

    fn facts(&mut self, path: String) -> Answer<FileFacts> {
        Ok(self.facts_of(&path))
    }

    fn identify(&mut self, path: String, walk: Walk) -> Answer<Vec<FileIdentity>> {
        Ok(self.identities(&path, walk))
    }

    fn make_folders(&mut self, path: String) -> Answer<()> {
        Ok(self.make_folders_above(&path))
    }

    fn remove(&mut self, path: String) -> Answer<()> {
        Ok(self.remove_file(&path))
    }

    fn replace(&mut self, path: String, contents: Vec<u8>) -> Answer<()> {
        Ok(self.replace_file(&path, contents))
    }

    fn set_modified(&mut self, path: String, seconds: i64) -> Answer<()> {
        Ok(self.date_file(&path, seconds))
    }
}

/// A file that is read in parts.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Reader {
    bytes: Arc<Vec<u8>>,
    next: Mutex<usize>,
    permit: Permit<FileRead>,
}

impl Reader {
    fn open(run: &Context, path: &str, offset: u64) -> Result<Self, ErrorCode> {
        let (permit, path) = run.file_permit("reader.open", path)?;
        let bytes = Arc::clone(&run.files.state().file(&path)?.bytes);
        let next = Mutex::new(usize::try_from(offset).unwrap_or(usize::MAX));
        Ok(Self {
            bytes,
            next,
            permit,
        })
    }

    fn read(&self, max: u32) -> Result<Vec<u8>, ErrorCode> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = self.bytes.get(*next..).unwrap_or_default();
        let part = &rest[..rest.len().min(max.min(PART) as usize)];
        self.permit.may_receive(part.len())?;
        self.permit.count_received(part.len());
        *next += part.len();
        Ok(part.to_vec())
    }
}

impl HostReader for Context {
    fn open(&mut self, path: String, offset: u64) -> Answer<Resource<Reader>> {
        match Reader::open(self, &path, offset) {
            Ok(reader) => self.keep(reader).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn size(&mut self, reader: Resource<Reader>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&reader)?.bytes.len() as u64)
    }

    fn read(&mut self, reader: Resource<Reader>, max: u32) -> Answer<Vec<u8>> {
        Ok(self.table.get(&reader)?.read(max))
    }

    fn drop(&mut self, reader: Resource<Reader>) -> wasmtime::Result<()> {
        self.discard(reader)
    }
}

/// A file that is written.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Writer {
    files: Arc<Files>,
    path: AbsolutePath,
    permit: Allowed,
}

enum Allowed {
    Create(Permit<FileCreate>),
    Write(Permit<FileWrite>),
}

impl Writer {
    fn open(
        run: &Context,
        path: &str,
        mode: WriteMode,
        permissions: Option<u32>,
    ) -> Result<Self, ErrorCode> {
        let permissions = permissions.unwrap_or(0o666);
        if permissions > 0o777 {
            return Err(invalid("permission bits beyond 0o777"));
        }
        let path = run.path(path)?;
        let request = |opening: Opening| {
            let request = Request::new("writer.open", Target::Path(path.clone()));
            request.changing(opening.said(permissions))
        };
        let permit = match mode {
            WriteMode::Create => Allowed::Create(run.gate.authorize(request(Opening::Create))?),
            WriteMode::Replace => Allowed::Write(run.gate.authorize(request(Opening::Replace))?),
            WriteMode::Append => Allowed::Write(run.gate.authorize(request(Opening::Append))?),
        };
        let mut state = run.files.state();
        let before = state
            .files
            .get(path.as_path())
            .map(|file| file.bytes.to_vec());
        if before.is_none() {
            state.has_place(&path)?;
        }
        let bytes = match (mode, before) {
            (WriteMode::Create, Some(_)) => return Err(from_errno(libc::EEXIST)),
            (WriteMode::Append, Some(before)) => before,
            _ => Vec::new(),
        };
        state.put(&path, bytes, run.seconds());
        drop(state);
        Ok(Self {
            files: Arc::clone(&run.files),
            path,
            permit,
        })
    }

    fn write(&self, bytes: &[u8], now: i64) -> Result<(), ErrorCode> {
        match &self.permit {
            Allowed::Create(permit) => charge(permit, bytes.len())?,
            Allowed::Write(permit) => charge(permit, bytes.len())?,
        }
        let mut state = self.files.state();
        let file = state.files.get(self.path.as_path());
        let mut all = file.map_or_else(Vec::new, |file| file.bytes.to_vec());
        if all.len() + bytes.len() > LARGEST {
            return Err(ErrorCode::TooLarge);
        }
        all.extend_from_slice(bytes);
        state.put(&self.path, all, now);
        Ok(())
    }
}

fn charge<C: Capability>(permit: &Permit<C>, length: usize) -> Result<(), ErrorCode> {
    permit.may_send(length)?;
    permit.count_sent(length);
    Ok(())
}

impl HostWriter for Context {
    fn open(
        &mut self,
        path: String,
        mode: WriteMode,
        permissions: Option<u32>,
    ) -> Answer<Resource<Writer>> {
        match Writer::open(self, &path, mode, permissions) {
            Ok(writer) => self.keep(writer).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn write(&mut self, writer: Resource<Writer>, bytes: Vec<u8>) -> Answer<()> {
        let now = self.seconds();
        Ok(self.table.get(&writer)?.write(&bytes, now))
    }

    fn drop(&mut self, writer: Resource<Writer>) -> wasmtime::Result<()> {
        self.discard(writer)
    }
}
