//! What whoever is called at night is told.

use super::patterns::with;
use super::support::composed;
use crate::compose::runbook;

const STEPS: &str = "  - {id: Look, does: {action: dynamodb:getItem, resource: a}}
  - {id: Charge, does: {action: lambda:invoke, resource: charge}, timeout: 10s, limit: {concurrent: 2}}
  - {id: Note, does: {action: lambda:invoke, resource: note}, timeout: 10s, idempotent: true}
  - {id: Train, does: {action: sagemaker:createTrainingJob, resource: churn, wait: job}, duration: 1h, timeout: 2h}
  - {id: Rest, wait: 5min}
";

fn row<'a>(text: &'a str, state: &str) -> &'a str {
    let begins = format!("| `{state}` | ");
    text.lines()
        .filter_map(|line| line.strip_prefix(&begins))
        .find(|rest| rest.starts_with("yes") || rest.starts_with("no"))
        .unwrap_or_else(|| panic!("{state}: {text}"))
}

#[test]
fn it_says_of_each_state_whether_it_may_be_redriven() {
    let (requirements, design) = composed(&with("JSONata", "fail", STEPS));
    let text = runbook(&requirements, &design);
    for (state, safe) in [
        ("Look", "yes | it only reads"),
        ("Charge", "no | nothing says"),
        ("Note", "yes | the requirements say"),
        ("Train", "no | the job has its name already"),
        ("Rest", "yes | it waits anew"),
    ] {
        assert!(row(&text, state).starts_with(safe), "{state}: {text}");
    }
    assert!(text.contains("aws stepfunctions redrive-execution --execution-arn <ARN>"));
}

#[test]
fn it_says_when_the_place_of_a_stopped_execution_is_free_again() {
    let (requirements, design) = composed(&with("JSONata", "fail", STEPS));
    let text = runbook(&requirements, &design);
    let lease = crate::requirements::Duration(design.leases["Charge"] * 1_000);
    assert!(
        text.contains(&format!("| Charge | {lease} after it was taken |")),
        "{text}"
    );
}

#[test]
fn an_express_execution_is_started_again() {
    let steps = "  - {id: Note, does: {action: lambda:invoke, resource: note}, timeout: 10s, idempotent: true}\nworkflow_type: EXPRESS\n";
    let text = with("JSONata", "park", steps)
        .replace("max: 30d", "max: 1min")
        .replace("exactly-once", "at-least-once");
    let (requirements, design) = composed(&text);
    let text = runbook(&requirements, &design);
    assert!(text.contains("cannot be redriven"), "{text}");
    assert!(!text.contains("redrive-execution"), "{text}");
}
