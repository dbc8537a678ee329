//! Runs executions for an exploration, and gives them data where states read what is not there.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use asl::{Definition, StateKind};
use serde_json::{Value, json};

use super::flow::{Flow, Sources};
use super::formula::Formula;
use super::origin::Hint;
use super::place::{Place, Script};
use super::plan::Plan;
use super::solve::{Goal, Solution, solve};
use super::trace::{Break, Player, Visit};
use super::{Decided, ExploreOptions, Path, ReachedBy, Trial};
use crate::history::Outcome;
use crate::mocks::Answer;
use crate::run::{Limits, Options, simulate};

/// Times that the data of one visit is changed so that its state can read it.
const PATIENCE: usize = 7;
/// Times that data is changed for one run.
const REPAIRS: usize = 120;

/// One execution that was run.
#[derive(Debug)]
pub(super) struct Run {
    /// With all that was answered.
    pub(super) script: Script,
    pub(super) visits: Vec<Visit>,
    pub(super) outcome: Outcome,
    sources: OnceCell<Vec<Sources>>,
}

impl Run {
    pub(super) fn sources(&self, plan: &Plan<'_>) -> &[Sources] {
        self.sources
            .get_or_init(|| Flow::of(plan, &self.visits, &self.script.answers))
    }

    /// The visit of a state with that number.
    pub(super) fn visit(&self, state: usize, before: u64) -> Option<&Visit> {
        self.visits
            .iter()
            .find(|visit| visit.state == Some(state) && visit.before == before)
    }

    pub(super) fn trial(&self) -> Trial {
        let mut trial = Trial {
            input: self.script.input.clone(),
            ..Trial::default()
        };
        for ((state, _), answer) in &self.script.answers {
            let answers = trial.answers.entry(state.clone()).or_default();
            answers.push(answer.clone());
        }
        trial
    }

    pub(super) fn path(&self, plan: &Plan<'_>) -> Path {
        let name = |visit: &Visit| plan.state(visit.state?).map(|it| it.name.value.clone());
        let choices = self.visits.iter().filter_map(|visit| {
            Some(Decided {
                state: name(visit)?,
                rule: visit.chose?,
            })
        });
        Path {
            trial: self.trial(),
            reached_by: if self.script.is_forced {
                ReachedBy::Forced
            } else if self.script.is_solved {
                ReachedBy::Solved
            } else {
                ReachedBy::Generated
            },
            status: self.outcome.status,
            error: self.outcome.error.clone(),
            cause: self.outcome.cause.clone(),
            entered: self.outcome.entered().map(str::to_owned).collect(),
            choices: choices.collect(),
            transitions: self.outcome.transitions,
            virtual_ms: self.outcome.virtual_ms,
        }
    }

    /// True where a state could not read the data that it was given.
    pub(super) fn is_unfit(&self) -> bool {
        self.unfit().is_some()
    }

    /// The first visit whose data the state could not read.
    fn unfit(&self) -> Option<usize> {
        let is_unfit = |visit: &Visit| {
            let thrown = visit
                .calls
                .last()
                .and_then(|call| self.script.answers.get(call))
                .is_some_and(|answer| !matches!(answer, Answer::Return { .. }));
            let erred = visit.erred.last();
            let of_data = erred.is_some_and(|erred| {
                matches!(
                    erred.error.as_str(),
                    "States.Runtime"
                        | "States.QueryEvaluationError"
                        | "States.ParameterPathFailure"
                        | "States.IntrinsicFailure"
                )
            });
            of_data && !thrown
        };
        let unfit = self.visits.iter().enumerate();
        let unfit = unfit.filter(|(_, visit)| is_unfit(visit));
        let unfit: Vec<(usize, &Visit)> = unfit.collect();
        // What is around a state that fails fails with it.
        let around: BTreeSet<usize> = unfit.iter().filter_map(|(_, visit)| visit.parent).collect();
        let mut inner = unfit.iter().map(|(at, _)| *at);
        inner.find(|at| !around.contains(at))
    }
}

/// Runs executions, as long as there is something left of what they may take.
pub(super) struct Runner<'r, 'd> {
    pub(super) definition: &'d Definition,
    pub(super) plan: Plan<'d>,
    pub(super) options: &'r ExploreOptions,
    pub(super) runs: usize,
    pub(super) steps: u64,
    work: u64,
}

impl<'r, 'd> Runner<'r, 'd> {
    pub(super) fn of(definition: &'d Definition, options: &'r ExploreOptions) -> Self {
        Self {
            definition,
            plan: Plan::of(definition),
            options,
            runs: 0,
            steps: 0,
            work: 0,
        }
    }

    /// The bound that was met.
    pub(super) fn spent(&self) -> Option<&'static str> {
        if self.runs >= self.options.runs {
            Some("the most runs were made")
        } else if self.steps >= self.options.all_steps {
            Some("the most steps were taken")
        } else if self.work >= self.options.all_work {
            Some("the expressions took the most steps of evaluation")
        } else {
            None
        }
    }

    /// Runs once.
    pub(super) fn play(&mut self, script: Script, fault: Option<&Break>) -> Run {
        let options = Options {
            start: self.options.start,
            express: self.options.express,
            limits: Limits {
                steps: self.options.steps,
                work: self.options.all_work.saturating_sub(self.work),
                ..Limits::default()
            },
            ..Options::new(script.input.clone())
        };
        let mut player = Player::of(&self.plan, &script, self.options.result, fault);
        let outcome = simulate(self.definition, &options, &mut player);
        let (visits, answers) = (player.visits, player.answers);
        self.runs += 1;
        self.work = self.work.saturating_add(outcome.work);
        let attempts = visits.iter().map(|visit| 1 + visit.erred.len() as u64);
        self.steps += attempts.sum::<u64>();
        Run {
            script: Script { answers, ..script },
            visits,
            outcome,
            sources: OnceCell::new(),
        }
    }

    /// Runs, and again with more data where a state reads what is not there.
    pub(super) fn run(&mut self, script: Script) -> Run {
        let mut run = self.play(script, None);
        let (mut last, mut tries) = (None, 0);
        for _ in 0..REPAIRS {
            let Some(at) = run.unfit() else { break };
            tries = if last == Some(at) { tries + 1 } else { 0 };
            last = Some(at);
            if tries >= PATIENCE || self.spent().is_some() {
                break;
            }
            let Some(script) = self.repaired(&run, at, tries) else {
                break;
            };
            let next = self.play(script, None);
            // What does not help is not kept.
            if next.unfit().is_none_or(|unfit| unfit >= at) {
                run = next;
            }
        }
        run
    }

    /// Data that the state of a visit may be able to read.
    fn repaired(&self, run: &Run, at: usize, tries: usize) -> Option<Script> {
        let visit = run.visits.get(at)?;
        // What comes after it does not matter, and may be much.
        let until = run.visits.get(..=at)?;
        let sources = Flow::of(&self.plan, until, &run.script.answers).pop()?;
        let state = self.plan.state(visit.state?)?;
        let mut script = run.script.clone();
        if let StateKind::Choice { rules, default } = &state.kind {
            let outcomes = (0..rules.len()).map(Some);
            let outcomes = outcomes.chain(default.is_some().then_some(None));
            let mut found = outcomes.filter_map(|rule| {
                let wanted = wanted(&sources.rules, rule);
                solve(&wanted, &script).ok().filter(|it| !it.is_empty())
            });
            if let Some(solution) = found.nth(tries) {
                for (place, value) in solution {
                    script.set(&place, value);
                }
                script.is_solved = true;
                return Some(script);
            }
        }
        let mut reads = sources.reads.clone();
        reads.sort();
        reads.dedup();
        let mut changed = false;
        for (place, hint) in &reads {
            let now = script.get(place);
            if now.is_none_or(|now| !hint.fits(now)) {
                changed |= script.set(place, Some(hint.value()));
                script.made.insert(place.clone());
            }
        }
        if changed && tries == 0 {
            return Some(script);
        }
        // Another kind of value, where it was made up.
        let others = [
            json!(1),
            json!([{}]),
            json!("{}"),
            json!({}),
            json!("2026-01-01T00:00:00Z"),
            json!(true),
        ];
        let other = others.get(tries.checked_sub(1)?)?;
        let made: BTreeSet<&Place> = reads
            .iter()
            .filter(|(place, hint)| *hint == Hint::Any && script.made.contains(place))
            .map(|(place, _)| place)
            .collect();
        let mut changed = false;
        for place in made {
            changed |= script.set(place, Some(other.clone()));
        }
        changed.then_some(script)
    }
}

/// What has to hold so that a Choice decides for a rule, or for none.
pub(super) fn wanted(rules: &[Formula], rule: Option<usize>) -> Vec<Goal<'_>> {
    let before = rules.iter().take(rule.unwrap_or(rules.len()));
    let mut goals: Vec<Goal<'_>> = before.map(|rule| (rule, false)).collect();
    if let Some(rule) = rule {
        // A rule that is not known holds for nothing.
        goals.push((rules.get(rule).unwrap_or(&Formula::Never), true));
    }
    goals
}

/// Puts what was found where it belongs.
pub(super) fn apply(script: &mut Script, solution: Solution) {
    for (place, value) in solution {
        if script.get(&place).is_some() {
            script.keep_next(&place);
        }
        script.made.remove(&place);
        script.set(&place, value);
    }
    script.is_solved = true;
}

impl Hint {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::Timestamp => value.as_str().and_then(crate::choice::timestamp).is_some(),
            Self::Json => value
                .as_str()
                .is_some_and(|text| serde_json::from_str::<Value>(text).is_ok()),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Any | Self::Text => json!("sample"),
            Self::Number => json!(1),
            Self::List => json!([{}]),
            Self::Object => json!({}),
            Self::Timestamp => json!("2026-01-01T00:00:00Z"),
            Self::Json => json!("{}"),
        }
    }
}
