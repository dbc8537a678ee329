//! Calls of jobs, and the language that states are written in.

use super::patterns::{valid, with};
use super::support::composed;

#[test]
fn jobs_have_a_name_of_their_own_in_each_execution_and_a_role_that_is_asked_for() {
    let text = with(
        "JSONata",
        "fail",
        "  - {id: Train, does: {action: sagemaker:createTrainingJob, resource: churn, wait: job}, duration: 1h, timeout: 2h}\n  - {id: Try, does: {action: sagemaker:createTransformJob, resource: churn, wait: job}, duration: 1h, timeout: 2h}\n",
    );
    let (_, design) = composed(&text);
    let machine: serde_json::Value = serde_json::from_str(&design.machines[0].definition).unwrap();
    let train = &machine["States"]["Train"]["Arguments"];
    let name = train["TrainingJobName"].as_str().unwrap();
    assert!(
        name.contains("churn-") && name.contains("Execution"),
        "{name}"
    );
    assert_eq!(train["RoleArn"], "${train_role_arn}");
    let role = design
        .parameters
        .iter()
        .find(|one| one.name == "train_role_arn");
    assert_eq!(role.unwrap().kind, iac::stack::ParameterKind::Arn);
    // Long names are cut alike, and stay two.
    let data =
        &machine["States"]["Try"]["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"];
    assert_ne!(data["S3DataType"], data["S3Uri"]);
}

#[test]
fn what_stands_in_a_jsonata_state_is_written_in_jsonata() {
    let text = with(
        "JSONPath",
        "fail",
        "  - {id: A, does: {action: glue:startJobRun, resource: a, wait: job}, duration: 1h, timeout: 2h}\n  - {id: B, does: {action: glue:startJobRun, resource: b, wait: job}, duration: 1h, timeout: 2h, after: []}\n",
    );
    let (_, design) = composed(&text);
    let machine: serde_json::Value = serde_json::from_str(&design.machines[0].definition).unwrap();
    for (_, state) in machine["States"].as_object().unwrap() {
        for branch in state["Branches"].as_array().into_iter().flatten() {
            for (name, inner) in branch["States"].as_object().unwrap() {
                if state["QueryLanguage"] == "JSONata" {
                    assert_eq!(inner["QueryLanguage"], "JSONata", "{name}");
                }
            }
        }
    }
    valid(&design);
}
