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

#[test]
fn a_job_is_named_by_its_execution_and_ended_by_that_name() {
    let text = with(
        "JSONata",
        "compensate",
        "  - {id: Write, does: {action: transcribe:startTranscriptionJob, resource: calls, wait: job}, idempotent: true, undo: {action: transcribe:deleteTranscriptionJob}, duration: 6min, timeout: 2h}\n  - {id: Tell, does: {action: lambda:invoke, resource: tell}, timeout: 10s, idempotent: true}\n",
    );
    let (_, design) = composed(&text);
    let machine: serde_json::Value = serde_json::from_str(&design.machines[0].definition).unwrap();
    let name = |state: &str| {
        let arguments = &machine["States"][state]["Arguments"];
        arguments["TranscriptionJobName"]
            .as_str()
            .unwrap_or_else(|| panic!("{state}: {machine:#}"))
            .to_owned()
    };
    let undo = design.steps["Write"].undo.clone().unwrap();
    assert!(name("Write").contains("$states.context.Execution.Name"));
    assert_eq!(name("Write"), name(&undo));
    let asked: Vec<&str> = design
        .parameters
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert!(
        !asked.iter().any(|name| name.contains("job_name")),
        "{asked:?}"
    );
}

#[test]
fn lists_are_asked_for_with_commas_and_models_stand_as_they_are_called() {
    let text = with(
        "JSONata",
        "fail",
        "  - {id: ReadText, does: {action: textract:startDocumentAnalysis, resource: scans, wait: job}, idempotent: true, duration: 1min, timeout: 1h}\n  - {id: Sum up, does: {action: bedrock:invokeModel, resource: 'anthropic.claude-3-haiku-20240307-v1:0'}, idempotent: true}\n",
    );
    let (_, design) = composed(&text);
    let machine: serde_json::Value = serde_json::from_str(&design.machines[0].definition).unwrap();
    assert_eq!(
        machine["States"]["ReadText"]["Arguments"]["FeatureTypes"],
        "{% [$split('${read_text_feature_types}', ',')] %}"
    );
    let of = |name: &str| design.parameters.iter().find(|it| it.name == name);
    let types = of("read_text_feature_types").unwrap();
    assert!(types.description.contains("a list"), "{types:?}");
    let names: Vec<&str> = design
        .parameters
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    // The role permits the model that is named, so that nobody is asked for its ARN.
    let called = machine["States"].as_object().unwrap().values();
    let models: Vec<_> = called
        .filter_map(|state| state["Arguments"]["ModelId"].as_str())
        .collect();
    assert_eq!(models, ["anthropic.claude-3-haiku-20240307-v1:0"]);
    assert!(
        !names.iter().any(|name| name.contains("claude")),
        "{names:?}"
    );
}
