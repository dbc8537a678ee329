use asl::Format;
use proptest::prelude::*;

use crate::init::{Answers, answered, check, is_asked, questions};
use crate::requirements::{Consistency, TriggerKind, read};

fn answers(given: &[(&str, &str)]) -> Answers {
    given
        .iter()
        .map(|(id, answer)| ((*id).to_owned(), (*answer).to_owned()))
        .collect()
}

#[test]
fn every_default_is_an_answer() {
    for question in questions() {
        assert_eq!(check(question, question.default), Ok(()), "{}", question.id);
        for choice in question.choices {
            assert_eq!(check(question, choice), Ok(()), "{} {choice}", question.id);
        }
    }
}

#[test]
fn without_answers_the_file_is_whole() {
    let text = answered(&Answers::new());
    let (asked, problems) = read(&text, Format::Yaml);
    assert_eq!(problems, [], "{text}");
    assert_eq!(asked.expect("read").steps.len(), 3);
    insta::assert_snapshot!(text);
}

#[test]
fn answers_are_in_the_file() {
    let text = answered(&answers(&[
        ("name", "pay-rent"),
        ("description", "Pays Anna's rent: \"always\" # on time"),
        ("trigger", "schedule"),
        ("schedule", "rate(1 day)"),
        ("average", "1/day"),
        ("undo", "yes"),
        (
            "steps",
            "Take lambda:invoke take-money, Give lambda:invoke give-money",
        ),
    ]));
    let (asked, problems) = read(&text, Format::Yaml);
    assert_eq!(problems, [], "{text}");
    let asked = asked.expect("read");
    assert_eq!(asked.name, "pay-rent");
    assert_eq!(
        asked.description.as_deref(),
        Some("Pays Anna's rent: \"always\" # on time")
    );
    assert_eq!(asked.trigger.kind, TriggerKind::Schedule);
    assert_eq!(asked.guarantees.consistency, Consistency::Saga);
    assert!(asked.steps[0].undo.is_some() && asked.steps[1].pivot);
}

#[test]
fn wrong_answers_are_told() {
    let of = |id: &str, answer: &str| {
        let question = questions()
            .iter()
            .find(|question| question.id == id)
            .expect("question");
        check(question, answer).expect_err(answer)
    };
    assert_eq!(
        of("trigger", "shedule"),
        "`trigger` cannot be answered so; did you mean `schedule`?"
    );
    assert!(of("name", "Pay Rent").contains("`pay-rent`"));
    assert!(of("payload", "4").contains("size"));
    assert!(
        of("steps", "Save dynamodb:putItm orders").contains("did you mean `dynamodb:putItem`?")
    );
    assert!(of("average", "often").contains("rate"));
}

#[test]
fn only_what_matters_is_asked() {
    let asked = |given: &[(&str, &str)], id: &str| {
        let question = questions()
            .iter()
            .find(|question| question.id == id)
            .expect("question");
        is_asked(question, &answers(given))
    };
    assert!(asked(&[("trigger", "schedule")], "schedule"));
    assert!(!asked(&[("trigger", "api")], "schedule"));
    assert!(!asked(&[("trigger", "manual")], "source"));
    assert!(asked(&[], "source"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_answered_reads_without_problems(
        given in proptest::collection::btree_map(
            proptest::sample::select(questions().iter().map(|question| question.id.to_owned()).collect::<Vec<_>>()),
            prop_oneof![
                "\\PC{0,20}",
                proptest::sample::select(vec!["yes", "api-sync", "schedule", "s3", "at-most-once", "at-least-once", "1ms", "40d", "9999", "0.5", "900KB", "rate(1 day)", "Go lambda:invoke x", "a, b c"]).prop_map(str::to_owned),
            ],
            0..10,
        )
    ) {
        let text = answered(&given);
        let (asked, problems) = read(&text, Format::Yaml);
        prop_assert!(problems.is_empty(), "{problems:?}\n{text}");
        prop_assert!(asked.is_some());
    }
}
