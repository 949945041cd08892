"""Parameters: types, defaults, what the user gives."""

from __future__ import annotations

import pytest

from mlops_common.errors import MlopsError
from pipeline_schema.parameters import Parameter, bind_parameters, parse_assignments
from pipeline_schema.retries import RetryPolicy, policy_for

DECLARED = {
    parameter.name: parameter
    for parameter in (
        Parameter("Name", "String", "x", ("x", "y")),
        Parameter("Count", "Integer", 1),
        Parameter("Rate", "Float", 0.5),
        Parameter("Flag", "Boolean", False),
    )
}


def test_defaults_and_given_values_are_typed() -> None:
    given = parse_assignments(["Name=y", "Count=3", "Rate=2", "Flag=True"])
    assert bind_parameters(DECLARED, given) == {"Name": "y", "Count": 3, "Rate": 2.0, "Flag": True}
    assert bind_parameters(DECLARED, {})["Flag"] is False


def test_a_value_may_hold_equals_signs() -> None:
    assert parse_assignments(["Name=a=b="]) == {"Name": "a=b="}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"Nmae": "x"},
            "parameter Nmae: the pipeline has none of that name; it has: Name, Count, Rate, Flag",
        ),
        ({"Count": "1.5"}, "parameter Count: '1.5' is not of type Integer"),
        ({"Rate": "high"}, "parameter Rate: 'high' is not of type Float"),
        ({"Rate": "nan"}, "parameter Rate: 'nan' is not of type Float"),
        ({"Rate": "inf"}, "parameter Rate: 'inf' is not of type Float"),
        *(
            ({"Count": text}, f"parameter Count: {text!r} is not of type Integer")
            for text in (" 7", "7\n", "1_000", "\u0663", "+7", "07", "", "9" * 5000)
        ),
        *(
            ({"Rate": text}, f"parameter Rate: {text!r} is not of type Float")
            for text in ("1_0", " 1.5", "\u0663.5", ".5", "1e999")
        ),
        ({"Flag": "1"}, "parameter Flag: '1' is not of type Boolean"),
        ({"Name": "z"}, "parameter Name: 'z' is not one of x, y"),
    ],
)
def test_wrong_values_are_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(MlopsError) as error:
        bind_parameters(DECLARED, given)
    assert str(error.value) == words


def test_a_parameter_without_default_must_be_given() -> None:
    with pytest.raises(MlopsError, match="parameter Url: has no default; give --parameter Url="):
        bind_parameters({"Url": Parameter("Url", "String")}, {})


@pytest.mark.parametrize("text", ["Name", "=x"])
def test_assignments_need_a_name_and_an_equals_sign(text: str) -> None:
    with pytest.raises(MlopsError, match="write it as NAME=VALUE"):
        parse_assignments([text])


def test_retries_end_by_number_or_by_time() -> None:
    by_number = RetryPolicy(("Step.THROTTLING",), 2, 3, max_attempts=2)
    assert [by_number.wait_before(n, 0) for n in (1, 2, 3)] == [2, 6, None]
    by_time = RetryPolicy(("Step.SERVICE_FAULT",), 10, 1, expire_after_seconds=60)
    assert by_time.wait_before(5, elapsed=50) == 10
    assert by_time.wait_before(6, elapsed=51) is None
    assert policy_for([by_number, by_time], "Step.SERVICE_FAULT") is by_time
    assert policy_for([by_number], "") is None
