//! Mock files, through public functions.

use asl::{Definition, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Answer, CaseMocks, MockFile, MockLevel, MockProblem, MockProblems, Mocks, Options, Otherwise,
    Outcome, Status, simulate,
};

const FILE: &str = r#"{
  "StateMachines": {
    "Orders": {
      "TestCases": {
        "Happy": {"Charge": "Charged"},
        "Retried": {"Charge": "ChargedLate"},
        "Silent": {"Charge": "Silence"}
      }
    },
    "Refunds": {"TestCases": {"Happy": {"Refund": "Charged"}}}
  },
  "MockedResponses": {
    "Charged": {"0": {"Return": {"id": 7}}},
    "ChargedLate": {
      "0": {"Throw": {"Error": "Busy", "Cause": "too many"}},
      "1-2": {"Throw": {"Error": "Slow", "Cause": "timed out"}, "AfterSeconds": 1.5},
      "3": {"Return": {"id": 8}}
    },
    "Silence": {"0-9": {"Never": true}}
  },
  "SfnAdvisor": {
    "Orders": {
      "Happy": {"Input": {"n": 1}, "Expect": {"status": "SUCCEEDED", "output": {"id": 7}, "entered": ["Charge"]}}
    }
  }
}"#;

fn orders(retries: u32) -> Definition {
    let text = json!({"StartAt": "Charge", "States": {"Charge": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}, "TimeoutSeconds": 60, "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": retries}]
    }}});
    Definition::parse(text.to_string().as_bytes(), Format::Json)
}

fn file() -> MockFile {
    MockFile::parse(FILE, Format::Json).unwrap()
}

fn run(case: &str, retries: u32) -> (Outcome, CaseMocks) {
    let mut mocks = file().case("Orders", case).unwrap();
    let outcome = simulate(&orders(retries), &Options::new(json!({})), &mut mocks);
    (outcome, mocks)
}

fn told(problems: &[MockProblem]) -> Vec<String> {
    let told = problems.iter();
    told.map(|it| {
        assert!(it.at.is_some(), "{it}");
        let help = it.help.as_ref().map(|help| format!("; {help}"));
        format!("{}{}", it.message, help.unwrap_or_default())
    })
    .collect()
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<MockFile, MockProblems> {
    let mut value: Value = serde_json::from_str(FILE).unwrap();
    change(&mut value);
    MockFile::parse(&value.to_string(), Format::Json)
}

/// What is told of a file that cannot be used at all.
fn refused(change: impl FnOnce(&mut Value)) -> Vec<String> {
    told(&changed(change).unwrap_err().0)
}

/// What is told of the first case of a file, the second of which can be used.
fn spoiled(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let file = changed(change).unwrap();
    assert!(file.case("Orders", "Retried").is_ok());
    told(&file.case("Orders", "Happy").unwrap_err().0)
}

#[test]
fn a_file_names_its_machines_and_cases() {
    let file = file();
    assert_eq!(file.machines().collect::<Vec<_>>(), ["Orders", "Refunds"]);
    assert_eq!(
        file.cases("Orders").collect::<Vec<_>>(),
        ["Happy", "Retried", "Silent"]
    );
    assert_eq!(file.warnings(), []);
    assert_eq!(file.machine_named("Refunds"), Ok("Refunds"));
    let unknown = file.machine_named("Order").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "the mock file has no state machine `Order`; did you mean `Orders`?"
    );
    let unknown = file.case("Orders", "Hapy").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "`Orders` has no test case `Hapy` in the mock file; did you mean `Happy`?"
    );
}

#[test]
fn each_call_takes_the_next_response() {
    let (outcome, mocks) = run("Retried", 3);
    assert_eq!(outcome.output, Some(json!({"id": 8})));
    assert_eq!(outcome.retries, 3);
    // Three intervals of a second, two answers of a second and a half.
    assert_eq!(outcome.virtual_ms, 6_000);
    assert_eq!((mocks.unused(), mocks.exhausted()), (vec![], vec![]));
}

#[test]
fn what_was_not_used_is_told() {
    let (outcome, mocks) = run("Retried", 1);
    assert_eq!(outcome.error.as_deref(), Some("Slow"));
    assert_eq!(
        mocks.unused(),
        ["`Charge` made 2 calls, and its mock `ChargedLate` has responses for 4"]
    );
    let unused = file().case("Refunds", "Happy").unwrap().unused();
    assert_eq!(
        unused,
        ["`Refund` made no call: its mock `Charged` was not used"]
    );
}

#[test]
fn a_call_after_the_last_response_is_answered_by_nobody() {
    let mut spare = Mocks::default();
    spare.push(
        "Charge",
        Answer::Return {
            output: json!({}),
            after_ms: 0,
        },
    );
    let text = FILE.replace(
        r#""3": {"Return": {"id": 8}}"#,
        r#""3": {"Throw": {"Error": "E", "Cause": ""}}"#,
    );
    let file = MockFile::parse(&text, Format::Json).unwrap();
    let mut tasks = Otherwise(file.case("Orders", "Retried").unwrap(), spare);
    let outcome = simulate(&orders(9), &Options::new(json!({})), &mut tasks);
    assert_eq!(outcome.status, Status::Stopped);
    assert_eq!(
        tasks.0.exhausted(),
        ["`Charge` made 5 calls, and its mock `ChargedLate` has responses for 4: add \"4\""]
    );
}

#[test]
fn what_a_case_does_not_mock_is_answered_otherwise() {
    let mut spare = Mocks::default();
    spare.push(
        "Charge",
        Answer::Return {
            output: json!("spare"),
            after_ms: 0,
        },
    );
    let mut tasks = Otherwise(file().case("Refunds", "Happy").unwrap(), spare);
    let outcome = simulate(&orders(0), &Options::new(json!({})), &mut tasks);
    assert_eq!(outcome.output, Some(json!("spare")));
}

#[test]
fn no_answer_is_a_timeout() {
    let (outcome, _) = run("Silent", 0);
    assert_eq!(outcome.error.as_deref(), Some("States.Timeout"));
    assert_eq!(outcome.virtual_ms, 60_000);
}

#[test]
fn a_test_tells_how_an_outcome_differs() {
    let file = file();
    let expected = file.test("Orders", "Happy").unwrap();
    assert_eq!(expected.input, Some(json!({"n": 1})));
    let expected = expected.expected.as_ref().unwrap();
    assert_eq!(
        expected.differences(&run("Happy", 0).0),
        Vec::<String>::new()
    );
    assert_eq!(
        expected.differences(&run("Retried", 0).0),
        [
            "status is `FAILED`, expected `SUCCEEDED`",
            r#"output is nothing, expected {"id":7}"#
        ]
    );
    let mut other = expected.clone();
    other.entered = Some(vec!["Charge".to_owned(), "Ship".to_owned()]);
    other.transitions = Some(2);
    assert_eq!(
        other.differences(&run("Happy", 0).0),
        [
            "state 2 that is entered is the end, expected `Ship`",
            "1 transitions, expected 2"
        ]
    );
}

#[test]
fn a_file_is_checked_against_the_definition() {
    let text = json!({"StartAt": "Charged", "States": {
        "Charged": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Refund"},
        "Refund": {"Type": "Pass", "End": true}
    }});
    let definition = Definition::parse(text.to_string().as_bytes(), Format::Json);
    let told = file().check("Orders", "Happy", &definition);
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].to_string(),
        "5:19: the state machine has no state `Charge`; did you mean `Charged`?"
    );
    assert_eq!(told[0].level, MockLevel::Error);
    let told = file().check("Refunds", "Happy", &definition);
    assert_eq!(
        told[0].to_string(),
        "10:41: `Refund` is a Pass state and calls nothing: its mock is never used"
    );
    assert_eq!(told[0].level, MockLevel::Warning);
}

#[test]
fn problems_name_what_is_wrong_and_what_is_meant() {
    assert_eq!(
        spoiled(
            |it| it["StateMachines"]["Orders"]["TestCases"]["Happy"]["Charge"] = json!("Chargd")
        ),
        ["there is no response `Chargd` in `MockedResponses`; did you mean `Charged`?"]
    );
    assert_eq!(
        spoiled(|it| it["MockedResponses"]["Charged"] =
            json!({"1": {"Return": 1}, "1-3": {"Return": 1}})),
        [
            "attempt 0 is missing in the response `Charged`",
            "attempt 1 is in two ranges of `Charged`"
        ]
    );
    assert_eq!(
        spoiled(|it| it["MockedResponses"]["Charged"] = json!({"0": {"Retrun": 1}})),
        ["attempt 0 has no `Return` and no `Throw`; did you mean `Return`?"]
    );
    assert_eq!(
        spoiled(|it| it["MockedResponses"]["Charged"] =
            json!({"0": {"Return": 1, "Throw": {"Error": "E", "Cause": ""}}})),
        ["attempt 0 has more than one of `Return`, `Throw` and `Never`"]
    );
    assert_eq!(
        spoiled(|it| it["MockedResponses"]["Charged"] =
            json!({"2-1": {"Return": 1}, "x": {"Return": 1}})),
        [
            "`2-1` ends before it begins",
            "`x` is not an attempt: write a number from 0 on, or a range such as \"1-2\""
        ]
    );
    assert_eq!(
        spoiled(|it| it["SfnAdvisor"]["Orders"]["Happy"]["Expect"] = json!({"stauts": "FAILED"})),
        ["`stauts` cannot be expected; did you mean `status`?"]
    );
    let told = refused(|it| {
        let responses = it["MockedResponses"].take();
        it["MockedResponse"] = responses;
        it.as_object_mut().unwrap().remove("MockedResponses");
    });
    assert!(
        told.contains(&"the mock file has no `MockedResponses`".to_owned()),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|it| it.ends_with("did you mean `MockedResponses`?")),
        "{told:?}"
    );
    for text in [
        "",
        "[]",
        "{",
        "null",
        "{\"StateMachines\": 1, \"MockedResponses\": []}",
    ] {
        MockFile::parse(text, Format::Json).unwrap_err();
    }
}

#[test]
fn what_is_wrong_spoils_what_it_belongs_to_and_nothing_else() {
    // A response, for all that use it.
    let file = changed(|it| it["MockedResponses"]["Charged"]["0"] = json!("x")).unwrap();
    for (machine, is_whole) in [("Orders", false), ("Refunds", false)] {
        assert_eq!(file.case(machine, "Happy").is_ok(), is_whole, "{machine}");
    }
    assert!(file.case("Orders", "Silent").is_ok());
    // A response that nobody uses, for nobody.
    let file = changed(|it| it["MockedResponses"]["Spare"] = json!({"1": {"Return": 1}})).unwrap();
    assert!(file.case("Orders", "Happy").is_ok());
    assert_eq!(
        told(file.warnings()),
        [
            "no test case uses the response `Spare`",
            "attempt 0 is missing in the response `Spare`"
        ]
    );
    // A state machine, for itself.
    let file = changed(|it| it["StateMachines"]["Refunds"] = json!({"TestCase": {}})).unwrap();
    assert_eq!(
        told(file.problems("Refunds")),
        ["the state machine `Refunds` has no `TestCases`"]
    );
    assert_eq!(file.problems("Orders"), []);
    assert!(file.case("Orders", "Happy").is_ok());
    // A test of a case or of a machine that there is not, for the test.
    let file = changed(|it| {
        it["SfnAdvisor"] = json!({"Orders": {"Hapy": {"Inputt": 1, "Expect": 1}}, "Order": {}});
    })
    .unwrap();
    assert!(file.case("Orders", "Happy").is_ok());
    let lost: Vec<_> = file
        .lost()
        .iter()
        .map(|lost| {
            (
                lost.machine.as_str(),
                lost.case.as_deref(),
                told(&lost.problems.0),
            )
        })
        .collect();
    assert_eq!(
        lost,
        [
            (
                "Orders",
                Some("Hapy"),
                vec![
                    "`Orders` has no test case `Hapy`; did you mean `Happy`?".to_owned(),
                    "`Expect` is not an object".to_owned()
                ]
            ),
            (
                "Order",
                None,
                vec!["`StateMachines` has no `Order`; did you mean `Orders`?".to_owned()]
            )
        ]
    );
    // Of two that have one name nobody knows which is meant.
    let twice = FILE.replace("\"Silent\": ", "\"Happy\": ");
    let file = MockFile::parse(&twice, Format::Json).unwrap();
    assert_eq!(
        file.cases("Orders").collect::<Vec<_>>(),
        ["Happy", "Retried"]
    );
    assert!(file.case("Orders", "Happy").is_err());
    assert!(file.case("Orders", "Retried").is_ok());
    // Where the text ends early, nobody knows what is missing.
    MockFile::parse(&FILE[..FILE.len() - 2], Format::Json).unwrap_err();
}

#[test]
fn a_file_may_be_yaml() {
    let text = "
StateMachines:
  Orders:
    TestCases:
      Happy: {Charge: Charged}
MockedResponses:
  Charged:
    '0': {Return: {id: 7}}
  Other:
    '0': {Return: 1}
";
    let file = MockFile::parse(text, Format::Yaml).unwrap();
    let warnings: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["9:3: no test case uses the response `Other`"]);
    let mut mocks = file.case("Orders", "Happy").unwrap();
    let outcome = simulate(&orders(0), &Options::new(json!({})), &mut mocks);
    assert_eq!(outcome.output, Some(json!({"id": 7})));
}

proptest! {
    #[test]
    fn reading_never_fails_otherwise_than_with_problems(text in "\\PC{0,200}") {
        for format in [Format::Json, Format::Yaml] {
            if let Err(problems) = MockFile::parse(&text, format) {
                prop_assert!(problems.0.iter().any(|it| it.level == MockLevel::Error));
            }
        }
    }

    #[test]
    fn a_file_with_a_hole_is_read_or_refused(at in 0..FILE.len(), length in 0_usize..30, put in "[0-9\\-\"{}\\[\\],:a-z]{0,4}") {
        let end = (at + length).min(FILE.len());
        let text = format!("{}{put}{}", &FILE[..at], &FILE[end..]);
        for format in [Format::Json, Format::Yaml] {
            match MockFile::parse(&text, format) {
                Ok(file) => {
                    for machine in file.machines() {
                        for case in file.cases(machine) {
                            match file.case(machine, case) {
                                Ok(mut mocks) => {
                                    simulate(&orders(2), &Options::new(json!({})), &mut mocks);
                                }
                                Err(problems) => {
                                    prop_assert!(problems.0.iter().all(MockProblem::is_error));
                                }
                            }
                        }
                    }
                }
                Err(problems) => prop_assert!(!problems.to_string().is_empty()),
            }
        }
    }
}
