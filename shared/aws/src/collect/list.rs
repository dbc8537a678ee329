//! `ListStateMachines`

use aws_sdk_sfn::types::{StateMachineListItem, StateMachineType};

use facts::WorkflowType;

use super::{Collect, CollectError, Listed, window};
use crate::Session;
use crate::call::{Pages, call};
use crate::client::check_region;
use crate::error::CallError;

/// The most that AWS puts on a page.
const PAGE: i32 = 1000;

/// Lists the state machines of a Region, sorted by ARN: one call for each thousand.
pub async fn list_machines(
    session: &Session,
    region: &str,
    how: &Collect,
) -> Result<Vec<Listed>, CollectError> {
    check_region(region)?;
    Ok(list(session, region, how).await?)
}

pub(super) async fn list(
    session: &Session,
    region: &str,
    how: &Collect,
) -> Result<Vec<Listed>, CallError> {
    let clients = session.clients(region);
    let line = session.line(region, "states:ListStateMachines", how.pace);
    let (mut listed, mut pages) = (Vec::new(), Pages::default());
    loop {
        let send = || {
            clients
                .states()
                .list_state_machines()
                .max_results(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        listed.extend(answer.state_machines.into_iter().map(item));
        if !pages.advance(&line, answer.next_token.as_deref())? {
            break;
        }
    }
    // A listing that changes while it is read may name one twice.
    listed.sort_by(|a, b| a.arn.cmp(&b.arn));
    listed.dedup_by(|a, b| a.arn == b.arn);
    Ok(listed)
}

fn item(item: StateMachineListItem) -> Listed {
    let kind = match item.r#type {
        StateMachineType::Standard => Some(WorkflowType::Standard),
        StateMachineType::Express => Some(WorkflowType::Express),
        _ => None,
    };
    Listed {
        arn: item.state_machine_arn,
        name: item.name,
        kind,
        created: window::instant(&item.creation_date),
    }
}
