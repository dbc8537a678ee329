use findings::Report;
use insta::assert_snapshot;
use serde_json::Value;

use super::fixture::{clean, dangling, first_audit, next_audit, removable, report_of, saving, usd};
use crate::json;

const SCHEMA: &str = include_str!("../../../docs/schema/report-v1.schema.json");

/// What is wrong with a value, by the part of JSON Schema that the schema uses. A field that the schema does not describe
/// is wrong, too: a reader learns the interface from it.
pub(super) fn problems(value: &Value) -> Vec<String> {
    let root: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut out = Vec::new();
    judge(&root, &root, value, "$", &mut out);
    out
}

fn judge(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        judge(
            root,
            root.pointer(target.trim_start_matches('#')).unwrap(),
            value,
            at,
            out,
        );
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let fits = |option: &&Value| {
            let mut inner = Vec::new();
            judge(root, option, value, at, &mut inner);
            inner.is_empty()
        };
        if options.iter().filter(fits).count() != 1 {
            out.push(format!("{at}: fits not exactly one of the options"));
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => Vec::new(),
    };
    let is = |name: &&str| match *name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        out.push(format!("{at}: is none of {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        out.push(format!("{at}: {value} is not in the list"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        out.push(format!("{at}: is not {}", schema["const"]));
    }
    if let (Some(least), Some(n)) = (schema["minimum"].as_f64(), value.as_f64())
        && n < least
    {
        out.push(format!("{at}: {n} is below {least}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            out.push(format!("{at}: {name} is missing"));
        }
    }
    if let (Some(known), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, field) in fields {
            match known.get(name) {
                Some(inner) => judge(root, inner, field, &format!("{at}.{name}"), out),
                None => out.push(format!("{at}.{name}: is not described")),
            }
        }
    }
    if let (true, Some(items)) = (schema["items"].is_object(), value.as_array()) {
        for (index, item) in items.iter().enumerate() {
            judge(root, &schema["items"], item, &format!("{at}[{index}]"), out);
        }
    }
}

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&json(report)).unwrap()
}

#[test]
fn every_report_follows_the_schema() {
    let mut files = clean();
    files.machines = vec![report_of(dangling().machine, vec![dangling()])];
    for report in [first_audit(), next_audit(), clean(), files] {
        assert_eq!(problems(&parsed(&report)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_notices_what_does_not_follow_it() {
    let good = parsed(&next_audit());
    let break_it = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        problems(&value).join("; ")
    };
    let at = good["machines"]
        .as_array()
        .unwrap()
        .iter()
        .position(|machine| machine["findings"][0].is_object())
        .unwrap();
    assert_snapshot!(break_it(&|value| value["version"] = 2.into()), @r#"$.version: is not 1"#);
    assert_snapshot!(break_it(&|value| value["extra"] = 2.into()), @r#"$.extra: is not described"#);
    assert!(
        break_it(&|value| value["machines"][at]["findings"][0]["severity"] = "bad".into())
            .contains("not in the list")
    );
    assert!(
        break_it(&|value| value["machines"][at]["findings"][0]["saving"] = "1".into())
            .contains("exactly one")
    );
    assert!(
        break_it(&|value| drop(value["summary"].as_object_mut().unwrap().remove("findings")))
            .contains("missing")
    );
}

#[test]
fn an_audit_as_json() {
    let mut report = next_audit();
    report.machines.retain(|machine| {
        ["invoice-run", "order-enrichment", "batch-12"].contains(&machine.machine.name.as_str())
    });
    report.account_findings[0].members.truncate(3);
    // The files of a fix are the business of another crate.
    let mut value = parsed(&report);
    for file in files(&mut value) {
        file["text"] = "…".into();
    }
    assert_snapshot!(serde_json::to_string_pretty(&super::sorted(&value)).unwrap());
}

fn files(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().flat_map(files).collect(),
        Value::Object(fields) if fields.contains_key("language") => vec![value],
        Value::Object(fields) => fields.values_mut().flat_map(files).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn amounts_are_numbers_and_exact() {
    let cases = [
        ("1290", "1290"),
        ("1290.50", "1290.5"),
        ("0.10", "0.1"),
        ("0.000025", "0.000025"),
        ("-3.2", "-3.2"),
        ("0.0000001", "0"),
        ("123456789.123456", "123456789.123456"),
        ("79228162514264337593543950335", "7.92281625142643e+28"),
    ];
    for (amount, written) in cases {
        let mut report = clean();
        let mut finding = removable().remove(0);
        finding.saving = Some(saving(amount, "0", amount));
        report.machines = vec![report_of(finding.machine.clone(), vec![finding])];
        let value = parsed(&report);
        assert_eq!(
            value["machines"][0]["findings"][0]["saving"]["usd_per_month"].to_string(),
            written
        );
    }
    assert_eq!(
        parsed(&first_audit())["summary"]["usd_per_month"].to_string(),
        (usd("1290.72") + usd("55.95")).to_string()
    );
}

#[test]
fn edits_steps_and_files_are_told_apart() {
    let value = parsed(&first_audit());
    let fix = |name: &str| {
        let machines = value["machines"].as_array().unwrap();
        let machine = machines
            .iter()
            .find(|machine| machine["name"] == name)
            .unwrap();
        machine["findings"][0]["fix"].clone()
    };
    assert_eq!(fix("video-import")["edits"][0]["start"], 14);
    assert_eq!(
        fix("order-enrichment")["steps"].as_array().unwrap().len(),
        2
    );
    assert!(
        fix("invoice-run")["files"][0]["text"]
            .as_str()
            .unwrap()
            .contains("ExecutionsFailed")
    );
    assert_eq!(fix("invoice-run").get("edits"), None);
}
