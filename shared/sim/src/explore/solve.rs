//! Values that make conditions hold.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::formula::{Check, Formula};
use super::origin::Origin;
use super::place::{Place, Script};
use crate::choice::timestamp;

/// Ways through the conditions that are tried before it is given up.
const MOST_WAYS: usize = 400;

/// Why no values were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// No values that were tried make it hold.
    Unsatisfied,
    /// It depends on what is written in the definition alone.
    Fixed,
    /// It depends on what is computed.
    Computed,
}

impl Why {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Unsatisfied => {
                "no value was found that makes this rule hold, no rule before it, and the Choices on the way as they were"
            }
            Self::Fixed => {
                "on all ways that were tried it is decided by what the definition says, such as a counter, and not by the input or by a result"
            }
            Self::Computed => {
                "it is decided by a value that is computed in a way that is not followed back"
            }
        }
    }
}

/// What is to be put where; none for what is to be taken away.
pub(super) type Solution = Vec<(Place, Option<Value>)>;

/// A condition, and whether it is to hold.
pub(super) type Goal<'f> = (&'f Formula, bool);

struct Search<'s> {
    script: &'s Script,
    ways: usize,
    why: Why,
    solution: Option<Solution>,
}

/// A demand on what stands somewhere: the value there and this added to it.
#[derive(Clone, Debug)]
struct Demand {
    place: Place,
    plus: i64,
    check: Check,
    wanted: bool,
}

/// Finds values with which all goals are met, and keeps those that are there where they do.
pub(super) fn solve(goals: &[Goal<'_>], script: &Script) -> Result<Solution, Why> {
    let mut search = Search {
        script,
        ways: 0,
        why: Why::Fixed,
        solution: None,
    };
    let mut agenda: Vec<Goal<'_>> = goals.to_vec();
    agenda.reverse();
    search.go(&mut agenda, &mut Vec::new());
    search.solution.ok_or(search.why)
}

impl Search<'_> {
    fn fails(&mut self, why: Why) {
        // What could be otherwise says more than what cannot.
        let rank = |why| match why {
            Why::Fixed => 0,
            Why::Computed => 1,
            Why::Unsatisfied => 2,
        };
        if rank(why) > rank(self.why) {
            self.why = why;
        }
    }

    fn go(&mut self, agenda: &mut Vec<Goal<'_>>, demands: &mut Vec<Demand>) {
        if self.solution.is_some() || self.ways >= MOST_WAYS {
            return;
        }
        let Some((formula, wanted)) = agenda.pop() else {
            self.ways += 1;
            match values(demands, self.script) {
                Some(found) => self.solution = Some(found),
                None => self.fails(Why::Unsatisfied),
            }
            return;
        };
        match formula {
            Formula::Always | Formula::Never => {
                if matches!(formula, Formula::Always) == wanted {
                    self.go(agenda, demands);
                } else {
                    self.ways += 1;
                }
            }
            Formula::Opaque { .. } => {
                self.ways += 1;
                self.fails(Why::Computed);
            }
            Formula::Not(part) => {
                agenda.push((part, !wanted));
                self.go(agenda, demands);
                agenda.pop();
            }
            Formula::All(parts) | Formula::Any(parts)
                if matches!(formula, Formula::All(_)) == wanted =>
            {
                let before = agenda.len();
                agenda.extend(parts.iter().rev().map(|part| (part, wanted)));
                self.go(agenda, demands);
                agenda.truncate(before);
            }
            Formula::All(parts) | Formula::Any(parts) => {
                for at in 0..parts.len() {
                    // The parts before it are looked at first, and must not be an error.
                    let before = agenda.len();
                    let parts = parts.get(..=at).unwrap_or_default();
                    let last = parts.len().saturating_sub(1);
                    let goals = parts.iter().enumerate().rev();
                    agenda.extend(goals.map(|(at, part)| (part, (at == last) == wanted)));
                    self.go(agenda, demands);
                    agenda.truncate(before);
                }
            }
            Formula::Atom(origin, check) => self.atom(origin, check, wanted, agenda, demands),
            Formula::Pair(one, other, check) => {
                let Origin::At(place) = &**other else {
                    self.ways += 1;
                    self.fails(Why::Computed);
                    agenda.push((formula, wanted));
                    return;
                };
                let before = demands.len();
                let value = self.script.get(place).cloned().unwrap_or_else(|| {
                    let made = check.other();
                    demands.push(Demand {
                        place: place.clone(),
                        plus: 0,
                        check: Check::Same(made.clone()),
                        wanted: true,
                    });
                    made
                });
                self.atom(one, &check.with(value), wanted, agenda, demands);
                demands.truncate(before);
            }
        }
        agenda.push((formula, wanted));
    }

    fn atom(
        &mut self,
        origin: &Origin,
        check: &Check,
        wanted: bool,
        agenda: &mut Vec<Goal<'_>>,
        demands: &mut Vec<Demand>,
    ) {
        let fixed = match origin {
            Origin::At(place) => Err((place, 0)),
            Origin::Shift(place, plus) => Err((place, *plus)),
            Origin::Missing => Ok(check.holds(None)),
            Origin::Made(_) => {
                self.ways += 1;
                self.fails(Why::Computed);
                return;
            }
            Origin::Known(value) => Ok(check.holds(Some(value))),
            Origin::Object(..) => Ok(check.holds(Some(&json!({"some": "object"})))),
            Origin::List(_) => Ok(check.holds(Some(&json!(["some", "list"])))),
        };
        match fixed {
            Ok(holds) => {
                if holds == Some(wanted) {
                    self.go(agenda, demands);
                } else {
                    self.ways += 1;
                }
            }
            Err((place, plus)) => {
                demands.push(Demand {
                    place: place.clone(),
                    plus,
                    check: check.clone(),
                    wanted,
                });
                self.go(agenda, demands);
                demands.pop();
            }
        }
    }
}

/// A value for each place that meets all that is demanded of it.
fn values(demands: &[Demand], script: &Script) -> Option<Solution> {
    let mut by_place: BTreeMap<&Place, Vec<&Demand>> = BTreeMap::new();
    for demand in demands {
        by_place.entry(&demand.place).or_default().push(demand);
    }
    let mut solution = Vec::new();
    // Outer places come before inner ones, which are put into them.
    for (place, demands) in &by_place {
        let now = script.get(place);
        let meets = |value: Option<&Value>| {
            demands.iter().all(|demand| {
                let moved = value.map(|value| moved(value, demand.plus));
                let value = match &moved {
                    None => None,
                    Some(Some(value)) => Some(value),
                    Some(None) => return false,
                };
                demand.check.holds(value) == Some(demand.wanted)
            })
        };
        if meets(now) {
            continue;
        }
        let holds_inner = by_place
            .keys()
            .any(|other| other.steps.len() > place.steps.len() && place.overlaps(other));
        let pool = pool(demands);
        let found = if holds_inner && meets(Some(&json!({}))) {
            Some(json!({}))
        } else {
            pool.into_iter().find(|value| meets(Some(value)))
        };
        match found {
            Some(value) => solution.push(((*place).clone(), Some(value))),
            None if meets(None) && !place.steps.is_empty() => {
                solution.push(((*place).clone(), None));
            }
            None => return None,
        }
    }
    Some(solution)
}

fn moved(value: &Value, plus: i64) -> Option<Value> {
    if plus == 0 {
        return Some(value.clone());
    }
    value.as_i64()?.checked_add(plus).map(Value::from)
}

/// Values to try, those that are written in the conditions and their neighbours first.
fn pool(demands: &[&Demand]) -> Vec<Value> {
    let mut pool = Vec::new();
    let mut numbers = Vec::new();
    let mut instants: Vec<Timestamp> = Vec::new();
    for demand in demands {
        for value in demand.check.values() {
            let value = match value.as_i64().and_then(|it| it.checked_sub(demand.plus)) {
                Some(whole) => Value::from(whole),
                None => value,
            };
            instants.extend(value.as_str().and_then(timestamp));
            numbers.extend(value.as_f64());
            near(&value, &mut pool);
        }
    }
    numbers.sort_by(f64::total_cmp);
    let between = numbers.windows(2).filter_map(|pair| match pair {
        [low, high] if low < high => Some(f64::midpoint(*low, *high)),
        _ => None,
    });
    pool.extend(between.map(Value::from));
    instants.sort_unstable();
    for pair in instants.windows(2) {
        if let [low, high] = pair
            && let half = high.duration_since(*low) / 2
            && let Ok(at) = low.checked_add(half)
        {
            pool.push(Value::from(at.to_string()));
        }
    }
    pool.extend(anything());
    pool
}

/// A value and those beside it.
fn near(value: &Value, pool: &mut Vec<Value>) {
    pool.push(value.clone());
    if let Some(whole) = value.as_i64() {
        let beside = [whole.checked_add(1), whole.checked_sub(1)];
        pool.extend(beside.into_iter().flatten().map(Value::from));
    } else if let Some(number) = value.as_f64() {
        pool.extend([number + 1.0, number - 1.0].map(Value::from));
    } else if let Some(text) = value.as_str() {
        if let Some(at) = timestamp(text) {
            let second = SignedDuration::from_secs(1);
            let beside = [at.checked_add(second), at.checked_sub(second)];
            pool.extend(
                beside
                    .into_iter()
                    .flatten()
                    .map(|at| Value::from(at.to_string())),
            );
        }
        pool.push(Value::from(format!("{text}x")));
        let mut shorter = text.to_owned();
        shorter.pop();
        pool.push(Value::from(shorter));
    }
}

/// Values of each kind.
pub(super) fn anything() -> Vec<Value> {
    vec![
        json!("sample"),
        json!(1),
        json!(true),
        json!(false),
        json!(0),
        json!("2026-01-01T00:00:00Z"),
        json!(""),
        json!("7"),
        json!({}),
        json!([]),
        json!(["sample"]),
        json!([{}, {}]),
        json!({"sample": 1}),
        Value::Null,
        json!(-1),
        json!(1_000_000),
        json!("~"),
    ]
}

/// Values to try where it is not known how they count: those that are written in a condition, and values of each kind.
pub(super) fn guesses(written: &[Value]) -> Vec<Value> {
    let mut pool = Vec::new();
    for value in written {
        near(value, &mut pool);
        // How long it is may be what counts.
        if let Some(many) = value
            .as_u64()
            .and_then(|it| usize::try_from(it).ok())
            .filter(|it| *it <= 16)
        {
            for many in [many, many + 1] {
                pool.push(Value::Array(vec![json!({}); many]));
                pool.push(Value::from("x".repeat(many)));
            }
        }
    }
    pool.extend(anything());
    pool
}
