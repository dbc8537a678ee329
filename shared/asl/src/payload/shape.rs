//! What is known of a value before it is there.

use std::borrow::Cow;
use std::rc::Rc;

use crate::Node;
use crate::expr::path::{Path, Step, StepKind};

/// Members of an object, and items of a list, that are told apart. What is larger is not looked into.
const MOST: usize = 64;
/// Levels that are told apart.
const DEEPEST: usize = 12;
/// Values in a value that are told apart.
const LARGEST: usize = 500;

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub enum Shape<'a> {
    /// It may be anything.
    #[default]
    Unknown,
    /// A text, a number, `true`, `false` or `null`: nothing has a name in it.
    Scalar,
    /// An array.
    List(Rc<List<'a>>),
    /// An object.
    Object(Rc<Object<'a>>),
}

/// What is known of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct List<'a> {
    /// Its items.
    pub items: Items<'a>,
    weight: Weight,
}

/// What is known of the items of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Items<'a> {
    /// Any number of values of one shape.
    Each(Shape<'a>),
    /// So many, in this order.
    These(Vec<Shape<'a>>),
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    /// The members that are known, in no certain order.
    pub members: Vec<Named<'a>>,
    /// Which others there may be.
    pub rest: Rest,
    weight: Weight,
}

/// How much is in a value. A value that is put into itself again and again is not followed further and further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    levels: usize,
    values: usize,
}

impl Weight {
    fn around<'s, 'a: 's>(inner: impl Iterator<Item = &'s Shape<'a>>) -> Self {
        let start = Self {
            levels: 1,
            values: 1,
        };
        inner.map(Shape::weight).fold(start, |all, own| Self {
            levels: all.levels.max(own.levels + 1),
            values: all.values + own.values,
        })
    }

    fn is_too_much(self) -> bool {
        self.levels > DEEPEST || self.values > LARGEST
    }
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its value.
    pub shape: Shape<'a>,
    /// It is there on every way, and not on some only.
    pub sure: bool,
}

/// Which members an object may have beside those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// None.
    Nothing,
    /// Those whose names begin with a capital letter. All members of what AWS services answer do, at the first level.
    Capitalized,
    /// Any.
    Anything,
}

impl PartialEq for Shape<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, Self::Unknown) | (Self::Scalar, Self::Scalar) => true,
            (Self::List(left), Self::List(right)) => Rc::ptr_eq(left, right) || left == right,
            (Self::Object(left), Self::Object(right)) => Rc::ptr_eq(left, right) || left == right,
            _ => false,
        }
    }
}

impl Rest {
    /// May there be a member of that name, though it is not known?
    pub fn allows(self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            // Only letters that have two cases tell anything.
            Self::Capitalized => !name.starts_with(|first: char| first.is_ascii_lowercase()),
            Self::Anything => true,
        }
    }
}

impl<'a> Object<'a> {
    /// The member of that name, where it is known.
    pub fn get(&self, name: &str) -> Option<&Named<'a>> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl<'a> Shape<'a> {
    fn weight(&self) -> Weight {
        match self {
            Self::Unknown | Self::Scalar => Weight {
                levels: 0,
                values: 1,
            },
            Self::List(list) => list.weight,
            Self::Object(object) => object.weight,
        }
    }

    /// An object. Where too much is in it, only the names of its members are kept.
    fn of_members(mut members: Vec<Named<'a>>, rest: Rest) -> Self {
        if members.len() > MOST {
            return Self::Unknown;
        }
        let mut weight = Weight::around(members.iter().map(|member| &member.shape));
        if weight.is_too_much() {
            for member in &mut members {
                member.shape = Self::Unknown;
            }
            weight = Weight::around(members.iter().map(|member| &member.shape));
        }
        Self::Object(Rc::new(Object {
            members,
            rest,
            weight,
        }))
    }

    /// An object with these members, all of them sure.
    pub(super) fn object(members: Vec<(Cow<'a, str>, Shape<'a>)>, rest: Rest) -> Self {
        let named = |(name, shape)| Named {
            name,
            shape,
            sure: true,
        };
        Self::of_members(members.into_iter().map(named).collect(), rest)
    }

    /// An object that may have these members, of which nothing is known.
    pub(super) fn perhaps(names: &[&'static str], rest: Rest) -> Self {
        let member = |name: &&'static str| Named {
            name: Cow::Borrowed(*name),
            shape: Self::Unknown,
            sure: false,
        };
        Self::of_members(names.iter().map(member).collect(), rest)
    }

    /// An object without members.
    pub(super) fn empty() -> Self {
        Self::object(Vec::new(), Rest::Nothing)
    }

    pub(super) fn list_of(each: Self) -> Self {
        let weight = Weight::around(std::iter::once(&each));
        if weight.is_too_much() {
            return Self::list_of(Self::Unknown);
        }
        let items = Items::Each(each);
        Self::List(Rc::new(List { items, weight }))
    }

    /// A list of so many values.
    pub(super) fn list(items: Vec<Self>) -> Self {
        let weight = Weight::around(items.iter());
        if items.len() > MOST || weight.is_too_much() {
            return Self::list_of(Self::Unknown);
        }
        let items = Items::These(items);
        Self::List(Rc::new(List { items, weight }))
    }

    /// The members, for an object.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What any item of it is, for a list.
    pub(super) fn item(&self) -> Self {
        match self {
            Self::List(list) => match &list.items {
                Items::Each(each) => each.clone(),
                Items::These(items) => {
                    let shapes = items.iter().cloned();
                    shapes
                        .reduce(|all, item| all.join(&item))
                        .unwrap_or_default()
                }
            },
            _ => Self::Unknown,
        }
    }

    /// Is it certain that there is nothing at that path? Only for paths that give one value; the others give an empty list
    /// then. For a path with a `${…}` never.
    pub fn lacks(&self, path: &Path<'_>) -> bool {
        let has_function = |step: &Step<'_>| matches!(step.kind, StepKind::Function { .. });
        path.is_definite()
            && !path.has_placeholder
            && !path.steps.iter().any(has_function)
            && self.walk(path).is_err()
    }

    /// What is at a path, as far as it is known.
    #[must_use]
    pub fn get(&self, path: &Path<'_>) -> Self {
        if path.has_placeholder || !path.is_definite() {
            return Self::Unknown;
        }
        self.walk(path).unwrap_or_default()
    }

    /// What is at the end of a path; an error where there can be nothing.
    fn walk(&self, path: &Path<'_>) -> Result<Self, ()> {
        let mut at = self.clone();
        for step in &path.steps {
            if step.descends {
                return Ok(Self::Unknown);
            }
            at = match &step.kind {
                StepKind::Member(name) => at.member(name)?,
                StepKind::Index(index) => at.index(*index)?,
                _ => return Ok(Self::Unknown),
            };
        }
        Ok(at)
    }

    /// The member of that name; an error where there is none.
    fn member(&self, name: &str) -> Result<Self, ()> {
        match self {
            Self::Unknown => Ok(Self::Unknown),
            Self::Scalar | Self::List(_) => Err(()),
            Self::Object(object) => match object.get(name) {
                Some(member) => Ok(member.shape.clone()),
                None if object.rest.allows(name) => Ok(Self::Unknown),
                None => Err(()),
            },
        }
    }

    fn index(&self, index: i64) -> Result<Self, ()> {
        match self {
            Self::Unknown => Ok(Self::Unknown),
            Self::Scalar | Self::Object(_) => Err(()),
            Self::List(list) => match &list.items {
                Items::Each(each) => Ok(each.clone()),
                Items::These(items) => {
                    // Negative ones count from the end, and are taken to be there.
                    let Ok(index) = usize::try_from(index) else {
                        return Ok(Self::Unknown);
                    };
                    items.get(index).cloned().ok_or(())
                }
            },
        }
    }

    /// The value with another put in at a path, as `ResultPath` does it.
    pub(super) fn with(&self, path: &Path<'a>, value: Self) -> Self {
        if path.has_placeholder || path.steps.len() > DEEPEST {
            return Self::Unknown;
        }
        let mut names = Vec::new();
        for step in &path.steps {
            match &step.kind {
                StepKind::Member(name) if !step.descends => names.push(name),
                _ => break,
            }
        }
        // Below an index, all that is known is that there is something.
        let value = if names.len() == path.steps.len() {
            value
        } else {
            Self::Unknown
        };
        // From the innermost object out.
        let mut within = vec![self.clone()];
        for name in names.iter().take(names.len().saturating_sub(1)) {
            let inner = within.last().map(|at| at.member_to_write(name));
            within.push(inner.unwrap_or_default());
        }
        let pairs = names.into_iter().zip(within).rev();
        pairs.fold(value, |value, (name, object)| object.set(name, value))
    }

    /// The object in which something is put, which is made where it is not there.
    fn member_to_write(&self, name: &str) -> Self {
        match self {
            Self::Object(object) => match object.get(name) {
                Some(member) if member.sure => member.shape.clone(),
                Some(_) => Self::Unknown,
                None if object.rest.allows(name) => Self::Unknown,
                None => Self::empty(),
            },
            _ => Self::Unknown,
        }
    }

    fn set(&self, name: &Cow<'a, str>, shape: Self) -> Self {
        let (mut members, rest) = match self {
            Self::Object(object) => (object.members.clone(), object.rest),
            // Nothing can be put into what is no object: whoever comes here has one.
            _ => (Vec::new(), Rest::Anything),
        };
        match members.iter_mut().find(|it| it.name == *name) {
            Some(member) => (member.shape, member.sure) = (shape, true),
            None => members.push(Named {
                name: name.clone(),
                shape,
                sure: true,
            }),
        }
        Self::of_members(members, rest)
    }

    /// What is known of a value that is one of two.
    pub(super) fn join(&self, other: &Self) -> Self {
        self.join_at(other, 0)
    }

    fn join_at(&self, other: &Self, depth: usize) -> Self {
        if self == other {
            return self.clone();
        }
        match (self, other) {
            _ if depth > DEEPEST => Self::Unknown,
            (Self::List(left), Self::List(right)) => match (&left.items, &right.items) {
                (Items::These(left), Items::These(right)) if left.len() == right.len() => {
                    let pairs = left.iter().zip(right);
                    Self::list(
                        pairs
                            .map(|(left, right)| left.join_at(right, depth + 1))
                            .collect(),
                    )
                }
                _ => Self::list_of(self.item().join_at(&other.item(), depth + 1)),
            },
            (Self::Object(left), Self::Object(right)) => left.join(right, depth),
            _ => Self::Unknown,
        }
    }
}

impl<'a> Object<'a> {
    fn join(&self, other: &Self, depth: usize) -> Shape<'a> {
        let mut members = Vec::with_capacity(self.members.len());
        for member in &self.members {
            members.push(match other.get(&member.name) {
                Some(same) => Named {
                    name: member.name.clone(),
                    shape: member.shape.join_at(&same.shape, depth + 1),
                    sure: member.sure && same.sure,
                },
                None => member.perhaps(other.rest),
            });
        }
        let only_there = other.members.iter();
        let only_there = only_there.filter(|member| self.get(&member.name).is_none());
        members.extend(only_there.map(|member| member.perhaps(self.rest)));
        Shape::of_members(members, self.rest.max(other.rest))
    }
}

impl Named<'_> {
    /// The member of a value that may also be an object that is not known to have it.
    fn perhaps(&self, rest: Rest) -> Self {
        let open = rest.allows(&self.name);
        Self {
            name: self.name.clone(),
            shape: if open {
                Shape::Unknown
            } else {
                self.shape.clone()
            },
            sure: false,
        }
    }
}

/// A value that is written down.
pub(super) fn literal(node: &Node) -> Shape<'_> {
    built(node, |name| name, &mut |_, node| scalar(node), 0)
}

/// A text that may be filled in with something that is no text when the definition is deployed.
pub(super) fn scalar<'a>(node: &Node) -> Shape<'a> {
    match node.as_str() {
        Some(text) if text.contains("${") => Shape::Unknown,
        _ => Shape::Scalar,
    }
}

/// The shape of a value whose leaves mean something: `leaf` is given the name under which each stands, and the leaf. The
/// value has the names that `named` makes of those that are written.
pub(super) fn built<'a>(
    node: &'a Node,
    named: fn(&'a str) -> &'a str,
    leaf: &mut dyn FnMut(&'a str, &'a Node) -> Shape<'a>,
    depth: usize,
) -> Shape<'a> {
    if depth > DEEPEST {
        return Shape::Unknown;
    }
    if let Some(members) = node.members() {
        if members.len() > MOST {
            return Shape::Unknown;
        }
        let mut found: Vec<(Cow<'a, str>, Shape<'a>)> = Vec::with_capacity(members.len());
        for member in members {
            let key = member.key.as_str();
            // A name that is filled in later, or a function that gives the whole.
            if key.contains("${") || key == "Ref" || key.starts_with("Fn::") {
                return Shape::Unknown;
            }
            let shape = if member.node.members().is_some() || member.node.items().is_some() {
                built(&member.node, named, leaf, depth + 1)
            } else {
                leaf(key, &member.node)
            };
            found.push((Cow::Borrowed(named(key)), shape));
        }
        return Shape::object(found, Rest::Nothing);
    }
    match node.items() {
        Some(items) if items.len() > MOST => Shape::list_of(Shape::Unknown),
        Some(items) => Shape::list(
            items
                .iter()
                .map(|item| built(item, named, leaf, depth + 1))
                .collect(),
        ),
        None => leaf("", node),
    }
}
