//! A whole design: from the text of a requirements file to the files of a folder.

mod around;
mod diagram;
mod expected;
mod reach;
mod readme;
mod summary;

use asl::Format;
use iac::{Artifact, Review};
use pricing::Prices;

use crate::compose::{Composed, compose, fault_cases, runbook};
use crate::cost::{self, Benefit};
use crate::decide::{Decisions, Verdict, counted, decide};
use crate::refuse::{Refusal, above_budget};
use crate::requirements::{self, Output, Problem, Requirements};

use reach::Runner;
pub use summary::Summary;

/// What becomes of a requirements file.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is wrong with it, where it is invalid; else what should be looked at.
    pub problems: Vec<Problem>,
    /// What was made of it.
    pub outcome: Outcome,
}

/// What was made of a requirements file.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nothing: the problems say why.
    Invalid,
    /// `REFUSAL.md`: a workflow is not what serves.
    Refused(Delivery),
    /// `REFUSAL.md`, and a workflow that only starts the work where it belongs.
    Redirected(Delivery),
    /// A design.
    Designed(Delivery),
}

impl Outcome {
    /// Its files, where there are any.
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Invalid => None,
            Self::Refused(delivery) | Self::Redirected(delivery) | Self::Designed(delivery) => {
                Some(delivery)
            }
        }
    }

    /// `designed`, `redirected`, `refused`, `invalid`
    pub fn word(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Refused(_) => "refused",
            Self::Redirected(_) => "redirected",
            Self::Designed(_) => "designed",
        }
    }
}

/// The files of a folder.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Name in the requirements.
    pub name: String,
    /// Sorted by their path, which is relative: `terraform/main.tf`.
    pub files: Vec<Artifact>,
    /// The design in short.
    pub summary: Summary,
}

/// Designs what a requirements file asks for.
pub fn design(text: &str, format: Format, prices: &Prices) -> Answer {
    let (requirements, problems) = requirements::read(text, format);
    let Some(requirements) = requirements else {
        return Answer {
            problems,
            outcome: Outcome::Invalid,
        };
    };
    let region = prices.region(requirements.region());
    let outcome = match decide(&requirements, &region) {
        Verdict::Refused(refusal) => Outcome::Refused(refused(&requirements, &refusal)),
        Verdict::Redirected(refusal, first) => {
            let decisions = again(&requirements, &first, prices);
            let mut delivery = Design::new(&requirements, &decisions, prices).delivery();
            delivery.summary.refuse(&refusal);
            delivery.files.push(refusal_file(&refusal));
            delivery
                .files
                .sort_by(|one, other| one.file_name.cmp(&other.file_name));
            Outcome::Redirected(delivery)
        }
        Verdict::Designed(first) => {
            let decisions = again(&requirements, &first, prices);
            let design = Design::new(&requirements, &decisions, prices);
            // The whole bill is known only now, with what is called.
            let month = design.benefit.month();
            match above_budget(&requirements, &decisions, &region, month) {
                Some(refusal) => Outcome::Refused(refused(&requirements, &refusal)),
                None => Outcome::Designed(design.delivery()),
            }
        }
    };
    Answer { problems, outcome }
}

fn refused(requirements: &Requirements, refusal: &Refusal) -> Delivery {
    let mut summary = Summary::of(requirements);
    summary.refuse(refusal);
    Delivery {
        name: requirements.name.clone(),
        files: vec![refusal_file(refusal)],
        summary,
    }
}

fn refusal_file(refusal: &Refusal) -> Artifact {
    file("REFUSAL.md", "markdown", refusal.markdown())
}

fn file(name: &str, language: &'static str, text: String) -> Artifact {
    Artifact {
        file_name: name.to_owned(),
        language,
        text,
    }
}

/// What is decided once it was counted what one execution does, so that reasons and bill speak of the same transitions.
fn again(asked: &Requirements, first: &Decisions, prices: &Prices) -> Decisions {
    let requirements = first.moved.as_deref().unwrap_or(asked);
    let composed = compose(requirements, first);
    let transitions = cost::profile(requirements, first, &composed).transitions;
    counted(asked, first, transitions, &prices.region(asked.region()))
}

/// All that files are written of.
struct Design<'a> {
    /// As asked for, or as the work was moved.
    requirements: &'a Requirements,
    decisions: &'a Decisions,
    composed: Composed,
    stack: iac::stack::Stack,
    review: Vec<Review>,
    benefit: Benefit,
}

impl<'a> Design<'a> {
    fn new(requirements: &'a Requirements, decisions: &'a Decisions, prices: &Prices) -> Self {
        let requirements = decisions.moved.as_deref().unwrap_or(requirements);
        let composed = compose(requirements, decisions);
        let (stack, review) = around::stack(requirements, decisions, &composed);
        let mut profile = cost::profile(requirements, decisions, &composed);
        profile.alarms = u32::try_from(stack.alarms.len()).unwrap_or(u32::MAX);
        let benefit = cost::benefit(requirements, decisions, &profile, prices);
        Self {
            requirements,
            decisions,
            composed,
            stack,
            review,
            benefit,
        }
    }

    fn wants(&self, output: Output) -> bool {
        let outputs = &self.requirements.outputs;
        outputs.is_empty() || outputs.contains(&output)
    }

    fn delivery(&self) -> Delivery {
        let mut cases = fault_cases(self.requirements, &self.composed);
        let mut mocks = cases.file.clone();
        if let Some(runner) = Runner::of(&self.composed) {
            cases = reach::reached(&runner, cases);
            mocks = expected::with_expectations(&self.composed, &runner, &cases);
        }
        let summary = Summary::designed(self);
        let mut files = vec![
            file("README.md", "markdown", readme::readme(self, &summary)),
            file("COST.md", "markdown", cost::markdown(&self.benefit)),
            file("cost.html", "html", cost::html(&self.benefit)),
            file("cost.svg", "svg", cost::picture(&self.benefit)),
            file("diagram.svg", "svg", diagram::diagram(&self.composed)),
            file("decisions.json", "json", summary::decisions(self.decisions)),
            file(
                "RUNBOOK.md",
                "markdown",
                runbook(self.requirements, &self.composed),
            ),
            file("tests/MockConfigFile.json", "json", mocks),
        ];
        for case in &cases.cases {
            let input = serde_json::to_string_pretty(&case.input).unwrap_or_default();
            files.push(file(
                &format!("tests/inputs/{}.json", case.name),
                "json",
                format!("{input}\n"),
            ));
        }
        files.extend(
            iac::stack_files(&self.stack)
                .into_iter()
                .filter(|file| self.is_wanted(&file.file_name)),
        );
        files.sort_by(|one, other| one.file_name.cmp(&other.file_name));
        Delivery {
            name: self.requirements.name.clone(),
            files,
            summary,
        }
    }

    fn is_wanted(&self, file: &str) -> bool {
        let by_folder = [
            ("terraform/", Output::Terraform),
            ("cdk/", Output::Cdk),
            ("sam/", Output::Sam),
            ("cloudformation/", Output::CloudFormation),
            ("pipeline/codepipeline", Output::PipelineCodePipeline),
            ("pipeline/", Output::PipelineGithub),
        ];
        // One of the pipelines deploys with Terraform, the others with CloudFormation's template.
        if file == "pipeline/github-actions-terraform.yml" && !self.wants(Output::Terraform) {
            return false;
        }
        by_folder
            .iter()
            .find(|(folder, _)| file.starts_with(folder))
            .is_none_or(|(_, output)| self.wants(*output))
    }
}
