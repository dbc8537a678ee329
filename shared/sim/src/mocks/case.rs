//! The mocks of one test case.

use std::collections::BTreeMap;

use super::{Answer, Call, Response, Tasks};

/// The mocks of one test case, and which of them were used.
///
/// As in Step Functions Local, every call of a state takes the next response, whichever retry, Map iteration or branch makes it.
/// Here iterations and branches call one after the other, and the order is the same each time; there it is not, unless
/// `MaxConcurrency` is 1.
///
/// A state that the case does not mock is answered [`Answer::Unknown`], and so is a call after the last response: then nobody
/// else may answer, for Step Functions Local fails the execution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseMocks {
    /// By state: name of the response, what it answers.
    states: BTreeMap<String, (String, Response)>,
    /// How often each mocked state has called.
    calls: BTreeMap<String, u64>,
}

impl CaseMocks {
    pub(super) fn new(states: BTreeMap<String, (String, Response)>) -> Self {
        Self {
            states,
            calls: BTreeMap::new(),
        }
    }

    /// What the execution did not use, a sentence each: states that made no call, and responses to calls that were not made.
    pub fn unused(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (state, (name, response)) in &self.states {
            let calls = self.calls.get(state).copied().unwrap_or_default();
            if calls == 0 {
                told.push(format!(
                    "`{state}` made no call: its mock `{name}` was not used"
                ));
            // A range is for as often as it takes.
            } else if calls < response.calls()
                && response.answer(calls - 1) != response.answer(response.calls() - 1)
            {
                told.push(format!(
                    "`{state}` made {}, and its mock `{name}` has responses for {}",
                    times(calls),
                    response.calls()
                ));
            }
        }
        told
    }

    /// States that called more often than there are responses, a sentence each.
    pub fn exhausted(&self) -> Vec<String> {
        let more = self.states.iter().filter_map(|(state, (name, response))| {
            let calls = self.calls.get(state).copied().unwrap_or_default();
            (calls > response.calls()).then(|| {
                format!(
                    "`{state}` made {}, and its mock `{name}` has responses for {}: add \"{}\"",
                    times(calls),
                    response.calls(),
                    response.calls()
                )
            })
        });
        more.collect()
    }
}

fn times(calls: u64) -> String {
    match calls {
        1 => "1 call".to_owned(),
        more => format!("{more} calls"),
    }
}

impl Tasks for CaseMocks {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let Some((_, response)) = self.states.get(call.state) else {
            return Answer::Unknown;
        };
        let calls = self.calls.entry(call.state.to_owned()).or_default();
        let answer = response.answer(*calls).cloned();
        *calls += 1;
        answer.unwrap_or(Answer::Unknown)
    }

    fn is_alone(&self, state: &str) -> bool {
        self.states.contains_key(state)
    }
}
