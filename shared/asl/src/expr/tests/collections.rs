//! Expressions of real definitions, where collections of them lie beside the repository.
#![allow(clippy::print_stdout, reason = "what was found, and what was skipped")]
#![allow(
    clippy::disallowed_methods,
    reason = "the collections are read from files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::expr::context::{Place, lookup};
use crate::expr::jsonata::{Position, Text, is_evaluated};
use crate::expr::path::{Path, Root};
use crate::expr::{intrinsic, jsonata};
use crate::tests::corpus::{folder, text, tree};
use crate::{Node, Pattern, Resource, Value};

/// A string of a state that may be an expression.
struct Found<'n> {
    state: &'n str,
    kind: &'n str,
    resource: &'n str,
    in_map: bool,
    jsonata: bool,
    /// The names on the way to it, from the state.
    names: Vec<&'n str>,
    text: &'n str,
}

/// All strings in the states of a definition.
fn strings(definition: &Node) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let machine = text(definition, "QueryLanguage") == "JSONata";
    scope(definition, machine, false, &mut found);
    found
}

fn scope<'n>(node: &'n Node, machine: bool, in_map: bool, found: &mut Vec<Found<'n>>) {
    let states = node.get("States").and_then(Node::members);
    for state in states.unwrap_or_default() {
        let jsonata = match text(&state.node, "QueryLanguage") {
            "JSONata" => true,
            "JSONPath" => false,
            _ => machine,
        };
        let from = found.len();
        members(&state.node, &mut Vec::new(), found);
        for string in &mut found[from..] {
            string.state = &state.key;
            string.kind = text(&state.node, "Type");
            string.resource = text(&state.node, "Resource");
            string.in_map = in_map;
            string.jsonata = jsonata;
        }
        for inner in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.node.get(inner) {
                scope(inner, machine, true, found);
            }
        }
        let branches = state.node.get("Branches").and_then(Node::items);
        for branch in branches.unwrap_or_default() {
            scope(branch, machine, in_map, found);
        }
    }
}

fn members<'n>(node: &'n Node, names: &mut Vec<&'n str>, found: &mut Vec<Found<'n>>) {
    match &node.value {
        Value::Object(list) => {
            for member in list {
                let scope = matches!(
                    member.key.as_str(),
                    "ItemProcessor" | "Iterator" | "Branches"
                );
                if !(names.is_empty() && scope) {
                    names.push(&member.key);
                    members(&member.node, names, found);
                    names.pop();
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                names.push("0");
                members(item, names, found);
                names.pop();
            }
        }
        Value::String(text) => found.push(Found {
            state: "",
            kind: "",
            resource: "",
            in_map: false,
            jsonata: false,
            names: names.clone(),
            text,
        }),
        _ => {}
    }
}

/// What a string is.
enum Read<'n> {
    Nothing,
    Path(Result<Path<'n>, crate::expr::Error>),
    Call(Result<intrinsic::Call<'n>, crate::expr::Error>),
    Jsonata(Text<'n>),
}

impl<'n> Found<'n> {
    fn read(&self) -> Read<'n> {
        if self.jsonata {
            return if is_evaluated(&self.names) {
                Read::Jsonata(jsonata::read(self.text))
            } else {
                Read::Nothing
            };
        }
        let template = matches!(
            self.names.first(),
            Some(
                &("Parameters"
                    | "ResultSelector"
                    | "ItemSelector"
                    | "Assign"
                    | "Credentials"
                    | "ItemReader"
                    | "ItemBatcher"
                    | "ResultWriter"
                    | "Catch"
                    | "Choices")
            )
        );
        let last = self.names.last().copied().unwrap_or_default();
        let dynamic = template && last.ends_with(".$");
        let field = match self.names.as_slice() {
            ["Choices", .., name] => *name == "Variable" || name.ends_with("Path"),
            ["ItemReader", "ReaderConfig", name] | ["ItemBatcher", name] | ["Catch", _, name] => {
                name.ends_with("Path")
            }
            [name] => name.ends_with("Path"),
            _ => false,
        };
        if !dynamic && !field {
            Read::Nothing
        } else if intrinsic::is_call(self.text) {
            Read::Call(intrinsic::Call::parse(self.text))
        } else {
            Read::Path(Path::parse(self.text))
        }
    }

    /// What is wrong with it.
    fn problems(&self) -> Vec<String> {
        let errors: Vec<crate::expr::Error> = match self.read() {
            Read::Nothing | Read::Jsonata(Text::Plain | Text::Padded) => Vec::new(),
            Read::Path(Ok(path)) => {
                let wrong = self.names.last() == Some(&"ResultPath") && !path.is_reference();
                let error = crate::expr::Error::new(path.span, "no Reference Path");
                Vec::from_iter(wrong.then_some(error))
            }
            Read::Call(Ok(call)) => call.issues().into_iter().map(|issue| issue.error).collect(),
            Read::Path(Err(error))
            | Read::Call(Err(error))
            | Read::Jsonata(Text::Delimiters(error)) => vec![error],
            Read::Jsonata(Text::Expression(expression)) => expression
                .issues(Position::of(self.kind, &self.names))
                .into_iter()
                .map(|issue| issue.error)
                .collect(),
        };
        let tell = |error: crate::expr::Error| {
            format!(
                "{} {}: {:?}: {error}",
                self.state,
                self.names.join("/"),
                self.text
            )
        };
        errors.into_iter().map(tell).collect()
    }

    /// What it reads from the Context Object that is not there, or not always.
    fn context(&self) -> Vec<String> {
        let place = Place {
            item_selector: self.kind == "Map"
                && matches!(self.names.first(), Some(&("ItemSelector" | "Parameters"))),
            item_processor: self.in_map,
            task: match Resource::parse(self.resource) {
                Resource::Integration { pattern, .. } => Some(pattern),
                // What is filled in later may wait.
                _ => (self.kind == "Task").then_some(Pattern::WaitForTaskToken),
            },
        };
        let path = |path: &Path<'_>| {
            let names: Vec<&str> = path.fields().collect();
            let known = path.root != Root::Context || path.has_placeholder;
            (!known).then(|| format!("{:?}", lookup(&names, place)))
        };
        let told: Vec<String> = match self.read() {
            Read::Path(Ok(whole)) => path(&whole)
                .into_iter()
                .chain(whole.inner().into_iter().filter_map(path))
                .collect(),
            Read::Call(Ok(call)) => call.paths().into_iter().filter_map(path).collect(),
            Read::Jsonata(Text::Expression(expression)) => {
                let fields = expression
                    .variables()
                    .filter(|variable| variable.name == "states");
                let fields = fields.map(|variable| {
                    variable
                        .fields
                        .iter()
                        .map(AsRef::as_ref)
                        .collect::<Vec<&str>>()
                });
                let context = fields.filter_map(|names| {
                    Some(
                        names
                            .split_first()
                            .filter(|(first, _)| **first == "context")?
                            .1
                            .to_vec(),
                    )
                });
                context
                    .map(|names| format!("{:?}", lookup(&names, place)))
                    .collect()
            }
            _ => Vec::new(),
        };
        told.into_iter().filter(|told| told != "Known").collect()
    }

    /// The variables of the workflow in it.
    fn variables(&self) -> Vec<String> {
        let of = |path: &Path<'_>| match path.root {
            Root::Variable(name) => Some(name.to_owned()),
            _ => None,
        };
        match self.read() {
            Read::Path(Ok(path)) => of(&path)
                .into_iter()
                .chain(path.inner().into_iter().filter_map(of))
                .collect(),
            Read::Call(Ok(call)) => call.paths().into_iter().filter_map(of).collect(),
            Read::Jsonata(Text::Expression(expression)) => {
                let names = expression
                    .variables()
                    .map(|variable| variable.name.to_owned());
                names.filter(|name| name != "states").collect()
            }
            _ => Vec::new(),
        }
    }
}

#[test]
fn what_people_deploy() {
    let Some(corpus) = folder("corpus") else {
        return;
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let manifest = fs::read_to_string(corpus.join("manifest.jsonl")).unwrap();
    for line in manifest.lines() {
        let entry = tree(line);
        let file = corpus.join("definitions").join(text(&entry, "file"));
        let definition = tree(&fs::read_to_string(file).unwrap());
        for string in strings(&definition) {
            let kind = match string.read() {
                Read::Nothing | Read::Jsonata(Text::Plain) => continue,
                Read::Path(_) => "paths",
                Read::Call(_) => "calls",
                Read::Jsonata(_) => "JSONata",
            };
            *counts.entry(kind).or_default() += 1;
            let fixture = text(&entry, "origin") == "fixture";
            for told in string.context() {
                println!(
                    "{} {} {} {:?} {}: {told}",
                    text(&entry, "origin"),
                    text(&entry, "file"),
                    string.state,
                    string.text,
                    string.names.join("/")
                );
            }
            for problem in string.problems() {
                println!("{} {problem}", text(&entry, "file"));
                if !fixture {
                    wrong.push(format!("{} {problem}", text(&entry, "file")));
                }
            }
        }
    }
    println!("{counts:?}");
    assert!(counts.values().sum::<usize>() > 8000, "{counts:?}");
    // One author has a function that does not exist, and a line break that is escaped where it cannot be.
    wrong.retain(|line| !line.contains("`States.Default`") && !line.contains("not escaped"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_aws_has_run() {
    let Some(conformance) = folder("conformance") else {
        return;
    };
    let mut cases = 0;
    for file in fs::read_dir(conformance).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let list = tree(&fs::read_to_string(&file).unwrap());
        for case in list.items().unwrap() {
            let Some(definition) = case
                .get("definition")
                .filter(|node| node.get("States").is_some())
            else {
                continue;
            };
            cases += 1;
            for string in strings(definition) {
                let context = string.context();
                assert!(context.is_empty(), "{}: {context:?}", text(case, "id"));
                assert_eq!(
                    string.problems(),
                    Vec::<String>::new(),
                    "{}",
                    text(case, "id")
                );
            }
        }
    }
    println!("{cases} cases");
    assert!(cases >= 500, "{cases}");
}

#[test]
fn variables_as_aws_lists_them() {
    let Some(recordings) = folder("oracle") else {
        return;
    };
    let mut compared = 0;
    for file in fs::read_dir(recordings.join("variable_references")).unwrap() {
        let file = file.unwrap().path();
        let recording = fs::read_to_string(&file).unwrap();
        if recording.contains("<omitted>") || recording.contains("\"TimestampPath\": \"timestamp\"")
        {
            // A variable of the definition was replaced when it was recorded.
            continue;
        }
        let recording = tree(&recording);
        let definition = recording.get("definition").unwrap();
        let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for string in strings(definition) {
            found
                .entry(string.state)
                .or_default()
                .extend(string.variables());
        }
        found.retain(|_, names| !names.is_empty());
        let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for member in recording
            .get("variableReferences")
            .and_then(Node::members)
            .unwrap()
        {
            let names = member.node.items().unwrap().iter();
            let names = names.map(|name| name.as_str().unwrap().to_owned());
            expected.insert(&member.key, names.collect());
        }
        assert_eq!(found, expected, "{}", file.display());
        compared += 1;
    }
    println!("{compared} definitions");
    assert!(compared >= 20, "{compared}");
}

#[test]
fn definitions_with_one_defect() {
    const RULES: &[&str] = &[
        "A-PATH",
        "A-REFPATH",
        "A-TEMPLATE",
        "A-INTRINSIC",
        "A-JSONATA",
        "A-JSONATAREF",
    ];
    let Some(mutants) = folder("mutants") else {
        return;
    };
    let manifest = tree(&fs::read_to_string(mutants.join("manifest.json")).unwrap());
    let (mut all, mut missed) = (0, Vec::new());
    for mutant in manifest.get("mutants").and_then(Node::items).unwrap() {
        let definition = fs::read_to_string(mutants.join(text(mutant, "file"))).unwrap();
        let definition = tree(&definition);
        let problems: Vec<String> = strings(&definition)
            .iter()
            .flat_map(Found::problems)
            .collect();
        if RULES.contains(&text(mutant, "rule")) {
            all += 1;
            if problems.is_empty() {
                missed.push(text(mutant, "file").to_owned());
            }
        } else if text(mutant, "file") != "113-path-operator-literal.json" {
            assert!(
                problems.is_empty(),
                "{}: {problems:?}",
                text(mutant, "file")
            );
        }
    }
    println!("{} of {all}; missed: {missed:?}", all - missed.len());
    // A condition that is plain text is no wrong expression: it is none.
    assert_eq!(missed, ["164-ja-condition-plain.json"]);
}

#[test]
fn definitions_that_aws_has_refused() {
    let Some(conformance) = folder("conformance") else {
        return;
    };
    let list = fs::read_to_string(conformance.join("localstack_create_rejected.json")).unwrap();
    let mut told = Vec::new();
    for case in tree(&list).items().unwrap() {
        let definition = tree(text(case, "definition"));
        if strings(&definition)
            .iter()
            .any(|string| !string.problems().is_empty())
        {
            told.push(text(case, "id").to_owned());
        }
    }
    // The others are refused because of what is no expression.
    assert_eq!(told, ["inv-0002", "inv-0003"]);
}
