//! Whether parameters are spelled right, all there, and of the right kind.

use crate::argument::{Argument, is_filled_in};
use crate::nearest::nearest;
use crate::problem::{Certainty, Place, Problem, ProblemKind};
use crate::service::{Parameter, Type};

/// What is given them. The names below the first level of an optimized integration are not documented to be in Pascal case,
/// those of the SDK are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Optimized,
    Sdk,
}

/// Deeper than any parameter goes, and not so deep that judging it would be a danger.
const DEEPEST: usize = 64;

pub(super) fn judge(parameters: &[Parameter], argument: &Argument, of: Of) -> Vec<Problem> {
    let mut judge = Judge {
        of,
        path: Vec::new(),
        problems: Vec::new(),
    };
    if let Argument::Object(members) = argument {
        judge.members(parameters, members);
    }
    judge.problems
}

struct Judge {
    of: Of,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Judge {
    fn members(&mut self, parameters: &[Parameter], members: &[(&str, Argument)]) {
        if members.iter().any(|(key, _)| is_filled_in(key)) {
            return; // nobody knows what is there
        }
        let mut given: Vec<&str> = Vec::new();
        let mut unknown: Vec<(&str, Meant)> = Vec::new();
        for (key, value) in members {
            let name = key.strip_suffix(".$").unwrap_or(key);
            let known = parameters
                .iter()
                .find(|parameter| parameter.name == name)
                .or_else(|| {
                    parameters
                        .iter()
                        .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
                });
            let Some(parameter) = known else {
                unknown.push((key, meant(name, parameters)));
                continue;
            };
            given.push(parameter.name);
            if parameter.name != name {
                self.casing(key, name, parameter.name);
            }
            if name.len() == key.len() {
                self.within((*key).to_owned(), |judge| judge.value(parameter.ty, value));
            }
        }
        // A parameter that is not known may be one that has taken the place of another.
        let sure = unknown.is_empty() && self.path.is_empty();
        for (key, meant) in &unknown {
            // A slip of the finger where the required parameter is, and that is missing; or a name that Java keeps for itself.
            let slip = meant.name.filter(|name| {
                let required = |known: &Parameter| known.name == *name && known.required;
                !given.contains(name) && parameters.iter().any(required)
            });
            let renamed = meant.renamed && self.of == Of::Sdk;
            self.unknown(key, meant.name, slip.is_some() || renamed);
            given.extend(slip);
        }
        for parameter in parameters.iter().filter(|known| known.required) {
            if !given.contains(&parameter.name) {
                self.problem(
                    None,
                    ProblemKind::MissingParameter(parameter.name),
                    if sure {
                        Certainty::Certain
                    } else {
                        Certainty::Probable
                    },
                    None,
                );
            }
        }
    }

    fn casing(&mut self, key: &str, name: &str, wanted: &'static str) {
        let small = name.starts_with(|first: char| first.is_ascii_lowercase());
        let certain = self.of == Of::Sdk || (self.path.is_empty() && small);
        self.problem(
            Some(key),
            ProblemKind::ParameterCasing {
                name: name.to_owned(),
                wanted,
            },
            if certain {
                Certainty::Certain
            } else {
                Certainty::Probable
            },
            Some(wanted),
        );
    }

    fn unknown(&mut self, key: &str, nearest: Option<&'static str>, certain: bool) {
        let name = key.strip_suffix(".$").unwrap_or(key).to_owned();
        self.problem(
            Some(key),
            ProblemKind::UnknownParameter { name, nearest },
            if certain {
                Certainty::Certain
            } else {
                Certainty::Probable
            },
            nearest,
        );
    }

    fn value(&mut self, ty: Type, value: &Argument) {
        if self.path.len() > DEEPEST || value.is_computed() || *value == Argument::Null {
            return;
        }
        match (ty, value) {
            (Type::Structure(structure), Argument::Object(members)) => {
                let parameters: Vec<Parameter> = structure.parameters().collect();
                self.members(&parameters, members);
            }
            (Type::Map(element), Argument::Object(members)) => {
                let element = element.ty();
                for (key, value) in members.iter().filter(|(key, _)| !key.ends_with(".$")) {
                    self.within((*key).to_owned(), |judge| judge.value(element, value));
                }
            }
            (Type::List(element), Argument::Array(items)) => {
                let element = element.ty();
                for (at, item) in items.iter().enumerate() {
                    self.within(at.to_string(), |judge| judge.value(element, item));
                }
            }
            (Type::Opaque, Argument::Object(_))
            | (Type::Number, Argument::Number)
            | (Type::Boolean, Argument::Boolean)
            // Text that reads as a number or a Boolean is taken for one.
            | (Type::Number | Type::Boolean, Argument::String(_))
            // What shall be text is written as JSON where it is something else.
            | (Type::String | Type::Blob | Type::Timestamp | Type::Any, _) => {}
            (Type::Structure(_) | Type::Opaque | Type::Map(_), other) => self.wrong("an object", other),
            (Type::List(_), other) => self.wrong("a list", other),
            (Type::Number, other) => self.wrong("a number", other),
            (Type::Boolean, other) => self.wrong("true or false", other),
        }
    }

    fn wrong(&mut self, wanted: &'static str, value: &Argument) {
        let found = value.described();
        self.problem(
            None,
            ProblemKind::WrongType { wanted, found },
            Certainty::Probable,
            None,
        );
    }

    fn within(&mut self, key: String, work: impl FnOnce(&mut Self)) {
        self.path.push(key);
        work(self);
        self.path.pop();
    }

    /// Notes a problem here, or with the key of a member.
    fn problem(
        &mut self,
        key: Option<&str>,
        kind: ProblemKind,
        certainty: Certainty,
        replacement: Option<&str>,
    ) {
        let steps = self.path.iter().map(String::as_str).chain(key);
        let pointer = steps.fold(String::new(), |pointer, step| {
            format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
        });
        // A path stays one.
        let path = key.is_some_and(|key| key.ends_with(".$"));
        let replacement = replacement.map(|name| {
            if path {
                format!("{name}.$")
            } else {
                name.to_owned()
            }
        });
        self.problems.push(Problem {
            kind,
            certainty,
            place: Place::Argument(pointer),
            replacement,
        });
    }
}

/// What an unknown name was meant to be.
struct Meant {
    name: Option<&'static str>,
    /// The API has this name, and ASL another one because Java keeps it for itself.
    renamed: bool,
}

fn meant(name: &str, parameters: &[Parameter]) -> Meant {
    let api_name = |parameter: &&Parameter| {
        let api = parameter.name.strip_suffix("Value");
        api.is_some_and(|api| api.eq_ignore_ascii_case(name))
    };
    if let Some(parameter) = parameters.iter().find(api_name) {
        return Meant {
            name: Some(parameter.name),
            renamed: true,
        };
    }
    Meant {
        name: nearest(name, parameters.iter().map(|parameter| parameter.name)),
        renamed: false,
    }
}
