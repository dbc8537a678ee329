//! `ListRules` of EventBridge: who listens to execution status events.

use aws_sdk_eventbridge::types::{Rule, RuleState};
use facts::{EventRule, MachineArn};
use serde::{Deserialize, Serialize};

use super::pattern::{Listens, listens};
use crate::Session;
use crate::call::{Pages, call};
use crate::collect::Collect;
use crate::error::CallError;

/// The most that AWS puts on a page.
const PAGE: i32 = 100;

/// A rule that is on, by name and event pattern.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Active {
    name: String,
    pattern: String,
}

/// The rules of the default event bus that may listen to execution status events of the account.
pub(super) async fn all(
    session: &Session,
    region: &str,
    how: &Collect,
) -> Result<Vec<Active>, CallError> {
    let clients = session.clients(region);
    let line = session.line(region, "events:ListRules", how.pace);
    let (mut rules, mut pages) = (Vec::new(), Pages::default());
    loop {
        let send = || {
            clients
                .events()
                .list_rules()
                .limit(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        rules.extend(
            answer
                .rules
                .unwrap_or_default()
                .into_iter()
                .filter_map(active),
        );
        if !pages.advance(&line, answer.next_token.as_deref())? {
            return Ok(rules);
        }
    }
}

/// A rule that Step Functions manages is how `.sync` learns of the end of an execution: the state that waits is known as
/// a caller.
fn active(rule: Rule) -> Option<Active> {
    let on = matches!(
        rule.state,
        None | Some(RuleState::Enabled | RuleState::EnabledWithAllCloudtrailManagementEvents)
    );
    let managed = rule.managed_by.as_deref() == Some("states.amazonaws.com");
    let pattern = rule.event_pattern.filter(|_| on && !managed)?;
    Some(Active {
        name: rule.name?,
        pattern,
    })
}

/// The rules that listen to one state machine, sorted by name.
pub(super) fn listening(rules: &[Active], machine_arn: &str) -> Vec<EventRule> {
    let Some(arn) = MachineArn::parse(machine_arn) else {
        return Vec::new();
    };
    let mut found: Vec<EventRule> = rules
        .iter()
        .filter_map(|rule| match listens(&rule.pattern, &arn) {
            Listens::No => None,
            found => Some(EventRule {
                name: rule.name.clone(),
                names_machine: found == Listens::ToThis,
            }),
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_that_are_on_and_of_the_user_count() {
        let rule = |state, manager: Option<&str>| {
            let pattern = r#"{"source": ["aws.states"]}"#;
            let rule = Rule::builder()
                .name("r")
                .event_pattern(pattern)
                .state(state);
            active(rule.set_managed_by(manager.map(ToOwned::to_owned)).build()).is_some()
        };
        assert!(rule(RuleState::Enabled, None));
        assert!(rule(
            RuleState::EnabledWithAllCloudtrailManagementEvents,
            None
        ));
        assert!(rule(RuleState::Enabled, Some("other.amazonaws.com")));
        assert!(!rule(RuleState::Disabled, None));
        assert!(!rule(RuleState::Enabled, Some("states.amazonaws.com")));
        assert!(
            active(
                Rule::builder()
                    .name("on a schedule")
                    .schedule_expression("rate(1 day)")
                    .build()
            )
            .is_none()
        );
    }
}
