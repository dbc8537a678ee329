//! What a path selects, and what it writes to.
//!
//! The service evaluates paths with the Java library Jayway `JsonPath`. Its rules hold here, also where they are odd: the step
//! of a slice has no effect, a filter on an object selects the object, `1` and `"1"` are equal in a filter. Two of them are the
//! service's own: a path that can select several values gives `[]` where nothing is found, whatever is missing (recorded), and
//! a filter `@.name` is not true of `null` (floci-io/floci issue 3480, measured with Step Functions Local, 2026-11-22).

mod filter;
mod functions;
mod missing;
mod set;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use asl::expr::path::{Operand, Path, Root, Selector, Step, StepKind};
use regex::Regex;
use serde_json::{Map, Value};

use missing::missing;
pub use set::{conflict, fits, put, set};

use super::Roots;

/// How many values a path may look at. A payload has 256 KiB, so that only steps like `..*` on top of each other get here.
const MOST_VALUES: usize = 4_000_000;

/// Why a path has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Of which kind.
    pub kind: PathErrorKind,
    /// In the words of the service's library, as far as they are known.
    pub why: String,
}

/// The kinds of reasons why a path has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathErrorKind {
    /// A field or variable that there is not.
    Missing,
    /// An index that the array does not have. In a payload template the service takes `null` for it: see [`in_template`].
    OutOfRange,
    /// A value of another type than the path wants.
    Type,
    /// A path that cannot be evaluated: a `${…}` is in it, or a pattern that is none.
    Unusable,
    /// It would look at too many values.
    TooMuch,
}

impl PathError {
    fn new(kind: PathErrorKind, why: impl Into<String>) -> Self {
        Self {
            kind,
            why: why.into(),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for PathError {}

/// The value of a path.
pub fn get(path: &Path<'_>, roots: &Roots<'_>) -> Result<Value, PathError> {
    get_ref(path, roots).map(Cow::into_owned)
}

/// The value of a path in a payload template (`"name.$": "$.items[5]"`), where an index beyond the end gives `null`
/// (floci-io/floci pull request 3199, measured on AWS, 2026-11-22).
pub fn in_template<'v>(path: &Path<'_>, roots: &Roots<'v>) -> Result<Cow<'v, Value>, PathError> {
    match get_ref(path, roots) {
        Err(error) if error.kind == PathErrorKind::OutOfRange => Ok(Cow::Owned(Value::Null)),
        result => result,
    }
}

/// The value of a path, without a copy where it is a part of the data.
pub fn get_ref<'v>(path: &Path<'_>, roots: &Roots<'v>) -> Result<Cow<'v, Value>, PathError> {
    let document = match path.root {
        Root::Input => roots.input,
        Root::Context => roots.context,
        Root::Variable(name) => (roots.variables)(name).ok_or_else(|| {
            let why = format!("The variable '{name}' is not defined");
            PathError::new(PathErrorKind::Missing, why)
        })?,
        Root::Item | Root::Placeholder => return Err(unusable(path)),
    };
    let evaluation = Evaluation {
        document,
        roots: *roots,
        left: Cell::new(MOST_VALUES),
        patterns: RefCell::new(Vec::new()),
    };
    evaluation.path(path, document)
}

fn unusable(path: &Path<'_>) -> PathError {
    let why = format!("The path '{path}' cannot be evaluated before its ${{…}} is filled in");
    PathError::new(PathErrorKind::Unusable, why)
}

/// What belongs to one evaluation.
struct Evaluation<'v> {
    /// `$` in filters.
    document: &'v Value,
    roots: Roots<'v>,
    /// How many more values may be looked at.
    left: Cell<usize>,
    /// Regular expressions that were met, as written.
    patterns: RefCell<Vec<(String, Regex)>>,
}

/// Values on the way.
type Values<'x> = Vec<Cow<'x, Value>>;

impl<'v> Evaluation<'v> {
    fn path<'x>(&self, path: &Path<'_>, start: &'x Value) -> Result<Cow<'x, Value>, PathError>
    where
        'v: 'x,
    {
        if path.has_placeholder {
            return Err(unusable(path));
        }
        if path
            .steps
            .iter()
            .all(|step| one(step) && !step.descends && !is_union(step))
        {
            return Self::one_value(&path.steps, start).map(Cow::Borrowed);
        }
        if let Some((over, rest)) = scanned_by_function(&path.steps) {
            return self.scan(path, over, rest, start);
        }
        if is_definite(&path.steps) {
            return self.definite(&path.steps, start);
        }
        let found = self.select(&path.steps, start)?;
        self.list(found)
    }

    /// Members and indices, one after the other.
    fn one_value<'x>(steps: &[Step<'_>], start: &'x Value) -> Result<&'x Value, PathError> {
        let mut value = start;
        for (at, step) in steps.iter().enumerate() {
            value = next(value, step).ok_or_else(|| missing(steps, at, value))?;
        }
        Ok(value)
    }

    /// Steps that lead to one value, with a function or several members among them.
    fn definite<'x>(
        &self,
        steps: &[Step<'_>],
        start: &'x Value,
    ) -> Result<Cow<'x, Value>, PathError> {
        let mut value = Cow::Borrowed(start);
        for (at, step) in steps.iter().enumerate() {
            self.charge(1)?;
            value = match &step.kind {
                StepKind::Function { name, arguments } => {
                    Cow::Owned(self.function(name, arguments, &value)?)
                }
                StepKind::Union(selectors) => {
                    let Value::Object(members) = value.as_ref() else {
                        return Err(missing(steps, at, &value));
                    };
                    Cow::Owned(merged(selectors, members))
                }
                _ => match value {
                    Cow::Borrowed(inner) => {
                        Cow::Borrowed(next(inner, step).ok_or_else(|| missing(steps, at, inner))?)
                    }
                    Cow::Owned(inner) => Cow::Owned(
                        next(&inner, step)
                            .ok_or_else(|| missing(steps, at, &inner))?
                            .clone(),
                    ),
                },
            };
        }
        Ok(value)
    }

    /// `$..name.sum()`: the function takes all that is found at once.
    fn scan<'x>(
        &self,
        path: &Path<'_>,
        over: &[Step<'_>],
        rest: &[Step<'_>],
        start: &'x Value,
    ) -> Result<Cow<'x, Value>, PathError> {
        let mut found = self.select(over, start)?;
        // `length` counts what is inside of the values that are found.
        if let Some(Step {
            kind: StepKind::Function { name: "length", .. },
            ..
        }) = rest.first()
        {
            let inside = found.iter().map(|value| match value.as_ref() {
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => 0,
            });
            let rest = rest.get(1..).unwrap_or_default();
            let length = Value::from(inside.sum::<usize>());
            return if rest.is_empty() {
                Ok(Cow::Owned(length))
            } else {
                Err(missing(&path.steps, path.steps.len() - rest.len(), &length))
            };
        }
        let list = self.list(std::mem::take(&mut found))?.into_owned();
        self.definite(rest, &list)
            .map(|value| Cow::Owned(value.into_owned()))
    }

    /// All that the steps select. What is missing is left out.
    fn select<'x>(&self, steps: &[Step<'_>], start: &'x Value) -> Result<Values<'x>, PathError> {
        let mut values = vec![Cow::Borrowed(start)];
        for (at, step) in steps.iter().enumerate() {
            let is_last = at + 1 == steps.len();
            let mut found = Vec::new();
            for value in values {
                self.charge(1)?;
                match value {
                    Cow::Borrowed(value) => self.step(step, value, is_last, &mut found)?,
                    Cow::Owned(value) => {
                        let mut inner = Vec::new();
                        self.step(step, &value, is_last, &mut inner)?;
                        found.extend(inner.into_iter().map(|it| Cow::Owned(it.into_owned())));
                    }
                }
            }
            values = found;
        }
        Ok(values)
    }

    fn step<'x>(
        &self,
        step: &Step<'_>,
        value: &'x Value,
        is_last: bool,
        found: &mut Values<'x>,
    ) -> Result<(), PathError> {
        if !step.descends {
            return self.select_in(&step.kind, value, is_last, found);
        }
        // Each array and object before what is in it.
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            self.charge(1)?;
            let inside: Vec<&Value> = match value {
                Value::Array(items) => items.iter().collect(),
                Value::Object(members) => members.values().collect(),
                _ => continue,
            };
            let fits = match &step.kind {
                StepKind::Filter(filter) => self.holds(filter, value)?,
                StepKind::Union(selectors) if is_last && all_members(selectors) => {
                    value.as_object().is_some_and(|members| {
                        selectors.iter().all(|selector| {
                            matches!(selector, Selector::Member(name) if members.contains_key(name.as_ref()))
                        })
                    })
                }
                _ => true,
            };
            if fits {
                self.select_in(&step.kind, value, is_last, found)?;
            }
            waiting.extend(inside.into_iter().rev());
        }
        Ok(())
    }

    fn select_in<'x>(
        &self,
        kind: &StepKind<'_>,
        value: &'x Value,
        is_last: bool,
        found: &mut Values<'x>,
    ) -> Result<(), PathError> {
        let before = found.len();
        match (kind, value) {
            (StepKind::Member(name), Value::Object(members)) => {
                found.extend(members.get(name.as_ref()).map(Cow::Borrowed));
            }
            (StepKind::Index(index), Value::Array(items)) => {
                found.extend(item(items, *index).map(Cow::Borrowed));
            }
            (StepKind::Union(selectors), Value::Object(members)) if all_members(selectors) => {
                if is_last {
                    found.push(Cow::Owned(merged(selectors, members)));
                } else {
                    found.extend(selectors.iter().filter_map(|selector| match selector {
                        Selector::Member(name) => members.get(name.as_ref()).map(Cow::Borrowed),
                        Selector::Index(_) => None,
                    }));
                }
            }
            (StepKind::Union(selectors), Value::Array(items)) => {
                found.extend(selectors.iter().filter_map(|selector| match selector {
                    Selector::Index(index) => item(items, *index).map(Cow::Borrowed),
                    Selector::Member(_) => None,
                }));
            }
            (StepKind::Slice { start, end, .. }, Value::Array(items)) => {
                found.extend(sliced(items, *start, *end));
            }
            (StepKind::Wildcard, Value::Array(items)) => {
                found.extend(items.iter().map(Cow::Borrowed));
            }
            (StepKind::Wildcard, Value::Object(members)) => {
                found.extend(members.values().map(Cow::Borrowed));
            }
            (StepKind::Filter(filter), Value::Array(items)) => {
                for item in items {
                    self.charge(1)?;
                    if self.holds(filter, item)? {
                        found.push(Cow::Borrowed(item));
                    }
                }
            }
            (StepKind::Filter(filter), Value::Object(_)) => {
                found.extend(self.holds(filter, value)?.then_some(Cow::Borrowed(value)));
            }
            (StepKind::Function { name, arguments }, _) => {
                found.push(Cow::Owned(self.function(name, arguments, value)?));
            }
            _ => {}
        }
        self.charge(found.len() - before)
    }

    /// The values as one array.
    fn list<'x>(&self, found: Values<'x>) -> Result<Cow<'x, Value>, PathError> {
        // The same value may be found at many depths.
        for value in &found {
            self.charge(size(value, self.left.get()))?;
        }
        let items = found.into_iter().map(Cow::into_owned).collect();
        Ok(Cow::Owned(Value::Array(items)))
    }

    fn charge(&self, values: usize) -> Result<(), PathError> {
        match self.left.get().checked_sub(values) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(PathError::new(
                PathErrorKind::TooMuch,
                format!("The path looks at more than {MOST_VALUES} values"),
            )),
        }
    }

    fn operand_path<'x>(
        &self,
        path: &Path<'_>,
        item: &'x Value,
    ) -> Result<Option<Cow<'x, Value>>, PathError>
    where
        'v: 'x,
    {
        let start = match path.root {
            Root::Item => item,
            Root::Input => self.document,
            Root::Context => self.roots.context,
            Root::Variable(name) => match (self.roots.variables)(name) {
                Some(value) => value,
                None => return Ok(None),
            },
            Root::Placeholder => return Err(unusable(path)),
        };
        match self.path(path, start) {
            Ok(value) => Ok(Some(value)),
            Err(error)
                if matches!(error.kind, PathErrorKind::TooMuch | PathErrorKind::Unusable) =>
            {
                Err(error)
            }
            Err(_) => Ok(None),
        }
    }

    /// The value of a literal or path.
    fn operand<'x>(
        &self,
        operand: &'x Operand<'_>,
        item: &'x Value,
    ) -> Result<Option<Cow<'x, Value>>, PathError>
    where
        'v: 'x,
    {
        match operand {
            Operand::Path(path) => self.operand_path(path, item),
            literal => Ok(filter::literal(literal).map(Cow::Owned)),
        }
    }
}

/// True where the steps lead to one value.
fn is_definite(steps: &[Step<'_>]) -> bool {
    let last = steps.len().saturating_sub(1);
    steps.iter().enumerate().all(|(at, step)| {
        !step.descends
            && match &step.kind {
                StepKind::Member(_) | StepKind::Index(_) | StepKind::Function { .. } => true,
                StepKind::Union(selectors) => at == last && all_members(selectors),
                _ => false,
            }
    })
}

/// Does it select one thing?
fn one(step: &Step<'_>) -> bool {
    matches!(step.kind, StepKind::Member(_) | StepKind::Index(_))
}

fn is_union(step: &Step<'_>) -> bool {
    matches!(step.kind, StepKind::Union(_))
}

fn all_members(selectors: &[Selector<'_>]) -> bool {
    selectors
        .iter()
        .all(|selector| matches!(selector, Selector::Member(_)))
}

/// What a member or an index leads to.
fn next<'x>(value: &'x Value, step: &Step<'_>) -> Option<&'x Value> {
    match (&step.kind, value) {
        (StepKind::Member(name), Value::Object(members)) => members.get(name.as_ref()),
        (StepKind::Index(index), Value::Array(items)) => item(items, *index),
        _ => None,
    }
}

/// From the end, where the index is negative.
fn item(items: &[Value], index: i64) -> Option<&Value> {
    items.get(position(items.len(), index)?)
}

fn position(length: usize, index: i64) -> Option<usize> {
    let index = if index < 0 {
        i64::try_from(length).ok()?.checked_add(index)?
    } else {
        index
    };
    usize::try_from(index).ok().filter(|at| *at < length)
}

/// The library looks at each index by itself, so that `[-1:1]` is the last item and the first.
fn sliced(items: &[Value], start: Option<i64>, end: Option<i64>) -> Values<'_> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| {
        if index < 0 {
            length.saturating_add(index)
        } else {
            index
        }
    };
    let (from, to) = match (start, end) {
        (None, None) => (0, length),
        (Some(start), None) => (from_end(start).max(0), length),
        (None, Some(end)) => (0, from_end(end).min(length)),
        (Some(start), Some(end)) => (start.max(-length), end.min(length)),
    };
    (from..to)
        .filter_map(|index| item(items, index))
        .map(Cow::Borrowed)
        .collect()
}

/// Several members at the end of a path are one object.
fn merged(selectors: &[Selector<'_>], members: &Map<String, Value>) -> Value {
    let mut object = Map::new();
    for selector in selectors {
        if let Selector::Member(name) = selector
            && let Some(value) = members.get(name.as_ref())
        {
            object.insert(name.to_string(), value.clone());
        }
    }
    Value::Object(object)
}

/// `$..a.b.sum()`, parted before the function.
fn scanned_by_function<'p, 'a>(steps: &'p [Step<'a>]) -> Option<(&'p [Step<'a>], &'p [Step<'a>])> {
    let scans = steps.first().is_some_and(|step| step.descends);
    let is_function = |step: &Step<'_>| matches!(step.kind, StepKind::Function { .. });
    if !scans || !steps.last().is_some_and(is_function) {
        return None;
    }
    steps.split_at_checked(steps.iter().position(is_function)?)
}

/// How many values there are in a value, counted up to a limit.
fn size(value: &Value, most: usize) -> usize {
    let mut count = 0;
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        count += 1;
        if count > most {
            break;
        }
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.values()),
            _ => {}
        }
    }
    count
}
