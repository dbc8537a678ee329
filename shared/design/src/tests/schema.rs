//! The published schema and the reader say the same.

use asl::{Format, Level, Tree};
use serde_json::{Value, json};

use super::files;
use crate::requirements::{SCHEMA, read};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    jsonschema::validator_for(&schema).expect("schema")
}

fn value(node: &asl::Node) -> Value {
    crate::requirements::json_of(node)
}

fn of(text: &str) -> Value {
    value(&Tree::read(text, Format::Yaml).root.expect("a value"))
}

/// Errors of the reader; those about the form of single values apart.
fn errors(file: &Value) -> (Vec<String>, Vec<String>) {
    const FORM: [&str; 7] = [
        "value-",
        "field-",
        "name-",
        "step-with",
        "control-",
        "region-",
        "too-many-steps",
    ];
    let (_, problems) = read(&file.to_string(), Format::Json);
    let told = problems
        .iter()
        .filter(|problem| problem.level == Level::Error);
    let all: Vec<String> = told.clone().map(ToString::to_string).collect();
    let form = told
        .filter(|problem| FORM.iter().any(|id| problem.id.starts_with(id)))
        .map(ToString::to_string)
        .collect();
    (all, form)
}

#[test]
fn every_example_is_valid() {
    let validator = validator();
    for (name, text) in files::own().into_iter().chain(files::beside()) {
        let file = of(&text);
        let told: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(told, Vec::<String>::new(), "{name}");
        assert_eq!(errors(&file).0, Vec::<String>::new(), "{name}");
    }
}

/// Pointers of all values.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                // What is free is no concern of the schema.
                if !matches!(key.as_str(), "input" | "pattern") {
                    pointers(inner, &asl::pointer_push(here, key), found);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn what_one_refuses_the_other_refuses() {
    let validator = validator();
    let strange = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(2),
        json!("§"),
        json!(""),
        json!("a\u{7}b"),
        json!([]),
        json!({}),
        json!({"colour": 1}),
        json!("5 m"),
    ];
    let (mut refused, mut same) = (0, 0);
    for (name, text) in files::own() {
        let file = of(&text);
        let mut all = Vec::new();
        pointers(&file, "", &mut all);
        for (index, pointer) in all.into_iter().enumerate() {
            // A third of them for each place, another third for the next: all of them for every kind of place.
            for strange in strange.iter().skip(index % 3).step_by(3) {
                let mut mutated = file.clone();
                *mutated.pointer_mut(&pointer).expect("there") = strange.clone();
                let is_valid = validator.is_valid(&mutated);
                let (errors, form) = errors(&mutated);
                if is_valid {
                    same += 1;
                    assert_eq!(
                        form,
                        Vec::<String>::new(),
                        "{name} {pointer} {strange}: the schema accepts it"
                    );
                } else {
                    refused += 1;
                    assert!(
                        !errors.is_empty(),
                        "{name} {pointer} {strange}: the schema refuses it"
                    );
                }
            }
        }
    }
    assert!(refused > 2_500 && same > 100, "{refused} {same}");
}

#[test]
fn unknown_and_missing_fields_are_refused_by_both() {
    let validator = validator();
    for (name, text) in files::own() {
        let file = of(&text);
        let mut all = Vec::new();
        pointers(&file, "", &mut all);
        for pointer in all {
            let Some(Value::Object(members)) = file.pointer(&pointer).cloned() else {
                continue;
            };
            for key in members.keys() {
                let mut without = file.clone();
                if let Some(Value::Object(members)) = without.pointer_mut(&pointer) {
                    members.remove(key);
                }
                let (errors, form) = errors(&without);
                if validator.is_valid(&without) {
                    assert_eq!(form, Vec::<String>::new(), "{name} {pointer}/{key}");
                } else {
                    assert!(!errors.is_empty(), "{name} {pointer}/{key}");
                }
            }
            if pointer == "/tags" {
                continue;
            }
            let mut with = file.clone();
            if let Some(Value::Object(members)) = with.pointer_mut(&pointer) {
                members.insert("colour".to_owned(), json!("red"));
            }
            assert!(!validator.is_valid(&with), "{name} {pointer}");
            assert!(!errors(&with).0.is_empty(), "{name} {pointer}");
        }
    }
}

#[test]
fn every_field_is_explained() {
    fn walk(schema: &Value, here: &str) {
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (key, property) in properties {
                let here = format!("{here}/{key}");
                assert!(property.get("title").is_some(), "{here}");
                assert!(property.get("description").is_some(), "{here}");
                walk(property, &here);
            }
        }
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(key) {
                walk(inner, &format!("{here}/{key}"));
            }
        }
    }
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    walk(&schema, "");
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        walk(definition, name);
    }
}
