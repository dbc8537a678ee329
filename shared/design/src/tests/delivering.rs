//! Whole designs of all examples.

use asl::Format;
use pricing::Prices;

use super::files::{beside, own};
use crate::deliver::{Outcome, design};

#[test]
fn every_example_is_delivered_whole_and_the_same_each_time() {
    for (name, text) in own().into_iter().chain(beside()) {
        let answer = design(&text, Format::Yaml, Prices::embedded());
        let delivery = match &answer.outcome {
            Outcome::Invalid => panic!("{name}: {:?}", answer.problems),
            Outcome::Refused(delivery) => {
                assert_eq!(delivery.files.len(), 1, "{name}");
                assert_eq!(delivery.files[0].file_name, "REFUSAL.md", "{name}");
                assert!(
                    name.contains("refuse"),
                    "{name}: {}",
                    delivery.files[0].text
                );
                continue;
            }
            Outcome::Redirected(delivery) | Outcome::Designed(delivery) => delivery,
        };
        let has = |file: &str| delivery.files.iter().any(|it| it.file_name == file);
        for file in [
            "workflow.asl.json",
            "COST.md",
            "cost.html",
            "README.md",
            "decisions.json",
            "RUNBOOK.md",
            "tests/MockConfigFile.json",
        ] {
            assert!(has(file), "{name}: {file}");
        }
        assert!(
            delivery
                .files
                .is_sorted_by(|one, other| one.file_name < other.file_name),
            "{name}"
        );
        let blocking: Vec<_> = delivery
            .summary
            .review
            .iter()
            .filter(|review| review.blocking)
            .collect();
        assert!(blocking.is_empty(), "{name}: {blocking:#?}");
        let again = design(&text, Format::Yaml, Prices::embedded());
        let files = again.outcome.delivery().map(|it| it.files.clone());
        assert_eq!(files.as_ref(), Some(&delivery.files), "{name}");
    }
}

/// A claim and a circuit are states that no step asks for.
#[test]
fn reasons_and_bill_speak_of_the_same_transitions() {
    let orders = own()
        .into_iter()
        .find(|(name, _)| name == "order-fulfilment.yaml");
    let answer = design(&orders.unwrap().1, Format::Yaml, Prices::embedded());
    let delivery = answer.outcome.delivery().unwrap();
    let text = |file: &str| {
        let file = delivery.files.iter().find(|it| it.file_name == file);
        file.unwrap().text.as_str()
    };
    assert!(text("COST.md").contains("executions x 8.00 transitions"));
    assert!(text("decisions.json").contains("of about 8 transitions"));
}

/// IAM takes nothing but ARNs.
#[test]
fn the_role_permits_a_model_by_its_arn() {
    let (_, text) = own()
        .into_iter()
        .find(|(name, _)| name.contains("document-intake"))
        .unwrap();
    let answer = design(&text, Format::Yaml, Prices::embedded());
    let delivery = answer.outcome.delivery().unwrap();
    let main = delivery
        .files
        .iter()
        .find(|file| file.file_name == "terraform/main.tf")
        .unwrap();
    let (_, after) = main.text.split_once("\"bedrock:InvokeModel\"").unwrap();
    let resources = after.lines().nth(1).unwrap();
    assert!(
        resources.contains("::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"),
        "{resources}"
    );
}
