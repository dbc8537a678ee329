//! What a step calls, and with what.

use catalogue::{Callee, Parameter, Resource, Type};
use iac::stack::ParameterKind;
use serde_json::json;

use super::Composer;
use super::needs::{Named, snake};
use super::said::View;
use crate::decide::{CallDecision, Pattern, Repeatable};
use crate::machine::Expr;
use crate::requirements::{Action, Call, Step, WaitFor};

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
struct Arguments(Vec<(String, Expr)>);

impl Arguments {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    fn default(&mut self, name: &str, value: impl FnOnce() -> Expr) {
        if !self.has(name) {
            self.0.push((name.to_owned(), value()));
        }
    }

    /// The same, in front.
    fn first(&mut self, name: &str, value: impl FnOnce() -> Expr) {
        if !self.has(name) {
            self.0.insert(0, (name.to_owned(), value()));
        }
    }

    fn member(&mut self, name: &str) -> Option<&mut Expr> {
        self.0
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

/// What may hold the data of the workflow, by call.
fn message_of(name: &str) -> Option<&'static str> {
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
            WaitFor::Response => "",
            WaitFor::Callback => ".waitForTaskToken",
            WaitFor::Job if can(Waits::Sync2) => ".sync:2",
            WaitFor::Job if can(Waits::Sync) => ".sync",
            WaitFor::Job => "",
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
                self.message(&key, view)
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
        self.fill(&mut arguments, callee, step, named);
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
        if let Some(code) = super::said::braces(key) {
            // At the start the data are the input, and later they are more.
            return Expr::Code(code.replace("$states.input", "$states.context.Execution.Input"));
        }
        match super::said::path_of(key) {
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
    pub(crate) fn message(&self, key: &Expr, view: &View) -> Expr {
        let data = if view.batch {
            ("items", Expr::data(&["Items"]))
        } else {
            ("data", Expr::Data(Vec::new()))
        };
        if view.batch {
            return Expr::object([data]);
        }
        Expr::object([("idempotencyKey", key.clone()), data])
    }

    /// What the action needs of what the step names. Gives the error that means that it was done before.
    fn needs_of_action(
        &mut self,
        arguments: &mut Arguments,
        name: &str,
        call: &Call,
        step: &Step,
        purpose: Purpose,
        view: &View,
    ) -> Option<String> {
        let named = call.resource.as_deref();
        let id = step.id.as_str();
        let key = self.key(step, view);
        let mut at = |kind: Named| Expr::Text(self.needs.resource(kind, named, id));
        let (service, action) = name.split_once(':').unwrap_or((name, ""));
        match (service, action) {
            ("lambda", "invoke") => arguments.first("FunctionName", || at(Named::Function)),
            ("sns", "publish") => arguments.first("TopicArn", || at(Named::Topic)),
            ("sqs", "sendMessage") => arguments.first("QueueUrl", || at(Named::Queue)),
            ("states", "startExecution") | ("sfn", "startExecution" | "startSyncExecution") => {
                arguments.first("StateMachineArn", || at(Named::StateMachine));
            }
            ("dynamodb", "getItem" | "putItem" | "updateItem" | "deleteItem" | "query") => {
                arguments.first("TableName", || at(Named::Name("table")));
                return self.row(arguments, action, step, purpose, view, named);
            }
            ("firehose", "putRecord") => {
                arguments.first("DeliveryStreamName", || at(Named::Name("stream")));
                arguments.default("Record", || {
                    Expr::object([("Data", Expr::JsonText(Box::new(Expr::Data(Vec::new()))))])
                });
            }
            ("kinesis", "putRecord") => {
                arguments.first("StreamName", || at(Named::Name("stream")));
                arguments.default("PartitionKey", || key.clone());
                arguments.default("Data", || Expr::JsonText(Box::new(Expr::Data(Vec::new()))));
            }
            ("s3", _) => arguments.first("Bucket", || at(Named::Name("bucket"))),
            ("glue", "startJobRun") => arguments.first("JobName", || at(Named::Name("job"))),
            ("batch", "submitJob") => {
                arguments.first("JobDefinition", || at(Named::Name("job_definition")));
                arguments.default("JobName", || Expr::text(dashed(id)));
            }
            ("ecs", "runTask") => {
                arguments.first("TaskDefinition", || at(Named::Name("task_definition")))
            }
            ("codebuild", "startBuild") => {
                arguments.first("ProjectName", || at(Named::Name("project")))
            }
            ("bedrock", "invokeModel") => {
                arguments.first("ModelId", || at(Named::Name("model")));
                arguments.default("Body", || self.message(&key, view));
            }
            ("events", "putEvents") => {
                let bus = named.map(|_| at(Named::Name("bus")));
                let source = self.req.name.clone();
                arguments.default("Entries", || {
                    let mut entry = vec![
                        ("Source".to_owned(), Expr::text(source)),
                        ("DetailType".to_owned(), Expr::text(id)),
                        ("Detail".to_owned(), self.message(&key, view)),
                    ];
                    entry.extend(bus.map(|bus| ("EventBusName".to_owned(), bus)));
                    Expr::List(vec![Expr::Object(entry)])
                });
            }
            ("http", "invoke") => self.http(arguments, call, step, &key),
            ("sesv2", "sendEmail") => self.email(arguments, call, step),
            _ => {}
        }
        if let Some(message) = message_of(name) {
            let mut body = self.message(&key, view);
            if let Expr::Object(members) = &mut body {
                if name == "states:startExecution" {
                    let id = Expr::context(&["Execution", "Id"]);
                    members.insert(
                        0,
                        ("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID".to_owned(), id),
                    );
                }
                let claim = self
                    .decisions
                    .steps
                    .get(id)
                    .and_then(|step| step.claim_check);
                if claim.is_some() && name == "lambda:invoke" && purpose == Purpose::Do {
                    let bucket = self.needs.bucket(
                        "results",
                        "Results that are too large for a workflow",
                        Some(30),
                    );
                    let place =
                        Expr::object([("bucket", Expr::Text(bucket)), ("key", key.clone())]);
                    members.push(("putResultInto".to_owned(), place));
                }
            }
            let is_get = matches!(&call.action, Action::Http { method } if method == "GET" || method == "DELETE");
            if !is_get {
                arguments.default(message, || body);
            }
        }
        None
    }

    fn http(&mut self, arguments: &mut Arguments, call: &Call, step: &Step, key: &Expr) {
        let Action::Http { method } = &call.action else {
            return;
        };
        let named = call.resource.as_deref().unwrap_or(&step.id);
        let endpoint = format!("{}_endpoint", snake(&step.id));
        let what = format!("HTTPS address that the step {} calls", step.id);
        arguments.first("ApiEndpoint", || {
            Expr::Text(self.needs.ask(&endpoint, &what, ParameterKind::Url, None))
        });
        let method = method.clone();
        arguments.default("Method", || Expr::text(method));
        let default = named.starts_with("arn:").then_some(named);
        let connection = format!("{}_arn", snake(named.rsplit('/').next().unwrap_or(named)));
        let what = format!(
            "ARN of the EventBridge connection `{named}`, which holds the credentials of the step {}",
            step.id
        );
        arguments.default("Authentication", || {
            let arn = self
                .needs
                .ask(&connection, &what, ParameterKind::Arn, default);
            Expr::object([("ConnectionArn", Expr::Text(arn))])
        });
        let key = key.clone();
        arguments.default("Headers", || Expr::object([("Idempotency-Key", key)]));
    }

    fn email(&mut self, arguments: &mut Arguments, call: &Call, step: &Step) {
        let stem = snake(&step.id);
        let domain = call.resource.as_deref();
        let mut ask = |name: &str, what: &str, kind| {
            Expr::Text(self.needs.ask(
                &format!("{stem}_{name}"),
                &format!("{what} of the mail of the step {}", step.id),
                kind,
                None,
            ))
        };
        let sender = match domain {
            Some(domain) => format!("Sender, an address of {domain},"),
            None => "Sender".to_owned(),
        };
        arguments.default("FromEmailAddress", || {
            ask("from", &sender, ParameterKind::Email)
        });
        arguments.default("Destination", || {
            let to = ask(
                "to",
                "Recipient; say `input.Destination` in the requirements where it is in the data,",
                ParameterKind::Email,
            );
            Expr::object([("ToAddresses", Expr::List(vec![to]))])
        });
        arguments.default("Content", || {
            let text = |text: Expr| Expr::object([("Data", text)]);
            let subject = ask("subject", "Subject", ParameterKind::Text);
            let body = ask("text", "Text", ParameterKind::Text);
            let body = Expr::object([("Text", text(body))]);
            Expr::object([(
                "Simple",
                Expr::object([("Subject", text(subject)), ("Body", body)]),
            )])
        });
    }

    /// Key, item and conditions of a row.
    fn row(
        &mut self,
        arguments: &mut Arguments,
        action: &str,
        step: &Step,
        purpose: Purpose,
        view: &View,
        table: Option<&str>,
    ) -> Option<String> {
        let said = arguments.has("Key") || arguments.has("Item");
        let has_update = arguments.has("UpdateExpression");
        let stem = snake(table.unwrap_or(&step.id));
        let key = self.req.guarantees.idempotency_key.as_deref();
        let path = key.and_then(super::said::path_of);
        let guess = path
            .and_then(|path| path.last().cloned())
            .filter(|name| !name.starts_with('['));
        if said && (action != "updateItem" || has_update) || action == "query" {
            return None;
        }
        let what = format!(
            "Name of the partition key, a text, of the table `{}`",
            table.unwrap_or(&step.id)
        );
        let attribute = self.needs.ask(
            &format!("{stem}_key"),
            &what,
            ParameterKind::Name,
            Some(guess.as_deref().unwrap_or("id")),
        );
        let value = if view.item {
            Expr::data(&["key"])
        } else {
            self.key_text()
        };
        let row_key = || Expr::Object(vec![(attribute.clone(), typed(value.clone()))]);
        if !said {
            self.assumptions.push(format!(
                "{}{} names the row of `{}` by {}; say `input` where another key is meant.",
                if purpose == Purpose::Undo {
                    "The undo of "
                } else {
                    ""
                },
                step.id,
                table.unwrap_or(&step.id),
                key.map_or_else(
                    || "the name of the execution".to_owned(),
                    |key| format!("the idempotency key {key}")
                ),
            ));
        }
        let execution = || typed(Expr::context(&["Execution", "Name"]));
        match action {
            "putItem" => {
                arguments.default("Item", || {
                    Expr::Object(vec![
                        (attribute.clone(), typed(value.clone())),
                        ("status".to_owned(), typed(Expr::text(step.id.as_str()))),
                        ("execution".to_owned(), execution()),
                        (
                            "data".to_owned(),
                            typed(Expr::JsonText(Box::new(Expr::Data(Vec::new())))),
                        ),
                    ])
                });
                let conditional = self.decisions.steps.get(&step.id).map_or(
                    self.req.guarantees.delivery == crate::requirements::Delivery::ExactlyOnce,
                    |decided| decided.repeatable == Repeatable::Condition,
                ) || self.is_saga && purpose == Purpose::Do;
                if conditional && !arguments.has("ConditionExpression") {
                    arguments.default("ConditionExpression", || {
                        Expr::text("attribute_not_exists(#key)")
                    });
                    arguments.default("ExpressionAttributeNames", || {
                        Expr::object([("#key", Expr::Text(attribute.clone()))])
                    });
                    return Some("ConditionalCheckFailedException".to_owned());
                }
            }
            "updateItem" => {
                arguments.default("Key", row_key);
                let status = match purpose {
                    Purpose::Do => step.id.clone(),
                    Purpose::Undo => "CANCELLED".to_owned(),
                };
                arguments.default("UpdateExpression", || {
                    Expr::text("SET #status = :status, #execution = :execution")
                });
                arguments.default("ExpressionAttributeNames", || {
                    Expr::object([
                        ("#status", Expr::text("status")),
                        ("#execution", Expr::text("execution")),
                    ])
                });
                arguments.default("ExpressionAttributeValues", || {
                    Expr::object([
                        (":status", typed(Expr::text(status))),
                        (":execution", execution()),
                    ])
                });
            }
            _ => arguments.default("Key", row_key),
        }
        None
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

    /// Required parameters of which nothing is known become parameters of the stack.
    fn fill(
        &mut self,
        arguments: &mut Arguments,
        callee: Option<Callee>,
        step: &Step,
        resource: Option<&str>,
    ) {
        let Some(callee) = callee else { return };
        let mut resource = resource;
        for parameter in parameters(callee)
            .into_iter()
            .filter(|known| known.required)
        {
            if !arguments.has(parameter.name) {
                let is_identifier = ["Name", "Arn", "ARN", "Id", "Identifier"]
                    .iter()
                    .any(|end| parameter.name.ends_with(end));
                let default = if is_identifier { resource.take() } else { None };
                let value = self.unknown(&[parameter.name], parameter.ty, step, default, 0);
                arguments.0.push((parameter.name.to_owned(), value));
            }
        }
    }

    fn unknown(
        &mut self,
        path: &[&str],
        ty: Type,
        step: &Step,
        default: Option<&str>,
        depth: usize,
    ) -> Expr {
        match ty {
            Type::Structure(structure) if depth < 4 => {
                let members = structure.parameters().filter(|member| member.required);
                let members = members.map(|member| {
                    let inner: Vec<&str> = path.iter().copied().chain([member.name]).collect();
                    (
                        member.name.to_owned(),
                        self.unknown(&inner, member.ty, step, None, depth + 1),
                    )
                });
                Expr::Object(members.collect())
            }
            Type::List(element) if depth < 4 => Expr::List(vec![self.unknown(
                path,
                element.ty(),
                step,
                None,
                depth + 1,
            )]),
            Type::Map(_) | Type::Opaque | Type::Structure(_) | Type::List(_) => {
                Expr::Object(Vec::new())
            }
            Type::Number => {
                let text = self.ask_for(path, step, default, ParameterKind::Number);
                Expr::Code(format!("$number({})", crate::machine::expr::string(&text)))
            }
            Type::Boolean => {
                let text = self.ask_for(path, step, default, ParameterKind::Text);
                Expr::Code(format!("{} = 'true'", crate::machine::expr::string(&text)))
            }
            Type::String | Type::Blob | Type::Timestamp | Type::Any => {
                Expr::Text(self.ask_for(path, step, default, ParameterKind::Text))
            }
        }
    }

    fn ask_for(
        &mut self,
        path: &[&str],
        step: &Step,
        default: Option<&str>,
        kind: ParameterKind,
    ) -> String {
        let name = path.join("_");
        let what = format!("`{}` of the call of the step {}", path.join("."), step.id);
        self.needs.ask(
            &format!("{}_{}", snake(&step.id), snake(&name)),
            &what,
            kind,
            default,
        )
    }
}

/// A text attribute of DynamoDB.
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

fn dashed(text: &str) -> String {
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

fn parameters(callee: Callee) -> Vec<Parameter> {
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
fn result_of(
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
