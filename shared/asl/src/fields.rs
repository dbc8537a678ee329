//! Which members the language knows, by state type and query language.
//!
//! Sources: Amazon States Language specification (states-language.net/spec.html) and the Step Functions Developer Guide,
//! chapters on the state types, on variables and on transforming data, 2026-11-22.

use crate::QueryLanguage;

/// The values of `Type`, in the order of the bits below.
pub(crate) const TYPES: [&str; 8] = [
    "Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map",
];

const TASK: u8 = 1;
const PASS: u8 = 1 << 1;
const CHOICE: u8 = 1 << 2;
const WAIT: u8 = 1 << 3;
// Succeed, 1 << 4, has nothing of its own.
const FAIL: u8 = 1 << 5;
const PARALLEL: u8 = 1 << 6;
const MAP: u8 = 1 << 7;
const ALL: u8 = u8::MAX;
const WORKERS: u8 = TASK | PARALLEL | MAP;
const FLOWING: u8 = WORKERS | PASS | WAIT;

const JSONPATH: u8 = 1;
const JSONATA: u8 = 2;
const BOTH: u8 = JSONPATH | JSONATA;

/// Name, state types, query languages.
const FIELDS: &[(&str, u8, u8)] = &[
    ("Type", ALL, BOTH),
    ("Comment", ALL, BOTH),
    ("QueryLanguage", ALL, BOTH),
    ("Next", FLOWING, BOTH),
    ("End", FLOWING, BOTH),
    ("Assign", FLOWING | CHOICE, BOTH),
    ("InputPath", ALL & !FAIL, JSONPATH),
    ("OutputPath", ALL & !FAIL, JSONPATH),
    ("Output", ALL & !FAIL, JSONATA),
    ("Parameters", WORKERS | PASS, JSONPATH),
    ("ResultPath", WORKERS | PASS, JSONPATH),
    ("ResultSelector", WORKERS, JSONPATH),
    ("Arguments", TASK | PARALLEL, JSONATA),
    ("Retry", WORKERS, BOTH),
    ("Catch", WORKERS, BOTH),
    ("Resource", TASK, BOTH),
    ("Credentials", TASK, BOTH),
    ("TimeoutSeconds", TASK, BOTH),
    ("TimeoutSecondsPath", TASK, JSONPATH),
    ("HeartbeatSeconds", TASK, BOTH),
    ("HeartbeatSecondsPath", TASK, JSONPATH),
    ("Result", PASS, JSONPATH),
    ("Choices", CHOICE, BOTH),
    ("Default", CHOICE, BOTH),
    ("Seconds", WAIT, BOTH),
    ("Timestamp", WAIT, BOTH),
    ("SecondsPath", WAIT, JSONPATH),
    ("TimestampPath", WAIT, JSONPATH),
    ("Error", FAIL, BOTH),
    ("Cause", FAIL, BOTH),
    ("ErrorPath", FAIL, JSONPATH),
    ("CausePath", FAIL, JSONPATH),
    ("Branches", PARALLEL, BOTH),
    ("ItemProcessor", MAP, BOTH),
    ("Iterator", MAP, BOTH),
    ("ItemsPath", MAP, JSONPATH),
    ("Items", MAP, JSONATA),
    ("ItemSelector", MAP, BOTH),
    ("ItemReader", MAP, BOTH),
    ("ItemBatcher", MAP, BOTH),
    ("ResultWriter", MAP, BOTH),
    ("MaxConcurrency", MAP, BOTH),
    ("MaxConcurrencyPath", MAP, JSONPATH),
    ("ToleratedFailurePercentage", MAP, BOTH),
    ("ToleratedFailurePercentagePath", MAP, JSONPATH),
    ("ToleratedFailureCount", MAP, BOTH),
    ("ToleratedFailureCountPath", MAP, JSONPATH),
    ("Label", MAP, BOTH),
];

/// Members of the machine.
pub(crate) const MACHINE: &[&str] = &[
    "Comment",
    "StartAt",
    "States",
    "Version",
    "TimeoutSeconds",
    "QueryLanguage",
];

/// Members of a branch of a Parallel state.
pub(crate) const BRANCH: &[&str] = &["Comment", "StartAt", "States"];

/// Members of the processor of a Map state.
pub(crate) const PROCESSOR: &[&str] = &["Comment", "StartAt", "States", "ProcessorConfig"];

/// What the language says of a member of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    /// Only with the other query language.
    OtherLanguage,
    /// Only on other types of states.
    OtherType,
    No,
}

fn type_bit(type_name: &str) -> u8 {
    let index = TYPES.iter().position(|name| *name == type_name);
    index.map_or(0, |index| 1 << index)
}

fn language_bit(language: QueryLanguage) -> u8 {
    match language {
        QueryLanguage::JsonPath => JSONPATH,
        QueryLanguage::Jsonata => JSONATA,
    }
}

/// Looks up a member of a state of a known type.
pub(crate) fn known(type_name: &str, language: QueryLanguage, name: &str) -> Known {
    let Some((_, types, languages)) = FIELDS.iter().find(|(field, ..)| *field == name) else {
        return Known::No;
    };
    if types & type_bit(type_name) == 0 {
        Known::OtherType
    } else if languages & language_bit(language) == 0 {
        Known::OtherLanguage
    } else {
        Known::Yes
    }
}

/// The members that a state of this type may have.
pub(crate) fn names(
    type_name: &str,
    language: QueryLanguage,
) -> impl Iterator<Item = &'static str> {
    let (kind, language) = (type_bit(type_name), language_bit(language));
    FIELDS
        .iter()
        .filter(move |(_, types, languages)| types & kind != 0 && languages & language != 0)
        .map(|(name, ..)| *name)
}
