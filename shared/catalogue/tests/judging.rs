//! Calls that are wrong in one way each, and calls that only look wrong.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

mod calls;

use calls::{object, optimized, said, sdk, text};
use catalogue::{
    Argument, Certainty, Pattern, Place, ProblemKind, Resource, Target, Type, service,
};

#[test]
fn patterns_that_cannot_be() {
    for (call, express, wanted) in [
        (
            "sqs:sendMessage.sync",
            false,
            "`sqs:sendMessage` cannot be used with `.sync`",
        ),
        (
            "glue:startJobRun.sync:2",
            false,
            "`glue:startJobRun` cannot be used with `.sync:2`",
        ),
        (
            "dynamodb:putItem.waitForTaskToken",
            false,
            "`dynamodb:putItem` cannot be used with `.waitForTaskToken`",
        ),
        (
            "aws-sdk:glue:startJobRun.sync",
            false,
            "`aws-sdk:glue:startJobRun` cannot be used with `.sync`",
        ),
        (
            "ecs:runTask.sync",
            true,
            "an Express workflow cannot use `.sync`, only request and response",
        ),
        (
            "aws-sdk:sqs:sendMessage.waitForTaskToken",
            true,
            "an Express workflow cannot use `.waitForTaskToken`, only request and response",
        ),
    ] {
        let problems = optimized(call).problems(express);
        assert_eq!(said(&problems), [wanted]);
        assert_eq!(problems[0].certainty, Certainty::Certain);
        let Place::Resource(range) = &problems[0].place else {
            panic!()
        };
        let whole = format!("arn:aws:states:::{call}");
        assert!(whole[range.clone()].contains('.'), "{call}");
    }
    for call in [
        "sqs:sendMessage.waitForTaskToken",
        "states:startExecution.sync:2",
        "aws-sdk:sqs:sendMessage.waitForTaskToken",
    ] {
        assert!(optimized(call).problems(false).is_empty());
    }
}

#[test]
fn resources_that_are_none() {
    for (text, said, bytes) in [
        ("order-lambda", "the resource is not an ARN", "order-lambda"),
        (
            "arn:aws:sqs:eu-west-1:123456789012:queue",
            "the ARN is one of `sqs`: a task calls `states` integrations, activities and Lambda functions",
            "sqs",
        ),
        (
            "arn:aws:states:eu-west-1:123456789012:stateMachine:Child",
            "the ARN is malformed: it names a state machine or an execution; `states:startExecution` starts one",
            "stateMachine:Child",
        ),
        (
            "arn:aws:states:::sns",
            "the ARN is malformed: an integration has a service and an action",
            "sns",
        ),
        (
            "arn:aws:states:::lambda:invoke.waitForTasktoken",
            "`.waitForTasktoken` is no integration pattern: there are `.sync`, `.sync:2` and `.waitForTaskToken`",
            ".waitForTasktoken",
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:layer:x",
            "the ARN is malformed: a function's has `function` in its sixth part",
            "eu-west-1:123456789012:layer",
        ),
        (
            "arn:awz:states:::sns:publish",
            "no partition is called `awz`; it may be newer than what is known here",
            "awz",
        ),
    ] {
        let problem = Resource::parse(text).unwrap_err();
        assert_eq!(problem.to_string(), said);
        let Place::Resource(range) = problem.place else {
            panic!()
        };
        assert_eq!(&text[range], bytes);
    }
}

#[test]
fn resources_that_are_filled_in_elsewhere() {
    for text in [
        "${OrderFunctionArn}",
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}",
        "arn:aws:states:::${Integration}",
        "arn:aws:states:::aws-sdk:${Service}:${Action}",
        "{{resolve:ssm:/order/arn}}",
        "<%= arn %>",
    ] {
        let resource = Resource::parse(text).unwrap();
        assert_eq!(resource.problems(true), [], "{text}");
        assert_eq!(resource.argument_problems(&object(&[])), [], "{text}");
    }
    let resource =
        Resource::parse("arn:${AWS::Partition}:states:::lambda:invoke.waitForTaskToken").unwrap();
    let Target::Optimized(call) = resource.target else {
        panic!()
    };
    assert_eq!(
        (call.name().as_str(), call.pattern),
        ("lambda:invoke", Pattern::WaitForTaskToken)
    );
    assert_eq!(call.service.range, 31..37);
    let sure =
        Resource::parse("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:$LATEST")
            .unwrap();
    assert_eq!(
        (sure.partition.as_str(), &sure.target),
        ("aws-us-gov", &Target::Function)
    );
}

#[test]
fn what_was_meant() {
    for (call, certainty, wanted) in [
        ("logs:putLogEvents", Certainty::Certain, "cloudwatchlogs"),
        ("states:startExecution", Certainty::Certain, "sfn"),
        ("stepfunctions:startExecution", Certainty::Certain, "sfn"),
        (
            "cognito-idp:adminGetUser",
            Certainty::Certain,
            "cognitoidentityprovider",
        ),
        ("events:putRule", Certainty::Certain, "eventbridge"),
        ("DynamoDB:putItem", Certainty::Certain, "dynamodb"),
        ("dynmaodb:putItem", Certainty::Probable, "dynamodb"),
    ] {
        let problems = sdk(call).problems(false);
        assert_eq!(problems[0].replacement.as_deref(), Some(wanted), "{call}");
        assert_eq!(problems[0].certainty, certainty, "{call}");
    }
    let problems = sdk("dynamodb:putItems").problems(false);
    assert_eq!(problems[0].replacement.as_deref(), Some("putItem"));
    let problems = optimized("dynamodb:query").problems(false);
    assert_eq!(
        problems[0].replacement.as_deref(),
        Some("aws-sdk:dynamodb:query")
    );
    let problems = optimized("glue:startCrawler.sync").problems(false);
    assert_eq!(problems[0].replacement, None);
    assert!(
        problems[0]
            .to_string()
            .contains("`aws-sdk:glue:startCrawler`")
    );
    let problems = optimized("sns:Publish").problems(false);
    assert_eq!(
        said(&problems),
        ["the action `Publish` is spelled `publish`"]
    );
}

#[test]
fn parameters() {
    let put = service("dynamodb").unwrap().action("putItem").unwrap();
    let required: Vec<&str> = put.required().map(|parameter| parameter.name).collect();
    assert_eq!(required, ["Item", "TableName"]);
    assert!(matches!(put.parameter("Item").unwrap().ty, Type::Map(_)));
    assert!(matches!(
        put.parameter("ReturnValues").unwrap().ty,
        Type::String
    ));

    let given = object(&[
        ("TableName.$", text("$.table")),
        ("Item", object(&[("id", object(&[("S", text("1"))]))])),
    ]);
    assert_eq!(sdk("dynamodb:putItem").argument_problems(&given), []);
    assert_eq!(optimized("dynamodb:putItem").argument_problems(&given), []);
    let problems = sdk("dynamodb:putItem").argument_problems(&object(&[
        ("tableName.$", text("$.table")),
        ("Item", text("{% $item %}")),
    ]));
    assert_eq!(
        said(&problems),
        ["the parameter `tableName` is spelled `TableName`"]
    );
    assert_eq!(problems[0].replacement.as_deref(), Some("TableName.$"));
    // A slip in a required name is that, and not also a missing one.
    let problems =
        optimized("lambda:invoke").argument_problems(&object(&[("FuntionName", text("f"))]));
    assert_eq!(
        said(&problems),
        ["the action has no parameter `FuntionName`; did you mean `FunctionName`?"]
    );
    let problems = optimized("sns:publish").argument_problems(&object(&[
        ("Message", text("m")),
        ("MessageAttributes", text("x")),
    ]));
    assert_eq!(
        said(&problems),
        ["the parameter takes an object and is given text"]
    );
    // Input that is handed on as it is, and expressions for the whole.
    assert_eq!(
        optimized("sns:publish").argument_problems(&Argument::Null),
        []
    );
    assert_eq!(
        optimized("lambda:invoke").argument_problems(&text("{% $states.input %}")),
        []
    );

    // Guide, "Create and manage Amazon EMR clusters": one step in place of a list, `ClusterId` in place of `JobFlowId`.
    let step = object(&[
        ("ClusterId", text("c")),
        ("Step", object(&[("Name", text("n"))])),
        ("ExecutionRoleArn", text("r")),
    ]);
    assert_eq!(
        optimized("elasticmapreduce:addStep.sync").argument_problems(&step),
        []
    );
    // Guide, "Call HTTPS APIs": the connection is in one of two parameters.
    let http = object(&[
        ("ApiEndpoint", text("https://x")),
        ("Method", text("GET")),
        ("InvocationConfig", object(&[])),
    ]);
    assert_eq!(optimized("http:invoke").argument_problems(&http), []);
}

#[test]
fn jobs_through_the_sdk_have_an_optimized_sister() {
    let problems = sdk("glue:startJobRun.sync").problems(false);
    assert_eq!(
        problems[0].replacement.as_deref(),
        Some("glue:startJobRun.sync")
    );
    assert_eq!(problems[0].place, Place::Resource(17..46));
    // EMR's is another action with other parameters.
    let problems = sdk("emr:runJobFlow.sync").problems(false);
    assert_eq!(problems[0].replacement, None);
}

#[test]
fn values_that_come_later() {
    let put = sdk("dynamodb:putItem");
    for given in [
        object(&[("${Rest}", Argument::Null)]),
        object(&[
            ("TableName", object(&[("Ref", text("Table"))])),
            ("Item", object(&[("Fn::If", Argument::Array(Vec::new()))])),
        ]),
        object(&[("TableName", text("${Table}")), ("Item", text("${Item}"))]),
    ] {
        assert_eq!(put.argument_problems(&given), []);
    }
}

#[test]
fn an_activity_in_an_express_workflow() {
    let text = "arn:aws:states:eu-west-1:123456789012:activity:approve";
    let activity = Resource::parse(text).unwrap();
    assert_eq!(activity.target, Target::Activity);
    assert_eq!(activity.problems(false), []);
    let problems = activity.problems(true);
    assert_eq!(problems[0].kind, ProblemKind::ActivityInExpress);
    assert_eq!(problems[0].place, Place::Resource(0..text.len()));
}
