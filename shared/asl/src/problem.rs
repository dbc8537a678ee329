//! What is wrong with a definition.

use std::fmt::Write;

use crate::{Edit, Span};

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
    /// Changes of the text that do it, where there is one obvious way.
    pub edits: Vec<Edit>,
    /// True where there are such changes, but where the definition stands they cannot be written exactly.
    pub unwritten: bool,
}

impl Problem {
    /// Something that AWS refuses, or that cannot be read.
    pub fn error(id: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            id,
            aws_code: None,
            level: Level::Error,
            pointer: String::new(),
            span,
            message: message.into(),
            help: None,
            edits: Vec::new(),
            unwritten: false,
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

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// "did you mean …?", where there is such a name; it then takes the place of what the problem points at.
    pub(crate) fn did_you_mean(mut self, name: Option<&str>) -> Self {
        self.propose(name);
        self
    }

    /// The same, for a problem that was told already.
    pub(crate) fn propose(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.help = Some(format!("did you mean {}?", quoted(name)));
            self.edits = vec![Edit {
                span: self.span,
                text: json_string(name),
            }];
        }
    }
}

impl Problem {
    /// Writes its changes as the text around them is written; none where one of them cannot be.
    pub(crate) fn rewrite(&mut self, written: impl Fn(&Edit) -> Option<Edit>) {
        let edits = self.edits.iter().map(written).collect::<Option<Vec<_>>>();
        self.unwritten = edits.is_none();
        self.edits = edits.unwrap_or_default();
    }
}

/// A string as JSON writes it.
pub(crate) fn json_string(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                written.push('\\');
                written.push(character);
            }
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(written, "\\u{:04x}", u32::from(control));
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
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
    (
        "choice-operand-wrong-type",
        "a comparison of a Choice compares with a value of another type",
    ),
    (
        "choice-operator-missing",
        "a rule of a Choice compares nothing",
    ),
    (
        "choice-operator-unknown",
        "a rule of a Choice has an operator that the language does not know",
    ),
    (
        "choice-operators-several",
        "a rule of a Choice has more than one operator",
    ),
    (
        "choice-without-default",
        "a Choice has no `Default` and its rules may all fail to match",
    ),
    (
        "context-field-not-here",
        "a field of the Context Object is read where it does not exist",
    ),
    (
        "context-field-unknown",
        "a field is read that the Context Object does not have",
    ),
    ("definition-empty", "there is no definition in the text"),
    ("definition-too-large", "AWS takes definitions up to 1 MiB"),
    (
        "distributed-map-field-inline",
        "an inline Map has a field that only a Distributed Map has",
    ),
    (
        "duplicate-key",
        "an object has two members of one name; AWS refuses it, other readers take the last",
    ),
    (
        "duplicate-state-name",
        "two states have one name; names are unique over all branches and Maps of a definition",
    ),
    (
        "error-handler-never-matches",
        "earlier retriers or catchers take all errors of a later one",
    ),
    (
        "error-name-unknown",
        "an error name begins with `States.` and is none that Step Functions raises",
    ),
    ("field-empty", "a list that needs an item has none"),
    (
        "field-missing",
        "a field that the language demands is missing",
    ),
    (
        "field-name-twice",
        "a payload template has a field with and without `.$`",
    ),
    (
        "field-out-of-range",
        "the value of a field is beyond what the language allows",
    ),
    (
        "field-word-unknown",
        "the value of a field is none of the words that the language knows there",
    ),
    (
        "field-wrong-type",
        "the value of a field is not of the type that the language demands",
    ),
    ("fields-exclusive", "two fields are set of which one counts"),
    (
        "intrinsic-argument-count",
        "an intrinsic function is given too few or too many arguments",
    ),
    (
        "intrinsic-argument-kind",
        "an intrinsic function is given a literal of another kind than it takes",
    ),
    (
        "intrinsic-format-slots",
        "`States.Format` has more or fewer `{}` than values",
    ),
    (
        "intrinsic-malformed",
        "a call of an intrinsic function cannot be read",
    ),
    (
        "intrinsic-too-deep",
        "calls of intrinsic functions are nested deeper than AWS takes",
    ),
    (
        "intrinsic-unknown",
        "there is no intrinsic function of that name",
    ),
    ("invalid-hcl", "the text is not HCL"),
    ("invalid-json", "the text is not JSON"),
    ("invalid-yaml", "the text is not YAML"),
    (
        "jsonata-argument-count",
        "a function of JSONata is given too few or too many arguments",
    ),
    (
        "jsonata-function-unknown",
        "a function is called that JSONata in Step Functions does not have",
    ),
    (
        "jsonata-malformed",
        "an expression is no JSONata, or its delimiters do not fit",
    ),
    (
        "jsonata-states-field",
        "a field of `$states` is read that does not exist there",
    ),
    (
        "jsonata-without-context",
        "an expression reads a field, `$` or `$$` where there is nothing to read it from",
    ),
    ("key-not-a-string", "a key of a YAML mapping is not text"),
    ("label-duplicate", "two Maps have one label"),
    (
        "label-invalid",
        "a label is too long or has characters that AWS refuses",
    ),
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
        "pass-result-static",
        "the `Result` of a Pass holds a path, which is not evaluated",
    ),
    ("path-malformed", "a path cannot be read"),
    (
        "path-not-evaluated",
        "a payload template holds a path under a name without `.$`, which is not evaluated",
    ),
    (
        "path-not-reference",
        "a path that is written to may name several places",
    ),
    (
        "placeholder-not-filled",
        "a `${...}` that nothing is filled in for: CloudFormation leaves it as it is, Terraform refuses it",
    ),
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
    (
        "state-name-too-long",
        "the name of a state is longer than 80 characters",
    ),
    ("state-type-missing", "a state has no `Type`"),
    (
        "state-type-unknown",
        "a state has a `Type` that the language does not know",
    ),
    ("state-unreachable", "no way leads to a state"),
    (
        "states-all-misplaced",
        "`States.ALL` is not alone, or not last",
    ),
    ("states-missing", "a scope has no states"),
    (
        "structure-placeholder",
        "a `${...}` stands for a part of the structure, which cannot be judged before it is filled in",
    ),
    (
        "template-not-dynamic",
        "a name that ends with `.$` holds neither a path nor an intrinsic call",
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
        "a field is not known on this type of state",
    ),
    (
        "variable-maybe-undefined",
        "a variable is read that is not assigned on every way",
    ),
    (
        "variable-name-invalid",
        "a variable has a name that AWS refuses",
    ),
    (
        "variable-out-of-scope",
        "a variable of another scope is read",
    ),
    (
        "variable-shadows",
        "a variable of an outer scope is assigned in an inner one",
    ),
    (
        "variable-undefined",
        "a variable is read that is not assigned before",
    ),
    ("version-unknown", "`Version` is not `1.0`"),
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

/// True where a name is surely meant by `wanted`: other capitals, few slips for its length, or a beginning or end of it. What is
/// [`nearest`] is good enough to be asked for, and not always to be written.
pub(crate) fn is_slip_of(wanted: &str, name: &str) -> bool {
    // Shorter names have many neighbours.
    const SHORT: usize = 5;
    let (wanted, name) = (wanted.to_lowercase(), name.to_lowercase());
    let length = wanted.chars().count().min(name.chars().count());
    if wanted == name {
        return true;
    }
    let part = |long: &str, short: &str| long.starts_with(short) || long.ends_with(short);
    length >= SHORT && (part(&name, &wanted) || part(&wanted, &name))
        || is_few_slips_of(&wanted, &name)
}

/// The same, for names of which one may be a part of another.
pub(crate) fn is_few_slips_of(wanted: &str, name: &str) -> bool {
    const LONGEST: usize = 128;
    let length = wanted.chars().count().min(name.chars().count());
    wanted.chars().count() <= LONGEST
        && name.chars().count() <= LONGEST
        && (distance(wanted, name) <= (length / 4).min(3) || is_swapped(wanted, name))
}

/// True where two neighbours changed places.
fn is_swapped(left: &str, right: &str) -> bool {
    let pairs = left.chars().zip(right.chars());
    let mut other = pairs.enumerate().filter(|(_, (a, b))| a != b);
    match (other.next(), other.next(), other.next()) {
        (Some((at, (a, b))), Some((next, (c, d))), None) => {
            next == at + 1 && a == d && b == c && left.chars().count() == right.chars().count()
        }
        _ => false,
    }
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
