"""Logins at a real OpenID Connect authority on loopback, over TLS with a certificate made for the test."""

import logging
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hcr.client.login import DevicePrompt, Login
from hcr.client.oauth import ClientCredentials, DeviceCode, UsernamePassword
from hcr.client.operations import GET_ACTIVE_WORK_PACKAGES
from hcr.client.transport import TransportOptions
from hcr.errors import AuthError, HcrError, NetworkError, ServerError
from oauth_authority import PASSWORD, SECRET, Issuer


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tokens.json"


@pytest.fixture
def machine(issuer, certificates, cache) -> Login:
    return Login(
        "client_credentials",
        issuer.url,
        "hcr",
        client_secret=SECRET,
        scopes=("study",),
        cache=cache,
        ca=certificates.file,
    )


@pytest.fixture
def person(issuer, certificates, cache) -> Login:
    return Login(
        "password", issuer.url, "hcr", username="ana", password=PASSWORD, cache=cache, ca=certificates.file
    )


@pytest.fixture
def device(issuer, certificates, cache) -> Login:
    return Login(
        "device_code", issuer.url, "hcr", scopes=("study", "openid"), cache=cache, ca=certificates.file
    )


OPTIONS = TransportOptions()


def assert_only_owner_reads(cache: Path) -> None:
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600


# ---- a machine


def test_machine_gets_a_token_and_keeps_it(issuer, machine, cache):
    credentials = ClientCredentials(machine, OPTIONS)
    assert credentials.token() == "access-1"
    assert credentials.token() == "access-1"
    assert issuer.grants == ["client_credentials"]
    assert issuer.scopes == ["study"]
    assert_only_owner_reads(cache)


def test_next_command_finds_the_token_of_the_machine(issuer, machine):
    assert ClientCredentials(machine, OPTIONS).token() == "access-1"
    assert ClientCredentials(machine, OPTIONS).token() == "access-1"
    assert issuer.issued == 1


def test_machine_renews_whatever_the_cache_holds(issuer, machine):
    credentials = ClientCredentials(machine, OPTIONS)
    credentials.token()
    assert credentials.renew() == "access-2"
    assert credentials.token() == "access-2"
    assert credentials.login() == "access-3"


def test_machine_forgets(issuer, machine, cache):
    credentials = ClientCredentials(machine, OPTIONS)
    credentials.token()
    credentials.forget()
    assert not cache.exists()
    assert credentials.token() == "access-2"


def test_machine_without_a_cache_file_keeps_its_token_in_memory(issuer, certificates):
    login = Login("client_credentials", issuer.url, "hcr", client_secret=SECRET, ca=certificates.file)
    credentials = ClientCredentials(login, OPTIONS)
    assert [credentials.token(), credentials.token()] == ["access-1", "access-1"]
    credentials.forget()
    assert credentials.token() == "access-2"


def test_wrong_secret_is_refused_without_showing_it(issuer, certificates):
    login = Login("client_credentials", issuer.url, "hcr", client_secret="wr0ng", ca=certificates.file)
    with pytest.raises(AuthError, match="refused the login: invalid_client") as caught:
        ClientCredentials(login, OPTIONS).token()
    assert "client_id" in caught.value.remedy
    assert "wr0ng" not in repr(caught.value) + caught.value.why


# ---- a person on another device


def test_person_logs_in_with_a_device_and_stays_logged_in(issuer, device, cache):
    prompts: list[DevicePrompt] = []
    assert DeviceCode(device, OPTIONS, prompt=prompts.append).login() == "access-1"
    assert issuer.grants == ["device_code", "device_code"]
    (prompt,) = prompts
    assert (prompt.url, prompt.code, prompt.expires_in_s) == ("https://example.com/device", "ABCD-EFGH", 60)
    assert "ABCD-EFGH" in prompt.message
    assert "openid" in issuer.scopes[0].split()
    assert_only_owner_reads(cache)
    assert DeviceCode(device, OPTIONS).token() == "access-1"
    assert issuer.issued == 1


def test_authority_that_does_not_tell_the_scope_is_asked_once_more(issuer, device):
    issuer.tells_scope = False
    DeviceCode(device, OPTIONS).login()
    assert DeviceCode(device, OPTIONS).token() == "access-2"
    assert DeviceCode(device, OPTIONS).token() == "access-2"


def test_token_of_a_person_is_renewed_without_asking(issuer, device):
    credentials = DeviceCode(device, OPTIONS)
    credentials.login()
    assert credentials.renew() == "access-2"
    assert issuer.grants[-1] == "refresh_token"


def test_stale_token_of_a_person_is_renewed_by_itself(issuer, device):
    issuer.expires_in = 1
    credentials = DeviceCode(device, OPTIONS)
    credentials.login()
    assert credentials.token() == "access-2"


def test_person_whose_refresh_token_died_must_log_in(issuer, device):
    credentials = DeviceCode(device, OPTIONS)
    credentials.login()
    issuer.refresh_works = False
    assert credentials.renew() is None


def test_nobody_is_asked_in_the_middle_of_a_command(issuer, device):
    with pytest.raises(AuthError, match="Nobody is logged in") as caught:
        DeviceCode(device, OPTIONS, prompt=pytest.fail).token()
    assert "auth login" in caught.value.remedy
    assert issuer.grants == []


def test_person_logs_out(issuer, device, cache):
    credentials = DeviceCode(device, OPTIONS)
    credentials.login()
    credentials.forget()
    assert not cache.exists()
    with pytest.raises(AuthError, match="Nobody is logged in"):
        credentials.token()


def test_refused_device_flow(issuer, device, monkeypatch):
    monkeypatch.setattr(Issuer, "_device", lambda _: {"error": "unauthorized_client"})
    with pytest.raises(AuthError, match="refused the login: unauthorized_client"):
        DeviceCode(device, OPTIONS).login()


def test_device_flow_with_half_an_answer(issuer, device, monkeypatch):
    monkeypatch.setattr(Issuer, "_device", lambda _: {"user_code": "X"})
    with pytest.raises(AuthError, match="Logging in failed"):
        DeviceCode(device, OPTIONS, prompt=pytest.fail).login()


# ---- a name and a password


def test_password_gets_a_token_and_keeps_it(issuer, person, cache):
    credentials = UsernamePassword(person, OPTIONS)
    assert [credentials.token(), credentials.token()] == ["access-1", "access-1"]
    assert UsernamePassword(person, OPTIONS).token() == "access-1"
    assert issuer.grants == ["password"]
    assert_only_owner_reads(cache)


def test_user_name_goes_nowhere_but_to_the_token_endpoint(issuer, person):
    UsernamePassword(person, OPTIONS).token()
    assert issuer.paths == ["/tenant/.well-known/openid-configuration", "/tenant/token"]


def test_password_login_is_renewed_by_the_refresh_token_or_the_password(issuer, person):
    credentials = UsernamePassword(person, OPTIONS)
    credentials.token()
    assert credentials.renew() == "access-2"
    issuer.refresh_works = False
    assert credentials.renew() == "access-3"
    assert issuer.grants == ["password", "refresh_token", "refresh_token", "password"]


def test_password_with_a_confidential_client(issuer, certificates):
    login = Login(
        "password",
        issuer.url,
        "hcr",
        client_secret=SECRET,
        username="ana",
        password=PASSWORD,
        ca=certificates.file,
    )
    assert UsernamePassword(login, OPTIONS).token() == "access-1"


def test_password_of_somebody_else_does_not_use_the_cached_token(issuer, person, certificates, cache):
    UsernamePassword(person, OPTIONS).token()
    bob = Login(
        "password", issuer.url, "hcr", username="bob", password=PASSWORD, cache=cache, ca=certificates.file
    )
    with pytest.raises(AuthError, match="invalid_grant"):
        UsernamePassword(bob, OPTIONS).token()


def test_wrong_password_is_refused_without_showing_it(issuer, certificates):
    login = Login("password", issuer.url, "hcr", username="ana", password="wr0ng", ca=certificates.file)
    with pytest.raises(AuthError, match="refused the login") as caught:
        UsernamePassword(login, OPTIONS).token()
    assert "wr0ng" not in repr(caught.value) + caught.value.why


def test_password_login_forgets(issuer, person, cache):
    credentials = UsernamePassword(person, OPTIONS)
    credentials.token()
    credentials.forget()
    assert not cache.exists()


def test_authority_without_identity_still_serves_one_command(issuer, person):
    issuer.id_tokens = False
    assert UsernamePassword(person, OPTIONS).token() == "access-1"


# ---- status


def test_status_of_a_person(issuer, device, cache):
    credentials = DeviceCode(device, OPTIONS)
    assert credentials.status().account == ""
    assert credentials.status().expires_at is None
    credentials.login()
    asked = len(issuer.paths)
    status = DeviceCode(device, OPTIONS).status()
    assert (status.account, status.renewable, status.cache) == ("ana", True, cache)
    assert abs(status.expires_at - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    assert len(issuer.paths) == asked


def test_status_of_a_machine_and_of_a_password(issuer, machine, person):
    credentials = ClientCredentials(machine, OPTIONS)
    credentials.token()
    assert (credentials.status().account, credentials.status().renewable) == ("hcr", False)
    other = UsernamePassword(person, OPTIONS)
    other.token()
    assert other.status().account == "ana"


# ---- authorities


def test_spoilt_cache_is_as_good_as_none(issuer, machine, cache):
    cache.parent.mkdir()
    cache.write_text("{oops")
    assert ClientCredentials(machine, OPTIONS).token() == "access-1"


def test_issuer_without_a_path_and_with_a_slash(listen, scripted, certificates):
    issuer = Issuer(scripted)
    port = listen(issuer.answer, tls=certificates.context())
    issuer.url = f"https://127.0.0.1:{port}"
    login = Login("client_credentials", f"{issuer.url}/", "hcr", client_secret=SECRET, ca=certificates.file)
    assert ClientCredentials(login, OPTIONS).token() == "access-1"
    assert issuer.paths[0] == "/.well-known/openid-configuration"


@pytest.mark.parametrize("authority", ["http://127.0.0.1/tenant", "login.example.com", "https://"])
def test_authority_without_tls_gets_no_secret(authority):
    login = Login("client_credentials", authority, "hcr", client_secret=SECRET)
    with pytest.raises(AuthError, match="No login at") as caught:
        ClientCredentials(login, OPTIONS).token()
    assert "`authority`" in caught.value.remedy


def test_authority_whose_certificate_nobody_vouches_for(issuer):
    login = Login("client_credentials", issuer.url, "hcr", client_secret=SECRET)
    with pytest.raises(NetworkError, match="is not trusted"):
        ClientCredentials(login, OPTIONS).token()
    assert issuer.paths == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"status": 404}, AuthError),
        ({"status": 503}, ServerError),
        ({"status": 302}, AuthError),
        ({"discovery": {"issuer": "https://evil.example.com"}}, AuthError),
        ({"discovery": {"token_endpoint": "nowhere"}}, AuthError),
        ({"discovery": {"token_endpoint": None}}, AuthError),
    ],
)
def test_strange_authority_is_an_error_of_ours(issuer, machine, change, kind):
    for name, value in change.items():
        setattr(issuer, name, value)
    with pytest.raises(kind) as caught:
        ClientCredentials(machine, OPTIONS).token()
    assert caught.value.remedy


def test_token_answer_without_a_token(issuer, machine, monkeypatch):
    monkeypatch.setattr(Issuer, "_issue", lambda self, person: (200, {"token_type": "Bearer"}))
    with pytest.raises(AuthError, match="it gave no reason"):
        ClientCredentials(machine, OPTIONS).token()


def test_entra_id_asks_for_the_clients_own_scope():
    login = Login("client_credentials", "https://login.microsoftonline.com/t", "app-1", client_secret=SECRET)
    assert ClientCredentials(login, OPTIONS)._session.scopes == ["app-1/.default"]


# ---- with the service, and what may be seen


def test_service_that_refuses_a_token_gets_a_new_one(issuer, device, service, open_transport):
    service.data = {"getActiveWorkPackages": ["7"]}
    service.accepted_tokens = {"access-2"}
    credentials = DeviceCode(device, OPTIONS)
    credentials.login()
    assert open_transport(service, credentials).execute(GET_ACTIVE_WORK_PACKAGES, {}) == ["7"]
    assert issuer.grants[-1] == "refresh_token"


def test_no_secret_is_ever_shown(issuer, machine, person, device, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    options = TransportOptions(trace=shown.append)
    for kind, login in ((ClientCredentials, machine), (UsernamePassword, person), (DeviceCode, device)):
        credentials = kind(login, options)
        for token in (credentials.login(), credentials.token(), credentials.renew()):
            assert token.startswith("access-")
        shown += [repr(credentials), repr(login), repr(credentials.status())]
        credentials.forget()
        issuer.url, url = "https://other.example.com/SECRET", issuer.url
        with pytest.raises(HcrError) as caught:
            kind(login, options).login()
        issuer.url = url
        shown += [str(caught.value), repr(caught.value), caught.value.remedy]
    text = "\n".join([*shown, caplog.text, *capfd.readouterr()])
    assert f"* POST {issuer.url}/token: 200" in text
    for secret in (SECRET, PASSWORD, "access-", "refresh-", "d3vice", "ABCD-EFGH"):
        assert secret not in text
