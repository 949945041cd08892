"""Which files of an assembly are templates, and where in them a resource stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops.evidence.templates import Place, place_of, templates_of

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = json.dumps({"Parameters": {}, "Resources": {"Role": {"Type": "A::B::C"}}}, indent=1)


def _assembly(folder: Path) -> None:
    stacks = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{file}.template.json", "stackName": name},
        }
        for name, file in (("named-one", "one"), ("named-two", "two"))
    }
    inner = folder / "assembly-dev"
    (inner / "asset.code").mkdir(parents=True)
    (inner / "manifest.json").write_text(json.dumps({"artifacts": stacks}))
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"dev": nested}}))
    for name in ("one.template.json", "two.template.json", "asset.product.json"):
        (inner / name).write_text(_TEMPLATE)
    (inner / "asset.code" / "data.json").write_text(_TEMPLATE)
    (inner / "tree.json").write_text('{"Resources": "none"}')
    (inner / "broken.json").write_text('{"Resources": ')


def test_of_an_assembly_stacks_and_products_are_templates_and_assets_of_code_are_not(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "cdk.out"
    _assembly(folder)
    templates = templates_of([folder])
    assert [(each.name, each.stack) for each in templates] == [
        ("cdk.out/assembly-dev/asset.product.json", "assembly-dev.asset.product"),
        ("cdk.out/assembly-dev/one.template.json", "named-one"),
        ("cdk.out/assembly-dev/two.template.json", "named-two"),
    ]
    place = place_of("named-two/Role, policy own", templates)
    assert place == Place("cdk.out/assembly-dev/two.template.json", "named-two/Role", 4)
    assert place_of("dev", templates).line is None


def test_the_lines_of_yaml_and_of_json_in_one_line(tmp_path: Path) -> None:
    yaml, json_ = tmp_path / "yaml.yaml", tmp_path / "json.json"
    yaml.write_text("Resources:\n  # a role\n  Role:\n    Type: !Ref X\n    Other: {Role: 1}\n")
    json_.write_text('{"Outputs":{"Role":{}},\n"Resources":{"Role":{"Type":"A::B::C"}}}')
    yaml.write_text(yaml.read_text().replace("!Ref X", "A::B::C"))
    for file, line in ((yaml, 3), (json_, 2)):
        (template,) = templates_of([file])
        assert template.lines == {"Role": line}
