//! The state machine, its versions and its alias.

use super::{Flavour, Members, Template, encryption, resource, watches};
use crate::deploy::{self, ALIAS, Part, logs, pascal};
use crate::doc::Doc;
use crate::stack::StateMachine;

impl Template<'_> {
    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    pub(super) fn machine(&self, machine: &StateMachine, resources: &mut Members) {
        let id = self.id(&machine.id);
        let name = deploy::name(self.stack, &machine.id);
        let mut properties = Members::new();
        let sam = self.flavour == Flavour::Sam;
        properties.push((
            if sam { "Name" } else { "StateMachineName" }.to_owned(),
            self.parts(&name),
        ));
        properties.push((
            if sam { "Type" } else { "StateMachineType" }.to_owned(),
            Doc::text(if machine.express {
                "EXPRESS"
            } else {
                "STANDARD"
            }),
        ));
        let path = format!("../{}", machine.file_name);
        properties.push((
            if sam {
                "DefinitionUri"
            } else {
                "DefinitionS3Location"
            }
            .to_owned(),
            Doc::text(path),
        ));
        if !machine.substitutions.is_empty() {
            let members = machine
                .substitutions
                .iter()
                .map(|(name, value)| (name.clone(), self.value(value)));
            properties.push((
                "DefinitionSubstitutions".to_owned(),
                Doc::Map(members.collect()),
            ));
        }
        if sam {
            properties.push((
                "Policies".to_owned(),
                Doc::List(vec![self.policy(&deploy::role(machine), machine.key)]),
            ));
        } else {
            properties.push(("RoleArn".to_owned(), Doc::get(&format!("{id}Role"), "Arn")));
        }
        let mut log_group = None;
        if logs(machine.logging) {
            let group = format!("{id}Logs");
            let destination = Doc::map([(
                "CloudWatchLogsLogGroup",
                Doc::map([("LogGroupArn", Doc::get(&group, "Arn"))]),
            )]);
            properties.push((
                if sam {
                    "Logging"
                } else {
                    "LoggingConfiguration"
                }
                .to_owned(),
                Doc::map([
                    ("Level", Doc::text(machine.logging.level.as_str())),
                    ("IncludeExecutionData", Doc::plain(machine.logging.data)),
                    ("Destinations", Doc::List(vec![destination])),
                ]),
            ));
            let mut log_name = vec![Part::Text("/aws/vendedlogs/states/".to_owned())];
            log_name.extend(name.iter().cloned());
            let mut members = vec![
                (
                    "LogGroupName".to_owned(),
                    self.parts(&deploy::merged(log_name)),
                ),
                (
                    "RetentionInDays".to_owned(),
                    Doc::plain(machine.logging.retention_days),
                ),
            ];
            if machine.key {
                members.push(("KmsKeyId".to_owned(), Doc::get("Key", "Arn")));
            }
            members.extend(self.tags());
            log_group = Some((group, resource("AWS::Logs::LogGroup", members)));
        }
        if machine.tracing {
            properties.push((
                if sam {
                    "Tracing"
                } else {
                    "TracingConfiguration"
                }
                .to_owned(),
                Doc::map([("Enabled", Doc::plain("true"))]),
            ));
        }
        if machine.key && !sam {
            properties.push(("EncryptionConfiguration".to_owned(), encryption()));
        }
        if sam {
            properties.push(("AutoPublishAlias".to_owned(), Doc::text(ALIAS)));
            properties.push(("DeploymentPreference".to_owned(), self.preference(machine)));
            properties.extend(self.tag_map());
        } else {
            properties.extend(self.tags());
        }
        let kind = if sam {
            "AWS::Serverless::StateMachine"
        } else {
            "AWS::StepFunctions::StateMachine"
        };
        let mut whole = vec![("Type".to_owned(), Doc::plain(kind))];
        if !sam {
            // `package` puts the file into a bucket and its place into the template.
            let ignored = Doc::map([("ignore_checks", Doc::texts(["W3002"]))]);
            whole.push((
                "Metadata".to_owned(),
                Doc::map([("cfn-lint", Doc::map([("config", ignored)]))]),
            ));
        }
        whole.push(("Properties".to_owned(), Doc::Map(properties)));
        resources.push((id.clone(), Doc::Map(whole)));
        if !sam {
            self.published(machine, &id, resources);
            resources.push((
                format!("{id}Role"),
                self.role(
                    "states.amazonaws.com",
                    Doc::text("what-the-definition-calls"),
                    &deploy::role(machine),
                    machine.key,
                ),
            ));
        }
        resources.extend(log_group);
    }

    /// How executions move to a new version: gradually, and back when an alarm goes off.
    pub(super) fn preference(&self, machine: &StateMachine) -> Doc {
        let gradual = |value: &str| {
            Doc::Tagged(
                "!If",
                Box::new(Doc::List(vec![
                    Doc::text("Gradual"),
                    Doc::plain(value),
                    Doc::reference("AWS::NoValue"),
                ])),
            )
        };
        let mut members = vec![
            ("Type", Doc::reference("DeploymentType")),
            ("Percentage", gradual("10")),
            ("Interval", gradual("5")),
        ];
        let alarms: Vec<Doc> = self
            .stack
            .alarms
            .iter()
            .filter(|alarm| alarm.rolls_back && watches(&alarm.source, &machine.id))
            .map(|alarm| Doc::reference(&format!("{}Alarm", pascal(&alarm.id))))
            .collect();
        if !alarms.is_empty() {
            members.push(("Alarms", Doc::List(alarms)));
        }
        Doc::map(members)
    }

    pub(super) fn published(&self, machine: &StateMachine, id: &str, resources: &mut Members) {
        let version = format!("{id}Version");
        let mut members = vec![(
            "Type".to_owned(),
            Doc::plain("AWS::StepFunctions::StateMachineVersion"),
        )];
        // The alias sends executions to the version before for as long as it is being deployed.
        members.push(("DeletionPolicy".to_owned(), Doc::plain("Retain")));
        members.push(("UpdateReplacePolicy".to_owned(), Doc::plain("Retain")));
        members.push((
            "Properties".to_owned(),
            Doc::map([
                ("StateMachineArn", Doc::reference(id)),
                (
                    "StateMachineRevisionId",
                    Doc::get(id, "StateMachineRevisionId"),
                ),
            ]),
        ));
        resources.push((version.clone(), Doc::Map(members)));
        let Doc::Map(mut preference) = self.preference(machine) else {
            return;
        };
        preference.insert(
            1,
            (
                "StateMachineVersionArn".to_owned(),
                Doc::reference(&version),
            ),
        );
        resources.push((
            format!("{id}Alias"),
            resource(
                "AWS::StepFunctions::StateMachineAlias",
                [
                    ("Name", Doc::text(ALIAS)),
                    ("DeploymentPreference", Doc::Map(preference)),
                ],
            ),
        ));
    }
}
