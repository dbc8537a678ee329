//! The interpreter: from state to state, on virtual time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use asl::Definition;
use jiff::Timestamp;
use serde_json::Value;

pub use crate::bounds::Limits;
use crate::eval::Random;
use crate::eval::jsonata::Expression;
use crate::express::refusal;
use crate::failure::{Failure, QUERY_FAILED};
use crate::frame::Setting;
use crate::history::{Detail, Outcome, Status};
use crate::measure::{LARGEST, is_too_large};
use crate::mocks::Tasks;
use crate::program::{Kind, Next, Program, Step};
use crate::record::{Note, Record};
use crate::scope::{Child, Scope};
use crate::sight::Sight;
pub(crate) use crate::visit::{Left, Output, Visit};
use crate::way::Lane;

/// What an execution starts with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The input.
    pub input: Value,
    /// When it starts.
    pub start: Timestamp,
    /// What random numbers are drawn with.
    pub seed: u64,
    /// True for an Express workflow.
    pub express: bool,
    /// False leaves inputs and outputs out of the events.
    pub payloads: bool,
    /// Where it stops.
    pub limits: Limits,
}

impl Options {
    /// A Standard workflow with this input; a fixed start and seed.
    pub fn new(input: Value) -> Self {
        Self {
            input,
            start: Timestamp::UNIX_EPOCH,
            seed: 0,
            express: false,
            payloads: true,
            limits: Limits::default(),
        }
    }
}

/// One simulation.
pub(crate) struct Engine<'d, 't> {
    pub(crate) tasks: &'t mut dyn Tasks,
    pub(crate) options: &'t Options,
    pub(crate) random: Random,
    /// Virtual milliseconds since the start.
    pub(crate) now: u64,
    pub(crate) record: Record,
    /// Inside of child executions, whose events are not in this history.
    pub(crate) is_silent: bool,
    pub(crate) steps: u64,
    /// Steps of evaluations.
    pub(crate) work: u64,
    /// What is under way, the innermost last.
    pub(crate) lanes: Vec<Lane>,
    /// What happens later than that does not count: something beside it has failed then.
    pub(crate) until: u64,
    /// Events of the child execution that runs.
    pub(crate) silent_events: usize,
    /// How often each Task has called.
    pub(crate) calls: HashMap<&'d str, u64>,
    pub(crate) expressions: HashMap<&'d str, Expression>,
    pub(crate) reads_context: bool,
    /// A Context Object that is not needed any more.
    pub(crate) spare_context: Option<(Value, Option<Child>)>,
    /// When the time of the execution is over.
    pub(crate) deadline: Option<u64>,
}

/// Runs a definition.
pub fn simulate(definition: &Definition, options: &Options, tasks: &mut dyn Tasks) -> Outcome {
    let program = Program::of(definition);
    let seconds = definition.machine.timeout_seconds.as_ref();
    let limit = if options.express { Some(300_000) } else { None };
    let deadline = seconds.and_then(|it| it.value.number()).map(milliseconds);
    let mut engine = Engine {
        tasks,
        options,
        random: Random::new(options.seed),
        now: 0,
        record: Record::default(),
        is_silent: false,
        steps: 0,
        work: 0,
        lanes: Vec::new(),
        until: u64::MAX,
        silent_events: 0,
        calls: HashMap::new(),
        expressions: HashMap::new(),
        reads_context: program.reads_context(),
        spare_context: None,
        deadline: deadline.into_iter().chain(limit).min(),
    };
    engine.run_all(&program)
}

/// Whole milliseconds of seconds; none for what is negative.
pub(crate) fn milliseconds(seconds: f64) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that is too large or negative saturates"
    )]
    let whole = (seconds * 1000.0).round() as u64;
    whole
}

impl<'d> Engine<'d, '_> {
    fn run_all(&mut self, program: &Program<'d>) -> Outcome {
        let mut scope = Scope::default();
        self.event(Note::of("ExecutionStarted").with(&self.options.input), 0);
        let (mut way, result) = match self.startable(program) {
            Ok(()) => self.run(program, self.options.input.clone(), &mut scope),
            Err(failure) => (Lane::default(), Err(failure)),
        };
        let (status, output, failure) = match result {
            Ok(output) => (Status::Succeeded, Some(output), None),
            Err(failure) => {
                let status = failure.ends.unwrap_or(Status::Failed);
                (status, None, Some(failure))
            }
        };
        let last = match status {
            Status::Succeeded => Some("ExecutionSucceeded"),
            Status::Failed => Some("ExecutionFailed"),
            Status::TimedOut => Some("ExecutionTimedOut"),
            Status::Stopped => None,
        };
        if let Some(kind) = last {
            let mut note = Note::of(kind);
            if let Some(output) = &output {
                note = note.with(output);
            }
            if let Some(failure) = &failure {
                note = note.failed(failure);
            }
            self.event(note, scope.previous);
        }
        let ids = self.number();
        if self.record.is_pruned {
            way.keep(&ids);
        }
        let children = way.map_runs().map(|(_, run)| run.executions()).sum();
        Outcome {
            status,
            output,
            transitions: way.transitions(),
            ended_in: failure.as_ref().and_then(|failure| failure.state.clone()),
            error: failure.as_ref().map(|failure| failure.error.clone()),
            cause: failure
                .filter(|failure| !failure.nameless.1)
                .map(|failure| failure.cause),
            events: std::mem::take(&mut self.record.events),
            payloads_left_out: self.record.left_out,
            retries: way.retries(),
            children,
            virtual_ms: self.now,
            work: self.work,
            way,
        }
    }

    /// What AWS would not start ends before its first state, as what the simulation cannot go on with.
    fn startable(&self, program: &Program<'d>) -> Result<(), Failure> {
        if is_too_large(&self.options.input) {
            return Err(Failure::stopped(format!(
                "the input has more than {LARGEST} bytes: AWS does not start such an execution"
            )));
        }
        let refused = self.options.express.then(|| refusal(program)).flatten();
        match refused {
            Some(why) => Err(Failure::stopped(format!(
                "AWS refuses the definition: {why}"
            ))),
            None => Ok(()),
        }
    }

    /// Goes from state to state until the scope ends: the way, and what it gives.
    pub(crate) fn run(
        &mut self,
        program: &Program<'d>,
        input: Value,
        scope: &mut Scope,
    ) -> (Lane, Result<Value, Failure>) {
        self.lanes.push(Lane::at(self.now));
        let result = self.go(program, input, scope);
        let mut lane = self.lanes.pop().unwrap_or_default();
        let end = self.end_of(result.as_ref().err());
        lane.close(self.now, end);
        (lane, result)
    }

    fn go(
        &mut self,
        program: &Program<'d>,
        input: Value,
        scope: &mut Scope,
    ) -> Result<Value, Failure> {
        if scope.depth > self.options.limits.depth {
            return Err(Failure::stopped(format!(
                "{} scopes are inside of each other",
                self.options.limits.depth
            )));
        }
        let mut value = input;
        // What the state before told as its output, which is what the next one tells as its input.
        let mut told = None;
        let mut at = program.start;
        while let Some(step) = at.and_then(|at| program.states.get(at)) {
            let next;
            let done = self.step(step, value, told, scope);
            let seen = done.as_ref().map(|(output, _, next)| (output, *next));
            self.tasks.saw(&Sight::of(seen));
            (value, told, next) = done?;
            at = match next {
                Next::State(place) => Some(place),
                Next::End => return Ok(value),
                Next::Missing => None,
            };
        }
        Err(Failure::new(
            "States.Runtime",
            "the definition names a state that it does not have",
        )
        .fatal())
    }

    /// One state: its output, and where it goes on.
    fn step(
        &mut self,
        step: &Step<'d>,
        input: Value,
        told: Option<Arc<str>>,
        scope: &mut Scope,
    ) -> Result<(Value, Option<Arc<str>>, Next), Failure> {
        let before = self.lanes.last().map_or(0, |lane| lane.visits.len());
        let done = self
            .count()
            .and_then(|()| self.visit(step, input, told, scope));
        let end = self.end_of(done.as_ref().err());
        let now = self.now;
        let lane = self.lanes.last_mut();
        // A state that the limit of a history keeps from being entered has no visit.
        if let Some(visit) = lane.and_then(|lane| lane.visits.get_mut(before)) {
            visit.close(now, end);
        }
        done.map_err(|failure| Failure {
            state: failure
                .state
                .or_else(|| Some(Arc::clone(&step.shared_name))),
            ..failure
        })
    }

    /// Enters a state and leaves it, with its retries and catchers.
    fn visit(
        &mut self,
        step: &Step<'d>,
        input: Value,
        told: Option<Arc<str>>,
        scope: &mut Scope,
    ) -> Result<(Value, Option<Arc<str>>, Next), Failure> {
        let (entered, _) = step.kind.events();
        let before = scope.previous;
        let note = Note::of(entered).state(&step.shared_name).with(&input);
        let entry = self.event(note.text(told), before);
        let told = self.last_payload();
        self.check_history()?;
        let entered_at = self.now;
        scope.previous = entry;
        self.enter(step, entry);
        self.tasks.saw(&Sight::Entered {
            state: step.name,
            input: &input,
        });
        let mut attempts: Vec<u32> = vec![0; step.retry.len()];
        let mut tries = 0_u64;
        loop {
            let visit = Visit {
                step,
                input: &input,
                entry,
                entered_at,
                is_first: before == 0,
                tries,
            };
            self.attempt_begins(&step.kind);
            let result = self.in_time(&visit, scope);
            let failure = match result {
                Ok(left) => return self.leave(step, input, told, scope, left),
                Err(failure) if failure.is_cut => return Err(failure),
                Err(failure) => self.told(&visit, scope, before, failure),
            };
            self.attempt_failed(&failure);
            self.tasks.saw(&Sight::Erred {
                error: &failure.error,
                cause: &failure.cause,
                is_fatal: failure.is_fatal || failure.ends.is_some(),
                is_heartbeat: failure.also.is_some(),
            });
            if failure.is_fatal || failure.ends.is_some() {
                return Err(failure);
            }
            if let Some(delay) = self.retry(step, &failure, &mut attempts) {
                self.wait(delay)?;
                self.count()?;
                tries += 1;
                continue;
            }
            if let Some(kind) = step
                .kind
                .failed()
                .filter(|_| failure.error != "States.Runtime")
            {
                // AWS's event does not say why; people who read the way want to know.
                scope.previous = self.event(Note::of(kind).failed(&failure), scope.previous);
            }
            return match self.caught(&visit, scope, failure) {
                Ok(left) => self.leave(step, input, told, scope, left),
                Err(failure) => Err(self.told(&visit, scope, before, failure)),
            };
        }
    }

    /// A failure that names its state, and the event of an expression that failed.
    fn told(
        &mut self,
        visit: &Visit<'_, 'd>,
        scope: &mut Scope,
        before: u64,
        failure: Failure,
    ) -> Failure {
        if failure.is_told {
            return failure;
        }
        let step = visit.step;
        let is_query = failure.error == QUERY_FAILED;
        let failure = failure.told(step.name, visit.entry);
        if is_query {
            let at = Arc::from(failure.location.as_deref().unwrap_or_default());
            let note = Note::of("EvaluationFailed")
                .state(&step.shared_name)
                .failed(&failure)
                .detail(Detail::Location(at));
            // A Map that has not started yet was recorded like this.
            let is_map = matches!(step.kind, Kind::Map(_));
            let previous = if is_map && scope.previous == visit.entry {
                before
            } else {
                scope.previous
            };
            scope.previous = self.event(note, previous);
        }
        failure
    }

    /// Writes that a state is left, and gives variables their values.
    fn leave(
        &mut self,
        step: &Step<'d>,
        mut input: Value,
        told: Option<Arc<str>>,
        scope: &mut Scope,
        left: Left<'d>,
    ) -> Result<(Value, Option<Arc<str>>, Next), Failure> {
        let (output, mut told) = match left.output {
            Output::Input => (input, told),
            Output::Placed(path, value) => {
                crate::eval::path::put(&path, &mut input, value);
                (input, None)
            }
            Output::Value(value) => (value, None),
        };
        if let (_, Some(kind)) = step.kind.events() {
            let note = Note::of(kind)
                .state(&step.shared_name)
                .with(&output)
                .text(told)
                .assigned(&left.assigned);
            scope.previous = self.event(note, scope.previous);
            told = self.last_payload();
        }
        self.check_history()?;
        scope.assign(left.assigned);
        Self::check_variables(step, scope)?;
        Ok((output, told, left.next))
    }

    fn in_time(&mut self, visit: &Visit<'_, 'd>, scope: &mut Scope) -> Result<Left<'d>, Failure> {
        let context = self.context(visit, scope);
        let result = self.attempt(visit, scope, &context);
        self.give_back(context, scope);
        let result = result?;
        self.check_deadline()?;
        Ok(result)
    }

    /// The state once.
    fn attempt(
        &mut self,
        visit: &Visit<'_, 'd>,
        scope: &mut Scope,
        context: &Value,
    ) -> Result<Left<'d>, Failure> {
        let step = visit.step;
        match &step.kind {
            Kind::Choice {
                rules,
                default,
                has_default,
            } => crate::data::choose(self, visit, scope, context, rules, *default, *has_default),
            Kind::Fail { error, cause } => {
                Err(self.fail(visit, scope, context, error.as_ref(), cause.as_ref()))
            }
            Kind::Unknown => Err(Failure::runtime("the state has no type").fatal()),
            _ => {
                let setting = Setting::of(visit, &scope.variables, context);
                let effective = crate::data::effective(self, visit, setting)?;
                let working = setting.at(&effective);
                let done = match &step.kind {
                    Kind::Pass { result } => match result {
                        Some(result) => Cow::Owned(result.clone()),
                        None => effective,
                    },
                    Kind::Wait(wait) => {
                        crate::wait::wait(self, working, wait)?;
                        effective
                    }
                    Kind::Task(task) => {
                        Cow::Owned(crate::task::call(self, working, &mut scope.previous, task)?)
                    }
                    Kind::Parallel(branches) => Cow::Owned(crate::map::parallel(
                        self, visit, scope, branches, &effective,
                    )?),
                    Kind::Map(map) => Cow::Owned(crate::map::map(
                        self, visit, scope, map, context, &effective,
                    )?),
                    Kind::Succeed | Kind::Choice { .. } | Kind::Fail { .. } | Kind::Unknown => {
                        effective
                    }
                };
                let setting = Setting::of(visit, &scope.variables, context);
                let (output, assigned) = crate::data::result(self, setting, visit, done)?;
                let next = if matches!(step.kind, Kind::Succeed) {
                    Next::End
                } else {
                    step.next
                };
                Ok(Left {
                    output,
                    assigned,
                    next,
                })
            }
        }
    }
}

impl Engine<'_, '_> {
    /// Milliseconds since 1970 on virtual time.
    pub(crate) fn epoch_ms(&self) -> i64 {
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        self.options.start.as_millisecond().saturating_add(now)
    }
}

/// The type of a value, as AWS names it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Kind<'_> {
    /// The type of the state: `Task`.
    pub(crate) fn name(&self) -> &'static str {
        let (entered, _) = self.events();
        entered.strip_suffix("StateEntered").unwrap_or(entered)
    }

    /// The event of a state that failed for good though it may have been tried again.
    fn failed(&self) -> Option<&'static str> {
        match self {
            Self::Parallel(_) => Some("ParallelStateFailed"),
            Self::Map(_) => Some("MapStateFailed"),
            _ => None,
        }
    }

    /// The events of entering and leaving such a state.
    fn events(&self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Pass { .. } | Self::Unknown => ("PassStateEntered", Some("PassStateExited")),
            Self::Task(_) => ("TaskStateEntered", Some("TaskStateExited")),
            Self::Choice { .. } => ("ChoiceStateEntered", Some("ChoiceStateExited")),
            Self::Wait(_) => ("WaitStateEntered", Some("WaitStateExited")),
            Self::Succeed => ("SucceedStateEntered", Some("SucceedStateExited")),
            Self::Fail { .. } => ("FailStateEntered", None),
            Self::Parallel(_) => ("ParallelStateEntered", Some("ParallelStateExited")),
            Self::Map(_) => ("MapStateEntered", Some("MapStateExited")),
        }
    }
}
