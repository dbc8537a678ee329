//! What is wrong with a definition.

use crate::Span;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// AWS accepts it; it does not do what it seems to.
    Warning,
    /// AWS refuses it, or it cannot be read.
    Error,
}

/// Something wrong with the text of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Stable id, kebab-case, naming the bad pattern: `transition-target-missing`.
    pub id: &'static str,
    /// AWS's own code for it, where it has one: `MISSING_TRANSITION_TARGET`.
    pub aws_code: Option<&'static str>,
    /// How bad it is.
    pub level: Level,
    /// JSON pointer of the value that is wrong; empty for the whole text.
    pub pointer: String,
    /// Where it stands.
    pub span: Span,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// Something that AWS refuses, or that cannot be read.
    pub(crate) fn error(id: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            id,
            aws_code: None,
            level: Level::Error,
            pointer: String::new(),
            span,
            message: message.into(),
            help: None,
        }
    }

    /// Something that does not stop a deployment.
    pub(crate) fn warning(id: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(id, span, message)
        }
    }

    pub(crate) fn aws(mut self, code: &'static str) -> Self {
        self.aws_code = Some(code);
        self
    }

    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// "did you mean …?", where there is such a name.
    pub(crate) fn did_you_mean(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => self.help(format!("did you mean {}?", quoted(name))),
            None => self,
        }
    }
}

/// A text of the author in backticks, short enough for a sentence.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// Every id of a problem, sorted, with what it stands for.
pub const PROBLEMS: &[(&str, &str)] = &[
    (
        "byte-order-mark",
        "the text starts with a byte order mark, which AWS does not expect",
    ),
    ("definition-empty", "there is no definition in the text"),
    ("definition-too-large", "AWS takes definitions up to 1 MiB"),
    (
        "duplicate-key",
        "an object has two members of one name; AWS refuses it, other readers take the last",
    ),
    (
        "duplicate-state-name",
        "two states have one name; names are unique over all branches and Maps of a definition",
    ),
    (
        "field-wrong-type",
        "the value of a field is not of the type that the language demands",
    ),
    ("invalid-json", "the text is not JSON"),
    ("invalid-yaml", "the text is not YAML"),
    ("key-not-a-string", "a key of a YAML mapping is not text"),
    (
        "lone-surrogate",
        "a string has half of a surrogate pair, which is no character",
    ),
    ("more-problems", "there are more problems than are listed"),
    (
        "next-and-end",
        "a state has `Next` and `End`; one of them decides what follows",
    ),
    (
        "no-terminal-state",
        "no state of a scope ends it: an execution could never end",
    ),
    (
        "not-a-state-machine",
        "the text has neither `StartAt` nor `States`",
    ),
    ("not-utf-8", "the text is not UTF-8"),
    (
        "placeholder-unquoted",
        "a `${...}` stands where JSON needs a value in quotes; it is filled in before AWS reads it",
    ),
    (
        "query-language-downgrade",
        "a state of a JSONata machine cannot go back to JSONPath",
    ),
    (
        "query-language-unknown",
        "`QueryLanguage` is neither `JSONPath` nor `JSONata`",
    ),
    (
        "several-documents",
        "a YAML text has more than one document; a definition is one",
    ),
    ("start-at-missing", "a scope has no `StartAt`"),
    (
        "start-at-target-missing",
        "`StartAt` names a state that does not exist in its scope",
    ),
    ("state-type-missing", "a state has no `Type`"),
    (
        "state-type-unknown",
        "a state has a `Type` that the language does not know",
    ),
    ("state-unreachable", "no way leads to a state"),
    ("states-missing", "a scope has no states"),
    (
        "structure-placeholder",
        "a `${...}` stands for a part of the structure, which cannot be judged before it is filled in",
    ),
    (
        "too-deeply-nested",
        "the text is nested deeper than any definition needs, and is not read further",
    ),
    (
        "too-many-aliases",
        "a YAML text grows beyond measure through its aliases",
    ),
    (
        "transition-missing",
        "a state, rule or catcher has no `Next`, and nothing else ends it",
    ),
    (
        "transition-target-missing",
        "a transition names a state that does not exist in its scope",
    ),
    (
        "unknown-field",
        "a field is not known on this type of state; AWS refuses some of them and ignores others",
    ),
];

/// The name among `names` that a reader most likely meant by `wanted`, if one is near enough: a slip of the keyboard, or
/// a part of the name.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer texts are no names, and comparing them costs the product of their lengths.
    const LONGEST: usize = 128;
    let length = wanted.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = length / 3 + 1;
    let wanted = wanted.to_lowercase();
    names
        .into_iter()
        .filter_map(|name| Some((cost(&wanted, length, limit, name)?, name)))
        .min()
        .map(|(_, name)| name)
}

/// How far a name is from `wanted` (lower case); `None` where it is too far to be meant.
fn cost(wanted: &str, length: usize, limit: usize, name: &str) -> Option<usize> {
    // Parts shorter than this are in many names.
    const PART: usize = 4;
    let other = name.chars().count();
    if other > length * 3 + 16 {
        return None;
    }
    let lower = name.to_lowercase();
    let part = length.min(other) >= PART && (lower.contains(wanted) || wanted.contains(&lower));
    let near = (length.abs_diff(other) <= limit)
        .then(|| distance(wanted, &lower))
        .filter(|distance| *distance <= limit);
    near.or(part.then_some(limit + length.abs_diff(other)))
}

/// Levenshtein distance.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut previous = index + 1;
        let mut next = vec![previous];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let cost = diagonal + usize::from(a != b);
            previous = cost.min(previous + 1).min(above + 1);
            diagonal = *above;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
