"""A small HTTP server that answers in the shapes that the original documents, to be pulled from.

It has what pull asks for and nothing else: tokens, sequence sets in pages, the object query of
accounts with its bare cursors, one account or document by its number. There is no list at
`/v1/accounts`.
Source: the models of the original's own client, `zuora-sdk`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import NAMESPACE_OID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CLIENT_ID = "22222222-2222-4222-8222-222222222222"
CLIENT_SECRET = "a secret=of+40/characters&that nobody sees"
TOKEN = "token-of-the-original"
DOCUMENTS = tuple(
    f"/v1/{kind}/" for kind in ("invoices", "credit-memos", "debit-memos", "payments", "refunds")
)

Json = dict[str, Any]


def zuora_set(name: str, numbers: Json, *, number: int = 1) -> Json:
    """Shape: `numbers` maps document types to prefixes."""
    types = {kind: {"prefix": prefix, "startNumber": number} for kind, prefix in numbers.items()}
    return {"id": uuid5(NAMESPACE_OID, name).hex, "name": name, **types}


def zuora_account(number: str, set_id: str | None = None) -> Json:
    """An account as `GET /v1/accounts/{key}` shows it."""
    basics = {"id": f"8ad0{number}", "accountNumber": number, "name": f"Account {number}"}
    contact = {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "zipCode": "",
        "id": "x",
        "taxRegion": None,
    }
    return {
        "basicInfo": {**basics, "sequenceSetId": set_id, "status": "Active", "tags": None},
        "billingAndPayment": {"currency": "USD", "billCycleDay": 1},
        "billToContact": contact,
        "success": True,
    }


@dataclass
class Tenant:
    """What the server shows. Shape: `trouble` may answer a request in its stead."""

    sets: list[Json]
    accounts: list[Json] = field(default_factory=list[Json])
    page_size_max: int = 40
    trouble: Callable[[Handler], bool] = lambda handler: False
    asked: list[str] = field(default_factory=list[str])
    documents: set[str] = field(default_factory=set[str])


class Handler(BaseHTTPRequestHandler):
    server: OriginalServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self.path != "/oauth/token":
            self.refuse(404, 50000040, "not found")
        elif (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            self.answer(401, {"reason": "Bad credentials", "status": 401})
        else:
            self.answer(200, {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3598})

    def do_GET(self) -> None:
        tenant = self.server.tenant
        tenant.asked.append(self.path)
        if tenant.trouble(self):
            return
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.refuse(401, 90000011, "Authentication error")
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/v1/sequence-sets":
            self._sets(tenant, query)
        elif parts.path == "/object-query/accounts":
            self._object_query(tenant, query)
        elif parts.path.startswith("/v1/accounts/"):
            self._account(tenant, unquote(parts.path.rpartition("/")[2]))
        elif parts.path.startswith(DOCUMENTS):
            number = unquote(parts.path.rpartition("/")[2])
            if number in tenant.documents:
                self.answer(200, {"id": "8a8082e6", "number": number, "success": True})
            else:
                self.refuse(200, 50000040, f"Cannot find entity by key: '{number}'.")
        else:
            self.refuse(404, 50000040, "Cannot find the resource")

    def _sets(self, tenant: Tenant, query: dict[str, str]) -> None:
        page, size = int(query.get("page", 1)), min(int(query["pageSize"]), tenant.page_size_max)
        start = (page - 1) * size
        body: Json = {"sequenceSets": tenant.sets[start : start + size], "success": True}
        if start + size < len(tenant.sets):
            following = f"/v1/sequence-sets?pageSize={size}&page={page + 1}"
            body["nextPage"] = f"https://rest.zuora.example{following}"
        self.answer(200, body)

    def _object_query(self, tenant: Tenant, query: dict[str, str]) -> None:
        size, start = int(query["pageSize"]), int(query.get("cursor", "at-0").removeprefix("at-"))
        if not 1 <= size <= 50:
            self.refuse(400, 50000027, "pageSize")
            return
        shown = [one["basicInfo"] for one in tenant.accounts[start : start + size]]
        given = [{name: part for name, part in one.items() if part is not None} for one in shown]
        is_last = start + size >= len(tenant.accounts)
        self.answer(200, {"data": given, "nextPage": None if is_last else f"at-{start + size}"})

    def _account(self, tenant: Tenant, number: str) -> None:
        for one in tenant.accounts:
            if one["basicInfo"]["accountNumber"] == number:
                self.answer(200, one)
                return
        self.refuse(200, 50000040, f"Cannot find entity by key: '{number}'.")

    def refuse(self, status: int, code: int, message: str) -> None:
        reasons = [{"code": code, "message": message}]
        self.answer(status, {"success": False, "processId": "2BCD4AD4B1E6D1B8", "reasons": reasons})

    def answer(self, status: int, body: object, **headers: str) -> None:
        self.send(status, json.dumps(body).encode(), **headers)

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
        pass


class OriginalServer(ThreadingHTTPServer):
    """Shape: with a `certificate`, a PEM file of it and its key, it speaks TLS alone."""

    def __init__(self, tenant: Tenant, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tenant = tenant
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self._scheme = "https"

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}"


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


@contextmanager
def original(tenant: Tenant, *, certificate: Path | None = None) -> Iterator[OriginalServer]:
    with OriginalServer(tenant, certificate) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
