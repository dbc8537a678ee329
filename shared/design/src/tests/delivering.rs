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

/// What the rule hands over is what the definition reads.
#[test]
fn executions_get_the_part_of_an_event_that_the_requirements_read() {
    let text = own()
        .into_iter()
        .find(|(name, _)| name == "order-fulfilment")
        .unwrap()
        .1;
    let bare = text.replace("$.detail.orderId", "$.orderId");
    assert_ne!(text, bare);
    for (text, path) in [
        (&text, None),
        (&bare, Some("input_path = \"$.detail\"")),
        (
            &bare.replace("$.orderId", "\"{% $states.input.detail.orderId %}\""),
            None,
        ),
    ] {
        let answer = design(text, Format::Yaml, Prices::embedded());
        let delivery = answer.outcome.delivery().unwrap();
        let of = |name: &str| {
            let file = delivery.files.iter().find(|it| it.file_name == name);
            file.unwrap().text.as_str()
        };
        let line = of("terraform/triggers.tf")
            .lines()
            .find(|line| line.contains("input_path"))
            .map(str::trim);
        assert_eq!(line, path);
        let mocks: serde_json::Value =
            serde_json::from_str(of("tests/MockConfigFile.json")).unwrap();
        let input = &mocks["SfnAdvisor"]["order-fulfilment"]["Success"]["Input"];
        let expected = if path.is_some() {
            "/orderId"
        } else {
            "/detail/orderId"
        };
        assert!(
            input.pointer(expected).is_some() || text.contains("{%"),
            "{input}"
        );
    }
}
