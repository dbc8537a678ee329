//! ARNs of state machines.

/// The parts of a state machine's ARN: `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME[:VERSION_OR_ALIAS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineArn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Region.
    pub region: String,
    /// Account id.
    pub account: String,
    /// Name of the state machine.
    pub name: String,
    /// Version number or alias, where the ARN names one.
    pub qualifier: Option<String>,
}

impl MachineArn {
    /// Reads an ARN; `None` where it is not one of a state machine.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let [
            "arn",
            partition,
            "states",
            region,
            account,
            "stateMachine",
            name,
            rest @ ..,
        ] = parts.as_slice()
        else {
            return None;
        };
        if name.is_empty() || rest.len() > 1 || rest.contains(&"") {
            return None;
        }
        Some(Self {
            partition: (*partition).to_owned(),
            region: (*region).to_owned(),
            account: (*account).to_owned(),
            name: (*name).to_owned(),
            qualifier: rest.first().map(|text| (*text).to_owned()),
        })
    }

    /// The ARN without version or alias.
    pub fn unqualified(&self) -> String {
        format!(
            "arn:{}:states:{}:{}:stateMachine:{}",
            self.partition, self.region, self.account, self.name
        )
    }
}
