//! What a step calls, and with what.

use catalogue::{Callee, Parameter, Resource};
use iac::stack::ParameterKind;
use serde_json::json;

use super::Composer;
use super::needs::{Named, snake};
use super::said::View;
use crate::decide::{CallDecision, Pattern, Repeatable};
use crate::machine::Expr;
use crate::requirements::{Action, Call, Step, WaitFor, Work};

/// A call that is ready to be written.
pub(crate) struct Built {
    pub(crate) resource: String,
    pub(crate) arguments: Expr,
    /// What of the result is worth keeping; all of it where there is nothing.
    pub(crate) selector: Option<Expr>,
    /// Whether later steps are likely to read the result.
    pub(crate) keeps: bool,
    /// What it answers when it works.
    pub(crate) sample: serde_json::Value,
    /// Whether it waits for a job or for somebody.
    pub(crate) waits: bool,
    /// A second write fails with this error, which means that it is done.
    pub(crate) done_error: Option<String>,
}

/// Whether a call does something or takes it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Do,
    Undo,
}

/// Arguments that are put together: what is said stands, what is missing is added.
pub(crate) struct Arguments(pub(crate) Vec<(String, Expr)>);

impl Arguments {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub(crate) fn default(&mut self, name: &str, value: impl FnOnce() -> Expr) {
        if !self.has(name) {
            self.0.push((name.to_owned(), value()));
        }
    }

    /// The same, in front.
    pub(crate) fn first(&mut self, name: &str, value: impl FnOnce() -> Expr) {
        if !self.has(name) {
            self.0.insert(0, (name.to_owned(), value()));
        }
    }

    pub(crate) fn member(&mut self, name: &str) -> Option<&mut Expr> {
        self.0
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

/// What may hold the data of the workflow, by call.
pub(crate) fn message_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "lambda:invoke" => "Payload",
        "sns:publish" => "Message",
        "sqs:sendMessage" => "MessageBody",
        "states:startExecution" => "Input",
        "http:invoke" | "apigateway:invoke" => "RequestBody",
        _ => return None,
    })
}

/// The `Resource` of a call, where nothing was decided of it.
pub(crate) fn resource_of(call: &Call) -> String {
    let suffix = |name: &str, wait: WaitFor| {
        use catalogue::{Pattern as Waits, Support, integration};
        let known = integration(name);
        let can = |pattern| known.is_some_and(|it| it.supports(pattern) == Support::Yes);
        match wait {
            WaitFor::Callback => ".waitForTaskToken",
            WaitFor::Job if can(Waits::Sync2) => ".sync:2",
            WaitFor::Job if can(Waits::Sync) => ".sync",
            WaitFor::Response | WaitFor::Job => "",
        }
    };
    match &call.action {
        Action::Api { service, name } => {
            let full = format!("{service}:{name}");
            let kind = if catalogue::integration(&full).is_some() {
                ""
            } else {
                "aws-sdk:"
            };
            format!("arn:aws:states:::{kind}{full}{}", suffix(&full, call.wait))
        }
        Action::Http { .. } => "arn:aws:states:::http:invoke".to_owned(),
        Action::Workflow => format!(
            "arn:aws:states:::states:startExecution{}",
            suffix("states:startExecution", call.wait)
        ),
        Action::Activity => String::new(),
    }
}

impl Composer<'_> {
    /// Puts a call together.
    pub(crate) fn call(
        &mut self,
        step: &Step,
        call: &Call,
        decided: Option<&CallDecision>,
        purpose: Purpose,
        view: &View,
    ) -> Built {
        let resource = decided
            .map(|decided| decided.resource.clone())
            .filter(|resource| !resource.is_empty())
            .unwrap_or_else(|| resource_of(call));
        let is_callback = resource.ends_with(".waitForTaskToken")
            || decided.is_some_and(|decided| decided.pattern == Pattern::Callback);
        let name = short_name(&resource);
        let said = call
            .input
            .as_ref()
            .map(|input| view.value(input, &mut self.needs));
        let callee = Resource::parse(&resource)
            .ok()
            .and_then(|resource| resource.callee());
        let mut arguments = given(said, &name, callee);
        let named = call.resource.as_deref();
        let key = self.key(step, view);
        let state = self.needs_of_action(&mut arguments, &name, call, step, purpose, view);
        if is_callback {
            self.pass_token(&mut arguments, &name, step);
        }
        if call.action == Action::Activity {
            let arn = self.needs.resource(Named::Activity, named, &step.id);
            let arguments = if arguments.0.is_empty() {
                Self::message(&key)
            } else {
                Expr::Object(arguments.0)
            };
            return Built {
                resource: arn,
                arguments,
                selector: None,
                keeps: true,
                sample: json!({}),
                waits: true,
                done_error: None,
            };
        }
        let is_named =
            callee.is_some_and(|it| name_job(&mut arguments, it, &name, (step, purpose), &key));
        self.fill(&mut arguments, callee, step, named.filter(|_| !is_named));
        let decision = self.decisions.steps.get(&step.id);
        if let Some(Repeatable::Token(token)) = decision.map(|decision| &decision.repeatable)
            && purpose == Purpose::Do
            && callee
                .is_some_and(|callee| parameters(callee).iter().any(|known| known.name == token))
        {
            // Names of AWS take no `#`, and are short.
            let hash = Expr::Hash(Box::new(key));
            arguments.default(token, || hash);
        }
        let waits = is_callback || resource.contains(".sync");
        let (selector, keeps, sample) = result_of(&name, waits, is_callback);
        Built {
            resource,
            arguments: Expr::Object(arguments.0),
            selector,
            keeps,
            sample,
            waits,
            done_error: state,
        }
    }

    /// The key that makes the second try of a step the same as the first. What takes it back gets the same.
    pub(crate) fn key(&self, step: &Step, view: &View) -> Expr {
        let own = Expr::text(format!("#{}", step.id));
        if view.batch {
            return Expr::Join(vec![Expr::data(&["Items", "[0]", "key"]), own]);
        }
        if view.item {
            return Expr::Join(vec![Expr::data(&["key"]), own]);
        }
        Expr::Join(vec![self.business_key(), own])
    }

    /// The key of the whole execution.
    pub(crate) fn business_key(&self) -> Expr {
        let name = || Expr::context(&["Execution", "Name"]);
        let Some(key) = self.req.guarantees.idempotency_key.as_deref() else {
            return name();
        };
        let packed = super::records::unpacked(&self.req.trigger, "$states.context.Execution.Input");
        if let Some(code) = super::said::braces(key) {
            // At the start the data are the input, and later they are more.
            let input = packed
                .as_deref()
                .unwrap_or("$states.context.Execution.Input");
            return Expr::Code(code.replace("$states.input", input));
        }
        match super::said::path_of(key) {
            Some(path) if !path.is_empty() && packed.is_some() => {
                let input = "$states.context.Execution.Input";
                let code = super::records::unpacked_value(&self.req.trigger, input, &path);
                Expr::Code(code.unwrap_or_default())
            }
            Some(path) if !path.is_empty() => {
                let mut full = vec!["Execution".to_owned(), "Input".to_owned()];
                full.extend(path);
                Expr::Context(full)
            }
            _ => name(),
        }
    }

    /// The key of the whole execution, as text also where it is a number.
    pub(crate) fn key_text(&self) -> Expr {
        let key = self.business_key();
        let is_text = matches!(&key, Expr::Context(path) if path.last().is_some_and(|last| last == "Name") && path.len() == 2);
        if is_text || self.language == crate::requirements::QueryLanguage::JsonPath {
            return key;
        }
        Expr::JsonText(Box::new(key))
    }

    /// The data of the workflow with the key.
    pub(crate) fn message(key: &Expr) -> Expr {
        let data = ("data", Expr::Data(Vec::new()));
        Expr::object([("idempotencyKey", key.clone()), data])
    }

    /// Whoever answers gets the token.
    fn pass_token(&mut self, arguments: &mut Arguments, name: &str, step: &Step) {
        let token = Expr::context(&["Task", "Token"]);
        let target = message_of(name).unwrap_or_default();
        if let Some(value) = arguments.member(target) {
            if contains_token(value) {
                return;
            }
            match value {
                Expr::Object(members) => members.insert(0, ("taskToken".to_owned(), token)),
                other => {
                    let data = other.clone();
                    *other = Expr::object([("taskToken", token), ("data", data)]);
                }
            }
            return;
        }
        if arguments.0.iter().any(|(_, value)| contains_token(value)) {
            return;
        }
        match name {
            "events:putEvents" => {
                if let Some(Expr::List(entries)) = arguments.member("Entries") {
                    for entry in entries {
                        let Expr::Object(entry) = entry else { continue };
                        for (key, value) in entry {
                            if let (true, Expr::Object(detail)) = (key == "Detail", value) {
                                detail.insert(0, ("taskToken".to_owned(), token.clone()));
                            }
                        }
                    }
                }
            }
            "ecs:runTask" => {
                let container = self.needs.ask(&format!("{}_container", snake(&step.id)), &format!("Name of the container of the step {}, which gets the task token as TASK_TOKEN", step.id), ParameterKind::Name, None);
                arguments.default("Overrides", || {
                    let variable = Expr::object([("Name", Expr::text("TASK_TOKEN")), ("Value", token)]);
                    let own = Expr::object([("Name", Expr::Text(container)), ("Environment", Expr::List(vec![variable]))]);
                    Expr::object([("ContainerOverrides", Expr::List(vec![own]))])
                });
            }
            _ => self.assumptions.push(format!(
                "{} waits for its task token, and its call has no place for it that is known: say in `input` where $$.Task.Token goes.",
                step.id
            )),
        }
    }
}

/// A text attribute of `DynamoDB`.
pub(crate) fn typed(value: Expr) -> Expr {
    Expr::object([("S", value)])
}

fn contains_token(value: &Expr) -> bool {
    match value {
        Expr::Context(path) => path.first().is_some_and(|first| first == "Task") || path.is_empty(),
        Expr::Code(code) => code.contains("Task.Token"),
        Expr::Object(members) => members.iter().any(|(_, value)| contains_token(value)),
        Expr::List(items) | Expr::Join(items) => items.iter().any(contains_token),
        Expr::JsonText(inner) | Expr::Hash(inner) => contains_token(inner),
        _ => false,
    }
}

/// `lambda:invoke` of a resource, without its pattern.
pub(crate) fn short_name(resource: &str) -> String {
    let name = resource
        .strip_prefix("arn:aws:states:::")
        .unwrap_or(resource);
    let name = name.strip_prefix("aws-sdk:").unwrap_or(name);
    name.split_once('.')
        .map_or(name, |(name, _)| name)
        .to_owned()
}

/// Jobs that are made by a name take each name once: theirs begins with what the step names, and ends with what the execution and
/// the step make of it.
fn name_job(
    arguments: &mut Arguments,
    callee: Callee,
    name: &str,
    (step, purpose): (&Step, Purpose),
    key: &Expr,
) -> bool {
    let action = name.rsplit(':').next().unwrap_or(name);
    let is_begun = action.starts_with("create") || action.starts_with("start");
    let is_ended = purpose == Purpose::Undo
        && ["delete", "stop", "cancel"]
            .iter()
            .any(|word| action.starts_with(word));
    // `JobName` of a start is the job that is there already.
    let is_name = |name: &str| match name {
        "JobName" => action.starts_with("create") || is_ended,
        "ExportTaskIdentifier" => true,
        _ => name.ends_with("JobName") || name.ends_with("SnapshotIdentifier"),
    };
    let wanted = parameters(callee)
        .into_iter()
        .filter(|known| known.required && !known.name.starts_with("Source"))
        .find(|known| is_name(known.name));
    let Some(wanted) =
        wanted.filter(|wanted| (is_begun || is_ended) && !arguments.has(wanted.name))
    else {
        return false;
    };
    // What ends a job names it as the step that began it did.
    let of = match &step.work {
        Work::Does(call) => call.resource.as_deref(),
        _ => None,
    };
    let begin: String = dashed(of.unwrap_or(&step.id)).chars().take(15).collect();
    let begin = format!("{}-", begin.trim_matches('-'));
    // A key may come again, after a failure or to do the job anew; an execution has its name once, and its items have keys.
    let own = Expr::Join(vec![
        Expr::context(&["Execution", "Name"]),
        Expr::text("#"),
        key.clone(),
    ]);
    let code = format!(
        "{} & $substring($hash({}, 'SHA-256'), 0, 16)",
        crate::machine::expr::string(&begin),
        own.code()
    );
    arguments.default(wanted.name, || Expr::Code(code));
    wanted.name.ends_with("JobName")
}

pub(crate) fn dashed(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

pub(crate) fn parameters(callee: Callee) -> Vec<Parameter> {
    match callee {
        Callee::Optimized(integration) => integration.parameters(),
        Callee::Sdk(action) => action.parameters().collect(),
    }
}

/// What is said to be given. Where none of it is a parameter of the call, it is the message.
fn given(said: Option<Expr>, name: &str, callee: Option<Callee>) -> Arguments {
    match said {
        None => Arguments(Vec::new()),
        Some(Expr::Object(members)) => {
            let known = callee.map(parameters).unwrap_or_default();
            let is_known =
                |(key, _): &(String, Expr)| known.iter().any(|parameter| parameter.name == key);
            match message_of(name) {
                Some(message) if !members.is_empty() && !members.iter().any(is_known) => {
                    Arguments(vec![(message.to_owned(), Expr::Object(members))])
                }
                _ => Arguments(members),
            }
        }
        Some(other) => match message_of(name) {
            Some(message) => Arguments(vec![(message.to_owned(), other)]),
            None => Arguments(Vec::new()),
        },
    }
}

/// What is kept of a result, whether it is by itself, and what it looks like.
pub(crate) fn result_of(
    name: &str,
    waits: bool,
    is_callback: bool,
) -> (Option<Expr>, bool, serde_json::Value) {
    if is_callback {
        return (None, true, json!({"approved": true}));
    }
    match name {
        "lambda:invoke" => (
            Some(Expr::result(&["Payload"])),
            true,
            json!({"StatusCode": 200, "Payload": {}}),
        ),
        "http:invoke" => (
            Some(Expr::result(&["ResponseBody"])),
            true,
            json!({"StatusCode": 200, "ResponseBody": {}}),
        ),
        "dynamodb:getItem" => (Some(Expr::result(&["Item"])), true, json!({"Item": {}})),
        "dynamodb:query" => (
            Some(Expr::result(&["Items"])),
            true,
            json!({"Items": [], "Count": 0}),
        ),
        "bedrock:invokeModel" => (Some(Expr::result(&["Body"])), true, json!({"Body": {}})),
        "states:startExecution" if waits => (
            Some(Expr::result(&["Output"])),
            true,
            json!({"Status": "SUCCEEDED", "Output": {}}),
        ),
        "states:startExecution" => (
            None,
            false,
            json!({"ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:started:1"}),
        ),
        "sqs:sendMessage" | "sns:publish" => (None, false, json!({"MessageId": "1"})),
        _ => (None, false, json!({})),
    }
}
