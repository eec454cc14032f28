"""
Prometheus counters at ``/metrics``, where the extra `metrics` is installed.

For a scraper on this machine: whoever came through the tunnel, or any proxy, is told 404. The
workers count into one folder (`PROMETHEUS_MULTIPROC_DIR`), which gunicorn.conf.py makes.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from barbican.access import conf
from barbican.access.examination import Examination
from barbican.access.signals import examined

IS_INSTALLED = importlib.util.find_spec("prometheus_client") is not None
_LOOPBACK = ("127.0.0.1", "::1")
_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_CF_CONNECTING_IP", "HTTP_CF_RAY", "HTTP_FORWARDED")


def watch() -> None:
    """Count every verdict from now on. Does nothing without the extra."""
    if not IS_INSTALLED:
        return
    from prometheus_client import Counter, Gauge, Histogram

    verdicts = Counter(
        "barbican_verdicts_total", "Verdicts, by application and code", ["application", "verdict"]
    )
    latency = Histogram(
        "barbican_answer_seconds",
        "Seconds to answer a request whose verdict was asked for",
        buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1, 5),
    )
    gauges = {
        "age": Gauge("barbican_keys_age_seconds", "Age of the signing keys", **_newest()),
        "fetches": Gauge("barbican_key_fetches", "Fetches of the signing keys", **_summed()),
        "hits": Gauge("barbican_readings_seen_before", "Tokens seen before", **_summed()),
        "misses": Gauge("barbican_readings_new", "Tokens that were verified anew", **_summed()),
    }

    def count(
        *, examination: Examination, application: str, seconds: float, **_signal: Any
    ) -> None:
        verdicts.labels(application, examination.verdict).inc()
        latency.observe(seconds)
        state, cache = examination.keys, conf.verifier_for(application).cache
        gauges["age"].set(state.age if state.age is not None else -1)
        gauges["fetches"].set(state.fetches)
        gauges["hits"].set(cache.hits)
        gauges["misses"].set(cache.misses)

    examined.connect(count, weak=False, dispatch_uid="metrics")


def view(request: HttpRequest) -> HttpResponse:
    """Answer a scraper on this machine in Prometheus's text format."""
    is_local = request.META.get("REMOTE_ADDR") in _LOOPBACK
    if not IS_INSTALLED or not is_local or any(name in request.META for name in _PROXIED):
        raise Http404("There is no page at this address.")
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _newest() -> dict[str, Any]:
    return {"multiprocess_mode": "mostrecent"}


def _summed() -> dict[str, Any]:
    return {"multiprocess_mode": "livesum"}
