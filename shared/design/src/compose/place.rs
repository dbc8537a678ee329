//! A limited number of places: a semaphore whose holders have a lease.
//!
//! A row per step names who is at it in the set `holders`, and beside it until when each may be (`until <holder>`). An execution that
//! is aborted or ends in a time-out gives nothing back; whoever finds no place reads the row, frees what has expired and tries again.
//! So nothing has to listen to the ends of executions, which Express does not tell of anyway.

use crate::decide::Limiter;
use crate::machine::expr::{steps, string};
use crate::machine::{Catcher, Condition, Expr, Kind, Label, Output, Retrier};
use crate::requirements::{Limit, Step, Work};

use super::call::typed;
use super::flow::{Builder, Targets};
use super::guard::{GET, REFUSED, UPDATE, after, all_to, number};
use super::{Composer, EXPRESS};

/// What a lease is longer than the step may take, for clocks that differ.
const MARGIN: u64 = 60;
/// What stands before the name of a holder in the attribute of its lease.
const UNTIL: &str = "until ";

/// The row of a step, and who takes a place in it.
struct Row {
    table: String,
    id: Expr,
    holder: Expr,
}

impl Row {
    fn key(&self) -> Vec<(String, Expr)> {
        vec![
            ("TableName".to_owned(), Expr::text(&self.table)),
            (
                "Key".to_owned(),
                Expr::object([("id", typed(self.id.clone()))]),
            ),
        ]
    }

    fn mine(&self) -> Expr {
        Expr::object([("SS", Expr::List(vec![self.holder.clone()]))])
    }

    /// The name of the attribute that says until when.
    fn until(&self) -> (String, Expr) {
        let name = Expr::Join(vec![Expr::text(UNTIL), self.holder.clone()]);
        (
            "ExpressionAttributeNames".to_owned(),
            Expr::object([("#until", name)]),
        )
    }

    /// Takes a place, or renews it: a second try whose first one was done finds itself there.
    fn take(&self, limit: &Limit, lease: u64) -> Expr {
        let mut arguments = self.key();
        arguments.extend([
            (
                "UpdateExpression".to_owned(),
                Expr::text("ADD holders :mine SET #until = :until"),
            ),
            (
                "ConditionExpression".to_owned(),
                Expr::text("attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :me)"),
            ),
            self.until(),
            (
                "ExpressionAttributeValues".to_owned(),
                Expr::object([
                    (":mine", self.mine()),
                    (":me", typed(self.holder.clone())),
                    (":limit", number(Expr::text(limit.concurrent.to_string()))),
                    (":until", number(after(lease.saturating_mul(1_000)))),
                ]),
            ),
        ]);
        Expr::Object(arguments)
    }

    fn free(&self) -> Expr {
        let mut arguments = self.key();
        arguments.extend([
            (
                "UpdateExpression".to_owned(),
                Expr::text("DELETE holders :mine REMOVE #until"),
            ),
            self.until(),
            (
                "ExpressionAttributeValues".to_owned(),
                Expr::object([(":mine", self.mine())]),
            ),
        ]);
        Expr::Object(arguments)
    }

    /// Frees the place of another, unless it was renewed since it was read.
    fn reclaim(&self) -> Expr {
        let stale = |field: &str| Expr::data(&["stale", field]);
        let mut arguments = self.key();
        arguments.extend([
            (
                "UpdateExpression".to_owned(),
                Expr::text("DELETE holders :gone REMOVE #until"),
            ),
            (
                "ConditionExpression".to_owned(),
                Expr::text("#until = :seen"),
            ),
            (
                "ExpressionAttributeNames".to_owned(),
                Expr::object([("#until", stale("attribute"))]),
            ),
            (
                "ExpressionAttributeValues".to_owned(),
                Expr::object([
                    (
                        ":gone",
                        Expr::object([("SS", Expr::List(vec![stale("holder")]))]),
                    ),
                    (":seen", number(stale("until"))),
                ]),
            ),
        ]);
        Expr::Object(arguments)
    }
}

impl Composer<'_> {
    /// Whether executions take a place for a step.
    pub(crate) fn needs_place(&self, step: &Step) -> bool {
        let decided = self.decisions.steps.get(&step.id);
        step.limit.is_some()
            && !matches!(step.work, Work::Wait(_) | Work::Choose(_))
            && decided.is_none_or(|it| it.limiter != Some(Limiter::Map))
    }

    fn places(&mut self, builder: &Builder, step: &Step, limit: &Limit) -> Row {
        let own = Expr::text(format!("{}#", step.id));
        Row {
            table: self.needs.table(
                "places",
                "How many executions are at a step that only some may do at a time",
            ),
            id: match limit.key.as_deref().and_then(super::said::path_of) {
                Some(path) => Expr::Join(vec![own, builder.view.read(path)]),
                None => Expr::text(step.id.as_str()),
            },
            holder: if builder.view.item {
                Expr::Join(vec![
                    Expr::context(&["Execution", "Name"]),
                    Expr::text("#"),
                    Expr::data(&["key"]),
                ])
            } else {
                Expr::context(&["Execution", "Name"])
            },
        }
    }

    /// Takes one of a limited number of places before a call, and gives it back whatever becomes of it. Until when it is taken is
    /// said by [`Composer::lease`], when all of the step is there.
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
        let row = self.places(builder, step, limit);
        self.take_place(builder, step, limit, &row, (place, main), targets);
        let mut freed: Vec<(Option<Label>, Label)> = Vec::new();
        let mut free =
            |composer: &mut Self, builder: &mut Builder, to: Option<Label>, how: &str| {
                if let Some((_, label)) = freed.iter().find(|(known, _)| *known == to) {
                    return *label;
                }
                let label = composer.add(builder, step, &format!("Free place of {}{how}", step.id));
                composer.plain_task(builder, label, UPDATE, row.free(), Output::Input, to);
                let next = composer.next_or_done(builder, to);
                if let Some(state) = builder.scope.state(label) {
                    state.catch = all_to(next);
                }
                freed.push((to, label));
                label
            };
        let next = free(self, builder, targets.next, "");
        let fail = match targets.fail {
            Some(fail) => fail,
            None => self.raised(builder),
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

    /// The circle in which a place is taken: take it; where there is none, free what expired; try again.
    fn take_place(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        limit: &Limit,
        row: &Row,
        (place, main): (Label, Label),
        targets: Targets,
    ) {
        let take = row.take(limit, 0);
        self.plain_task(builder, place, UPDATE, take, Output::Input, Some(main));
        builder.comment(
            place,
            &format!(
                "At most {} at a time; whoever finds no place comes back.",
                limit.concurrent
            ),
        );
        let name = builder.name(place);
        self.other(step, &name);
        let holders = self.add(builder, step, &format!("Holders at {}", step.id));
        let path = if targets.ignored {
            vec!["errors".to_owned(), super::data_name(&step.id)]
        } else {
            vec!["error".to_owned()]
        };
        // Nothing was done yet: nothing of this step is taken back.
        let give_up = targets.reject.or(targets.fail).map(|next| Catcher {
            errors: vec!["States.ALL".to_owned()],
            path: Some(path),
            next,
        });
        let (busy, rounds) = waits_for_place(self.is_express);
        if let Some(state) = builder.scope.state(place) {
            // A way back counts nothing: all rounds are here.
            state.worst_seconds = state
                .worst_seconds
                .saturating_add(busy.longest_wait())
                .saturating_mul(rounds);
            state.retry.insert(0, busy);
            state.catch = vec![Catcher {
                errors: vec![REFUSED.to_owned()],
                path: None,
                next: holders,
            }];
            state.catch.extend(give_up.clone());
        }
        self.free_expired(
            builder,
            step,
            row,
            [place, holders],
            give_up.as_ref(),
            rounds,
        );
    }

    /// Looks who has a place, and frees it where its time is over; gives up after some rounds.
    fn free_expired(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        row: &Row,
        [place, holders]: [Label; 2],
        give_up: Option<&Catcher>,
        rounds: u64,
    ) {
        let expired = self.add(
            builder,
            step,
            &format!("Expired at {}?", step.id.trim_end_matches('?')),
        );
        let reclaim = self.add(builder, step, &format!("Reclaim place of {}", step.id));
        let mut read = row.key();
        read.push(("ConsistentRead".to_owned(), Expr::Bool(true)));
        let counted = format!("{} places", super::data_name(&step.id));
        let rounds_so_far = steps(&["polls".to_owned(), counted.clone()]);
        let found = format!(
            "($ms := $toMillis($now()); $found := $exists($states.result.Item) ? $each($states.result.Item, function($v, $k) {{$substring($k, 0, {length}) = '{UNTIL}' and $number($v.N) < $ms ? {{'attribute': $k, 'holder': $substring($k, {length}), 'until': $v.N}}}}); $merge([$states.input, {{'stale': $exists($found) ? $found[0] : {{}}, 'polls': $merge([$states.input.polls, {{{counted}: $exists($states.input{rounds_so_far}) ? $states.input{rounds_so_far} + 1 : 1}}])}}]))",
            length = UNTIL.len(),
            counted = string(&counted),
        );
        self.plain_task(
            builder,
            holders,
            GET,
            Expr::Object(read),
            Output::Value(Expr::Code(found)),
            Some(expired),
        );
        builder.comment(
            holders,
            "Who was aborted or timed out gave nothing back: its lease says when it is over.",
        );
        self.plain_task(
            builder,
            reclaim,
            UPDATE,
            row.reclaim(),
            Output::Input,
            Some(place),
        );
        if let Some(state) = builder.scope.state(holders) {
            state.catch.extend(give_up.cloned());
        }
        if let Some(state) = builder.scope.state(reclaim) {
            // Somebody else was faster, or it was renewed.
            state.catch = vec![Catcher {
                errors: vec![REFUSED.to_owned()],
                path: None,
                next: place,
            }];
            state.catch.extend(give_up.cloned());
        }
        let cause = format!("{} had no place free for too long.", step.id);
        let full = self.raise(
            builder,
            step,
            &format!("No place for {}", step.id),
            ["NoPlace", &cause],
            give_up.map(|catcher| catcher.next),
        );
        let kind = Kind::Choice {
            ways: vec![
                (
                    Condition::Code(format!("$states.input{rounds_so_far} >= {rounds}")),
                    full,
                ),
                (
                    Condition::Code("$exists($states.input.stale.holder)".to_owned()),
                    reclaim,
                ),
            ],
            otherwise: place,
        };
        builder.set(expired, kind, Output::Input, None);
    }

    /// Says until when a place is taken: as long as the step may take at the worst, and no execution takes longer than its type.
    pub(crate) fn lease(&mut self, builder: &mut Builder, step: &Step) {
        let Some(limit) = step.limit.as_ref().filter(|_| self.needs_place(step)) else {
            return;
        };
        let Some(place) = builder.places.get(&step.id).copied() else {
            return;
        };
        let row = self.places(builder, step, limit);
        let waits = builder.name(place);
        let held = self.steps.get(&step.id).map_or(0, |made| {
            let all = std::iter::once(&made.main).chain(&made.others);
            all.filter(|name| **name != waits)
                .map(|name| builder.scope.worst_of(name))
                .fold(0, u64::saturating_add)
        });
        let most = if self.is_express { EXPRESS } else { u64::MAX };
        let lease = held.min(most).saturating_add(MARGIN);
        if let Some(state) = builder.scope.state(place)
            && let Kind::Task { arguments, .. } = &mut state.kind
        {
            *arguments = row.take(limit, lease);
        }
        self.leases.insert(step.id.clone(), lease);
    }
}

/// How who finds no place waits for one before it looks at the leases, and how many times it does both.
fn waits_for_place(is_express: bool) -> (Retrier, u64) {
    let (interval, attempts, max_delay, rounds) = if is_express {
        (1, 4, 5, 2)
    } else {
        (2, 10, 60, 10)
    };
    let busy = Retrier {
        errors: vec![REFUSED.to_owned()],
        interval,
        attempts,
        rate_tenths: 15,
        max_delay,
    };
    (busy, rounds)
}
