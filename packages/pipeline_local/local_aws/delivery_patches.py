"""Patches of CodeCommit, CodeBuild and Service Catalog for inspecting what a delivery leaves.

As in `moto_patches`, each function patches one defect of moto 5.2.5.
"""

from __future__ import annotations

import json
from typing import Any

from pipeline_local.local_aws.moto_patches import put


def install() -> None:
    """Apply all patches below."""
    repositories_can_be_listed()
    builds_can_be_deleted()
    products_can_be_searched()


def repositories_can_be_listed() -> None:
    """Answer ListRepositories, which moto does not know."""
    from moto.codecommit.responses import CodeCommitResponse

    def answer(self: Any) -> str:
        found = [
            {key: each.repository_metadata[key] for key in ("repositoryName", "repositoryId")}
            for each in self.codecommit_backend.repositories.values()
        ]
        return json.dumps({"repositories": found})

    put(CodeCommitResponse, "list_repositories", answer)


def builds_can_be_deleted() -> None:
    """Answer BatchDeleteBuilds, which moto does not know."""
    from moto.codebuild.responses import CodeBuildResponse

    def answer(self: Any) -> str:
        backend, deleted = self.codebuild_backend, []
        for identity in self._get_param("ids"):
            for project, known in backend.build_history.items():
                if identity in known:
                    known.remove(identity)
                    history = backend.build_metadata_history[project]
                    history[:] = [each for each in history if each["id"] != identity]
                    deleted.append(identity)
        return json.dumps({"buildsDeleted": deleted})

    put(CodeBuildResponse, "batch_delete_builds", answer)


def products_can_be_searched() -> None:
    """Answer SearchProductsAsAdmin, and SearchProvisionedProducts with none; moto knows neither."""
    from moto.servicecatalog.responses import ServiceCatalogResponse

    def products(self: Any) -> str:
        found = [
            {"ProductViewSummary": {"Name": each.name, "ProductId": each.id}}
            for each in self.servicecatalog_backend.products.values()
        ]
        return json.dumps({"ProductViewDetails": found})

    def launched(_self: Any) -> str:
        return json.dumps({"ProvisionedProducts": []})

    put(ServiceCatalogResponse, "search_products_as_admin", products)
    put(ServiceCatalogResponse, "search_provisioned_products", launched)
