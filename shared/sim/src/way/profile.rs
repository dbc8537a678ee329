//! What each state did, over all of its visits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Lane, Visit};

/// What one state did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Visits.
    pub entered: u64,
    /// Attempts after the first of a visit.
    pub retries: u64,
    /// Attempts that failed, by name of the error.
    pub errors: BTreeMap<String, u64>,
    /// Virtual milliseconds in it; visits side by side add up.
    pub ms: u64,
}

impl Use {
    fn add(&mut self, visit: &Visit) {
        self.entered += 1;
        self.retries += visit.retries();
        self.ms = self
            .ms
            .saturating_add(visit.end_ms.saturating_sub(visit.entered_ms));
        // A Fail does what it is there for.
        if visit.kind == "Fail" {
            return;
        }
        let failures = visit.attempts.iter();
        let failures = failures.filter_map(|attempt| attempt.failure.as_ref());
        for erred in failures.chain(visit.failed_otherwise()) {
            match self.errors.get_mut(&*erred.error) {
                Some(times) => *times += 1,
                None => _ = self.errors.insert(erred.error.to_string(), 1),
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.entered += other.entered;
        self.retries += other.retries;
        self.ms = self.ms.saturating_add(other.ms);
        for (error, times) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += times;
        }
    }
}

/// What each state did, in the order in which they were first entered.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    states: Vec<(Arc<str>, Use)>,
    places: HashMap<Arc<str>, usize>,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.states == other.states
    }
}

impl Eq for Profile {}

impl Profile {
    /// The states and what they did.
    pub fn states(&self) -> impl Iterator<Item = (&str, &Use)> {
        self.states.iter().map(|(name, used)| (&**name, used))
    }

    /// States entered and retries.
    pub fn transitions(&self) -> u64 {
        let all = self.states.iter();
        all.map(|(_, used)| used.entered + used.retries).sum()
    }

    fn of(&mut self, state: &Arc<str>) -> Option<&mut Use> {
        let place = if let Some(place) = self.places.get(state) {
            *place
        } else {
            let place = self.states.len();
            self.places.insert(Arc::clone(state), place);
            self.states.push((Arc::clone(state), Use::default()));
            place
        };
        self.states.get_mut(place).map(|(_, used)| used)
    }

    /// With what these states did.
    pub(super) fn add(&mut self, lane: &Lane) {
        for visit in lane.walk() {
            if let Some(used) = self.of(&visit.state) {
                used.add(visit);
            }
        }
    }

    /// With what those did.
    pub fn merge(&mut self, other: &Self) {
        for (state, used) in &other.states {
            if let Some(own) = self.of(state) {
                own.merge(used);
            }
        }
    }
}
