"""A client without a network: it asks the service's own code, with a key each time.

It writes down what it saw as those over HTTP do, so that the same checker judges it.
"""

from __future__ import annotations

import hashlib
import json

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import OutcomeUnknown, StoreUnavailable
from seriatim.service.idempotency import KeyUse, running_keys
from seriatim.service.numbers import IssueAsk
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk
from tests.fault.insistent_clients import History, HttpAnswer
from tests.stepped_issuing import finish, refuse, stepped_issuing, write_batch


class KeyedClient:
    """Shape: `asked` holds every key so far."""

    def __init__(self, desk: Desk) -> None:
        self.history = History()
        self.asked: list[str] = []
        self._desk = desk
        self.use(desk.store)

    def use(self, store: SqlStore) -> None:
        """Go on with another store, as after a restart."""
        self._desk.store = store
        running_keys._places.clear()
        self._issuing = stepped_issuing(store, self._desk.clock, lambda _: None)

    def ask(self, key: str) -> str:
        """`ok`, or `unknown` where the answer would be a 503."""
        if key not in self.asked:
            self.asked.append(key)
        body = json.dumps({"documentType": "invoice", "reference": key}).encode()
        operation = self.history.invoked(key, body)
        return self.history.ended(operation, self._answer(key, body))

    def _answer(self, key: str, body: bytes) -> HttpAnswer | None:
        caller = self._desk.asking()
        fingerprint = hashlib.sha256(body).digest()
        use = KeyUse(caller.tenant_id, caller.entity_id, caller.client_id or "", key, fingerprint)
        request = IssueRequest(DocumentType.INVOICE, reference=key)
        ticket = self._issuing.submit(IssueAsk(caller, request, (), finish, refuse, use))
        write_batch(self._issuing)
        try:
            answered = ticket.result()
        except (StoreUnavailable, OutcomeUnknown):
            return None
        headers = {
            "zuora-request-id": caller.request_id,
            "idempotent-replayed": str(answered.is_replay).lower(),
        }
        return HttpAnswer(answered.answer.status, headers, answered.answer.body)
