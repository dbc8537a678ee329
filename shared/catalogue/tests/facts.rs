//! Samples that were verified by hand against public documentation, not against the data that the catalogue is made of.
#![expect(clippy::unwrap_used, reason = "tests")]

mod calls;

use calls::{object, optimized, said, sdk, text};
use catalogue::{
    Argument, Certainty, Offered, Pattern, Place, ProblemKind, Purpose, Resource, Support,
    integration, is_retired, optimized_error_prefixes, service,
};

/// Step Functions guide, "Learning to use AWS service SDK integrations", 2026-11-22.
#[test]
fn services_have_the_names_and_prefixes_of_the_guide() {
    for (name, prefix) in [
        ("acmpca", "AcmPca"),
        ("aiops", "AiOps"),
        ("amplifyuibuilder", "AmplifyUiBuilder"),
        ("apigatewayv2", "ApiGatewayV2"),
        ("autoscaling", "AutoScaling"),
        ("b2bi", "B2Bi"),
        ("bedrockagentcore", "BedrockAgentCore"),
        ("bedrockruntime", "BedrockRuntime"),
        ("billingconductor", "Billingconductor"),
        ("cloudhsmv2", "CloudHsmV2"),
        ("cloudwatchlogs", "CloudWatchLogs"),
        ("codestarnotifications", "CodestarNotifications"),
        ("cognitoidentityprovider", "CognitoIdentityProvider"),
        ("databasemigration", "DatabaseMigration"),
        ("directory", "Directory"),
        ("dynamodb", "DynamoDb"),
        ("ec2", "Ec2"),
        ("elasticloadbalancingv2", "ElasticLoadBalancingV2"),
        ("eventbridge", "EventBridge"),
        ("fsx", "FSx"),
        ("identitystore", "Identitystore"),
        ("imagebuilder", "Imagebuilder"),
        ("inspector2", "Inspector2"),
        ("iot", "Iot"),
        ("iotfleetwise", "IoTFleetWise"),
        ("iotjobsdataplane", "IotJobsDataPlane"),
        ("iotsecuretunneling", "IoTSecureTunneling"),
        ("iotwireless", "IotWireless"),
        ("ivschat", "Ivschat"),
        ("kinesisvideowebrtcstorage", "KinesisVideoWebRtcStorage"),
        ("memorydb", "MemoryDb"),
        ("mturk", "MTurk"),
        ("qbusiness", "QBusiness"),
        ("resourceexplorer2", "ResourceExplorer2"),
        ("resourcegroupstaggingapi", "ResourceGroupsTaggingApi"),
        ("route53resolver", "Route53Resolver"),
        ("s3outposts", "S3Outposts"),
        ("sagemakera2iruntime", "SageMakerA2IRuntime"),
        ("savingsplans", "Savingsplans"),
        ("sesv2", "SesV2"),
        ("sfn", "Sfn"),
        ("ssooidc", "SsoOidc"),
        ("timestreaminfluxdb", "TimestreamInfluxDb"),
        ("wafv2", "Wafv2"),
        ("xray", "XRay"),
    ] {
        let service = service(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(service.error_prefixes()[0], prefix);
    }
    assert!(is_retired("iotanalytics") && service("iotanalytics").is_none());
    assert!(sdk("iotanalytics:createDataset").problems(false).is_empty());
    // Step Functions has answered that it is not recognized.
    let problems = sdk("apigatewaymanagementapi:postToConnection").problems(false);
    let wanted = ProblemKind::UnlistedService("apigatewaymanagementapi");
    assert_eq!(
        (&problems[0].kind, problems[0].certainty),
        (&wanted, Certainty::Probable)
    );
}

/// The same page: actions that are not supported.
#[test]
fn actions_that_are_not_offered() {
    for call in [
        "kinesis:subscribeToShard",
        "lambda:invokeAsync",
        "s3:selectObjectContent",
        "sts:assumeRole",
        "bedrockruntime:converseStream",
    ] {
        let found = sdk(call).problems(false);
        let [problem] = found.as_slice() else {
            panic!("{call}: {found:?}")
        };
        assert_eq!(
            problem.kind,
            ProblemKind::UnsupportedAction(call.to_owned())
        );
        assert_eq!(problem.certainty, Certainty::Certain);
    }
    let converse = service("bedrockruntime")
        .unwrap()
        .action("converse")
        .unwrap();
    assert_eq!(converse.offered(), Offered::Yes);
}

/// The same page: `acmpca:deleteCertificateAuthority`, the plural of `Filter`, `EqualsValue`, the suffix `Exception`.
#[test]
fn the_examples_of_the_guide() {
    let action = service("acmpca")
        .unwrap()
        .action("deleteCertificateAuthority")
        .unwrap();
    assert!(
        action
            .errors()
            .any(|error| error == "ResourceNotFoundException")
    );
    let versions = service("ec2")
        .unwrap()
        .action("describeLaunchTemplateVersions")
        .unwrap();
    assert!(versions.parameter("Filters").is_some() && versions.parameter("Filter").is_none());

    let create = sdk("s3:createBucket");
    assert_eq!(
        create.error_problem("S3.BucketAlreadyExistsException"),
        None
    );
    let problem = create.error_problem("S3.BucketAlreadyExists").unwrap();
    assert_eq!(
        problem.replacement.as_deref(),
        Some("S3.BucketAlreadyExistsException")
    );
    assert_eq!(problem.certainty, Certainty::Certain);
}

/// What Step Functions has answered: aws/aws-step-functions-data-science-sdk-python#198, aws/aws-cdk#29968, aws/aws-cdk#10014.
#[test]
fn names_that_step_functions_has_refused() {
    let start = sdk("textract:startDocumentTextDetection");
    let given = |name| {
        object(&[
            ("DocumentLocation", object(&[])),
            (
                "NotificationChannel",
                object(&[("RoleArn", text("r")), (name, text("t"))]),
            ),
        ])
    };
    assert_eq!(
        said(&start.argument_problems(&given("SnsTopicArn"))),
        [""; 0]
    );
    let problems = start.argument_problems(&given("SNSTopicArn"));
    assert_eq!(
        said(&problems),
        ["the parameter `SNSTopicArn` is spelled `SnsTopicArn`"]
    );
    assert_eq!(
        problems[0].place,
        Place::Argument("/NotificationChannel/SNSTopicArn".to_owned())
    );
    assert_eq!(problems[0].certainty, Certainty::Certain);

    let create = sdk("verifiedpermissions:createPolicy");
    let policy = object(&[("Statement", text("permit (principal, action, resource);"))]);
    let given = |name| {
        object(&[
            ("PolicyStoreId", text("p")),
            ("Definition", object(&[(name, policy.clone())])),
        ])
    };
    assert_eq!(
        said(&create.argument_problems(&given("StaticValue"))),
        [""; 0]
    );
    for name in ["static", "Static"] {
        let problems = create.argument_problems(&given(name));
        assert_eq!(problems[0].replacement.as_deref(), Some("StaticValue"));
        assert_eq!(problems[0].certainty, Certainty::Certain);
    }

    let train = optimized("sagemaker:createTrainingJob.sync");
    let channel = |name| {
        object(&[(
            "DataSource",
            object(&[(
                "S3DataSource",
                object(&[(name, Argument::Array(Vec::new()))]),
            )]),
        )])
    };
    let given = |name| object(&[("InputDataConfig", Argument::Array(vec![channel(name)]))]);
    let about = |name| {
        let problems = train.argument_problems(&given(name));
        problems
            .into_iter()
            .find(|problem| matches!(problem.kind, ProblemKind::UnknownParameter { .. }))
    };
    assert_eq!(about("AttributeNames"), None);
    let problem = about("AtttributeNames").unwrap();
    assert_eq!(problem.replacement.as_deref(), Some("AttributeNames"));
    assert_eq!(
        problem.place,
        Place::Argument("/InputDataConfig/0/DataSource/S3DataSource/AtttributeNames".to_owned())
    );
}

/// Step Functions guide, "Integrating optimized services": which pattern each supports.
#[test]
fn patterns_of_the_guide() {
    use Pattern::{Sync, Sync2, WaitForTaskToken};
    let table: [(&str, &[Pattern]); 24] = [
        ("apigateway:invoke", &[WaitForTaskToken]),
        ("athena:startQueryExecution", &[Sync]),
        ("athena:getQueryResults", &[]),
        ("batch:submitJob", &[Sync]),
        ("bedrock:invokeModel", &[WaitForTaskToken]),
        ("bedrock:createModelCustomizationJob", &[Sync]),
        ("bedrockagentcore:invokeHarness", &[]),
        ("codebuild:startBuild", &[Sync]),
        ("codebuild:retryBuildBatch", &[Sync]),
        ("codebuild:deleteBuildBatch", &[]),
        ("dynamodb:updateItem", &[]),
        ("ecs:runTask", &[Sync, WaitForTaskToken]),
        ("eks:runJob", &[Sync]),
        ("elasticmapreduce:addStep", &[Sync]),
        ("emr-containers:createVirtualCluster", &[]),
        ("emr-serverless:startApplication", &[Sync]),
        ("events:putEvents", &[WaitForTaskToken]),
        ("glue:startJobRun", &[Sync]),
        ("lambda:invoke", &[WaitForTaskToken]),
        ("mediaconvert:createJob", &[Sync]),
        ("sagemaker:createTrainingJob", &[Sync]),
        ("sagemaker:createEndpoint", &[]),
        ("sns:publish", &[WaitForTaskToken]),
        ("states:startExecution", &[Sync, Sync2, WaitForTaskToken]),
    ];
    for (name, more) in table {
        let found: Vec<Pattern> = integration(name).unwrap().patterns().collect();
        assert_eq!(
            found,
            [&[Pattern::RequestResponse], more].concat(),
            "{name}"
        );
    }
    // The table says Standard, the page on EKS says not supported.
    assert_eq!(
        integration("eks:createCluster")
            .unwrap()
            .supports(WaitForTaskToken),
        Support::Disputed
    );
}

#[test]
fn what_the_sdk_for_java_makes_of_a_model() {
    // customization.config of s3, rds and glacier.
    let copy = service("s3").unwrap().action("copyObject").unwrap();
    assert_eq!(copy.required().count(), 0);
    assert!(copy.parameter("DestinationBucket").is_some());
    let snapshot = service("rds").unwrap().action("copyDBSnapshot").unwrap();
    assert!(snapshot.parameter("SourceRegion").is_some());
    let vault = service("glacier").unwrap().action("createVault").unwrap();
    let required: Vec<&str> = vault.required().map(|parameter| parameter.name).collect();
    assert_eq!(required, ["VaultName"]);
    // What the SDK makes up when it is not given.
    let run = service("ecs").unwrap().action("runTask").unwrap();
    assert!(!run.parameter("ClientToken").unwrap().required);
}

#[test]
fn error_names() {
    // Guide, "Run Amazon ECS or Fargate tasks": placement failures.
    assert_eq!(optimized_error_prefixes("ecs"), ["ECS", "AmazonECS"]);
    let certain = |resource: &Resource, name: &str| {
        let problem = resource
            .error_problem(name)
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(problem.certainty, Certainty::Certain, "{name}");
        problem.replacement.unwrap()
    };
    let update = optimized("dynamodb:updateItem");
    assert_eq!(
        certain(&update, "DynamoDb.ConditionalCheckFailedException"),
        "DynamoDB.ConditionalCheckFailedException"
    );
    let write = sdk("dynamodb:updateItem");
    assert_eq!(
        certain(&write, "DynamoDB.ConditionalCheckFailedException"),
        "DynamoDb.ConditionalCheckFailedException"
    );
    assert_eq!(
        certain(
            &sdk("sfn:startExecution"),
            "StepFunctions.ExecutionAlreadyExists"
        ),
        "Sfn.ExecutionAlreadyExistsException"
    );
    // Measured: wellcomecollection/catalogue-pipeline#3554.
    assert_eq!(
        certain(&optimized("ecs:runTask.sync"), "Ecs.ServerException"),
        "ECS.ServerException"
    );
    assert_eq!(
        certain(&sdk("ssm:getParameter"), "ParameterNotFound"),
        "Ssm.ParameterNotFoundException"
    );
    assert_eq!(
        certain(&sdk("rds:deleteDBInstance"), "Rds.DBInstanceNotFoundFault"),
        "Rds.DbInstanceNotFoundException"
    );
    for (resource, name) in [
        (&update, "DynamoDB.AmazonDynamoDBException"),
        (&update, "States.ALL"),
        (&write, "DynamoDb.DynamoDbException"),
        (&write, "DynamoDb.SdkClientException"),
        (&write, "${ErrorName}"),
        (&optimized("ecs:runTask.sync"), "AmazonECS.Unknown"),
        (&optimized("lambda:invoke"), "OrderInvalid"),
        (&optimized("sqs:sendMessage.waitForTaskToken"), "Rejected"),
        (
            &optimized("http:invoke"),
            "Events.ConnectionResource.AuthInProgress",
        ),
        (
            &sdk("rds:deleteDBInstance"),
            "Rds.DbInstanceNotFoundException",
        ),
        (
            &sdk("memorydb:createCluster"),
            "MemoryDB.ClusterAlreadyExistsException",
        ),
    ] {
        assert_eq!(resource.error_problem(name), None, "{name}");
    }
    // Optimized integrations name it after the older SDK, as in `SQS.AmazonSQSException`: nothing is offered in its place.
    let of_all = optimized("sqs:sendMessage").error_problem("Sqs.SqsException");
    assert_eq!(of_all.unwrap().replacement, None);
    assert_eq!(
        write.error_problem("Order.Invalid").unwrap().certainty,
        Certainty::Probable
    );
}

/// Service Authorization Reference, and the policies of the Step Functions guide.
#[test]
fn permissions() {
    let actions = |resource: &Resource| -> Vec<String> {
        resource
            .permissions()
            .into_iter()
            .map(|permission| permission.action)
            .collect()
    };
    assert_eq!(actions(&sdk("dynamodb:putItem")), ["dynamodb:PutItem"]);
    assert_eq!(
        actions(&sdk("sfn:startExecution")),
        ["states:StartExecution"]
    );
    assert_eq!(actions(&sdk("s3:listObjectsV2")), ["s3:ListBucket"]);
    assert_eq!(
        actions(&sdk("s3:copyObject")),
        ["s3:GetObject", "s3:PutObject"]
    );
    assert_eq!(actions(&sdk("lambda:invoke")), ["lambda:InvokeFunction"]);
    assert_eq!(
        actions(&sdk("cloudwatchlogs:putLogEvents")),
        ["logs:PutLogEvents"]
    );
    assert_eq!(actions(&sdk("apigateway:getRestApis")), ["apigateway:GET"]);
    assert_eq!(
        actions(&optimized("lambda:invoke")),
        ["lambda:InvokeFunction"]
    );
    assert_eq!(
        actions(&optimized("glue:startJobRun")),
        ["glue:StartJobRun"]
    );
    assert_eq!(
        actions(&optimized("glue:startJobRun.sync")),
        [
            "glue:StartJobRun",
            "glue:GetJobRun",
            "glue:GetJobRuns",
            "glue:BatchStopJobRun"
        ]
    );
    assert_eq!(
        actions(&optimized("states:startExecution.sync:2")),
        [
            "states:StartExecution",
            "states:DescribeExecution",
            "states:StopExecution",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule"
        ]
    );
    let managed = optimized("ecs:runTask.sync").permissions();
    assert!(managed.iter().any(|permission| permission.purpose
        == Purpose::ManagedRule("StepFunctionsGetEventsForECSTaskRule")));
    let function = Resource::parse("arn:aws:lambda:eu-west-1:123456789012:function:f").unwrap();
    assert_eq!(actions(&function), ["lambda:InvokeFunction"]);
    let run = sdk("ecs:runTask").permissions();
    assert_eq!(run[0].action, "ecs:RunTask");
    assert!(
        run.iter()
            .any(|permission| permission.action == "iam:PassRole"
                && permission.purpose == Purpose::Dependent)
    );
}

/// Service Authorization Reference, 2026-11-22: `DynamoDB`, Amazon SNS, Amazon EC2, Amazon Rekognition.
#[test]
fn iam_actions_are_limited_to_what_the_reference_says() {
    let kinds = |action| {
        let limits = catalogue::iam_limits(action)?;
        Some(
            limits
                .iter()
                .map(|limit| (limit.kind, limit.required))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(kinds("dynamodb:PutItem"), Some(vec![("table", true)]));
    assert_eq!(
        kinds("dynamodb:Query"),
        Some(vec![("index", false), ("table", true)])
    );
    assert_eq!(kinds("sns:Publish"), Some(vec![("topic", true)]));
    assert_eq!(kinds("rekognition:DetectLabels"), Some(Vec::new()));
    assert_eq!(kinds("dynamodb:MakeTea"), None);
    assert_eq!(kinds("nothing"), None);
    let table = catalogue::iam_limits("dynamodb:PutItem").unwrap();
    assert_eq!(
        table[0].arn,
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
    );
}
