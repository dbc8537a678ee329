//! What a filter is made of.

use std::borrow::Cow;

use super::Path;

/// A condition on the items of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter<'a> {
    /// `a || b`
    Any(Vec<Filter<'a>>),
    /// `a && b`
    All(Vec<Filter<'a>>),
    /// `!(a)`
    Not(Box<Filter<'a>>),
    /// `a == b`
    Compare(Operand<'a>, Operator, Operand<'a>),
    /// `@.name`: true where there is such a value.
    Exists(Operand<'a>),
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand<'a> {
    /// A path, of the item (`@`) or of the whole document (`$`).
    Path(Path<'a>),
    /// A text in quotes, without its escapes.
    Text(Cow<'a, str>),
    /// A text that begins with a letter and has no quotes, such as `es`, and `true`, `false` and `null`.
    Word(&'a str),
    /// A number as written.
    Number(&'a str),
    /// A regular expression with its slashes and flags.
    Regex(&'a str),
    /// A JSON array or object as written.
    Json(&'a str),
}

/// How two operands are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "their text says it")]
pub enum Operator {
    Equal,
    SameAs,
    NotEqual,
    NotSameAs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    Contains,
    All,
    Size,
    Empty,
    Type,
    MatchesPredicate,
    Exists,
}

/// Signs, the longer ones first.
pub(super) const SIGNS: &[(&str, Operator)] = &[
    ("===", Operator::SameAs),
    ("!==", Operator::NotSameAs),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=~", Operator::Matches),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Words; upper and lower case are the same.
pub(super) const WORDS: &[(&str, Operator)] = &[
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
    ("contains", Operator::Contains),
    ("all", Operator::All),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
    ("type", Operator::Type),
    ("matches", Operator::MatchesPredicate),
    ("exists", Operator::Exists),
];

impl Operator {
    /// As it is written.
    pub fn text(self) -> &'static str {
        let mut all = SIGNS.iter().chain(WORDS);
        all.find(|(_, operator)| *operator == self)
            .map_or("", |(text, _)| text)
    }
}

impl<'a> Operand<'a> {
    /// The path, for a path.
    pub fn as_path(&self) -> Option<&Path<'a>> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }
}

impl<'a> Filter<'a> {
    /// Appends the paths of the condition, without those inside of them.
    pub(super) fn paths<'f>(&'f self, found: &mut Vec<&'f Path<'a>>) {
        match self {
            Self::Any(parts) | Self::All(parts) => {
                for part in parts {
                    part.paths(found);
                }
            }
            Self::Not(part) => part.paths(found),
            Self::Compare(left, _, right) => {
                found.extend([left, right].into_iter().filter_map(Operand::as_path));
            }
            Self::Exists(operand) => found.extend(operand.as_path()),
        }
    }
}
