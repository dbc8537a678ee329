//! Asking a service how far a job is, with an end.

use crate::decide::{Polling, Until};
use crate::machine::expr::{steps, string};
use crate::machine::{Catcher, Condition, Expr, Kind, Label, Output};
use crate::requirements::{Duration, Step};

use super::Composer;
use super::call::Built;
use super::flow::{Builder, Targets};
use super::retry::{Errors, Wanted, retriers, worst_seconds};
use super::said::View;

impl Composer<'_> {
    /// The polling that the requirements say, where nothing was decided of it.
    pub(crate) fn polling_said(step: &Step) -> Option<Polling> {
        let poll = step.poll.as_ref()?;
        let every = poll.every.unwrap_or(Duration(30_000));
        let at_most = poll.at_most.or(step.timeout).unwrap_or(Duration(3_600_000));
        Some(Polling {
            resource: None,
            arguments: Vec::new(),
            fixed: Vec::new(),
            until: Until::Condition(poll.until.clone()),
            every,
            longest: Duration(every.0.max(300_000)),
            at_most,
            polls: (at_most.0 / every.0.max(1)).clamp(1, 1_000),
        })
    }

    /// Writes the loop: wait, ask, decide. It ends after so many polls.
    #[expect(
        clippy::too_many_lines,
        reason = "the states of one pattern, side by side"
    )]
    pub(crate) fn poll(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        built: &Built,
        polling: &Polling,
        main: Label,
        targets: Targets,
    ) {
        let name = self.result(step);
        let place = steps(std::slice::from_ref(&name));
        let text = string(&name);
        let wait = builder
            .scope
            .add(&mut self.names, &format!("Wait for {}", step.id));
        let done = builder.scope.add(
            &mut self.names,
            &format!("{} done?", step.id.trim_end_matches('?')),
        );
        for label in [wait, done] {
            let name = builder.name(label);
            self.other(step, &name);
        }
        let sample = sample(&polling.until);
        let count =
            format!("$exists($states.input.polls{place}) ? $states.input.polls{place} + 1 : 1");
        let merged = format!(
            "$merge([$states.input, {{{text}: $states.result, 'polls': $merge([$states.input.polls, {{{text}: {count}}}])}}])"
        );
        let asked = if let Some(resource) = &polling.resource {
            // The job is known by what its start answered.
            let started = format!(
                "$merge([$states.input, {{'jobs': $merge([$states.input.jobs, {{{text}: $states.result}}])}}])"
            );
            if let Some(state) = builder.scope.state(main) {
                state.output = Output::Value(Expr::Code(started));
                state.next = Some(wait);
                let mut answer = serde_json::json!({});
                for (_, path) in &polling.arguments {
                    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
                    super::cases::put(&mut answer, &path, serde_json::json!("job-1"));
                }
                state.sample = Some(answer);
            }
            let check = builder
                .scope
                .add(&mut self.names, &format!("Check {}", step.id));
            let label = builder.name(check);
            self.other(step, &label);
            let argument = |(parameter, path): &(String, String)| {
                let mut full = vec!["jobs".to_owned(), name.clone()];
                full.extend(path.split('.').map(str::to_owned));
                (parameter.clone(), Expr::Data(full))
            };
            let mut arguments: Vec<(String, Expr)> =
                polling.arguments.iter().map(argument).collect();
            for (parameter, value) in &polling.fixed {
                arguments.push((
                    parameter.clone(),
                    View::default().value(value, &mut self.needs),
                ));
            }
            let arguments = Expr::Object(arguments);
            self.plain_task(
                builder,
                check,
                resource,
                arguments,
                Output::Value(Expr::Code(merged)),
                Some(done),
            );
            let retry = retriers(
                &Errors::of(resource),
                Wanted {
                    retry: crate::requirements::Retry::Auto,
                    repeatable: true,
                    waits: false,
                    answers: &[],
                    tightness: self.tightness,
                },
            );
            if let Some(state) = builder.scope.state(check) {
                state.worst_seconds = worst_seconds(state.kind.timeout(), &retry);
                state.retry = retry;
                state.sample = Some(sample);
                if let Some(fail) = targets.fail {
                    state.catch = vec![Catcher {
                        errors: vec!["States.ALL".to_owned()],
                        path: Some(vec!["error".to_owned()]),
                        next: fail,
                    }];
                }
            }
            check
        } else {
            if let Some(state) = builder.scope.state(main) {
                state.output = Output::Value(Expr::Code(merged));
                state.next = Some(done);
                state.sample = Some(sample);
            }
            main
        };
        let _ = built;
        // Longer each time: most jobs end soon or late.
        let every = polling.every.0.div_ceil(1000).max(1);
        let longest = polling.longest.0.div_ceil(1000).max(every);
        let seconds = if longest > every {
            let polls =
                format!("($exists($states.input.polls{place}) ? $states.input.polls{place} : 0)");
            Expr::Code(format!(
                "$min([{every} * $power(2, $min([{polls}, 10])), {longest}])"
            ))
        } else {
            Expr::Number(every.to_string())
        };
        builder.set(wait, Kind::Wait(seconds), Output::Input, Some(asked));
        if let Some(state) = builder.scope.state(wait) {
            state.worst_seconds = polling.at_most.0.div_ceil(1000).max(longest);
        }
        let late = format!("{} was not done after {} polls.", step.id, polling.polls);
        let late = self.raise(
            builder,
            step,
            &format!("{} too late", step.id.trim_end_matches('?')),
            ["PollTimeout", &late],
            targets.fail,
        );
        let next = self.next_or_done(builder, targets.next);
        let mut ways = Vec::new();
        match &polling.until {
            Until::Condition(condition) => {
                let view = View {
                    under: Some(name.clone()),
                    ..View::default()
                };
                ways.push((view.condition(condition), next));
            }
            Until::Status { path, done, failed } => {
                let full: Vec<String> = std::iter::once(name.clone())
                    .chain(path.split('.').map(str::to_owned))
                    .collect();
                let any = |values: &[String]| {
                    let equals = |value: &String| {
                        let text = crate::machine::Operand::Text(value.clone());
                        Condition::Compare(full.clone(), crate::machine::Operator::Equal, text)
                    };
                    let mut all: Vec<Condition> = values.iter().map(equals).collect();
                    if all.len() == 1 {
                        all.pop()
                    } else {
                        Some(Condition::Or(all))
                    }
                };
                ways.extend(any(done).map(|when| (when, next)));
                if !failed.is_empty() {
                    let cause = format!(
                        "The job of {} failed; `{name}` in the data says why.",
                        step.id
                    );
                    let bad = self.raise(
                        builder,
                        step,
                        &format!("{} failed", step.id.trim_end_matches('?')),
                        ["JobFailed", &cause],
                        targets.fail,
                    );
                    ways.extend(any(failed).map(|when| (when, bad)));
                }
            }
        }
        let most = Condition::Compare(
            vec!["polls".to_owned(), name],
            crate::machine::Operator::AtLeast,
            crate::machine::Operand::Number(polling.polls.max(1).to_string()),
        );
        ways.push((most, late));
        let kind = Kind::Choice {
            ways,
            otherwise: wait,
        };
        builder.set(done, kind, Output::Input, None);
    }
}

/// An answer of a job that is done.
fn sample(until: &Until) -> serde_json::Value {
    match until {
        Until::Status { path, done, .. } => {
            let value = done.first().map_or("COMPLETED", String::as_str);
            path.rsplit('.').fold(
                serde_json::json!(value),
                |inner, name| serde_json::json!({name: inner}),
            )
        }
        Until::Condition(condition) => super::cases::answer_to(condition),
    }
}
