from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.errors import Category, Rejected
from seriatim.domain.limits import JSON_DEPTH_MAX, JSON_INTEGER_DIGITS_MAX
from seriatim.http.faults import TransportFault
from seriatim.http.json_codec import decode, encode, encode_without_decimals
from seriatim.http.wire.paths import camel_path

_EXACT = [0, -1, 2**31, 2**53 - 1, 2**53 + 1, 2**63 - 1, 2**63, 10**19, 10**20 - 1, 10**20]


@pytest.mark.parametrize("number", [*_EXACT, 10**JSON_INTEGER_DIGITS_MAX - 1])
def test_whole_numbers_go_both_ways_to_the_last_digit(number: int) -> None:
    value = decode(b'{"startNumber":%d}' % number)
    assert value == {"startNumber": number}
    assert encode(value) == b'{"startNumber":%d}' % number
    assert encode_without_decimals(value) == encode(value)


@pytest.mark.parametrize("text", ["1.0", "1e3", "0.1", "-0.00", "12345678901234567890.123456789"])
def test_other_numbers_are_decimals_and_never_floats(text: str) -> None:
    value = decode(text.encode())
    assert isinstance(value, Decimal)
    assert value == Decimal(text)
    assert Decimal(encode([value, "x"]).decode()[1:].split(",")[0]) == Decimal(text)


def test_decimals_are_written_out_and_not_as_text() -> None:
    value = {"amount": Decimal("10.50"), "list": [Decimal("1E+3"), 10**20], "empty": [{}, [], ()]}
    assert encode(value) == (
        b'{"amount":10.50,"list":[1000,100000000000000000000],"empty":[{},[],[]]}'
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b"{} {}", "line 1, column 4"),
        (b"{}x", "column 3"),
        (b"01", "column 2"),
        (b"[1,]", "column"),
        (b"{'a':1}", "column 2"),
        (b'{"a":1,"b":2,"a":3}', "the key 'a' stands twice"),
        (b'[{"x":{"y":1,"y":1}}]', "the key 'y' stands twice"),
        (b'{"\\ud800":1,"\\ud800":2}', r"the key '\ud800' stands twice"),
        (b"NaN", "NaN is no JSON value"),
        (b"[Infinity]", "Infinity is no JSON value"),
        (b"-Infinity", "-Infinity is no JSON value"),
        (b'"\x00"', "column"),
        (b'"\n"', "column"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_json_or_means_two_things_is_malformed(body: bytes, told: str) -> None:
    with pytest.raises(TransportFault) as caught:
        decode(body)
    assert (caught.value.status, caught.value.category) == (400, Category.MALFORMED)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (rb'{"a":[0,"x\u0000y"]}', "a[1]"),
        (rb'{"sequence_sets":[{"name":"\ud800"}]}', "sequence_sets[0].name"),
        (rb'"\udc00\ud800"', ""),
        (rb'{"a":{"\u0000":1}}', "a"),
        (rb'{"\ud83d":1}', ""),
        (b'{"n":%b}' % (b"1" * (JSON_INTEGER_DIGITS_MAX + 1)), "n"),
        (b'{"n":%b}' % (b"9" * 5000), "n"),
        (b"[1e999999999]", "[0]"),
        (b"[1E-999999999]", "[0]"),
        (b"[1e00000000000000000000000401]", "[0]"),
        (b"[0.%b]" % (b"1" * JSON_INTEGER_DIGITS_MAX), "[0]"),
    ],
)
def test_value_out_of_bounds_is_named_by_its_path(body: bytes, path: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode(body)
    (violation,) = caught.value.violations
    assert violation.category is Category.INVALID_VALUE
    assert camel_path(violation.full_path) == path


def test_every_value_out_of_bounds_is_named_in_the_order_of_the_text() -> None:
    with pytest.raises(Rejected) as caught:
        decode(rb'{"b":"\u0000","a":[1e999,{"c":"\ud800"}]}')
    paths = [camel_path(violation.path) for violation in caught.value.violations]
    assert paths == ["b", "a[0]", "a[1].c"]


def test_reasons_of_one_text_are_bounded() -> None:
    with pytest.raises(Rejected) as caught:
        decode(b"[" + rb'"\u0000",' * 5000 + b"1]")
    assert len(caught.value.violations) == 20


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_ends_at_its_bound(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    def nested(depth: int) -> bytes:
        return opening * depth + b"1" + closing * depth

    assert decode(nested(JSON_DEPTH_MAX)) is not None
    for depth in (JSON_DEPTH_MAX + 1, 900, 5000, 100_000):
        with pytest.raises(Rejected, match="nests deeper") as caught:
            decode(nested(depth))
        assert caught.value.violations[0].category is Category.INVALID_VALUE


def test_much_but_flat_is_not_deep() -> None:
    assert decode(b"[" + b"[]," * 10_000 + b"{}]") == [[]] * 10_000 + [{}]


def test_pairs_of_surrogates_are_one_character() -> None:
    assert decode(rb'"\ud83d\ude00\u00e9\u2028"') == "😀é\u2028"
    assert encode('😀é\u2028\n"\\') == '"😀é\u2028\\n\\"\\\\"'.encode()


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_what_json_has_no_form_for_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        encode({"a": value})


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan")])
def test_what_is_no_number_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|compliant"):
        encode([value])


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))
    | st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20
    ).filter(lambda number: int(number.as_tuple().exponent) in range(-300, 0)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=20,
)


@given(_JSON)
def test_whatever_is_written_is_read_back_the_same(value: Any) -> None:
    read = decode(encode(value))
    assert read == value


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = decode(body)
    except (TransportFault, Rejected):
        return
    assert json.loads(body) is not None or value is None
