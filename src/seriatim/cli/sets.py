"""Commands on sequence sets, one for each operation of the API."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import typer

from seriatim.cli import set_files
from seriatim.cli.backend import SEQUENCE_SETS, Call, Json, creation, dry_run_query, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.input_files import STANDARD_INPUT, read_document
from seriatim.cli.options import ON_SERVICE, ON_SERVICE_ASKING, with_options
from seriatim.cli.output import Column
from seriatim.domain.document_type import DocumentType

app = typer.Typer(help="Sequence sets: the prefix and the start number of each document type.")

_Key = Annotated[str, typer.Argument(metavar="KEY", help="Id, number or name of a set.")]
_File = Annotated[
    str, typer.Argument(metavar="[FILE]", help="YAML or JSON; without it, standard input.")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; show what would come of it.")
]
_IfMatch = Annotated[
    str | None,
    typer.Option("--if-match", metavar="ETAG", help="Only if the set was not edited since."),
]

_TITLES: Final = {
    DocumentType.INVOICE: "Next invoice",
    DocumentType.CREDIT_MEMO: "Credit memo",
    DocumentType.DEBIT_MEMO: "Debit memo",
    DocumentType.PAYMENT: "Payment",
    DocumentType.REFUND: "Refund",
}
COLUMNS: Final = (
    Column("name", "Name"),
    Column("sequenceSetNumber", "Number"),
    Column("id"),
    Column("chronological"),
    *(
        Column(f"{document_type.value}.{field}", title)
        for document_type in DocumentType
        for field, title in (
            ("prefix", ""),
            ("startNumber", ""),
            ("minStartNumber", ""),
            ("nextDocumentNumber", _TITLES[document_type]),
        )
    ),
)
_ALL_COLUMNS: Final = tuple(Column(column.path, column.path) for column in COLUMNS)
_EFFECT_COLUMNS: Final = (
    Column("sequenceSet", "Set"),
    Column("documentType", "Type"),
    Column("nextDocumentNumbers", "Next numbers"),
    Column("skips.count", "Skipped"),
    Column("skips.firstNumber", "from"),
    Column("skips.lastNumber", "to"),
    Column("accounts", "Accounts"),
    Column("drafts", "Drafts"),
)


@app.command("list")
@with_options(ON_SERVICE)
def list_sets(
    run: CommandRun,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the set of this name or number.")
    ] = None,
) -> None:
    """List the sequence sets, DEFAULT first, then by creation."""
    query = {} if name is None else {"name": name}
    run.output.rows(COLUMNS, pages(run.backend, SEQUENCE_SETS, "sequenceSets", query))


@app.command("get")
@with_options(ON_SERVICE)
def get_set(
    run: CommandRun,
    key: _Key,
    etag: Annotated[
        bool, typer.Option("--etag", help="Print its ETag alone, for --if-match.")
    ] = False,
) -> None:
    """Show one sequence set."""
    reply = run.backend.call(Call("GET", (*SEQUENCE_SETS, key)))
    if etag:
        typer.echo(reply.etag)
        return
    run.output.record(_ALL_COLUMNS, reply.body)


@app.command("create")
@with_options(ON_SERVICE)
def create_sets(run: CommandRun, file: _File = STANDARD_INPUT, dry_run: _DryRun = False) -> None:
    """Create sequence sets, all of them or none.

    The file has the shape of the API: {sequenceSets: [{name, invoice: {prefix, startNumber}, …}]}.
    """
    body = _created(run, read_document(file), dry_run=dry_run)
    run.output.warnings(body)
    if dry_run:
        _show_effects(run, body)
    else:
        run.output.rows(COLUMNS, body["sequenceSets"])


@app.command("update")
@with_options(ON_SERVICE)
def update_set(
    run: CommandRun,
    key: _Key,
    file: _File = STANDARD_INPUT,
    if_match: _IfMatch = None,
    dry_run: _DryRun = False,
) -> None:
    """Change a sequence set; what the file leaves out stays as it is.

    The file has the shape of the API: {invoice: {prefix, startNumber}, payment: null, …}.
    """
    body = _saved(run, "PUT", key, body=read_document(file), if_match=if_match, dry_run=dry_run)
    run.output.warnings(body)
    if dry_run:
        _show_effects(run, body)
    else:
        run.output.done(f"changed {key}", body)


@app.command("delete")
@with_options(ON_SERVICE_ASKING)
def delete_set(
    run: CommandRun, key: _Key, if_match: _IfMatch = None, dry_run: _DryRun = False
) -> None:
    """Delete a sequence set; its prefixes keep their owner, its documents keep knowing it."""
    if not dry_run:
        run.confirm(f"Delete the sequence set {key}?")
    body = _saved(run, "DELETE", key, if_match=if_match, dry_run=dry_run)
    if dry_run:
        _show_effects(run, body)
    else:
        run.output.done(f"deleted {key}", body)


@app.command("preview")
@with_options(ON_SERVICE)
def preview_sets(
    run: CommandRun,
    file: _File = STANDARD_INPUT,
    key: Annotated[
        str | None, typer.Option("--set", metavar="KEY", help="The file changes this set.")
    ] = None,
) -> None:
    """Show what a file of new sets, or a change of one, would lead to; change nothing."""
    document = read_document(file)
    if key is None:
        body = _created(run, document, dry_run=True)
    else:
        body = _saved(run, "PUT", key, body=document, dry_run=True)
    run.output.warnings(body)
    _show_effects(run, body)


@app.command("import")
@with_options(ON_SERVICE)
def import_sets(
    run: CommandRun,
    file: _File = STANDARD_INPUT,
    keep_numbers: Annotated[
        bool,
        typer.Option("--keep-numbers", help="Leave the numbers of existing sets where they are."),
    ] = False,
    dry_run: _DryRun = False,
) -> None:
    """Bring the sets to what a file says: create what is missing, change what differs.

    Everything is tried first; where something would be refused, nothing is changed.
    """
    plan = set_files.planned(run.backend, read_document(file), keep_numbers=keep_numbers)
    set_files.try_out(run.backend, plan)
    if not dry_run:
        set_files.carry_out(run.backend, plan)
    run.output.rows(set_files.COLUMNS, plan.rows)


@app.command("export")
@with_options(ON_SERVICE)
def export_sets(
    run: CommandRun,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="These sets; else all.")
    ] = None,
) -> None:
    """Write sets as YAML (or JSON with -o json), in the shape that import and create read."""
    if keys:
        found = [run.backend.call(Call("GET", (*SEQUENCE_SETS, key))).body for key in keys]
    else:
        found = list(pages(run.backend, SEQUENCE_SETS, "sequenceSets"))
    typer.echo(set_files.exported(found, run.output.form), nl=False)


def _created(run: CommandRun, document: object, *, dry_run: bool) -> Json:
    return run.backend.call(creation(document, dry_run=dry_run)).body


def _saved(
    run: CommandRun,
    method: Literal["PUT", "DELETE"],
    key: str,
    *,
    body: object = None,
    if_match: str | None = None,
    dry_run: bool,
) -> Json:
    path, query = (*SEQUENCE_SETS, key), dry_run_query(dry_run)
    call = Call(method, path, body=body, query=query, if_match=if_match)
    return run.backend.call(call).body


def _show_effects(run: CommandRun, body: dict[str, Any]) -> None:
    run.output.rows(_EFFECT_COLUMNS, body["effects"])
