//! No text and no value makes anything panic, and places are inside of what they are places of.

use catalogue::{Argument, Pattern, Place, Resource, Target, integrations, services};
use proptest::prelude::*;

fn check(text: &str, error: &str, argument: &Argument) -> Result<(), TestCaseError> {
    let problems = match Resource::parse(text) {
        Err(problem) => vec![problem],
        Ok(resource) => {
            let mut problems = resource.problems(true);
            problems.extend(resource.problems(false));
            problems.extend(resource.argument_problems(argument));
            problems.extend(resource.error_problem(error));
            for permission in resource.permissions() {
                prop_assert!(permission.action.contains(':'));
            }
            problems
        }
    };
    for problem in problems {
        prop_assert!(!problem.to_string().is_empty());
        if let Place::Resource(range) = problem.place {
            prop_assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
        }
    }
    Ok(())
}

/// Text that comes close to a resource.
fn nearly() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(""),
        Just("arn"),
        Just("aws"),
        Just("states"),
        Just("lambda"),
        Just("aws-sdk"),
        Just("dynamodb"),
        Just("putItem"),
        Just("function"),
        Just("activity"),
        Just("sns"),
        Just("publish"),
        Just("publish.sync"),
        Just("sync:2"),
        Just("${A::B}"),
        Just("${"),
        Just("}"),
        Just("é.ß"),
        Just("."),
        Just("invoke.waitForTaskToken"),
        Just("0"),
    ];
    proptest::collection::vec(part, 0..10).prop_map(|parts| parts.join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text(text in any::<String>(), error in any::<String>()) {
        check(&text, &error, &Argument::Null)?;
    }

    #[test]
    fn text_that_is_nearly_a_resource(text in nearly(), error in "[A-Za-z.]{0,20}") {
        check(&text, &error, &Argument::Object(Vec::new()))?;
    }

    #[test]
    fn any_change_of_a_call(at in 0usize..64, letter in any::<char>(), key in "[A-Za-z.$/~]{0,12}") {
        for call in ["arn:aws:states:::aws-sdk:dynamodb:putItem", "arn:aws:states:::ecs:runTask.sync"] {
            let text: String = call.chars().enumerate().map(|(place, old)| if place == at { letter } else { old }).collect();
            let value = Argument::Object(vec![("Item", Argument::Boolean), (&key, Argument::Number)]);
            check(&text, "DynamoDB.X", &Argument::Object(vec![(&key, value)]))?;
        }
    }
}

#[test]
fn every_action_is_a_call_without_a_problem() {
    for service in services() {
        for action in service.actions() {
            let text = format!(
                "arn:aws:states:::aws-sdk:{}:{}",
                service.name(),
                action.name()
            );
            let resource = Resource::parse(&text).unwrap();
            assert!(matches!(resource.target, Target::Sdk(_)), "{text}");
            if action.offered() == catalogue::Offered::Yes && service.is_listed() {
                assert_eq!(resource.problems(true), [], "{text}");
            }
            for error in action.errors() {
                let name = format!("{}.{error}", service.error_prefixes()[0]);
                assert_eq!(resource.error_problem(&name), None, "{text} {name}");
            }
        }
    }
}

#[test]
fn every_integration_is_a_call_without_a_problem() {
    for integration in integrations() {
        for pattern in integration.patterns() {
            let text = format!(
                "arn:aws:states:::{}{}",
                integration.name(),
                pattern.suffix()
            );
            let resource = Resource::parse(&text).unwrap();
            assert_eq!(resource.problems(false), [], "{text}");
            let express = resource.problems(true);
            assert_eq!(
                express.is_empty(),
                pattern == Pattern::RequestResponse,
                "{text}"
            );
        }
    }
}

/// Deep values end somewhere.
#[test]
fn a_value_that_is_deep() {
    let mut value = Argument::Array(Vec::new());
    for _ in 0..2_000 {
        value = Argument::Object(vec![("Filter", Argument::Array(vec![value]))]);
    }
    let resource =
        Resource::parse("arn:aws:states:::aws-sdk:costexplorer:getCostAndUsage").unwrap();
    assert!(resource.argument_problems(&value).len() < 100);
}
