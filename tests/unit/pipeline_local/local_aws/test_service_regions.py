"""The Regions of a service, without reading its whole model."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from pipeline_local.local_aws import service_regions

SERVICES = ("codecommit", "ecr", "iam", "sts", "no-such-service")


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((Session, "get_available_regions"), (JSONFileLoader, "load_file")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # taken back afterwards
    service_regions.install()


def _regions() -> dict[str, Any]:
    session = Session()
    places = [(s, p) for s in SERVICES for p in ("aws", "aws-cn")]
    return {f"{s} {p}": session.get_available_regions(s, p) for s, p in places}


BEFORE = _regions()


@pytest.mark.usefixtures("_installed")
def test_regions_are_those_that_botocore_names_and_no_model_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = list[str]()
    known = Loader.load_service_model

    def load(self: Any, service: str, *args: Any, **kwargs: Any) -> Any:
        read.append(service)
        return known(self, service, *args, **kwargs)

    monkeypatch.setattr(Loader, "load_service_model", load)
    assert BEFORE["codecommit aws"]
    assert _regions() == BEFORE
    assert set(read) == {"no-such-service"}
    assert Session().get_service_data("codecommit")["operations"]  # whole for everybody else
