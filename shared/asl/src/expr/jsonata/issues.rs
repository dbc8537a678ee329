//! What the service refuses of an expression that can be read, and what fails when it is evaluated.

use super::{Expression, FUNCTIONS, INVALID, Position, ReadKind, Reference, UNSUPPORTED};
use super::{allowed, function};
use crate::expr::{Error, MOST_ISSUES, short};
use crate::nearest;

/// Something wrong with an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Of which kind.
    pub kind: IssueKind,
    /// Where, why and what to do.
    pub error: Error,
}

/// The kinds of what can be wrong with an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// It is no JSONata. The service refuses the definition.
    Syntax,
    /// A field, `$` or `$$` is read where there is no value. The service refuses the definition.
    NoContext,
    /// A field of `$states` does not exist, or not here. The service refuses the definition.
    StatesField,
    /// There is no function of that name: evaluation fails.
    UnknownFunction,
    /// A function of JSONata that the service does not have: evaluation fails.
    UnsupportedFunction,
    /// A function is given too few or too many arguments: evaluation fails.
    ArgumentCount,
}

impl IssueKind {
    /// The service's diagnostic code, for what it refuses.
    pub fn aws_code(self) -> Option<&'static str> {
        match self {
            Self::Syntax => Some(INVALID),
            Self::NoContext | Self::StatesField => Some(UNSUPPORTED),
            Self::UnknownFunction | Self::UnsupportedFunction | Self::ArgumentCount => None,
        }
    }
}

impl Expression<'_> {
    /// What is wrong with it at that position, in the order of the text: the first [`MOST_ISSUES`]. Which variables of the workflow
    /// there are is not known here.
    pub fn issues(&self, position: Position) -> Vec<Issue> {
        let syntax = self.error.iter().map(|syntax| Issue {
            kind: IssueKind::Syntax,
            error: syntax.error.clone(),
        });
        let mut issues: Vec<Issue> = syntax.collect();
        if self.error.is_none() {
            let reads = self.reads.iter().filter_map(|read| {
                let (why, help) = no_context(&read.kind)?;
                Some(Issue {
                    kind: IssueKind::NoContext,
                    error: Error::new(read.span, why).help(help),
                })
            });
            issues.extend(reads.take(MOST_ISSUES));
            let references = self.references.iter().filter(|reference| !reference.bound);
            let references = references.filter_map(|reference| match reference.name {
                "states" => states(reference, position),
                _ => called(reference),
            });
            issues.extend(references.take(MOST_ISSUES));
        }
        issues.sort_by_key(|issue| issue.error.span);
        issues.truncate(MOST_ISSUES);
        issues
    }
}

fn no_context(kind: &ReadKind<'_>) -> Option<(String, String)> {
    Some(match kind {
        ReadKind::Field(name) => (
            format!(
                "`{}` is read where there is nothing to read it from",
                short(name)
            ),
            if function(name).is_some() {
                format!("write `${name}(…)` for the function, `$states.input.{name}` for the input")
            } else {
                format!(
                    "write `$states.input.{0}` for the input, `${0}` for a variable, `'{0}'` for a text",
                    short(name)
                )
            },
        ),
        ReadKind::Function(name) => (
            format!("`{}` is called without `$`", short(name)),
            match nearest(name, FUNCTIONS.iter().map(|function| function.name)) {
                Some(name) => format!("did you mean `${name}`?"),
                None => format!("write `${}(…)`", short(name)),
            },
        ),
        ReadKind::Context => (
            "`$` is used where there is no value for it".to_owned(),
            "write `$states.input` for the input".to_owned(),
        ),
        ReadKind::Root => (
            "`$$` does not exist in Step Functions".to_owned(),
            "write `$states.input` for the input, `$states.context` for the Context Object"
                .to_owned(),
        ),
        // The service was not seen to refuse these.
        ReadKind::Wildcard | ReadKind::Parent => return None,
    })
}

fn states(reference: &Reference<'_>, position: Position) -> Option<Issue> {
    let field = reference.fields.first()?;
    let fields = allowed(position);
    if fields.contains(&field.as_ref()) {
        return None;
    }
    let error = |why: String| Error::new(reference.fields_span, why);
    let error = match field.as_ref() {
        "result" => error("`$states.result` does not exist here".to_owned()).help(
            "it exists in `Output` and `Assign` of a Task, Parallel or Map; an `Assign` there keeps it for later",
        ),
        "errorOutput" => error("`$states.errorOutput` does not exist here".to_owned()).help(
            "it exists in `Output` and `Assign` of a catcher; an `Assign` there keeps it for later",
        ),
        other => {
            let error = error(format!("`$states` has no field `{}`", short(other)));
            match nearest(other, fields.iter().copied()) {
                Some(name) => error.help(format!("did you mean `$states.{name}`?")),
                None => error.help(format!(
                    "write `$states.input.{}` for a field of the input",
                    short(other)
                )),
            }
        }
    };
    Some(Issue {
        kind: IssueKind::StatesField,
        error,
    })
}

fn called(reference: &Reference<'_>) -> Option<Issue> {
    let name = reference.name;
    let Some(function) = function(name) else {
        // Without a call it is a variable of the workflow.
        reference.call?;
        let error = Error::new(
            reference.span,
            format!("there is no function `${}`", short(name)),
        );
        let names = FUNCTIONS.iter().map(|function| function.name);
        return Some(Issue {
            kind: IssueKind::UnknownFunction,
            error: match nearest(name, names) {
                Some(name) => error.help(format!("did you mean `${name}`?")),
                None => error.help("functions are those of JSONata, or bound in the expression"),
            },
        });
    };
    if !function.supported {
        let why = format!("Step Functions has no `${name}`");
        return Some(Issue {
            kind: IssueKind::UnsupportedFunction,
            error: Error::new(reference.span, why)
                .help("write `$parse(…)` to read JSON from a text"),
        });
    }
    let call = reference.call?;
    let few = call.arguments < function.least && !call.partial;
    if !few && call.arguments <= function.most {
        return None;
    }
    let takes = match (function.least, function.most) {
        (_, 0) => "no arguments".to_owned(),
        (least, usize::MAX) => format!("at least {least}"),
        (0, most) => format!("at most {most}"),
        (least, most) if least == most => format!("{most}"),
        (least, most) => format!("{least} to {most}"),
    };
    let why = format!(
        "`${name}` takes {takes} and is given {}",
        match call.arguments {
            1 => "1 argument".to_owned(),
            count => format!("{count} arguments"),
        }
    );
    Some(Issue {
        kind: IssueKind::ArgumentCount,
        error: Error::new(call.span, why),
    })
}
