//! Where the values of a run come from: followed forward through the states that it visited.
//!
//! What is not followed is [`Origin::Made`]: it says too little, never something wrong that anyone would be told. What was found is
//! only used to choose what to run next, and the interpreter decides.

use std::collections::BTreeMap;
use std::rc::Rc;

use asl::expr::intrinsic::{self, Call, Kind};
use asl::expr::path::{Path, Root as PathRoot, StepKind};
use asl::{Node, Value as Tree};
use serde_json::Value;

use super::place::{Place, Root, Step};
use super::plan::Plan;
use crate::template::plain;

pub(super) type Shared = Rc<Origin>;
/// Variables by name.
pub(super) type Variables = Rc<BTreeMap<String, Shared>>;

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It is what stands there.
    At(Place),
    /// It is written in the definition.
    Known(Value),
    /// There is none.
    Missing,
    /// An object: some members, and those of another value.
    Object(BTreeMap<String, Shared>, Option<Shared>),
    List(Vec<Shared>),
    /// A number that stands there, and this added to it.
    Shift(Place, i64),
    /// It is computed from what stands there.
    Made(Vec<Place>),
}

/// What a place that is read should hold, so that reading it makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    Any,
    Text,
    Number,
    List,
    Object,
    Timestamp,
    Json,
}

/// What expressions of a state see, and what they read.
pub(super) struct Eyes<'e, 'p, 'd> {
    pub(super) plan: &'p Plan<'d>,
    /// `$`
    pub(super) base: Shared,
    /// `$states.input`
    pub(super) input: Shared,
    pub(super) result: Option<Shared>,
    pub(super) error: Option<Shared>,
    pub(super) variables: &'e Variables,
    /// `Map.Item.Value` of the Context Object, and `Map.Item.Index`
    pub(super) item: Option<(Shared, usize)>,
    pub(super) reads: Vec<(Place, Hint)>,
}

pub(super) fn missing() -> Shared {
    Rc::new(Origin::Missing)
}

pub(super) fn made(from: &Shared) -> Shared {
    let mut places = Vec::new();
    from.places(&mut places);
    Rc::new(Origin::Made(places))
}

impl Origin {
    pub(super) fn known(value: Value) -> Shared {
        Rc::new(Self::Known(value))
    }

    /// A member of it.
    pub(super) fn member(&self, name: &str) -> Shared {
        match self {
            Self::At(place) => Rc::new(Self::At(place.then(Step::Name(name.to_owned())))),
            Self::Known(value) => value
                .get(name)
                .map_or_else(missing, |value| Self::known(value.clone())),
            Self::Object(members, rest) => match (members.get(name), rest) {
                (Some(member), _) => Rc::clone(member),
                (None, Some(rest)) => rest.member(name),
                (None, None) => missing(),
            },
            Self::Made(from) => Rc::new(Self::Made(from.clone())),
            Self::Missing | Self::List(_) | Self::Shift(..) => missing(),
        }
    }

    /// An item of it.
    pub(super) fn index(&self, index: usize) -> Shared {
        match self {
            Self::At(place) => Rc::new(Self::At(place.then(Step::Index(index)))),
            Self::Known(value) => value
                .get(index)
                .map_or_else(missing, |value| Self::known(value.clone())),
            Self::List(items) => items.get(index).map_or_else(missing, Rc::clone),
            Self::Made(from) => Rc::new(Self::Made(from.clone())),
            Self::Missing | Self::Object(..) | Self::Shift(..) => missing(),
        }
    }

    /// All places that it has to do with.
    pub(super) fn places(&self, into: &mut Vec<Place>) {
        const MOST: usize = 16;
        if into.len() >= MOST {
            return;
        }
        match self {
            Self::At(place) | Self::Shift(place, _) => into.push(place.clone()),
            Self::Made(from) => into.extend(from.iter().cloned()),
            Self::Object(members, rest) => {
                for member in members.values().chain(rest) {
                    member.places(into);
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.places(into)),
            Self::Known(_) | Self::Missing => {}
        }
    }

    /// With a value put into it.
    pub(super) fn put(base: &Shared, steps: &[Step], value: Shared) -> Shared {
        let Some((step, rest)) = steps.split_first() else {
            return value;
        };
        match step {
            Step::Name(name) => {
                let inner = Self::put(&base.member(name), rest, value);
                let (mut members, below) = match &**base {
                    Self::Object(members, below) => (members.clone(), below.clone()),
                    Self::Missing => (BTreeMap::new(), None),
                    _ => (BTreeMap::new(), Some(Rc::clone(base))),
                };
                members.insert(name.clone(), inner);
                Rc::new(Self::Object(members, below))
            }
            Step::Index(_) => made(base),
        }
    }
}

/// The steps of a path, as far as they are members and indexes; and whether that is all of it.
pub(super) fn steps(path: &Path<'_>) -> (Vec<Step>, bool) {
    let mut steps = Vec::new();
    for step in &path.steps {
        steps.push(match &step.kind {
            _ if step.descends => return (steps, false),
            StepKind::Member(name) => Step::Name(name.clone().into_owned()),
            StepKind::Index(index) => match usize::try_from(*index) {
                Ok(index) => Step::Index(index),
                Err(_) => return (steps, false),
            },
            _ => return (steps, false),
        });
    }
    (steps, true)
}

fn walk(from: &Shared, steps: &[Step]) -> Shared {
    steps
        .iter()
        .fold(Rc::clone(from), |value, step| match step {
            Step::Name(name) => value.member(name),
            Step::Index(index) => value.index(*index),
        })
}

impl Eyes<'_, '_, '_> {
    pub(super) fn note(&mut self, origin: &Shared, hint: Hint) {
        if let Origin::At(place) | Origin::Shift(place, _) = &**origin {
            self.reads.push((place.clone(), hint));
        }
    }

    /// The Context Object.
    pub(super) fn context(&self, steps: &[Step]) -> Shared {
        let names: Vec<&str> = steps
            .iter()
            .map(|step| match step {
                Step::Name(name) => name.as_str(),
                Step::Index(_) => "",
            })
            .collect();
        match (names.as_slice(), &self.item) {
            (["Execution", "Input", ..], _) => {
                let input = Rc::new(Origin::At(Place::of(Root::Input)));
                walk(&input, steps.get(2..).unwrap_or_default())
            }
            (["Map", "Item", "Value", ..], Some((item, _))) => {
                walk(item, steps.get(3..).unwrap_or_default())
            }
            (["Map", "Item", "Index"], Some((_, index))) => Origin::known((*index).into()),
            _ => Rc::new(Origin::Made(Vec::new())),
        }
    }

    /// The value of a path.
    pub(super) fn path(&mut self, path: &Path<'_>, hint: Hint) -> Shared {
        let (steps, is_all) = steps(path);
        let found = match path.root {
            PathRoot::Input => walk(&self.base, &steps),
            PathRoot::Context => self.context(&steps),
            PathRoot::Variable(name) => match self.variables.get(name) {
                Some(value) => walk(value, &steps),
                None => missing(),
            },
            PathRoot::Item | PathRoot::Placeholder => Rc::new(Origin::Made(Vec::new())),
        };
        let lists = !is_all && !path.is_definite();
        self.note(&found, if lists { Hint::List } else { hint });
        if is_all { found } else { made(&found) }
    }

    /// The value of a text that is a path or a call.
    pub(super) fn dynamic(&mut self, text: &str, hint: Hint) -> Shared {
        if intrinsic::is_call(text) {
            return match Call::parse(text) {
                Ok(call) => self.call(&call),
                Err(_) => missing(),
            };
        }
        match Path::parse(text) {
            Ok(path) => self.path(&path, hint),
            Err(_) => missing(),
        }
    }

    fn call(&mut self, call: &Call<'_>) -> Shared {
        let kinds = call.function().map_or(&[] as &[Kind], |it| it.kinds);
        let mut arguments = Vec::new();
        for (at, argument) in call.arguments.iter().enumerate() {
            let kind = kinds.get(at).or(kinds.last());
            let hint = match (call.name, kind) {
                ("StringToJson", _) => Hint::Json,
                (_, Some(Kind::Text)) => Hint::Text,
                (_, Some(Kind::Number)) => Hint::Number,
                (_, Some(Kind::Array)) => Hint::List,
                (_, Some(Kind::Object)) => Hint::Object,
                _ => Hint::Any,
            };
            arguments.push(match &argument.value {
                intrinsic::Value::Path(path) => self.path(path, hint),
                intrinsic::Value::Call(inner) => self.call(inner),
                intrinsic::Value::Number(text) => {
                    serde_json::from_str(text).map_or_else(|_| missing(), Origin::known)
                }
                intrinsic::Value::Text(text) => {
                    Origin::known(text.text.clone().into_owned().into())
                }
                _ => missing(),
            });
        }
        match (call.name, arguments.as_slice()) {
            ("MathAdd", [one, other]) => shift(one, other),
            ("Array", items) => Rc::new(Origin::List(items.to_vec())),
            (_, arguments) => made(&Rc::new(Origin::List(arguments.to_vec()))),
        }
    }

    /// The value of a payload template.
    pub(super) fn template(&mut self, node: &Node, jsonata: bool) -> Shared {
        match &node.value {
            Tree::Object(members) => {
                let members = members.iter().map(|member| {
                    match member.key.strip_suffix(".$").filter(|_| !jsonata) {
                        Some(name) => {
                            let text = member.node.as_str().unwrap_or_default();
                            (name.to_owned(), self.dynamic(text, Hint::Any))
                        }
                        None => (member.key.clone(), self.template(&member.node, jsonata)),
                    }
                });
                Rc::new(Origin::Object(members.collect(), None))
            }
            Tree::Array(items) => {
                let items = items.iter().map(|item| self.template(item, jsonata));
                Rc::new(Origin::List(items.collect()))
            }
            Tree::String(text) if jsonata => match crate::template::expression(text) {
                Some(text) => self.expression(text, Hint::Any),
                None => Origin::known(plain(node)),
            },
            _ => Origin::known(plain(node)),
        }
    }
}

/// A sum, where one side is written down.
pub(super) fn shift(one: &Shared, other: &Shared) -> Shared {
    let whole = |origin: &Shared| match &**origin {
        Origin::Known(value) => value.as_i64(),
        _ => None,
    };
    let moved = match (&**one, whole(other), &**other, whole(one)) {
        (Origin::At(place), Some(by), _, _) | (_, _, Origin::At(place), Some(by)) => {
            Some((place, Some(by)))
        }
        (Origin::Shift(place, before), Some(by), _, _)
        | (_, _, Origin::Shift(place, before), Some(by)) => Some((place, before.checked_add(by))),
        _ => None,
    };
    match moved {
        Some((place, Some(by))) => Rc::new(Origin::Shift(place.clone(), by)),
        _ => match (whole(one), whole(other)) {
            (Some(one), Some(other)) => match one.checked_add(other) {
                Some(sum) => Origin::known(sum.into()),
                None => missing(),
            },
            _ => made(&Rc::new(Origin::List(vec![
                Rc::clone(one),
                Rc::clone(other),
            ]))),
        },
    }
}
