//! A program, from its text to its outputs.

use jaq_core::load::{Arena, File as Source, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};

use crate::lower::{self, Files};
use crate::native::{self, Filters, Reach, World};
use crate::syntax::parse;
use crate::value::{Error, Val};

/// A program that can be run.
pub(crate) struct Program {
    filter: Filter<Filters>,
    globals: Vec<Val>,
}

/// What ends a run early.
pub(crate) enum Ended {
    Failed(Error),
    /// `halt` and `halt_error`, with the exit code.
    Halted(i32),
    /// `break` without its label.
    Broken,
}

impl Program {
    /// A program from its text and the variables that it may use.
    ///
    /// # Errors
    /// The lines that say what is wrong.
    pub(crate) fn new(
        text: &str,
        variables: Vec<(String, Val)>,
        files: &dyn Files,
    ) -> Result<Self, Vec<String>> {
        let file = parse::parse(text).map_err(|wrong| {
            let tell = |wrong: &crate::syntax::Wrong| wrong.tell("<top-level>", text);
            wrong.iter().map(tell).collect::<Vec<_>>()
        })?;
        let lowered = lower::lower(&file, text, variables, files)?;
        let main = jaq_core::load::parse::Def {
            name: "main",
            args: Vec::new(),
            body: lowered.main,
        };
        let definitions = lowered.definitions.into_iter().chain([main]);
        let arena = Arena::default();
        let source = Source {
            code: "main",
            path: (),
        };
        let internal = |what: &str| vec![format!("jq: error: {what}")];
        let modules = Loader::new(definitions)
            .load(&arena, source)
            .map_err(|_| internal("the program could not be loaded"))?;
        let (names, globals): (Vec<_>, Vec<_>) = lowered.globals.into_iter().unzip();
        let filter = Compiler::default()
            .with_funs(native::functions(&lowered.natives))
            .with_global_vars(names)
            .compile(modules)
            .map_err(|errors| {
                let names = errors.iter().flat_map(|(_, errors)| errors);
                let names: Vec<_> = names.map(|(name, _)| (*name).to_owned()).collect();
                internal(&format!(
                    "not known to the interpreter: {}",
                    names.join(", ")
                ))
            })?;
        Ok(Self { filter, globals })
    }

    /// The outputs for an input.
    pub(crate) fn run<'a>(
        &'a self,
        input: Val,
        world: &'a World,
    ) -> impl Iterator<Item = Result<Val, Ended>> + 'a {
        let reach = Reach {
            lut: &self.filter.lut,
            world,
        };
        let context = Ctx::<Filters>::new(reach, Vars::new(self.globals.iter().cloned()));
        let outputs = self.filter.id.run((context, input));
        outputs.map(|output| {
            output.map_err(|exception| match exception.get_err() {
                Ok(error) => Ended::Failed(error),
                Err(exception) => match exception.get_halt() {
                    Ok(code) => Ended::Halted(code),
                    Err(_) => Ended::Broken,
                },
            })
        })
    }
}
