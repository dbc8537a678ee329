//! What stands around a call: a circuit breaker, a limited number of places, and the claim on a key.

use crate::decide::Limiter;
use crate::machine::{Catcher, Expr, Kind, Label, Output, Retrier};
use crate::requirements::Step;

use super::Composer;
use super::call::typed;
use super::flow::{Builder, Targets};

pub(crate) const GET: &str = "arn:aws:states:::dynamodb:getItem";
const PUT: &str = "arn:aws:states:::dynamodb:putItem";
pub(crate) const UPDATE: &str = "arn:aws:states:::dynamodb:updateItem";
const REFUSED: &str = "DynamoDB.ConditionalCheckFailedException";

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

    /// Whether executions take a place for a step.
    pub(crate) fn needs_place(&self, step: &Step) -> bool {
        let decided = self.decisions.steps.get(&step.id);
        step.limit.is_some() && decided.is_none_or(|it| it.limiter != Some(Limiter::Map))
    }

    /// Takes one of a limited number of places before a call, and gives it back whatever becomes of it.
    #[expect(
        clippy::too_many_lines,
        reason = "the states of one pattern, side by side"
    )]
    pub(crate) fn with_place(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        main: Label,
        targets: Targets,
        outage: Option<Label>,
    ) -> (Targets, Option<Label>) {
        let Some(limit) = step.limit.as_ref().filter(|_| self.needs_place(step)) else {
            return (targets, outage);
        };
        let Some(place) = builder.places.get(&step.id).copied() else {
            return (targets, outage);
        };
        let table = self.needs.table(
            "places",
            "How many executions are at a step that only some may do at a time",
        );
        let own = Expr::text(format!("{}#", step.id));
        let id = match limit.key.as_deref().and_then(super::said::path_of) {
            Some(path) => Expr::Join(vec![own, builder.view.read(path)]),
            None => Expr::text(step.id.as_str()),
        };
        let holder = if builder.view.item {
            Expr::Join(vec![
                Expr::context(&["Execution", "Name"]),
                Expr::text("#"),
                Expr::data(&["key"]),
            ])
        } else {
            Expr::context(&["Execution", "Name"])
        };
        let base = || {
            vec![
                ("TableName".to_owned(), Expr::text(&table)),
                ("Key".to_owned(), Expr::object([("id", typed(id.clone()))])),
            ]
        };
        let mine = || Expr::object([("SS", Expr::List(vec![holder.clone()]))]);
        let mut arguments = base();
        arguments.extend([
            ("UpdateExpression".to_owned(), Expr::text("ADD holders :mine")),
            (
                "ConditionExpression".to_owned(),
                Expr::text("attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :me)"),
            ),
            (
                "ExpressionAttributeValues".to_owned(),
                Expr::object([
                    (":mine", mine()),
                    (":me", typed(holder.clone())),
                    (":limit", number(Expr::text(limit.concurrent.to_string()))),
                ]),
            ),
        ]);
        self.plain_task(
            builder,
            place,
            UPDATE,
            Expr::Object(arguments),
            Output::Input,
            Some(main),
        );
        builder.comment(
            place,
            &format!(
                "At most {} at a time; whoever finds no place comes back.",
                limit.concurrent
            ),
        );
        let busy = Retrier {
            errors: vec![REFUSED.to_owned()],
            interval: if self.is_express { 1 } else { 2 },
            attempts: if self.is_express { 6 } else { 40 },
            rate_tenths: 15,
            max_delay: if self.is_express { 5 } else { 60 },
        };
        let path = if targets.ignored {
            vec!["errors".to_owned(), super::data_name(&step.id)]
        } else {
            vec!["error".to_owned()]
        };
        if let Some(state) = builder.scope.state(place) {
            state.worst_seconds = state.worst_seconds.saturating_add(busy.longest_wait());
            state.retry.insert(0, busy);
            // Nothing was done yet: nothing of this step is taken back.
            if let Some(reject) = targets.reject.or(targets.fail) {
                state.catch = vec![Catcher {
                    errors: vec!["States.ALL".to_owned()],
                    path: Some(path),
                    next: reject,
                }];
            }
        }
        let name = builder.name(place);
        self.other(step, &name);
        let mut freed: Vec<(Option<Label>, Label)> = Vec::new();
        let mut free =
            |composer: &mut Self, builder: &mut Builder, to: Option<Label>, how: &str| {
                if let Some((_, label)) = freed.iter().find(|(known, _)| *known == to) {
                    return *label;
                }
                let label = composer.add(builder, step, &format!("Free place of {}{how}", step.id));
                let mut arguments = base();
                arguments.extend([
                    (
                        "UpdateExpression".to_owned(),
                        Expr::text("DELETE holders :mine"),
                    ),
                    (
                        "ExpressionAttributeValues".to_owned(),
                        Expr::object([(":mine", mine())]),
                    ),
                ]);
                composer.plain_task(
                    builder,
                    label,
                    UPDATE,
                    Expr::Object(arguments),
                    Output::Input,
                    to,
                );
                let next = composer.next_or_done(builder, to);
                if let Some(state) = builder.scope.state(label) {
                    state.catch = all_to(next);
                }
                freed.push((to, label));
                label
            };
        let next = free(self, builder, targets.next, "");
        let raise = |composer: &mut Self, builder: &mut Builder| composer.raised(builder);
        let fail = match targets.fail {
            Some(fail) => fail,
            None => raise(self, builder),
        };
        let fail = free(self, builder, Some(fail), ", which failed");
        let reject = match targets.reject {
            Some(reject) => free(self, builder, Some(reject), ", which was refused"),
            None => fail,
        };
        let outage = outage.map(|outage| free(self, builder, Some(outage), ", which is out"));
        let targets = Targets {
            next: Some(next),
            reject: Some(reject),
            fail: Some(fail),
            ignored: targets.ignored,
        };
        (targets, outage)
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
