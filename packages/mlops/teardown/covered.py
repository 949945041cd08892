"""Types of resources that need no search after a tear-down."""

# Types that are not looked for: the type that they go with, and why they cannot stay alone.
COVERED = {
    "AWS::EC2::SecurityGroupEgress": ("AWS::EC2::SecurityGroup", "a rule of its group"),
    "AWS::EC2::SecurityGroupIngress": ("AWS::EC2::SecurityGroup", "a rule of its group"),
    "AWS::EC2::SubnetRouteTableAssociation": ("AWS::EC2::Subnet", "a property of its subnet"),
    "AWS::EC2::VPCDHCPOptionsAssociation": ("AWS::EC2::VPC", "a property of its VPC"),
    "AWS::Events::EventBusPolicy": ("AWS::Events::EventBus", "a property of its bus"),
    "AWS::IAM::Policy": ("AWS::IAM::Role", "written into its role"),
    "AWS::Lambda::Permission": ("AWS::Lambda::Function", "a statement of its function's policy"),
    "AWS::S3::BucketPolicy": ("AWS::S3::Bucket", "a property of its bucket"),
    "AWS::SNS::Subscription": ("AWS::SNS::Topic", "DeleteTopic deletes its subscriptions"),
    "AWS::SNS::TopicPolicy": ("AWS::SNS::Topic", "a property of its topic"),
    "AWS::ServiceCatalog::LaunchRoleConstraint": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of a product in its portfolio",
    ),
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of its portfolio",
    ),
    "AWS::ServiceCatalog::PortfolioProductAssociation": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of its portfolio",
    ),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::Queue", "a property of its queue"),
    "Custom::CDKBucketDeployment": ("AWS::S3::Bucket", "objects in a bucket"),
    "Custom::VpcRestrictDefaultSG": ("AWS::EC2::VPC", "rules of the VPC's own group"),
}
