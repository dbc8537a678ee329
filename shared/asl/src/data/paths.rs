//! Fields of JSONPath states that hold a path or an intrinsic call.

use super::{At, Data};
use crate::expr::path::{Path, Root};
use crate::expr::{self, intrinsic};
use crate::{Level, Member, Node, Span, StateKind};

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Path,
    /// A Reference Path into the input, to write to.
    Target,
    /// A Reference Path to a number in the input: AWS refuses the Context Object here (floci-io/floci#3733).
    Number,
    PathOrCall,
}

/// The fields of a state, and whether `null` is something there.
fn takes(name: &str) -> Option<(Takes, bool)> {
    Some(match name {
        "InputPath" | "OutputPath" => (Takes::Path, true),
        "ResultPath" => (Takes::Target, true),
        "ErrorPath" | "CausePath" => (Takes::PathOrCall, false),
        "ItemsPath"
        | "SecondsPath"
        | "TimestampPath"
        | "TimeoutSecondsPath"
        | "HeartbeatSecondsPath" => (Takes::Path, false),
        "MaxConcurrencyPath"
        | "ToleratedFailurePercentagePath"
        | "ToleratedFailureCountPath"
        | "MaxItemsPath"
        | "MaxItemsPerBatchPath"
        | "MaxInputBytesPerBatchPath" => (Takes::Number, false),
        _ => return None,
    })
}

impl<'a> Data<'a> {
    /// A member of a JSONPath state.
    pub(super) fn member(&mut self, at: &mut At<'a>, member: &'a Member) {
        let node = &member.node;
        if let Some((takes, null)) = takes(&member.key) {
            if !(null && node.is_null()) {
                self.field(at, node, takes);
            }
            return;
        }
        match member.key.as_str() {
            "Parameters" | "ResultSelector" | "ItemSelector" | "Assign" | "Credentials" => {
                self.template(at, node);
            }
            "Result" if matches!(at.state.kind, StateKind::Pass) => self.result(at, node),
            "ItemReader" | "ResultWriter" | "ItemBatcher" => self.parts(at, node),
            "Catch" => self.list(at, node, Self::catcher),
            "Choices" => self.list(at, node, Self::comparison),
            _ => {}
        }
    }

    /// The parts of a reader, a writer or a batcher.
    fn parts(&mut self, at: &mut At<'a>, node: &'a Node) {
        for member in node.members().unwrap_or_default() {
            at.names.push(member.key.as_str().into());
            match member.key.as_str() {
                "Parameters" | "BatchInput" => self.template(at, &member.node),
                "ReaderConfig" => self.parts(at, &member.node),
                _ => self.member(at, member),
            }
            at.names.pop();
        }
    }

    fn list(
        &mut self,
        at: &mut At<'a>,
        node: &'a Node,
        each: fn(&mut Self, &mut At<'a>, &'a Node),
    ) {
        for (index, item) in node.items().unwrap_or_default().iter().enumerate() {
            at.names.push(index.to_string().into());
            each(self, at, item);
            at.names.pop();
        }
    }

    fn catcher(&mut self, at: &mut At<'a>, node: &'a Node) {
        for member in node.members().unwrap_or_default() {
            if ["ResultPath", "Assign"].contains(&member.key.as_str()) {
                at.names.push(member.key.as_str().into());
                self.member(at, member);
                at.names.pop();
            }
        }
    }

    /// A rule of a Choice, or a part of one.
    fn comparison(&mut self, at: &mut At<'a>, node: &'a Node) {
        for member in node.members().unwrap_or_default() {
            at.names.push(member.key.as_str().into());
            match member.key.as_str() {
                "And" | "Or" => self.list(at, &member.node, Self::comparison),
                "Not" => self.comparison(at, &member.node),
                "Assign" => self.template(at, &member.node),
                "Variable" => self.field(at, &member.node, Takes::Path),
                name if name.ends_with("Path")
                    && member.node.as_str().is_some_and(|it| it.starts_with('$')) =>
                {
                    self.field(at, &member.node, Takes::Path);
                }
                _ => {}
            }
            at.names.pop();
        }
    }

    fn field(&mut self, at: &At<'a>, node: &'a Node, takes: Takes) {
        let Some(text) = node.as_str() else {
            // `Variable` and operands are told of where their comparison is.
            if !node.is_open() && !at.names.iter().any(|name| name == "Choices") {
                let error = expr::Error {
                    span: Span::default(),
                    message: format!(
                        "`{}` must be a path",
                        at.names.last().map_or("", AsRef::as_ref)
                    ),
                    help: None,
                };
                self.problem(at, node, ("field-wrong-type", error));
            }
            return;
        };
        if takes == Takes::PathOrCall && intrinsic::is_call(text) {
            return self.call(at, node, text);
        }
        let Some(path) = self.path(at, node, text) else {
            return;
        };
        if takes == Takes::Target && !path.has_placeholder {
            self.target(at, node, &path);
        }
        if takes == Takes::Number && path.root == Root::Context {
            let error = expr::Error {
                span: path.root_span,
                message: "a Map takes its numbers from the input, not from the Context Object"
                    .to_owned(),
                help: Some("put the number into the input before, and name it there".to_owned()),
            };
            self.refused(at, node, ("path-not-reference", error));
        }
    }

    /// Reads a path; tells why it cannot be read.
    pub(super) fn path(&mut self, at: &At<'a>, node: &'a Node, text: &'a str) -> Option<Path<'a>> {
        match Path::parse(text) {
            Ok(path) => {
                self.reads(at, node, &path);
                Some(path)
            }
            Err(error) => {
                // `Variable` without `$` is told of with its comparison.
                let known = at.names.iter().any(|name| name == "Choices") && !text.starts_with('$');
                if !known {
                    self.refused(at, node, ("path-malformed", error));
                }
                None
            }
        }
    }

    /// A problem because of which AWS refuses the definition.
    pub(super) fn refused(
        &mut self,
        at: &At<'_>,
        node: &Node,
        problem: (&'static str, expr::Error),
    ) {
        if let Some(problem) = self.problem(at, node, problem) {
            problem.aws_code = Some("SCHEMA_VALIDATION_FAILED");
        }
    }

    fn target(&mut self, at: &At<'_>, node: &Node, path: &Path<'_>) {
        let (span, message) = match (path.root, path.not_a_reference()) {
            (Root::Context, _) => (
                path.root_span,
                "a result cannot be written into the Context Object",
            ),
            (Root::Variable(_), _) => {
                (path.root_span, "a result cannot be written into a variable")
            }
            (_, Some(step)) => (
                step.span,
                "a result is written to one place, this may be several",
            ),
            _ => return,
        };
        let error = expr::Error {
            span,
            message: message.to_owned(),
            help: Some("write a Reference Path, like `$.result`".to_owned()),
        };
        self.refused(at, node, ("path-not-reference", error));
    }

    /// An intrinsic call.
    pub(super) fn call(&mut self, at: &At<'a>, node: &'a Node, text: &'a str) {
        use intrinsic::{Call, IssueKind};
        let call = match Call::parse(text) {
            Ok(call) => call,
            Err(error) => {
                self.refused(at, node, ("intrinsic-malformed", error));
                return;
            }
        };
        for issue in call.issues() {
            let (id, level) = match issue.kind {
                IssueKind::UnknownFunction => ("intrinsic-unknown", Level::Error),
                IssueKind::ArgumentCount => ("intrinsic-argument-count", Level::Error),
                IssueKind::TooDeep => ("intrinsic-too-deep", Level::Error),
                IssueKind::ArgumentKind => ("intrinsic-argument-kind", Level::Warning),
                IssueKind::FormatSlots => ("intrinsic-format-slots", Level::Warning),
            };
            let Some(problem) = self.problem(at, node, (id, issue.error)) else {
                break;
            };
            problem.level = level;
            if level == Level::Error {
                problem.aws_code = Some("SCHEMA_VALIDATION_FAILED");
            }
        }
        for path in call.paths() {
            self.reads(at, node, path);
        }
    }
}
