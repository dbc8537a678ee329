//! A step that calls something.

use crate::decide::Pattern;
use crate::machine::expr::{steps, string};
use crate::machine::write::selected;
use crate::machine::{Catcher, Expr, Kind, Label, Output};
use crate::requirements::{Call, FailurePolicy, OnError, QueryLanguage, Retry, Step};

use super::call::{Built, Purpose};
use super::flow::{Builder, Targets};
use super::retry::{Errors, Wanted, retriers, worst_seconds};
use super::{Composer, FaultKind, FaultPoint, data_name};

impl Composer<'_> {
    /// Writes a step that calls something, with what stands before and after it.
    pub(crate) fn does(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        call: &Call,
        main: Label,
        targets: Targets,
        fallback: &dyn Fn(&str) -> Option<Label>,
    ) {
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.call.clone());
        let view = builder.view.clone();
        let built = self.call(step, call, decided.as_ref(), Purpose::Do, &view);
        self.note_faults(builder, step, main);
        // Seen from the call outwards: the place is given back first, then the circuit is told, then the failure is handled.
        let mut targets = targets;
        let falls_back = targets.ignored
            && match step.on_error {
                Some(said) => said == OnError::Fallback,
                None => self.req.failure.policy == FailurePolicy::Fallback,
            };
        let stand_in = step.breaker.as_ref().and_then(|it| it.fallback.as_ref());
        if falls_back && stand_in.is_none() && step.on_error.is_some() {
            let spare = self.default_result(builder, step, targets.next);
            (targets.reject, targets.fail) = (Some(spare), Some(spare));
        }
        let circuit = step
            .breaker
            .as_ref()
            .map(|breaker| self.breaker(builder, step, breaker, main, targets, fallback));
        if let Some(circuit) = circuit.filter(|_| falls_back && stand_in.is_some()) {
            // Whatever it fails with, the other step stands in.
            (targets.reject, targets.fail) = (Some(circuit.instead), Some(circuit.instead));
            targets.ignored = false;
        }
        let outage = circuit.as_ref().map(|circuit| circuit.outage);
        let (targets, outage) = self.with_place(builder, step, main, targets, outage);
        let polling = match decided.as_ref().map(|decided| &decided.pattern) {
            Some(Pattern::Poll(polling)) => Some(polling.clone()),
            _ => Self::polling_said(step),
        };
        if let Some(circuit) = circuit {
            self.probe(builder, step, &built, circuit, targets);
        }
        let again = Again {
            retry: step.retry,
            outage,
        };
        self.task(builder, step, &built, main, targets, again);
        if let Some(polling) = polling {
            self.poll(builder, step, &built, &polling, main, targets);
        }
        self.lease(builder, step);
    }

    /// Writes the Task itself.
    pub(crate) fn task(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        built: &Built,
        label: Label,
        targets: Targets,
        again: Again,
    ) {
        let timeout = self.timeout(step, default_timeout(built));
        // A heartbeat has to fit into it.
        let timeout = timeout.max(if built.waits { 2 } else { 1 });
        let heartbeat = self.heartbeat(step, built, timeout);
        let kind = Kind::Task {
            resource: built.resource.clone(),
            arguments: built.arguments.clone(),
            timeout,
            heartbeat,
        };
        let output = self.output(step, built);
        builder.set(label, kind, output, targets.next);
        let wanted = Wanted {
            retry: again.retry,
            repeatable: self.may_repeat(step),
            waits: built.waits,
            answers: &step.reject_on,
            tightness: self.tightness,
        };
        let errors = Errors::of(&built.resource);
        let retry = retriers(&errors, wanted);
        if retry.is_empty() && built.resource.contains("lambda") {
            self.trade_off(
                "lambda-without-retry",
                Some(&step.id),
                "the requirements say that it is not tried again",
            );
        }
        let catch = self.catchers(builder, step, built, targets, again.outage, &errors);
        if let Some(state) = builder.scope.state(label) {
            state.worst_seconds = worst_seconds(timeout, &retry);
            state.retry = retry;
            state.catch = catch;
            state.sample = Some(built.sample.clone());
        }
    }

    fn heartbeat(&self, step: &Step, built: &Built, timeout: u64) -> Option<u64> {
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.heartbeat);
        let said = decided
            .or(step.heartbeat)
            .map(|it| it.0.div_ceil(1000).max(1));
        let is_held =
            built.resource.ends_with(".waitForTaskToken") || built.resource.starts_with("${");
        is_held.then(|| said.unwrap_or(timeout - 1).clamp(1, timeout - 1))
    }

    /// What a step hands on.
    fn output(&self, step: &Step, built: &Built) -> Output {
        let is_conditional = self.conditional.contains(&step.id);
        if !(built.keeps || is_conditional || self.is_referenced(step)) {
            return Output::Input;
        }
        let name = vec![self.result(step)];
        let is_row = built.resource.ends_with(":dynamodb:getItem");
        let is_plain = self.language == QueryLanguage::Jsonata || self.is_referenced(step);
        let selector = if is_row && is_plain {
            // Attributes as plain values: `{"limit": {"N": "5"}}` is `{"limit": 5}` for the steps that follow.
            let plain = "$merge($each($states.result.Item, function($v, $k) {{$k: $exists($v.N) ? $number($v.N) : $exists($v.BOOL) ? $v.BOOL : $exists($v.S) ? $v.S : $v}}))";
            Some(Expr::Code(plain.to_owned()))
        } else if is_row {
            None
        } else {
            built.selector.clone()
        };
        let lifted = self
            .lifted
            .get(&step.id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if lifted.is_empty() {
            return Output::Beside(name, selector);
        }
        let between = selector.as_ref().and_then(selected).map(str::to_owned);
        let answer =
            selector.map_or_else(|| "$states.result".to_owned(), |selector| selector.code());
        // In JSONPath the result is read below the member that a `ResultSelector` makes.
        let own = match between.filter(|_| self.language == QueryLanguage::JsonPath) {
            Some(between) => format!("{{{}: {answer}}}", string(&between)),
            None => answer.clone(),
        };
        let mut members = vec![format!("{}: {own}", string(&self.result(step)))];
        for name in lifted {
            let place = steps(std::slice::from_ref(name));
            let value =
                format!("$exists({answer}{place}) ? {answer}{place} : $states.input{place}");
            members.push(format!("{}: {value}", string(name)));
        }
        Output::Value(Expr::Code(format!(
            "$merge([$states.input, {{{}}}])",
            members.join(", ")
        )))
    }

    fn catchers(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        built: &Built,
        targets: Targets,
        outage: Option<Label>,
        errors: &Errors,
    ) -> Vec<Catcher> {
        let mut catch = Vec::new();
        if let Some(error) = &built.done_error {
            let service = if built.resource.contains("aws-sdk") {
                "DynamoDb"
            } else {
                "DynamoDB"
            };
            let next = self.next_or_done(builder, targets.next);
            // It was written by an earlier try: that is what was wanted.
            catch.push(Catcher {
                errors: vec![format!("{service}.{error}")],
                path: self
                    .conditional
                    .contains(&step.id)
                    .then(|| vec![self.result(step)]),
                next,
            });
        }
        let path = if targets.ignored {
            vec!["errors".to_owned(), data_name(&step.id)]
        } else {
            vec!["error".to_owned()]
        };
        if let Some(reject) = targets
            .reject
            .filter(|_| !step.reject_on.is_empty() && targets.reject != targets.fail)
        {
            catch.push(Catcher {
                errors: step.reject_on.clone(),
                path: Some(path.clone()),
                next: reject,
            });
        }
        if let Some(outage) = outage {
            let mut names = vec!["States.Timeout".to_owned()];
            names.extend(errors.transient.iter().chain(&errors.throttled).cloned());
            if built.resource.ends_with(":http:invoke") {
                names.push("States.Http.StatusCode.500".to_owned());
            }
            catch.push(Catcher {
                errors: names,
                path: Some(vec!["error".to_owned()]),
                next: outage,
            });
        }
        if let Some(fail) = targets.fail {
            catch.push(Catcher {
                errors: vec!["States.ALL".to_owned()],
                path: Some(path),
                next: fail,
            });
        }
        catch
    }

    pub(crate) fn note_faults(&mut self, builder: &Builder, step: &Step, main: Label) {
        let state = builder.name(main);
        let mut note = |kind, error: &str| {
            self.faults.push(FaultPoint {
                step: step.id.clone(),
                state: state.clone(),
                kind,
                error: error.to_owned(),
            });
        };
        for error in &step.reject_on {
            note(FaultKind::Reject, error);
        }
        note(FaultKind::Unknown, "SomethingUnexpected");
        note(FaultKind::Timeout, "States.Timeout");
    }

    /// A state that puts a result in place of one that failed, where nobody said what else to do.
    fn default_result(&mut self, builder: &mut Builder, step: &Step, next: Option<Label>) -> Label {
        let label = builder
            .scope
            .add(&mut self.names, &format!("Without {}", step.id));
        let value = Expr::object([("missing", Expr::Bool(true))]);
        builder.set(
            label,
            Kind::Pass,
            Output::Beside(vec![self.result(step)], Some(value)),
            next,
        );
        builder.comment(label, "Goes on without its result.");
        let name = builder.name(label);
        self.other(step, &name);
        self.assumptions.push(format!(
            "Where {} fails, the workflow goes on with `{}: {{missing: true}}`, because no fallback is named.",
            step.id,
            self.result(step)
        ));
        label
    }

    /// A state that notes an error which no call raised, and goes where failures go.
    pub(crate) fn raise(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        name: &str,
        error: [&str; 2],
        to: Option<Label>,
    ) -> Label {
        let [error, cause] = error;
        let label = builder.scope.add(&mut self.names, name);
        if let Some(to) = to {
            let value = Expr::object([("Error", Expr::text(error)), ("Cause", Expr::text(cause))]);
            let output = Output::Beside(vec!["error".to_owned()], Some(value));
            builder.set(label, Kind::Pass, output, Some(to));
        } else {
            let kind = Kind::Fail {
                error: Expr::text(error),
                cause: Expr::text(cause),
            };
            builder.set(label, kind, Output::Input, None);
        }
        let name = builder.name(label);
        self.other(step, &name);
        label
    }
}

/// How often a call is tried again, and where it goes when its service is out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Again {
    pub(crate) retry: Retry,
    pub(crate) outage: Option<Label>,
}

/// How long a call may take where nobody said it, in seconds.
fn default_timeout(built: &Built) -> u64 {
    let resource = built.resource.as_str();
    if resource.ends_with(".waitForTaskToken") || resource.starts_with("${") {
        86_400
    } else if built.waits {
        3_600
    } else if resource.contains(":lambda:")
        || resource.contains(":http:")
        || resource.contains("bedrock")
    {
        60
    } else {
        10
    }
}
