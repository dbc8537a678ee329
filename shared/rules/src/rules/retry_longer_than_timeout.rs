//! Retriers that wait longer than the execution may last.

use asl::{Definition, Retrier, State};
use findings::{Confidence, Evidence, Finding, Fix, Note, NoteKind};

use crate::declare::declare_rule;
use cost::numbers::duration;
use crate::practice::{self, delays::Delays, insert};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Retriers whose delays together (`IntervalSeconds`, times `BackoffRate` each time, at most `MaxDelaySeconds`) are
    /// longer than the `TimeoutSeconds` of the state machine, or than the five minutes of an Express execution. The time
    /// that the attempts themselves take is not counted, so it is worse than that.
    ///
    /// ## Why it matters
    ///
    /// The last attempts are never made. The execution times out while it waits for them, which no catcher sees: what the
    /// `Catch` of the state was written for does not happen.
    ///
    /// ## Example
    ///
    /// The delays are 10, 20, 40, ... 640 seconds, 21 minutes together:
    /// ```asl,bad
    /// {
    ///   "StartAt": "Store",
    ///   "TimeoutSeconds": 600,
    ///   "States": {
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "MaxAttempts": 7, "BackoffRate": 2}],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Store",
    ///   "TimeoutSeconds": 600,
    ///   "States": {
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "MaxAttempts": 5, "BackoffRate": 2}],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// `MaxAttempts` becomes the most that fit. Review: the attempts themselves take time as well, and a longer timeout or
    /// a `MaxDelaySeconds` may be what was meant.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html>
    "retry-longer-than-timeout", "a retrier waits longer than the execution may last", Reliability, Medium,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    let express = practice::is_express(subject);
    let inside = |state: &State, express| express || practice::has_express_children(state);
    for (state, express) in practice::places(definition, express, inside) {
        let Some(limit) = practice::limit(definition, express) else {
            continue;
        };
        for retrier in &state.retry {
            let total = Delays::of(retrier).total(retrier.max_attempts);
            // Numbers that are filled in elsewhere are not known.
            if total > limit && !retrier.span.of(&definition.text).contains("${") {
                let case = Case {
                    definition,
                    state,
                    retrier,
                    total,
                    limit,
                };
                let finding = case.finding(subject, verdict);
                verdict.report(finding);
            }
        }
    }
}

struct Case<'a> {
    definition: &'a Definition,
    state: &'a State,
    retrier: &'a Retrier,
    /// What the delays add up to, in seconds.
    total: f64,
    /// After how many seconds the execution is ended.
    limit: f64,
}

impl Case<'_> {
    fn finding(&self, subject: &Subject<'_>, verdict: &Verdict) -> Finding {
        let name = &self.state.name.value;
        let (total, limit) = (duration(self.total * 1000.0), duration(self.limit * 1000.0));
        let mut finding = verdict.draft(format!(
            "a retrier of `{name}` waits up to {total} in all, and the execution is ended after {limit}"
        ));
        if self.retrier.jitter {
            // Each delay is then anything between nothing and the delay.
            finding.confidence = Confidence::Medium;
        }
        finding.location = subject.at(&self.retrier.pointer, self.retrier.span, "longer than the execution may last");
        finding.location.state = Some(name.clone());
        "the last attempts are never made, and a time-out of the execution is not caught"
            .clone_into(&mut finding.why);
        "make fewer attempts, cap the delay with `MaxDelaySeconds`, or give the execution more time"
            .clone_into(&mut finding.action);
        finding.evidence = vec![Evidence {
            what: "delays".to_owned(),
            value: format!(
                "{} attempts, {} s at first, times {} each",
                self.retrier.max_attempts, self.retrier.interval_seconds, self.retrier.backoff_rate
            ),
            source: "the definition".to_owned(),
        }];
        finding.notes = vec![Note {
            kind: NoteKind::Mind,
            text: "the time of the attempts themselves comes on top".to_owned(),
        }];
        finding.fix = Some(self.fix());
        let errors: Vec<&str> = self.retrier.errors.iter().map(|error| error.value.as_str()).collect();
        finding.fingerprint = subject.fingerprint(META.id, &[name, &errors.join(" ")]);
        finding
    }

    fn fix(&self) -> Fix {
        let fitting = Delays::of(self.retrier).fitting(self.retrier.max_attempts, self.limit);
        let edits = practice::written(self.state, self.retrier)
            .and_then(|own| own.get("MaxAttempts"))
            .filter(|_| fitting > 0)
            .and_then(|node| insert::number(self.definition, node, fitting));
        match edits {
            Some(edits) => Fix::edits(format!("make {fitting} attempts, which is what fits"), edits),
            None => Fix::steps("make the delays fit into the execution", vec![
                format!(
                    "lower `IntervalSeconds`, `BackoffRate` or `MaxAttempts`, or set `MaxDelaySeconds`, until the \
                     delays add up to less than {}",
                    duration(self.limit * 1000.0)
                ),
                "or raise `TimeoutSeconds` of the state machine".to_owned(),
            ]),
        }
    }
}
