"""A finding fails every synthesis."""

from __future__ import annotations


def test_the_command_line_cannot_have_findings_ignored() -> None:
    import aws_cdk as cdk

    from stacks.rule_packs import FAIL, add_rule_packs

    # What `cdk synth` hands to the app.
    app = cdk.App(context={FAIL: False})
    add_rule_packs(app)
    assert app.node.get_context(FAIL) is True
