//! The AWS Price List: items in the shape that is published. Their prices are examples.

use serde_json::{Map, Value, json};

use crate::http::Response;
use crate::options::Options;
use crate::states::{error, page};

/// A product of the list.
#[derive(Clone, Debug)]
pub struct Product {
    /// The Region; empty for what has none.
    pub region: &'static str,
    /// Its usage type.
    pub usage_type: String,
    /// Its group.
    pub group: &'static str,
    /// Unit of its prices.
    pub unit: &'static str,
    /// Currency of its prices.
    pub currency: &'static str,
    /// Begin, end and price of each tier.
    pub tiers: Vec<(&'static str, &'static str, &'static str)>,
}

impl Product {
    /// State transitions, the first 4,000 of them free.
    pub fn transitions(region: &'static str, short: &str, price: &'static str) -> Self {
        Self {
            region,
            usage_type: format!("{short}StateTransition"),
            group: "SFN-StateTransitions",
            unit: "StateTransitions",
            currency: "USD",
            tiers: vec![("0", "4000", "0.0000000000"), ("4000", "Inf", price)],
        }
    }

    /// Requests of Express workflows.
    pub fn requests(region: &'static str, short: &str, price: &'static str) -> Self {
        Self {
            region,
            usage_type: format!("{short}StepFunctions-Request"),
            group: "SFN-ExpressWorkflows-Requests",
            unit: "Requests",
            currency: "USD",
            tiers: vec![("0", "Inf", price)],
        }
    }

    /// Duration of Express workflows at these prices of the three tiers.
    pub fn duration(region: &'static str, short: &str, prices: [&'static str; 3]) -> Self {
        let [first, second, third] = prices;
        Self {
            region,
            usage_type: format!("{short}StepFunctions-GB-Second"),
            group: "SFN-ExpressWorkflows-Duration",
            unit: "GB-Seconds",
            currency: "USD",
            tiers: vec![
                ("0", "3600000", first),
                ("3600000", "18000000", second),
                ("18000000", "Inf", third),
            ],
        }
    }

    /// The item as the list has it: a JSON object as text.
    pub fn item(&self, number: usize) -> String {
        let sku = format!("SKU{number:05}");
        let term = format!("{sku}.JRTCKXETXF");
        let dimensions = self.tiers.iter().enumerate();
        let dimensions: Map<String, Value> = dimensions
            .map(|(index, (begin, end, price))| {
                let code = format!("{term}.{index}");
                let dimension = json!({
                    "unit": self.unit, "beginRange": begin, "endRange": end, "appliesTo": [], "rateCode": code,
                    "description": format!("{price} for each of {}", self.unit), "pricePerUnit": {self.currency: price}
                });
                (code, dimension)
            })
            .collect();
        let mut attributes = json!({
            "servicecode": "AmazonStates", "servicename": "AWS Step Functions", "usagetype": self.usage_type,
            "group": self.group, "operation": "", "locationType": "AWS Region", "location": "a place"
        });
        if !self.region.is_empty() {
            attributes["regionCode"] = self.region.into();
        }
        let item = json!({
            "product": {"productFamily": "AWS Step Functions", "sku": sku, "attributes": attributes},
            "serviceCode": "AmazonStates",
            "terms": {"OnDemand": {term.as_str(): {
                "sku": sku, "offerTermCode": "JRTCKXETXF", "effectiveDate": "2026-01-01T00:00:00Z",
                "termAttributes": {}, "priceDimensions": dimensions
            }}},
            "version": "20260101000000", "publicationDate": "2026-01-01T00:00:00Z"
        });
        item.to_string()
    }
}

/// The items of these products.
pub fn items(products: &[Product]) -> Vec<String> {
    let numbered = products.iter().enumerate();
    numbered
        .map(|(number, product)| product.item(number))
        .collect()
}

/// A list with what there is in lists: Regions with and without Express, a Region that is new, `GovCloud`, a free tier of
/// its own, and something that nobody knows yet.
pub fn published() -> Vec<String> {
    const TIERS: [&str; 3] = ["0.0000166700", "0.0000083300", "0.0000045600"];
    let express = |region, short: &str| {
        [
            Product::requests(region, short, "0.0000010000"),
            Product::duration(region, short, TIERS),
        ]
    };
    let mut products = vec![
        Product::transitions("us-east-1", "USE1-", "0.0000250000"),
        Product::transitions("sa-east-1", "SAE1-", "0.0000375000"),
        Product::transitions("eu-central-1", "EUC1-", "0.0000260000"),
        Product::transitions("us-gov-west-1", "UGW1-", "0.0000300000"),
        Product::transitions("ap-southeast-7", "APS7-", "0.0000282500"),
    ];
    products.extend(express("us-east-1", "USE1-"));
    products.extend(express("sa-east-1", "SAE1-"));
    products.extend(express("ap-southeast-7", "APS7-"));
    products.push(Product {
        region: "",
        usage_type: "Global-StateTransition".to_owned(),
        tiers: vec![("0", "4000", "0.0000000000")],
        ..Product::transitions("", "", "0")
    });
    products.push(Product {
        usage_type: "USE1-StepFunctions-Premium-Hours".to_owned(),
        group: "SFN-Premium",
        unit: "Hrs",
        tiers: vec![("0", "Inf", "0.0900000000")],
        ..Product::requests("us-east-1", "", "0")
    });
    items(&products)
}

pub(crate) fn answer(options: &Options, request: &Value) -> Response {
    if request["ServiceCode"] != "AmazonStates" || request["FormatVersion"] != "aws_v1" {
        return error(
            400,
            "InvalidParameterException",
            "no such service or format",
        );
    }
    let size = request["MaxResults"].as_u64().unwrap_or(100) as usize;
    let (start, end, next) = page(
        &request["NextToken"],
        size.min(options.price_page),
        options.price_list.len(),
    );
    let mut answer =
        json!({"FormatVersion": "aws_v1", "PriceList": options.price_list[start..end]});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Response::json(200, &answer)
}
