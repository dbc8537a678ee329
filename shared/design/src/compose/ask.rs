//! Asking people, and waiting for their answer.

use iac::stack::ParameterKind;

use crate::machine::{Catcher, Expr, Kind, Label, Output};
use crate::requirements::{Approval, Channel, OnError, OnTimeout, Step};

use super::Composer;
use super::flow::{Builder, Targets};
use super::needs::snake;
use super::retry::{Errors, Wanted, retriers, worst_seconds};

/// The error that whoever says no answers with.
const REJECTED: &str = "Rejected";

/// How somebody is asked.
struct Ask<'a> {
    by: &'a str,
    channel: Channel,
    timeout: u64,
    heartbeat: u64,
    /// How often they were asked before.
    level: u64,
}

impl Composer<'_> {
    /// Writes an approval: who does not answer is asked again through whoever is above them, twice.
    pub(crate) fn approval(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        approval: &Approval,
        main: Label,
        targets: Targets,
    ) {
        self.note_faults(builder, step, main);
        let mut targets = targets;
        if targets.ignored && step.on_error != Some(OnError::Ignore) {
            // Who says no has answered: that is no failure to go on from.
            targets.reject = Some(self.gone(builder));
        }
        let said = approval.timeout.map(|it| it.0.div_ceil(1000));
        let timeout = said.unwrap_or_else(|| self.timeout(step, 86_400)).max(2);
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.heartbeat);
        let heartbeat = decided
            .or(step.heartbeat)
            .map_or(timeout - 1, |it| it.0.div_ceil(1000));
        let ask = |level| Ask {
            by: &approval.by,
            channel: approval.channel,
            timeout,
            heartbeat: heartbeat.clamp(1, timeout - 1),
            level,
        };
        let late = match approval.on_timeout {
            OnTimeout::Fail => None,
            OnTimeout::Reject => targets.reject.or(targets.fail),
            OnTimeout::Approve => {
                let label = builder
                    .scope
                    .add(&mut self.names, &format!("{} by silence", step.id));
                let value = Expr::object([
                    ("approved", Expr::Bool(true)),
                    ("by", Expr::text("nobody answered in time")),
                ]);
                builder.set(
                    label,
                    Kind::Pass,
                    Output::Beside(vec![self.result(step)], Some(value)),
                    targets.next,
                );
                let name = builder.name(label);
                self.other(step, &name);
                Some(label)
            }
            OnTimeout::Escalate => {
                let mut late = targets.reject.or(targets.fail);
                for (level, name) in [(2, "again"), (1, "")] {
                    let name = format!("Escalate {} {name}", step.id);
                    let label = builder.scope.add(&mut self.names, name.trim_end());
                    self.ask(builder, step, &ask(level), label, targets, late);
                    let name = builder.name(label);
                    self.other(step, &name);
                    late = Some(label);
                }
                late
            }
        };
        self.ask(builder, step, &ask(0), main, targets, late);
    }

    fn ask(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        ask: &Ask<'_>,
        label: Label,
        targets: Targets,
        late: Option<Label>,
    ) {
        let (resource, arguments) = self.question(builder, step, ask);
        let kind = Kind::Task {
            resource: resource.to_owned(),
            arguments,
            timeout: ask.timeout,
            heartbeat: Some(ask.heartbeat),
        };
        builder.set(
            label,
            kind,
            Output::Beside(vec![self.result(step)], None),
            targets.next,
        );
        let wanted = Wanted {
            retry: step.retry,
            repeatable: true, // to be asked twice does no harm
            waits: true,
            answers: &[],
            tightness: self.tightness,
        };
        let retry = retriers(&Errors::of(resource), wanted);
        let path = Some(vec!["error".to_owned()]);
        let mut catch = Vec::new();
        let mut rejected = vec![REJECTED.to_owned()];
        rejected.extend(
            step.reject_on
                .iter()
                .filter(|name| *name != REJECTED)
                .cloned(),
        );
        if let Some(next) = targets
            .reject
            .filter(|_| targets.reject != targets.fail || late.is_some())
        {
            catch.push(Catcher {
                errors: rejected,
                path: path.clone(),
                next,
            });
        }
        if let Some(next) = late {
            catch.push(Catcher {
                errors: vec![
                    "States.HeartbeatTimeout".to_owned(),
                    "States.Timeout".to_owned(),
                ],
                path: path.clone(),
                next,
            });
        }
        if let Some(next) = targets.fail {
            catch.push(Catcher {
                errors: vec!["States.ALL".to_owned()],
                path,
                next,
            });
        }
        let comment = match ask.level {
            0 => format!("Whoever says no answers with the error `{REJECTED}`."),
            level => format!("Nobody answered: asks one level higher ({level})."),
        };
        builder.comment(label, &comment);
        if let Some(state) = builder.scope.state(label) {
            state.worst_seconds = worst_seconds(ask.timeout, &retry);
            state.retry = retry;
            state.catch = catch;
            state.sample = Some(serde_json::json!({"approved": true}));
        }
    }

    /// The call that asks. Only programs get the token: a link in a message names the question by an id that is not the token.
    fn question(&mut self, builder: &Builder, step: &Step, ask: &Ask<'_>) -> (&'static str, Expr) {
        let key = self.key(step, &builder.view);
        let request = Expr::object([
            ("taskToken", Expr::context(&["Task", "Token"])),
            ("idempotencyKey", key),
            ("question", Expr::text(step.id.as_str())),
            ("askedOf", Expr::text(ask.by)),
            ("escalation", Expr::Number(ask.level.to_string())),
            (
                "answerWithinSeconds",
                Expr::Number(ask.heartbeat.to_string()),
            ),
            ("data", Expr::Data(Vec::new())),
        ]);
        match ask.channel {
            Channel::Sqs => {
                let url = self.needs.queue(
                    &kebab(&step.id),
                    &format!("Questions of {} to {}", step.id, ask.by),
                    300,
                );
                let arguments =
                    Expr::object([("QueueUrl", Expr::Text(url)), ("MessageBody", request)]);
                (
                    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    arguments,
                )
            }
            Channel::Sns => {
                let arn = self.needs.topic(
                    &kebab(&step.id),
                    &format!(
                        "Questions of {} to {}; for programs only: the messages hold task tokens",
                        step.id, ask.by
                    ),
                    &[],
                );
                let arguments = Expr::object([("TopicArn", Expr::Text(arn)), ("Message", request)]);
                ("arn:aws:states:::sns:publish.waitForTaskToken", arguments)
            }
            Channel::Email | Channel::Slack | Channel::Api => {
                let channel = match ask.channel {
                    Channel::Email => "mail",
                    Channel::Slack => "Slack",
                    _ => "API",
                };
                let description = format!(
                    "ARN, with version or alias, of the function that asks {} by {channel}: it stores the task token under an id of its own, and its link holds that id, never the token",
                    ask.by
                );
                let function = self.needs.ask(
                    &format!("ask_{}_arn", snake(ask.by)),
                    &description,
                    ParameterKind::Arn,
                    None,
                );
                let table = self.needs.table(
                    "questions",
                    "Task tokens of questions, under the ids that links hold",
                );
                let mut payload = request;
                if let Expr::Object(members) = &mut payload {
                    members.push(("channel".to_owned(), Expr::text(channel)));
                    members.push(("questionsTable".to_owned(), Expr::Text(table)));
                }
                let arguments =
                    Expr::object([("FunctionName", Expr::Text(function)), ("Payload", payload)]);
                ("arn:aws:states:::lambda:invoke.waitForTaskToken", arguments)
            }
        }
    }

    /// People do what a service that is out cannot do. In Express, which cannot wait for them, the result is missing.
    pub(crate) fn ask_instead(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        name: &str,
        targets: Targets,
    ) -> Label {
        let label = builder.scope.add(&mut self.names, name);
        let made = builder.name(label);
        self.other(step, &made);
        if self.is_express {
            let value = Expr::object([("missing", Expr::Bool(true))]);
            builder.set(
                label,
                Kind::Pass,
                Output::Beside(vec![self.result(step)], Some(value)),
                targets.next,
            );
            self.assumptions.push(format!("`{name}` is no step: while {} is out, the workflow goes on with `{}: {{missing: true}}`.", step.id, self.result(step)));
            return label;
        }
        self.assumptions.push(format!("`{name}` is no step: while {} is out, people get its work from a queue and answer for it.", step.id));
        let timeout = self.timeout(step, 0).max(86_400);
        let question = Ask {
            by: name,
            channel: Channel::Sqs,
            timeout,
            heartbeat: timeout - 1,
            level: 0,
        };
        self.ask(builder, step, &question, label, targets, None);
        let url = self.needs.queue(
            &kebab(name),
            &format!("Work of {} while it is out", step.id),
            300,
        );
        if let Some(state) = builder.scope.state(label)
            && let Kind::Task {
                arguments: Expr::Object(members),
                ..
            } = &mut state.kind
        {
            for (key, value) in members {
                if key == "QueueUrl" {
                    *value = Expr::text(&url);
                }
            }
            state.comment = Some(format!(
                "People do what {} cannot do while it is out, and answer in its place.",
                step.id
            ));
        }
        label
    }
}

fn kebab(text: &str) -> String {
    snake(text).replace('_', "-")
}
