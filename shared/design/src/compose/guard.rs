//! What stands around a call: a circuit breaker, a limited number of places, and the claim on a key.

use crate::decide::Limiter;
use crate::machine::{Catcher, Condition, Expr, Kind, Label, Output, Retrier};
use crate::requirements::{Breaker, Retry, Step};

use super::Composer;
use super::call::{Built, typed};
use super::flow::{Builder, Targets};
use super::task::Again;

const GET: &str = "arn:aws:states:::dynamodb:getItem";
const PUT: &str = "arn:aws:states:::dynamodb:putItem";
const UPDATE: &str = "arn:aws:states:::dynamodb:updateItem";
const REFUSED: &str = "DynamoDB.ConditionalCheckFailedException";

/// Where a circuit breaker leads.
#[derive(Clone, Copy)]
pub(crate) struct Circuit {
    /// Where a call goes whose service is out.
    pub(crate) outage: Label,
    /// The call that finds out whether the service is back.
    probe: Label,
    /// Closes the circuit when it is.
    close: Label,
    /// Opens it again when it is not.
    reopen: Label,
}

fn number(value: Expr) -> Expr {
    Expr::object([("N", value)])
}

/// Milliseconds from now on, as a number of DynamoDB.
fn after(milliseconds: u64) -> Expr {
    Expr::Code(format!("$string($toMillis($now()) + {milliseconds})"))
}

/// Seconds from now on, for the time to live of a row.
fn expires(milliseconds: u64) -> Expr {
    Expr::Code(format!(
        "$string($floor(($toMillis($now()) + {milliseconds}) / 1000))"
    ))
}

fn all_to(next: Label) -> Vec<Catcher> {
    vec![Catcher {
        errors: vec!["States.ALL".to_owned()],
        path: None,
        next,
    }]
}

impl Composer<'_> {
    /// Writes a circuit breaker around a call: one read on the way where all is well, and no write.
    pub(crate) fn breaker(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        breaker: &Breaker,
        main: Label,
        targets: Targets,
        fallback: &dyn Fn(&str) -> Option<Label>,
    ) -> Circuit {
        let table = self.needs.table(
            "circuits",
            "Which services are out: a row for each circuit breaker",
        );
        let key = Expr::object([("id", typed(Expr::text(step.id.as_str())))]);
        let entry = builder.circuits.get(&step.id).copied().unwrap_or(main);
        let place = builder.places.get(&step.id).copied().unwrap_or(main);
        let instead = self.instead(builder, step, breaker, targets, fallback);
        // Read: the row is there only while the circuit is open.
        let allowed = self.add(builder, step, &format!("May call {}?", step.id));
        let arguments = Expr::object([
            ("TableName", Expr::text(&table)),
            ("Key", key.clone()),
            ("ConsistentRead", Expr::Bool(true)),
        ]);
        let read = "$merge([$states.input, {'circuit': {'openUntil': $exists($states.result.Item.openUntil) ? $number($states.result.Item.openUntil.N) : 0}}])";
        self.plain_task(
            builder,
            entry,
            GET,
            arguments,
            Output::Value(Expr::Code(read.to_owned())),
            Some(allowed),
        );
        builder.comment(
            entry,
            &format!("{} is not called while its circuit is open.", step.id),
        );
        if let Some(state) = builder.scope.state(entry) {
            // A circuit that cannot be read stops nothing.
            state.catch = all_to(place);
            state.sample = Some(serde_json::json!({}));
        }
        let entry_name = builder.name(entry);
        self.other(step, &entry_name);
        let take = self.add(builder, step, &format!("Probe {}?", step.id));
        let kind = Kind::Choice {
            ways: vec![
                (
                    Condition::Code("$states.input.circuit.openUntil = 0".to_owned()),
                    place,
                ),
                (
                    Condition::Code(
                        "$toMillis($now()) < $states.input.circuit.openUntil".to_owned(),
                    ),
                    instead,
                ),
            ],
            otherwise: take,
        };
        builder.set(allowed, kind, Output::Input, None);
        // The first one after the time is over takes the probe; others go the other way.
        let probe = self.add(builder, step, &format!("Probe {}", step.id));
        let open_for = breaker.open_for.0;
        let arguments = Expr::object([
            ("TableName", Expr::text(&table)),
            ("Key", key.clone()),
            (
                "UpdateExpression",
                Expr::text("SET #state = :halfOpen, openUntil = :until"),
            ),
            ("ConditionExpression", Expr::text("openUntil = :seen")),
            (
                "ExpressionAttributeNames",
                Expr::object([("#state", Expr::text("state"))]),
            ),
            (
                "ExpressionAttributeValues",
                Expr::object([
                    (":halfOpen", typed(Expr::text("HALF_OPEN"))),
                    (":until", number(after(open_for))),
                    (
                        ":seen",
                        number(Expr::Code(
                            "$string($states.input.circuit.openUntil)".to_owned(),
                        )),
                    ),
                ]),
            ),
        ]);
        self.plain_task(builder, take, UPDATE, arguments, Output::Input, Some(probe));
        builder.comment(
            take,
            "Half open: one execution finds out whether the service is back.",
        );
        if let Some(state) = builder.scope.state(take) {
            state.catch = all_to(instead);
        }
        let close = self.add(builder, step, &format!("Close circuit of {}", step.id));
        let arguments = Expr::object([("TableName", Expr::text(&table)), ("Key", key.clone())]);
        self.plain_task(
            builder,
            close,
            "arn:aws:states:::dynamodb:deleteItem",
            arguments,
            Output::Input,
            targets.next,
        );
        let next = self.next_or_done(builder, targets.next);
        if let Some(state) = builder.scope.state(close) {
            state.catch = all_to(next);
        }
        let failed = match (breaker.fallback.is_some(), targets.fail) {
            (true, _) => instead,
            (false, Some(fail)) => fail,
            (false, None) => self.raised(builder),
        };
        let open = |composer: &mut Self, builder: &mut Builder, label: Label, next: Label| {
            let arguments = Expr::object([
                ("TableName", Expr::text(&table)),
                ("Key", key.clone()),
                (
                    "UpdateExpression",
                    Expr::text("SET #state = :open, openUntil = :until, expiresAt = :expires"),
                ),
                (
                    "ExpressionAttributeNames",
                    Expr::object([("#state", Expr::text("state"))]),
                ),
                (
                    "ExpressionAttributeValues",
                    Expr::object([
                        (":open", typed(Expr::text("OPEN"))),
                        (":until", number(after(open_for))),
                        (
                            ":expires",
                            number(expires(open_for.saturating_add(86_400_000))),
                        ),
                    ]),
                ),
            ]);
            composer.plain_task(builder, label, UPDATE, arguments, Output::Input, Some(next));
            if let Some(state) = builder.scope.state(label) {
                state.catch = all_to(next);
            }
        };
        let reopen = self.add(builder, step, &format!("Reopen circuit of {}", step.id));
        open(self, builder, reopen, failed);
        // A row for each window counts its failures, and goes by itself.
        let record = self.add(builder, step, &format!("Count failure of {}", step.id));
        let out = self.add(
            builder,
            step,
            &format!("{} out?", step.id.trim_end_matches('?')),
        );
        let opening = self.add(builder, step, &format!("Open circuit of {}", step.id));
        open(self, builder, opening, failed);
        builder.comment(opening, "Too many failures: it is left alone for a while.");
        let window = breaker.window.0.max(1);
        let counted = format!(
            "{} & $string($floor($toMillis($now()) / {window}))",
            crate::machine::expr::string(&format!("{}#", step.id))
        );
        let arguments = Expr::object([
            ("TableName", Expr::text(&table)),
            ("Key", Expr::object([("id", typed(Expr::Code(counted)))])),
            (
                "UpdateExpression",
                Expr::text("ADD failures :one SET expiresAt = :expires"),
            ),
            (
                "ExpressionAttributeValues",
                Expr::object([
                    (":one", number(Expr::text("1"))),
                    (
                        ":expires",
                        number(expires(window.saturating_add(86_400_000))),
                    ),
                ]),
            ),
            ("ReturnValues", Expr::text("UPDATED_NEW")),
        ]);
        let read = "$merge([$states.input, {'circuit': {'failures': $number($states.result.Attributes.failures.N)}}])";
        self.plain_task(
            builder,
            record,
            UPDATE,
            arguments,
            Output::Value(Expr::Code(read.to_owned())),
            Some(out),
        );
        if let Some(state) = builder.scope.state(record) {
            state.catch = all_to(failed);
            state.sample = Some(serde_json::json!({"Attributes": {"failures": {"N": "1"}}}));
        }
        let kind = Kind::Choice {
            ways: vec![(
                Condition::Code(format!(
                    "$states.input.circuit.failures >= {}",
                    breaker.failures.max(1)
                )),
                opening,
            )],
            otherwise: failed,
        };
        builder.set(out, kind, Output::Input, None);
        Circuit {
            outage: record,
            probe,
            close,
            reopen,
        }
    }

    /// What is done while the circuit is open.
    fn instead(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        breaker: &Breaker,
        targets: Targets,
        fallback: &dyn Fn(&str) -> Option<Label>,
    ) -> Label {
        match breaker.fallback.as_deref() {
            Some(id) => match fallback(id) {
                Some(label) => label,
                None => self.ask_instead(builder, step, id, targets),
            },
            None => {
                // It was not called: there is nothing of it to take back.
                let cause = format!(
                    "{} is not called for a while, because it failed too often.",
                    step.id
                );
                let to = targets.reject.or(targets.fail);
                self.raise(
                    builder,
                    step,
                    &format!("{} is out", step.id),
                    ["CircuitOpen", &cause],
                    to,
                )
            }
        }
    }

    /// Writes the call that finds out whether a service is back. It is made once.
    pub(crate) fn probe(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        built: &Built,
        circuit: Circuit,
        targets: Targets,
    ) {
        let own = Targets {
            next: Some(circuit.close),
            fail: Some(circuit.reopen),
            ignored: false,
            ..targets
        };
        let again = Again {
            retry: Retry::None,
            outage: None,
        };
        self.task(builder, step, built, circuit.probe, own, again);
        builder.comment(circuit.probe, "The same call, once: is the service back?");
        let name = builder.name(circuit.probe);
        self.trade_offs.retain(|it| {
            !(it.rule == "lambda-without-retry" && it.state.as_deref() == Some(step.id.as_str()))
        });
        self.trade_off(
            "lambda-without-retry",
            Some(&name),
            "a probe of a circuit breaker is made once",
        );
    }

    fn add(&mut self, builder: &mut Builder, step: &Step, name: &str) -> Label {
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
