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

/// What the rule hands over is what the definition reads.
#[test]
fn executions_get_the_part_of_an_event_that_the_requirements_read() {
    let text = own()
        .into_iter()
        .find(|(name, _)| name == "order-fulfilment.yaml")
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
        assert_eq!(input.pointer(expected), Some(&"1".into()), "{input}");
    }
}

/// Nobody reads answers of states that a case does not come to, nor notes on them.
#[test]
fn test_cases_name_the_answers_that_they_need() {
    for (name, text) in own() {
        let answer = design(&text, Format::Yaml, Prices::embedded());
        let Some(delivery) = answer.outcome.delivery() else {
            panic!("{name}");
        };
        let file = delivery
            .files
            .iter()
            .find(|it| it.file_name == "tests/MockConfigFile.json");
        let Some(file) = file else { continue };
        let mocks: serde_json::Value = serde_json::from_str(&file.text).unwrap();
        let workflow = delivery
            .files
            .iter()
            .find(|it| it.file_name == "workflow.asl.json");
        let workflow: serde_json::Value = serde_json::from_str(&workflow.unwrap().text).unwrap();
        let mut used = std::collections::BTreeSet::new();
        for (machine, cases) in mocks["StateMachines"].as_object().unwrap() {
            for (case, states) in cases["TestCases"].as_object().unwrap() {
                let expect = &mocks["SfnAdvisor"][machine][case]["Expect"];
                let entered = expect["entered"].as_array().unwrap();
                for (state, response) in states.as_object().unwrap() {
                    let is_own = workflow["States"].get(state).is_some();
                    let is_entered = entered.iter().any(|it| it == state);
                    assert!(is_entered || !is_own, "{name} {case}: {state}");
                    used.insert(response.as_str().unwrap());
                }
            }
        }
        let told = mocks["MockedResponses"].as_object().unwrap();
        let told: std::collections::BTreeSet<&str> = told.keys().map(String::as_str).collect();
        assert_eq!(used, told, "{name}");
    }
}

/// A picture is XML, and nothing is drawn nowhere.
#[test]
fn pictures_are_whole() {
    for (name, text) in own() {
        let answer = design(&text, Format::Yaml, Prices::embedded());
        let Some(delivery) = answer.outcome.delivery() else {
            panic!("{name}: {:?}", answer.problems);
        };
        for file in delivery.files.iter().filter(|it| it.language == "svg") {
            let of = |what: &str| file.text.matches(what).count();
            assert_eq!(of("<svg "), 1, "{name}");
            for tag in ["text", "g", "style", "title", "defs", "marker"] {
                let open = of(&format!("<{tag}>")) + of(&format!("<{tag} "));
                assert_eq!(open, of(&format!("</{tag}>")), "{name}: {tag}");
            }
            assert!(!file.text.contains("NaN"), "{name}");
            for number in file.text.split([' ', '"', 'M', 'C', 'V']) {
                if let Ok(at) = number.parse::<f64>() {
                    assert!((-40.0..100_000.0).contains(&at), "{name}: {at}");
                }
            }
        }
    }
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

/// The way on which nothing fails is one, and what a case lets fail is come to, also behind a Choice or a failure before it.
#[test]
fn each_case_is_what_its_name_says() {
    for (name, text) in own() {
        let answer = design(&text, Format::Yaml, Prices::embedded());
        let files = answer.outcome.delivery().map(|it| it.files.as_slice());
        let mocks = files
            .unwrap_or_default()
            .iter()
            .find(|it| it.file_name == "tests/MockConfigFile.json");
        let Some(mocks) = mocks else { continue };
        let mocks: serde_json::Value = serde_json::from_str(&mocks.text).unwrap();
        for (_, cases) in mocks["SfnAdvisor"].as_object().unwrap() {
            assert_eq!(
                cases["Success"]["Expect"]["status"], "SUCCEEDED",
                "{name}: {}",
                cases["Success"]
            );
            for (case, expected) in cases.as_object().unwrap() {
                let tests = &mocks["StateMachines"].as_object().unwrap();
                let answers = tests.values().next().unwrap()["TestCases"][case]
                    .as_object()
                    .unwrap();
                let fails = answers.values().any(|answer| {
                    let answer = &mocks["MockedResponses"][answer.as_str().unwrap()];
                    answer["0-999"].get("Throw").is_some()
                });
                assert!(fails || case == "Success", "{name}: {case}: {expected}");
            }
        }
    }
}
