#![allow(
    clippy::needless_pass_by_value,
    reason = "tests read better with `json!` in place"
)]

use facts::MachineArn;
use serde_json::{Value, json};

use crate::*;

fn event(detail_type: &str, detail: Value) -> Value {
    json!({"id": "e-1", "detail-type": detail_type, "detail": detail})
}

fn call(name: &str, request: Value, response: Value) -> Value {
    event(
        "AWS API Call via CloudTrail",
        json!({"eventSource": "states.amazonaws.com", "eventName": name, "requestParameters": request, "responseElements": response}),
    )
}

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:orders";

fn deployed(event: &Value) -> Option<(String, Option<String>)> {
    match deploy_event(event) {
        Some(DeployEvent::Deploy(deploy)) => Some((deploy.machine.unqualified(), deploy.revision)),
        _ => None,
    }
}

fn why(event: &Value) -> String {
    match deploy_event(event) {
        Some(DeployEvent::Ignored(why)) => why,
        other => panic!("not ignored: {other:?}"),
    }
}

#[test]
fn each_call_that_changes_a_state_machine_names_it() {
    let orders = Some((ARN.to_owned(), None));
    let version = format!("{ARN}:2");
    assert_eq!(
        deployed(&call(
            "CreateStateMachine",
            json!({"name": "orders"}),
            json!({"stateMachineArn": ARN})
        )),
        orders
    );
    assert_eq!(
        deployed(&call(
            "UpdateStateMachine",
            json!({"stateMachineArn": ARN}),
            json!({"revisionId": "r-2"})
        )),
        Some((ARN.to_owned(), Some("r-2".to_owned())))
    );
    assert_eq!(
        deployed(&call(
            "PublishStateMachineVersion",
            json!({"stateMachineArn": ARN}),
            Value::Null
        )),
        orders
    );
    let routes = json!({"stateMachineAliasArn": format!("{ARN}:PROD"), "routingConfiguration": [{"stateMachineVersionArn": version, "weight": 100}]});
    assert_eq!(
        deployed(&call("UpdateStateMachineAlias", routes, Value::Null)),
        orders
    );
    assert_eq!(
        deployed(&call(
            "UpdateStateMachineAlias",
            json!({"stateMachineAliasArn": format!("{ARN}:PROD")}),
            Value::Null
        )),
        orders
    );
}

#[test]
fn cloudformation_says_it_with_the_physical_id() {
    let change = |status: &str| {
        event(
            "CloudFormation Resource Status Change",
            json!({"resource-type": "AWS::StepFunctions::StateMachine", "physical-resource-id": ARN, "status-details": {"status": status}}),
        )
    };
    assert_eq!(
        deployed(&change("UPDATE_COMPLETE")),
        Some((ARN.to_owned(), None))
    );
    assert!(why(&change("UPDATE_IN_PROGRESS")).contains("UPDATE_IN_PROGRESS"));
}

#[test]
fn calls_that_failed_or_change_nothing_are_ignored() {
    let mut failed = call(
        "UpdateStateMachine",
        json!({"stateMachineArn": ARN}),
        Value::Null,
    );
    failed["detail"]["errorCode"] = json!("InvalidDefinition");
    assert_eq!(why(&failed), "the call failed with InvalidDefinition");
    assert!(
        why(&call(
            "DeleteStateMachine",
            json!({"stateMachineArn": ARN}),
            Value::Null
        ))
        .contains("deleted")
    );
    assert!(
        why(&call(
            "StartExecution",
            json!({"stateMachineArn": ARN}),
            Value::Null
        ))
        .contains("StartExecution")
    );
    assert!(
        why(&call("UpdateStateMachine", json!({}), Value::Null)).contains("names no state machine")
    );
    assert!(
        why(&event("Step Functions Execution Status Change", json!({})))
            .contains("nothing of a deploy")
    );
}

#[test]
fn hostile_words_of_an_event_are_cut_before_they_reach_a_log() {
    let word = "x\u{1b}[31m\nInjected: line".repeat(50);
    let said = why(&call(&word, json!({}), Value::Null));
    assert!(said.len() < 200 && !said.contains('\u{1b}') && !said.contains('\n'));
}

#[test]
fn inspect_takes_a_page_or_a_deploy_and_says_so() {
    let page = Page {
        run: "r".to_owned(),
        region: "eu-west-1".to_owned(),
        number: 1,
        of: 2,
    };
    assert_eq!(
        InspectInput::parse(&json!(page)).unwrap(),
        InspectInput::Page(page)
    );
    let Fault::BadEvent(message) = InspectInput::parse(&json!({"hello": 1})).unwrap_err() else {
        panic!("bad event")
    };
    assert!(
        message.starts_with("inspect takes a page of work"),
        "{message}"
    );
}

#[test]
fn report_takes_an_audit_a_deploy_and_a_destination_envelope() {
    let result = PageResult {
        key: "k".to_owned(),
        machines: 1,
        findings: 2,
        not_read: 0,
    };
    let answer = json!(InspectOutput::Deploy(result.clone()));
    let envelope = json!({"version": "1.0", "requestPayload": {}, "responsePayload": answer});
    assert_eq!(
        ReportInput::parse(&answer).unwrap(),
        ReportInput::Deploy(result.clone())
    );
    assert_eq!(
        ReportInput::parse(&envelope).unwrap(),
        ReportInput::Deploy(result.clone())
    );
    let page = Page {
        run: "r".to_owned(),
        region: "eu-west-1".to_owned(),
        number: 2,
        of: 2,
    };
    let failed = InspectOutput::Failed {
        page,
        error: "Lambda.Unknown".to_owned(),
    };
    let discovered = DiscoverOutput {
        run: "r".to_owned(),
        machines: 2,
        regions: Vec::new(),
        not_listed: Vec::new(),
    };
    let audit = json!({"discovered": discovered, "results": [[InspectOutput::Page(result.clone()), failed]]});
    assert_eq!(
        ReportInput::parse(&audit).unwrap(),
        ReportInput::Audit {
            discovered,
            results: vec![InspectOutput::Page(result.clone()), failed]
        }
    );
    assert!(matches!(
        ReportInput::parse(&json!(InspectOutput::Page(result))),
        Err(Fault::BadEvent(_))
    ));
}

#[test]
fn discover_takes_the_input_of_the_audit_and_a_scheduled_event() {
    let audit = DiscoverInput::parse(&json!({"run": "a:b/c", "regions": ["eu-west-1"]})).unwrap();
    assert_eq!(
        (audit.run.as_deref(), audit.regions),
        (Some("a-b-c"), Some(vec!["eu-west-1".to_owned()]))
    );
    assert_eq!(
        DiscoverInput::parse(&event("Scheduled Event", json!({}))).unwrap(),
        DiscoverInput::default()
    );
    assert!(DiscoverInput::parse(&json!([])).is_err());
    assert!(DiscoverInput::parse(&json!({"regions": "eu-west-1"})).is_err());
}

#[test]
fn configuration_has_defaults_and_names_what_is_wrong() {
    let base = |name: &str| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "SFN_ADVISOR_BUCKET" => Some("bucket".to_owned()),
        _ => None,
    };
    let config = Config::from_environment(base).unwrap();
    assert_eq!(
        (config.window_days, config.page_size, config.regions),
        (14, 250, vec!["eu-west-1".to_owned()])
    );
    let with = |name: &'static str, value: &'static str| {
        Config::from_environment(move |asked| {
            if asked == name {
                Some(value.to_owned())
            } else {
                base(asked)
            }
        })
    };
    assert_eq!(
        with("SFN_ADVISOR_REGIONS", "eu-west-1, us-east-1,")
            .unwrap()
            .regions,
        ["eu-west-1", "us-east-1"]
    );
    for (name, value) in [
        ("SFN_ADVISOR_WINDOW_DAYS", "0"),
        ("SFN_ADVISOR_API_SHARE", "NaN"),
        ("SFN_ADVISOR_PAGE_SIZE", "many"),
    ] {
        let message = with(name, value).unwrap_err().to_string();
        assert!(
            message.contains(name) && message.contains(value),
            "{message}"
        );
    }
    assert_eq!(
        Config::from_environment(|_| None).unwrap_err().to_string(),
        "environment variable AWS_REGION is not set"
    );
}

#[test]
fn keys_of_two_names_never_meet() {
    assert_ne!(
        paths::deploy_mark("r", "a/b", "1"),
        paths::deploy_mark("r", "a=2Fb", "1")
    );
    assert_ne!(
        paths::deploy_mark("r", "ä", "1"),
        paths::deploy_mark("r", "a", "1")
    );
}

#[test]
fn an_answer_is_found_by_the_object_that_asked() {
    let config = Config::from_environment(|name| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "SFN_ADVISOR_BUCKET" => Some("own".to_owned()),
        _ => None,
    })
    .unwrap();
    let answer = |bucket: &str, key: &str| {
        let asked = Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        };
        paths::design_answer(&config, &asked)
    };
    assert_eq!(
        answer("own", "requirements/order.yaml"),
        "designs/answers/requirements/order.yaml.json"
    );
    assert_eq!(
        answer("in", "a b/../é.yaml"),
        "designs/answers/in:a=20b/=2E=2E/=C3=A9.yaml.json"
    );
    assert_ne!(answer("in", "a.yaml"), answer("own", "in:a.yaml"));
    assert_ne!(answer("own", "a/b.yaml"), answer("own", "a=2Fb.yaml"));
}

#[test]
fn an_error_has_a_name_that_a_state_machine_can_match() {
    let diagnostic = lambda_runtime::Diagnostic::from(Fault::AccessDenied("no".to_owned()));
    assert_eq!(
        (
            diagnostic.error_type.as_str(),
            diagnostic.error_message.as_str()
        ),
        ("AccessDenied", "no")
    );
}

#[test]
fn a_machine_arn_loses_its_qualifier() {
    let arn = MachineArn::parse(&format!("{ARN}:7")).unwrap();
    assert_eq!(arn.unqualified(), ARN);
}
