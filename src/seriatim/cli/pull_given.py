"""Whether a source has given already what it shows as its next number.

The original's documentation does not say outright that a start number moves with each document.
Where it did not, the target would give numbers a second time: so the source is asked for the
document of that number, and there must be none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from seriatim.cli.backend import Call
from seriatim.cli.faults import kind_of
from seriatim.cli.progress import Progress
from seriatim.cli.pull_sets import PlannedSet
from seriatim.cli.pull_source import SourceServer, is_of_the_whole_source
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound, Rejected, SeriatimError

_LISTS: Final[Mapping[DocumentType, str]] = {
    DocumentType.INVOICE: "invoices",
    DocumentType.CREDIT_MEMO: "credit-memos",
    DocumentType.DEBIT_MEMO: "debit-memos",
    DocumentType.PAYMENT: "payments",
    DocumentType.REFUND: "refunds",
}


def hold_given(source: SourceServer, plans: Sequence[PlannedSet], progress: Progress) -> list[str]:
    """Hold back every set of which a next number is a document of the source already.

    Shape: what comes back are warnings of what could not be looked up.
    """
    sharing: dict[tuple[DocumentType, str], list[PlannedSet]] = {}
    for plan in plans:
        for document_type, numbering in plan.wanted.numbering.items():
            sharing.setdefault((document_type, fold(numbering.next_text)), []).append(plan)
    unseen: Counter[DocumentType] = Counter()
    for done, ((document_type, _), held) in enumerate(sharing.items()):
        progress("looking for the next numbers at the source", done, len(sharing))
        text = held[0].wanted.numbering[document_type].next_text
        is_given = _is_given(source, document_type, text)
        if is_given is None:
            unseen[document_type] += 1
        elif is_given:
            for plan in held:
                plan.hold(
                    f"{document_type.value}: the source has a document {text} already, so this is "
                    "not its next number. If it gave it just now, pull again; if its start number "
                    "does not move with its documents, set it there"
                )
    return [
        f"{document_type.value}: {count} next numbers could not be looked up at the source; compare "
        "them with its last documents"
        for document_type, count in unseen.items()
    ]


def _is_given(source: SourceServer, document_type: DocumentType, text: str) -> bool | None:
    """None where the source does not let us look."""
    try:
        source.call(Call("GET", ("v1", _LISTS[document_type], text)))
    except SeriatimError as error:
        if is_of_the_whole_source(error):
            raise
        return False if kind_of(error) in (NotFound, Rejected) else None
    return True
