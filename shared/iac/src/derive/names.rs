//! Parameters of a stack, and the placeholders of a definition that they stand for.

use std::collections::{BTreeMap, BTreeSet};

use crate::stack::{Parameter, ParameterKind, Value};
use crate::text::{camel_words, first_chars};

/// Names that Terraform keeps for itself.
const RESERVED: [&str; 8] = [
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "lifecycle",
    "depends_on",
    "locals",
];
const LONGEST: usize = 60;

/// What whoever deploys has to say, by what it stands for.
#[derive(Default)]
pub(super) struct Names {
    pub(super) parameters: Vec<Parameter>,
    /// Placeholders as written, and what stands for each.
    pub(super) placeholders: BTreeMap<String, Value>,
    taken: BTreeSet<String>,
    /// Placeholders that the definition holds, in their new spelling.
    used: BTreeSet<String>,
    /// Parameters by what they are asked for.
    asked: BTreeMap<String, String>,
    /// What the definition writes as `\u0024{…}`: text, and no placeholder.
    escaped: BTreeSet<String>,
}

/// Words of any name in snake case: `OrdersTable.Arn` -> `orders_table_arn`.
pub(super) fn snake(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in camel_words(name) {
        // Capitals in a row are one word: `ARN`, `S3`.
        match words.last_mut() {
            Some(last) if word.len() == 1 && last.len() < 4 && is_capitals(name, last, &word) => {
                last.push_str(&word);
            }
            _ => words.push(word),
        }
    }
    let snake = first_chars(&words.join("_"), LONGEST);
    match snake.chars().next() {
        None => "value".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("value_{snake}"),
        _ if RESERVED.contains(&snake.as_str()) => format!("{snake}_value"),
        _ => snake,
    }
}

fn is_capitals(name: &str, last: &str, word: &str) -> bool {
    name.contains(&format!("{last}{word}").to_ascii_uppercase())
}

pub(super) fn kind_of(name: &str) -> ParameterKind {
    let words = camel_words(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    match last {
        _ if lower.ends_with("arn") => ParameterKind::Arn,
        _ if lower.ends_with("url") => ParameterKind::Url,
        "email" => ParameterKind::Email,
        _ => ParameterKind::Text,
    }
}

/// What stands between a mark and the next `}`; longer texts are no names.
fn inside<'t>(text: &'t str, mark: &'static str) -> impl Iterator<Item = &'t str> {
    const LONGEST: usize = 200;
    text.match_indices(mark).filter_map(move |(at, _)| {
        let from = at + mark.len();
        let to = text.floor_char_boundary(from.saturating_add(LONGEST));
        let (raw, _) = text.get(from..to)?.split_once('}')?;
        Some(raw)
    })
}

impl Names {
    /// Those of a definition that is written so.
    pub(super) fn of(text: &str) -> Self {
        let open: BTreeSet<&str> = inside(text, "${").collect();
        let mut escaped = BTreeSet::new();
        for raw in inside(text, "\\u0024{").filter(|raw| !open.contains(raw)) {
            // As a text of JSON, which it is a part of.
            let inner = format!("\"{raw}\"");
            let name = asl::Tree::read(&inner, asl::Format::Json).root;
            if let Some(name) = name.as_ref().and_then(asl::Node::as_str) {
                escaped.insert(name.to_owned());
            }
        }
        Self {
            escaped,
            ..Self::default()
        }
    }

    /// Whether `${…}` in a text of the definition is a placeholder, and not written as `\u0024{…}`.
    pub(super) fn is_placeholder(&self, written: &str) -> bool {
        !self.escaped.contains(written)
    }

    /// The value of a placeholder, `${…}` without its braces.
    pub(super) fn placeholder(&mut self, written: &str) -> Value {
        if !self.is_placeholder(written) {
            return Value::Text(format!("${{{written}}}"));
        }
        match written {
            "AWS::Region" | "aws_region" => return Value::Region,
            "AWS::Partition" | "aws_partition" => return Value::Partition,
            "AWS::AccountId" | "aws_account_id" => return Value::Account,
            _ => {}
        }
        if let Some(known) = self.placeholders.get(written) {
            return known.clone();
        }
        let name = self.free(&snake(written), "");
        self.parameters.push(Parameter {
            name: name.clone(),
            description: format!("What stands for `{written}` in the definition."),
            kind: kind_of(written),
            default: None,
        });
        let value = Value::Parameter(name);
        self.placeholders.insert(written.to_owned(), value.clone());
        value
    }

    /// A parameter that is asked for under a key, once.
    pub(super) fn ask(
        &mut self,
        key: &str,
        name: &str,
        state: &str,
        kind: ParameterKind,
        description: String,
    ) -> Value {
        if let Some(known) = self.asked.get(key) {
            return Value::Parameter(known.clone());
        }
        let name = self.free(&snake(name), state);
        self.asked.insert(key.to_owned(), name.clone());
        self.parameters.push(Parameter {
            name: name.clone(),
            description,
            kind,
            default: None,
        });
        Value::Parameter(name)
    }

    pub(super) fn kind(&self, name: &str) -> Option<ParameterKind> {
        let known = self.parameters.iter().find(|known| known.name == name)?;
        Some(known.kind)
    }

    pub(super) fn use_of(&mut self, name: &str) {
        self.used.insert(name.to_owned());
    }

    pub(super) fn uses(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// Says what a placeholder is.
    pub(super) fn set_kind(&mut self, name: &str, kind: ParameterKind, what: &str) {
        let known = self.parameters.iter_mut().find(|known| known.name == name);
        if let Some(known) = known {
            known.kind = kind;
            if !known.description.contains(what) {
                known.description = format!("{} {what}", known.description);
            }
        }
    }

    /// Says what a placeholder has to be, where its name has not.
    pub(super) fn refine(&mut self, name: &str, kind: ParameterKind, what: &str) {
        let known = self.parameters.iter_mut().find(|known| known.name == name);
        if let Some(known) = known.filter(|known| known.kind == ParameterKind::Text) {
            known.kind = kind;
            known.description = format!("{} {what}", known.description);
        }
    }

    /// The name, or another like it that nothing has.
    fn free(&mut self, name: &str, state: &str) -> String {
        let longer = snake(&format!("{state} {name}"));
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let name = [name.to_owned(), longer]
            .into_iter()
            .chain(numbered)
            .find(|name| !self.taken.contains(name))
            .unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }
}
