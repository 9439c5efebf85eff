"""Every page of the console, in one readable list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import Response

from seriatim.ui import (
    access,
    account_sets,
    accounts,
    audit,
    documents,
    numbers,
    overview,
    own_password,
    proof,
    register,
    set_deletion,
    set_editor,
    set_list,
)
from seriatim.ui.visit import Handler, Visit


@dataclass(frozen=True, slots=True)
class Page:
    """Shape: `path` stands below the entity."""

    method: Literal["GET", "POST"]
    path: str
    answer: Handler


PAGES: Final = (
    Page("GET", "overview", overview.show),
    Page("GET", "sets", set_list.show),
    Page("GET", "sets.csv", set_list.export),
    Page("GET", "sets/new", set_editor.show_new),
    Page("POST", "sets/new", set_editor.take_new),
    Page("GET", "sets/{key}", set_editor.show),
    Page("POST", "sets/{key}", set_editor.take),
    Page("GET", "sets/{key}/delete", set_deletion.show),
    Page("POST", "sets/{key}/delete", set_deletion.take),
    Page("GET", "accounts", accounts.show_list),
    Page("POST", "accounts/assignment", account_sets.take),
    Page("GET", "accounts/{key}", accounts.show),
    Page("GET", "documents", documents.show_first),
    Page("GET", "documents/{kind}", documents.show_list),
    Page("GET", "documents/{kind}/{key}", documents.show),
    Page("GET", "register", register.show),
    Page("GET", "register.csv", register.export),
    Page("GET", "register/numbers/{number}", numbers.show),
    Page("POST", "register/numbers/{number}/void", numbers.void),
    Page("POST", "register/numbers/{number}/confirm", numbers.confirm),
    Page("GET", "register/gaps/{series}", numbers.show_gaps),
    Page("GET", "proof", proof.show),
    Page("POST", "proof/verification", proof.verify),
    Page("GET", "proof/check", proof.show_check),
    Page("POST", "proof/check", proof.check),
    Page("GET", "proof/series/{series}", proof.show_series),
    Page("POST", "proof/series/{series}", proof.certify),
    Page("GET", "proof/certificates/{certificate}", proof.show_certificate),
    Page("GET", "proof/certificates/{certificate}/file", proof.download_certificate),
    Page("GET", "access", access.show),
    Page("POST", "access/users", access.make_user),
    Page("POST", "access/users-password", access.give_new_password),
    Page("POST", "access/users-disable", access.disable_user),
    Page("POST", "access/clients", access.make_client),
    Page("POST", "access/clients-rotate", access.rotate_client),
    Page("POST", "access/clients-revoke", access.revoke_client),
    Page("POST", "access/entities", access.make_entity),
    Page("POST", "access/settings", access.change_settings),
    Page("GET", "audit", audit.show),
    Page("GET", "password", own_password.show),
    Page("POST", "password", own_password.change),
)


def first_page(visit: Visit) -> Response:
    return visit.redirect("overview")
