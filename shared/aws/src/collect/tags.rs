//! `GetResources` of the Resource Groups Tagging API: tags of a hundred state machines in one call, where
//! `ListTagsForResource` takes one for each and has a bucket of one a second.

use std::collections::BTreeMap;

use super::Collect;
use crate::Session;
use crate::call::{Pages, call};
use crate::error::CallError;

/// The most that AWS puts on a page.
const PAGE: i32 = 100;

/// The tags of all state machines of a Region, by ARN. A state machine that never had any is not in it.
pub(super) async fn all(
    session: &Session,
    region: &str,
    how: &Collect,
    nobody_asks: bool,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, CallError> {
    let mut tags = BTreeMap::new();
    if nobody_asks {
        return Ok(tags);
    }
    let clients = session.clients(region);
    let line = session.line(region, "tag:GetResources", how.pace);
    let mut pages = Pages::default();
    loop {
        let send = || {
            let request = clients
                .tagging()
                .get_resources()
                .resource_type_filters("states:stateMachine");
            request
                .resources_per_page(PAGE)
                .set_pagination_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        for mapping in answer.resource_tag_mapping_list.unwrap_or_default() {
            let Some(arn) = mapping.resource_arn else {
                continue;
            };
            let own = mapping
                .tags
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect();
            tags.insert(arn, own);
        }
        if !pages.advance(&line, answer.pagination_token.as_deref())? {
            return Ok(tags);
        }
    }
}
