//! What stands around a call: what a circuit breaker and a place share, and the claim on a key.

use crate::machine::{Catcher, Expr, Kind, Label, Output};
use crate::requirements::Step;

use super::Composer;
use super::call::typed;
use super::flow::Builder;

pub(crate) const GET: &str = "arn:aws:states:::dynamodb:getItem";
const PUT: &str = "arn:aws:states:::dynamodb:putItem";
pub(crate) const UPDATE: &str = "arn:aws:states:::dynamodb:updateItem";
pub(crate) const REFUSED: &str = "DynamoDB.ConditionalCheckFailedException";

/// Where a circuit breaker leads.
#[derive(Clone, Copy)]
pub(crate) struct Circuit {
    /// Where a call goes whose service is out.
    pub(crate) outage: Label,
    /// The call that finds out whether the service is back.
    pub(crate) probe: Label,
    /// Closes the circuit when it is.
    pub(crate) close: Label,
    /// Opens it again when it is not.
    pub(crate) reopen: Label,
    /// What is done instead of the call.
    pub(crate) instead: Label,
}

pub(crate) fn number(value: Expr) -> Expr {
    Expr::object([("N", value)])
}

/// Milliseconds from now on, as a number of `DynamoDB`.
pub(crate) fn after(milliseconds: u64) -> Expr {
    Expr::Code(format!("$string($toMillis($now()) + {milliseconds})"))
}

/// Seconds from now on, for the time to live of a row.
pub(crate) fn expires(milliseconds: u64) -> Expr {
    Expr::Code(format!(
        "$string($floor(($toMillis($now()) + {milliseconds}) / 1000))"
    ))
}

pub(crate) fn all_to(next: Label) -> Vec<Catcher> {
    vec![Catcher {
        errors: vec!["States.ALL".to_owned()],
        path: None,
        next,
    }]
}

impl Composer<'_> {
    pub(crate) fn add(&mut self, builder: &mut Builder, step: &Step, name: &str) -> Label {
        let label = builder.scope.add(&mut self.names, name);
        let name = builder.name(label);
        self.other(step, &name);
        label
    }

    /// The first state of a machine that must not do anything twice for the same key.
    pub(crate) fn claim_state(&mut self, builder: &mut Builder) {
        let table = self
            .needs
            .table("claims", "Keys that an execution has taken on");
        let label = builder.scope.add(&mut self.names, "Claim");
        let handled = builder.scope.add(&mut self.names, "Already handled");
        let arguments = Expr::object([
            ("TableName", Expr::text(&table)),
            (
                "Item",
                Expr::object([
                    ("id", typed(self.key_text())),
                    ("execution", typed(Expr::context(&["Execution", "Name"]))),
                    ("status", typed(Expr::text("CLAIMED"))),
                    ("expiresAt", number(expires(90 * 86_400_000))),
                ]),
            ),
            (
                "ConditionExpression",
                Expr::text("attribute_not_exists(id) OR #status = :failed OR #execution = :mine"),
            ),
            (
                "ExpressionAttributeNames",
                Expr::object([
                    ("#status", Expr::text("status")),
                    ("#execution", Expr::text("execution")),
                ]),
            ),
            (
                "ExpressionAttributeValues",
                Expr::object([
                    (":failed", typed(Expr::text("FAILED"))),
                    (":mine", typed(Expr::context(&["Execution", "Name"]))),
                ]),
            ),
        ]);
        self.plain_task(builder, label, PUT, arguments, Output::Input, None);
        builder.comment(
            label,
            "The same event may come twice: the first execution takes its key.",
        );
        let failed = Catcher {
            errors: vec![REFUSED.to_owned()],
            path: None,
            next: handled,
        };
        if let Some(state) = builder.scope.state(label) {
            state.catch = vec![failed];
        }
        if self.is_express || !self.req.failure.redrive || self.is_saga {
            let name = "Not claimed";
            let not = builder.scope.add(&mut self.names, name);
            let kind = Kind::Fail {
                error: super::shown("Error", self.language),
                cause: super::shown("Cause", self.language),
            };
            builder.set(not, kind, Output::Input, None);
            if let Some(state) = builder.scope.state(label) {
                state.catch.push(Catcher {
                    errors: vec!["States.ALL".to_owned()],
                    path: Some(vec!["error".to_owned()]),
                    next: not,
                });
            }
        }
    }

    /// Lets the same key be tried again after a failure that left nothing behind.
    pub(crate) fn give_up_claim(&mut self, builder: &mut Builder, failed: Label) -> Option<Label> {
        if !matches!(
            self.decisions.duplicates,
            crate::decide::Duplicates::Table { .. }
        ) {
            return None;
        }
        let table = self
            .needs
            .table("claims", "Keys that an execution has taken on");
        let label = builder.scope.add(&mut self.names, "Give up claim");
        let arguments = Expr::object([
            ("TableName", Expr::text(&table)),
            ("Key", Expr::object([("id", typed(self.key_text()))])),
            ("UpdateExpression", Expr::text("SET #status = :failed")),
            (
                "ExpressionAttributeNames",
                Expr::object([("#status", Expr::text("status"))]),
            ),
            (
                "ExpressionAttributeValues",
                Expr::object([(":failed", typed(Expr::text("FAILED")))]),
            ),
        ]);
        self.plain_task(
            builder,
            label,
            UPDATE,
            arguments,
            Output::Input,
            Some(failed),
        );
        builder.comment(label, "Nothing is left of it: the same key may come again.");
        if let Some(state) = builder.scope.state(label) {
            state.catch = all_to(failed);
        }
        Some(label)
    }
}
