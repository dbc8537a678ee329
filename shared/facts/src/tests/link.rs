use crate::{Caller, Fact, MachineFacts, link_callers};

const CHILD: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:child";

fn machine(name: &str, definition: Fact<String>) -> MachineFacts {
    MachineFacts {
        arn: format!("arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"),
        name: name.to_owned(),
        definition,
        ..MachineFacts::default()
    }
}

fn task(resource: &str, arguments: &str) -> Fact<String> {
    Fact::Known(format!(
        r#"{{"StartAt": "Start", "States": {{"Start": {{"Type": "Task", "Resource": "{resource}", {arguments}, "End": true}}}}}}"#
    ))
}

fn literal() -> String {
    format!(r#""Parameters": {{"StateMachineArn": "{CHILD}"}}"#)
}

#[test]
fn every_way_to_start_another_by_its_arn_is_found() {
    let mut machines = [
        machine("child", Fact::Known("{}".to_owned())),
        machine(
            "waits",
            task("arn:aws:states:::states:startExecution.sync:2", &literal()),
        ),
        machine(
            "starts",
            task("arn:aws:states:::states:startExecution", &literal()),
        ),
        machine(
            "express",
            task(
                "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
                &literal(),
            ),
        ),
        machine(
            "jsonata",
            task(
                "arn:aws:states:::states:startExecution",
                &literal().replace("Parameters", "Arguments"),
            ),
        ),
        machine(
            "computed",
            task(
                "arn:aws:states:::states:startExecution",
                r#""Parameters": {"StateMachineArn.$": "$.arn"}"#,
            ),
        ),
        machine(
            "describes",
            task(
                "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
                &literal(),
            ),
        ),
        machine("unreadable", Fact::unknown("KmsAccessDenied")),
        machine("malformed", Fact::Known("{startExecution".to_owned())),
    ];
    link_callers(&mut machines);
    let caller = |machine: &str, waits| Caller {
        machine: machine.to_owned(),
        state: "Start".to_owned(),
        waits,
    };
    let expected = vec![
        caller("express", false),
        caller("jsonata", false),
        caller("starts", false),
        caller("waits", true),
    ];
    assert_eq!(machines[0].callers, Fact::Known(expected));
    assert_eq!(machines[1].callers, Fact::Known(Vec::new()));
}
