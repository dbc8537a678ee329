//! Places in what an execution is given: its input, and the answers of its Tasks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::mocks::Answer;

/// Arrays are not made longer than this to put something into them.
const LONGEST: usize = 64;

/// What a value stands in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// The input of the execution.
    Input,
    /// What the Task of that name is answered to its nth call, from 0.
    Answer(String, u64),
}

/// One step to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
}

impl Place {
    pub(super) fn of(root: Root) -> Self {
        Self {
            root,
            steps: Vec::new(),
        }
    }

    pub(super) fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self {
            root: self.root.clone(),
            steps,
        }
    }

    /// True where one of them stands in the other, or is it.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let shorter = self.steps.len().min(other.steps.len());
        self.root == other.root && self.steps.get(..shorter) == other.steps.get(..shorter)
    }
}

/// What an execution is given. Calls that are not in it are answered as the call before them, or with what was made up.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) input: Value,
    pub(super) answers: BTreeMap<(String, u64), Answer>,
    /// Where values stand that were made up.
    pub(super) made: BTreeSet<Place>,
    /// Values of it come from a rule of a Choice or from the number of items of a Map.
    pub(super) is_solved: bool,
    /// It makes Tasks fail.
    pub(super) is_forced: bool,
}

impl Script {
    fn root(&self, root: &Root) -> Option<&Value> {
        match root {
            Root::Input => Some(&self.input),
            Root::Answer(state, before) => match self.answers.get(&(state.clone(), *before))? {
                Answer::Return { output, .. } => Some(output),
                _ => None,
            },
        }
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Value> {
        place
            .steps
            .iter()
            .try_fold(self.root(&place.root)?, |value, step| match step {
                Step::Name(name) => value.get(name),
                Step::Index(index) => value.get(index),
            })
    }

    /// Lets the call after that of a place be answered as this one was so far: what is changed for one turn of a loop is
    /// not changed for those that follow.
    pub(super) fn keep_next(&mut self, place: &Place) {
        if let Root::Answer(state, before) = &place.root
            && let Some(answer) = self.answers.get(&(state.clone(), *before)).cloned()
        {
            let next = (state.clone(), before.saturating_add(1));
            self.answers.entry(next).or_insert(answer);
        }
    }

    /// Makes calls of a Task fail, and moves what it was answered behind them.
    pub(super) fn fail(&mut self, state: &str, from: u64, times: u64, answer: &Answer) {
        let later: Vec<(String, u64)> = self
            .answers
            .range((state.to_owned(), from)..=(state.to_owned(), u64::MAX))
            .map(|(key, _)| key.clone())
            .collect();
        for key in later.into_iter().rev() {
            if let Some(answer) = self.answers.remove(&key) {
                let (state, before) = key;
                self.answers
                    .insert((state, before.saturating_add(times)), answer);
            }
        }
        for before in from..from.saturating_add(times) {
            self.answers
                .insert((state.to_owned(), before), answer.clone());
        }
        self.is_forced = true;
    }

    /// Puts a value there, or takes away what is there. False where that cannot be.
    pub(super) fn set(&mut self, place: &Place, value: Option<Value>) -> bool {
        let root = match &place.root {
            Root::Input => &mut self.input,
            Root::Answer(state, before) => match self.answers.get_mut(&(state.clone(), *before)) {
                Some(Answer::Return { output, .. }) => output,
                _ => return false,
            },
        };
        match value {
            Some(value) => put(root, &place.steps, value),
            None => take(root, &place.steps),
        }
    }
}

fn put(at: &mut Value, steps: &[Step], value: Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return true;
    };
    match step {
        Step::Name(name) => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Some(members) = at.as_object_mut() else {
                return false;
            };
            put(
                members.entry(name.clone()).or_insert(Value::Null),
                rest,
                value,
            )
        }
        Step::Index(index) => {
            if *index >= LONGEST {
                return false;
            }
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let Some(items) = at.as_array_mut() else {
                return false;
            };
            if items.len() <= *index {
                items.resize(index + 1, Value::Object(Map::new()));
            }
            items
                .get_mut(*index)
                .is_some_and(|item| put(item, rest, value))
        }
    }
}

fn take(at: &mut Value, steps: &[Step]) -> bool {
    let Some((last, before)) = steps.split_last() else {
        return false;
    };
    let parent = before.iter().try_fold(at, |value, step| match step {
        Step::Name(name) => value.get_mut(name),
        Step::Index(index) => value.get_mut(index),
    });
    match (parent, last) {
        (Some(Value::Object(members)), Step::Name(name)) => {
            members.remove(name);
            true
        }
        (Some(Value::Array(items)), Step::Index(index)) => {
            items.truncate(*index);
            true
        }
        _ => true,
    }
}
