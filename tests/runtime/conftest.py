from __future__ import annotations

from tests.supervisor.conftest import config, house

__all__ = ["config", "house"]
