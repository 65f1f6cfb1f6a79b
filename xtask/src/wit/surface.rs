//! A WIT package as flat lines, one per item: what a component's imports and exports can depend on.
//!
//! The order of a record's fields and a variant's cases is part of the binary interface, so a type is
//! one line with all of them; a named type is referred to by its full name, anything else in full.

use std::collections::BTreeMap;
use std::fmt;

use wit_parser::{
    Function, FunctionKind, Handle, PackageId, Resolve, Stability, Type, TypeDef, TypeDefKind,
    TypeId, TypeOwner, WorldItem, WorldKey,
};

/// An item's shape and the version that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) since: String,
    pub(crate) shape: String,
}

/// Every item by its path, such as `icmp/echo-socket.open` or `world tool/export run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surface {
    /// `namespace:name`.
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) items: BTreeMap<String, Item>,
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.package, self.version)?;
        self.items
            .iter()
            .try_for_each(|(path, item)| writeln!(f, "{path} | {} | {}", item.since, item.shape))
    }
}

impl Surface {
    /// The reverse of `Display`.
    pub(crate) fn parse(text: &str) -> Result<Surface, String> {
        let mut lines = text.lines();
        let head = lines.next().unwrap_or_default();
        let (package, version) = head
            .split_once(' ')
            .ok_or("line 1 is not `package version`")?;
        let mut items = BTreeMap::new();
        for (number, line) in lines.enumerate() {
            let mut parts = line.splitn(3, " | ").map(str::to_owned);
            let (Some(path), Some(since), Some(shape)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(format!("line {} is not `path | since | shape`", number + 2));
            };
            items.insert(path, Item { since, shape });
        }
        Ok(Surface {
            package: package.to_owned(),
            version: version.to_owned(),
            items,
        })
    }
}

/// The surface of a package, or the items that have no `@since`.
pub(crate) fn of(resolve: &Resolve, package: PackageId) -> Result<Surface, Vec<String>> {
    let name = &resolve.packages[package].name;
    let mut lines = Lines {
        resolve,
        items: BTreeMap::new(),
        undated: Vec::new(),
    };
    for (interface_name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        lines.add(
            interface_name.clone(),
            &interface.stability,
            "interface".to_owned(),
        );
        for (type_name, id) in &interface.types {
            let definition = &resolve.types[*id];
            lines.add(
                format!("{interface_name}/{type_name}"),
                &definition.stability,
                lines.definition(definition),
            );
        }
        for function in interface.functions.values() {
            lines.add(
                lines.path(interface_name, function),
                &function.stability,
                lines.function(function),
            );
        }
    }
    for (world_name, id) in &resolve.packages[package].worlds {
        let world = &resolve.worlds[*id];
        let prefix = format!("world {world_name}");
        lines.add(prefix.clone(), &world.stability, "world".to_owned());
        for (direction, items) in [("import", &world.imports), ("export", &world.exports)] {
            for (key, item) in items {
                lines.world_item(&format!("{prefix}/{direction}"), key, item);
            }
        }
    }
    if lines.undated.is_empty() {
        let version = name
            .version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        Ok(Surface {
            package: format!("{}:{}", name.namespace, name.name),
            version,
            items: lines.items,
        })
    } else {
        Err(lines.undated)
    }
}

struct Lines<'a> {
    resolve: &'a Resolve,
    items: BTreeMap<String, Item>,
    undated: Vec<String>,
}

impl Lines<'_> {
    fn add(&mut self, path: String, stability: &Stability, shape: String) {
        match stability {
            Stability::Stable { since, .. } => {
                self.items.insert(
                    path,
                    Item {
                        since: since.to_string(),
                        shape,
                    },
                );
            }
            // Not promised to anybody; the parser leaves it out unless its feature is asked for.
            Stability::Unstable { .. } => {}
            Stability::Unknown => self.undated.push(path),
        }
    }

    fn world_item(&mut self, prefix: &str, key: &WorldKey, item: &WorldItem) {
        let name = self.resolve.name_world_key(key);
        // Without the package's version, which changes with every release.
        let name = name.split('@').next().unwrap_or_default();
        let shape = match item {
            WorldItem::Interface { .. } => "interface".to_owned(),
            WorldItem::Function(function) => self.function(function),
            WorldItem::Type { id, .. } => self.definition(&self.resolve.types[*id]),
        };
        // An interface that another one needs is imported by itself and is dated where it is defined.
        let implied = matches!(item, WorldItem::Interface { .. });
        match item.stability(self.resolve) {
            Stability::Unknown if implied => {
                let date = match item {
                    WorldItem::Interface { id, .. } => {
                        self.resolve.interfaces[*id].stability.clone()
                    }
                    WorldItem::Function(_) | WorldItem::Type { .. } => Stability::Unknown,
                };
                self.add(format!("{prefix} {name}"), &date, shape);
            }
            stability => self.add(format!("{prefix} {name}"), &stability.clone(), shape),
        }
    }

    fn path(&self, interface: &str, function: &Function) -> String {
        match function.kind.resource() {
            Some(resource) => format!(
                "{interface}/{}.{}",
                self.own_name(resource),
                function.item_name()
            ),
            None => format!("{interface}/{}", function.name),
        }
    }

    fn function(&self, function: &Function) -> String {
        let kind = match function.kind {
            FunctionKind::Freestanding => "func",
            FunctionKind::AsyncFreestanding => "async func",
            FunctionKind::Method(_) => "method",
            FunctionKind::AsyncMethod(_) => "async method",
            FunctionKind::Static(_) => "static func",
            FunctionKind::AsyncStatic(_) => "async static func",
            FunctionKind::Constructor(_) => "constructor",
            // A kind that today's contract does not use: wit-parser's own name for it.
            _ => return format!("{:?}{}", function.kind, self.signature(function)),
        };
        format!("{kind}{}", self.signature(function))
    }

    fn signature(&self, function: &Function) -> String {
        let parameters: Vec<String> = function
            .params
            .iter()
            .map(|param| format!("{}: {}", param.name, self.type_(&param.ty)))
            .collect();
        let result = function
            .result
            .as_ref()
            .map(|result| format!(" -> {}", self.type_(result)))
            .unwrap_or_default();
        format!("({}){result}", parameters.join(", "))
    }

    fn definition(&self, definition: &TypeDef) -> String {
        let payload = |ty: &Option<Type>| {
            ty.as_ref()
                .map(|ty| format!("({})", self.type_(ty)))
                .unwrap_or_default()
        };
        match &definition.kind {
            TypeDefKind::Record(record) => braced(
                "record",
                record
                    .fields
                    .iter()
                    .map(|field| format!("{}: {}", field.name, self.type_(&field.ty))),
            ),
            TypeDefKind::Variant(variant) => braced(
                "variant",
                variant
                    .cases
                    .iter()
                    .map(|case| format!("{}{}", case.name, payload(&case.ty))),
            ),
            TypeDefKind::Enum(cases) => {
                braced("enum", cases.cases.iter().map(|case| case.name.clone()))
            }
            TypeDefKind::Flags(flags) => {
                braced("flags", flags.flags.iter().map(|flag| flag.name.clone()))
            }
            TypeDefKind::Resource => "resource".to_owned(),
            other => format!("type {}", self.kind(other)),
        }
    }

    fn type_(&self, ty: &Type) -> String {
        match ty {
            Type::Id(id) => self.reference(*id),
            Type::Bool => "bool".to_owned(),
            Type::Char => "char".to_owned(),
            Type::String => "string".to_owned(),
            // U8 to F64 and the rest: WIT's name is Rust's in lower case.
            primitive => format!("{primitive:?}").to_lowercase(),
        }
    }

    /// A named type by its full name; the name that `use` gave it leads to the one it stands for.
    fn reference(&self, id: TypeId) -> String {
        let definition = &self.resolve.types[id];
        if let (TypeDefKind::Type(Type::Id(original)), Some(_)) =
            (&definition.kind, &definition.name)
        {
            return self.reference(*original);
        }
        match definition.owner {
            TypeOwner::Interface(interface) if definition.name.is_some() => {
                let interface = self.resolve.interfaces[interface]
                    .name
                    .clone()
                    .unwrap_or_default();
                format!("{interface}/{}", self.own_name(id))
            }
            _ if definition.name.is_some() => self.own_name(id),
            _ => self.kind(&definition.kind),
        }
    }

    fn own_name(&self, id: TypeId) -> String {
        self.resolve.types[id].name.clone().unwrap_or_default()
    }

    fn kind(&self, kind: &TypeDefKind) -> String {
        let list = |types: &[&Type]| {
            types
                .iter()
                .map(|ty| self.type_(ty))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let optional = |ty: &Option<Type>| ty.as_ref().map_or("_".to_owned(), |ty| self.type_(ty));
        match kind {
            TypeDefKind::Type(ty) => self.type_(ty),
            TypeDefKind::Handle(Handle::Own(id)) => self.reference(*id),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.reference(*id)),
            TypeDefKind::Tuple(tuple) => {
                format!("tuple<{}>", list(&tuple.types.iter().collect::<Vec<_>>()))
            }
            TypeDefKind::Option(ty) => format!("option<{}>", self.type_(ty)),
            TypeDefKind::List(ty) => format!("list<{}>", self.type_(ty)),
            TypeDefKind::FixedLengthList(ty, length) => {
                format!("list<{}, {length}>", self.type_(ty))
            }
            TypeDefKind::Map(key, value) => format!("map<{}>", list(&[key, value])),
            TypeDefKind::Result(result) => format!(
                "result<{}, {}>",
                optional(&result.ok),
                optional(&result.err)
            ),
            TypeDefKind::Future(ty) => format!("future<{}>", optional(ty)),
            TypeDefKind::Stream(ty) => format!("stream<{}>", optional(ty)),
            named => named.as_str().to_owned(),
        }
    }
}

fn braced(keyword: &str, parts: impl Iterator<Item = String>) -> String {
    format!("{keyword} {{ {} }}", parts.collect::<Vec<_>>().join(", "))
}
