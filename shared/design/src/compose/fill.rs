//! Required parameters of which nothing is known: whoever deploys says them.

use catalogue::{Callee, Type};
use iac::stack::ParameterKind;

use super::Composer;
use super::call::{Arguments, parameters};
use super::needs::snake;
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

    pub(crate) fn unknown(
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

    pub(crate) fn ask_for(
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
