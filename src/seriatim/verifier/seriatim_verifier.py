#!/usr/bin/env python3
"""Checks certificates and exported registers of Seriatim. Needs Python 3.10, and nothing else.

    python seriatim_verifier.py certificate FILE [--public-key KEY] [--register FILE]
    python seriatim_verifier.py register FILE [--public-key KEY]

KEY is 64 hex digits or a PEM file. Exit code 0: it is in order; 1: it is not, and the first fault
is named; 2: it cannot be read. The formats are described in Seriatim's documentation:
reference/register-format.md and reference/certificates.md.

Seriatim itself checks with this same file, which therefore imports nothing of Seriatim.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import heapq
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

ENTRY_FORMAT = "seriatim-register-1"
SERIES_FORMAT = "seriatim-series-1"
EXPORT_FORMAT = "seriatim-register-export-1"
CHECKPOINT_FORMAT = "seriatim-checkpoint-1"
CERTIFICATE_FORMAT = "seriatim-certificate-1"

ISSUED, RESERVED, CONFIRMED = "issued", "reserved", "confirmed"
VOIDED, SKIPPED, IMPORTED = "voided", "skipped", "imported"
COVERING = frozenset({ISSUED, RESERVED, SKIPPED, IMPORTED})
MOVABLE = {CONFIRMED: frozenset({RESERVED}), VOIDED: frozenset({ISSUED, RESERVED, IMPORTED})}
STATES = (ISSUED, VOIDED, SKIPPED, IMPORTED, RESERVED)

Json = dict[str, Any]


class Fault(NamedTuple):
    """Where it is wrong first. `invariant` is its number in the register's format; 0: none."""

    entry_number: int | None
    invariant: int
    message: str


class FaultFound(Exception):
    def __init__(self, entry_number: int | None, invariant: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(entry_number, invariant, message)


class Unreadable(Exception):
    """There is no such file, or no such key."""


def compact(value: object) -> bytes:
    """JSON as UTF-8, without white space between its parts: the form that is hashed and signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def key_id_of(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:32]


# --- one series: its chain and the cover of its integers ----------------------------------


class SeriesIdentity(NamedTuple):
    tenant_id: str
    entity_id: str
    series_id: str
    document_type: str
    prefix: str
    origin: int

    @property
    def genesis_hash(self) -> bytes:
        """The hash before the first entry."""
        return hashlib.sha256(compact([SERIES_FORMAT, *self[:5]])).digest()


class Line(NamedTuple):
    """One entry of a register. `canonical` are the bytes that its hash covers."""

    entry_number: int
    kind: str
    first: int
    last: int
    refers_to: int | None
    reason: str | None
    hold_until: str | None
    canonical: bytes
    hash: bytes


class Scattered:
    """Ranges that come in any order and are taken out from the lowest on."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._growing: tuple[int, int] | None = None

    def add(self, first: int, last: int) -> None:
        if self._growing is not None and self._growing[1] + 1 == first:
            first = self._growing[0]
        elif self._growing is not None:
            heapq.heappush(self._heap, self._growing)
        self._growing = (first, last)

    def take_up_to(self, number: int) -> tuple[int, int] | None:
        """The lowest range, if it begins at `number` or before."""
        if self._growing is not None and self._growing[0] <= number:
            heapq.heappush(self._heap, self._growing)
            self._growing = None
        return heapq.heappop(self._heap) if self._heap and self._heap[0][0] <= number else None

    def first_twice(self) -> int | None:
        """The lowest number that stands in two of the ranges. Empties them."""
        reached = 0
        while (lowest := self.take_up_to(10**30)) is not None:
            if lowest[0] <= reached:
                return lowest[0]
            reached = lowest[1]
        return None


class Cover:
    """Whether covering entries, in their order, account for every integer from the origin once.

    Memory: imported ranges that lie ahead are kept until the series gets there, and those before
    the origin to the end; nothing else.
    """

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._ahead = Scattered()
        self._before_origin = Scattered()
        self.next_number = origin
        self.numbers = 0

    def take(self, line: Line) -> list[tuple[int, int]]:
        """The imported ranges that the series passes with this entry. Errors: FaultFound."""
        self.numbers += line.last - line.first + 1
        if line.kind == IMPORTED:
            outside = line.last < self._origin
            (self._before_origin if outside else self._ahead).add(line.first, line.last)
            return self._passed(line.entry_number)
        if line.first > self.next_number:
            message = f"no entry covers {self.next_number} to {line.first - 1}"
            raise FaultFound(line.entry_number, 1, message)
        if line.first < self.next_number:
            raise FaultFound(line.entry_number, 1, f"{line.first} is covered more than once")
        self.next_number = line.last + 1
        return self._passed(line.entry_number)

    def _passed(self, entry_number: int) -> list[tuple[int, int]]:
        passed = []
        while (lowest := self._ahead.take_up_to(self.next_number)) is not None:
            if lowest[0] < self.next_number:
                raise FaultFound(entry_number, 1, f"{lowest[0]} is covered more than once")
            self.next_number = lowest[1] + 1
            passed.append(lowest)
        return passed

    def finish(self) -> None:
        for scattered in (self._ahead, self._before_origin):
            if (number := scattered.first_twice()) is not None:
                raise FaultFound(None, 1, f"{number} is covered more than once")


def chain_step(previous_hash: bytes, previous_number: int, line: Line) -> bytes:
    """The hash of an entry that follows another. Errors: FaultFound."""
    number = line.entry_number
    if number != previous_number + 1:
        message = f"entry {previous_number + 1} is missing: {number} follows {previous_number}"
        raise FaultFound(number, 4, message)
    if hashlib.sha256(previous_hash + line.canonical).digest() != line.hash:
        raise FaultFound(number, 4, f"the hash of entry {number} does not fit its content")
    return line.hash


class RegisterWalk:
    """Follows the entries of one series in their order. Errors: FaultFound, from each method."""

    def __init__(self, series: SeriesIdentity) -> None:
        self.hash = series.genesis_hash
        self.entries = 0
        self.moves = 0
        self._cover = Cover(series.origin)

    @property
    def numbers(self) -> int:
        return self._cover.numbers

    @property
    def last_number(self) -> int:
        return self._cover.next_number - 1

    def take(self, line: Line) -> None:
        self.hash = chain_step(self.hash, self.entries, line)
        self.entries += 1
        if line.kind in COVERING:
            self._cover.take(line)
        else:
            self._check_reference(line)
            self.moves += 1

    def _check_reference(self, line: Line) -> None:
        if line.refers_to is None or not 0 < line.refers_to < line.entry_number:
            message = f"entry {line.entry_number} refers to no entry before it"
            raise FaultFound(line.entry_number, 1, message)

    def finish(self, entries: int, last_number: int, head_hash: bytes) -> None:
        """Compare with what the series says of itself."""
        if self.entries != entries:
            raise FaultFound(None, 4, f"the series counts {entries} entries, not {self.entries}")
        if self.hash != head_hash:
            raise FaultFound(None, 4, "the head hash of the series is not that of its entries")
        if self.last_number != last_number:
            message = f"the series stands at {last_number}, its entries at {self.last_number}"
            raise FaultFound(None, 1, message)
        self._cover.finish()


# --- what has become of the numbers of a covering entry -----------------------------------


class Run(NamedTuple):
    """Consecutive numbers of one state. `reason` and `hold_until` as the state needs them."""

    first: int
    last: int
    state: str
    reason: str | None
    hold_until: str | None


def check_moves(target: Line | None, moves: list[Line]) -> None:
    """Whether the entries that refer to `target` may: from reserved to issued, from either to
    voided, and nothing twice. Order: the moves as they were written. Errors: FaultFound.
    """
    for move in moves:
        if target is None or target.kind not in COVERING:
            message = f"entry {move.entry_number} refers to {move.refers_to}, which covers nothing"
            raise FaultFound(move.entry_number, 1, message)
        if not target.first <= move.first <= move.last <= target.last:
            message = f"entry {move.entry_number} goes beyond the numbers of {move.refers_to}"
            raise FaultFound(move.entry_number, 1, message)
        if target.kind not in MOVABLE[move.kind]:
            message = f"entry {move.entry_number}: {target.kind} numbers cannot be {move.kind}"
            raise FaultFound(move.entry_number, 1, message)
    found = [*_twice(moves, VOIDED), *_twice(moves, CONFIRMED), *_confirmed_too_late(moves)]
    if found:
        raise FaultFound(*min(found))


def _twice(moves: list[Line], kind: str) -> Iterator[tuple[int, int, str]]:
    ordered = sorted((one for one in moves if one.kind == kind), key=lambda one: one.first)
    for before, after in pairwise(ordered):
        if after.first <= before.last:
            number = max(before.entry_number, after.entry_number)
            yield number, 1, f"entry {number}: {after.first} was {kind} before"


def _confirmed_too_late(moves: list[Line]) -> Iterator[tuple[int, int, str]]:
    voided = sorted((one for one in moves if one.kind == VOIDED), key=lambda one: one.first)
    confirmed = sorted((one for one in moves if one.kind == CONFIRMED), key=lambda one: one.first)
    place = 0
    for move in confirmed:
        while place < len(voided) and voided[place].last < move.first:
            place += 1
        behind = place
        while behind < len(voided) and voided[behind].first <= move.last:
            if voided[behind].entry_number < move.entry_number:
                number = max(move.first, voided[behind].first)
                message = f"entry {move.entry_number}: {number} was voided before"
                yield move.entry_number, 1, message
            behind += 1


def runs_of(target: Line, moves: list[Line]) -> list[Run]:
    """The numbers of a covering entry by their state after its moves, which are permitted ones."""
    reason = target.reason if target.kind == SKIPPED else None
    runs = [Run(target.first, target.last, target.kind, reason, target.hold_until)]
    for kind, state in ((CONFIRMED, ISSUED), (VOIDED, VOIDED)):
        above = [
            Run(one.first, one.last, state, one.reason if kind == VOIDED else None, None)
            for one in moves
            if one.kind == kind
        ]
        runs = _laid_over(runs, sorted(above)) if above else runs
    return runs


def _laid_over(below: list[Run], above: list[Run]) -> list[Run]:
    """Both are in order and free of overlaps; so is what comes out."""
    remains, place = [], 0
    for run in below:
        first = run.first
        while place < len(above) and above[place].last < first:
            place += 1
        behind = place
        while behind < len(above) and above[behind].first <= run.last:
            if first < above[behind].first:
                remains.append(run._replace(first=first, last=above[behind].first - 1))
            first = above[behind].last + 1
            behind += 1
        if first <= run.last:
            remains.append(run._replace(first=first))
    return sorted([*remains, *above], key=lambda one: one.first)


class Account:
    """Every integer of a range by its state: what a certificate says. Errors: FaultFound.

    Order: covering entries come in the order of their numbers, each with its moves.
    """

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.runs: list[Run] = []
        self.counts: dict[str, int] = dict.fromkeys(STATES, 0)
        self.first_entry: int | None = None
        self.last_entry = 0
        self._next = first

    def take(self, target: Line, moves: list[Line]) -> None:
        check_moves(target, moves)
        for line in (target, *moves):
            if line.first <= self.last and line.last >= self.first:
                lowest = self.first_entry or line.entry_number
                self.first_entry = min(lowest, line.entry_number)
                self.last_entry = max(self.last_entry, line.entry_number)
        for run in runs_of(target, moves):
            self._add(run, target.entry_number)

    def _add(self, run: Run, entry_number: int) -> None:
        first, last = max(run.first, self.first), min(run.last, self.last)
        if last < first:
            return
        if first != self._next:
            what = "is covered more than once" if first < self._next else "is covered by no entry"
            raise FaultFound(entry_number, 1, f"{min(first, self._next)} {what}")
        self._next = last + 1
        self.counts[run.state] += last - first + 1
        if self.runs and self.runs[-1][2:] == run[2:]:
            self.runs[-1] = self.runs[-1]._replace(last=last)
        else:
            self.runs.append(run._replace(first=first, last=last))

    def finish(self) -> None:
        if self._next != self.last + 1:
            raise FaultFound(None, 1, f"{self._next} is covered by no entry")


# --- Ed25519, as RFC 8032 defines it: to verify, never to sign ----------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]  # extended homogeneous coordinates: X, Y, Z, T


def _sum(a: _Point, b: _Point) -> _Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % _P
    f = (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _product(factor: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _sum(result, point)
        point = _sum(point, point)
        factor >>= 1
    return result


def _point(encoded: bytes) -> _Point | None:
    """RFC 8032, 5.1.3; None where no point is encoded, or not in its one form."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's on exactly this message. RFC 8032, 5.1.7."""
    if len(public_key) != 32 or len(signature) != 64 or _BASE is None:
        return False
    key, commitment = _point(public_key), _point(signature[:32])
    factor = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or factor >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    left, right = _product(factor, _BASE), _sum(commitment, _product(challenge, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % _P
        or (left[1] * right[2] - right[1] * left[2]) % _P
    )


_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----")
_DER_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


def public_keys_in(text: str) -> list[bytes]:
    """The Ed25519 keys of PEM blocks, in their order, or the one that is 64 hex digits."""
    if re.fullmatch(r"\s*[0-9A-Fa-f]{64}\s*", text):
        return [bytes.fromhex(text.strip())]
    found = []
    for block in _PEM.findall(text):
        try:
            der = base64.b64decode("".join(block.split()), validate=True)
        except binascii.Error:
            continue
        if len(der) == 44 and der.startswith(_DER_OF_ED25519):
            found.append(der[12:])
    return found


def read_public_key(given: str) -> bytes:
    """From 64 hex digits, or a file of them or of PEM. Errors: Unreadable."""
    try:
        is_hex = re.fullmatch(r"[0-9A-Fa-f]{64}", given)
        found = public_keys_in(given if is_hex else Path(given).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{given}: cannot be read: {error}") from None
    if not found:
        raise Unreadable(f"{given}: holds no Ed25519 public key, neither PEM nor 64 hex digits")
    return found[0]


# --- checkpoints and certificates ---------------------------------------------------------


def checkpoint_bytes(
    series: Iterable[str],
    *,
    entry_number: int,
    last_number: int,
    head_hash: bytes,
    signed_at: str,
    key_id: str,
) -> bytes:
    """What a checkpoint's signature covers. `series` are the ids of tenant, entity and series."""
    numbers = [str(entry_number), str(last_number), head_hash.hex()]
    return compact([CHECKPOINT_FORMAT, *series, *numbers, signed_at, key_id])


_HEX_16, _HEX_32, _HEX_64 = r"[0-9a-f]{32}", r"[0-9a-f]{64}", r"[0-9a-f]{128}"
_NUMBER = r"[1-9][0-9]{0,19}"
_COUNT = r"0|[1-9][0-9]{0,20}"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = _DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_SERIES = {
    "tenant_id": _HEX_16,
    "entity_id": _HEX_16,
    "series_id": _HEX_16,
    "document_type": r"[A-Za-z]{1,20}",
    "prefix": r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}",
    "origin": _NUMBER,
}
_CHECKPOINT = {
    "entry_number": _NUMBER,
    "last_number": _COUNT,
    "head_hash": _HEX_32,
    "signed_at": _MOMENT,
    "signature": _HEX_64,
}
_CERTIFICATE: dict[str, Any] = {
    "format": CERTIFICATE_FORMAT,
    "certificate_id": _HEX_16,
    **_SERIES,
    "period": None,
    "first_number": _NUMBER,
    "last_number": _NUMBER,
    "first_entry": _NUMBER,
    "last_entry": _NUMBER,
    "hash_before": _HEX_32,
    "hash_after": _HEX_32,
    "counts": dict.fromkeys(STATES, _COUNT),
    "runs": None,
    "checkpoint": _CHECKPOINT,
    "issued_at": _MOMENT,
    "key_id": _HEX_16,
    "public_key": _HEX_32,
}
_PERIOD = {"from": _DAY, "to": _DAY}


def _require(is_so: object, message: str) -> None:
    if not is_so:
        raise FaultFound(None, 0, message)


def _check_form(value: object, form: object, name: str) -> None:
    """Objects have exactly the members of their form, in its order; texts match theirs."""
    if isinstance(form, dict):
        is_object = isinstance(value, dict) and list(value) == list(form)
        _require(is_object, f"{name}: does not have the members {', '.join(form)}, in this order")
        for member, inner in form.items():
            _check_form(value[member], inner, member)  # type: ignore[index]  # checked above
    elif form is not None:
        fits = isinstance(value, str) and re.fullmatch(str(form), value)
        _require(fits, f"{name}: is not of its form")


class Certificate(NamedTuple):
    """A certificate that was found in order. `content` is what was signed."""

    series: SeriesIdentity
    first: int
    last: int
    as_of_entry: int
    public_key: bytes
    content: Json


def certificate_text(content: Json, sign: Callable[[bytes], bytes]) -> str:
    """The whole file of a certificate."""
    signed = compact(content)
    return f'{{"certificate":{signed.decode()},"signature":"{sign(signed).hex()}"}}\n'


def check_certificate(text: bytes, public_key: bytes | None = None) -> Certificate:
    """Whether a certificate is unchanged and says nothing contradictory.

    Without `public_key`, the one that it names itself is taken: that shows that nothing was
    changed since it was signed, and not by whom. Errors: FaultFound.
    """
    try:
        found = json.loads(text.decode())
        as_written = compact(found) + b"\n"
    except (ValueError, RecursionError):
        raise FaultFound(None, 0, "is no certificate: not the JSON of one") from None
    _require(as_written == text, "is not in the form in which certificates are written")
    _check_form(found, {"certificate": None, "signature": _HEX_64}, "the file")
    content, signature = found["certificate"], bytes.fromhex(found["signature"])
    _check_form(content, _CERTIFICATE, "certificate")
    key = bytes.fromhex(content["public_key"])
    expected = key if public_key is None else public_key
    _require(key == expected, f"is signed with another key: {content['key_id']}")
    _require(content["key_id"] == key_id_of(key), "key_id: is not that of public_key")
    _require(is_signed(key, compact(content), signature), "the signature does not fit the content")
    _check_checkpoint(content, content["checkpoint"], key)
    _check_sense(content)
    numbers = (int(content["first_number"]), int(content["last_number"]))
    as_of = int(content["checkpoint"]["entry_number"])
    return Certificate(_identity_in(content), *numbers, as_of, key, content)


def _identity_in(found: Json) -> SeriesIdentity:
    return SeriesIdentity(
        tenant_id=found["tenant_id"],
        entity_id=found["entity_id"],
        series_id=found["series_id"],
        document_type=found["document_type"],
        prefix=found["prefix"],
        origin=int(found["origin"]),
    )


def _check_checkpoint(series: Json, checkpoint: Json, key: bytes) -> None:
    signed = checkpoint_bytes(
        [series[name] for name in list(_SERIES)[:3]],
        entry_number=int(checkpoint["entry_number"]),
        last_number=int(checkpoint["last_number"]),
        head_hash=bytes.fromhex(checkpoint["head_hash"]),
        signed_at=checkpoint["signed_at"],
        key_id=key_id_of(key),
    )
    fits = is_signed(key, signed, bytes.fromhex(checkpoint["signature"]))
    _require(fits, "checkpoint: the signature does not fit the content")


def _check_sense(content: Json) -> None:
    """What a signer would never sign; here against a signer that errs."""
    checkpoint = content["checkpoint"]
    first, last, first_entry, last_entry, origin = (
        int(content[name])
        for name in ("first_number", "last_number", "first_entry", "last_entry", "origin")
    )
    _require(origin <= first <= last <= int(checkpoint["last_number"]), "the range is not possible")
    as_of = int(checkpoint["entry_number"])
    _require(first_entry <= last_entry <= as_of, "the entries are not in order")
    if last_entry == as_of:
        _require(content["hash_after"] == checkpoint["head_hash"], "hash_after: is not the head's")
    if content["period"] is not None:
        _check_form(content["period"], _PERIOD, "period")
        _require(content["period"]["from"] <= content["period"]["to"], "period: runs backwards")
    counts = dict.fromkeys(STATES, 0)
    _require(isinstance(content["runs"], list), "runs: is no list")
    for run in content["runs"]:
        _check_form_of_run(run)
        _require(int(run[0]) == first <= int(run[1]), f"runs: {first} is not accounted for once")
        counts[run[2]] += int(run[1]) - first + 1
        first = int(run[1]) + 1
    _require(first == last + 1, f"runs: {first} is not accounted for once")
    said = {state: int(count) for state, count in content["counts"].items()}
    _require(said == counts, "counts: are not those of the runs")


def _check_form_of_run(run: Any) -> None:
    _require(isinstance(run, list) and len(run) == 5, "runs: one has not five parts")
    first, last, state, reason, hold_until = run
    _require(state in STATES, "runs: one is in no known state")
    _check_form(first, _NUMBER, "runs")
    _check_form(last, _NUMBER, "runs")
    has_reason = isinstance(reason, str) and reason != ""
    _require(has_reason if state in {VOIDED, SKIPPED} else reason is None, "runs: a reason")
    if state == RESERVED:
        _check_form(hold_until, _MOMENT, "runs")
    else:
        _require(hold_until is None, "runs: a deadline")


# --- exported registers -------------------------------------------------------------------

ENTRY_MEMBERS = (
    "format",
    "tenant_id",
    "entity_id",
    "series_id",
    "entry_number",
    "kind",
    "first_number",
    "last_number",
    "refers_to",
    "sequence_set_id",
    "chosen_by",
    "document_date",
    "reference",
    "actor",
    "request_id",
    "batch_id",
    "reason",
    "hold_until",
    "recorded_at",
    "hash",
)
_SIGNED_HEAD = {**_CHECKPOINT, "key_id": _HEX_16, "public_key": _HEX_32}
_HEADER: dict[str, Any] = {
    "format": EXPORT_FORMAT,
    **_SERIES,
    "entries": _COUNT,
    "last_number": _COUNT,
    "head_hash": _HEX_32,
    "exported_at": _MOMENT,
    "checkpoint": None,
}


class RegisterReport(NamedTuple):
    """An exported register that was found in order. `signed_by` is None where nobody signed."""

    series: SeriesIdentity
    entries: int
    numbers: int
    signed_by: str | None


class _Moves:
    """Confirmed and voided entries by what they refer to, on disk: there may be many."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a file of its own, which deletes itself
        self._database.execute(
            "CREATE TABLE move (refers_to INTEGER, entry_number INTEGER, kind, first, last, reason,"
            " PRIMARY KEY (refers_to, entry_number)) WITHOUT ROWID"
        )
        self.count = 0
        self.close = self._database.close

    def add(self, line: Line) -> None:
        self.count += 1
        row = (line.refers_to, line.entry_number, line.kind, str(line.first), str(line.last))
        self._database.execute("INSERT INTO move VALUES (?, ?, ?, ?, ?, ?)", (*row, line.reason))

    def in_order(self) -> Iterator[Line]:
        for target, number, kind, first, last, reason in self._database.execute(
            "SELECT * FROM move ORDER BY refers_to, entry_number"
        ):
            yield Line(number, kind, int(first), int(last), target, reason, None, b"", b"")


def check_register(
    path: str | Path, public_key: bytes | None = None, certificate: Certificate | None = None
) -> RegisterReport:
    """Whether an exported register keeps invariants 1, 2 and 4, and fits a certificate.

    Cost: reads the file twice; memory stays flat. Errors: FaultFound, Unreadable.
    """
    try:
        with closing(_Moves()) as moves:
            report = _walk(path, public_key, certificate, moves)
            _settle(path, report.series, certificate, moves)
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from None
    return report


def _walk(
    path: str | Path, public_key: bytes | None, certificate: Certificate | None, moves: _Moves
) -> RegisterReport:
    """First pass: the chain, the cover, the heads that were signed."""
    lines = _file_lines(path)
    header = _header(next(lines, b""))
    series, entries = _identity_in(header), int(header["entries"])
    expected = _hashes_of(certificate, series, entries)
    signed_by = _check_signed_head(header, public_key, expected)
    walk = RegisterWalk(series)
    for text in lines:
        line = _line(text, series, walk.entries + 1)
        walk.take(line)
        wanted = expected.get(line.entry_number, line.hash)
        if wanted != line.hash:
            message = f"entry {line.entry_number} has another hash than the one that was signed"
            raise FaultFound(line.entry_number, 4, message)
        if line.kind not in COVERING:
            moves.add(line)
    walk.finish(entries, int(header["last_number"]), bytes.fromhex(header["head_hash"]))
    return RegisterReport(series, walk.entries, walk.numbers, signed_by)


def _settle(
    path: str | Path, series: SeriesIdentity, certificate: Certificate | None, moves: _Moves
) -> None:
    """Second pass: each covering entry with its moves, and what became of its numbers."""
    if certificate is None:
        for _ in _with_moves(path, series, moves) if moves.count else ():
            pass
        return
    as_of = certificate.as_of_entry
    account = Account(certificate.first, certificate.last)
    known = (
        (line, [move for move in own if move.entry_number <= as_of])
        for line, own in _with_moves(path, series, moves)
        if line.entry_number <= as_of
    )
    for line, own in _in_number_order(series.origin, known):
        account.take(line, own)
    _compare(account, certificate.content)


def _with_moves(
    path: str | Path, series: SeriesIdentity, moves: _Moves
) -> Iterator[tuple[Line, list[Line]]]:
    """Each covering entry, with the entries that refer to it. Order: as they were written."""
    waiting = moves.in_order()
    move = next(waiting, None)
    lines = _file_lines(path)
    next(lines)
    for place, text in enumerate(lines, start=1):
        line, own = _line(text, series, place), []
        while move is not None and move.refers_to == place:
            own.append(move)
            move = next(waiting, None)
        check_moves(line, own)
        if line.kind in COVERING:
            yield line, own


def _in_number_order(
    origin: int, written: Iterable[tuple[Line, list[Line]]]
) -> Iterator[tuple[Line, list[Line]]]:
    """The same, but imported entries stand where the series passes their numbers."""
    cover, early = Cover(origin), {}
    for line, moves in written:
        if line.kind != IMPORTED:
            yield line, moves
        elif line.last >= origin:
            early[line.first] = line._replace(canonical=b"")
        for first, last in cover.take(line):
            number = first
            while number <= last:
                passed = early.pop(number)
                yield passed, []
                number = passed.last + 1


def _compare(account: Account, content: Json) -> None:
    account.finish()
    found = {
        "first_entry": str(account.first_entry),
        "last_entry": str(account.last_entry),
        "counts": {state: str(count) for state, count in account.counts.items()},
        "runs": runs_as_json(account.runs),
    }
    for name, value in found.items():
        _require(content[name] == value, f"the certificate does not fit the register: {name}")


def runs_as_json(runs: Iterable[Run]) -> list[list[str | None]]:
    return [[str(run.first), str(run.last), *run[2:]] for run in runs]


def _hashes_of(
    certificate: Certificate | None, series: SeriesIdentity, entries: int
) -> dict[int, bytes]:
    """The hashes that a certificate gives, by entry number. Errors: FaultFound."""
    if certificate is None:
        return {}
    content = certificate.content
    _require(certificate.series == series, "the certificate is of another series")
    as_of = certificate.as_of_entry
    if entries < as_of:
        message = f"the certificate knows {as_of} entries, the register {entries}: its end is gone"
        raise FaultFound(entries + 1, 4, message)
    before = int(content["first_entry"]) - 1
    if before == 0:
        fits = content["hash_before"] == series.genesis_hash.hex()
        _require(fits, "hash_before: is not that of the series")
    return {
        before: bytes.fromhex(content["hash_before"]),
        int(content["last_entry"]): bytes.fromhex(content["hash_after"]),
        as_of: bytes.fromhex(content["checkpoint"]["head_hash"]),
    }


def _check_signed_head(
    header: Json, public_key: bytes | None, expected: dict[int, bytes]
) -> str | None:
    checkpoint = header["checkpoint"]
    if checkpoint is None:
        _require(public_key is None, "the register carries no checkpoint, so nobody signed it")
        return None
    _check_form(checkpoint, _SIGNED_HEAD, "checkpoint")
    key, number = bytes.fromhex(checkpoint["public_key"]), int(checkpoint["entry_number"])
    fits = checkpoint["key_id"] == key_id_of(key) and key == (public_key or key)
    _require(fits, f"checkpoint: is signed with another key: {checkpoint['key_id']}")
    _check_checkpoint(header, checkpoint, key)
    if number > int(header["entries"]):
        message = f"the checkpoint knows {number} entries, the register {header['entries']}"
        raise FaultFound(int(header["entries"]) + 1, 4, message)
    head = bytes.fromhex(checkpoint["head_hash"])
    _require(expected.setdefault(number, head) == head, "checkpoint: another hash was certified")
    return str(checkpoint["key_id"])


def _file_lines(path: str | Path) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        yield from file


def _header(text: bytes) -> Json:
    try:
        found = json.loads(text.decode())
        is_as_written = compact(found) + b"\n" == text
    except (ValueError, RecursionError):
        raise FaultFound(None, 0, "is no exported register: its first line is not JSON") from None
    _require(is_as_written, "the first line is not in the form in which registers are written")
    _check_form(found, _HEADER, "the first line")
    return dict(found)


def _line(text: bytes, series: SeriesIdentity, place: int) -> Line:
    try:
        pairs = json.loads(text.decode(), object_pairs_hook=list)
        names = tuple(name for name, _ in pairs)
        values = [value for _, value in pairs]
        canonical = compact(values[:19])
        _require(names == ENTRY_MEMBERS and compact(dict(pairs)) + b"\n" == text, "as written")
        _require(all(isinstance(value, str) for value in values if value is not None), "texts")
        _require((values[0], *values[1:4]) == (ENTRY_FORMAT, *series[:3]), "series")
        number, first, last = (_integer(values[index]) for index in (4, 6, 7))
        refers_to = None if values[8] is None else _integer(values[8])
        _require(first <= last and bool(re.fullmatch(_HEX_32, values[19])), "range")
        _require(values[5] in COVERING or values[5] in MOVABLE, "kind")
        _require((refers_to is None) == (values[5] in COVERING), "refers_to")
        is_held = values[5] == RESERVED
        _require((values[17] is not None) == is_held, "hold_until")
    except (ValueError, TypeError, RecursionError, FaultFound):
        raise FaultFound(place, 4, f"entry {place} is not of the form of an entry") from None
    details = (refers_to, values[16], values[17], canonical, bytes.fromhex(values[19]))
    return Line(number, values[5], first, last, *details)


def _integer(text: str) -> int:
    _require(re.fullmatch(_NUMBER, text), "number")
    return int(text)


# --- the command --------------------------------------------------------------------------


def described(certificate: Certificate) -> list[str]:
    """A certificate in words. Shape: one line each."""
    content, series = certificate.content, certificate.series
    total = certificate.last - certificate.first + 1
    said = ", ".join(f"{count} {state}" for state, count in content["counts"].items())
    period = content["period"]
    dates = "" if period is None else f", the documents of {period['from']} to {period['to']}"
    return [
        f"certificate {content['certificate_id']}, issued at {content['issued_at']}",
        f"{series.document_type} numbers with the prefix {series.prefix}, series {series.series_id}",
        f"{certificate.first} to {certificate.last}{dates}: {total} numbers, all accounted for",
        f"{said}; as of entry {certificate.as_of_entry}",
        f"signed with the key {content['key_id']}",
    ]


NOT_TRUSTED = "the key is the one named in the file; compare it, or give --public-key"


def read_bytes(path: str | Path) -> bytes:
    """Errors: Unreadable."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from None


def certificate_report(
    path: str | Path, public_key: bytes | None, register: str | Path | None
) -> list[str]:
    """What to tell of a certificate that is in order. Errors: FaultFound, Unreadable."""
    found = check_certificate(read_bytes(path), public_key)
    lines = described(found)
    if register is not None:
        report = check_register(register, None, found)
        lines.append(f"fits the register of {report.entries} entries")
    return [*lines, NOT_TRUSTED] if public_key is None else lines


def register_report(path: str | Path, public_key: bytes | None) -> list[str]:
    """What to tell of an exported register that is in order. Errors: FaultFound, Unreadable."""
    report = check_register(path, public_key)
    series = report.series
    lines = [
        f"{series.document_type} numbers with the prefix {series.prefix}, series {series.series_id}",
        f"{report.entries} entries, {report.numbers} numbers, all accounted for",
    ]
    if report.signed_by is None:
        return [*lines, "nobody signed it: a cut or recomputed register would look the same"]
    lines.append(f"signed with the key {report.signed_by}")
    return [*lines, NOT_TRUSTED] if public_key is None else lines


def described_fault(fault: Fault) -> str:
    entry = "" if fault.entry_number is None else f"entry {fault.entry_number}, "
    return (
        f"{entry}invariant {fault.invariant}: {fault.message}" if fault.invariant else fault.message
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="seriatim_verifier", description="Check certificates and registers of Seriatim."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("certificate", "register"):
        command = commands.add_parser(name)
        command.add_argument("file")
        command.add_argument("--public-key", metavar="KEY", help="64 hex digits, or a PEM file")
    commands.choices["certificate"].add_argument("--register", metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        key = None if given.public_key is None else read_public_key(given.public_key)
        if given.command == "certificate":
            lines = certificate_report(given.file, key, given.register)
        else:
            lines = register_report(given.file, key)
    except FaultFound as found:
        sys.stderr.write(f"fault: {described_fault(found.fault)}\n")
        return 1
    except Unreadable as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
