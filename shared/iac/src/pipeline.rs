//! What takes a stack from a change to production: a GitHub Actions workflow, and a `CodePipeline`.
//!
//! Both lint the definition, run its tests, judge the infrastructure, show what would change, ask where an environment wants it,
//! and deploy through the alias, which moves executions gradually and back when an alarm goes off.

use crate::Artifact;
use crate::doc::Doc;
use crate::stack::{Environment, Stack};
use crate::text::identifier;

/// Actions by the commit of their release, so that nobody can change them afterwards.
const CHECKOUT: &str = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683";
const CREDENTIALS: &str =
    "aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df";
const TERRAFORM: &str = "hashicorp/setup-terraform@b9cd54a3c349d3f38e8881555d616ced269862dd";
const PYTHON: &str = "actions/setup-python@42375524e23c412d93fb67b49958b491fce71c38";

/// The pipelines of a stack: `pipeline/github-actions.yml`, `pipeline/github-actions-terraform.yml`, `pipeline/codepipeline.yaml`.
pub fn stack_pipelines(stack: &Stack) -> Vec<Artifact> {
    vec![
        Artifact {
            file_name: "pipeline/github-actions.yml".to_owned(),
            language: "yaml",
            text: format!(
                "# Copy to .github/workflows/deploy.yml. Each environment of the repository has the variables DEPLOY_ROLE_ARN, a role that\n# trusts GitHub's identity provider for this repository and environment, and ARTIFACT_BUCKET. Those that a person approves\n# have required reviewers. The runner has sfn-advisor on its path.\n{}",
                github(stack).write()
            ),
        },
        Artifact {
            file_name: "pipeline/github-actions-terraform.yml".to_owned(),
            language: "yaml",
            text: format!(
                "# The same with Terraform. Copy to .github/workflows/deploy.yml. Each environment of the repository has the variables\n# DEPLOY_ROLE_ARN, a role that trusts GitHub's identity provider for this repository and environment, STATE_BUCKET, a bucket for\n# the state of Terraform, and those that are named below. Those that a person approves have required reviewers. The runner has\n# sfn-advisor on its path.\n{}",
                github_terraform(stack).write()
            ),
        },
        Artifact {
            file_name: "pipeline/codepipeline.yaml".to_owned(),
            language: "yaml",
            text: codepipeline(stack).write(),
        },
    ]
}

/// What is checked before anything is deployed.
const CHECKS: [(&str, &str); 3] = [
    ("Lint the definition", "sfn-advisor check workflow.asl.json"),
    (
        "Run the tests of the workflow",
        "sfn-advisor simulate workflow.asl.json --test tests",
    ),
    (
        "Judge the infrastructure",
        "pip install --quiet cfn-lint==1.58.0 checkov==3.3.30 && cfn-lint cloudformation/template.yaml && checkov --quiet --compact --framework cloudformation --file cloudformation/template.yaml --skip-check CKV_AWS_18,CKV_AWS_26,CKV_AWS_27,CKV_AWS_76,CKV_AWS_119,CKV_AWS_120,CKV_AWS_158",
    ),
];

fn stack_of(stack: &Stack, environment: &Environment) -> String {
    format!(
        "{}-{}",
        crate::stack_name(&stack.name),
        identifier(&environment.name, '-')
    )
}

fn deploy(stack: &Stack, environment: &Environment, execute: bool) -> String {
    let kind = crate::tf::deployment_name(environment.deployment);
    let end = if execute {
        " --no-fail-on-empty-changeset"
    } else {
        " --no-fail-on-empty-changeset --no-execute-changeset"
    };
    format!(
        "aws cloudformation package --template-file cloudformation/template.yaml --s3-bucket \"$ARTIFACT_BUCKET\" --output-template-file packaged.yaml && aws cloudformation deploy --template-file packaged.yaml --stack-name {} --capabilities CAPABILITY_NAMED_IAM --parameter-overrides DeploymentType={kind}{end}",
        stack_of(stack, environment)
    )
}

fn step(name: &str, run: &str) -> Doc {
    Doc::map([("name", Doc::text(name)), ("run", Doc::text(run))])
}

fn checkout() -> Doc {
    uses(
        CHECKOUT,
        "v4.2.2",
        [("persist-credentials", Doc::plain("false"))],
    )
}

fn uses<const N: usize>(action: &str, version: &str, with: [(&str, Doc); N]) -> Doc {
    Doc::map([
        ("uses", Doc::plain(format!("{action} # {version}"))),
        ("with", Doc::map(with)),
    ])
}

/// Deploys with CloudFormation.
fn github(stack: &Stack) -> Doc {
    let mut checks = vec![
        checkout(),
        uses(PYTHON, "v5.4.0", [("python-version", Doc::text("3.12"))]),
    ];
    checks.extend(CHECKS.iter().map(|(name, run)| step(name, run)));
    let env = vec![(
        "ARTIFACT_BUCKET".to_owned(),
        Doc::plain("${{ vars.ARTIFACT_BUCKET }}"),
    )];
    workflow(stack, checks, &env, &|environment| {
        vec![
            step("Show what would change", &deploy(stack, environment, false)),
            step(GRADUALLY, &deploy(stack, environment, true)),
        ]
    })
}

const GRADUALLY: &str = "Deploy gradually, and back on an alarm";

/// Deploys with Terraform, whose state is kept in S3.
fn github_terraform(stack: &Stack) -> Doc {
    let setup = || {
        uses(
            TERRAFORM,
            "v3.1.2",
            // The wrapper writes into what the script reads.
            [
                ("terraform_version", Doc::text("1.11.4")),
                ("terraform_wrapper", Doc::plain("false")),
            ],
        )
    };
    let run = |command: &str| format!("terraform -chdir=terraform {command}");
    let mut checks = vec![checkout(), setup()];
    let definition = CHECKS.iter().take(2).map(|(name, run)| step(name, run));
    checks.extend(definition);
    checks.push(step(
        "Judge the infrastructure",
        &[
            run("fmt -check -recursive"),
            run("init -backend=false -input=false"),
            run("validate -no-color"),
        ]
        .join(" && "),
    ));
    let asked = stack.parameters.iter();
    let env: Vec<(String, Doc)> = std::iter::once("STATE_BUCKET".to_owned())
        .chain(
            asked
                .filter(|parameter| parameter.default.is_none())
                .map(|parameter| format!("TF_VAR_{}", parameter.name)),
        )
        .map(|name| {
            let variable = name.trim_start_matches("TF_VAR_").to_ascii_uppercase();
            // Quotes would take the braces apart: two of them are an expression here, and a secret in a template.
            let value = Doc::plain(format!("${{{{ vars.{variable} }}}}"));
            (name, value)
        })
        .collect();
    workflow(stack, checks, &env, &|environment| {
        let name = identifier(&environment.name, '-');
        let values = format!("-var-file=environments/{name}.tfvars");
        let key = format!("{}/{name}.tfstate", crate::stack_name(&stack.name));
        let init = run(&format!(
            "init -input=false -backend-config=\"bucket=$STATE_BUCKET\" -backend-config=key={key} -backend-config=region={} -backend-config=use_lockfile=true",
            identifier(&environment.region, '-')
        ));
        let kind = crate::tf::deployment_name(environment.deployment);
        vec![
            setup(),
            step(
                "Take up the state",
                &format!(
                    "echo 'terraform {{ backend \"s3\" {{}} }}' > terraform/backend.tf && {init}"
                ),
            ),
            step(
                "Show what would change",
                &run(&format!("plan -input=false -no-color {values}")),
            ),
            step(
                GRADUALLY,
                &format!("sh terraform/deploy.sh {kind} {values}"),
            ),
        ]
    })
}

/// A workflow that checks, and then deploys to one environment after the other.
fn workflow(
    stack: &Stack,
    checks: Vec<Doc>,
    env: &[(String, Doc)],
    deploys: &dyn Fn(&Environment) -> Vec<Doc>,
) -> Doc {
    let mut jobs = vec![(
        "check".to_owned(),
        Doc::map([
            ("name", Doc::text("check")),
            ("runs-on", Doc::plain("ubuntu-24.04")),
            ("timeout-minutes", Doc::plain(20)),
            ("steps", Doc::List(checks)),
        ]),
    )];
    let mut before = "check".to_owned();
    for environment in &stack.environments {
        let name = identifier(&environment.name, '-');
        let id = format!("deploy-{name}");
        let credentials = uses(
            CREDENTIALS,
            "v4.2.1",
            [
                ("role-to-assume", Doc::plain("${{ vars.DEPLOY_ROLE_ARN }}")),
                ("aws-region", Doc::text(&environment.region)),
            ],
        );
        let mut steps = vec![checkout(), credentials];
        steps.extend(deploys(environment));
        let job = Doc::map([
            ("name", Doc::text(format!("deploy to {name}"))),
            ("needs", Doc::plain(&before)),
            ("if", Doc::text("github.ref == 'refs/heads/main'")),
            ("runs-on", Doc::plain("ubuntu-24.04")),
            ("timeout-minutes", Doc::plain(120)),
            ("environment", Doc::text(&name)),
            (
                "permissions",
                Doc::map([
                    ("contents", Doc::plain("read")),
                    (
                        "id-token",
                        Doc::plain("write # to take the role of the environment"),
                    ),
                ]),
            ),
            ("env", Doc::Map(env.to_vec())),
            ("steps", Doc::List(steps)),
        ]);
        jobs.push((id.clone(), job));
        before = id;
    }
    Doc::Map(vec![
        ("name".to_owned(), Doc::text("deploy")),
        (
            "on".to_owned(),
            Doc::map([
                (
                    "pull_request",
                    Doc::map([("branches", Doc::texts(["main"]))]),
                ),
                ("push", Doc::map([("branches", Doc::texts(["main"]))])),
            ]),
        ),
        ("permissions".to_owned(), Doc::Map(Vec::new())),
        (
            "concurrency".to_owned(),
            Doc::map([
                ("group", Doc::plain("deploy-${{ github.ref }}")),
                ("cancel-in-progress", Doc::plain("false")),
            ]),
        ),
        ("jobs".to_owned(), Doc::Map(jobs)),
    ])
}

fn codepipeline(stack: &Stack) -> Doc {
    let parameter = |description: &str| {
        Doc::map([
            ("Type", Doc::plain("String")),
            ("Description", Doc::text(description)),
        ])
    };
    let reference = Doc::reference;
    let name = crate::stack_name(&stack.name);
    let role = |service: &str, statements: Vec<Doc>| {
        let policy = |statements| {
            Doc::map([
                ("Version", Doc::text("2012-10-17")),
                ("Statement", Doc::List(statements)),
            ])
        };
        let trust = Doc::map([
            ("Effect", Doc::plain("Allow")),
            ("Principal", Doc::map([("Service", Doc::text(service))])),
            ("Action", Doc::text("sts:AssumeRole")),
        ]);
        crate::template::resource(
            "AWS::IAM::Role",
            [
                ("AssumeRolePolicyDocument", policy(vec![trust])),
                (
                    "Policies",
                    Doc::List(vec![Doc::map([
                        ("PolicyName", Doc::text("what-it-does")),
                        ("PolicyDocument", policy(statements)),
                    ])]),
                ),
            ],
        )
    };
    let allow = |actions: &[&str], resources: Vec<Doc>| {
        Doc::map([
            ("Effect", Doc::plain("Allow")),
            ("Action", Doc::texts(actions)),
            ("Resource", Doc::List(resources)),
        ])
    };
    let sub = |text: &str| Doc::Tagged("!Sub", Box::new(Doc::text(text)));
    let bucket = || vec![sub("arn:${AWS::Partition}:s3:::${ArtifactBucket}/*")];
    let objects = allow(
        &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
        bucket(),
    );
    let deploys = vec![
        objects.clone(),
        allow(&["sts:AssumeRole"], vec![reference("DeployRoleArn")]),
        allow(
            &[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            vec![sub(&format!(
                "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/codebuild/{name}-*"
            ))],
        ),
    ];
    let mut resources = vec![
        (
            "BuildRole".to_owned(),
            role("codebuild.amazonaws.com", deploys),
        ),
        (
            "PipelineRole".to_owned(),
            role(
                "codepipeline.amazonaws.com",
                vec![
                    objects,
                    allow(
                        &["codestar-connections:UseConnection"],
                        vec![reference("ConnectionArn")],
                    ),
                    allow(
                        &["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
                        vec![sub(&format!(
                            "arn:${{AWS::Partition}}:codebuild:${{AWS::Region}}:${{AWS::AccountId}}:project/{name}-*"
                        ))],
                    ),
                ],
            ),
        ),
    ];
    let mut stages = vec![stage(
        "Source",
        "Source",
        ("Source", "AWS", "CodeStarSourceConnection"),
        Doc::map([
            ("ConnectionArn", reference("ConnectionArn")),
            ("FullRepositoryId", reference("Repository")),
            ("BranchName", Doc::text("main")),
        ]),
        false,
    )];
    let checks: Vec<String> = CHECKS.iter().map(|(_, run)| (*run).to_owned()).collect();
    resources.push((
        "CheckProject".to_owned(),
        project(&format!("{name}-check"), &checks),
    ));
    stages.push(build("Check", "CheckProject"));
    // The role of the account is taken first; its keys stay in the build.
    let assume = "eval \"$(aws sts assume-role --role-arn \"$DEPLOY_ROLE_ARN\" --role-session-name pipeline --query 'Credentials.[`export AWS_ACCESS_KEY_ID=`,AccessKeyId,` AWS_SECRET_ACCESS_KEY=`,SecretAccessKey,` AWS_SESSION_TOKEN=`,SessionToken]' --output text | tr -d '\\t')\"";
    for environment in &stack.environments {
        let id = crate::deploy::pascal(&environment.name);
        for (what, execute) in [("Plan", false), ("Deploy", true)] {
            let project_id = format!("{what}{id}Project");
            let commands = [
                assume.to_owned(),
                format!("export AWS_REGION={}", identifier(&environment.region, '-')),
                deploy(stack, environment, execute),
            ];
            let project_name = format!(
                "{name}-{}-{}",
                what.to_ascii_lowercase(),
                identifier(&environment.name, '-')
            );
            resources.push((project_id.clone(), project(&project_name, &commands)));
            if execute && environment.approval {
                stages.push(stage(
                    &format!("Approve{id}"),
                    "Approve",
                    ("Approval", "AWS", "Manual"),
                    Doc::map([("CustomData", Doc::text("Look at what the plan changes."))]),
                    true,
                ));
            }
            stages.push(build(&format!("{what}{id}"), &project_id));
        }
    }
    resources.push((
        "Pipeline".to_owned(),
        crate::template::resource(
            "AWS::CodePipeline::Pipeline",
            [
                ("Name", Doc::text(&name)),
                ("PipelineType", Doc::text("V2")),
                ("RoleArn", Doc::get("PipelineRole", "Arn")),
                (
                    "ArtifactStore",
                    Doc::map([
                        ("Type", Doc::text("S3")),
                        ("Location", reference("ArtifactBucket")),
                    ]),
                ),
                ("Stages", Doc::List(stages)),
            ],
        ),
    ));
    Doc::Map(vec![
        (
            "AWSTemplateFormatVersion".to_owned(),
            Doc::text("2010-09-09"),
        ),
        (
            "Description".to_owned(),
            Doc::text(format!("Deploys {name} through its environments.")),
        ),
        (
            "Parameters".to_owned(),
            Doc::map([
                (
                    "ConnectionArn",
                    parameter("ARN of the connection to the repository."),
                ),
                ("Repository", parameter("The repository: owner/name.")),
                (
                    "ArtifactBucket",
                    parameter(
                        "Name of the bucket that sources and packaged definitions are put into.",
                    ),
                ),
                (
                    "DeployRoleArn",
                    parameter(
                        "ARN of the role that deploys; its permissions are limited by a boundary.",
                    ),
                ),
                (
                    "BuildImage",
                    parameter(
                        "Image that builds run in, with sfn-advisor and the AWS CLI on its path.",
                    ),
                ),
            ]),
        ),
        ("Resources".to_owned(), Doc::Map(resources)),
    ])
}

fn project(name: &str, commands: &[String]) -> Doc {
    let spec = Doc::map([
        ("version", Doc::plain("0.2")),
        (
            "phases",
            Doc::map([("build", Doc::map([("commands", Doc::texts(commands))]))]),
        ),
    ]);
    let variable = |name: &str, value: &str| {
        Doc::map([("Name", Doc::text(name)), ("Value", Doc::reference(value))])
    };
    crate::template::resource(
        "AWS::CodeBuild::Project",
        [
            ("Name", Doc::text(name)),
            ("ServiceRole", Doc::get("BuildRole", "Arn")),
            ("Artifacts", Doc::map([("Type", Doc::text("CODEPIPELINE"))])),
            (
                "Environment",
                Doc::map([
                    ("Type", Doc::text("LINUX_CONTAINER")),
                    ("ComputeType", Doc::text("BUILD_GENERAL1_SMALL")),
                    ("Image", Doc::reference("BuildImage")),
                    (
                        "EnvironmentVariables",
                        Doc::List(vec![
                            variable("ARTIFACT_BUCKET", "ArtifactBucket"),
                            variable("DEPLOY_ROLE_ARN", "DeployRoleArn"),
                        ]),
                    ),
                ]),
            ),
            (
                "Source",
                Doc::map([
                    ("Type", Doc::text("CODEPIPELINE")),
                    ("BuildSpec", Doc::text(spec.write())),
                ]),
            ),
        ],
    )
}

fn build(name: &str, project: &str) -> Doc {
    stage(
        name,
        "Build",
        ("Build", "AWS", "CodeBuild"),
        Doc::map([("ProjectName", Doc::reference(project))]),
        false,
    )
}

fn stage(
    name: &str,
    action: &str,
    kind: (&str, &str, &str),
    configuration: Doc,
    approval: bool,
) -> Doc {
    let (category, owner, provider) = kind;
    let mut members = vec![
        ("Name".to_owned(), Doc::text(action)),
        (
            "ActionTypeId".to_owned(),
            Doc::map([
                ("Category", Doc::text(category)),
                ("Owner", Doc::text(owner)),
                ("Provider", Doc::text(provider)),
                ("Version", Doc::text("1")),
            ]),
        ),
        ("Configuration".to_owned(), configuration),
    ];
    let artifact = || Doc::List(vec![Doc::map([("Name", Doc::text("Source"))])]);
    if category == "Source" {
        members.push(("OutputArtifacts".to_owned(), artifact()));
    } else if !approval {
        members.push(("InputArtifacts".to_owned(), artifact()));
    }
    Doc::map([
        ("Name", Doc::text(name)),
        ("Actions", Doc::List(vec![Doc::Map(members)])),
    ])
}
