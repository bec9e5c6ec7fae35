"""What every answer carries, whoever makes it: headers, request id, host, cache rule, language."""

from __future__ import annotations

import gzip
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext

from kith.app import health, middleware

PAGE = "<!doctype html>" + "<p>a line of a page</p>" * 200
URLS = "tests_app_frame_urls"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


@csp_update({"img-src": ["https://pictures.example"]})  # type: ignore[arg-type]
def pictures(request: HttpRequest) -> HttpResponse:
    return HttpResponse("pictures")


def cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse("cached", headers={"Cache-Control": "private, max-age=60"})


def sign_in(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse("welcome")
    answer.set_cookie(settings.SESSION_COOKIE_NAME, "new")
    return answer


def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(translation.get_language())


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse((translation.get_language() or "").encode() for _number in range(1))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret words of the error")


@pytest.fixture(autouse=True)
def site(settings: Any) -> Iterator[None]:
    module = types.ModuleType(URLS)
    views = {"page": page, "nonce": nonce, "pictures": pictures, "cached": cached, "sign-in": sign_in}
    views |= {
        "language": language,
        "stream": stream,
        "broken": broken,
        "api/v1/broken": broken,
        "healthz": health.healthz,
    }  # type: ignore[dict-item]
    module.urlpatterns = [path(name, view) for name, view in views.items()]  # type: ignore[attr-defined]
    module.handler500 = "kith.app.errors.broken"  # type: ignore[attr-defined]
    module.handler404 = "kith.app.errors.missing"  # type: ignore[attr-defined]
    sys.modules[URLS] = module
    settings.ROOT_URLCONF = URLS
    yield
    del sys.modules[URLS]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "where", ["/page", "/nothing", "/broken", "/api/v1/broken", "/healthz", "/stream", "/nonce", "/static/nothing"]
)
def test_every_answer_has_the_headers(client: Client, where: str) -> None:
    answer = client.get(where)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Request-ID"]
    policy = answer["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert part in policy
    assert "unsafe" not in policy


def test_an_unknown_host_is_refused_with_all_headers(client: Client) -> None:
    answer = client.get("/page", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "Content-Security-Policy" in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"evil" not in answer.content


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:9000", "LOCALHOST:1"])
def test_this_machine_is_known_by_its_names(client: Client, host: str) -> None:
    assert client.get("/page", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1@evil.example", "localhost.evil.example", "evil.example:8000", "a b", ""])
def test_other_names_are_not(client: Client, host: str) -> None:
    assert client.get("/page", headers={"host": host}).status_code == 400


def test_forwarded_headers_change_nothing(client: Client) -> None:
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-forwarded-proto": "https"}
    answer = client.get("/page", headers=headers)
    assert answer.status_code == 200
    assert not answer.wsgi_request.is_secure()
    assert answer.wsgi_request.get_host() == "testserver"


def test_health_is_asked_by_address(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_a_nonce_is_in_the_policy_only_when_it_is_used(client: Client) -> None:
    answer = client.get("/nonce")
    assert f"'nonce-{answer.content.decode()}'" in answer["Content-Security-Policy"]
    assert "nonce" not in client.get("/page")["Content-Security-Policy"]


def test_a_view_may_widen_its_own_policy(client: Client) -> None:
    assert "https://pictures.example" in client.get("/pictures")["Content-Security-Policy"]
    assert "https://pictures.example" not in client.get("/page")["Content-Security-Policy"]


def test_a_sound_request_id_is_kept_and_another_replaced(client: Client) -> None:
    assert client.get("/page", headers={"x-request-id": "trace-0001.a_b"})["X-Request-ID"] == "trace-0001.a_b"
    for unsound in ("short", "a" * 65, "with space and more", "<script>alert(1)</script>"):
        assert client.get("/page", headers={"x-request-id": unsound})["X-Request-ID"] != unsound
    assert client.get("/page")["X-Request-ID"] != client.get("/page")["X-Request-ID"]


@pytest.mark.django_db
def test_private_answers_are_not_stored(client: Client) -> None:
    assert "Cache-Control" not in client.get("/page")
    assert client.get("/page", headers={"authorization": "Bearer x"})["Cache-Control"] == "no-store"
    assert client.get("/sign-in")["Cache-Control"] == "no-store"
    assert client.get("/page")["Cache-Control"] == "no-store"  # the client has the cookie now
    assert client.get("/cached")["Cache-Control"] == "private, max-age=60"


def test_pages_are_compressed_for_whoever_can_read_that(client: Client) -> None:
    answer = client.get("/page", headers={"accept-encoding": "br, gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).decode() == PAGE
    assert len(answer.content) < len(PAGE) / 5
    assert "Accept-Encoding" in answer["Vary"]
    assert "Content-Encoding" not in client.get("/page")
    assert "Content-Encoding" not in client.get("/language", headers={"accept-encoding": "gzip"})


def test_errors_tell_nothing_but_their_number(client: Client) -> None:
    for where in ("/broken", "/api/v1/broken"):
        answer = client.get(where)
        assert answer.status_code == 500
        assert b"secret words" not in answer.content
        assert answer["X-Request-ID"].encode() in answer.content
    assert client.get("/api/v1/broken")["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/nothing").json()["status"] == 404


def test_the_browsers_language_serves_when_nobody_is_signed_in(client: Client) -> None:
    answer = client.get("/language", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert (answer.content, answer["Content-Language"]) == (b"zh-hans", "zh-hans")
    assert "Accept-Language" in answer["Vary"]
    assert client.get("/language").content == b"en"


def test_a_stream_keeps_the_language_it_was_asked_in(client: Client) -> None:
    answer = client.get("/stream", headers={"accept-language": "zh-CN"})
    assert b"".join(answer.streaming_content) == b"zh-hans"  # type: ignore[attr-defined]
    assert translation.get_language() == "en"
    gettext("")


def test_a_users_own_language_and_zone_come_first() -> None:
    class User:
        language, time_zone = "zh-hans", "Asia/Shanghai"

    seen: list[str | None] = []

    def view(request: HttpRequest) -> HttpResponse:
        from django.utils import timezone

        seen.extend([translation.get_language(), timezone.get_current_timezone_name()])
        return HttpResponse()

    request = RequestFactory().get("/", headers={"accept-language": "en"})
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    request.user = User()  # type: ignore[assignment]
    answer = middleware.reader(view)(request)
    assert seen == ["zh-hans", "Asia/Shanghai"]
    assert "Vary" not in answer


def test_without_a_session_nobody_is_looked_up() -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    request = RequestFactory().get("/", headers={"authorization": "Bearer x"})
    request.user = Untouchable()  # type: ignore[assignment]
    assert middleware.reader(page)(request).status_code == 200


def test_https_gets_strict_transport() -> None:
    assert "Strict-Transport-Security" not in middleware.frame(page)(RequestFactory().get("/"))


def test_https_gets_strict_transport_when_it_is_on(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 1_000
    assert middleware.frame(page)(RequestFactory().get("/"))["Strict-Transport-Security"] == "max-age=1000"
