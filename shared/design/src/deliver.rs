//! A whole design.

use crate::{compose, decide, requirements};
use requirements::Problem;
use serde::Serialize;

/// What becomes of requirements.
pub struct Answer {
    /// Errors where the requirements are invalid; else warnings.
    pub problems: Vec<Problem>,
    /// What was made.
    pub outcome: Outcome,
}

/// What was made.
pub enum Outcome {
    /// Nothing: the requirements cannot be read.
    Invalid,
    /// Why not, and what instead.
    Refused(Delivery),
    /// The same with a thin design.
    Redirected(Delivery),
    /// A design.
    Designed(Delivery),
}

/// Files.
pub struct Delivery {
    /// `order-saga`
    pub name: String,
    /// By relative path.
    pub files: Vec<iac::Artifact>,
    /// In short.
    pub summary: Summary,
}

/// In short.
#[derive(Serialize)]
pub struct Summary {
    /// Name.
    pub name: String,
    /// Type.
    pub workflow_type: Option<String>,
    /// Assumptions.
    pub assumptions: Vec<String>,
}

/// Designs.
pub fn design(text: &str, format: asl::Format, prices: &pricing::Prices) -> Answer {
    let (read, problems) = requirements::read(text, format);
    let Some(read) = read else {
        return Answer {
            problems,
            outcome: Outcome::Invalid,
        };
    };
    let verdict = decide::decide(
        &read,
        &prices.region(
            read.regions
                .first()
                .map_or(pricing::REFERENCE_REGION, String::as_str),
        ),
    );
    let mut files = Vec::new();
    if let Some(refusal) = verdict.refusal() {
        files.push(iac::Artifact {
            file_name: "REFUSAL.md".to_owned(),
            language: "markdown",
            text: refusal.markdown(),
        });
    }
    let mut assumptions = Vec::new();
    if let Some(decisions) = verdict.decisions() {
        let composed = compose::compose(&read, decisions);
        for machine in composed.machines {
            files.push(iac::Artifact {
                file_name: machine.file_name,
                language: "json",
                text: machine.definition,
            });
        }
        assumptions = composed.assumptions;
    }
    let delivery = Delivery {
        name: read.name.clone(),
        files,
        summary: Summary {
            name: read.name,
            workflow_type: None,
            assumptions,
        },
    };
    let outcome = match verdict {
        decide::Verdict::Designed(_) => Outcome::Designed(delivery),
        decide::Verdict::Redirected(..) => Outcome::Redirected(delivery),
        decide::Verdict::Refused(_) => Outcome::Refused(delivery),
    };
    Answer { problems, outcome }
}
