//! A service of the SDK integrations, its actions, and what they take.

use crate::data::{ActionRow, Described, Entry, Index, Kind, Need};

/// The service of this name, as `aws-sdk:` resources spell it: `dynamodb`, `cloudwatchlogs`, `sfn`.
pub fn service(name: &str) -> Option<Service> {
    Index::get().service(name).map(|entry| Service { entry })
}

/// All services, by name.
pub fn services() -> impl Iterator<Item = Service> {
    Index::get().services.iter().map(|entry| Service { entry })
}

/// True of a service that the Step Functions guide names and that nothing more is known of.
pub fn is_retired(name: &str) -> bool {
    Index::get()
        .retired
        .binary_search_by(|known| known.as_str().cmp(name))
        .is_ok()
}

/// A service that `aws-sdk:` resources can name.
#[derive(Clone, Copy)]
pub struct Service {
    entry: &'static Entry,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Service({})", self.name())
    }
}

impl Service {
    /// As resources spell it: `dynamodb`.
    pub fn name(self) -> &'static str {
        &self.entry.name
    }

    /// What its error names begin with when it is called through `aws-sdk:`, `DynamoDb`. The first is the usual one; where the
    /// guide has spelled it in two ways there is a second.
    pub fn error_prefixes(self) -> &'static [String] {
        &self.entry.prefixes
    }

    /// What it is called elsewhere, in lower case and without hyphens: `logs` for `cloudwatchlogs`.
    pub fn also_called(self) -> &'static [String] {
        &self.entry.also_called
    }

    /// The prefix of its IAM actions: `logs` for `cloudwatchlogs`.
    pub fn iam_prefix(self) -> &'static str {
        &self.entry.iam_prefix
    }

    /// False where the Step Functions guide does not list it: it may be too new for that, or not offered.
    pub fn is_listed(self) -> bool {
        let unlisted = &Index::get().unlisted;
        unlisted
            .binary_search_by(|name| name.as_str().cmp(self.name()))
            .is_err()
    }

    /// How many actions it has, without looking at them.
    pub fn action_count(self) -> usize {
        self.entry.actions
    }

    /// Its actions, by name.
    pub fn actions(self) -> impl Iterator<Item = Action> {
        self.data()
            .actions
            .iter()
            .map(move |row| Action { service: self, row })
    }

    /// The action of this name, as resources spell it: `putItem`.
    pub fn action(self, name: &str) -> Option<Action> {
        let actions = &self.data().actions;
        let at = actions
            .binary_search_by(|row| row.name.as_str().cmp(name))
            .ok()?;
        let row = actions.get(at)?;
        Some(Action { service: self, row })
    }

    fn data(self) -> &'static Described {
        self.entry.described()
    }
}

/// An operation of a service.
#[derive(Clone, Copy)]
pub struct Action {
    service: Service,
    row: &'static ActionRow,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Action({}:{})", self.service.name(), self.name())
    }
}

/// Whether Step Functions offers an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// Nothing speaks against it.
    Yes,
    /// The guide says that it is not supported.
    No,
    /// It streams, which a workflow cannot follow; the guide does not name it.
    Streams,
}

impl Action {
    /// The service that it belongs to.
    pub fn service(self) -> Service {
        self.service
    }

    /// As resources spell it: `putItem`.
    pub fn name(self) -> &'static str {
        &self.row.name
    }

    /// As the API spells it: `PutItem`.
    pub fn api_name(self) -> &'static str {
        &self.row.api_name
    }

    /// Whether Step Functions offers it.
    pub fn offered(self) -> Offered {
        match self.row.flags {
            flags if flags & 1 != 0 => Offered::No,
            flags if flags & 2 != 0 => Offered::Streams,
            _ => Offered::Yes,
        }
    }

    /// True where the service has deprecated it.
    pub fn is_deprecated(self) -> bool {
        self.row.flags & 4 != 0
    }

    /// What it takes, in order of their names; empty where it takes nothing.
    pub fn parameters(self) -> impl Iterator<Item = Parameter> {
        self.structure().into_iter().flat_map(Structure::parameters)
    }

    /// The parameter of this name, as ASL spells it: `TableName`.
    pub fn parameter(self, name: &str) -> Option<Parameter> {
        self.parameters().find(|parameter| parameter.name == name)
    }

    /// The parameters that it does not work without.
    pub fn required(self) -> impl Iterator<Item = Parameter> {
        self.parameters().filter(|parameter| parameter.required)
    }

    /// The names of its own errors, without the service's prefix: `ConditionalCheckFailedException`.
    ///
    /// A service may answer with others: the list is no proof that a name never comes.
    pub fn errors(self) -> impl Iterator<Item = &'static str> {
        let data = self.service.data();
        data.error_sets
            .get(self.row.errors)
            .into_iter()
            .flatten()
            .filter_map(|&at| data.errors.get(at))
            .map(String::as_str)
    }

    /// The IAM actions that it needs.
    pub fn iam(self) -> Iam {
        let need = self.service.data().needs.get(self.row.need);
        let own = || vec![format!("{}:{}", self.service.iam_prefix(), self.api_name())];
        Iam {
            actions: match need {
                Some(Need { others, .. }) if !others.is_empty() => others.clone(),
                _ => own(),
            },
            confirmed: need.is_some_and(|need| need.certain),
            dependent: need.map(|need| need.dependent.clone()).unwrap_or_default(),
        }
    }

    fn structure(self) -> Option<Structure> {
        let data = self.service.data();
        Structure::new(self.row.structure?, data)
    }
}

/// What a call needs to be permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iam {
    /// All of these: `s3:GetObject`.
    pub actions: Vec<String>,
    /// False where the action is only assumed to be named like the call.
    pub confirmed: bool,
    /// What it needs besides when certain parameters are given: `iam:PassRole`.
    pub dependent: Vec<String>,
}

/// What an action takes, or a member of that.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As ASL spells it: `TableName`.
    pub name: &'static str,
    /// True where the call does not work without it.
    pub required: bool,
    /// What it holds.
    pub ty: Type,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Text, also one of a fixed set.
    String,
    /// Whole or not.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Bytes.
    Blob,
    /// A point in time.
    Timestamp,
    /// A list of one type.
    List(Element),
    /// A map from text to one type.
    Map(Element),
    /// Members that are known.
    Structure(Structure),
    /// A structure of which nothing is known.
    Opaque,
    /// Anything.
    Any,
}

impl Type {
    fn new(kind: &'static Kind, data: &'static Described) -> Self {
        let element = |kind| Element { kind, data };
        match kind {
            Kind::String => Self::String,
            Kind::Number => Self::Number,
            Kind::Boolean => Self::Boolean,
            Kind::Blob => Self::Blob,
            Kind::Timestamp => Self::Timestamp,
            Kind::List(kind) => Self::List(element(Some(kind))),
            Kind::Map(kind) => Self::Map(element(Some(kind))),
            Kind::Structure(at) => Structure::new(*at, data).map_or(Self::Opaque, Self::Structure),
            Kind::Any => Self::Any,
        }
    }
}

/// The type of what a list or a map holds.
#[derive(Clone, Copy)]
pub struct Element {
    kind: Option<&'static Kind>,
    data: &'static Described,
}

impl std::fmt::Debug for Element {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(out)
    }
}

impl Element {
    /// Of which nothing is known.
    pub(crate) fn unknown() -> Self {
        static NOTHING: std::sync::OnceLock<Described> = std::sync::OnceLock::new();
        Self {
            kind: None,
            data: NOTHING.get_or_init(Described::default),
        }
    }

    /// The type.
    pub fn ty(self) -> Type {
        self.kind
            .map_or(Type::Any, |kind| Type::new(kind, self.data))
    }
}

/// Members that are known by name.
#[derive(Clone, Copy)]
pub struct Structure {
    members: &'static [usize],
    data: &'static Described,
}

impl std::fmt::Debug for Structure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list()
            .entries(self.parameters().map(|parameter| parameter.name))
            .finish()
    }
}

impl Structure {
    fn new(at: usize, data: &'static Described) -> Option<Self> {
        let members = data.structures.get(at)?;
        Some(Self { members, data })
    }

    /// Its members.
    pub fn parameters(self) -> impl Iterator<Item = Parameter> {
        self.members.iter().filter_map(move |&at| {
            let member = self.data.members.get(at)?;
            Some(Parameter {
                name: self.data.names.get(member.name)?,
                required: member.required,
                ty: Type::new(&member.kind, self.data),
            })
        })
    }
}
