//! Writes a first requirements file from answers.
//!
//! [`questions`] are asked in order, those whose [`Question::when`] holds; [`check`] says what is wrong with an answer; of all answers
//! [`answered`] makes a file with comments, which is read without problems.

use std::collections::BTreeMap;
use std::fmt::Write;

use asl::Format;

use crate::requirements::read;

/// Answers by the id of their question.
pub type Answers = BTreeMap<String, String>;

/// A question, with what it takes for an answer when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// `name`
    pub id: &'static str,
    /// What is asked.
    pub text: &'static str,
    /// What the answer is for, or an example.
    pub help: &'static str,
    /// The answer where nothing is said; empty where there may be none.
    pub default: &'static str,
    /// What may be answered; anything where there is none.
    pub choices: &'static [&'static str],
    /// Asked only where an earlier question was answered with one of these.
    pub when: Option<(&'static str, &'static [&'static str])>,
}

const TRIGGERS: [&str; 12] = [
    "eventbridge",
    "schedule",
    "api",
    "api-sync",
    "sqs",
    "pipe",
    "iot",
    "s3",
    "kinesis",
    "dynamodb-stream",
    "parent-workflow",
    "manual",
];
const SOURCES: [&str; 7] = [
    "eventbridge",
    "sqs",
    "pipe",
    "iot",
    "s3",
    "kinesis",
    "dynamodb-stream",
];
const YES_NO: [&str; 2] = ["no", "yes"];

const fn ask(
    id: &'static str,
    text: &'static str,
    help: &'static str,
    default: &'static str,
) -> Question {
    Question {
        id,
        text,
        help,
        default,
        choices: &[],
        when: None,
    }
}
const fn choose(question: Question, choices: &'static [&'static str]) -> Question {
    Question {
        choices,
        ..question
    }
}
const fn when(question: Question, id: &'static str, is: &'static [&'static str]) -> Question {
    Question {
        when: Some((id, is)),
        ..question
    }
}

static QUESTIONS: [Question; 15] = [
    ask(
        "name",
        "What is it called?",
        "small letters, digits and `-`",
        "order-saga",
    ),
    ask(
        "description",
        "What does it do, in a sentence?",
        "for people",
        "",
    ),
    choose(
        ask(
            "trigger",
            "What starts it?",
            "`api-sync`: the caller waits for the result",
            "eventbridge",
        ),
        &TRIGGERS,
    ),
    when(
        ask(
            "source",
            "Where does that come from?",
            "a source of events, the name of a bucket, queue, stream or table; SQL for AWS IoT",
            "shop.checkout",
        ),
        "trigger",
        &SOURCES,
    ),
    when(
        ask(
            "schedule",
            "When?",
            "`rate(5 minutes)`, `cron(0 1 * * ? *)`",
            "cron(0 1 * * ? *)",
        ),
        "trigger",
        &["schedule"],
    ),
    ask(
        "average",
        "How many executions, on average?",
        "a second (`0.5`), or `40/h`, `300/day`, `5/month`",
        "2",
    ),
    ask(
        "peak",
        "How many in the busiest second?",
        "may be left empty",
        "",
    ),
    ask("payload", "How large is the input of one?", "`4KB`", "4KB"),
    ask(
        "typical",
        "How long does one take, as a rule?",
        "waiting included: `4s`, `2d`",
        "4s",
    ),
    ask("max", "How long at most?", "it is ended then", "15min"),
    choose(
        ask(
            "delivery",
            "How often may one event have its effect?",
            "`at-least-once` may be cheaper",
            "exactly-once",
        ),
        &["exactly-once", "at-least-once", "at-most-once"],
    ),
    ask(
        "key",
        "By what is a second event known?",
        "path in the input: `$.order.id`",
        "$.order.id",
    ),
    choose(
        ask(
            "undo",
            "Is what is done taken back when a later step fails?",
            "a saga",
            "no",
        ),
        &YES_NO,
    ),
    choose(
        ask(
            "sensitive",
            "Are inputs and outputs sensitive?",
            "they are then never logged",
            "no",
        ),
        &YES_NO,
    ),
    ask(
        "steps",
        "What is done, in order?",
        "`Name action resource`, with commas between",
        "ReserveStock lambda:invoke reserve-stock, SaveOrder dynamodb:putItem orders, TellCustomer sns:publish order-events",
    ),
];

/// All questions, in the order in which they are asked.
pub fn questions() -> &'static [Question] {
    &QUESTIONS
}

/// Whether a question is asked, by what was answered before.
pub fn is_asked(question: &Question, answers: &Answers) -> bool {
    let Some((id, values)) = question.when else {
        return true;
    };
    values.contains(&answer(answers, id))
}

/// What is wrong with an answer to a question.
pub fn check(question: &Question, answer: &str) -> Result<(), String> {
    if answer.is_empty() && question.default.is_empty() {
        return Ok(());
    }
    if !question.choices.is_empty() && !question.choices.contains(&answer) {
        let meant = asl::nearest(answer, question.choices.iter().copied());
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of {}", question.choices.join(", ")),
        };
        return Err(format!("`{}` cannot be answered so; {help}", question.id));
    }
    let mut answers = Answers::new();
    if let Some((id, values)) = question.when {
        answers.insert(
            id.to_owned(),
            values.first().copied().unwrap_or_default().to_owned(),
        );
    }
    answers.insert(question.id.to_owned(), answer.to_owned());
    // The bounds of the others are not this answer's.
    let longest = if (question.id, answer) == ("trigger", "api-sync") {
        "25s"
    } else {
        "365d"
    };
    for (id, wide) in [("typical", "1ms"), ("max", longest), ("trigger", "manual")] {
        let is_given = answers.contains_key(id);
        if !is_given {
            answers.insert(id.to_owned(), wide.to_owned());
        }
    }
    if question.id == "peak" {
        answers.insert("average".to_owned(), "0.0001/month".to_owned());
    }
    let (_, problems) = read(&written(&answers), Format::Yaml);
    match problems
        .into_iter()
        .find(|problem| problem.level == asl::Level::Error)
    {
        None => Ok(()),
        Some(problem) => Err(match problem.help {
            Some(help) => format!("{}; {help}", problem.message),
            None => problem.message,
        }),
    }
}

/// The answers in the order in which they give way where they do not go together.
const YIELD: [&str; 12] = [
    "peak",
    "typical",
    "max",
    "undo",
    "delivery",
    "key",
    "schedule",
    "source",
    "steps",
    "description",
    "average",
    "payload",
];

/// A requirements file of the answers, with comments. Answers that cannot be, by themselves or beside others, are left at their
/// defaults, so that the file is always read without problems.
pub fn answered(answers: &Answers) -> String {
    let mut answers = answers.clone();
    for question in questions() {
        let wrong = answers
            .get(question.id)
            .is_some_and(|answer| check(question, answer).is_err());
        if wrong {
            answers.remove(question.id);
        }
    }
    let is_clean = |answers: &Answers| read(&written(answers), Format::Yaml).1.is_empty();
    // One that alone is in the way first; else as many as it takes.
    for id in YIELD {
        if is_clean(&answers) {
            break;
        }
        let mut fewer = answers.clone();
        fewer.remove(id);
        if is_clean(&fewer) {
            answers = fewer;
        }
    }
    for id in YIELD {
        if is_clean(&answers) {
            break;
        }
        answers.remove(id);
    }
    if !is_clean(&answers) {
        answers.clear();
    }
    written(&answers)
}

fn answer<'a>(answers: &'a Answers, id: &str) -> &'a str {
    let default = questions()
        .iter()
        .find(|question| question.id == id)
        .map_or("", |question| question.default);
    answers.get(id).map_or(default, String::as_str)
}

/// In quotes, as YAML writes them.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn written(answers: &Answers) -> String {
    let is = |id: &str| answer(answers, id);
    let trigger = is("trigger");
    let source = if SOURCES.contains(&trigger) {
        format!(", source: {}", quoted(is("source")))
    } else {
        String::new()
    };
    let schedule = if trigger == "schedule" {
        format!(", schedule: {}", quoted(is("schedule")))
    } else {
        String::new()
    };
    let undo = is("undo") == "yes";
    let mut out = String::from("# yaml-language-server: $schema=requirements-v1.schema.json\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "# What a workflow has to do. `sfn-advisor design` makes it; every field is explained by the schema."
    );
    let _ = writeln!(out, "version: 1\nname: {}", plain(is("name")));
    if !is("description").is_empty() {
        let _ = writeln!(out, "description: {}", quoted(is("description")));
    }
    let _ = writeln!(
        out,
        "\n# What starts it.\ntrigger: {{type: {trigger}{source}{schedule}}}"
    );
    let peak = match is("peak") {
        "" => String::new(),
        peak => format!(", peak_per_second: {}", plain(peak)),
    };
    let _ = writeln!(
        out,
        "\n# How much comes: executions a second, or `40/h`, `300/day`. Costs and the type of the workflow follow from it."
    );
    let _ = writeln!(
        out,
        "load: {{average_per_second: {}{peak}, payload: {}, failure_rate: 0.01}}",
        plain(is("average")),
        plain(is("payload"))
    );
    let (typical, max) = durations(is("typical"), is("max"), trigger);
    let _ = writeln!(
        out,
        "\n# How long one takes, waiting included, and when it is ended.\nduration: {{typical: {typical}, max: {max}}}"
    );
    let _ = writeln!(
        out,
        "\n# What has to hold: exactly-once, at-least-once or at-most-once; and by which key a second event is known."
    );
    let consistency = if undo { ", consistency: saga" } else { "" };
    let sensitive = if is("sensitive") == "yes" {
        ", sensitive_data: true"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "guarantees: {{delivery: {}{consistency}, idempotency_key: {}{sensitive}}}",
        is("delivery"),
        quoted(is("key"))
    );
    let _ = writeln!(
        out,
        "\n# What is done, in order: `action` as a definition spells it. `resource` is the one thing that it touches."
    );
    if undo {
        let _ = writeln!(
            out,
            "# `undo` takes a step back when a later one fails; after the `pivot` there is no way back."
        );
    }
    out.push_str("steps:\n");
    steps(
        is("steps"),
        undo,
        if trigger == "api-sync" { "5s" } else { "30s" },
        &mut out,
    );
    let policy = if undo { "compensate" } else { "fail" };
    let _ = writeln!(
        out,
        "\n# What happens when a step fails for good: fail, compensate, park, fallback or continue.\nfailure: {{policy: {policy}}}"
    );
    let _ = writeln!(
        out,
        "\n# More that can be said: latency, environments, alarms, budget, regions, outputs, tags."
    );
    let _ = writeln!(
        out,
        "# alarms: {{failed: {{percent: 2, per: 5min}}}}\n# budget: {{monthly_usd: 900}}"
    );
    out
}

/// Numbers as they are; everything else in quotes.
fn plain(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'-'));
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A caller that waits does so for seconds.
fn durations(typical: &str, max: &str, trigger: &str) -> (String, String) {
    if trigger == "api-sync" && max == answer(&Answers::new(), "max") {
        return (plain(typical), "25s".to_owned());
    }
    (plain(typical), plain(max))
}

fn steps(text: &str, undo: bool, timeout: &str, out: &mut String) {
    let steps: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|step| !step.is_empty())
        .collect();
    for (index, step) in steps.iter().enumerate() {
        let mut words = step.split_whitespace();
        let id = words.next().unwrap_or_default();
        let action = words.next().unwrap_or_default();
        let resource = words.next().unwrap_or_default();
        let last = index + 1 == steps.len();
        let mut line = format!(
            "  - {{id: {}, does: {{action: {}",
            quoted(id),
            quoted(action)
        );
        if !resource.is_empty() {
            let _ = write!(line, ", resource: {}", quoted(resource));
        }
        let _ = write!(line, "}}, timeout: {timeout}");
        if undo {
            line.push_str(", idempotent: true");
            if last {
                line.push_str(", pivot: true");
            } else {
                let of = if resource.is_empty() {
                    "step"
                } else {
                    resource
                };
                let _ = write!(
                    line,
                    ", undo: {{action: lambda:invoke, resource: {}}}",
                    quoted(&format!("undo-{of}"))
                );
            }
        }
        line.push_str("}\n");
        out.push_str(&line);
    }
}
