//! What is wrong with a call.

use std::fmt;
use std::ops::Range;

use crate::Pattern;

/// Something that is wrong, where, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where.
    pub place: Place,
    /// What the text at that place has to be, where that is known.
    pub replacement: Option<String>,
}

/// How sure a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It may be right: newer than what is known, or a matter on which the documentation is not clear.
    Probable,
    /// Step Functions refuses it, or it cannot have the effect that it was written for.
    Certain,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// These bytes of the text of the `Resource`.
    Resource(Range<usize>),
    /// This JSON pointer below `Parameters` or `Arguments`; what it points at, or its key where the key is wrong.
    Argument(String),
    /// The error name.
    ErrorName,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The resource is no ARN.
    NotAnArn,
    /// The ARN has too few parts, or parts that do not belong there; says which.
    BadArn(&'static str),
    /// An ARN of a service that cannot be a Task's resource.
    ArnService(String),
    /// A partition that AWS does not have.
    Partition(String),
    /// No service has this name.
    UnknownService {
        /// As written.
        name: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// The service exists, but the Step Functions guide does not list it.
    UnlistedService(&'static str),
    /// The service has no such action, or there is no such optimized integration.
    UnknownAction {
        /// As written: `dynamodb:insertItem`.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// The action exists with other capitals.
    ActionCasing {
        /// As written.
        name: String,
        /// As it has to be.
        wanted: &'static str,
    },
    /// The action exists, but Step Functions does not offer it.
    UnsupportedAction(String),
    /// What follows the action's `.` is no pattern.
    UnknownPattern(String),
    /// The integration cannot wait in this way.
    UnsupportedPattern {
        /// How it shall wait.
        pattern: Pattern,
        /// The integration: `sns:publish`.
        name: String,
    },
    /// Only Standard workflows can wait in this way.
    PatternInExpress(Pattern),
    /// Only Standard workflows can use activities.
    ActivityInExpress,
    /// The action takes no such parameter.
    UnknownParameter {
        /// As written.
        name: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// The parameter exists with other capitals.
    ParameterCasing {
        /// As written.
        name: String,
        /// As it has to be.
        wanted: &'static str,
    },
    /// A parameter that the action does not work without.
    MissingParameter(&'static str),
    /// A value of a kind that the parameter does not take.
    WrongType {
        /// What the parameter takes.
        wanted: &'static str,
        /// What it is given.
        found: &'static str,
    },
    /// Errors of this resource begin with something else.
    ErrorPrefix {
        /// As written.
        name: String,
        /// What they begin with.
        wanted: String,
    },
    /// The service raises this error under another name.
    ErrorSpelling {
        /// As written.
        name: String,
        /// As it is raised.
        wanted: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(out)?;
        if self.certainty == Certainty::Probable && self.kind.may_be_newer() {
            out.write_str("; it may be newer than what is known here")?;
        }
        Ok(())
    }
}

impl ProblemKind {
    /// True of what would be right if AWS had added something since the catalogue was made.
    pub fn may_be_newer(&self) -> bool {
        matches!(
            self,
            Self::UnknownService { .. }
                | Self::UnlistedService(_)
                | Self::UnknownAction { .. }
                | Self::UnknownParameter { .. }
                | Self::Partition(_)
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnArn => write!(out, "the resource is not an ARN"),
            Self::BadArn(what) => write!(out, "the ARN is malformed: {what}"),
            Self::ArnService(name) => write!(
                out,
                "the ARN is one of `{name}`: a task calls `states` integrations, activities and Lambda functions"
            ),
            Self::Partition(name) => write!(out, "no partition is called `{name}`"),
            Self::UnknownService { name, nearest } => {
                write!(out, "no service is called `{name}`")?;
                meant(out, *nearest)
            }
            Self::UnlistedService(name) => write!(
                out,
                "the service `{name}` is not among those that Step Functions is known to call"
            ),
            Self::UnknownAction { name, nearest } => {
                write!(out, "there is no action `{name}`")?;
                meant(out, nearest.as_deref())
            }
            Self::ActionCasing { name, wanted } => {
                write!(out, "the action `{name}` is spelled `{wanted}`")
            }
            Self::UnsupportedAction(name) => {
                write!(out, "Step Functions does not offer the action `{name}`")
            }
            Self::UnknownPattern(name) => write!(
                out,
                "`.{name}` is no integration pattern: there are `.sync`, `.sync:2` and `.waitForTaskToken`"
            ),
            Self::UnsupportedPattern { pattern, name } => {
                write!(out, "`{name}` cannot be used with `{}`", pattern.suffix())
            }
            Self::PatternInExpress(pattern) => write!(
                out,
                "an Express workflow cannot use `{}`, only request and response",
                pattern.suffix()
            ),
            Self::ActivityInExpress => write!(out, "an Express workflow cannot use activities"),
            Self::UnknownParameter { name, nearest } => {
                write!(out, "the action has no parameter `{name}`")?;
                meant(out, *nearest)
            }
            Self::ParameterCasing { name, wanted } => {
                write!(out, "the parameter `{name}` is spelled `{wanted}`")
            }
            Self::MissingParameter(name) => {
                write!(out, "the required parameter `{name}` is missing")
            }
            Self::WrongType { wanted, found } => {
                write!(out, "the parameter takes {wanted} and is given {found}")
            }
            Self::ErrorPrefix { name, wanted } => write!(
                out,
                "`{name}` never matches: errors of this resource begin with `{wanted}.`"
            ),
            Self::ErrorSpelling { name, wanted } => {
                write!(
                    out,
                    "`{name}` never matches: the error is raised as `{wanted}`"
                )
            }
        }
    }
}

fn meant(out: &mut fmt::Formatter<'_>, nearest: Option<&str>) -> fmt::Result {
    match nearest {
        Some(name) => write!(out, "; did you mean `{name}`?"),
        None => Ok(()),
    }
}
