//! The fields and what they hold.

use super::kinds::Kind;
use crate::QueryLanguage;

/// A field of an object inside of a state.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The query language that has it; none for both.
    pub(super) language: Option<QueryLanguage>,
    /// The object is nothing without it.
    pub(super) needed: bool,
    /// It may be written with `.$`.
    pub(super) template: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            language: None,
            needed: false,
            template: false,
        }
    }

    const fn only(self, language: QueryLanguage) -> Self {
        Self {
            language: Some(language),
            ..self
        }
    }

    const fn needed(self) -> Self {
        Self {
            needed: true,
            ..self
        }
    }

    const fn template(self) -> Self {
        Self {
            template: true,
            ..self
        }
    }

    pub(super) fn is_in(&self, language: QueryLanguage) -> bool {
        self.language.is_none_or(|own| own == language)
    }
}

/// Two fields of which one counts.
pub(super) struct Pair {
    pub(super) one: &'static str,
    pub(super) other: &'static str,
    /// The problem is told at the second one, not at the object.
    pub(super) in_second: bool,
}

const fn path_pair(one: &'static str, other: &'static str) -> Pair {
    Pair {
        one,
        other,
        in_second: true,
    }
}

pub(super) const PAIRS: &[Pair] = &[
    path_pair("TimeoutSeconds", "TimeoutSecondsPath"),
    path_pair("HeartbeatSeconds", "HeartbeatSecondsPath"),
    path_pair("MaxConcurrency", "MaxConcurrencyPath"),
    path_pair(
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
    ),
    path_pair("ToleratedFailureCount", "ToleratedFailureCountPath"),
    path_pair("Error", "ErrorPath"),
    path_pair("Cause", "CausePath"),
    path_pair("MaxItems", "MaxItemsPath"),
    path_pair("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
    path_pair("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    Pair {
        one: "ItemSelector",
        other: "Parameters",
        in_second: false,
    },
    Pair {
        one: "ItemProcessor",
        other: "Iterator",
        in_second: false,
    },
];

use QueryLanguage::{JsonPath, Jsonata};

const FOREVER: f64 = f64::INFINITY;
/// Longest time of a state in seconds.
const LONGEST: f64 = 99_999_999.0;
const SECONDS: Kind = Kind::Whole(1.0, LONGEST);
const COUNT: Kind = Kind::Whole(0.0, FOREVER);

/// What a field of the machine holds.
pub(super) fn machine(name: &str) -> Option<Kind> {
    match name {
        "TimeoutSeconds" => Some(SECONDS),
        "Comment" => Some(Kind::Text),
        _ => None,
    }
}

/// What a field of a state holds, for those that are not read into the model.
pub(super) fn state(name: &str) -> Option<Kind> {
    Some(match name {
        "Comment" | "Error" | "Cause" | "Label" => Kind::Text,
        "TimeoutSeconds" | "HeartbeatSeconds" => SECONDS,
        "Seconds" => Kind::Whole(0.0, LONGEST),
        "MaxConcurrency" | "ToleratedFailureCount" => COUNT,
        "ToleratedFailurePercentage" => Kind::Real(0.0, 100.0),
        "Credentials" => Kind::Object(CREDENTIALS),
        "ItemReader" => Kind::Object(READER),
        "ItemBatcher" => Kind::Object(BATCHER),
        "ResultWriter" => Kind::Object(WRITER),
        _ => return None,
    })
}

const CREDENTIALS: &[Field] = &[Field::new("RoleArn", Kind::Text).needed().template()];

pub(super) const RETRIER: &[Field] = &[
    Field::new("ErrorEquals", Kind::Read),
    Field::new("IntervalSeconds", SECONDS),
    Field::new("MaxAttempts", Kind::Whole(0.0, LONGEST)),
    Field::new("BackoffRate", Kind::Real(1.0, FOREVER)),
    Field::new("MaxDelaySeconds", Kind::Whole(1.0, 31_622_400.0)),
    Field::new("JitterStrategy", Kind::Words(&["FULL", "NONE"])),
    Field::new("Comment", Kind::Text),
];

pub(super) const CATCHER: &[Field] = &[
    Field::new("ErrorEquals", Kind::Read),
    Field::new("Next", Kind::Read),
    Field::new("ResultPath", Kind::Any).only(JsonPath),
    Field::new("Output", Kind::Any).only(Jsonata),
    Field::new("Assign", Kind::Any),
    Field::new("Comment", Kind::Text),
];

const READER: &[Field] = &[
    Field::new("Resource", Kind::Text).needed(),
    Field::new("Parameters", Kind::Any).only(JsonPath),
    Field::new("Arguments", Kind::Any).only(Jsonata),
    Field::new("ReaderConfig", Kind::Object(READER_CONFIG)),
];

const READER_CONFIG: &[Field] = &[
    Field::new(
        "InputType",
        Kind::Words(&["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"]),
    ),
    Field::new("CSVHeaderLocation", Kind::Words(&["FIRST_ROW", "GIVEN"])),
    Field::new("CSVHeaders", Kind::List),
    Field::new(
        "CSVDelimiter",
        Kind::Words(&["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]),
    ),
    // Recorded on AWS: 0 reads them all; the largest is 100,000,000 (floci-io/floci#3733).
    Field::new("MaxItems", Kind::Whole(0.0, 100_000_000.0)),
    Field::new("MaxItemsPath", Kind::Text).only(JsonPath),
    Field::new(
        "ManifestType",
        Kind::Words(&["ATHENA_DATA", "S3_INVENTORY"]),
    ),
    Field::new("Transformation", Kind::Words(&["NONE", "LOAD_AND_FLATTEN"])),
    Field::new("ItemsPointer", Kind::Text),
];

const BATCHER: &[Field] = &[
    Field::new("BatchInput", Kind::Any),
    // AWS refuses what is below 0, and takes 0 (floci-io/floci#3733).
    Field::new("MaxItemsPerBatch", COUNT),
    Field::new("MaxItemsPerBatchPath", Kind::Text).only(JsonPath),
    Field::new("MaxInputBytesPerBatch", Kind::Whole(0.0, 262_144.0)),
    Field::new("MaxInputBytesPerBatchPath", Kind::Text).only(JsonPath),
];

const WRITER: &[Field] = &[
    Field::new("Resource", Kind::Text),
    Field::new("Parameters", Kind::Any).only(JsonPath),
    Field::new("Arguments", Kind::Any).only(Jsonata),
    Field::new("WriterConfig", Kind::Object(WRITER_CONFIG)),
];

const WRITER_CONFIG: &[Field] = &[
    Field::new(
        "Transformation",
        Kind::Words(&["NONE", "COMPACT", "FLATTEN"]),
    ),
    Field::new("OutputType", Kind::Words(&["JSON", "JSONL"])),
];

pub(super) const PROCESSOR_CONFIG: &[Field] = &[
    Field::new("Mode", Kind::Words(&["INLINE", "DISTRIBUTED"])),
    Field::new("ExecutionType", Kind::Words(&["STANDARD", "EXPRESS"])),
];

/// A rule of a Choice in JSONata.
pub(super) const CONDITIONAL: &[Field] = &[
    Field::new("Condition", Kind::Any).needed(),
    Field::new("Next", Kind::Read),
    Field::new("Assign", Kind::Any),
    Field::new("Output", Kind::Any),
    Field::new("Comment", Kind::Text),
];

/// Fields that only the whole rule has, not a part of it.
pub(super) const LEADING: [&str; 2] = ["Next", "Assign"];
