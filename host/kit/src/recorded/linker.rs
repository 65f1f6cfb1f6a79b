//! A linker of the engine with functions that may be recorded or replayed.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use nethost_record::{Answer, Call, Event, Player, Recorder};
use serde_json::{Value, json};
use wasmtime::component::{
    self, Accessor, Component, ComponentNamedList, InstancePre, Lift, Lower, ResourceType,
};
use wasmtime::{AsContextMut as _, Engine, Result, StoreContextMut};

use super::streams::Replayed;
use super::{Damaged, FromRecord, Tape, ToRecord};

/// Functions that are performed in a replay too, because they do nothing but print.
const PRINTS: &[&str] = &["console.print", "console.erase", "console.bell"];
/// The function of which the same holds for what it sends.
const PRINTS_STREAM: &str = "console.output";

type Answering<'a, Return> = Pin<Box<dyn Future<Output = Result<Return>> + Send + 'a>>;

/// The functions that a component can import.
pub struct Linker<T: 'static> {
    engine: component::Linker<T>,
    tape: Option<Arc<Tape>>,
}

impl<T: 'static> Linker<T> {
    /// A linker without functions.
    pub fn new(engine: &Engine, tape: Option<Arc<Tape>>) -> Self {
        Self {
            engine: component::Linker::new(engine),
            tape,
        }
    }

    /// The linker of the engine, for functions that are never recorded.
    pub fn unrecorded(&mut self) -> &mut component::Linker<T> {
        &mut self.engine
    }

    /// The functions of the world itself.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance {
            engine: self.engine.root(),
            interface: None,
            tape: self.tape.clone(),
        }
    }

    /// The functions of an interface.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        Ok(LinkerInstance {
            engine: self.engine.instance(name)?,
            interface: Some(short(name).to_owned()),
            tape: self.tape.clone(),
        })
    }

    /// Links a component.
    pub fn instantiate_pre(&self, component: &Component) -> Result<InstancePre<T>> {
        self.engine.instantiate_pre(component)
    }
}

/// The name of an interface without package and version.
fn short(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.split('@').next().unwrap_or(name)
}

/// The functions of one interface.
pub struct LinkerInstance<'a, T: 'static> {
    engine: component::LinkerInstance<'a, T>,
    interface: Option<String>,
    tape: Option<Arc<Tape>>,
}

impl<T: 'static> LinkerInstance<'_, T> {
    /// Adds a function that returns at once.
    pub fn func_wrap<F, Params, Return>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + ToRecord + 'static,
        Return: ComponentNamedList + Lower + ToRecord + FromRecord + 'static,
    {
        let taped = self.taped(name);
        self.engine.func_wrap(name, move |store, params: Params| {
            let Some(taped) = &taped else {
                return func(store, params);
            };
            match taped.recorder() {
                Ok(recorder) => taped.record(recorder, params, |params| func(store, params)),
                Err(player) => taped.replay(player, store, params, &func),
            }
        })
    }

    /// Adds a function that waits, while the plugin goes on.
    pub fn func_wrap_concurrent<Params, Return, F>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(&Accessor<T>, Params) -> Answering<'_, Return> + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + ToRecord + 'static,
        Return: ComponentNamedList + Lower + ToRecord + FromRecord + 'static,
    {
        let taped = self.taped(name);
        self.engine
            .func_wrap_concurrent(name, move |accessor, params: Params| {
                let Some(taped) = &taped else {
                    return func(accessor, params);
                };
                match taped.recorder() {
                    Ok(recorder) => {
                        let (number, args) = (recorder.next_call(), taped.args(&params));
                        let answering = func(accessor, params);
                        Box::pin(taped.clone().record_waiting(number, args, answering))
                    }
                    Err(player) => {
                        let call = player.call(&taped.name, &taped.args(&params));
                        let (taped, call) = (taped.clone(), call.map_err(wasmtime::Error::from));
                        Box::pin(async move { taped.answered(accessor, call?).await })
                    }
                }
            })
    }

    /// Adds a resource.
    pub fn resource(
        &mut self,
        name: &str,
        ty: ResourceType,
        drop: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        let taped = self.taped(&format!("{name}.drop"));
        self.engine.resource(name, ty, move |store, handle| {
            let Some(taped) = &taped else {
                return drop(store, handle);
            };
            let args = vec![json!({ "handle": handle })];
            match taped.recorder() {
                Ok(recorder) => {
                    let number = recorder.next_call();
                    let dropped = drop(store, handle);
                    taped.note(recorder, number, args, &dropped);
                    dropped
                }
                Err(player) => match player.call(&taped.name, &args)?.answer {
                    Some(Answer::Trapped(why)) => Err(wasmtime::Error::msg(why)),
                    _ => Ok(()),
                },
            }
        })
    }

    fn taped(&self, function: &str) -> Option<Function> {
        let tape = Arc::clone(self.tape.as_ref()?);
        // Such as `[static]echo-socket.open`.
        let function = function.rsplit(']').next().unwrap_or(function);
        let name = match &self.interface {
            Some(interface) => format!("{interface}.{function}"),
            None => function.to_owned(),
        };
        Some(Function {
            tape,
            name: name.into(),
        })
    }
}

/// A function whose calls are recorded or replayed.
#[derive(Clone)]
struct Function {
    tape: Arc<Tape>,
    name: Arc<str>,
}

impl Function {
    fn recorder(&self) -> std::result::Result<&Recorder, &Player> {
        self.tape.recorder_or_player()
    }

    fn args(&self, params: &impl ToRecord) -> Vec<Value> {
        match params.to_record(&self.tape) {
            Value::Array(args) => args,
            _ => Vec::new(),
        }
    }

    /// How a call ended, as it is on record.
    fn answer<Return: ToRecord>(&self, result: &Result<Return>) -> Answer {
        match result {
            Ok(returned) => {
                self.tape.turn_to_answers(true);
                let value = returned.to_record(&self.tape);
                self.tape.turn_to_answers(false);
                Answer::Returned(match value {
                    Value::Array(mut only) => only.pop().unwrap_or_default(),
                    nothing => nothing,
                })
            }
            Err(error) => Answer::Trapped(error.root_cause().to_string()),
        }
    }

    fn note<Return: ToRecord>(
        &self,
        recorder: &Recorder,
        number: u64,
        args: Vec<Value>,
        result: &Result<Return>,
    ) {
        recorder.note(Event::Call(Call {
            number,
            name: self.name.as_ref().into(),
            args,
            answer: Some(self.answer(result)),
        }));
    }

    fn record<Params: ToRecord, Return: ToRecord>(
        &self,
        recorder: &Recorder,
        params: Params,
        func: impl FnOnce(Params) -> Result<Return>,
    ) -> Result<Return> {
        let (number, args) = (recorder.next_call(), self.args(&params));
        let result = func(params);
        self.note(recorder, number, args, &result);
        result
    }

    async fn record_waiting<Return: ToRecord>(
        self,
        number: u64,
        args: Vec<Value>,
        mut answering: Answering<'_, Return>,
    ) -> Result<Return> {
        let mut asked = Some(args);
        let call = |args, answer| {
            Event::Call(Call {
                number,
                name: self.name.as_ref().into(),
                args,
                answer,
            })
        };
        let note = |event| {
            if let Some(recorder) = self.tape.recorder() {
                recorder.note(event);
            }
        };
        let result = poll_fn(|context| {
            let polled = answering.as_mut().poll(context);
            if polled.is_pending()
                && let Some(args) = asked.take()
            {
                note(call(args, None));
            }
            polled
        })
        .await;
        let answer = self.answer(&result);
        note(match asked {
            Some(args) => call(args, Some(answer)),
            None => Event::Answer {
                call: number,
                answer,
                idle: false,
            },
        });
        result
    }

    fn replay<T: 'static, Params: ToRecord, Return: FromRecord>(
        &self,
        player: &Player,
        mut store: StoreContextMut<'_, T>,
        params: Params,
        func: impl Fn(StoreContextMut<'_, T>, Params) -> Result<Return>,
    ) -> Result<Return> {
        let call = player.call(&self.name, &self.args(&params))?;
        let returned = match call.answer {
            Some(Answer::Returned(value)) => value,
            Some(Answer::Trapped(why)) => return Err(wasmtime::Error::msg(why)),
            None => return Err(self.damaged(call.number, "it has no answer")),
        };
        let accepted = returned.get("ok").is_some();
        if accepted && PRINTS.contains(&&*self.name) {
            func(store.as_context_mut(), params)?;
        } else {
            let mut streams = self.streams(store.as_context_mut());
            params.settle(&Value::Array(call.args), accepted, &mut streams)?;
        }
        self.returns(call.number, returned, store)
    }

    /// Waits as long as the plugin had to wait.
    async fn answered<T: 'static, Return: FromRecord>(
        &self,
        accessor: &Accessor<T>,
        call: Call,
    ) -> Result<Return> {
        let answer = match call.answer {
            Some(answer) => answer,
            None => {
                let mut is_first = true;
                poll_fn(|context| {
                    if std::mem::take(&mut is_first) {
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    match self.tape.player() {
                        Some(player) => player.answer(call.number, context),
                        None => Poll::Pending,
                    }
                })
                .await
            }
        };
        match answer {
            Answer::Returned(value) => accessor
                .with(|mut access| self.returns(call.number, value, access.as_context_mut())),
            Answer::Trapped(why) => Err(wasmtime::Error::msg(why)),
        }
    }

    fn returns<T: 'static, Return: FromRecord>(
        &self,
        number: u64,
        value: Value,
        store: StoreContextMut<'_, T>,
    ) -> Result<Return> {
        let mut streams = self.streams(store);
        Return::from_record(&Value::Array(vec![value]), &mut streams)
            .map_err(|malformed| self.damaged(number, &malformed.to_string()))
    }

    fn streams<'a, T: 'static>(&'a self, store: StoreContextMut<'a, T>) -> Replayed<'a, T> {
        Replayed {
            store,
            tape: &self.tape,
            printed: &*self.name == PRINTS_STREAM,
        }
    }

    fn damaged(&self, number: u64, why: &str) -> wasmtime::Error {
        Damaged {
            what: format!("call {number}, {}", self.name),
            why: why.into(),
        }
        .into()
    }
}
