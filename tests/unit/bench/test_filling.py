"""Sets put straight into the tables are what the service would have made of them."""

from __future__ import annotations

import uuid

from bench.filling import fill, set_name, set_number
from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import NumberingInput, SequenceSetInput
from seriatim.service.founding import GivenSecrets, found
from seriatim.service.sequence_sets import create_sets, get_set, list_sets
from seriatim.store.sql_store import SqlStore


def test_filled_sets_are_read_listed_and_followed_by_others(store: SqlStore) -> None:
    clock = SystemClock()
    founded = store.run(lambda tx: found(tx, GivenSecrets(), clock=clock, actor="cli:test"))
    fill(store, founded, 3)
    caller = Caller(founded.tenant_id, founded.entity_id, "cli:test", Role.ADMIN, str(uuid.uuid4()))
    requested = SequenceSetInput(
        name="Next",
        numbering={
            document_type: NumberingInput(f"N{document_type.value[:4]}-", 7)
            for document_type in DocumentType
        },
    )
    store.run(lambda tx: create_sets(tx, caller, [requested], clock=clock))
    with store.read() as transaction:
        page = list_sets(transaction, caller, page=1, page_size=40)
        filled = get_set(transaction, caller, set_name(2))
        made = get_set(transaction, caller, "Next")
    names = [view.sequence_set.name for view in page.sets]
    assert names == ["DEFAULT", set_name(1), set_name(2), set_name(3), "Next"]
    assert filled.sequence_set.sequence_set_number == set_number(2)
    assert made.sequence_set.sequence_set_number == set_number(4)
    assert [series.document_type for series in filled.series] == list(DocumentType)
    assert {series.next_number for series in filled.series} == {1}
    assert made.sequence_set.series.keys() == filled.sequence_set.series.keys()
