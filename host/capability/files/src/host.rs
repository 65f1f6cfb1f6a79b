//! The generated traits, method by method.

use super::{FileReader, FileWriter};
use super::{service, writer};
use crate::bindings::nethost::cap::files::{
    FileFacts, FileIdentity, Host, HostReader, HostWriter, Walk, WriteMode,
};
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;
use wasmtime::component::Resource;

impl Host for Context {
    fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        Ok(service::read(&self.gate, &self.broker, &path))
    }

    fn names(&mut self, path: String) -> wasmtime::Result<Result<Vec<String>, ErrorCode>> {
        Ok(service::names(&self.gate, &self.broker, &path))
    }

    fn facts(&mut self, path: String) -> wasmtime::Result<Result<FileFacts, ErrorCode>> {
        Ok(service::facts(&self.gate, &self.broker, &path))
    }

    fn identify(
        &mut self,
        path: String,
        walk: Walk,
    ) -> wasmtime::Result<Result<Vec<FileIdentity>, ErrorCode>> {
        Ok(service::identify(&self.gate, &self.broker, &path, walk))
    }

    fn make_folders(&mut self, path: String) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(writer::make_folders(&self.gate, &self.broker, &path))
    }

    fn remove(&mut self, path: String) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(writer::remove(&self.gate, &self.broker, &path))
    }

    fn replace(
        &mut self,
        path: String,
        contents: Vec<u8>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let (gate, broker) = (&self.gate, &self.broker);
        Ok(writer::replace(gate, broker, &path, &contents))
    }

    fn set_modified(
        &mut self,
        path: String,
        seconds: i64,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(writer::set_modified(
            &self.gate,
            &self.broker,
            &path,
            seconds,
        ))
    }
}

impl HostReader for Context {
    fn open(
        &mut self,
        path: String,
        offset: u64,
    ) -> wasmtime::Result<Result<Resource<FileReader>, ErrorCode>> {
        match FileReader::open(&self.gate, &self.broker, &path, offset) {
            Ok(reader) => self.keep(reader).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn size(&mut self, reader: Resource<FileReader>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&reader)?.size())
    }

    fn read(
        &mut self,
        reader: Resource<FileReader>,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        Ok(self.table.get(&reader)?.read(max))
    }

    fn drop(&mut self, reader: Resource<FileReader>) -> wasmtime::Result<()> {
        self.discard(reader)
    }
}

impl HostWriter for Context {
    fn open(
        &mut self,
        path: String,
        mode: WriteMode,
        permissions: Option<u32>,
    ) -> wasmtime::Result<Result<Resource<FileWriter>, ErrorCode>> {
        match FileWriter::open(&self.gate, &self.broker, &path, mode, permissions) {
            Ok(writer) => self.keep(writer).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn write(
        &mut self,
        writer: Resource<FileWriter>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&writer)?.write(&bytes))
    }

    fn drop(&mut self, writer: Resource<FileWriter>) -> wasmtime::Result<()> {
        self.discard(writer)
    }
}
