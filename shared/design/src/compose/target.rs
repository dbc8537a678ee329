//! What an action needs of what a step names.

use iac::stack::ParameterKind;

use super::Composer;
use super::call::{Arguments, Purpose, dashed, message_of, typed};
use super::needs::{Named, snake, spoken};
use super::said::View;
use crate::decide::Repeatable;
use crate::machine::Expr;
use crate::requirements::{Action, Call, Step};

impl Composer<'_> {
    /// What the action needs of what the step names. Gives the error that means that it was done before.
    pub(crate) fn needs_of_action(
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
                arguments.first("TaskDefinition", || at(Named::Name("task_definition")));
            }
            ("codebuild", "startBuild") => {
                arguments.first("ProjectName", || at(Named::Name("project")));
            }
            ("bedrock", "invokeModel") => {
                arguments.first("ModelId", || {
                    model(named).unwrap_or_else(|| at(Named::Name("model")))
                });
                arguments.default("Body", || Self::message(&key));
            }
            ("events", "putEvents") => {
                let bus = named.map(|_| at(Named::Name("bus")));
                let source = self.req.name.clone();
                arguments.default("Entries", || {
                    let mut entry = vec![
                        ("Source".to_owned(), Expr::text(source)),
                        ("DetailType".to_owned(), Expr::text(id)),
                        ("Detail".to_owned(), Self::message(&key)),
                    ];
                    entry.extend(bus.map(|bus| ("EventBusName".to_owned(), bus)));
                    Expr::List(vec![Expr::Object(entry)])
                });
            }
            ("http", "invoke") => self.http(arguments, call, step, purpose, &key),
            ("sesv2", "sendEmail") => self.email(arguments, call, step),
            _ => {}
        }
        if matches!(name, "sqs:sendMessage" | "sns:publish") && is_fifo(named) {
            // What belongs together stays in order, and is sent once.
            let group = Expr::Hash(Box::new(self.business_key()));
            let once = Expr::Hash(Box::new(key.clone()));
            arguments.default("MessageGroupId", || group);
            arguments.default("MessageDeduplicationId", || once);
        }
        if let Some(message) = message_of(name) {
            let mut body = Self::message(&key);
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

    pub(crate) fn http(
        &mut self,
        arguments: &mut Arguments,
        call: &Call,
        step: &Step,
        purpose: Purpose,
        key: &Expr,
    ) {
        let Action::Http { method } = &call.action else {
            return;
        };
        let named = call.resource.as_deref().unwrap_or(&step.id);
        // What takes it back has an address of its own.
        let (endpoint, what) = match purpose {
            Purpose::Do => (
                format!("{}_endpoint", snake(&step.id)),
                format!("HTTPS address that the step {} calls", step.id),
            ),
            Purpose::Undo => (
                format!("undo_{}_endpoint", snake(&step.id)),
                format!(
                    "HTTPS address that takes back what the step {} did, which it knows by the header Idempotency-Key",
                    step.id
                ),
            ),
        };
        arguments.first("ApiEndpoint", || {
            Expr::Text(self.needs.ask(&endpoint, &what, ParameterKind::Url, None))
        });
        let method = method.clone();
        arguments.default("Method", || Expr::text(method));
        let default = named.starts_with("arn:").then_some(named);
        let connection = format!("{}_arn", snake(spoken(named).unwrap_or(&step.id)));
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

    pub(crate) fn email(&mut self, arguments: &mut Arguments, call: &Call, step: &Step) {
        let own = snake(&step.id);
        let domain = call.resource.as_deref();
        let mut ask = |name: &str, what: &str, kind| {
            Expr::Text(self.needs.ask(
                &format!("{own}_{name}"),
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
    pub(crate) fn row(
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
        let own = snake(table.and_then(spoken).unwrap_or(&step.id));
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
            &format!("{own}_key"),
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
                let status = self.is_saga.then(|| typed(Expr::text(step.id.as_str())));
                arguments.default("Item", || {
                    let data = Expr::JsonText(Box::new(Expr::Data(Vec::new())));
                    let mut item = vec![(attribute.clone(), typed(value.clone()))];
                    item.extend(status.map(|status| ("status".to_owned(), status)));
                    item.push(("execution".to_owned(), execution()));
                    item.push(("data".to_owned(), typed(data)));
                    Expr::Object(item)
                });
                let conditional = self.decisions.steps.get(&step.id).map_or(
                    self.req.guarantees.delivery == crate::requirements::Delivery::ExactlyOnce,
                    |decided| decided.repeatable == Repeatable::Condition,
                ) || self.is_saga && purpose == Purpose::Do;
                if conditional && !arguments.has("ConditionExpression") {
                    let cancelled = purpose == Purpose::Do && leaves_cancelled(step);
                    only_once(arguments, attribute, cancelled);
                    return Some("ConditionalCheckFailedException".to_owned());
                }
            }
            "updateItem" => {
                arguments.default("Key", row_key);
                let status = match purpose {
                    Purpose::Do => step.id.clone(),
                    Purpose::Undo => CANCELLED.to_owned(),
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
}

/// Whether a queue or a topic keeps what is sent in order, which its name says.
fn is_fifo(named: Option<&str>) -> bool {
    let end = named.and_then(|named| named.rsplit_once('.'));
    matches!(end, Some((_, "fifo")))
}

/// What an undo of ours writes into a row.
const CANCELLED: &str = "CANCELLED";

/// Whether its undo leaves the row where it is, as [`CANCELLED`].
fn leaves_cancelled(step: &Step) -> bool {
    step.undo.as_ref().is_some_and(|undo| {
        let is_update = matches!(&undo.action, Action::Api { service, name }
            if service == "dynamodb" && name == "updateItem");
        let says_how = undo
            .input
            .as_ref()
            .is_some_and(|input| input.get("UpdateExpression").is_some());
        is_update && !says_how
    })
}

/// Lets a row be written where there is none; one that was taken back is not there any more.
fn only_once(arguments: &mut Arguments, key: String, may_be_cancelled: bool) {
    let key = ("#key", Expr::Text(key));
    if may_be_cancelled {
        arguments.default("ConditionExpression", || {
            Expr::text("attribute_not_exists(#key) OR #status = :cancelled")
        });
        arguments.default("ExpressionAttributeNames", || {
            Expr::object([key, ("#status", Expr::text("status"))])
        });
        arguments.default("ExpressionAttributeValues", || {
            Expr::object([(":cancelled", typed(Expr::text(CANCELLED)))])
        });
    } else {
        arguments.default("ConditionExpression", || {
            Expr::text("attribute_not_exists(#key)")
        });
        arguments.default("ExpressionAttributeNames", || Expr::object([key]));
    }
}

/// A model by its id, which says what is to be permitted: a model, or a profile of several Regions.
fn model(named: Option<&str>) -> Option<Expr> {
    let is_plain = |id: &&str| {
        id.chars()
            .all(|c| c.is_ascii_alphanumeric() || ".:/_-".contains(c))
    };
    named.filter(is_plain).map(Expr::text)
}
