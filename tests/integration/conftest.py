"""Running services, as the contract tests have them."""

from __future__ import annotations

from tests.contract.conftest import entity_of, service, service_of

__all__ = ["entity_of", "service", "service_of"]
