//! The `Resource` of a Task, read.

use std::ops::Range;

use crate::nearest::nearest;
use crate::problem::{Certainty, Place, Problem, ProblemKind};

/// How a Task waits for what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Goes on when the service has answered the request.
    RequestResponse,
    /// `.sync`: waits until the job has ended.
    Sync,
    /// `.sync:2`: as `.sync`, with the result as JSON.
    Sync2,
    /// `.waitForTaskToken`: waits until somebody returns the token.
    WaitForTaskToken,
}

impl Pattern {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::RequestResponse,
        Self::Sync,
        Self::Sync2,
        Self::WaitForTaskToken,
    ];

    /// What follows the action; nothing for request and response.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::Sync2 => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

/// A part of a resource's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// As written.
    pub text: String,
    /// Which bytes.
    pub range: Range<usize>,
}

impl Piece {
    fn new(text: &str, range: Range<usize>) -> Self {
        Self {
            text: text.get(range.clone()).unwrap_or_default().to_owned(),
            range,
        }
    }

    /// True where something else will stand here: `${Partition}`.
    pub fn is_placeholder(&self) -> bool {
        is_placeholder(&self.text)
    }
}

/// A service, an action and a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `dynamodb`.
    pub service: Piece,
    /// `putItem`.
    pub action: Piece,
    /// How it waits.
    pub pattern: Pattern,
    /// The pattern's text with its dot; empty at the end for request and response.
    pub suffix: Range<usize>,
}

impl Call {
    /// `dynamodb:putItem`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service.text, self.action.text)
    }

    /// True where the call is not known until placeholders are filled in.
    pub fn is_placeholder(&self) -> bool {
        self.service.is_placeholder() || self.action.is_placeholder()
    }
}

/// What a resource names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An optimized integration, `arn:aws:states:::sns:publish`; the HTTP task is one, `http:invoke`.
    Optimized(Call),
    /// An SDK integration, `arn:aws:states:::aws-sdk:dynamodb:putItem`.
    Sdk(Call),
    /// A Lambda function's own ARN.
    Function,
    /// An activity.
    Activity,
    /// Not known until placeholders are filled in.
    Placeholder,
}

/// The `Resource` of a Task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `aws`, `aws-cn`, …; empty where nothing is known before placeholders are filled in.
    pub partition: String,
    /// What it names.
    pub target: Target,
    /// How many bytes its text has.
    pub length: usize,
}

const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

fn is_placeholder(text: &str) -> bool {
    text.contains(['{', '}', '<', '>', '%', '\'', '"', '[', ']', '(', ')', '#'])
        || text.contains(char::is_whitespace)
}

/// The parts between colons; those inside `${…}` and `<…>` part nothing.
fn fields(text: &str) -> Vec<Range<usize>> {
    let mut fields = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' | '<' => depth += 1,
            '}' | '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                fields.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(start..text.len());
    fields
}

fn certain(kind: ProblemKind, range: Range<usize>) -> Problem {
    Problem {
        kind,
        certainty: Certainty::Certain,
        place: Place::Resource(range),
        replacement: None,
    }
}

impl Resource {
    /// Reads the text of a `Resource` field, as far as it can be read without knowing any service.
    ///
    /// Text with placeholders, `${…}` and the like, is read as far as it goes and never wrong because of them.
    ///
    /// # Errors
    ///
    /// What keeps it from being a resource, with the bytes where that is.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match parse(text) {
            // A part that is filled in elsewhere may hold whatever seems to be missing.
            Err(_) if is_placeholder(text) => Ok(Self::placeholder(text.len())),
            parsed => parsed,
        }
    }

    fn placeholder(length: usize) -> Self {
        Self {
            partition: String::new(),
            target: Target::Placeholder,
            length,
        }
    }

    /// The call, where it is one.
    pub fn call(&self) -> Option<&Call> {
        match &self.target {
            Target::Optimized(call) | Target::Sdk(call) => Some(call),
            Target::Function | Target::Activity | Target::Placeholder => None,
        }
    }
}

fn parse(text: &str) -> Result<Resource, Problem> {
    let fields = fields(text);
    let piece = |at: usize| fields.get(at).map(|range| Piece::new(text, range.clone()));
    let all = 0..text.len();
    if piece(0).is_none_or(|first| first.text != "arn") {
        return Err(certain(ProblemKind::NotAnArn, all));
    }
    let (Some(partition), Some(service), Some(region), Some(account), Some(kind)) =
        (piece(1), piece(2), piece(3), piece(4), piece(5))
    else {
        return Err(certain(
            ProblemKind::BadArn("it has fewer than six parts"),
            all,
        ));
    };
    let target = match service.text.as_str() {
        "states" if kind.text == "activity" => activity(&region, &account, piece(6).as_ref(), all)?,
        "states" if ["stateMachine", "execution", "express"].contains(&kind.text.as_str()) => {
            let what =
                "it names a state machine or an execution; `states:startExecution` starts one";
            return Err(certain(
                ProblemKind::BadArn(what),
                kind.range.start..text.len(),
            ));
        }
        // A Region and an account have no meaning in an integration, and people write them.
        "states" => integration(text, &fields).map_err(|problem| *problem)?,
        "lambda" => function(&region, &account, &kind, piece(6).as_ref(), all)?,
        other => {
            let mut problem = certain(
                ProblemKind::ArnService(other.to_owned()),
                service.range.clone(),
            );
            problem.replacement =
                nearest(other, ["states", "lambda"].into_iter()).map(str::to_owned);
            return Err(problem);
        }
    };
    if !PARTITIONS.contains(&partition.text.as_str()) && !partition.is_placeholder() {
        let mut problem = certain(
            ProblemKind::Partition(partition.text.clone()),
            partition.range.clone(),
        );
        problem.certainty = Certainty::Probable;
        problem.replacement = nearest(&partition.text, PARTITIONS.into_iter()).map(str::to_owned);
        return Err(problem);
    }
    Ok(Resource {
        partition: partition.text,
        target,
        length: text.len(),
    })
}

fn activity(
    region: &Piece,
    account: &Piece,
    name: Option<&Piece>,
    all: Range<usize>,
) -> Result<Target, Problem> {
    if name.is_none_or(|name| name.text.is_empty()) {
        return Err(certain(ProblemKind::BadArn("it names no activity"), all));
    }
    if region.text.is_empty() || account.text.is_empty() {
        return Err(certain(
            ProblemKind::BadArn("an activity's has a Region and an account"),
            region.range.start..account.range.end,
        ));
    }
    Ok(Target::Activity)
}

fn function(
    region: &Piece,
    account: &Piece,
    kind: &Piece,
    name: Option<&Piece>,
    all: Range<usize>,
) -> Result<Target, Problem> {
    if kind.text != "function" {
        let what = if account.text == "function" {
            "it lacks the account or the Region"
        } else {
            "a function's has `function` in its sixth part"
        };
        return Err(certain(
            ProblemKind::BadArn(what),
            region.range.start..kind.range.end,
        ));
    }
    if name.is_none_or(|name| name.text.is_empty()) {
        return Err(certain(ProblemKind::BadArn("it names no function"), all));
    }
    if region.text.is_empty() || account.text.is_empty() {
        return Err(certain(
            ProblemKind::BadArn("a function's has a Region and an account"),
            region.range.start..account.range.end,
        ));
    }
    Ok(Target::Function)
}

/// `service:action.pattern`, with or without `aws-sdk:` in front.
fn integration(text: &str, fields: &[Range<usize>]) -> Result<Target, Box<Problem>> {
    let at = |at: usize| fields.get(at).map(|range| Piece::new(text, range.clone()));
    let sdk = at(5).is_some_and(|piece| piece.text == "aws-sdk");
    let first = if sdk { 6 } else { 5 };
    let bad = |what, start: usize| {
        Box::new(certain(
            ProblemKind::BadArn(what),
            start.min(text.len())..text.len(),
        ))
    };
    let from = fields.get(5).map_or(0, |range| range.start);
    let (Some(service), Some(rest)) = (at(first), fields.get(first + 1)) else {
        return Err(bad("an integration has a service and an action", from));
    };
    if service.text.is_empty() {
        return Err(bad("it names no service", service.range.start));
    }
    // The pattern may hold a colon, the action none: everything from here on belongs to both.
    let rest = rest.start..text.len();
    let written = text.get(rest.clone()).unwrap_or_default();
    let dot = written.find('.').map_or(rest.end, |at| rest.start + at);
    let action = Piece::new(text, rest.start..dot);
    if action.text.is_empty() {
        return Err(bad("it names no action", rest.start));
    }
    let suffix = dot..rest.end;
    let known = text.get(suffix.clone()).unwrap_or_default();
    let pattern = Pattern::ALL
        .into_iter()
        .find(|pattern| pattern.suffix() == known);
    let Some(pattern) = pattern else {
        let mut problem = certain(
            ProblemKind::UnknownPattern(known.trim_start_matches('.').to_owned()),
            suffix,
        );
        problem.replacement = nearest(known, Pattern::ALL.into_iter().map(Pattern::suffix))
            .filter(|suffix| !suffix.is_empty())
            .map(str::to_owned);
        return Err(Box::new(problem));
    };
    if action.text.contains(':') && !action.is_placeholder() {
        return Err(bad("an action holds no colon", action.range.start));
    }
    let call = Call {
        service,
        action,
        pattern,
        suffix,
    };
    Ok(if sdk {
        Target::Sdk(call)
    } else {
        Target::Optimized(call)
    })
}
