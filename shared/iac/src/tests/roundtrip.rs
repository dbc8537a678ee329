//! What was written is read back by parsers of others, and compared.

use findings::AlarmSpec;
use hcl::{Body, Expression};
use proptest::prelude::*;
use saphyr::{LoadableYamlNode, Yaml};

use super::{HOSTILE, spec};
use crate::{AlarmOptions, alarm_name, cloudformation, terraform};

fn get<'a>(node: &'a Yaml<'a>, key: &str) -> &'a Yaml<'a> {
    node.as_mapping_get(key)
        .unwrap_or_else(|| panic!("no {key} in {node:?}"))
}

fn text<'a>(node: &'a Yaml<'a>, key: &str) -> &'a str {
    get(node, key)
        .as_str()
        .unwrap_or_else(|| panic!("{key} is no string"))
}

/// What CloudFormation is given instead of a dynamic reference.
fn unresolved(value: &str) -> String {
    let mut value = value.to_owned();
    while value.contains("{{") {
        value = value.replace("{{", "{ {");
    }
    value
}

fn check_yaml(alarms: &[AlarmSpec]) {
    let template = cloudformation(alarms, &AlarmOptions::default()).concat();
    let documents =
        Yaml::load_from_str(&template).unwrap_or_else(|error| panic!("{error}\n{template}"));
    let [document] = documents.as_slice() else {
        panic!("one document expected:\n{template}")
    };
    let resources = get(document, "Resources").as_mapping().expect("a mapping");
    assert_eq!(resources.len(), alarms.len(), "{template}");
    for alarm in alarms {
        let properties: Vec<&Yaml<'_>> = resources
            .values()
            .map(|resource| get(resource, "Properties"))
            .collect();
        let arn = unresolved(&alarm.machine_arn);
        let found = properties.iter().filter(|properties| {
            let dimensions = get(properties, "Dimensions").as_vec().expect("a sequence");
            text(&dimensions[0], "Value") == arn
        });
        let names: Vec<&str> = found
            .map(|properties| text(properties, "AlarmName"))
            .collect();
        assert_eq!(names, [unresolved(&alarm_name(alarm))]);
    }
}

fn resources(body: &Body) -> Vec<&hcl::Block> {
    body.blocks()
        .filter(|block| block.identifier() == "resource")
        .collect()
}

fn string(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.clone(),
        other => panic!("not a plain string: {other:?}"),
    }
}

fn attribute<'a>(body: &'a Body, key: &str) -> &'a Expression {
    body.attributes()
        .find(|attribute| attribute.key() == key)
        .unwrap_or_else(|| panic!("no {key}"))
        .expr()
}

/// For fewer alarms of a shape than share a map.
fn check_hcl(alarm: &AlarmSpec) {
    let written = terraform(std::slice::from_ref(alarm), &AlarmOptions::default());
    let body = hcl::parse(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    let resources = resources(&body);
    assert_eq!(resources.len(), 1, "{written}");
    let resource = resources[0].body();
    assert_eq!(string(attribute(resource, "alarm_name")), alarm_name(alarm));
    let Expression::Object(dimensions) = attribute(resource, "dimensions") else {
        panic!("no object:\n{written}")
    };
    let values: Vec<String> = dimensions.values().map(string).collect();
    assert_eq!(values, std::slice::from_ref(&alarm.machine_arn));
}

/// For alarms that share a map.
fn check_map(alarms: &[AlarmSpec]) {
    let written = terraform(alarms, &AlarmOptions::default());
    let value: serde_json::Value =
        hcl::from_str(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    let map = value["locals"]["above_0_in_300s"]
        .as_object()
        .expect("the map")
        .clone();
    for alarm in alarms {
        let entry = map
            .get(&alarm_name(alarm))
            .unwrap_or_else(|| panic!("no {:?} in\n{written}", alarm.machine_name));
        assert_eq!(entry["machine"].as_str(), Some(alarm.machine_arn.as_str()));
    }
    assert_eq!(map.len(), alarms.len());
}

fn hostile() -> Vec<AlarmSpec> {
    HOSTILE
        .iter()
        .map(|name| spec("us-east-1", name, "ExecutionsFailed"))
        .collect()
}

#[test]
fn hostile_names_are_read_back_as_they_were() {
    check_yaml(&hostile());
    check_map(&hostile());
    for alarm in hostile() {
        check_hcl(&alarm);
    }
}

#[test]
fn hostile_words_elsewhere_stay_words() {
    for word in HOSTILE {
        let mut alarm = spec("us-east-1", "a", "ExecutionsFailed");
        alarm.reason = format!("because {word}");
        alarm.statistic = (*word).to_owned();
        alarm.treat_missing_data = (*word).to_owned();
        check_yaml(std::slice::from_ref(&alarm));
        check_hcl(&alarm);
        alarm.metric = (*word).to_owned();
        alarm.region = (*word).to_owned();
        check_yaml(std::slice::from_ref(&alarm));
        check_hcl(&alarm);
    }
}

fn any_name() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<char>().prop_map(|c| c.to_string()),
        prop::sample::select(vec![
            "$", "%", "{", "}", "${", "%{", "\"", "\\", "\n", "{{", "}}", "\\u0041", ": ", " #",
            "'"
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9_-]{1,8}",
    ];
    prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_name_breaks_out_of_its_string(name in any_name()) {
        let alarm = spec("us-east-1", &name, "ExecutionsFailed");
        check_yaml(std::slice::from_ref(&alarm));
        check_hcl(&alarm);
    }
}

#[test]
fn a_host_of_an_address_imports_no_module() {
    let imports =
        "import * as sqs from 'aws-cdk-lib/aws-sqs';\nimport * as iam from 'aws-cdk-lib/aws-iam';";
    let of = |body: &str| crate::cdk::used::used_imports(&format!("{imports}\n\n{body}"));
    let address = of("`https://sqs.${Aws.REGION}.amazonaws.com/`; new iam.Role();");
    assert!(
        !address.contains("aws-sqs") && address.contains("aws-iam"),
        "{address}"
    );
    assert!(of("new sqs.Queue(this, 'Queue');").contains("aws-sqs"));
}
