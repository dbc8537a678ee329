//! The rules of a Choice.

use super::exhaustive::is_exhaustive;
use super::kinds;
use super::tables::{CONDITIONAL, LEADING};
use super::time;
use super::{Owner, Shape};
use crate::{Member, Node, Problem, QueryLanguage, Span, State, StateKind, Value, problem::quoted};

/// What a comparison compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    Text,
    Number,
    Flag,
    Time,
    /// `…Path`
    Path,
}

impl Operand {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Time => "a time like `2026-11-22T18:00:00Z`",
            Self::Path => "a path like `$.other`",
        }
    }

    fn fits(self, node: &Node) -> bool {
        match self {
            Self::Text => node.as_str().is_some(),
            Self::Number => kinds::number(node).is_some(),
            Self::Flag => matches!(node.value, Value::Bool(_)),
            Self::Time => node.as_str().is_some_and(time::is_timestamp),
            Self::Path => node.as_str().is_some_and(|text| text.starts_with('$')),
        }
    }
}

/// The operators; those of [`PATHS`] also with `Path` behind.
const OPERATORS: [(&str, Operand); 23] = [
    ("BooleanEquals", Operand::Flag),
    ("IsBoolean", Operand::Flag),
    ("IsNull", Operand::Flag),
    ("IsNumeric", Operand::Flag),
    ("IsPresent", Operand::Flag),
    ("IsString", Operand::Flag),
    ("IsTimestamp", Operand::Flag),
    ("NumericEquals", Operand::Number),
    ("NumericGreaterThan", Operand::Number),
    ("NumericGreaterThanEquals", Operand::Number),
    ("NumericLessThan", Operand::Number),
    ("NumericLessThanEquals", Operand::Number),
    ("StringEquals", Operand::Text),
    ("StringGreaterThan", Operand::Text),
    ("StringGreaterThanEquals", Operand::Text),
    ("StringLessThan", Operand::Text),
    ("StringLessThanEquals", Operand::Text),
    ("StringMatches", Operand::Text),
    ("TimestampEquals", Operand::Time),
    ("TimestampGreaterThan", Operand::Time),
    ("TimestampGreaterThanEquals", Operand::Time),
    ("TimestampLessThan", Operand::Time),
    ("TimestampLessThanEquals", Operand::Time),
];

/// Those that have a form with `Path`.
fn has_path(name: &str) -> bool {
    !name.starts_with("Is") && name != "StringMatches"
}

/// True for the name of a comparison with a value.
pub(super) fn is_operator(name: &str) -> bool {
    operand(name).is_some()
}

fn operand(name: &str) -> Option<Operand> {
    let find = |name: &str| OPERATORS.iter().find(|(own, _)| *own == name);
    if let Some((_, operand)) = find(name) {
        return Some(*operand);
    }
    let base = name.strip_suffix("Path")?;
    (has_path(base) && find(base).is_some()).then_some(Operand::Path)
}

const COMBINERS: [&str; 3] = ["And", "Or", "Not"];

impl Shape<'_> {
    pub(super) fn choice(&mut self, state: &State) {
        let owner = Owner::of(state);
        let StateKind::Choice { rules, default } = &state.kind else {
            return;
        };
        match state.field("Choices") {
            None => self.missing_field_of(owner, state.name.span, "Choices", &state.pointer),
            Some(node) if node.items().is_some_and(<[Node]>::is_empty) => {
                self.value("field-empty", owner, "Choices", node, "at least one rule");
            }
            Some(_) => {}
        }
        for rule in rules {
            let owner = Owner {
                pointer: &rule.pointer,
                what: "a rule of state",
                ..owner
            };
            let members = rule.node.members().unwrap_or_default();
            if owner.language == QueryLanguage::Jsonata {
                self.object(owner, members, CONDITIONAL);
                self.condition(owner, &rule.node);
            } else {
                self.rule(owner, &rule.node, true);
            }
        }
        if default.is_none() && !state.has("Default") && !rules.is_empty() && !is_exhaustive(state)
        {
            let message = format!(
                "{} has no `Default`: where no rule matches, the execution fails with `States.NoChoiceMatched`",
                owner.named()
            );
            self.problems.push(
                Problem::warning("choice-without-default", state.name.span, message)
                    .at(&*state.pointer)
                    .help("add a `Default` that leads on, or to a Fail that says what is wrong"),
            );
        }
    }

    /// `Condition` of a JSONata rule.
    fn condition(&mut self, owner: Owner<'_>, rule: &Node) {
        let Some(node) = rule.get("Condition") else {
            return;
        };
        let fits = match &node.value {
            Value::Bool(_) => true,
            Value::String(text) => kinds::is_expression(text),
            _ => false,
        };
        if !fits && !node.is_open() {
            let wanted = "an expression like `{% $states.input.total > 100 %}`";
            self.value("field-wrong-type", owner, "Condition", node, wanted);
        }
    }

    /// A comparison, and what it leads to where it is not part of another.
    fn rule(&mut self, owner: Owner<'_>, node: &Node, leads: bool) {
        let Some(members) = node.members() else {
            return;
        };
        let mut operators: Vec<&Member> = Vec::new();
        for member in members {
            let name = member.key.as_str();
            if operand(name).is_some() || COMBINERS.contains(&name) {
                operators.push(member);
            } else if name == "Variable"
                || name == "Comment"
                || name.contains("${")
                || (leads && LEADING.contains(&name))
            {
                // Read elsewhere.
            } else if LEADING.contains(&name) {
                self.inner_next(owner, member);
            } else if name == "Condition" || name == "Output" {
                self.other_language(owner, member);
            } else {
                self.unknown_operator(owner, member);
                // What was meant is there, so that it is not missing too.
                operators.push(member);
            }
        }
        let start = Span::new(node.span.start, node.span.start + 1);
        match operators.as_slice() {
            [] if kinds::has_open_member(node.members().unwrap_or_default()) => {}
            [] => {
                let message = format!("{} compares nothing", owner.named());
                let help = "add an operator, such as `\"StringEquals\": \"…\"`";
                self.schema("choice-operator-missing", start, message, owner.pointer)
                    .help = Some(help.to_owned());
            }
            [only] => self.comparison(owner, node, only),
            [first, second, ..] => {
                let message = format!(
                    "{} has {} and {}: a rule compares once",
                    owner.named(),
                    quoted(&first.key),
                    quoted(&second.key)
                );
                self.schema("choice-operators-several", start, message, owner.pointer)
                    .help = Some("combine them with `And`".to_owned());
            }
        }
    }

    fn inner_next(&mut self, owner: Owner<'_>, member: &Member) {
        let message = format!(
            "{} stands in a part of a rule; only the whole rule leads on",
            quoted(&member.key)
        );
        let pointer = owner.at(&member.key);
        self.schema("unknown-field", member.key_span, message, &pointer);
    }

    fn unknown_operator(&mut self, owner: Owner<'_>, member: &Member) {
        let names: Vec<String> = OPERATORS
            .iter()
            .flat_map(|(name, _)| {
                let path = has_path(name).then(|| format!("{name}Path"));
                std::iter::once((*name).to_owned()).chain(path)
            })
            .chain(COMBINERS.map(str::to_owned))
            .chain(["Variable", "Next", "Comment"].map(str::to_owned))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let meant = self.propose(&member.key, &names);
        let message = format!("{} is no operator of a Choice", quoted(&member.key));
        let pointer = owner.at(&member.key);
        let problem = self.schema(
            "choice-operator-unknown",
            member.key_span,
            message,
            &pointer,
        );
        problem.propose(meant.as_deref());
    }

    fn comparison(&mut self, owner: Owner<'_>, rule: &Node, operator: &Member) {
        let (name, node) = (operator.key.as_str(), &operator.node);
        match name {
            "And" | "Or" => return self.combined(owner, operator),
            "Not" => {
                let pointer = owner.at("Not");
                if node.members().is_none() && !node.is_open() {
                    self.value("field-wrong-type", owner, name, node, "a comparison");
                }
                return self.rule(
                    Owner {
                        pointer: &pointer,
                        ..owner
                    },
                    node,
                    false,
                );
            }
            _ => {}
        }
        let Some(operand) = operand(name) else {
            return;
        };
        if !operand.fits(node) && !node.is_open() {
            self.value(
                "choice-operand-wrong-type",
                owner,
                name,
                node,
                operand.words(),
            );
        }
        let start = Span::new(rule.span.start, rule.span.start + 1);
        match rule.get("Variable") {
            None if kinds::has_open_member(rule.members().unwrap_or_default()) => {}
            None => self.missing_field_of(owner, start, "Variable", owner.pointer),
            Some(variable) if variable.is_open() => {}
            Some(variable) if variable.as_str().is_some_and(|text| text.starts_with('$')) => {}
            Some(variable) => {
                let wanted = "a path like `$.total`";
                self.value("path-malformed", owner, "Variable", variable, wanted);
            }
        }
    }

    fn combined(&mut self, owner: Owner<'_>, operator: &Member) {
        let (name, node) = (operator.key.as_str(), &operator.node);
        let Some(items) = node.items() else {
            if !node.is_open() {
                self.value(
                    "field-wrong-type",
                    owner,
                    name,
                    node,
                    "an array of comparisons",
                );
            }
            return;
        };
        if items.is_empty() {
            self.value("field-empty", owner, name, node, "at least one comparison");
        }
        let list = owner.at(name);
        for (index, item) in items.iter().enumerate() {
            let pointer = crate::pointer_push(&list, &index.to_string());
            if item.members().is_none() && !item.is_open() {
                let inner = Owner {
                    pointer: &list,
                    ..owner
                };
                self.value(
                    "field-wrong-type",
                    inner,
                    &index.to_string(),
                    item,
                    "a comparison",
                );
            }
            self.rule(
                Owner {
                    pointer: &pointer,
                    ..owner
                },
                item,
                false,
            );
        }
    }
}
