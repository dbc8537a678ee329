//! How executions end, and the calls that the machine makes for itself.

use super::flow::{Builder, Domain};
use super::retry::Tightness;
use super::{Composer, shown};
use crate::machine::{Catcher, Expr, Kind, Label, Output};

impl Composer<'_> {
    /// What comes next, as a state.
    pub(crate) fn next_or_done(&mut self, builder: &mut Builder, next: Option<Label>) -> Label {
        if let Some(next) = next {
            return next;
        }
        if let Some(done) = builder.done {
            return done;
        }
        let name = match builder.domain {
            Domain::Root => "Done",
            Domain::Inside => "Branch done",
            Domain::ItemFails | Domain::ItemMarked => "Item done",
        };
        let done = builder.scope.add(&mut self.names, name);
        builder.done = Some(done);
        done
    }

    /// The end of an execution, or of an item, that failed with nothing left to take back.
    pub(crate) fn gone(&mut self, builder: &mut Builder) -> Label {
        match builder.domain {
            Domain::ItemMarked => self.marked(builder),
            Domain::ItemFails | Domain::Inside => self.raised(builder),
            Domain::Root => self.failed(builder),
        }
    }

    /// A failure with the error that the data show.
    pub(crate) fn fail_state(&mut self, builder: &mut Builder, name: &str, comment: &str) -> Label {
        let label = builder.scope.add(&mut self.names, name);
        let kind = Kind::Fail {
            error: shown("Error", self.language),
            cause: shown("Cause", self.language),
        };
        builder.set(label, kind, Output::Input, None);
        builder.comment(label, comment);
        label
    }

    pub(crate) fn failed(&mut self, builder: &mut Builder) -> Label {
        if let Some(label) = builder.ends.failed {
            return label;
        }
        let failed = self.fail_state(builder, "Failed", "Shows the first error.");
        let label = self.give_up_claim(builder, failed).unwrap_or(failed);
        builder.ends.failed = Some(label);
        label
    }

    /// Raises an error again that was caught.
    pub(crate) fn raised(&mut self, builder: &mut Builder) -> Label {
        if let Some(label) = builder.ends.raised {
            return label;
        }
        let name = if builder.domain == Domain::ItemFails {
            "Item failed"
        } else {
            "Raise the error"
        };
        let label = self.fail_state(builder, name, "Shows the first error.");
        builder.ends.raised = Some(label);
        label
    }

    pub(crate) fn marked(&mut self, builder: &mut Builder) -> Label {
        if let Some(label) = builder.ends.marked {
            return label;
        }
        let label = builder.scope.add(&mut self.names, "Item failed");
        let value = Expr::object([
            ("failed", Expr::Bool(true)),
            ("error", Expr::data(&["error"])),
        ]);
        builder.set(label, Kind::Pass, Output::Value(value), None);
        builder.comment(label, "The Map counts how many failed.");
        builder.ends.marked = Some(label);
        label
    }

    pub(crate) fn parked(&mut self, builder: &mut Builder) -> Label {
        if let Some(label) = builder.ends.parked {
            return label;
        }
        let failed = self.failed(builder);
        let label = self.park(builder, "Park", "parked", failed);
        builder.comment(label, "Keeps all that is needed to do it again.");
        builder.ends.parked = Some(label);
        label
    }

    pub(crate) fn incomplete(&mut self, builder: &mut Builder) -> Label {
        if let Some(label) = builder.ends.incomplete {
            return label;
        }
        let fail = builder.scope.add(&mut self.names, "Completion incomplete");
        let kind = Kind::Fail {
            error: Expr::text("CompletionIncomplete"),
            cause: Expr::text(
                "A step after the point of no return failed; what is left to do is in the repair queue.",
            ),
        };
        builder.set(fail, kind, Output::Input, None);
        let label = self.park(builder, "Park for completion", "completion", fail);
        builder.comment(
            label,
            "There is no way back after the pivot: somebody has to complete it.",
        );
        builder.ends.incomplete = Some(label);
        label
    }

    /// Puts the whole execution into the repair queue.
    pub(crate) fn park(
        &mut self,
        builder: &mut Builder,
        name: &str,
        reason: &str,
        next: Label,
    ) -> Label {
        let url = self.needs.queue(
            "repairs",
            "Executions that need a person, with all of their data",
            300,
        );
        let label = builder.scope.add(&mut self.names, name);
        let body = Expr::object([
            ("reason", Expr::text(reason)),
            ("execution", Expr::context(&["Execution", "Id"])),
            ("idempotencyKey", self.business_key()),
            ("data", Expr::Data(Vec::new())),
        ]);
        let arguments = Expr::object([("QueueUrl", Expr::Text(url)), ("MessageBody", body)]);
        self.plain_task(
            builder,
            label,
            "arn:aws:states:::sqs:sendMessage",
            arguments,
            Output::Input,
            Some(next),
        );
        if let Some(state) = builder.scope.state(label) {
            state.retry = super::retry::compensation(false, self.tightness);
            state.worst_seconds = super::retry::worst_seconds(state.kind.timeout(), &state.retry);
            // What cannot be parked still fails with its own error, and the alarm rings.
            state.catch = vec![Catcher {
                errors: vec!["States.ALL".to_owned()],
                path: None,
                next,
            }];
            state.sample = Some(serde_json::json!({"MessageId": "1"}));
        }
        label
    }

    /// A call of an AWS API that answers at once, with its retries.
    pub(crate) fn plain_task(
        &mut self,
        builder: &mut Builder,
        label: Label,
        resource: &str,
        arguments: Expr,
        output: Output,
        next: Option<Label>,
    ) {
        let timeout = match self.tightness {
            Tightness::Least => 1,
            Tightness::Short => 3,
            Tightness::Full => 10,
        };
        let kind = Kind::Task {
            resource: resource.to_owned(),
            arguments,
            timeout,
            heartbeat: None,
        };
        builder.set(label, kind, output, next);
        let wanted = super::retry::Wanted {
            retry: crate::requirements::Retry::Auto,
            repeatable: false,
            waits: false,
            answers: &[],
            tightness: self.tightness,
        };
        let retry = super::retry::retriers(&super::retry::Errors::of(resource), wanted);
        if let Some(state) = builder.scope.state(label) {
            state.worst_seconds = super::retry::worst_seconds(timeout, &retry);
            state.retry = retry;
            state.sample = Some(serde_json::json!({}));
        }
    }
}
