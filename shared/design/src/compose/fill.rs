//! Required parameters of which nothing is known: whoever deploys says them.

use catalogue::{Callee, Parameter, Type};
use iac::stack::ParameterKind;

use super::Composer;
use super::call::{Arguments, parameters};
use super::needs::Named;
use crate::machine::Expr;
use crate::requirements::Step;

impl Composer<'_> {
    /// Required parameters of which nothing is known become parameters of the stack.
    pub(crate) fn fill(
        &mut self,
        arguments: &mut Arguments,
        callee: Option<Callee>,
        step: &Step,
        resource: Option<&str>,
    ) {
        let Some(callee) = callee else { return };
        let missing: Vec<Parameter> = parameters(callee)
            .into_iter()
            .filter(|known| known.required && !arguments.has(known.name))
            .collect();
        let noun = noun(&callee);
        let identified = resource.and_then(|resource| identifier(&missing, noun, resource));
        for parameter in missing {
            let default = resource.filter(|_| Some(parameter.name) == identified);
            let value = match default {
                // The same resource is asked for once.
                Some(_) => {
                    let is_arn = parameter.name.to_ascii_lowercase().ends_with("arn");
                    let named = Named::Name(if is_arn { "arn" } else { "name" });
                    Expr::Text(self.needs.resource(named, default, &step.id))
                }
                None => self.unknown(&[parameter.name], parameter.ty, step, 0),
            };
            let mut empty = Vec::new();
            empties(&value, parameter.name, &mut empty);
            for place in empty {
                self.assumptions.push(format!(
                        "{} is called with an empty `{place}`, of which nothing is said: say it in `input`, or the call fails.",
                        step.id
                    ));
            }
            arguments.0.push((parameter.name.to_owned(), value));
        }
    }

    fn unknown(&mut self, path: &[&str], ty: Type, step: &Step, depth: usize) -> Expr {
        match ty {
            Type::Structure(structure) if depth < 4 => {
                let members = structure.parameters().filter(|member| member.required);
                let members = members.map(|member| {
                    let inner: Vec<&str> = path.iter().copied().chain([member.name]).collect();
                    (
                        member.name.to_owned(),
                        self.unknown(&inner, member.ty, step, depth + 1),
                    )
                });
                Expr::Object(members.collect())
            }
            Type::List(element) if depth < 4 => match element.ty() {
                inner @ (Type::Structure(_) | Type::List(_) | Type::Map(_) | Type::Opaque) => {
                    Expr::List(vec![self.unknown(path, inner, step, depth + 1)])
                }
                inner => self.unknown_list(path, inner, step),
            },
            Type::Map(_) | Type::Opaque | Type::Structure(_) | Type::List(_) => {
                Expr::Object(Vec::new())
            }
            // How many is no name of anything: one is what all take, and the definition runs as it stands.
            Type::Number => {
                self.assumptions.push(format!(
                    "{} is called with `{}` 1, of which nothing is said: say another in `input`.",
                    step.id,
                    path.join(".")
                ));
                Expr::Number("1".to_owned())
            }
            Type::Boolean => {
                let text = self.ask_for(path, step, ParameterKind::Text);
                Expr::Code(format!("{} = 'true'", crate::machine::expr::string(&text)))
            }
            Type::String | Type::Blob | Type::Timestamp | Type::Any => {
                // The role of the stack permits what such a parameter names, which has to be an ARN there.
                let is_arn = path.last().is_some_and(|name| {
                    *name == "Role" || name.to_ascii_lowercase().ends_with("arn")
                });
                let kind = if is_arn {
                    ParameterKind::Arn
                } else {
                    ParameterKind::Text
                };
                Expr::Text(self.ask_for(path, step, kind))
            }
        }
    }

    /// One text with commas in it becomes as many items.
    fn unknown_list(&mut self, path: &[&str], of: Type, step: &Step) -> Expr {
        let what = format!(
            "`{}` of the call of the step {}, a list: with commas and without blanks between",
            path.join("."),
            step.id
        );
        let wanted = format!("{}_{}", step.id, path.join("_"));
        let text = self.needs.ask(&wanted, &what, ParameterKind::Text, None);
        let items = format!("$split({}, ',')", crate::machine::expr::string(&text));
        let items = match of {
            Type::Number => format!("$map({items}, function($item) {{$number($item)}})"),
            Type::Boolean => format!("$map({items}, function($item) {{$item = 'true'}})"),
            _ => items,
        };
        // One item alone is a list, too.
        Expr::Code(format!("[{items}]"))
    }

    fn ask_for(&mut self, path: &[&str], step: &Step, kind: ParameterKind) -> String {
        let name = path.join("_");
        let what = format!("`{}` of the call of the step {}", path.join("."), step.id);
        self.needs
            .ask(&format!("{}_{name}", step.id), &what, kind, None)
    }
}

/// What an action is about: `Endpoint` of `updateEndpoint`.
fn noun(callee: &Callee) -> &'static str {
    let name = match callee {
        Callee::Optimized(integration) => integration.action(),
        Callee::Sdk(action) => action.name(),
    };
    name.find(|letter: char| letter.is_ascii_uppercase())
        .and_then(|at| name.get(at..))
        .unwrap_or_default()
}

/// The parameter that takes what a step names.
fn identifier(missing: &[Parameter], noun: &str, resource: &str) -> Option<&'static str> {
    let ends = ["Name", "Arn", "ARN", "Id", "Identifier"];
    // What a step names is what it works on, not the role that it works as.
    let identifiers = missing
        .iter()
        .map(|known| known.name)
        .filter(|name| !name.contains("Role") && ends.iter().any(|end| name.ends_with(end)));
    identifiers.min_by_key(|name| {
        let is_own = name
            .strip_prefix(noun)
            .is_some_and(|end| ends.contains(&end));
        let is_arn = name.to_ascii_lowercase().ends_with("arn");
        // What people read is no name of anything that is there.
        let is_shown = name.starts_with("Display");
        (!is_own, is_arn != resource.starts_with("arn:"), is_shown)
    })
}

/// Places that hold nothing, and have to.
fn empties(value: &Expr, place: &str, found: &mut Vec<String>) {
    match value {
        Expr::Object(members) if members.is_empty() => found.push(place.to_owned()),
        Expr::Object(members) => {
            for (name, inner) in members {
                empties(inner, &format!("{place}.{name}"), found);
            }
        }
        Expr::List(items) => items
            .iter()
            .for_each(|item| empties(item, &format!("{place}[]"), found)),
        _ => {}
    }
}
