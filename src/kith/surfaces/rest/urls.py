"""Addresses of this surface."""

from __future__ import annotations

urlpatterns: list = []
