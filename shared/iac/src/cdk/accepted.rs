//! What the rules of AWS Solutions (cdk-nag) find and a stack accepts, each with its reason beside the resource.

use std::fmt::Write as _;

use super::Writer;
use crate::deploy::{self, Part, logs, pascal};
use crate::derive::string;
use crate::stack::{LogLevel, Queue, StateMachine, Statement};

/// A finding by its id, and why it is accepted.
type Accepted = (String, String);

/// Says so of a resource; nothing where nothing is accepted.
pub(super) fn accept(variable: &str, accepted: &[Accepted], out: &mut String) {
    if accepted.is_empty() {
        return;
    }
    _ = writeln!(out, "Validations.of({variable}).acknowledge(");
    for (id, reason) in accepted {
        _ = writeln!(
            out,
            "  {{ id: {}, reason: {} }},",
            string(&format!("AwsSolutions::AwsSolutions-{id}")),
            string(&crate::doc::one_line(reason))
        );
    }
    out.push_str(");\n");
}

/// A queue that takes what others could not handle has none behind it.
pub(super) fn of_queue(queue: &Queue) -> Vec<Accepted> {
    if queue.dead_letters.is_some() {
        return Vec::new();
    }
    vec![(
        "SQS3".to_owned(),
        format!(
            "Messages wait here until they are dealt with, and an alarm says so: {}",
            queue.description
        ),
    )]
}

pub(super) fn of_bucket() -> Vec<Accepted> {
    vec![(
        "S1".to_owned(),
        "Who reads and writes objects is for CloudTrail to say; a log of its own would need a second bucket.".to_owned(),
    )]
}

pub(super) fn of_api() -> Vec<Accepted> {
    let account = "API Gateway writes logs with a role that is set for the whole account, which a workflow does not change; each execution is recorded.";
    [
        ("APIG1", account),
        ("APIG6", account),
        (
            "APIG2",
            "The body is the input of the execution, and the workflow judges it.",
        ),
        ("APIG3", "Callers sign with IAM; nobody else gets through."),
        ("COG4", "Callers sign with IAM."),
    ]
    .map(|(id, reason)| (id.to_owned(), reason.to_owned()))
    .to_vec()
}

pub(super) fn of_machine(machine: &StateMachine) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    if machine.logging.level != LogLevel::All {
        let reason = if logs(machine.logging) {
            format!(
                "Level {} logs what goes wrong; ALL would log every state of every execution.",
                machine.logging.level.as_str()
            )
        } else {
            "No logs are asked for.".to_owned()
        };
        accepted.push(("SF1".to_owned(), reason));
    }
    if !machine.tracing {
        accepted.push(("SF2".to_owned(), "No traces are asked for.".to_owned()));
    }
    accepted
}

impl Writer<'_> {
    /// Wildcards in what a role allows, each by itself.
    pub(super) fn of_statements(&self, statements: &[Statement]) -> Vec<Accepted> {
        let mut accepted: Vec<Accepted> = Vec::new();
        for statement in statements {
            let actions = statement
                .actions
                .iter()
                .map(|action| format!("Action::{action}"));
            let resources = statement
                .resources
                .iter()
                .map(|value| format!("Resource::{}", finding(&deploy::parts(self.stack, value))));
            for what in actions.chain(resources).filter(|what| what.contains('*')) {
                let id = format!("IAM5[{what}]");
                let reason = if what == "Resource::*" {
                    statement.why.clone()
                } else {
                    format!(
                        "{}; what the wildcard stands for is known only when it runs",
                        statement.why
                    )
                };
                match accepted.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, reasons)) if !reasons.contains(&reason) => {
                        _ = write!(reasons, "; {reason}");
                    }
                    Some(_) => {}
                    None => accepted.push((id, reason)),
                }
            }
        }
        accepted
    }
}

/// A resource as cdk-nag shows it: references in angle brackets, and functions that it does not know as JSON.
fn finding(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.replace("${", "<").replace('}', ">"),
            Part::Replaced(of, from, to) => {
                let split = json_split(of, from);
                format!("{}{to}{}", json_select(0, &split), json_select(1, &split))
            }
            part => format!("<{}>", reference(part)),
        })
        .collect()
}

fn json_select(index: usize, list: &str) -> String {
    format!("{{\"Fn::Select\":[{index},{list}]}}")
}

fn json_split(of: &[Part], from: &str) -> String {
    let parts: Vec<String> = of
        .iter()
        .map(|part| match part {
            Part::Text(text) => string(text),
            part => format!("{{\"Ref\":{}}}", string(&reference(part))),
        })
        .collect();
    let text = match parts.as_slice() {
        [one] => one.clone(),
        parts => format!("{{\"Fn::Join\":[\"\",[{}]]}}", parts.join(",")),
    };
    format!("{{\"Fn::Split\":[{},{text}]}}", string(from))
}

/// The logical id of what a part reads.
fn reference(part: &Part) -> String {
    match part {
        Part::Prefix => "NamePrefix".to_owned(),
        Part::Parameter(name) => pascal(name),
        Part::Partition => "AWS::Partition".to_owned(),
        Part::Region => "AWS::Region".to_owned(),
        Part::Account => "AWS::AccountId".to_owned(),
        Part::QueueUrl(id) => format!("{}Queue", pascal(id)),
        Part::Text(_) | Part::Replaced(..) => String::new(),
    }
}
