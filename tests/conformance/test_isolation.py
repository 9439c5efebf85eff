"""Nobody reaches another entity's rows, whatever ids are handed to the store or the service."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from seriatim.domain.billing import Application, DocumentItem
from seriatim.domain.caller import Role
from seriatim.domain.document_number import NumberRange
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Conflict, InvariantBroken, NotFound, Rejected
from seriatim.domain.register import EntryKind
from seriatim.domain.rules.set_state import PrefixOwner, SetUse
from seriatim.domain.sequence_set import EntitySettings
from seriatim.engine.chain import appended
from seriatim.service import access, series
from seriatim.service.certified_range import CertificateRequest
from seriatim.service.proofs import make_certificate
from seriatim.service.signing import new_signing_keys
from seriatim.store.counting_queries import DailyTotal, Moved, SeriesToCount
from seriatim.store.import_queries import ImportJob, NumberText
from seriatim.store.settings_queries import AuditEntry
from seriatim.store.sql_store import EntityBooks, SqlStore
from seriatim.store.upload_queries import ImportUpload
from seriatim.store.verification_queries import KeptVerification
from tests.conformance.desk import Desk, execute, new_desk
from tests.samples import (
    NOON,
    REQUEST_ID,
    TODAY,
    new_set,
    numbering,
    sample_account,
    sample_content,
    sample_document,
    wanted_set,
)

PREFIX = "SECRET-"


TEXT = NumberText(f"{PREFIX}00000008", DocumentType.INVOICE, None, "secret", "me", REQUEST_ID, NOON)
ITEM = DocumentItem(1, "8" * 32, Decimal(100), {"chargeName": "secret"})
JOB = ImportJob("9" * 32, b"f" * 32, "running", 10, 5, "{}", "me", NOON)
TOTAL = DailyTotal(TODAY, DocumentType.INVOICE, Moved(3, 2, 1))
UPLOAD = ImportUpload(JOB.import_id, JOB.file_hash, 12, 0, NOON)


class Victim:
    """An entity with one of everything, and its ids."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.create(new_set("SECRET", number="SECRET-NO", invoice=(PREFIX, 5), chronological=True))
        desk.create(new_set("OTHER", invoice=(PREFIX + "2", 1)))
        desk.issue(sequence_set="SECRET", count=3, reference="secret")
        desk.update("SECRET", wanted_set(invoice=numbering(start_number=10)))
        self._void(1)
        self.set = desk.get("SECRET").sequence_set
        self.series = desk.series(PREFIX)
        self.account_id = desk.insert_account("SECRET-ACC", self.set.sequence_set_id)
        desk.insert_draft(self.set.sequence_set_id)
        self.document = sample_document(
            number=f"{PREFIX}00000007",
            document_id=uuid.uuid4().hex,
            account_id=self.account_id,
            sequence_set_id=self.set.sequence_set_id,
        )
        self.memo = replace(
            self.document,
            document_id=uuid.uuid4().hex,
            document_type=DocumentType.CREDIT_MEMO,
            number="SECRET-MEMO",
            referred_document_id=self.document.document_id,
        )
        desk.on_books(lambda books: books.insert_documents([self.document, self.memo]))
        desk.on_books(lambda books: books.insert_items([(self.document.document_id, ITEM)]))
        credited = (self.memo.document_id, replace(ITEM, item_id="7" * 32))
        desk.on_books(lambda books: books.insert_items([credited]))
        desk.on_books(lambda books: books.save_application(self.application, NOON))
        desk.on_books(lambda books: books.take_draft_numbers(DocumentType.INVOICE, 3))
        self.certificate = make_certificate(
            desk.store,
            desk.caller,
            self.series.key.series_id,
            CertificateRequest(),
            keys=new_signing_keys(),
            clock=desk.clock,
        )
        self._count()

    def _count(self) -> None:
        """And everything that the overview shows."""
        self.verification = KeptVerification(
            self.series.key.series_id, NOON, "me", None, 1, 1, fault_message="secret"
        )
        self.counted = SeriesToCount(
            self.series.key, DocumentType.INVOICE, "UTC", 1, self.series.last_entry_number, 5
        )
        for work in (
            lambda books: books.keep_verification(self.verification),
            lambda books: books.begin_tally(self.counted, 1),
            lambda books: books.add_to_daily_count("UTC", TODAY, self.series.key.series_id, 3),
            lambda books: books.add_to_daily_total("UTC", TOTAL),
        ):
            self.desk.on_books(work)
        execute(
            self.desk.store,
            "UPDATE seriatim_series SET stopped_because = 'secret' WHERE series_id = :series_id",
            {"series_id": self.desk.series(PREFIX + "2").key.series_id},
        )

    @property
    def application(self) -> Application:
        return Application(self.memo.document_id, self.document.document_id, Decimal(5))

    def _void(self, entry_number: int) -> None:
        voided = sample_content(5, kind=EntryKind.VOIDED, refers_to=entry_number, reason="secret")
        before = self.desk.series(PREFIX)
        after, entries = appended(before, [voided])
        self.desk.on_books(lambda books: books.append_entries(entries))
        self.desk.on_books(lambda books: books.advance_series([(after, before.last_entry_number)]))
        self.desk.insert_hold(PREFIX, 6)
        self.desk.on_books(lambda books: books.insert_number_texts([TEXT]))
        self.desk.on_books(lambda books: books.insert_import_job(JOB))
        self.desk.on_books(lambda books: books.insert_import_upload(UPLOAD))
        self.desk.on_books(
            lambda books: books.append_import_part(
                UPLOAD.import_id, first_byte=0, content=b"secret"
            )
        )

    def rows(self) -> dict[str, list[Any]]:
        """Everything the database holds of the entity."""
        store = self.desk.store
        owner: dict[str, object] = {
            "tenant_id": self.desk.caller.tenant_id,
            "entity_id": self.desk.caller.entity_id,
        }
        where = "tenant_id = :tenant_id AND entity_id = :entity_id"
        return {
            table: sorted(execute(store, f"SELECT * FROM {table} WHERE {where}", owner), key=str)
            for table in TABLES
        }


TABLES = [
    "seriatim_entity",
    "seriatim_sequence_set",
    "seriatim_sequence_set_key",
    "seriatim_prefix_owner",
    "seriatim_series",
    "seriatim_set_numbering",
    "seriatim_register",
    "seriatim_account",
    "seriatim_document",
    "seriatim_document_item",
    "seriatim_application",
    "seriatim_draft_counter",
    "seriatim_number_text",
    "seriatim_audit_entry",
    "seriatim_open_hold",
    "seriatim_checkpoint",
    "seriatim_certificate",
    "seriatim_import_job",
    "seriatim_import_upload",
    "seriatim_import_part",
    "seriatim_verification",
    "seriatim_series_tally",
    "seriatim_daily_count",
    "seriatim_daily_total",
]

Ask = Callable[[Victim], object]


def _holds(victim: Victim) -> list[Any]:
    caller = victim.desk.caller
    with victim.desk.store.read() as transaction:
        books: Any = transaction.books(caller.tenant_id, caller.entity_id)
        found: list[Any] = books.find_holds(victim.series.key.series_id, NumberRange(1, 100))
        return found


# What each parameter of a query is given: ids and keys of the victim.
ARGUMENTS: dict[str, Ask] = {
    "account_id": lambda v: v.account_id,
    "account_ids": lambda v: [v.account_id],
    "account_number": lambda _: "SECRET-ACC",
    "account_numbers": lambda _: ["SECRET-ACC"],
    "actor": lambda _: "me",
    "after": lambda _: (0, 0),
    "after_document_type": lambda _: "",
    "after_entry_number": lambda _: 0,
    "after_item_number": lambda _: 0,
    "after_number": lambda _: 0,
    "after_position": lambda _: 0,  # DEFAULT is the asker's own
    "after_prefix": lambda _: "s",
    "application": lambda v: v.application,
    "before_audit_number": lambda _: 2**62,
    "body": lambda _: "{}",
    "certificate_id": lambda v: v.certificate.certificate_id,
    "changed": lambda v: replace(v.set, name="HACKED"),
    "checkpoint": lambda v: v.certificate.checkpoint,
    "clear_until": lambda _: 1,
    "content": lambda _: b"hacked",
    "counted": lambda v: v.counted,
    "longer_max": lambda _: 9,
    "day": lambda _: TODAY,
    "document_id": lambda v: v.document.document_id,
    "document_ids": lambda v: [v.document.document_id],
    "document_type": lambda _: DocumentType.INVOICE,
    "documents": lambda v: [replace(v.document, number="HACKED", amount=Decimal(1))],
    "entries": lambda v: appended(v.series, [sample_content(8)])[1],
    "entry_number": lambda _: 2,
    "entry_numbers": lambda _: [1, 2, 3],
    "first_day": lambda _: date(1, 1, 1),
    "found": lambda v: replace(v.verification, fault_message="hacked"),
    "first_byte": lambda _: 0,
    "from_number": lambda _: 1,
    "hold": lambda v: _holds(v)[0],
    "holds": _holds,
    "issued_count": lambda _: 7,
    "issued_at": lambda _: NOON,
    "import_id": lambda _: JOB.import_id,
    "invoice_id": lambda v: v.document.document_id,
    "items": lambda v: [(v.document.document_id, replace(ITEM, item_number=2))],
    "job": lambda _: JOB,
    "key": lambda _: "SECRET",
    "key_folded": lambda _: "mine",
    "keys": lambda _: ["secret"],
    "keys_folded": lambda _: ["secret"],
    "lines_applied_before": lambda _: JOB.lines_applied,
    "moved": lambda v: [(v.series, v.series.last_entry_number)],
    "now": lambda _: datetime(9999, 1, 1, tzinfo=UTC),
    "new_text": lambda _: "hacked",
    "number": lambda v: v.document.number,
    "number_count": lambda _: 2,
    "numbers": lambda _: NumberRange(1, 100),
    "owner": lambda _: PrefixOwner(PREFIX, DocumentType.REFUND),
    "period": lambda _: (date(1, 1, 1), date(9999, 1, 1)),
    "position": lambda _: 99,
    "prefix": lambda _: PREFIX,
    "prefixes": lambda _: [PREFIX],
    "recorded_at": lambda _: NOON,
    "reference": lambda _: "secret",
    "row_count": lambda _: 9,
    "sequence_set": lambda v: v.set,
    "sequence_set_id": lambda v: v.set.sequence_set_id,
    "sequence_set_ids": lambda v: [v.set.sequence_set_id],
    "series": lambda v: v.series,
    "series_id": lambda v: v.series.key.series_id,
    "series_ids": lambda v: [v.series.key.series_id],
    "settings": lambda _: EntitySettings(time_zone="Asia/Tokyo"),
    "states": lambda v: [v.document.state],
    "skipped_rows": lambda _: 1,  # DEFAULT is the asker's own
    "text": lambda _: TEXT.text,
    "time_zone": lambda _: "UTC",
    "total": lambda _: TOTAL,
    "until": lambda _: date(9999, 1, 1),
    "up_to": lambda _: 99,
    "up_to_entry_number": lambda _: 99,
    "upload": lambda _: UPLOAD,
    "created_until": lambda _: datetime(9999, 1, 1, tzinfo=UTC),
    "parts_max": lambda _: 9,
    "created_at": lambda _: NOON,
    "within": lambda _: NumberRange(1, 100),
}
ARGUMENTS_OF_ONE: dict[tuple[str, str], Ask] = {
    ("find_document_ids", "numbers"): lambda v: [v.document.number],
    ("list_applications_from", "document_id"): lambda v: v.memo.document_id,
    ("list_documents_in_states", "after"): lambda _: (0, "0" * 32),
    ("list_documents_in_states_backwards", "before"): lambda _: (2**62, "f" * 32),
    ("list_documents_applied_to", "document_id"): lambda v: v.memo.document_id,
    ("insert_account", "new"): lambda v: sample_account(account_id=v.account_id),
    ("update_account", "changed"): lambda v: sample_account(account_id=v.account_id),
    ("find_entangled_series", "prefix"): lambda _: PREFIX + "2",
    ("find_few_entangled", "prefix"): lambda _: PREFIX + "2",
    ("find_series_entangled_with", "prefixes"): lambda _: [PREFIX + "2"],
    ("insert_audit_entry", "entry"): lambda _: AuditEntry(
        77, "update", "x", "y", "me", REQUEST_ID, None, None, NOON
    ),
    ("find_number_texts", "texts"): lambda _: [TEXT.text],
    ("insert_number_texts", "texts"): lambda _: [TEXT],
    ("insert_series", "new"): lambda v: v.series,
    ("insert_set", "new"): lambda v: v.set,
    ("clear_set_numbering", "left"): lambda v: v.series,
    ("point_set_at_series", "left"): lambda v: v.series,
    ("list_first_series_to_count", "row_count"): lambda _: 99,
    ("list_by_date", "after"): lambda _: (date(1, 1, 1), 0),
    ("list_by_reference", "after"): lambda _: ("0" * 32, 0),
    **{
        (f"list_sets_by_{order}", argument): given
        for order in ("name", "name_backwards", "position", "position_backwards")
        for argument, given in {"text": lambda _: "", "after": lambda _: None}.items()
    },
}
READS = ("count_", "find_", "get_", "has_", "is_", "list_", "lock_")
# What a stranger must be told where it is not nothing at all.
OWN: dict[str, Callable[[Any], bool]] = {
    "count_import_uploads": lambda found: found == (0, 0),
    "find_series_entangled_with": lambda found: found == ([], True),
    "count_set_use": lambda found: found == SetUse(0, 0),
    "get_settings": lambda found: found == EntitySettings(),
    "lock_entity": lambda found: found.last_set_position == 0,
    "list_audit_entries": lambda found: PREFIX not in str(found),
    **dict.fromkeys(
        (
            "list_sets_by_name",
            "list_sets_by_name_backwards",
            "list_sets_by_position",
            "list_sets_by_position_backwards",
        ),
        lambda found: len(found) <= 1,  # a stranger's own DEFAULT
    ),
}
REFUSES = {
    "advance_import_job",
    "advance_series",
    "append_entries",
    "append_import_part",
    "insert_holds",
    "start_series_at",
}


def _queries(*, reads: bool) -> list[str]:
    return [
        name
        for name, _ in inspect.getmembers(EntityBooks, inspect.isfunction)
        if not name.startswith("_") and name.startswith(READS) is reads
    ]


def _asked(books: EntityBooks, query: str, victim: Victim) -> object:
    method = getattr(books, query)
    given: dict[str, object] = {}
    for name in inspect.signature(method).parameters:
        argument = ARGUMENTS_OF_ONE.get((query, name), ARGUMENTS.get(name))
        if argument is None:
            pytest.fail(f"say with what {query} shall be asked for its {name}")
        given[name] = argument(victim)
    return method(**given)


@pytest.fixture
def victim(shared_store: SqlStore) -> Victim:
    return Victim(new_desk(shared_store))


@pytest.fixture(params=["same tenant", "same entity id", "stranger"])
def intruder(request: pytest.FixtureRequest, victim: Victim) -> Desk:
    """Someone whose ids share as much as possible with the victim's."""
    if request.param == "same tenant":
        return victim.desk.another_entity()
    stranger = new_desk(victim.desk.store)
    if request.param == "stranger":
        return stranger
    execute(
        victim.desk.store,
        "INSERT INTO seriatim_entity (tenant_id, entity_id, name, name_folded, position, created_at) "
        "VALUES (:tenant_id, :entity_id, 'Twin', 'twin', 1, '2026-11-23T12:00:00.000000Z')",
        {
            "tenant_id": stranger.caller.tenant_id,
            "entity_id": victim.desk.caller.entity_id,
        },
    )
    caller = replace(stranger.caller, entity_id=victim.desk.caller.entity_id)
    return replace(stranger, caller=caller)


@pytest.mark.parametrize("query", _queries(reads=True))
def test_query_with_foreign_ids_reads_nothing(victim: Victim, intruder: Desk, query: str) -> None:
    found = intruder.on_books(lambda books: _asked(books, query, victim))
    assert OWN[query](found) if query in OWN else not found
    own = victim.desk.on_books(lambda books: _asked(books, query, victim))
    if query.startswith("list_sets_by_"):
        assert victim.set.sequence_set_id in str(own), "asked wrongly"
    elif query not in OWN:
        assert own, "asked wrongly"


def test_query_with_foreign_ids_writes_nothing_of_the_other(victim: Victim, intruder: Desk) -> None:
    before = victim.rows()
    assert all(before.values())
    for query in _queries(reads=False):
        try:
            intruder.on_books(lambda books, query=query: _asked(books, query, victim))  # type: ignore[misc] # bound early
        except (Conflict, InvariantBroken):
            assert query in REFUSES
        assert victim.rows() == before, query


def test_query_with_own_ids_does_write(victim: Victim) -> None:
    """So that the test above is not silent because nothing is ever written."""
    before = victim.rows()
    victim.desk.on_books(lambda books: _asked(books, "set_clear_until", victim))
    assert victim.rows() != before


def test_foreign_set_looks_exactly_like_an_absent_one(victim: Victim, desk: Desk) -> None:
    absent = uuid.uuid4().hex
    attempts: list[Callable[[str], object]] = [
        desk.get,
        desk.delete,
        lambda key: desk.update(key, wanted_set("X")),
    ]
    for attempt in attempts:
        answers = []
        for key in (victim.set.sequence_set_id, absent):
            with pytest.raises(NotFound) as found:
                attempt(key)
            answers.append(found.value.message.replace(key, "KEY"))
        assert answers[0] == answers[1]


def test_foreign_series_looks_exactly_like_an_absent_one(victim: Victim, desk: Desk) -> None:
    answers = []
    for series_id in (victim.series.key.series_id, uuid.uuid4().hex, "x"):
        with pytest.raises(NotFound) as found:
            series.verify_series(desk.store, desk.caller, series_id)
        answers.append(found.value.message.replace(series_id, "KEY"))
        with desk.store.read() as transaction, pytest.raises(NotFound):
            series.get_series(transaction, desk.caller, series_id)
    assert len(set(answers)) == 1


def test_foreign_account_and_set_in_a_request_look_absent(victim: Victim, desk: Desk) -> None:
    fields: list[tuple[str, Any]] = [
        ("sequence_set", victim.set.sequence_set_id),
        ("account_id", victim.account_id),
        ("account_number", "SECRET-ACC"),
    ]
    for field, foreign in fields:
        messages = []
        for value in (foreign, uuid.uuid4().hex):
            with pytest.raises(Rejected) as refused:
                desk.issue(DocumentType.INVOICE, **{field: value})
            messages.append(refused.value.message.replace(value, "KEY"))
        assert messages[0] == messages[1], field


def test_names_prefixes_and_numbers_of_others_are_free(victim: Victim, desk: Desk) -> None:
    desk.create(new_set("SECRET", number="SECRET-NO", invoice=("SECRET-", 1)))
    assert desk.texts(sequence_set="SECRET") == ["SECRET-00000001"]
    assert victim.desk.series(PREFIX) == victim.series


def test_foreign_client_looks_exactly_like_an_absent_one(victim: Victim, desk: Desk) -> None:
    theirs = victim.desk.run(
        lambda transaction: access.create_client(
            transaction,
            victim.desk.caller,
            name="app",
            role=Role.ISSUER.value,
            entity_ids=None,
            clock=victim.desk.clock,
        )
    ).client
    for change in (access.rotate_client, access.revoke_client):
        for client_id in (theirs.client_id, str(uuid.uuid4())):
            with pytest.raises(NotFound, match="no oauth client"):
                desk.run(
                    lambda transaction, change=change, client_id=client_id: change(  # type: ignore[misc] # bound early
                        transaction, desk.caller, client_id, clock=desk.clock
                    )
                )
    with pytest.raises(Rejected, match="no entity with the id"):
        desk.run(
            lambda transaction: access.create_client(
                transaction,
                desk.caller,
                name="app",
                role="issuer",
                entity_ids=[victim.desk.caller.entity_id],
                clock=desk.clock,
            )
        )
