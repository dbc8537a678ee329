//! What a machine needs around it, and the `${name}`s that stand for it in the definition.

use std::collections::{BTreeMap, BTreeSet};

use iac::stack::{Attribute, Bucket, Parameter, ParameterKind, Queue, Table, Topic, Value};

/// What was asked for while a machine was composed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) tables: Vec<Table>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) substitutions: BTreeMap<String, Value>,
    known: BTreeMap<(String, String), String>,
}

/// Kinds of resources that steps name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A Lambda function, by its ARN.
    Function,
    /// A state machine, by its ARN.
    StateMachine,
    /// A topic, by its ARN.
    Topic,
    /// A queue, by its URL.
    Queue,
    /// An activity, by its ARN.
    Activity,
    /// Anything that is called by its name; what it is.
    Name(&'static str),
}

impl Named {
    fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::StateMachine => "state_machine",
            Self::Topic => "topic",
            Self::Queue => "queue",
            Self::Activity => "activity",
            Self::Name(word) => word,
        }
    }

    fn ends(self) -> &'static str {
        match self {
            Self::Function | Self::StateMachine | Self::Topic | Self::Activity => "arn",
            Self::Queue => "url",
            Self::Name(_) => "name",
        }
    }

    /// The ARN or URL of a name in the account that it is deployed to.
    fn built(self, name: Value) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let arn = |service: &str, kind: &str, name: Value| {
            Value::Join(vec![
                text("arn:"),
                Value::Partition,
                text(&format!(":{service}:")),
                Value::Region,
                text(":"),
                Value::Account,
                text(&format!(":{kind}")),
                name,
            ])
        };
        match self {
            Self::Function => arn("lambda", "function:", name),
            Self::StateMachine => arn("states", "stateMachine:", name),
            Self::Activity => arn("states", "activity:", name),
            Self::Topic => arn("sns", "", name),
            Self::Queue => Value::Join(vec![
                text("https://sqs."),
                Value::Region,
                text(".amazonaws.com/"),
                Value::Account,
                text("/"),
                name,
            ]),
            Self::Name(_) => name,
        }
    }
}

/// The part of a name or ARN that people say: `orders` of `arn:aws:dynamodb:…:table/orders`, `claude-v2` of `claude-v2:0`. Nothing where
/// no part begins with a letter.
pub(crate) fn spoken(name: &str) -> Option<&str> {
    // Behind the name of a connection stands a number of AWS.
    if let Some((_, connection)) = name.split_once(":connection/") {
        return connection.split('/').next();
    }
    let mut parts = name.rsplit([':', '/']);
    parts.find(|part| part.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// In snake case, of ASCII letters and digits: `reserve_inventory`.
pub(crate) fn snake(text: &str) -> String {
    let mut out = String::new();
    let mut small = false;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && small {
                out.push('_');
            }
            small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
            out.push(letter.to_ascii_lowercase());
        } else {
            small = false;
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
        }
    }
    let out: String = out.chars().take(40).collect();
    let out = out.trim_end_matches('_').to_owned();
    if out.starts_with(|first: char| first.is_ascii_lowercase()) {
        out
    } else {
        format!("x_{out}").trim_end_matches('_').to_owned()
    }
}

impl Needs {
    /// `${name}` of a resource that a step names; as a parameter with that name as its default. Where nothing is named, whoever
    /// deploys has to say it.
    pub(crate) fn resource(&mut self, kind: Named, resource: Option<&str>, step: &str) -> String {
        let key = (
            format!("{kind:?}"),
            resource.map_or_else(|| format!("\0{step}"), str::to_owned),
        );
        if let Some(known) = self.known.get(&key) {
            return format!("${{{known}}}");
        }
        let is_literal =
            resource.is_some_and(|name| name.starts_with("arn:") || name.starts_with("https://"));
        let last = resource.map(|name| spoken(name).unwrap_or(name));
        let own = snake(resource.and_then(spoken).unwrap_or(step));
        let word = kind.word();
        let own = if own.ends_with(word) {
            own
        } else {
            format!("{own}_{word}")
        };
        let whole = matches!(kind, Named::Name(_)) || is_literal;
        let name = self.free(&if matches!(kind, Named::Name(_)) {
            own.clone()
        } else {
            format!("{own}_{}", kind.ends())
        });
        let what = word.replace('_', " ");
        let described = match last {
            Some(named) => format!("The {what} `{named}` that the step {step} uses"),
            None => format!("The {what} that the step {step} uses"),
        };
        let parameter = if whole { name.clone() } else { self.free(&own) };
        let kind_of = match (is_literal, kind) {
            (true, Named::Queue) => ParameterKind::Url,
            (true, _) if resource.is_some_and(|name| name.starts_with("arn:")) => {
                ParameterKind::Arn
            }
            _ => ParameterKind::Name,
        };
        self.parameters.push(Parameter {
            name: parameter.clone(),
            description: described,
            kind: kind_of,
            // What no resource can be called, whoever deploys has to say.
            default: resource
                .filter(|resource| kind_of.takes(resource))
                .map(str::to_owned),
        });
        let value = Value::Parameter(parameter);
        let value = if is_literal { value } else { kind.built(value) };
        self.substitutions.insert(name.clone(), value);
        self.known.insert(key, name.clone());
        format!("${{{name}}}")
    }

    /// `${name}` of a value that whoever deploys gives.
    pub(crate) fn ask(
        &mut self,
        wanted: &str,
        description: &str,
        kind: ParameterKind,
        default: Option<&str>,
    ) -> String {
        // Names are cut where they are long, so two of them may begin alike: `wanted` is the whole of it.
        let key = ("ask".to_owned(), wanted.to_owned());
        if let Some(known) = self.known.get(&key) {
            return format!("${{{known}}}");
        }
        let name = self.free(&snake(wanted));
        self.parameters.push(Parameter {
            name: name.clone(),
            description: description.to_owned(),
            kind,
            default: default
                .filter(|default| kind.takes(default))
                .map(str::to_owned),
        });
        self.substitutions
            .insert(name.clone(), Value::Parameter(name.clone()));
        self.known.insert(key, name.clone());
        format!("${{{name}}}")
    }

    /// `${name}` of something of a resource of the stack.
    pub(crate) fn own(&mut self, id: &str, attribute: Attribute) -> String {
        let key = (format!("own {attribute:?}"), id.to_owned());
        if let Some(known) = self.known.get(&key) {
            return format!("${{{known}}}");
        }
        let end = match attribute {
            Attribute::Arn => "arn",
            Attribute::Name => "name",
            Attribute::Url => "url",
            Attribute::AliasArn => "alias_arn",
        };
        let name = self.free(&format!("{}_{end}", snake(id)));
        let value = Value::Attribute {
            id: id.to_owned(),
            attribute,
        };
        self.substitutions.insert(name.clone(), value);
        self.known.insert(key, name.clone());
        format!("${{{name}}}")
    }

    /// A name that neither a parameter nor a substitution has.
    fn free(&self, wanted: &str) -> String {
        let taken = |name: &str| {
            self.substitutions.contains_key(name)
                || self
                    .parameters
                    .iter()
                    .any(|parameter| parameter.name == name)
        };
        let mut name = wanted.to_owned();
        let mut number = 2u32;
        while taken(&name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }

    /// A queue of the stack.
    pub(crate) fn queue(&mut self, id: &str, description: &str, visibility_seconds: u32) -> String {
        if self.queues.iter().all(|queue| queue.id != id) {
            self.queues.push(Queue {
                id: id.to_owned(),
                description: description.to_owned(),
                retention_days: 14,
                visibility_seconds,
                dead_letters: None,
                fifo: false,
            });
        }
        self.own(id, Attribute::Url)
    }

    /// A topic of the stack.
    pub(crate) fn topic(&mut self, id: &str, description: &str, emails: &[String]) -> String {
        if self.topics.iter().all(|topic| topic.id != id) {
            self.topics.push(Topic {
                id: id.to_owned(),
                description: description.to_owned(),
                emails: emails.to_vec(),
            });
        }
        self.own(id, Attribute::Arn)
    }

    /// A table of the stack whose partition key is `id`, and whose rows go when `expiresAt` has come.
    pub(crate) fn table(&mut self, id: &str, description: &str) -> String {
        if self.tables.iter().all(|table| table.id != id) {
            self.tables.push(Table {
                id: id.to_owned(),
                description: description.to_owned(),
                partition_key: ("id".to_owned(), 'S'),
                sort_key: None,
                ttl: Some("expiresAt".to_owned()),
            });
        }
        self.own(id, Attribute::Name)
    }

    /// A bucket of the stack.
    pub(crate) fn bucket(
        &mut self,
        id: &str,
        description: &str,
        expire_days: Option<u32>,
    ) -> String {
        if self.buckets.iter().all(|bucket| bucket.id != id) {
            self.buckets.push(Bucket {
                id: id.to_owned(),
                description: description.to_owned(),
                expire_days,
                events: false,
            });
        }
        self.own(id, Attribute::Name)
    }

    /// The names that may stand in a definition.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.substitutions.keys().cloned().collect()
    }
}
