//! `DescribeStateMachine`

use std::sync::Arc;

use aws_sdk_sfn::operation::describe_state_machine::DescribeStateMachineOutput;
use aws_sdk_sfn::types::{
    EncryptionConfiguration, EncryptionType, IncludedData, LogLevel as SdkLogLevel,
    LoggingConfiguration, StateMachineStatus, StateMachineType,
};
use facts::{Encryption, Fact, LogLevel, Logging, MachineArn, MachineFacts, WorkflowType};

use super::{Collect, Listed, OnProgress, Progress, Step, window};
use crate::call::{Line, call};
use crate::client::Clients;
use crate::error::CallError;
use crate::memory::recall_or;
use crate::{Session, tasks};

/// Describes all `machines`; `found` is told the place of each and what was read, or why it was not.
pub(super) async fn all(
    session: &Session,
    region: &str,
    machines: &[Listed],
    how: &Collect,
    progress: OnProgress<'_>,
    mut found: impl FnMut(usize, Result<MachineFacts, String>),
) {
    let clients = session.clients(region);
    let line = Arc::new(session.line(region, "states:DescribeStateMachine", how.pace));
    let tasks = machines.iter().enumerate().map(|(at, listed)| {
        let (clients, line, arn) = (Arc::clone(&clients), Arc::clone(&line), listed.arn.clone());
        let how = how.clone();
        async move {
            let read = one(&clients, &line, &arn);
            (
                at,
                recall_or(&how, || format!("description of {arn}"), read).await,
            )
        }
    });
    let mut done = 0;
    tasks::each(how.concurrency, tasks, |(at, result)| {
        found(at, result);
        done += 1;
        progress(Progress {
            region,
            step: Step::Describe,
            done,
            total: machines.len(),
        });
    })
    .await;
}

async fn one(clients: &Clients, line: &Line, arn: &str) -> Result<MachineFacts, String> {
    match describe(clients, line, arn, IncludedData::AllData).await {
        Ok(answer) => machine(answer, None),
        // Everything but the definition can be read without the key.
        Err(error) if is_kms(&error) => {
            let answer = describe(clients, line, arn, IncludedData::MetadataOnly)
                .await
                .map_err(|_| error.to_string())?;
            machine(answer, Some(&error))
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn describe(
    clients: &Clients,
    line: &Line,
    arn: &str,
    included: IncludedData,
) -> Result<DescribeStateMachineOutput, CallError> {
    let send = || {
        let request = clients
            .states()
            .describe_state_machine()
            .state_machine_arn(arn);
        // Left out where it is the default: not every local server knows it.
        let included = (included != IncludedData::AllData).then(|| included.clone());
        request.set_included_data(included).send()
    };
    call(line, send).await
}

fn is_kms(error: &CallError) -> bool {
    error.has_code("KmsAccessDenied") || error.has_code("KmsInvalidState")
}

fn machine(
    answer: DescribeStateMachineOutput,
    kms: Option<&CallError>,
) -> Result<MachineFacts, String> {
    if answer.status == Some(StateMachineStatus::Deleting) {
        return Err("it is being deleted".to_owned());
    }
    let Some(arn) = MachineArn::parse(&answer.state_machine_arn) else {
        return Err("AWS described it with an ARN that is none".to_owned());
    };
    let definition = match kms {
        None => Fact::Known(answer.definition),
        Some(error) => Fact::unknown(format!(
            "{error}: reading the definition takes kms:Decrypt on its key"
        )),
    };
    Ok(MachineFacts {
        arn: answer.state_machine_arn,
        name: answer.name,
        account: arn.account,
        region: arn.region,
        definition,
        workflow_type: match answer.r#type {
            StateMachineType::Standard => Fact::Known(WorkflowType::Standard),
            StateMachineType::Express => Fact::Known(WorkflowType::Express),
            other => Fact::unknown(format!("AWS calls its type {other}")),
        },
        created: window::instant(&answer.creation_date)
            .map_or_else(|| Fact::unknown("AWS gave no date"), Fact::Known),
        revision: answer
            .revision_id
            .map_or_else(|| Fact::unknown("AWS gave no revision"), Fact::Known),
        role: Fact::Known(answer.role_arn),
        logging: Fact::Known(
            answer
                .logging_configuration
                .map(logging)
                .unwrap_or_default(),
        ),
        tracing: Fact::Known(
            answer
                .tracing_configuration
                .is_some_and(|tracing| tracing.enabled),
        ),
        encryption: Fact::Known(encryption(answer.encryption_configuration)),
        ..MachineFacts::default()
    })
}

fn logging(configuration: LoggingConfiguration) -> Logging {
    let groups = configuration.destinations.unwrap_or_default().into_iter();
    let groups = groups
        .filter_map(|one| one.cloud_watch_logs_log_group)
        .filter_map(|group| group.log_group_arn);
    Logging {
        level: match configuration.level {
            Some(SdkLogLevel::All) => LogLevel::All,
            Some(SdkLogLevel::Error) => LogLevel::Error,
            Some(SdkLogLevel::Fatal) => LogLevel::Fatal,
            _ => LogLevel::Off,
        },
        include_execution_data: configuration.include_execution_data,
        destinations: groups.collect(),
    }
}

fn encryption(configuration: Option<EncryptionConfiguration>) -> Encryption {
    match configuration {
        Some(one) if one.r#type == EncryptionType::CustomerManagedKmsKey => {
            Encryption::CustomerManaged {
                key: one.kms_key_id.unwrap_or_default(),
            }
        }
        _ => Encryption::AwsOwned,
    }
}
