//! What starts the state machine.

use std::fmt::Write as _;

use super::{Writer, label, resource};
use crate::deploy::{self, alarm_name, waits};
use crate::hcl::{Hcl, block, set, top};
use crate::stack::{PipeSource, Trigger, TriggerKind};

impl Writer<'_> {
    pub(super) fn triggers(&self) -> String {
        let mut out = String::new();
        for trigger in &self.stack.triggers {
            if let Some(role) = deploy::trigger_role(self.stack, trigger) {
                let label = label(&trigger.id);
                let suffix = format!("-{}", crate::text::identifier(&trigger.id, '-'));
                out.push_str(&self.role(&label, &suffix, role.principal, &role.statements, false));
            }
            self.trigger(trigger, &mut out);
        }
        out.trim_start().to_owned()
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn trigger(&self, trigger: &Trigger, out: &mut String) {
        let label = label(&trigger.id);
        let role = || Hcl::raw(format!("aws_iam_role.{label}.arn"));
        let dead = trigger
            .dead_letters
            .as_ref()
            .map(|queue| Hcl::raw(format!("aws_sqs_queue.{}.arn", super::label(queue))));
        let name = set("name", self.parts(&alarm_name(&trigger.id)));
        let description = set("description", Hcl::text(&deploy::described(trigger)));
        match &trigger.kind {
            TriggerKind::Rule {
                bus,
                pattern,
                input_path,
            } => {
                let bus = bus
                    .as_ref()
                    .map(|bus| set("event_bus_name", self.value(bus)));
                let mut body = vec![name, description, set("event_pattern", Hcl::text(pattern))];
                body.extend(bus.clone());
                out.push_str(&resource("aws_cloudwatch_event_rule", &label, &body));
                let mut body = vec![
                    set(
                        "rule",
                        Hcl::raw(format!("aws_cloudwatch_event_rule.{label}.name")),
                    ),
                    set("arn", self.target()),
                    set("role_arn", role()),
                ];
                body.extend(bus);
                if let Some(path) = input_path {
                    body.push(set("input_path", Hcl::text(path)));
                }
                if let Some(arn) = dead {
                    body.push(block("dead_letter_config", vec![set("arn", arn)]));
                }
                out.push_str(&resource("aws_cloudwatch_event_target", &label, &body));
            }
            TriggerKind::Schedule { expression, input } => {
                let mut target = vec![
                    set("arn", self.target()),
                    set("role_arn", role()),
                    set("input", Hcl::text(input)),
                ];
                if let Some(arn) = dead {
                    target.push(block("dead_letter_config", vec![set("arn", arn)]));
                }
                out.push_str(&resource(
                    "aws_scheduler_schedule",
                    &label,
                    &[
                        name,
                        description,
                        set("schedule_expression", Hcl::text(expression)),
                        block("flexible_time_window", vec![set("mode", Hcl::text("OFF"))]),
                        block("target", target),
                    ],
                ));
            }
            TriggerKind::Api { path, .. } => {
                let head = vec![
                    name,
                    description,
                    block(
                        "endpoint_configuration",
                        vec![set("types", Hcl::texts(["REGIONAL"]))],
                    ),
                    // Callers find one that answers while another takes its place.
                    block(
                        "lifecycle",
                        vec![set("create_before_destroy", Hcl::raw("true"))],
                    ),
                ];
                out.push_str(&resource("aws_api_gateway_rest_api", &label, &head));
                self.api(trigger, &label, path, out);
            }
            TriggerKind::Pipe {
                source,
                from,
                batch,
                filter,
            } => {
                let size = set("batch_size", Hcl::raw(batch));
                let mut stream = vec![size.clone(), set("starting_position", Hcl::text("LATEST"))];
                if let (Some(arn), false) = (dead, *from == PipeSource::Queue) {
                    stream.push(set("maximum_retry_attempts", Hcl::raw(3)));
                    stream.push(block("dead_letter_config", vec![set("arn", arn)]));
                }
                let mut parameters = vec![match from {
                    PipeSource::Queue => block("sqs_queue_parameters", vec![size]),
                    PipeSource::Kinesis => block("kinesis_stream_parameters", stream),
                    PipeSource::DynamoDb => block("dynamodb_stream_parameters", stream),
                }];
                if let Some(filter) = filter {
                    parameters.push(block(
                        "filter_criteria",
                        vec![block("filter", vec![set("pattern", Hcl::text(filter))])],
                    ));
                }
                let how = if waits(self.stack, trigger) {
                    "REQUEST_RESPONSE"
                } else {
                    "FIRE_AND_FORGET"
                };
                out.push_str(&resource(
                    "aws_pipes_pipe",
                    &label,
                    &[
                        name,
                        description,
                        set("role_arn", role()),
                        set("source", self.value(source)),
                        set("target", self.target()),
                        block("source_parameters", parameters),
                        block(
                            "target_parameters",
                            vec![block(
                                "step_function_state_machine_parameters",
                                vec![set("invocation_type", Hcl::text(how))],
                            )],
                        ),
                        set(
                            "depends_on",
                            Hcl::List(vec![Hcl::raw(format!("aws_iam_role_policy.{label}"))]),
                        ),
                    ],
                ));
            }
            TriggerKind::Iot { sql } => {
                let machine = super::label(&self.stack.machine.id);
                let mut body = vec![
                    set(
                        "name",
                        Hcl::raw(format!(
                            "replace(\"${{var.name}}-{}\", \"-\", \"_\")",
                            crate::text::identifier(&trigger.id, '-')
                        )),
                    ),
                    description,
                    set("enabled", Hcl::raw("true")),
                    set("sql", Hcl::text(sql)),
                    set("sql_version", Hcl::text("2016-03-23")),
                    block(
                        "step_functions",
                        vec![
                            set(
                                "state_machine_name",
                                Hcl::raw(format!("aws_sfn_state_machine.{machine}.name")),
                            ),
                            set("role_arn", role()),
                        ],
                    ),
                ];
                if let Some(queue) = &trigger.dead_letters {
                    body.push(block(
                        "error_action",
                        vec![block(
                            "sqs",
                            vec![
                                set(
                                    "queue_url",
                                    Hcl::raw(format!("aws_sqs_queue.{}.url", super::label(queue))),
                                ),
                                set("role_arn", role()),
                                set("use_base64", Hcl::raw("false")),
                            ],
                        )],
                    ));
                }
                out.push_str(&resource("aws_iot_topic_rule", &label, &body));
            }
            TriggerKind::Callers => {
                let start = deploy::may_start(&self.stack.machine);
                _ = write!(
                    out,
                    "\n{}",
                    top(
                        &format!("data \"aws_iam_policy_document\" \"{label}\""),
                        &self.statements(&[start], false)
                    )
                );
                out.push_str(&resource(
                    "aws_iam_policy",
                    &label,
                    &[
                        name,
                        description,
                        set(
                            "policy",
                            Hcl::raw(format!("data.aws_iam_policy_document.{label}.json")),
                        ),
                    ],
                ));
            }
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn api(&self, trigger: &Trigger, label: &str, path: &str, out: &mut String) {
        let api = || {
            set(
                "rest_api_id",
                Hcl::raw(format!("aws_api_gateway_rest_api.{label}.id")),
            )
        };
        let mut parent = format!("aws_api_gateway_rest_api.{label}.root_resource_id");
        for (number, part) in path.split('/').filter(|part| !part.is_empty()).enumerate() {
            let part: String = part
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "._-{}+".contains(*c))
                .collect();
            let this = format!("{label}_{}", number + 1);
            out.push_str(&resource(
                "aws_api_gateway_resource",
                &this,
                &[
                    api(),
                    set("parent_id", Hcl::Raw(parent)),
                    set("path_part", Hcl::text(&part)),
                ],
            ));
            parent = format!("aws_api_gateway_resource.{this}.id");
        }
        let on = || set("resource_id", Hcl::raw(&parent));
        out.push_str(&resource(
            "aws_api_gateway_method",
            label,
            &[
                api(),
                on(),
                set("http_method", Hcl::text("POST")),
                set("authorization", Hcl::text("AWS_IAM")),
            ],
        ));
        let method = || {
            set(
                "http_method",
                Hcl::raw(format!("aws_api_gateway_method.{label}.http_method")),
            )
        };
        let (action, request) = deploy::api_request(self.stack, trigger);
        out.push_str(&resource("aws_api_gateway_integration", label, &[
            api(),
            on(),
            method(),
            set("type", Hcl::text("AWS")),
            set("integration_http_method", Hcl::text("POST")),
            set("uri", Hcl::raw(format!("\"arn:${{data.aws_partition.current.partition}}:apigateway:${{data.aws_region.current.id}}:states:action/{action}\""))),
            set("credentials", Hcl::raw(format!("aws_iam_role.{label}.arn"))),
            set("passthrough_behavior", Hcl::text("NEVER")),
            set("request_templates", Hcl::object([("application/json", self.parts(&request))])),
        ]));
        for (status, selection) in [
            ("200", None),
            ("400", Some("4\\d{2}")),
            ("500", Some("5\\d{2}")),
        ] {
            let this = format!("{label}_{status}");
            out.push_str(&resource(
                "aws_api_gateway_method_response",
                &this,
                &[api(), on(), method(), set("status_code", Hcl::text(status))],
            ));
            let mut body = vec![
                api(),
                on(),
                method(),
                set(
                    "status_code",
                    Hcl::raw(format!(
                        "aws_api_gateway_method_response.{this}.status_code"
                    )),
                ),
            ];
            body.extend(selection.map(|selection| set("selection_pattern", Hcl::text(selection))));
            body.push(set(
                "depends_on",
                Hcl::List(vec![Hcl::raw(format!(
                    "aws_api_gateway_integration.{label}"
                ))]),
            ));
            out.push_str(&resource(
                "aws_api_gateway_integration_response",
                &this,
                &body,
            ));
        }
        let body = Hcl::raw(format!(
            "sha1(jsonencode([aws_api_gateway_method.{label}.authorization, aws_api_gateway_integration.{label}.request_templates, aws_api_gateway_integration.{label}.uri]))"
        ));
        out.push_str(&resource(
            "aws_api_gateway_deployment",
            label,
            &[
                api(),
                set("triggers", Hcl::object([("redeployment", body)])),
                set(
                    "depends_on",
                    Hcl::List(vec![Hcl::raw(format!(
                        "aws_api_gateway_integration_response.{label}_200"
                    ))]),
                ),
                block(
                    "lifecycle",
                    vec![set("create_before_destroy", Hcl::raw("true"))],
                ),
            ],
        ));
        out.push_str(&resource(
            "aws_api_gateway_stage",
            label,
            &[
                api(),
                set(
                    "deployment_id",
                    Hcl::raw(format!("aws_api_gateway_deployment.{label}.id")),
                ),
                set("stage_name", Hcl::text("live")),
                set("xray_tracing_enabled", Hcl::raw("true")),
            ],
        ));
        out.push_str(&resource(
            "aws_api_gateway_method_settings",
            label,
            &[
                api(),
                set(
                    "stage_name",
                    Hcl::raw(format!("aws_api_gateway_stage.{label}.stage_name")),
                ),
                set("method_path", Hcl::text("*/*")),
                block(
                    "settings",
                    vec![
                        set("metrics_enabled", Hcl::raw("true")),
                        set("throttling_burst_limit", Hcl::raw(200)),
                        set("throttling_rate_limit", Hcl::raw(100)),
                    ],
                ),
            ],
        ));
    }

    pub(super) fn trigger_outputs(&self) -> Vec<(String, &'static str, String)> {
        let output = |trigger: &Trigger| {
            let label = label(&trigger.id);
            match &trigger.kind {
                TriggerKind::Api { path, .. } => {
                    let path = crate::text::hcl(path);
                    let path = path.trim_matches('"');
                    Some((
                        format!("{label}_url"),
                        "Where requests are sent, signed.",
                        format!("\"${{aws_api_gateway_stage.{label}.invoke_url}}{path}\""),
                    ))
                }
                TriggerKind::Callers => Some((
                    format!("{label}_policy_arn"),
                    "The policy that callers need.",
                    format!("aws_iam_policy.{label}.arn"),
                )),
                _ => None,
            }
        };
        self.stack.triggers.iter().filter_map(output).collect()
    }
}
