//! Versions and variables.

use std::fmt::Write as _;

use super::Writer;
use crate::hcl::{Hcl, block, set, top};
use crate::stack::ParameterKind;
use crate::template::pattern;

impl Writer<'_> {
    pub(super) fn versions(&self) -> String {
        let provider = Hcl::object([
            ("source", Hcl::text("hashicorp/aws")),
            ("version", Hcl::text(">= 5.80")),
        ]);
        let mut out = top(
            "terraform",
            &[
                set("required_version", Hcl::text(">= 1.9")),
                block("required_providers", vec![set("aws", provider)]),
            ],
        );
        let tags = self
            .stack
            .tags
            .iter()
            .map(|(key, value)| (key.clone(), Hcl::text(value)));
        let mut body = vec![set("region", Hcl::raw("var.region"))];
        if !self.stack.tags.is_empty() {
            body.push(block(
                "default_tags",
                vec![set("tags", Hcl::Object(tags.collect()))],
            ));
        }
        _ = write!(out, "\n{}", top("provider \"aws\"", &body));
        for data in ["caller_identity", "partition", "region"] {
            _ = write!(out, "\ndata \"aws_{data}\" \"current\" {{}}\n");
        }
        out
    }

    pub(super) fn variables(&self) -> String {
        let variable = |name: &str,
                        description: &str,
                        default: Option<Hcl>,
                        kind: &str,
                        check: Option<(&str, &str)>| {
            let mut body = vec![
                set("description", Hcl::text(description)),
                set("type", Hcl::raw(kind)),
            ];
            if let Some(default) = default {
                body.push(set("default", default));
            }
            if let Some((pattern, wrong)) = check {
                body.push(block(
                    "validation",
                    vec![
                        set(
                            "condition",
                            Hcl::raw(format!(
                                "can(regex({}, var.{name}))",
                                crate::text::hcl(pattern)
                            )),
                        ),
                        set("error_message", Hcl::text(wrong)),
                    ],
                ));
            }
            top(&format!("variable \"{name}\""), &body)
        };
        let region = self
            .stack
            .environments
            .first()
            .map(|first| Hcl::text(&first.region));
        let mut all = vec![
            variable(
                "region",
                "Region that it is deployed to.",
                region,
                "string",
                None,
            ),
            variable(
                "name",
                "Names of all resources begin with it.",
                Some(Hcl::text(&crate::stack_name(&self.stack.name))),
                "string",
                Some((
                    "^[a-z][a-z0-9-]{0,39}$",
                    "The name has lower-case letters, digits and hyphens, 40 at most.",
                )),
            ),
            variable(
                "previous_version_arn",
                "Version that the alias sent executions to before, while they move to the new one; deploy.sh says it.",
                Some(Hcl::text("")),
                "string",
                None,
            ),
            variable(
                "new_version_weight",
                "Percentage of executions that the new version takes; deploy.sh raises it in steps, and goes back to 0 when an alarm goes off.",
                Some(Hcl::raw(100)),
                "number",
                None,
            ),
        ];
        for parameter in &self.stack.parameters {
            let number = parameter.kind == ParameterKind::Number;
            let default = parameter.default.as_deref().map(Hcl::text);
            all.push(variable(
                &parameter.name,
                &parameter.description,
                default,
                if number { "number" } else { "string" },
                pattern(parameter.kind)
                    .map(|pattern| (pattern, "The value does not look like what is asked for.")),
            ));
        }
        all.join("\n")
    }
}
