"""Properties that no API gives back as the template writes them, each with the reason."""

from __future__ import annotations

# Types whose `Ref` is not the identifier of the registry's schema, by the template reference.
OTHER_IDS = {
    "AWS::Events::Rule": "the rule's name, after its bus where that is not the default one",
    "AWS::Glue::Table": "the table's name, without account and database",
}
REASONS = {
    "AWS::CodeBuild::ReportGroup DeleteReports": "only read when the group is deleted",
    "AWS::CodePipeline::Pipeline RestartExecutionOnUpdate": "only read at an update",
    "AWS::KMS::Key PendingWindowInDays": "only read when the key is deleted",
    "AWS::S3::Bucket BucketEncryption.ServerSideEncryptionConfiguration": (
        "S3 adds BucketKeyEnabled where a template does not say it"
    ),
    "AWS::ServiceCatalog::CloudFormationProduct ProvisioningArtifactParameters": (
        "the API gives ids, names and descriptions of versions, not where they were read from"
    ),
}
