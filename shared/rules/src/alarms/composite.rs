//! Composite alarms, and who hears an alarm through them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use facts::{Alarm, AlarmKind};

use super::rule::{DEEPEST, Is, Rule};

/// CloudWatch takes 150 composite alarms over one alarm, and 100 alarms under one.
const MOST: usize = 150;

/// What becomes of an alarm that goes to ALARM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Somebody is told.
    Heard,
    /// Somebody is told by this composite alarm, while others are in ALARM as well.
    Sometimes(String),
    /// It has actions, and they are switched off.
    Off,
    /// Nobody is told; the composite alarm that reads it has no voice either.
    Silent(Option<String>),
}

/// The composite alarms over a state machine.
pub(crate) struct Composites<'a> {
    all: Vec<(&'a Alarm, Rule)>,
    by_name: BTreeMap<&'a str, usize>,
}

impl<'a> Composites<'a> {
    pub(crate) fn new(alarms: &'a [Alarm]) -> Self {
        let mut composites = Self {
            all: Vec::new(),
            by_name: BTreeMap::new(),
        };
        for alarm in alarms {
            let AlarmKind::Composite(text) = &alarm.kind else {
                continue;
            };
            let names = [&alarm.name, &alarm.arn]
                .into_iter()
                .filter(|name| !name.is_empty());
            composites
                .by_name
                .extend(names.map(|name| (name.as_str(), composites.all.len())));
            composites.all.push((alarm, Rule::of(text, alarm)));
        }
        composites
    }

    /// Who hears `alarm`, which is no composite one.
    pub(crate) fn voice(&self, alarm: &Alarm) -> Voice {
        if acts(alarm) {
            return Voice::Heard;
        }
        let own = |name: &str| !name.is_empty() && (name == alarm.name || name == alarm.arn);
        let above = self.above(own);
        let voiced = || {
            above
                .iter()
                .filter_map(|at| Some((*at, self.all.get(*at)?.0)))
                .filter(|(_, composite)| acts(composite))
        };
        let matters = |at: usize, others: &BTreeSet<&str>| {
            let without = self.states(|name| others.contains(name)).of(at, 0);
            !without
                && self
                    .states(|name| own(name) || others.contains(name))
                    .of(at, 0)
        };
        if voiced().any(|(at, _)| matters(at, &BTreeSet::new())) {
            return Voice::Heard;
        }
        let others = self.others(&above, own);
        let sometimes =
            voiced().find(|(at, _)| company(&others).iter().any(|others| matters(*at, others)));
        match sometimes {
            Some((_, composite)) => Voice::Sometimes(composite.name.clone()),
            None if alarm.alarm_actions > 0 => Voice::Off,
            None => Voice::Silent(
                above
                    .first()
                    .and_then(|at| self.all.get(*at))
                    .map(|(composite, _)| composite.name.clone()),
            ),
        }
    }

    /// The composite alarms that read an alarm of that name, directly or through others; nearest first.
    fn above(&self, own: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut above: Vec<usize> = Vec::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        loop {
            let reads = |name: &&str| own(name) || names.contains(name);
            let next = self.all.iter().enumerate().find(|(at, (composite, _))| {
                !above.contains(at) && composite.children().iter().any(reads)
            });
            let Some((at, (composite, _))) = next else {
                return above;
            };
            above.push(at);
            names.extend([composite.name.as_str(), composite.arn.as_str()]);
            if above.len() > MOST {
                return above;
            }
        }
    }

    /// The other alarms that these composite alarms read.
    fn others(&self, above: &[usize], own: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let children = above
            .iter()
            .filter_map(|at| self.all.get(*at))
            .flat_map(|(composite, _)| composite.children());
        let names: BTreeSet<&str> = children
            .filter(|name| !own(name) && !self.by_name.contains_key(name))
            .collect();
        names.into_iter().take(MOST).collect()
    }

    /// The composite alarms while exactly those other alarms are in ALARM.
    fn states<F: Fn(&str) -> bool>(&self, alarming: F) -> States<'_, 'a, F> {
        States {
            composites: self,
            alarming,
            known: vec![Cell::new(None); self.all.len()],
        }
    }
}

/// Which of the others to try in ALARM beside an alarm: each by itself, and one more at a time.
fn company<'n>(others: &[&'n str]) -> Vec<BTreeSet<&'n str>> {
    let alone = others.iter().map(|name| BTreeSet::from([*name]));
    let together = (2..=others.len()).map(|count| others.iter().take(count).copied().collect());
    alone.chain(together).collect()
}

/// True where it has actions and they are switched on.
fn acts(alarm: &Alarm) -> bool {
    alarm.actions_enabled && alarm.alarm_actions > 0
}

struct States<'c, 'a, F> {
    composites: &'c Composites<'a>,
    alarming: F,
    known: Vec<Cell<Option<bool>>>,
}

impl<F: Fn(&str) -> bool> States<'_, '_, F> {
    /// Whether the composite alarm is in ALARM.
    fn of(&self, at: usize, depth: usize) -> bool {
        let (Some(known), Some((_, rule))) = (self.known.get(at), self.composites.all.get(at))
        else {
            return false;
        };
        if let Some(state) = known.get() {
            return state;
        }
        // Composite alarms that read each other in a circle stay as they are.
        known.set(Some(false));
        let state = depth < DEEPEST && self.holds(rule, depth + 1);
        known.set(Some(state));
        state
    }

    fn holds(&self, rule: &Rule, depth: usize) -> bool {
        match rule {
            Rule::State(is, name) => self.is(*is, name, depth),
            Rule::Constant(value) => *value,
            Rule::Not(rule) => !self.holds(rule, depth),
            Rule::And(rules) => rules.iter().all(|rule| self.holds(rule, depth)),
            Rule::Or(rules) => rules.iter().any(|rule| self.holds(rule, depth)),
            Rule::AtLeast {
                count,
                percent,
                is,
                alarms,
            } => {
                let found = alarms
                    .iter()
                    .filter(|name| self.is(*is, name, depth))
                    .count();
                let needed = if *percent {
                    count.saturating_mul(alarms.len()).div_ceil(100)
                } else {
                    *count
                };
                found >= needed
            }
        }
    }

    fn is(&self, is: Is, name: &str, depth: usize) -> bool {
        let alarming = match self.composites.by_name.get(name) {
            Some(at) => self.of(*at, depth),
            None => (self.alarming)(name),
        };
        match is {
            Is::Alarm => alarming,
            Is::Ok => !alarming,
            Is::Insufficient => false,
        }
    }
}
