//! A circuit breaker around a call: a row in a table says that a service is out.

use super::Composer;
use super::call::{Built, typed};
use super::flow::{Builder, Targets};
use super::guard::{Circuit, GET, UPDATE, after, all_to, expires, number};
use super::task::Again;
use crate::machine::{Condition, Expr, Kind, Label, Output};
use crate::requirements::{Breaker, Retry, Step};

impl Composer<'_> {
    /// Writes a circuit breaker around a call: one read on the way where all is well, and no write.
    #[expect(
        clippy::too_many_lines,
        reason = "the states of one pattern, side by side"
    )]
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
            instead,
        }
    }

    /// What is done while the circuit is open.
    pub(crate) fn instead(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        breaker: &Breaker,
        targets: Targets,
        fallback: &dyn Fn(&str) -> Option<Label>,
    ) -> Label {
        if let Some(id) = breaker.fallback.as_deref() {
            return match fallback(id) {
                Some(label) => label,
                None => self.ask_instead(builder, step, id, targets),
            };
        }
        // It was not called: there is nothing of it to take back.
        let cause = format!(
            "{} is not called for a while, because it failed too often.",
            step.id
        );
        let to = targets.reject.or(targets.fail);
        let name = format!("{} is out", step.id);
        self.raise(builder, step, &name, ["CircuitOpen", &cause], to)
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
}
