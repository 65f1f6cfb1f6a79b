//! A run: the program on each input, its outputs, and the exit code.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;

use nethost_sdk::Exit;
use nethost_sdk::output::complain;

use crate::input::{How, Source};
use crate::native::World;
use crate::options::{self, Options};
use crate::program::{Ended, Program};
use crate::value::{Map, Val};
use crate::{colour, files, lower, usage, write};

/// Nothing was put out.
const NO_OUTPUT: i32 = -4;
/// The last output was false or null.
const NULL_OUTPUT: i32 = -1;
const SYSTEM: i32 = 2;
const NOT_COMPILED: u8 = 3;
const FAILED: i32 = 5;

/// So much output is handed over at once.
const ENOUGH: usize = 1 << 16;

/// Of one value, so much is laid out before it is handed over.
const LARGE: usize = 1 << 20;

thread_local! {
    static OUTPUT: RefCell<Output> = const {
        RefCell::new(Output { pending: Vec::new(), coloured: false, failed: None })
    };
}

/// What was put out and is not handed over yet.
struct Output {
    pending: Vec<u8>,
    /// Colours for a terminal.
    coloured: bool,
    failed: Option<io::Error>,
}

impl Output {
    /// Hands over what is pending.
    fn flush(&mut self) {
        let Self {
            pending,
            coloured,
            failed,
        } = self;
        hand_over(pending, *coloured, failed);
    }
}

fn hand_over(pending: &mut Vec<u8>, coloured: bool, failed: &mut Option<io::Error>) {
    if pending.is_empty() {
        return;
    }
    let written = match coloured {
        true => colour::print(pending).map_err(io::Error::other),
        false => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(pending).and_then(|()| stdout.flush())
        }
    };
    pending.clear();
    if let Err(error) = written {
        failed.get_or_insert(error);
    }
}

fn flush() {
    OUTPUT.with_borrow_mut(Output::flush);
}

/// Standard error, after everything that was put out before.
fn tell(text: &[u8]) {
    flush();
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text).and_then(|()| stderr.flush());
}

/// Runs the tool.
pub(crate) fn jq(words: &[String]) -> Result<u8, Exit> {
    let mut options = options::parse(words)?;
    let (input, output) = (io::stdin().is_terminal(), io::stdout().is_terminal());
    if options.program.is_none() && !options.from_file && !(input && output) {
        options.program = Some(".".into());
    }
    let Some(program) = options.program.take() else {
        let text = format!("{}{}", usage::SHORT, usage::MORE);
        return Err(Exit::failed(2, text.trim_end_matches('\n')));
    };
    let text = match options.from_file {
        false => program,
        true => {
            let contents = files::contents(&program)
                .map_err(|reason| Exit::failed(2, format!("jq: {reason}")))?;
            if contents.contains(&0) {
                return Err(Exit::failed(2, "jq: program file contains NUL bytes"));
            }
            files::text(contents)
        }
    };
    let coloured = options.colour.unwrap_or(output);
    options.style.palette = coloured.then(|| Box::new(write::default_palette()));
    OUTPUT.with_borrow_mut(|pending| pending.coloured = coloured && output);
    let modules = files::Modules(folders(&options));
    let compiled = Program::new(&text, variables(&options), &modules).map_err(|lines| {
        let count = lines.len();
        let s = if count == 1 { "" } else { "s" };
        Exit::failed(
            NOT_COMPILED,
            format!("{}\njq: {count} compile error{s}", lines.join("\n")),
        )
    })?;
    let failures = Rc::new(Cell::new(0));
    let how = How {
        mode: options.mode,
        raw: options.raw_input,
        slurp: options.slurp,
    };
    let flush_for_terminal: fn() = if output { flush } else { || () };
    let source = Source::new(
        how,
        std::mem::take(&mut options.files),
        flush_for_terminal,
        failures.clone(),
    );
    let world = World {
        inputs: RefCell::new(Box::new(source)),
        environment: Val::Obj(Map::default().into()),
        tell,
        halted: Cell::new(false),
        folders: folders(&options),
        describe: Box::new(move |name| lower::describe_named(&modules, name)),
    };
    let code = all(&compiled, &options, &world, &failures);
    flush();
    // The process ends here, so nothing is let go one by one.
    std::mem::forget(compiled);
    let failed = OUTPUT.with_borrow_mut(|output| output.failed.take());
    if let Some(error) = failed {
        return match Exit::from(error) {
            exit if exit.stderr.is_empty() => Err(exit),
            exit => {
                let reason = exit
                    .stderr
                    .strip_prefix("write error: ")
                    .unwrap_or(&exit.stderr);
                let message = format!("jq: error: writing output failed: {reason}");
                Err(Exit::failed(2, message))
            }
        };
    }
    Ok(code)
}

fn folders(options: &Options) -> Vec<String> {
    options.folders.clone()
}

/// The variables that a program may use.
fn variables(options: &Options) -> Vec<(String, Val)> {
    let named = Val::Obj(options.named.clone().into());
    let positional = Val::array(options.positional.clone());
    let arguments = Val::object([("positional", positional), ("named", named)]);
    let named = options.named.iter();
    let mut variables: Vec<_> = named
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    variables.push(("ARGS".into(), arguments));
    let built = concat!(
        "nethost ",
        env!("CARGO_PKG_VERSION"),
        ", jaq-core 3, wasm32-wasip2"
    );
    variables.push(("JQ_BUILD_CONFIGURATION".into(), Val::text(built)));
    variables
}

/// The program on all inputs; the exit code.
fn all(program: &Program, options: &Options, world: &World, failures: &Cell<usize>) -> u8 {
    let mut last = NO_OUTPUT;
    let mut last_seen = None;
    if options.null_input {
        last = one(program, Val::Null, options, world);
    } else {
        loop {
            let next = world.inputs.borrow_mut().next();
            match next {
                None => break,
                Some(Ok(value)) => {
                    last = one(program, value, options, world);
                    if last <= 0 && last != NO_OUTPUT {
                        last_seen = Some(last != NULL_OUTPUT);
                    }
                    if world.halted.get() || OUTPUT.with_borrow(|output| output.failed.is_some()) {
                        break;
                    }
                }
                Some(Err(wrong)) if options.mode.seq => {
                    flush();
                    complain(format_args!("jq: ignoring parse error: {wrong}"));
                }
                Some(Err(wrong)) => {
                    flush();
                    complain(format_args!("jq: parse error: {wrong}"));
                    last = FAILED;
                    break;
                }
            }
        }
    }
    if failures.get() > 0 {
        last = SYSTEM;
    }
    if world.halted.get() {
        return last as u8;
    }
    let code = match (options.exit_status, last, last_seen) {
        (false, last, _) => last.max(0),
        (true, NO_OUTPUT, None) => 4,
        (true, NO_OUTPUT, Some(false)) => 1,
        (true, NO_OUTPUT, Some(true)) => 0,
        (true, last, _) => last.abs(),
    };
    code as u8
}

/// The program on one input: what its last output was, or the exit code of an error.
fn one(program: &Program, input: Val, options: &Options, world: &World) -> i32 {
    let mut last = NO_OUTPUT;
    for output in program.run(input, world) {
        match output {
            Ok(value) => match put(&value, options) {
                Ok(()) => {
                    last = match value.is_true() || (options.raw && matches!(value, Val::Str(_))) {
                        true => 0,
                        false => NULL_OUTPUT,
                    };
                }
                Err(message) => {
                    let message = Val::text(message);
                    return report(&message, world);
                }
            },
            Err(Ended::Halted(code)) => return code,
            Err(Ended::Broken) => return report(&Val::text("break"), world),
            Err(Ended::Failed(error)) => return report(&error.into_val(), world),
        }
        if OUTPUT.with_borrow(|output| output.failed.is_some()) {
            break;
        }
    }
    last
}

fn report(error: &Val, world: &World) -> i32 {
    flush();
    let place = world.inputs.borrow().place();
    match error {
        Val::Str(message) => complain(format_args!("jq: error (at {place}): {message}")),
        other => {
            let text = write::compact(other);
            complain(format_args!(
                "jq: error (at {place}) (not a string): {text}"
            ));
        }
    }
    FAILED
}

fn put(value: &Val, options: &Options) -> Result<(), String> {
    OUTPUT.with_borrow_mut(|output| {
        let Output {
            pending,
            coloured,
            failed,
        } = output;
        match value {
            Val::Str(text) if options.raw && options.style.ascii => {
                write::write_string(pending, text, true);
            }
            Val::Str(text) if options.nul && text.contains('\0') => {
                return Err(
                    "Cannot dump a string containing NUL with --raw-output0 option".to_owned(),
                );
            }
            Val::Str(text) if options.raw => pending.extend_from_slice(text.as_bytes()),
            value => {
                if options.mode.seq {
                    pending.push(0x1e);
                }
                write::write_in_parts(pending, value, &options.style, LARGE, &mut |part| {
                    hand_over(part, *coloured, failed);
                    failed.is_none()
                });
            }
        }
        if !options.join {
            pending.push(b'\n');
        }
        if options.nul {
            pending.push(0);
        }
        Ok(())
    })?;
    if options.unbuffered || OUTPUT.with_borrow(|output| output.pending.len() >= ENOUGH) {
        flush();
    }
    Ok(())
}
