from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import cloudflare
import pytest

from barbican.edge.api.reports import routes
from barbican.edge.api.router import Api
from barbican.edge.api.server import serve_api
from barbican.edge.decision.core import decide
from barbican.edge.decision.decisions import Deny, Forward, LogIn, Place, Preflight, Refuse
from barbican.edge.decision.matching import MatchedRule, Part, matched_rule, obstacle
from barbican.edge.journal.basis import basis_of
from barbican.edge.journal.entries import KEPT, Basis, Entry, Journal, Outcome, entry
from barbican.edge.organisation import sample
from barbican.edge.organisation.callers import Caller, ClientCertificate, Identity, ServiceToken
from barbican.edge.organisation.model import CaCertificate, Policy, PolicyDecision
from barbican.edge.organisation.selectors import (
    AnyValidServiceToken,
    CommonNameIs,
    EmailDomainIs,
    EmailIs,
    Everyone,
    IpIn,
    ServiceTokenIs,
)
from barbican.edge.wire.listening import listen
from tests.edge.conftest import NOW, PAIR, ask, pair, with_policies
from tests.edge.wire import get

HOME, ELSEWHERE = IpIn("127.0.0.1"), IpIn("192.0.2.0/24")
TOKEN = ServiceToken("id-1", "ci", "ab.access", "cfast_x")
MACHINE = Caller(ip="127.0.0.1", service_token=TOKEN)
ADA = Caller(ip="127.0.0.1", identity=Identity("a" * 64, 0, 9e9, email="ada@example.com"))
ANYBODY = AnyValidServiceToken()


def policy(include, require=(), exclude=(), decision=PolicyDecision.NON_IDENTITY, name="one"):
    return Policy(name, decision, tuple(include), tuple(require), tuple(exclude))


def quote_all(text):
    return "".join(f"%{ord(each):02X}" for each in text)


# (include, require, exclude, what decided) for a machine at home
RULES = {
    "the include rule that names the caller": ([ELSEWHERE, ANYBODY], [], [], ("include", ANYBODY)),
    "the first of two": ([ANYBODY, HOME], [], [], ("include", ANYBODY)),
    "none, where nobody is named": ([ELSEWHERE], [], [], None),
    "none, where only require names the caller": ([ELSEWHERE], [HOME], [], None),
    "the include rule, when what is required is there": (
        [ANYBODY], [HOME], [ELSEWHERE], ("include", ANYBODY),
    ),
    "the require rule that is not met": (
        [ANYBODY], [HOME, ELSEWHERE], [], ("require", ELSEWHERE),
    ),
    "the exclude rule that names the caller": ([ANYBODY], [], [ELSEWHERE, HOME], ("exclude", HOME)),
    "the exclude rule before the require rule": (
        [ANYBODY], [ELSEWHERE], [HOME], ("exclude", HOME),
    ),
}  # fmt: skip


class TestMatches:
    @pytest.mark.parametrize(("include", "require", "exclude", "rule"), RULES.values(), ids=RULES)
    def test_by(self, include, require, exclude, rule):
        asked = policy(include, require, exclude)
        expected = rule and MatchedRule(Part(rule[0]), rule[1])
        assert matched_rule(asked, MACHINE) == expected
        # The journal and the decision never disagree about who is meant.
        is_met = expected is not None and expected.part is Part.INCLUDE
        assert asked.matches(MACHINE) is is_met

    def test_obstacles_in_the_order_in_which_access_asks(self):
        allow = policy([Everyone()], [EmailDomainIs("b.example")], decision=PolicyDecision.ALLOW)
        auth = policy([ANYBODY], [ELSEWHERE], name="two")
        assert obstacle([allow, auth], MACHINE) == (auth, MatchedRule(Part.REQUIRE, ELSEWHERE))
        assert obstacle([allow, auth], ADA) == (
            allow,
            MatchedRule(Part.REQUIRE, EmailDomainIs("b.example")),
        )

    def test_a_block_that_names_the_person(self):
        block = policy([EmailIs("ada@example.com")], decision=PolicyDecision.DENY)
        assert obstacle([block], ADA) == (
            block,
            MatchedRule(Part.INCLUDE, EmailIs("ada@example.com")),
        )
        assert obstacle([block], MACHINE) is None

    def test_no_obstacle_where_nobody_is_named(self):
        assert obstacle([policy([ELSEWHERE])], MACHINE) is None


class TestRestsOn:
    def decided(self, request, organisation):
        decision = decide(request, organisation, NOW)
        return decision, basis_of(request, decision, organisation, NOW)

    def test_the_policy_and_the_token_of_an_admitted_request(self, organisation):
        decision, basis = self.decided(ask(headers=pair(organisation)), organisation)
        assert isinstance(decision, Forward)
        token = organisation.service_token(sample.DEMO_TOKEN)
        assert basis == Basis(
            organisation.applications[0].policies[0],
            MatchedRule(Part.INCLUDE, ServiceTokenIs(token.id)),
            client_id=token.client_id,
        )

    @pytest.mark.parametrize("name", [sample.OTHER_TOKEN, sample.EXPIRED_TOKEN])
    def test_a_client_id_that_the_organisation_knows(self, organisation, name):
        decision, basis = self.decided(ask(headers=pair(organisation, name)), organisation)
        assert isinstance(decision, Deny)
        assert basis == Basis(client_id=organisation.service_token(name).client_id)

    def test_no_client_id_that_a_caller_made_up(self, organisation):
        made_up = [(PAIR[0], "f" * 32 + ".access"), (PAIR[1], "cfast_" + "x" * 48)]
        _decision, basis = self.decided(ask(headers=made_up), organisation)
        assert basis == Basis()

    def test_what_stood_in_the_way(self, organisation):
        narrow = policy([ANYBODY], [ELSEWHERE])
        narrowed = with_policies(organisation, narrow)
        decision, basis = self.decided(ask(headers=pair(narrowed)), narrowed)
        assert isinstance(decision, Deny)
        assert (basis.policy, basis.rule) == (narrow, MatchedRule(Part.REQUIRE, ELSEWHERE))

    def person(self, aud, email="ada@example.com"):
        return Identity(aud, 0, NOW + 60, email=email)

    def test_a_person_of_this_application_and_no_other(self, organisation):
        people = policy([EmailDomainIs("example.com")], decision=PolicyDecision.ALLOW)
        allowing = with_policies(organisation, people)
        [first, second] = [each.aud for each in allowing.applications]
        decision, basis = self.decided(ask(identities=(self.person(first),)), allowing)
        assert isinstance(decision, Forward)
        rule = MatchedRule(Part.INCLUDE, EmailDomainIs("example.com"))
        assert basis == Basis(people, rule, email="ada@example.com")
        decision, basis = self.decided(ask(identities=(self.person(second),)), allowing)
        assert isinstance(decision, LogIn)
        assert basis == Basis()

    def test_a_person_whom_a_block_keeps_out(self, organisation):
        block = policy([EmailIs("ada@example.com")], decision=PolicyDecision.DENY)
        allow = policy([Everyone()], decision=PolicyDecision.ALLOW)
        blocking = with_policies(organisation, block, allow)
        request = ask(identities=(self.person(blocking.applications[0].aud),))
        decision, basis = self.decided(request, blocking)
        assert isinstance(decision, Deny)
        rule = MatchedRule(Part.INCLUDE, EmailIs("ada@example.com"))
        assert basis == Basis(block, rule, email="ada@example.com")

    def test_no_person_under_a_bypass(self, organisation):
        passing = with_policies(organisation, policy([HOME], decision=PolicyDecision.BYPASS))
        request = ask(identities=(self.person(passing.applications[0].aud),))
        decision, basis = self.decided(request, passing)
        assert isinstance(decision, Forward)
        assert (basis.rule, basis.email) == (MatchedRule(Part.INCLUDE, HOME), "")

    def test_a_person_and_a_machine_where_a_legacy_policy_wants_both(self, organisation):
        both = policy([Everyone()], [ANYBODY], decision=PolicyDecision.ALLOW)
        legacy = with_policies(organisation, both).legacy()
        identities = (self.person(legacy.applications[0].aud),)
        decision, basis = self.decided(ask(headers=pair(legacy), identities=identities), legacy)
        assert isinstance(decision, Forward)
        assert basis.rule == MatchedRule(Part.INCLUDE, Everyone())

    @pytest.mark.parametrize(("host", "is_met"), [("localhost", True), ("other.example", False)])
    def test_a_certificate_only_where_its_authority_vouches(self, organisation, host, is_met):
        authority = CaCertificate("ca-1", "lab", "", "", associated_hostnames=(host,))
        by_name = policy([CommonNameIs("robot")])
        vouching = replace(with_policies(organisation, by_name), certificates=(authority,))
        place = Place(vouching.applications[0], vouching.applications[0].destinations[0])
        certificate = ClientCertificate("robot", "0" * 64, authorities=frozenset({"ca-1"}))
        request = ask(certificate=certificate)
        basis = basis_of(request, Forward("policy matched", place, by_name), vouching, NOW)
        assert (bool(basis.rule), basis.common_name == "robot") == (is_met, is_met)

    def test_nobody_where_the_edge_answers_a_preflight(self, organisation):
        place = Place(organisation.applications[0], organisation.applications[0].destinations[0])
        request = ask(headers=pair(organisation))
        assert basis_of(request, Preflight(place), organisation, NOW) == Basis()

    def test_nothing_where_no_application_is(self, organisation):
        decision, basis = self.decided(ask("/elsewhere/"), organisation)
        assert isinstance(decision, Forward)
        assert basis == Basis()


def held(path="/", status=200, when=NOW, **changes) -> Entry:
    refused = Refuse(status, "because")
    made = entry(ask(path), refused, Basis(), Outcome(status, "0123456789abcdef-LOC"), when)
    return replace(made, **changes)


class TestKeeps:
    def test_the_last_ones_and_no_more(self):
        journal = Journal(3)
        for number in range(5):
            journal.add(held(f"/{number}"))
        assert [each.path for each in journal] == ["/2", "/3", "/4"]
        assert len(journal) == 3

    def test_five_hundred(self):
        journal = Journal()
        for _ in range(KEPT + 1):
            journal.add(held())
        assert len(journal) == KEPT == 500

    def test_a_bounded_part_of_what_a_caller_wrote(self):
        made = held("/" + "x" * 100_000)
        assert len(made.path) == 123  # 120 and three dots
        assert "\n" not in held("/\n").path

    @pytest.mark.parametrize(
        "secret", ["cfast_" + "A" * 48, "0123456789abcdef" * 4, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"]
    )
    def test_no_secret_that_somebody_put_into_a_path(self, secret):
        assert held(f"/x/{secret}/y").path == "/x/***/y"
        for written in (f"%{ord(secret[0]):02x}{secret[1:]}", quote_all(secret)):
            assert held(f"/x/{written}/y").path == "/x/***/y"

    @pytest.mark.parametrize("path", ["/x%2Fy/%63fast/", "/a%0ab", "/%ff%zz%"])
    def test_every_other_path_as_it_came(self, path):
        assert held(path).path == path


@pytest.fixture
def edge(strict_edge):
    """The module's edge, with nothing in its journal."""
    strict_edge.edge.journal = Journal()
    strict_edge.lines.clear()
    strict_edge.clock[0] = time.time()
    return strict_edge


@pytest.fixture
def client(loop, edge):
    """The official SDK, unmodified, against the journal of a running edge."""
    folder = edge.folder
    api = Api(
        folder,
        *folder.api_credentials(),
        clock=lambda: edge.clock[0],
        routes=routes(edge.edge.journal),
    )
    listener = listen("127.0.0.1", 0)
    stop = loop.run(_event())
    done = asyncio.run_coroutine_threadsafe(serve_api(api, listener, stop), loop.loop)
    account, api_token = folder.api_credentials()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/client/v4"
    with cloudflare.Cloudflare(api_token=api_token, base_url=url, max_retries=0) as sdk:
        sdk.account = account
        yield sdk
    loop.loop.call_soon_threadsafe(stop.set)
    done.result(5)


async def _event():
    return asyncio.Event()


def shown(client, **query):
    """Return the decisions as the management API shows them."""
    path = f"/accounts/{client.account}/access/local/decisions"
    answer = client.get(path, options={"params": query}, cast_to=object)
    assert answer["success"] is True
    return answer["result"]


def events(client, **query):
    return client.zero_trust.access.logs.access_requests.list(account_id=client.account, **query)


def entries(edge, count):
    """Return the journal, once it has this many entries: each follows its answer."""
    ends_at = time.monotonic() + 5
    while len(edge.edge.journal) < count and time.monotonic() < ends_at:
        time.sleep(0.005)
    found = list(edge.edge.journal)
    assert len(found) == count
    return found


class TestRecords:
    def test_what_was_decided_and_why(self, edge, origin, client):
        token = edge.organisation.service_token(sample.DEMO_TOKEN)
        reply = get(edge.port, "/service-token/?q=1", pair(edge.organisation))
        entries(edge, 1)
        [found] = shown(client)
        application = edge.organisation.applications[0]
        assert 0 < found.pop("edge_ms") <= found.pop("total_ms") < 10_000
        assert found == {
            "time": found["time"],
            "ray_id": reply["Cf-Ray"].partition("-")[0],
            "ip_address": "127.0.0.1",
            "method": "GET",
            "host": "localhost",
            "path": "/service-token/",
            "application": {
                "id": application.id,
                "name": application.name,
                "aud": application.aud,
                "domain": "localhost/service-token",
            },
            "policy": {
                "id": application.policies[0].id,
                "name": application.policies[0].name,
                "decision": "non_identity",
            },
            "rule": {"part": "include", "selector": {"service_token": {"token_id": token.id}}},
            "client_id": token.client_id,
            "user_email": None,
            "common_name": None,
            "decision": "forwarded",
            "status": 200,
            "reason": "policy matched",
            "note": "",
        }
        when = datetime.fromisoformat(found["time"])
        assert when.timestamp() == pytest.approx(edge.clock[0], abs=0.001)

    def test_no_secret_of_any_request(self, edge, origin, client):
        secret = edge.organisation.service_token(sample.DEMO_TOKEN).client_secret
        wrong = "cfast_" + "w" * 48
        get(edge.port, "/service-token/", pair(edge.organisation))
        get(edge.port, f"/service-token/{secret}?secret={wrong}", [("Cookie", f"a={wrong}")])
        get(edge.port, "/service-token/", [(PAIR[0], "x"), (PAIR[1], wrong)])
        get(edge.port, "/", [("Authorization", f"Bearer {wrong}")], method=wrong)
        held = entries(edge, 4)
        text = json.dumps([shown(client), [asdict(each) for each in held]], default=str)
        text += "\n".join(edge.lines)
        assert "cfast_" not in text
        assert secret.removeprefix("cfast_") not in text

    def test_what_an_origin_failed_at(self, edge, origin, client):
        get(edge.port, "/break", pair(edge.organisation))
        entries(edge, 1)
        [found] = shown(client)
        assert (found["decision"], found["status"]) == ("forwarded", 502)
        assert found["note"] == "The origin broke off before it answered."
        assert found["application"] is found["policy"] is found["rule"] is None

    def test_what_never_became_a_request(self, edge, client):
        get(edge.port, "/\x00")
        entries(edge, 1)
        [found] = shown(client)
        assert (found["decision"], found["status"]) == ("refused", 400)

    def test_the_time_that_the_edge_and_the_origin_took(self, edge, origin, client):
        get(edge.port, "/hang")
        entries(edge, 1)
        [found] = shown(client)
        assert found["status"] == 504
        assert found["edge_ms"] < 400 <= found["total_ms"]  # the origin may be silent for 500 ms

    def test_a_line_for_each_as_before(self, edge, origin):
        get(edge.port, "/service-token/", pair(edge.organisation))
        entries(edge, 1)
        [line] = edge.lines
        assert line.endswith("-> forwarded 200 (policy matched)")
        assert "GET localhost/service-token/ application=" in line


class TestShows:
    @pytest.fixture
    def told(self, edge, origin, client):
        """Four decisions, a minute apart: 200, 403, 401 and no application."""
        others = [pair(edge.organisation, sample.OTHER_TOKEN), [], []]
        for number, headers in enumerate([pair(edge.organisation), *others]):
            get(edge.port, "/service-token/" if number < 3 else "/", headers)
            entries(edge, number + 1)
            edge.clock[0] += 60
        return client

    def test_the_newest_first(self, told):
        assert [each["status"] for each in shown(told)] == [200, 401, 403, 200]
        assert [each["status"] for each in shown(told, limit=2)] == [200, 401]

    def test_one_application_by_id_name_or_tag(self, told, edge):
        first = edge.organisation.applications[0]
        for name in (first.id, first.name, first.aud):
            assert [each["status"] for each in shown(told, application=name)] == [401, 403, 200]
        assert shown(told, application="another") == []

    def test_one_status(self, told):
        assert [each["path"] for each in shown(told, status=403)] == ["/service-token/"]
        assert shown(told, status=599) == []

    def test_what_came_since(self, told, edge):
        since = datetime.fromtimestamp(edge.clock[0] - 130, UTC)  # two of four are 120 s old
        assert len(shown(told, since=since.isoformat())) == 2
        assert len(shown(told, since=(since - timedelta(seconds=60)).isoformat())) == 3

    @pytest.mark.parametrize(
        "query",
        [
            {"limit": "0"},
            {"limit": "1001"},
            {"limit": "-1"},
            {"limit": "ten"},
            {"limit": "1.0"},
            {"limit": "²"},
            {"limit": "٣"},
            {"limit": "0" * 5000},
            {"limit": "0" * 5000 + "1"},
            {"limit": "0000000019999"},
            {"limit": "9" * 5000},
            {"limit": "1" + "0" * 5000},
            {"status": "0000000010000"},
            {"since": "9" * 5000},
            {"since": "yesterday"},
            {"status": "99"},
        ],
    )
    def test_a_sentence_for_a_bad_parameter(self, client, query):
        with pytest.raises(cloudflare.BadRequestError) as caught:
            shown(client, **query)
        name = next(iter(query))
        message = caught.value.errors[0].message
        assert f"{name} should be" in message
        assert len(message) < 200

    @pytest.mark.parametrize(("limit", "count"), [("1", 1), ("0001", 1), ("1000", 4)])
    def test_as_many_as_were_asked_for(self, told, limit, count):
        assert len(shown(told, limit=limit)) == count

    def test_nothing_without_the_api_token(self, client):
        stranger = client.with_options(api_token="wrong")
        with pytest.raises(cloudflare.AuthenticationError):
            stranger.get(
                f"/accounts/{client.account}/access/local/decisions", cast_to=object
            )  # fmt: skip


class TestLogs:
    def test_an_admitted_machine_as_cloudflare_does(self, edge, origin, client):
        reply = get(edge.port, "/service-token/", pair(edge.organisation))
        entries(edge, 1)
        [found] = events(client)
        assert found.to_dict() == {
            "action": "login",
            "allowed": True,
            "app_domain": "localhost/service-token",
            "app_uid": edge.organisation.applications[0].id,
            "connection": "non_identity",
            "created_at": found.created_at,
            "ip_address": "127.0.0.1",
            "ray_id": reply["Cf-Ray"].partition("-")[0],
            "user_email": "",
        }
        assert found.created_at.timestamp() == pytest.approx(edge.clock[0], abs=0.001)
        assert len(found.rayid) == 16  # its greatest length

    def test_a_refused_one_that_is_known(self, edge, client):
        get(edge.port, "/service-token/", pair(edge.organisation, sample.EXPIRED_TOKEN))
        entries(edge, 1)
        [found] = events(client)
        assert found.allowed is False

    def test_nobody_unknown_and_nothing_outside_an_application(self, edge, origin, client):
        get(edge.port, "/service-token/")
        get(edge.port, "/service-token/", [(PAIR[0], "ab" * 16 + ".access"), (PAIR[1], "x")])
        get(edge.port, "/", pair(edge.organisation))
        entries(edge, 3)
        assert events(client) == []

    @pytest.fixture
    def journal(self, edge):
        """Five events, a minute apart, of two people and a machine."""
        people = ["ada@example.com", "bob@example.com", "ada@example.com", "ada@b.example", ""]
        for number, email in enumerate(people):
            edge.edge.journal.add(
                held(
                    when=NOW + 60 * number,
                    email=email,
                    client_id="" if email else "ab.access",
                    decision="denied" if number == 1 else "forwarded",
                    audience_tag="a" * 64,
                    application_id=f"app-{number % 2}",
                    outcome=Outcome(200, f"{number:016x}-LOC"),
                )
            )

    # What the SDK sends, and the numbers of the events that come back.
    QUERIES = {
        "the newest first": ({}, [4, 3, 2, 1, 0]),
        "the oldest first": ({"direction": "asc"}, [0, 1, 2, 3, 4]),
        "a limit": ({"limit": 2}, [4, 3]),
        "a page": ({"per_page": 2, "page": 2}, [2, 1]),
        "a last page": ({"per_page": 2, "page": 3}, [0]),
        "a page behind the last": ({"per_page": 2, "page": 4}, []),
        "since a time": ({"since": datetime.fromtimestamp(NOW + 120, UTC)}, [4, 3, 2]),
        "until a time": ({"until": datetime.fromtimestamp(NOW + 120, UTC)}, [2, 1, 0]),
        "a part of an address": ({"email": "@example.com"}, [2, 1, 0]),
        "a whole address": ({"email": "ada@b.example", "email_exact": True}, [3]),
        "a part that is no address": ({"email": "@example.com", "email_exact": True}, []),
        "an address by operator": ({"email": "ada@b.example", "email_op": "eq"}, [3]),
        "all but an address": (
            {"email": "ada@example.com", "email_op": "neq", "email_exact": True},
            [4, 3, 1],
        ),
        "all but a part": ({"email": "ada", "email_op": "neq"}, [4, 1]),
        "an application": ({"extra_query": {"app_uid": "app-1"}}, [3, 1]),
        "all but an application": (
            {"app_uid_op": "neq", "extra_query": {"app_uid": "app-1"}},
            [4, 2, 0],
        ),
        "what was refused": ({"extra_query": {"allowed": "false"}}, [1]),
        "one ray": ({"extra_query": {"ray_id": f"{3:016x}"}}, [3]),
    }

    @pytest.mark.parametrize(("query", "numbers"), QUERIES.values(), ids=QUERIES)
    def test(self, client, journal, query, numbers):
        assert [int(each.rayid, 16) for each in events(client, **query)] == numbers

    def test_only_the_fields_that_are_asked_for(self, client, journal):
        [first, *_rest] = events(client, fields="allowed,ray_id")
        assert first.to_dict() == {"allowed": True, "ray_id": f"{4:016x}"}

    def test_a_person_by_the_identity_provider(self, client, journal):
        assert [each.connection for each in events(client, limit=2)] == [
            "non_identity",
            "onetimepin",
        ]

    @pytest.mark.parametrize(
        "query",
        [
            {"direction": "up"},
            {"fields": "secret"},
            {"email_op": "like"},
            {"per_page": 0},
            {"limit": "0" * 5000 + "1"},
            {"page": "0000000019999"},
            {"page": "-1"},
        ],
    )
    def test_a_sentence_for_a_bad_parameter(self, client, query):
        with pytest.raises(cloudflare.BadRequestError):
            events(client, **query)
