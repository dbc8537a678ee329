//! Intrinsic functions: `States.Format('{}-{}', $.a, $.b)`.
//!
//! Sources: Amazon States Language specification (states-language.net/spec.html, appendix B), the Developer Guide on intrinsic
//! functions, and calls that the service has accepted and refused in public recordings, 2026-11-22.

mod read;

use std::borrow::Cow;

use super::{Error, MOST_ISSUES, path::Path};
use crate::{Span, nearest};

/// How deep calls may be nested.
pub const DEEPEST: usize = 10;

/// What a function takes and what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name behind `States.`.
    pub name: &'static str,
    /// The fewest arguments.
    pub least: usize,
    /// The most arguments; `None` where there is no limit.
    pub most: Option<usize>,
    /// What the arguments have to be, in order; the last kind holds for all that follow.
    pub kinds: &'static [Kind],
}

/// What an argument has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// One of the algorithms of `States.Hash`.
    Algorithm,
    /// A number.
    Number,
    /// An array.
    Array,
    /// An object.
    Object,
    /// `false`: the only value that is supported so far.
    False,
}

/// The algorithms of `States.Hash`.
pub const ALGORITHMS: &[&str] = &["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/// All functions, by name.
pub const FUNCTIONS: &[Function] = &[
    function("Array", 0, None, &[Kind::Any]),
    function("ArrayContains", 2, Some(2), &[Kind::Array, Kind::Any]),
    function("ArrayGetItem", 2, Some(2), &[Kind::Array, Kind::Number]),
    function("ArrayLength", 1, Some(1), &[Kind::Array]),
    function("ArrayPartition", 2, Some(2), &[Kind::Array, Kind::Number]),
    function("ArrayRange", 3, Some(3), &[Kind::Number]),
    function("ArrayUnique", 1, Some(1), &[Kind::Array]),
    function("Base64Decode", 1, Some(1), &[Kind::Text]),
    function("Base64Encode", 1, Some(1), &[Kind::Text]),
    function("Format", 1, None, &[Kind::Text, Kind::Any]),
    function("Hash", 2, Some(2), &[Kind::Any, Kind::Algorithm]),
    function(
        "JsonMerge",
        3,
        Some(3),
        &[Kind::Object, Kind::Object, Kind::False],
    ),
    function("JsonToString", 1, Some(1), &[Kind::Any]),
    function("MathAdd", 2, Some(2), &[Kind::Number]),
    function("MathRandom", 2, Some(3), &[Kind::Number]),
    function("StringSplit", 2, Some(2), &[Kind::Text]),
    function("StringToJson", 1, Some(1), &[Kind::Text]),
    function("UUID", 0, Some(0), &[]),
];

const fn function(
    name: &'static str,
    least: usize,
    most: Option<usize>,
    kinds: &'static [Kind],
) -> Function {
    Function {
        name,
        least,
        most,
        kinds,
    }
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'a> {
    /// From `States` to the closing parenthesis.
    pub span: Span,
    /// The name behind `States.`.
    pub name: &'a str,
    /// Where the name stands, `States.` included.
    pub name_span: Span,
    /// The arguments.
    pub arguments: Vec<Argument<'a>>,
}

/// An argument with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'a> {
    /// Where it stands, quotes included.
    pub span: Span,
    /// What it is.
    pub value: Value<'a>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `$.a`, `$$.a`, `$a`, and a `${…}` that stands for a whole argument.
    Path(Path<'a>),
    /// `'…'`
    Text(Text<'a>),
    /// A number as written.
    Number(&'a str),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// Another call.
    Call(Call<'a>),
}

/// A text in quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'a> {
    /// The text without its escapes.
    pub text: Cow<'a, str>,
    /// How many `{}` are in it: those that are not escaped.
    pub slots: usize,
}

/// What is wrong with a call that can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Of which kind.
    pub kind: IssueKind,
    /// Where, why and what to do.
    pub error: Error,
}

/// The kinds of what can be wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// There is no function of that name. The service refuses the definition.
    UnknownFunction,
    /// Too few or too many arguments. The service refuses the definition.
    ArgumentCount,
    /// Calls inside of each other, deeper than the service takes.
    TooDeep,
    /// A literal is not what the function takes: the call fails when it is made.
    ArgumentKind,
    /// `States.Format` has more or fewer `{}` than values: the call fails when it is made.
    FormatSlots,
}

/// Does the text begin as a call does, so that it is meant to be one?
pub fn is_call(text: &str) -> bool {
    text.trim_start().starts_with("States.")
}

impl<'a> Call<'a> {
    /// Reads a whole text as a call.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        read::whole(text)
    }

    /// The function that is called, where there is one of that name.
    pub fn function(&self) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|known| known.name == self.name)
    }

    /// This call and the calls in its arguments at any depth, in the order of the text.
    pub fn calls(&self) -> Vec<&Call<'a>> {
        self.leveled().into_iter().map(|(call, _)| call).collect()
    }

    /// All paths in its arguments, at any depth, in the order of the text.
    pub fn paths(&self) -> Vec<&Path<'a>> {
        let mut paths = Vec::new();
        // Arguments that are still to be looked at, the next one last.
        let mut arguments: Vec<&Argument<'a>> = self.arguments.iter().rev().collect();
        while let Some(argument) = arguments.pop() {
            match &argument.value {
                Value::Path(path) => paths.push(path),
                Value::Call(call) => arguments.extend(call.arguments.iter().rev()),
                _ => {}
            }
        }
        paths
    }

    /// What is wrong with it; what is wrong with a call comes before what is wrong in its arguments.
    pub fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (call, level) in self.leveled() {
            if issues.len() >= MOST_ISSUES {
                break;
            }
            if level == DEEPEST {
                let why = format!("calls are nested more than {DEEPEST} deep");
                let help =
                    "compute a part of it in a Pass state before, and assign it to a variable";
                issues.push(Issue {
                    kind: IssueKind::TooDeep,
                    error: Error::new(call.span, why).help(help),
                });
            }
            call.own_issues(&mut issues);
        }
        issues
    }

    /// The calls with the number of calls around each.
    fn leveled(&self) -> Vec<(&Call<'a>, usize)> {
        let mut calls = Vec::new();
        let mut waiting = vec![(self, 0)];
        while let Some((call, level)) = waiting.pop() {
            calls.push((call, level));
            let inner = call.arguments.iter().rev();
            waiting.extend(inner.filter_map(|argument| match &argument.value {
                Value::Call(inner) => Some((inner, level + 1)),
                _ => None,
            }));
        }
        calls
    }

    fn own_issues(&self, issues: &mut Vec<Issue>) {
        let Some(function) = self.function() else {
            issues.extend(self.unknown_function());
            return;
        };
        // A `${…}` between commas may hold any number of arguments.
        let known = !self.arguments.iter().any(Argument::is_placeholder);
        let count = self.arguments.len();
        let most = function.most.unwrap_or(usize::MAX);
        if known && (count < function.least || count > most) {
            issues.push(self.argument_count(function));
            return;
        }
        for (index, argument) in self.arguments.iter().enumerate() {
            let kind = function.kinds.get(index).or(function.kinds.last());
            if let Some(error) = kind.and_then(|kind| argument.misfit(*kind, self.name)) {
                issues.push(Issue {
                    kind: IssueKind::ArgumentKind,
                    error,
                });
            }
        }
        if known && self.name == "Format" {
            issues.extend(self.format_slots());
        }
    }

    fn unknown_function(&self) -> Option<Issue> {
        if self.name.contains("${") {
            return None;
        }
        let names = FUNCTIONS.iter().map(|function| function.name);
        let why = format!("there is no intrinsic function `States.{}`", self.name);
        let error = Error::new(self.name_span, why);
        Some(Issue {
            kind: IssueKind::UnknownFunction,
            error: match nearest(self.name, names) {
                Some(name) => error.help(format!("did you mean `States.{name}`?")),
                None => error.help("use one of the 18 that there are, or a JSONata state"),
            },
        })
    }

    fn argument_count(&self, function: &Function) -> Issue {
        let takes = match (function.least, function.most) {
            (0, Some(0)) => "no arguments".to_owned(),
            (least, None) => format!("at least {}", arguments(least)),
            (least, Some(most)) if least == most => arguments(most),
            (least, Some(most)) => format!("{least} to {}", arguments(most)),
        };
        let why = format!(
            "`States.{}` takes {takes} and is given {}",
            self.name,
            self.arguments.len()
        );
        Issue {
            kind: IssueKind::ArgumentCount,
            error: Error::new(self.span, why),
        }
    }

    fn format_slots(&self) -> Option<Issue> {
        let (template, values) = self.arguments.split_first()?;
        let Value::Text(text) = &template.value else {
            return None;
        };
        if text.slots == values.len() || text.text.contains("${") {
            return None;
        }
        let why = format!(
            "the text has {} and is given {}",
            counted(text.slots, "`{}`", "`{}`"),
            counted(values.len(), "value", "values")
        );
        let help = "write one `{}` for each value, and `\\{` and `\\}` for braces that are text";
        Some(Issue {
            kind: IssueKind::FormatSlots,
            error: Error::new(template.span, why).help(help),
        })
    }
}

impl Argument<'_> {
    /// A `${…}` that stands for the whole argument, or for several.
    fn is_placeholder(&self) -> bool {
        matches!(&self.value, Value::Path(path) if path.has_placeholder && path.steps.is_empty())
    }

    /// Why a literal is not of the kind. What is only known when it is computed always fits.
    fn misfit(&self, kind: Kind, function: &str) -> Option<Error> {
        let wants = match (kind, &self.value) {
            (_, Value::Path(_) | Value::Call(_))
            | (Kind::Any, _)
            | (Kind::Text, Value::Text(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::False, Value::Bool(false)) => return None,
            (Kind::Algorithm, Value::Text(text)) => {
                if ALGORITHMS.contains(&text.text.as_ref()) || text.text.contains("${") {
                    return None;
                }
                "one of MD5, SHA-1, SHA-256, SHA-384 and SHA-512"
            }
            (Kind::Algorithm, _) => "one of MD5, SHA-1, SHA-256, SHA-384 and SHA-512",
            (Kind::Text, _) => "a text",
            (Kind::Number, _) => "a number",
            (Kind::Array, _) => "an array",
            (Kind::Object, _) => "an object",
            (Kind::False, _) => "`false`, for it merges the first level only",
        };
        let why = format!("`States.{function}` wants {wants} here");
        Some(Error::new(self.span, why))
    }
}

fn arguments(count: usize) -> String {
    counted(count, "argument", "arguments")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
