from __future__ import annotations

import json

import pytest

from seriatim.http.faults import TransportFault
from seriatim.http.forms import FORM_BYTES_MAX, form_fields, oauth_error, oauth_success
from seriatim.http.query import flag, known_parameters

KNOWN = frozenset({"page", "name", "dryRun"})


def test_known_parameters_are_decoded_and_others_ignored() -> None:
    query = known_parameters(b"page=2&name=a+b%2Bc%C3%A9&other=1&other=2&", KNOWN)
    assert dict(query) == {"page": "2", "name": "a b+cé"}
    assert dict(known_parameters(b"", KNOWN)) == {}
    assert dict(known_parameters(b"page", KNOWN)) == {"page": ""}
    assert dict(known_parameters(b"p%61ge=1", KNOWN)) == {"page": "1"}


@pytest.mark.parametrize("query", [b"page=1&page=1", b"page=1&p%61ge=2", b"name=%ff", b"name=%00"])
def test_ambiguous_or_unreadable_parameter_is_refused(query: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        known_parameters(query, KNOWN)
    assert (caught.value.status, caught.value.category) == (400, 27)


def test_flag() -> None:
    assert flag(known_parameters(b"dryRun=true", KNOWN), "dryRun")
    assert not flag(known_parameters(b"dryRun=false", KNOWN), "dryRun")
    assert not flag(known_parameters(b"", KNOWN), "dryRun")
    for value in (b"1", b"True", b"", b"yes"):
        with pytest.raises(TransportFault, match="dryRun"):
            flag(known_parameters(b"dryRun=" + value, KNOWN), "dryRun")


def test_form_is_decoded() -> None:
    assert form_fields(b"a=1&b=x+y%26%3D&c=&&d") == {"a": "1", "b": "x y&=", "c": "", "d": ""}
    assert form_fields(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=1",
        b"a=1&%61=2",
        b"a=%ff",
        b"a=%00",
        b"a=" + b"x" * FORM_BYTES_MAX,
        b"&".join(b"a%d=1" % number for number in range(21)),
    ],
)
def test_form_beyond_its_rules_is_refused(body: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        form_fields(body)
    assert caught.value.status == 400


def test_answers_of_the_token_endpoint_have_the_form_of_their_own_standard() -> None:
    error = oauth_error(401, "invalid_client", "no", ((b"www-authenticate", b"Basic"),))
    assert json.loads(error.body) == {"error": "invalid_client", "error_description": "no"}
    assert error.status == 401
    assert dict(error.headers) == {b"pragma": b"no-cache", b"www-authenticate": b"Basic"}
    assert oauth_success({"token_type": "bearer"}).body == b'{"token_type":"bearer"}'
