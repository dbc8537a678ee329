//! The optimized integrations.

use std::sync::OnceLock;

use crate::Pattern;
use crate::data::{self, Reader};
use crate::service::{Action, Element, Parameter, Type, service};

/// Integrations by name, and the prefixes of their error names by service.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    prefixes: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
struct Row {
    name: String,
    call: String,
    patterns: u8,
    disputed: u8,
    required: Vec<(String, Type)>,
    also: Vec<(String, Type)>,
    drop: Vec<String>,
    optional: Vec<String>,
    iam: Vec<String>,
    job: Vec<String>,
    rule: String,
}

impl Table {
    fn get() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| Self::read(&data::integrations()).unwrap_or_default())
    }

    fn read(raw: &[u8]) -> Option<Self> {
        let mut reader = Reader(raw);
        Some(Self {
            rows: reader.list(Row::read)?,
            prefixes: reader.list(|reader| Some((reader.text()?, reader.texts()?)))?,
        })
    }
}

impl Row {
    fn read(reader: &mut Reader) -> Option<Self> {
        let typed = |reader: &mut Reader| reader.list(|reader| Some((reader.text()?, ty(reader)?)));
        Some(Self {
            name: reader.text()?,
            call: reader.text()?,
            patterns: reader.byte()?,
            disputed: reader.byte()?,
            required: typed(reader)?,
            also: typed(reader)?,
            drop: reader.texts()?,
            optional: reader.texts()?,
            iam: reader.texts()?,
            job: reader.texts()?,
            rule: reader.text()?,
        })
    }
}

fn ty(reader: &mut Reader) -> Option<Type> {
    Some(match reader.byte()? {
        0 => Type::String,
        1 => Type::Number,
        2 => Type::Boolean,
        5 => Type::List(Element::unknown()),
        6 => Type::Map(Element::unknown()),
        7 => Type::Opaque,
        _ => Type::Any,
    })
}

/// The optimized integration of this name, with or without its pattern: `sns:publish`, `ecs:runTask.sync`.
pub fn integration(name: &str) -> Option<Integration> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    let rows = &Table::get().rows;
    let at = rows
        .binary_search_by(|row| row.name.as_str().cmp(name))
        .ok()?;
    rows.get(at).map(|row| Integration { row })
}

/// All optimized integrations, by name.
pub fn integrations() -> impl Iterator<Item = Integration> {
    Table::get().rows.iter().map(|row| Integration { row })
}

/// What the error names of an optimized service begin with, the usual one first: `DynamoDB` for `dynamodb`. Empty where that is
/// not known.
pub fn optimized_error_prefixes(service: &str) -> &'static [String] {
    Table::get()
        .prefixes
        .iter()
        .find(|(name, _)| name == service)
        .map(|(_, prefixes)| prefixes.as_slice())
        .unwrap_or_default()
}

/// Whether an integration can be used with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Yes,
    /// It cannot.
    No,
    /// The guide contradicts itself.
    Disputed,
}

/// An optimized integration: a resource that is not `aws-sdk:`.
#[derive(Clone, Copy)]
pub struct Integration {
    row: &'static Row,
}

impl std::fmt::Debug for Integration {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Integration({})", self.name())
    }
}

impl Integration {
    /// `ecs:runTask`.
    pub fn name(self) -> &'static str {
        &self.row.name
    }

    /// `ecs`.
    pub fn service(self) -> &'static str {
        self.name()
            .split_once(':')
            .map_or("", |(service, _)| service)
    }

    /// `runTask`.
    pub fn action(self) -> &'static str {
        self.name().split_once(':').map_or("", |(_, action)| action)
    }

    /// The SDK action that it makes, where it is one.
    pub fn call(self) -> Option<Action> {
        let (name, action) = self.row.call.split_once(':')?;
        service(name)?.action(action)
    }

    /// Whether a Standard workflow can use it with this pattern. Express workflows can use all with a request and response only.
    pub fn supports(self, pattern: Pattern) -> Support {
        let bit = match pattern {
            Pattern::RequestResponse => return Support::Yes,
            Pattern::Sync => 1,
            Pattern::Sync2 => 2,
            Pattern::WaitForTaskToken => 4,
        };
        match (self.row.patterns & bit != 0, self.row.disputed & bit != 0) {
            (true, _) => Support::Yes,
            (false, true) => Support::Disputed,
            (false, false) => Support::No,
        }
    }

    /// The patterns that it certainly supports.
    pub fn patterns(self) -> impl Iterator<Item = Pattern> {
        Pattern::ALL
            .into_iter()
            .filter(move |&pattern| self.supports(pattern) == Support::Yes)
    }

    /// What it takes: the parameters of the SDK action, except where Step Functions has made something else of it.
    pub fn parameters(self) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = self
            .call()
            .into_iter()
            .flat_map(Action::parameters)
            .filter(|parameter| !self.row.drop.iter().any(|name| name == parameter.name))
            .collect();
        let own = self.row.required.iter().map(|row| (row, true));
        for ((name, ty), required) in own.chain(self.row.also.iter().map(|row| (row, false))) {
            match parameters.iter_mut().find(|known| known.name == name) {
                Some(known) => known.required |= required,
                None => parameters.push(Parameter {
                    name,
                    required,
                    ty: *ty,
                }),
            }
        }
        for parameter in &mut parameters {
            parameter.required &= !self.row.optional.iter().any(|name| name == parameter.name);
        }
        parameters
    }

    /// The IAM actions that the call itself needs.
    pub fn iam(self) -> &'static [String] {
        &self.row.iam
    }

    /// The IAM actions that waiting for the job and stopping it need besides.
    pub fn job_iam(self) -> &'static [String] {
        &self.row.job
    }

    /// The EventBridge rule that tells Step Functions that a job has ended, where it does not only ask.
    pub fn managed_rule(self) -> Option<&'static str> {
        Some(self.row.rule.as_str()).filter(|rule| !rule.is_empty())
    }
}
