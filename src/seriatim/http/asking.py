"""From a request to what is asked of the issuer, with all that its answer needs."""

from __future__ import annotations

from collections.abc import Callable

from seriatim.domain.caller import Caller
from seriatim.domain.errors import InvariantBroken, SeriatimError
from seriatim.http.endpoint import ApiRequest, Coalesced, CoalescedDocuments, Result
from seriatim.http.json_codec import encode
from seriatim.service.document_orders import DocumentAsk
from seriatim.service.idempotency import FinishedAnswer, KeyUse
from seriatim.service.numbers import Ask, IssueAsk

Refuse = Callable[[SeriatimError], FinishedAnswer]


def ask_for(
    coalesced: Coalesced | CoalescedDocuments,
    request: ApiRequest,
    refuse: Refuse,
    used: KeyUse | None,
) -> Ask:
    """Errors: whatever refuses the request as a whole, before it waits for anybody."""
    if isinstance(coalesced, CoalescedDocuments):
        wanted = coalesced.ask(request)
        return DocumentAsk(
            request.caller,
            wanted.orders,
            wanted.is_atomic,
            lambda outcomes: finished(coalesced.result(request, outcomes)),
            refuse,
            used,
        )
    faults, asked = coalesced.ask(request)
    return IssueAsk(
        request.caller,
        asked,
        faults,
        lambda issued: finished(coalesced.result(issued)),
        refuse,
        used,
    )


def unreadable_ask(
    caller: Caller, error: SeriatimError, refuse: Refuse, used: KeyUse
) -> DocumentAsk:
    """For a request that is refused already, so that its key keeps the refusal."""
    return DocumentAsk(caller, error, True, _never_finished, refuse, used)


def _never_finished(_: object) -> FinishedAnswer:
    raise InvariantBroken("a request that could not be read was carried out")


def finished(result: Result) -> FinishedAnswer:
    return FinishedAnswer(result.status, result.headers, encoded(result.body))


def encoded(body: object) -> bytes:
    return body if isinstance(body, bytes) else encode(body)
