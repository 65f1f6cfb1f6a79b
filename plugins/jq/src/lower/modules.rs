//! Modules: `import`, `include`, and what a module says of itself.

use super::{Entry, Lowering, Meaning};
use crate::syntax::ast::{File, Import};
use crate::syntax::parse;
use crate::value::{Map, Val};

/// Where modules come from.
pub(crate) trait Files {
    /// The contents of a file; `None` if there is none.
    ///
    /// # Errors
    /// Why it cannot be read, such as a denial.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;

    /// The folders that are searched.
    fn folders(&self) -> Vec<String>;
}

fn constant(ast: Option<&crate::syntax::ast::Ast>) -> Map {
    match ast.and_then(super::expression::constant) {
        Some(Val::Obj(map)) => map.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
        _ => Map::default(),
    }
}

/// The metadata of a module.
pub(crate) fn describe(file: &File) -> Val {
    let mut about = constant(file.meta.as_ref());
    let dependency = |import: &Import| {
        let mut entry = constant(import.meta.as_ref());
        if let Some(name) = &import.name {
            let name = name.strip_prefix('$').unwrap_or(name);
            entry.insert("as".into(), Val::text(name));
        }
        let is_data = import
            .name
            .as_ref()
            .is_some_and(|name| name.starts_with('$'));
        entry.insert("is_data".into(), Val::Bool(is_data));
        entry.insert("relpath".into(), Val::text(import.path.clone()));
        Val::Obj(entry.into())
    };
    let dependencies = file.imports.iter().map(dependency).collect();
    about.insert("deps".into(), Val::array(dependencies));
    let name = |definition: &crate::syntax::ast::Definition| {
        let arity = definition.parameters.len();
        Val::text(format!("{}/{arity}", definition.name))
    };
    let names = file.definitions.iter().map(name).collect();
    about.insert("defs".into(), Val::array(names));
    Val::Obj(about.into())
}

/// The candidates for a module in the folders.
fn candidates(folders: &[String], path: &str, extension: &str) -> Vec<String> {
    let last = path.rsplit('/').next().unwrap_or(path);
    let both = |folder: &String| {
        [
            format!("{folder}/{path}.{extension}"),
            format!("{folder}/{path}/{last}.{extension}"),
        ]
    };
    folders.iter().flat_map(both).collect()
}

/// The path and the contents of a module.
///
/// # Errors
/// It is not found, or may not be read.
pub(crate) fn find(
    files: &dyn Files,
    folders: &[String],
    path: &str,
    extension: &str,
) -> Result<(String, Vec<u8>), String> {
    if path.split('/').any(|part| part == "..") {
        return Err(format!(
            "Relative paths to modules may not traverse to parent directories ({path})"
        ));
    }
    let mut denied = None;
    for candidate in candidates(folders, path, extension) {
        match files.read(&candidate) {
            Ok(Some(contents)) => return Ok((candidate, contents)),
            Ok(None) => {}
            Err(message) => denied = denied.or(Some(message)),
        }
    }
    Err(denied.unwrap_or_else(|| {
        let searched = folders.join("\n\t");
        format!("module not found: {path}\n\tsearched in: \n\t{searched}")
    }))
}

impl Lowering<'_> {
    /// Brings what is imported into scope; `parent` is the file that asks for it.
    pub(super) fn imports(&mut self, imports: &[Import], parent: &str) {
        for import in imports {
            if let Err(message) = self.import(import, parent) {
                self.told.push(format!("jq: error: {message}\n"));
            }
        }
    }

    fn import(&mut self, import: &Import, parent: &str) -> Result<(), String> {
        let meta = constant(import.meta.as_ref());
        let mut folders = Vec::new();
        let beside = parent.rsplit_once('/').map_or(".", |(folder, _)| folder);
        match meta.get("search") {
            Some(Val::Str(search)) => folders.push(join(beside, search)),
            Some(Val::Arr(searches)) => {
                for search in searches.iter() {
                    if let Val::Str(search) = search {
                        folders.push(join(beside, search));
                    }
                }
            }
            _ => {}
        }
        folders.extend(self.files.folders());
        let data = import.name.as_ref().filter(|name| name.starts_with('$'));
        if let Some(name) = data {
            let raw = matches!(meta.get("raw"), Some(Val::Bool(true)));
            let (path, contents) = find(self.files, &folders, &import.path, "json")?;
            let value = match raw {
                true => Val::text(String::from_utf8_lossy(&contents).into_owned()),
                false => Val::array(
                    crate::read::parse_all(&contents)
                        .map_err(|wrong| format!("invalid JSON in {path}: {wrong}"))?,
                ),
            };
            let own = self.global(value);
            self.scope.push(Entry::Variable(name.clone(), own));
            let long = format!("{name}::{}", &name[1..]);
            self.scope.push(Entry::Variable(long, own));
            return Ok(());
        }
        let (path, contents) = find(self.files, &folders, &import.path, "jq")?;
        if self.loading.contains(&path) {
            return Err(format!("module {path} imports itself"));
        }
        if !self.modules.contains_key(&path) {
            let entries = self.module(&path, &contents)?;
            self.modules.insert(path.clone(), entries);
        }
        let entries = self.modules.get(&path).cloned().unwrap_or_default();
        for entry in entries {
            let Entry::Function(name, arity, meaning) = entry else {
                continue;
            };
            let name = match &import.name {
                Some(module) => format!("{module}::{name}"),
                None => name,
            };
            self.scope.push(Entry::Function(name, arity, meaning));
        }
        Ok(())
    }

    /// The functions of a module.
    fn module(&mut self, path: &str, contents: &[u8]) -> Result<Vec<Entry>, String> {
        let text = String::from_utf8_lossy(contents).into_owned();
        let tell = |wrong: &crate::syntax::Wrong| {
            let told = wrong.tell(path, &text);
            told.strip_prefix("jq: error: ").unwrap_or(&told).to_owned()
        };
        let file = parse::parse(&text)
            .map_err(|wrong| wrong.iter().map(tell).collect::<Vec<_>>().join("\n"))?;
        if file.main.is_some() {
            return Err(format!(
                "library should only have function definitions, not a main expression ({path})"
            ));
        }
        let scope = std::mem::take(&mut self.scope);
        let wrong = std::mem::take(&mut self.wrong);
        self.loading.push(path.to_owned());
        self.imports(&file.imports, path);
        let imported = self.scope.len();
        for definition in &file.definitions {
            self.top_definition(definition);
        }
        self.loading.pop();
        let defined = |entry: &Entry| matches!(entry, Entry::Function(_, _, Meaning::Defined(_)));
        let includes = file.imports.iter().any(|import| import.name.is_none());
        let from = if includes { 0 } else { imported };
        let own = self.scope.split_off(from.min(self.scope.len()));
        let own = own.into_iter().filter(defined).collect();
        self.scope = scope;
        let found = std::mem::replace(&mut self.wrong, wrong);
        match found.is_empty() {
            true => Ok(own),
            false => Err(found.iter().map(tell).collect::<Vec<_>>().join("\n")),
        }
    }
}

fn join(folder: &str, search: &str) -> String {
    let search = search.trim_end_matches('/');
    match search.strip_prefix("./") {
        _ if search.starts_with('/') => search.to_owned(),
        Some(rest) => format!("{folder}/{rest}"),
        None if search == "." => folder.to_owned(),
        None => format!("{folder}/{search}"),
    }
}

/// The metadata of a module by its name.
///
/// # Errors
/// It is not found or malformed.
pub(crate) fn describe_named(files: &dyn Files, name: &str) -> Result<Val, String> {
    let (path, contents) = find(files, &files.folders(), name, "jq")?;
    let text = String::from_utf8_lossy(&contents).into_owned();
    match parse::parse(&text) {
        Ok(file) => Ok(describe(&file)),
        Err(wrong) => Err(wrong
            .iter()
            .map(|wrong| wrong.tell(&path, &text))
            .collect::<Vec<_>>()
            .join("\n")),
    }
}
