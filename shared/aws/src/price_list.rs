//! `GetProducts` of the AWS Price List: the prices of Step Functions as AWS publishes them.

use crate::Session;
use crate::call::{Pages, call};
use crate::error::CallError;
use crate::pace::Pace;

const SERVICE_CODE: &str = "AmazonStates";
const FORMAT: &str = "aws_v1";
/// The most that AWS puts on a page.
const PAGE: i32 = 100;

/// Where the API is asked from the Regions that begin so; the last row fits every other one. Which of them is asked makes
/// no difference to the answer, only to how far away it is; China has a list of its own.
///
/// Source: AWS Billing User Guide, Using the AWS Price List Query API, of AWS and of Amazon Web Services in China, read
/// 2026-11-22.
const ENDPOINTS: [(&str, &str); 7] = [
    ("cn-", "cn-northwest-1"),
    ("eu-", "eu-central-1"),
    ("il-", "eu-central-1"),
    ("me-", "eu-central-1"),
    ("af-", "eu-central-1"),
    ("ap-", "ap-south-1"),
    ("", "us-east-1"),
];
/// Partitions without the API, by how their Regions begin.
const WITHOUT: [&str; 4] = ["us-gov-", "us-iso", "eu-iso", "eusc-"];

/// The items of the price list of Step Functions, all Regions of the session's partition, each a JSON object as text.
///
/// A prices-only call: it reads nothing of the account, and needs `pricing:GetProducts`.
pub async fn price_list(session: &Session, pace: Pace) -> Result<Vec<String>, CallError> {
    let region = endpoint(session.region())?;
    let clients = session.clients(region);
    let line = session.line(region, "pricing:GetProducts", pace);
    let client = clients.pricing();
    let (mut items, mut pages) = (Vec::new(), Pages::default());
    loop {
        let send = || {
            client
                .get_products()
                .service_code(SERVICE_CODE)
                .format_version(FORMAT)
                .max_results(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        items.extend(answer.price_list.unwrap_or_default());
        if !pages.advance(&line, answer.next_token.as_deref())? {
            return Ok(items);
        }
    }
}

/// The Region in which the API is asked.
fn endpoint(region: &str) -> Result<&'static str, CallError> {
    if WITHOUT.iter().any(|prefix| region.starts_with(prefix)) {
        return Err(CallError::NoPriceList(region.to_owned()));
    }
    let found = ENDPOINTS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    Ok(found.map_or("us-east-1", |(_, endpoint)| endpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_endpoint_of_the_partition_is_asked() {
        for (region, expected) in [
            ("us-east-1", "us-east-1"),
            ("sa-east-1", "us-east-1"),
            ("mx-central-1", "us-east-1"),
            ("eu-north-1", "eu-central-1"),
            ("me-south-1", "eu-central-1"),
            ("ap-northeast-1", "ap-south-1"),
            ("cn-north-1", "cn-northwest-1"),
        ] {
            assert_eq!(endpoint(region), Ok(expected), "{region}");
        }
        for region in [
            "us-gov-west-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
        ] {
            let told = endpoint(region).unwrap_err().to_string();
            let expected =
                format!("no AWS Price List API is known for the partition of {region}: ");
            assert!(told.starts_with(&expected), "{told}");
        }
    }
}
