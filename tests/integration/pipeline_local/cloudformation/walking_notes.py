"""Properties that no API gives back as the template writes them, each with the reason."""

from __future__ import annotations

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
