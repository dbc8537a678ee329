//! Changes that mend a problem, where there is one obvious way.
//!
//! What a problem is told of is found again by its pointer, so that those who tell problems need not know how texts are changed.
//! A change is proposed where nobody who wrote that text can have meant anything else; who applies it judges the result.

mod place;
mod value;

use std::collections::{HashMap, HashSet};

use place::Found;

use crate::{
    Edit, Machine, Member, Node, Problem, QueryLanguage, Scope, Span, State, Value,
    edit::take_out,
    fields::{self, Known},
    graph::transitions,
    pointer_push,
    problem::{is_few_slips_of, is_slip_of, json_string},
};

/// Gives problems their changes, as JSON writes them. `json` is true where the text is JSON; elsewhere those that put in more than
/// a word only say that there is one, and are not kept.
pub(crate) fn mend(machine: &Machine, text: &str, json: bool, problems: &mut [Problem]) {
    if problems.is_empty() {
        return;
    }
    let mut mend = Mend {
        machine,
        text,
        json,
        states: HashMap::new(),
        scopes: HashMap::new(),
    };
    let mut scopes = vec![&machine.scope];
    while let Some(scope) = scopes.pop() {
        mend.scopes.insert(&scope.pointer, scope);
        for state in &scope.states {
            mend.states.insert(&state.pointer, (state, scope));
            scopes.extend(state.scopes());
        }
    }
    for problem in problems.iter_mut().take(MOST) {
        mend.problem(problem);
    }
}

/// Problems that are looked at: as many as are told.
const MOST: usize = 1000;

struct Mend<'a> {
    machine: &'a Machine,
    text: &'a str,
    json: bool,
    /// By their pointers, each with the scope that it is in.
    states: HashMap<&'a str, (&'a State, &'a Scope)>,
    scopes: HashMap<&'a str, &'a Scope>,
}

impl<'a> Mend<'a> {
    fn problem(&self, problem: &mut Problem) {
        if is_of_expression(problem.id) {
            // A name inside of a string has no quotes of its own.
            problem.edits = self.in_expression(problem).into_iter().collect();
            return;
        }
        if !problem.edits.is_empty() && !self.is_sure(problem) {
            // A good question, but nothing to be done without an answer.
            problem.edits.clear();
            return;
        }
        if !problem.edits.is_empty() {
            if problem.id == "unknown-field" && self.is_taken(problem) {
                let meant = problem.edits.pop().map(|edit| edit.text.replace('"', "`"));
                problem.help = meant.map(|meant| format!("remove it: {meant} is there, too"));
            }
            return;
        }
        let mended = match problem.id {
            "byte-order-mark" => Some((String::new(), vec![erase(problem.span)])),
            "invalid-json" => self.surplus_comma(problem),
            "duplicate-key" => self.twice(problem),
            "state-type-missing" => self.type_missing(problem),
            "state-type-unknown" => self.type_unknown(problem),
            "start-at-missing" => self.start_missing(problem),
            "next-and-end" => self.next_and_end(problem),
            _ => self
                .find(&problem.pointer)
                .and_then(|found| match problem.id {
                    "version-unknown" => Some((
                        "write `1.0`".to_owned(),
                        vec![replace(found.node.span, "\"1.0\"")],
                    )),
                    "transition-missing" => end_is_false(found),
                    "unknown-field" => self.unknown_field(problem, found),
                    "field-missing" => self.input_type(found),
                    "fields-exclusive" => self.same_twice(found),
                    "states-all-misplaced" => self.states_all(found),
                    "field-wrong-type" | "choice-operand-wrong-type" => wrong_type(found),
                    "path-malformed" => path(found),
                    "template-not-dynamic" => not_dynamic(found),
                    "path-not-evaluated" => not_evaluated(problem, found),
                    _ => None,
                }),
        };
        if let Some((help, edits)) = mended {
            if problem.help.is_none() && !help.is_empty() {
                problem.help = Some(help);
            }
            problem.edits = edits;
        }
    }

    /// True where the proposed name is surely meant, and no other is as near.
    fn is_sure(&self, problem: &Problem) -> bool {
        let plain = |text: &str| text.trim_matches(['"', '\'']).to_owned();
        let Some(meant) = problem.edits.first().map(|edit| plain(&edit.text)) else {
            return false;
        };
        let wanted = plain(problem.span.of(self.text));
        let scope = match problem.id {
            "start-at-target-missing" => problem
                .pointer
                .strip_suffix("/StartAt")
                .and_then(|pointer| self.scopes.get(pointer).copied()),
            "transition-target-missing" => {
                self.find(&problem.pointer).and_then(|found| found.scope)
            }
            _ => return is_slip_of(&wanted, &meant),
        };
        let Some(scope) = scope else {
            return false;
        };
        let is_start = || {
            let start = only_source(scope);
            problem.id == "start-at-target-missing"
                && start.is_some_and(|start| start.name.value == meant)
        };
        let near = |state: &&State| is_slip_of(&wanted, &state.name.value);
        let mut near = scope
            .states
            .iter()
            .filter(near)
            .map(|state| &state.name.value);
        let alone = match (near.next(), near.next()) {
            (Some(only), None) => *only == meant,
            // Other capitals are the least of differences.
            (Some(_), Some(_)) => wanted.eq_ignore_ascii_case(&meant),
            _ => false,
        };
        alone || is_start()
    }

    /// True where the name that was meant is there already.
    fn is_taken(&self, problem: &Problem) -> bool {
        let meant = problem
            .edits
            .first()
            .map(|edit| edit.text.trim_matches('"'));
        meant.is_some_and(|meant| {
            self.find(&problem.pointer)
                .is_some_and(|found| found.has(meant))
        })
    }

    fn surplus_comma(&self, problem: &Problem) -> Mended {
        let surplus =
            problem.span.of(self.text) == "," && problem.help.as_deref() == Some("remove it");
        surplus.then(|| (String::new(), vec![erase(problem.span)]))
    }

    /// The second of two equal members.
    fn twice(&self, problem: &Problem) -> Mended {
        let found = self.find(&problem.pointer)?;
        let mut same = found
            .beside
            .iter()
            .filter(|member| member.key == found.member.key);
        let (first, second) = (same.next()?, same.next()?);
        let equal = second.key_span == problem.span && first.node.value_eq(&second.node);
        equal.then_some((String::new(), vec![self.remove(second)?]))
    }

    fn type_missing(&self, problem: &Problem) -> Mended {
        let (state, _) = self.states.get(problem.pointer.as_str())?;
        let meant = meant_type(state)?;
        let edit = self.first_member(state.span, state.fields.first()?, "Type", meant)?;
        Some((String::new(), vec![edit]))
    }

    fn type_unknown(&self, problem: &Problem) -> Mended {
        let (state, _) = self.states.get(problem.pointer.strip_suffix("/Type")?)?;
        let meant = meant_type(state)?;
        let node = state.field("Type")?;
        Some((
            format!("its fields are those of a {meant}"),
            vec![replace(node.span, json_string(meant))],
        ))
    }

    /// The one state that nothing leads to.
    fn start_missing(&self, problem: &Problem) -> Mended {
        let scope = self.scopes.get(problem.pointer.as_str())?;
        let start = only_source(scope)?;
        let inside = self.text.get(scope.span.start + 1..)?;
        let rest = inside.trim_start();
        let blanks = inside.get(..inside.len() - rest.len())?;
        if self.json && !rest.starts_with('"') {
            return None;
        }
        let between = if blanks.is_empty() { " " } else { blanks };
        let text = format!("\"StartAt\": {},{between}", json_string(&start.name.value));
        let help = format!(
            "begin with `{}`, which nothing else leads to",
            start.name.value
        );
        Some((
            help,
            vec![insert(scope.span.start + 1 + blanks.len(), text)],
        ))
    }

    /// Who wrote a target that exists meant it; `"End": true` is written without thinking.
    fn next_and_end(&self, problem: &Problem) -> Mended {
        let (state, scope) = self.states.get(problem.pointer.as_str())?;
        let target = pointer_push(
            &pointer_push(&scope.pointer, "States"),
            &state.next.as_ref()?.value,
        );
        let (surplus, help) = if self.states.contains_key(target.as_str()) {
            (
                "End",
                "remove `End`, or `Next` where the workflow ends here",
            )
        } else {
            ("Next", "remove `Next`, which leads nowhere")
        };
        Some((help.to_owned(), vec![self.remove(state.member(surplus)?)?]))
    }

    fn unknown_field(&self, problem: &Problem, found: Found<'_>) -> Mended {
        let (key, node) = (found.key(), found.node);
        let says_nothing = matches!(
            (key, &node.value),
            ("InputPath" | "OutputPath" | "ResultPath", Value::String(path)) if path == "$"
        );
        if says_nothing {
            let help = "remove it: it says what is so without it".to_owned();
            return Some((help, vec![self.remove(found.member)?]));
        }
        let Some(state) = found.state else {
            let language = match self.machine.query_language {
                QueryLanguage::JsonPath => "JSONPath",
                QueryLanguage::Jsonata => "JSONata",
            };
            let same =
                key == "QueryLanguage" && node.as_str() == Some(language) && found.scope.is_some();
            let help = "remove it: the machine says it for all states".to_owned();
            return same.then_some((help, vec![self.remove(found.member)?]));
        };
        // The fields of an object inside of the state are another matter.
        let own = pointer_push(&state.pointer, key) == problem.pointer;
        let other =
            fields::known(state.type_name(), state.query_language, key) == Known::OtherLanguage;
        let ends = matches!(state.type_name(), "Succeed" | "Fail")
            && key == "End"
            && node.value == Value::Bool(true);
        if own && ends {
            let help = "remove it: this type always ends".to_owned();
            return Some((help, vec![self.remove(found.member)?]));
        }
        if !own || !other {
            return None;
        }
        let (name, written) = value::in_other_language(state, key, node)?;
        if found.has(name) {
            return None;
        }
        let mut edits = vec![Edit {
            span: found.member.key_span,
            text: json_string(name),
        }];
        edits.extend(written.map(|text| replace(node.span, text)));
        Some((format!("write `{name}` instead"), edits))
    }

    /// What an object of S3 holds, where its name or what is set for reading it says so.
    fn input_type(&self, found: Found<'_>) -> Mended {
        const NAME: &str = "InputType";
        let config = found
            .node
            .members()
            .filter(|_| found.key() == "ReaderConfig")?;
        let csv = config.iter().any(|member| member.key.starts_with("CSV"));
        let arguments =
            |member: &&Member| ["Parameters", "Arguments"].contains(&member.key.as_str());
        let given = found.beside.iter().find(arguments);
        let key = given.and_then(|given| given.node.get("Key")?.as_str());
        let ending = key
            .and_then(|key| key.rsplit_once('.'))
            .map(|(_, ending)| ending.to_ascii_uppercase());
        let meant = match ending.as_deref() {
            Some(known @ ("CSV" | "JSON" | "JSONL" | "PARQUET")) => known,
            _ if csv => "CSV",
            _ => return None,
        };
        let fits = found.node.get(NAME).is_none() && (!csv || meant == "CSV");
        let edit = self.first_member(found.node.span, config.first()?, NAME, meant)?;
        fits.then_some((String::new(), vec![edit]))
    }

    /// A member before all others of an object, set apart as the first one is.
    fn first_member(&self, object: Span, first: &Member, name: &str, value: &str) -> Option<Edit> {
        if !self.json {
            return Some(insert(first.key_span.start, "?".to_owned()));
        }
        let blanks = self.text.get(object.start + 1..first.key_span.start)?;
        let colon = self.text.get(first.key_span.end..first.node.span.start)?;
        let known = blanks.trim().is_empty() && colon.trim() == ":";
        let between = if blanks.is_empty() { " " } else { blanks };
        let text = format!(
            "{}{colon}{},{between}",
            json_string(name),
            json_string(value)
        );
        known.then(|| insert(first.key_span.start, text))
    }

    /// Two names for one thing, with the same value.
    fn same_twice(&self, found: Found<'_>) -> Mended {
        let older = found
            .node
            .members()?
            .iter()
            .find(|member| member.key == "Parameters")?;
        let newer = found.node.get("ItemSelector")?;
        let help = "remove `Parameters`, the older name of the two".to_owned();
        newer
            .value_eq(&older.node)
            .then_some((help, vec![self.remove(older)?]))
    }

    /// `States.ALL` goes behind the others, or stays alone.
    fn states_all(&self, found: Found<'a>) -> Mended {
        const ALL: &str = "States.ALL";
        let items = found.member.node.items()?;
        let errors = |item: &'a Node| {
            item.get("ErrorEquals")
                .and_then(Node::items)
                .unwrap_or_default()
        };
        let is_all = |error: &Node| error.as_str() == Some(ALL);
        let with_all = items.iter().filter(|item| errors(item).iter().any(is_all));
        let index = items.iter().position(|item| item.span == found.node.span)?;
        let (item, behind) = (items.get(index)?, items.get(index + 1..)?);
        if with_all.count() != 1 {
            return None;
        }
        let (Some(next), Some(last)) = (behind.first(), behind.last()) else {
            let alone = format!("[{}]", json_string(ALL));
            let edit = replace(item.get("ErrorEquals")?.span, alone);
            return Some((String::new(), vec![edit]));
        };
        let gap = self.text.get(item.span.end..next.span.start)?;
        if errors(item).len() > 1 || (self.json && gap.trim() != ",") {
            return None;
        }
        let others = Span::new(next.span.start, last.span.end).of(self.text);
        let text = format!("{others}{gap}{}", item.span.of(self.text));
        let all = Span::new(item.span.start, last.span.end);
        Some((String::new(), vec![replace(all, text)]))
    }

    /// A part of an expression that is named exactly.
    fn in_expression(&self, problem: &Problem) -> Option<Edit> {
        let raw = problem.span.of(self.text);
        let help = problem.help.as_deref()?;
        if raw.is_empty() || raw.starts_with('"') {
            return None;
        }
        if help == "remove it" {
            return matches!(raw, ")" | "]").then(|| erase(problem.span));
        }
        if let Some(bracket) = help
            .strip_prefix("add `")
            .and_then(|rest| rest.strip_suffix('`'))
        {
            let missing =
                problem.message.contains("is missing before") && matches!(raw, ")" | "]" | "}");
            let fits = missing && matches!(bracket, ")" | "]" | "}");
            return fits.then(|| insert(problem.span.start, bracket.to_owned()));
        }
        let meant = help.strip_prefix("did you mean `")?.strip_suffix("`?")?;
        let dots = |text: &str| text.matches('.').count();
        let alike = value::is_name(raw)
            && value::is_name(meant)
            && raw.starts_with('$') == meant.starts_with('$')
            && is_few_slips_of(raw, meant)
            && dots(raw) == dots(meant);
        alike.then(|| replace(problem.span, meant.to_owned()))
    }

    fn remove(&self, member: &Member) -> Option<Edit> {
        take_out(self.text, member.span(), self.json)
    }
}

fn end_is_false(found: Found<'_>) -> Mended {
    let ends = found.key() == "End" && found.node.value == Value::Bool(false);
    ends.then(|| {
        let help = "write `\"End\": true`, or a `Next`".to_owned();
        (help, vec![replace(found.node.span, "true")])
    })
}

/// A value in quotes that it must not have, or one where a list of one is meant.
fn wrong_type(found: Found<'_>) -> Mended {
    // An item of a list is not what the field is told of.
    if found.node.span != found.member.node.span {
        return None;
    }
    let span = found.node.span;
    if let Some(text) = value::meant(found.key(), found.node) {
        return Some((format!("write `{text}`"), vec![replace(span, text)]));
    }
    let list = value::is_list_of_one(found.key(), found.node);
    list.then(|| {
        let edits = vec![
            insert(span.start, "[".to_owned()),
            insert(span.end, "]".to_owned()),
        ];
        ("put it into a list: `[…]`".to_owned(), edits)
    })
}

/// `order.id` for `$.order.id`.
fn path(found: Found<'_>) -> Mended {
    let text = found
        .node
        .as_str()
        .filter(|text| value::is_plain_path(text))?;
    let path = format!("$.{text}");
    Some((
        format!("write `{path}`"),
        vec![replace(found.node.span, json_string(&path))],
    ))
}

/// What is no text can be no path.
fn not_dynamic(found: Found<'_>) -> Mended {
    let name = found.key().strip_suffix(".$")?;
    let free = found.node.as_str().is_none() && !found.has(name);
    free.then(|| {
        (
            String::new(),
            vec![replace(found.member.key_span, json_string(name))],
        )
    })
}

fn not_evaluated(problem: &Problem, found: Found<'_>) -> Mended {
    // A state of JSONata has another way to write it, which the problem says.
    if found.key().ends_with(".$") {
        return None;
    }
    let name = format!("{}.$", found.key());
    // The field of a state is another one with `.$`.
    let own = found
        .state
        .is_some_and(|state| pointer_push(&state.pointer, found.key()) == problem.pointer);
    let free = found.node.span == found.member.node.span && !found.has(&name) && !own;
    free.then(|| {
        (
            String::new(),
            vec![replace(found.member.key_span, json_string(&name))],
        )
    })
}

/// The one state that no other leads to.
fn only_source(scope: &Scope) -> Option<&State> {
    let targets: HashSet<&str> = scope
        .states
        .iter()
        .flat_map(transitions)
        .map(|it| it.target.value.as_str())
        .collect();
    let mut sources = scope
        .states
        .iter()
        .filter(|state| !targets.contains(state.name.value.as_str()));
    match (sources.next(), sources.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Problems of which the place is a part of a string.
fn is_of_expression(id: &str) -> bool {
    const IDS: [&str; 7] = [
        "context-field-unknown",
        "intrinsic-malformed",
        "intrinsic-unknown",
        "jsonata-function-unknown",
        "jsonata-malformed",
        "jsonata-states-field",
        "variable-undefined",
    ];
    IDS.contains(&id)
}

/// The type of which a state has all fields, and one that no other type has.
fn meant_type(state: &State) -> Option<&'static str> {
    const TELLING: [(&str, &[&str]); 6] = [
        ("Task", &["Resource"]),
        ("Choice", &["Choices"]),
        (
            "Wait",
            &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
        ),
        ("Fail", &["Error", "ErrorPath", "Cause", "CausePath"]),
        ("Parallel", &["Branches"]),
        ("Map", &["ItemProcessor", "Iterator"]),
    ];
    let mut meant = TELLING
        .iter()
        .filter(|(_, names)| names.iter().any(|name| state.has(name)));
    let (Some((name, _)), None) = (meant.next(), meant.next()) else {
        return None;
    };
    let fits =
        |member: &Member| fields::known(name, state.query_language, &member.key) == Known::Yes;
    state.fields.iter().all(fits).then_some(*name)
}

/// What to do, where nobody said it, and the changes that do it.
type Mended = Option<(String, Vec<Edit>)>;

fn replace(span: Span, text: impl Into<String>) -> Edit {
    Edit {
        span,
        text: text.into(),
    }
}

fn insert(at: usize, text: String) -> Edit {
    replace(Span::new(at, at), text)
}

fn erase(span: Span) -> Edit {
    replace(span, String::new())
}
