//! Reads the steps.

use rust_decimal::Decimal;

use super::actions;
use super::condition::condition;
use super::fields::{Field, Fields, items, text};
use super::problem::{Problems, did_you_mean, one_of, quoted};
use super::{
    Action, Approval, Breaker, Call, Channel, Duration, Each, Limit, OnError, OnTimeout, Poll,
    Retry, Step, Wait, WaitFor, Way, Work,
};

/// Outermost steps of a file, and steps of one list.
const MOST_STEPS: usize = 200;

const KINDS: [&str; 6] = ["does", "approval", "wait", "choose", "parallel", "each"];
const FIELDS: [&str; 23] = [
    "id",
    "does",
    "approval",
    "wait",
    "choose",
    "parallel",
    "each",
    "poll",
    "after",
    "duration",
    "timeout",
    "heartbeat",
    "memory_mb",
    "result_size",
    "idempotent",
    "undo",
    "pivot",
    "reject_on",
    "retry",
    "breaker",
    "limit",
    "on_error",
    "probability",
];
const MORE_FIELDS: [&str; 1] = ["business_logic"];
const RETRIES: [(&str, Retry); 6] = [
    ("auto", Retry::Auto),
    ("none", Retry::None),
    ("transient", Retry::Transient),
    ("throttle", Retry::Throttle),
    ("aggressive", Retry::Aggressive),
    ("safe-all", Retry::SafeAll),
];
const ERRORS: [(&str, OnError); 4] = [
    ("fail", OnError::Fail),
    ("compensate", OnError::Compensate),
    ("ignore", OnError::Ignore),
    ("fallback", OnError::Fallback),
];

pub(crate) fn outermost(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Vec<Step>> {
    let example = "[{id: Save, does: {action: dynamodb:putItem, resource: orders}}]";
    let field = fields.required("steps", "the file", example, problems)?;
    Some(list(&field, "steps", problems))
}

/// A list of steps; none of those beyond the most is read.
fn list(field: &Field<'_>, name: &str, problems: &mut Problems<'_>) -> Vec<Step> {
    let found = items(field, name, problems);
    if field.node.items().is_some_and(<[asl::Node]>::is_empty) {
        let message = format!("`{name}` has no step");
        problems.error(
            "value-wrong-length",
            field.at(),
            message,
            Some("write at least one".to_owned()),
        );
    }
    if found.len() > MOST_STEPS {
        let message = format!(
            "`{name}` has {} steps, {MOST_STEPS} are the most",
            found.len()
        );
        let help = "put steps that belong together into a workflow of their own, and call it with `action: workflow`";
        problems.error("too-many-steps", field.at(), message, Some(help.to_owned()));
        return Vec::new();
    }
    found
        .into_iter()
        .filter_map(|field| step(field, problems))
        .collect()
}

fn step(field: Field<'_>, problems: &mut Problems<'_>) -> Option<Step> {
    let known: Vec<&str> = FIELDS.into_iter().chain(MORE_FIELDS).collect();
    let fields = Fields::new(field, &known, "a step", problems)?;
    let id = id(&fields, problems);
    let work = work(&fields, problems)?;
    Some(Step {
        id: id?,
        pointer: fields.pointer.clone(),
        work,
        duration: fields.duration("duration", problems),
        timeout: fields.duration("timeout", problems),
        heartbeat: fields.duration("heartbeat", problems),
        idempotent: fields.flag("idempotent", false, problems),
        undo: fields.get("undo").and_then(|field| call(field, problems)),
        pivot: fields.flag("pivot", false, problems),
        reject_on: fields.names("reject_on", problems),
        retry: fields
            .word("retry", &RETRIES, problems)
            .unwrap_or(Retry::Auto),
        breaker: breaker(&fields, problems),
        limit: limit(&fields, problems),
        on_error: fields.word("on_error", &ERRORS, problems),
        probability: fields
            .share("probability", problems)
            .unwrap_or(Decimal::ONE),
        after: fields.names("after", problems),
        poll: poll(&fields, problems),
        memory_mb: fields
            .whole("memory_mb", (1, u64::from(u32::MAX)), problems)
            .and_then(|mb| u32::try_from(mb).ok()),
        result_size: fields.size("result_size", problems),
        business_logic: fields.flag("business_logic", false, problems),
    })
}

fn id(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<String> {
    const MOST: usize = 80;
    let field = fields.required("id", "a step", "SaveOrder", problems)?;
    let id = text(&field, problems)?;
    let length = id.chars().count();
    if length > MOST {
        let message = format!(
            "the name {} has {length} characters, a state has at most {MOST}",
            quoted(&id)
        );
        problems.error(
            "name-too-long",
            field.at(),
            message,
            Some("write a shorter one".to_owned()),
        );
        return None;
    }
    let is_id = id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '?' | '-' | '_'));
    if !is_id {
        let message = format!("{} is no name of a step", quoted(&id));
        let help =
            "letters, digits, blanks, `?`, `-` and `_`, beginning with a letter: `SaveOrder`"
                .to_owned();
        problems.error("name-not-usable", field.at(), message, Some(help));
        return None;
    }
    Some(id)
}

fn work(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Work> {
    let said: Vec<&str> = KINDS.into_iter().filter(|kind| fields.has(kind)).collect();
    match said.as_slice() {
        [] => {
            let message = "the step does not say what it does".to_owned();
            let help = format!("write one of {}", one_of(KINDS));
            problems.error("step-without-work", fields.at(), message, Some(help));
            None
        }
        ["does"] => call(fields.get("does")?, problems).map(Work::Does),
        ["approval"] => approval(fields, problems).map(Work::Approval),
        ["wait"] => wait(&fields.get("wait")?, problems).map(Work::Wait),
        ["choose"] => ways(&fields.get("choose")?, problems).map(Work::Choose),
        ["parallel"] => parallel(&fields.get("parallel")?, problems).map(Work::Parallel),
        [_] => each(fields, problems).map(Work::Each),
        [first, second, ..] => {
            let message = format!("the step says `{first}` and `{second}`: a step does one thing");
            let waits_for = fields
                .get("wait")
                .and_then(|wait| wait.node.as_str())
                .filter(|wait| *first == "does" && ["response", "job", "callback"].contains(wait));
            let help = match waits_for {
                Some(wait) => format!("put it into the call: `does: {{action: …, wait: {wait}}}`"),
                None => "make two steps of it".to_owned(),
            };
            problems.error("step-with-several-works", fields.at(), message, Some(help));
            None
        }
    }
}

fn call(field: Field<'_>, problems: &mut Problems<'_>) -> Option<Call> {
    let known = ["action", "resource", "input", "wait"];
    let fields = Fields::new(field, &known, "a call", problems)?;
    let field = fields.required("action", "a call", "lambda:invoke", problems)?;
    let waits = [
        ("response", WaitFor::Response),
        ("job", WaitFor::Job),
        ("callback", WaitFor::Callback),
    ];
    let wait = fields
        .word("wait", &waits, problems)
        .unwrap_or(WaitFor::Response);
    let resource = fields.name("resource", problems);
    let input = fields.object("input", problems);
    let action = action(&field, problems)?;
    let call = Call {
        action,
        resource,
        input,
        wait,
        pointer: fields.pointer.clone(),
    };
    let at = fields.get("wait").unwrap_or(field);
    actions::check_wait(&call, &at, problems);
    Some(call)
}

fn action(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<Action> {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let written = text(field, problems)?;
    match written.as_str() {
        "activity" => return Some(Action::Activity),
        "workflow" => return Some(Action::Workflow),
        _ => {}
    }
    let Some((service, name)) = written.split_once(':') else {
        let message = format!("{} is no action", quoted(&written));
        let help = did_you_mean(&written, ["activity", "workflow"]).unwrap_or_else(|| {
            "write service and action as in a definition: `lambda:invoke`, `dynamodb:putItem`"
                .to_owned()
        });
        problems.error("action-unknown", field.at(), message, Some(help));
        return None;
    };
    if service == "http" {
        if METHODS.contains(&name) {
            return Some(Action::Http {
                method: name.to_owned(),
            });
        }
        let message = format!("{} is no action", quoted(&written));
        let help = did_you_mean(name, METHODS)
            .unwrap_or_else(|| format!("a method is {}", one_of(METHODS)));
        problems.error("action-unknown", field.at(), message, Some(help));
        return None;
    }
    let action = Action::Api {
        service: service.to_owned(),
        name: name.to_owned(),
    };
    actions::check_known(&action, field, problems).then_some(action)
}

fn approval(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Approval> {
    let known = ["by", "channel", "timeout", "on_timeout"];
    let found = Fields::new(fields.get("approval")?, &known, "an approval", problems)?;
    found.required("by", "an approval", "finance", problems)?;
    let channels = [
        ("email", Channel::Email),
        ("slack", Channel::Slack),
        ("sqs", Channel::Sqs),
        ("sns", Channel::Sns),
        ("api", Channel::Api),
    ];
    let ends = [
        ("reject", OnTimeout::Reject),
        ("approve", OnTimeout::Approve),
        ("escalate", OnTimeout::Escalate),
        ("fail", OnTimeout::Fail),
    ];
    Some(Approval {
        channel: found
            .word("channel", &channels, problems)
            .unwrap_or(Channel::Email),
        timeout: found.duration("timeout", problems),
        on_timeout: found
            .word("on_timeout", &ends, problems)
            .unwrap_or(OnTimeout::Reject),
        by: found.name("by", problems)?,
    })
}

fn wait(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<Wait> {
    if field.node.members().is_none() {
        return super::fields::duration(field, "wait", problems).map(Wait::For);
    }
    let fields = Fields::new(field.clone(), &["until"], "a wait", problems)?;
    fields.required("until", "a wait", "'$.due'", problems)?;
    fields.lines("until", problems).map(Wait::Until)
}

fn ways(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<Vec<Way>> {
    let found = items(field, "choose", problems);
    if found.is_empty() {
        if field.node.items().is_some() {
            let message = "`choose` has no way to go".to_owned();
            let help = "write `[{when: '$.total > 100', go: Check}, {go: Save}]`".to_owned();
            problems.error("value-wrong-length", field.at(), message, Some(help));
        }
        return None;
    }
    let mut ways = Vec::new();
    let mut default: Option<usize> = None;
    for (index, item) in found.into_iter().enumerate() {
        let Some(fields) = Fields::new(item, &["when", "go"], "a way", problems) else {
            continue;
        };
        let go = fields.required("go", "a way", "SaveOrder", problems);
        let when = fields
            .get("when")
            .and_then(|field| condition(&field, "when", problems));
        if !fields.has("when") {
            if default.is_some() {
                let message =
                    "there are two ways without `when`: the second is never gone".to_owned();
                problems.error(
                    "way-never-gone",
                    fields.at(),
                    message,
                    Some("say when, or take one out".to_owned()),
                );
            }
            default = default.or(Some(index));
        } else if default.is_some_and(|at| at < index) {
            let message =
                "this way stands after the one without `when`, and is never gone".to_owned();
            let help = "put the way without `when` last".to_owned();
            problems.error("way-never-gone", fields.at(), message, Some(help));
        }
        if let Some(go) = go.and_then(|go| text(&go, problems)) {
            ways.push(Way {
                when,
                go,
                pointer: fields.pointer.clone(),
            });
        }
    }
    (!ways.is_empty()).then_some(ways)
}

fn parallel(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<Vec<Vec<Step>>> {
    let found = items(field, "parallel", problems);
    if found.len() < 2 {
        if field.node.items().is_some() {
            let message = format!(
                "`parallel` has {} branches, at least two make sense",
                found.len()
            );
            problems.error(
                "value-wrong-length",
                field.at(),
                message,
                Some("write the step for itself".to_owned()),
            );
        }
        return None;
    }
    let mut branches = Vec::new();
    for branch in found {
        if branch.node.members().is_some() {
            let message = "a branch is a list of steps, this is one step".to_owned();
            let help = "put it in brackets: `[{id: …}]`".to_owned();
            problems.error("value-wrong-type", branch.at(), message, Some(help));
            continue;
        }
        branches.push(list(&branch, "a branch", problems));
    }
    Some(branches)
}

fn each(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Each> {
    let known = [
        "of",
        "items",
        "concurrency",
        "tolerate_failures",
        "batch",
        "steps",
    ];
    let found = Fields::new(fields.get("each")?, &known, "`each`", problems)?;
    let steps = found.required("steps", "`each`", "[{id: …}]", problems)?;
    Some(Each {
        of: found.lines("of", problems),
        items: found.whole("items", (0, u64::MAX), problems),
        concurrency: found
            .whole("concurrency", (0, 10_000), problems)
            // AWS reads 0 as no limit.
            .filter(|concurrency| *concurrency > 0)
            .and_then(|concurrency| u32::try_from(concurrency).ok()),
        tolerate_failures: found.share("tolerate_failures", problems),
        batch: found.whole("batch", (1, u64::MAX), problems),
        steps: list(&steps, "steps", problems),
    })
}

fn breaker(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Breaker> {
    let known = ["failures", "window", "open_for", "fallback"];
    let found = Fields::new(fields.get("breaker")?, &known, "a breaker", problems)?;
    Some(Breaker {
        failures: found
            .whole("failures", (1, u64::from(u32::MAX)), problems)
            .and_then(|failures| u32::try_from(failures).ok())
            .unwrap_or(5),
        window: found
            .duration("window", problems)
            .unwrap_or(Duration(60_000)),
        open_for: found
            .duration("open_for", problems)
            .unwrap_or(Duration(60_000)),
        fallback: found.name("fallback", problems),
    })
}

fn limit(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Limit> {
    let found = Fields::new(
        fields.get("limit")?,
        &["concurrent", "key"],
        "a limit",
        problems,
    )?;
    Some(Limit {
        concurrent: found
            .whole("concurrent", (1, u64::from(u32::MAX)), problems)
            .and_then(|concurrent| u32::try_from(concurrent).ok())
            .unwrap_or(1),
        key: found.name("key", problems),
    })
}

fn poll(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Poll> {
    let found = Fields::new(
        fields.get("poll")?,
        &["every", "until", "at_most"],
        "a poll",
        problems,
    )?;
    let until = found.required("until", "a poll", "'$.Status = \"READY\"'", problems)?;
    Some(Poll {
        every: found.duration("every", problems),
        at_most: found.duration("at_most", problems),
        until: condition(&until, "until", problems)?,
    })
}
