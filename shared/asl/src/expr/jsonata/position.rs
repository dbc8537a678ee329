//! Where an expression stands, and what it sees there.
//!
//! Sources: Developer Guide, "Reserved variable: $states"; the states specification; which strings the service was seen to
//! parse (floci-io/floci pull request 2699), 2026-11-22.

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// There is no result: `Arguments`, `Condition`, `Items`, `ItemSelector`, `Seconds`, `Cause` and so on, and `Output` and
    /// `Assign` of a state that does no work of its own.
    Before,
    /// `Output` and `Assign` of a Task, Parallel or Map.
    After,
    /// `Output` and `Assign` of a catcher.
    Caught,
}

impl Position {
    /// The position of a member of a state, by the state's `Type` and the names on the way to it: `["Catch", "0", "Output"]`.
    pub fn of(state_type: &str, names: &[&str]) -> Self {
        match names {
            ["Catch", _, "Output" | "Assign", ..] => Self::Caught,
            ["Output" | "Assign", ..] if matches!(state_type, "Task" | "Parallel" | "Map") => {
                Self::After
            }
            _ => Self::Before,
        }
    }
}

/// The fields that `$states` has.
pub fn allowed(position: Position) -> &'static [&'static str] {
    match position {
        Position::Before => &["input", "context"],
        Position::After => &["input", "context", "result"],
        Position::Caught => &["input", "context", "errorOutput"],
    }
}

/// Is a string evaluated that stands at these names in a JSONata state? States inside of the state are not looked into.
pub fn is_evaluated(names: &[&str]) -> bool {
    !matches!(
        names,
        [] | [
            "Type"
                | "Comment"
                | "QueryLanguage"
                | "Next"
                | "End"
                | "Resource"
                | "Default"
                | "Label"
                | "Retry"
                | "Branches"
                | "ItemProcessor"
                | "Iterator",
            ..
        ] | [
            "Catch" | "Choices",
            _,
            "Next" | "Comment" | "ErrorEquals",
            ..
        ] | ["ItemReader" | "ResultWriter", "Resource" | "Comment", ..]
            | [
                "ItemReader",
                "ReaderConfig",
                "CSVHeaders" | "InputType" | "CSVHeaderLocation",
                ..
            ]
    )
}
